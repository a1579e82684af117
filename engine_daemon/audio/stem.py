"""A stem: one continuous Broadcast WAV as long as the programme, with every take where it lies on the timeline.

It is made as a stream of bytes and never held whole, so a feature takes as much memory as a trailer. Past 4 GiB the
file is RF64 (EBU Tech 3306), which editing programs read as they read WAV.
"""

from __future__ import annotations

import heapq
import struct
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import soundfile

from framevox.engine_daemon.audio.bwf import after_data, before_data, pack24
from framevox.engine_daemon.audio.label import Label
from framevox.engine_daemon.protocol.errors import InputError
from framevox.engine_daemon.provenance.riff import MARKS_BYTES, MOST_RIFF

WINDOW_SECONDS = 5
"""How much is made at a time: 2 MiB at 48 kHz."""
FULL = 2**23 - 1
"""The highest sample at 24 bits."""
_MOST_RIFF = MOST_RIFF - MARKS_BYTES

Window = npt.NDArray[np.int64]
"""Samples at 24 bits, [up to WINDOW_SECONDS of them]; they may pass full scale."""


@dataclass(frozen=True)
class Part:
    """A take in a stem: ``length`` samples of ``media``, from its sample ``first``, at sample ``start`` of the stem."""

    media: Path
    first: int
    start: int
    length: int

    @property
    def end(self) -> int:
        return self.start + self.length


def stem_bytes(mix: Iterable[Window], length: int, label: Label) -> Iterator[bytes]:
    """The bytes of a stem of ``length`` samples out of its ``windows``, in pieces of about a megabyte; the first
    reaches to the samples.

    What passes full scale is held there.
    """
    yield from _header(length, label)
    for window in mix:
        yield pack24(np.clip(window, -FULL - 1, FULL).astype(np.int32))
    size = 3 * length
    yield b"\0" * (size % 2) + after_data(label)


def windows(parts: Sequence[Part], length: int, sample_rate: int) -> Iterator[Window]:
    """The samples of a stem of ``length``, before anything is done about full scale.

    A single part comes out sample for sample; where parts overlap they are added. Raises InputError that names a take
    which cannot be read, is too short, or has another sample rate.
    """
    size = WINDOW_SECONDS * sample_rate
    waiting = sorted(parts, key=lambda part: part.start)
    waiting.reverse()
    sounding: list[tuple[int, int, _Reader]] = []
    try:
        for begin in range(0, length, size):
            end = min(begin + size, length)
            window = np.zeros(end - begin, np.int64)
            while waiting and waiting[-1].start < end:
                part = waiting.pop()
                heapq.heappush(sounding, (part.end, len(waiting), _Reader(part, sample_rate)))
            for _, _, reader in sounding:
                reader.add(window, begin)
            while sounding and sounding[0][0] <= end:
                heapq.heappop(sounding)[2].close()
            yield window
    finally:
        for _, _, reader in sounding:
            reader.close()


class _Reader:
    """One take that is being read along with the stem."""

    def __init__(self, part: Part, sample_rate: int) -> None:
        self._part = part
        try:
            self._file = soundfile.SoundFile(part.media)
        except (soundfile.LibsndfileError, OSError) as error:
            raise InputError(f"{part.media} cannot be read ({error}): fill the timeline again") from None
        problem = ""
        if self._file.samplerate != sample_rate:
            problem = f"has {self._file.samplerate} Hz, the stem {sample_rate}"
        elif self._file.channels != 1:
            problem = f"has {self._file.channels} channels, a take has one"
        elif part.first < 0 or part.first + part.length > self._file.frames:
            problem = f"has {self._file.frames} samples, its slot needs {part.first + part.length}"
        if problem:
            self._file.close()
            raise InputError(f"{part.media} {problem}: fill the timeline again")

    def add(self, window: npt.NDArray[np.int64], begin: int) -> None:
        """Adds what of the take lies in the window that begins at sample ``begin`` of the stem."""
        part = self._part
        low, high = max(part.start, begin), min(part.end, begin + len(window))
        if low >= high:
            return
        self._file.seek(part.first + low - part.start)
        # libsndfile puts 24 bits at the top of 32, and scales MP3 and the like to them.
        samples = self._file.read(high - low, dtype="int32")
        window[low - begin : high - begin] += np.right_shift(samples.astype(np.int64) + (0 if self._exact else 128), 8)

    @property
    def _exact(self) -> bool:
        return str(self._file.subtype) in ("PCM_16", "PCM_24", "PCM_S8", "PCM_U8")

    def close(self) -> None:
        self._file.close()


def _header(length: int, label: Label) -> Iterator[bytes]:
    data = 3 * length
    tail = after_data(label)
    head = before_data(label)
    body = 4 + len(head) + 8 + data + data % 2 + len(tail)
    if body <= _MOST_RIFF:
        yield struct.pack("<4sI4s", b"RIFF", body, b"WAVE") + head + struct.pack("<4sI", b"data", data)
        return
    # The sizes of the 32-bit fields are in ds64, which has to come first.
    sizes = struct.pack("<QQQI", body + 36, data, length, 0)
    start = struct.pack("<4sI4s4sI", b"RF64", MOST_RIFF, b"WAVE", b"ds64", len(sizes)) + sizes
    yield start + before_data(label, rf64=True) + struct.pack("<4sI", b"data", MOST_RIFF)
