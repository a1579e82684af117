"""Where live lines are heard: a pipe, a folder, or a sound device."""

from __future__ import annotations

import json
import sys
import threading
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from framevox.engine_daemon.client.disk import folder_name, make_folder, store_media
from framevox.engine_daemon.client.events import Piece, TakeReady
from framevox.engine_daemon.client.marking import Marking
from framevox.engine_daemon.protocol.errors import InputError
from framevox.plugin.cli import exits

PCM = ("s16le", "s24le", "f32le")
"""How samples are written to a pipe."""
_BLOCK_SECONDS = 0.02
_FULL_SECONDS = 10.0
"""How much may wait to be played before the next line is made."""

_BYTES = 3
_FULL_SCALE = 2**23


def _whole(samples: bytes) -> npt.NDArray[np.int32]:
    """24-bit samples as int32 [n]."""
    wide = np.zeros((len(samples) // _BYTES, 4), np.uint8)
    wide[:, 1:] = np.frombuffer(samples, np.uint8).reshape(-1, _BYTES)
    whole: npt.NDArray[np.int32] = wide.view("<i4")[:, 0] >> 8
    return whole


def converted(samples: bytes, pcm: str) -> bytes:
    """24-bit samples, little-endian, as one of ``PCM``."""
    if pcm == "s24le":
        return samples
    whole = _whole(samples)
    if pcm == "f32le":
        return (whole / _FULL_SCALE).astype("<f4").tobytes()
    rounded: npt.NDArray[np.int32] = np.clip((whole + 128) >> 8, -(2**15), 2**15 - 1)
    return rounded.astype("<i2").tobytes()


class Pipe:
    """Raw samples behind a line of JSON for each piece, and a line of JSON at the end of each line."""

    def __init__(self, out: BinaryIO, sample_rate: int, pcm: str) -> None:
        self._out, self._sample_rate, self._pcm = out, sample_rate, pcm
        self._pieces = 0
        self._samples = 0

    def piece(self, id: str, piece: Piece) -> None:
        content = converted(piece.samples, self._pcm)
        self._pieces += 1
        self._samples += len(piece.samples) // _BYTES
        about = {
            "line": id,
            "piece": self._pieces,
            "start_sample": piece.start_sample,
            "samples": len(piece.samples) // _BYTES,
            "sample_rate": self._sample_rate,
            "channels": 1,
            "format": self._pcm,
            "bytes": len(content),
            "synthetic": True,
        }
        self._write(about, content)

    def ended(self, id: str, status: str, message: str, take: TakeReady | None = None, text: str = "") -> None:
        about = {"line": id, "status": status, "message": message, "pieces": self._pieces, "samples": self._samples}
        self._pieces = self._samples = 0
        self._write({**about, "bytes": 0}, b"")
        if message:
            exits.complain(message)

    def interrupt(self) -> None:
        pass

    def is_full(self) -> bool:
        return False  # A reader that is slow keeps ``piece`` from returning.

    def close(self) -> None:
        pass

    def abort(self) -> None:
        pass

    def _write(self, about: dict[str, Any], content: bytes) -> None:
        self._out.write(json.dumps(about, ensure_ascii=False).encode() + b"\n" + content)
        self._out.flush()


class Folder:
    """One WAV file for each line, whose path is printed when it is there. Nothing is overwritten."""

    def __init__(self, folder: Path, marking: Marking) -> None:
        marking.check()
        make_folder(folder)
        self._marking = marking
        self._folder = folder

    def piece(self, id: str, piece: Piece) -> None:
        pass

    def ended(self, id: str, status: str, message: str, take: TakeReady | None = None, text: str = "") -> None:
        if take is not None:
            name = f"{id:0>4}.wav" if id.isdigit() and id.isascii() else f"{folder_name(id, 'line')}.wav"
            media = self._marking.of(text, take.take, take.media, name)
            print(store_media(self._folder, name, media), flush=True)
        if message:
            exits.complain(message)

    def interrupt(self) -> None:
        pass

    def is_full(self) -> bool:
        return False

    def close(self) -> None:
        pass

    def abort(self) -> None:
        pass


class Device:
    """A sound device. Samples are played from a thread; ``wake`` is called when there is room for more.

    Raises InputError for one that does not exist, naming those that do.
    """

    def __init__(self, name: str, sample_rate: int) -> None:
        self._sound = _sounddevice()
        try:
            self._stream = self._sound.RawOutputStream(
                samplerate=sample_rate, channels=1, dtype="int24", device=_device(name), latency="low"
            )
            self._stream.start()
        except (ValueError, self._sound.PortAudioError) as error:
            raise InputError(f"--device {name}: {_reason(error)}: {self._known()}") from None
        self.wake: Callable[[], None] = lambda: None
        self._block = round(_BLOCK_SECONDS * sample_rate) * _BYTES
        self._full = round(_FULL_SECONDS * sample_rate) * _BYTES
        self._waiting: deque[bytes] = deque()
        self._size = 0
        self._changed = threading.Condition()
        self._closing = False
        self._error = ""
        self._thread = threading.Thread(target=self._play, name="player", daemon=True)
        self._thread.start()

    def piece(self, id: str, piece: Piece) -> None:
        with self._changed:
            for first in range(0, len(piece.samples), self._block):
                self._waiting.append(piece.samples[first : first + self._block])
            self._size += len(piece.samples)
            self._changed.notify()

    def ended(self, id: str, status: str, message: str, take: TakeReady | None = None, text: str = "") -> None:
        if message:
            exits.complain(message)

    def interrupt(self) -> None:
        with self._changed:
            self._waiting.clear()
            self._size = 0

    def is_full(self) -> bool:
        if self._error:
            raise OSError(self._error)
        return self._size > self._full

    def close(self) -> None:
        """Plays what is left, and ends."""
        with self._changed:
            self._closing = True
            self._changed.notify()
        self._thread.join()
        if self._error:
            raise OSError(self._error)
        self._stream.stop()
        self._stream.close()

    def abort(self) -> None:
        """Ends at once."""
        self.interrupt()
        self._stream.abort()

    def _play(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting or self._closing)
                if not self._waiting:
                    return
                block = self._waiting.popleft()
                was_full = self._size > self._full
                self._size -= len(block)
                has_room = was_full and self._size <= self._full
            try:
                self._stream.write(block)
            except self._sound.PortAudioError as error:
                self._error = f"the sound device cannot play any more ({_reason(error)}): run the command again"
                self.wake()
                return
            if has_room:
                self.wake()

    def _known(self) -> str:
        names = [
            f"{number} {device['name']}"
            for number, device in enumerate(self._sound.query_devices())
            if device["max_output_channels"] > 0
        ]
        return (
            f"the devices are {', '.join(names)}" if names else "this machine has no sound device, use -o - or -o DIR"
        )


def _device(name: str) -> str | int | None:
    if name == "default":
        return None
    return int(name) if name.isascii() and name.isdigit() else name


def _reason(error: Exception) -> str:
    said = str(error).splitlines()[0].rstrip(".") if str(error) else type(error).__name__
    return said[0].lower() + said[1:]


def _sounddevice() -> Any:
    """The module. Raises InputError where this machine cannot play."""
    try:
        import sounddevice
    except ImportError:
        raise InputError("--device needs sounddevice: pip install 'framevox[play]', or use -o - or -o DIR") from None
    except OSError as error:  # the module is there and PortAudio is not
        raise InputError(f"--device: {error}: install PortAudio, or use -o - or -o DIR") from None
    return sounddevice


def standard_output() -> BinaryIO:
    """Where raw sound goes."""
    return sys.stdout.buffer
