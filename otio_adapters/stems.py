"""Stems of a filled timeline: the takes of all characters, or of each, where they lie on the timeline."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from opentimelineio.schema import Timeline

from framevox.engine_daemon.audio.delivery import Delivery
from framevox.engine_daemon.audio.label import Label
from framevox.engine_daemon.audio.stem import Part, stem_bytes, windows
from framevox.engine_daemon.audio.stem_level import Level, delivered, measure, windows_of
from framevox.engine_daemon.client.disk import make_folder, write_file, write_pieces
from framevox.engine_daemon.client.speaking import Result
from framevox.engine_daemon.protocol.cues import Take
from framevox.engine_daemon.protocol.timebase import edge
from framevox.engine_daemon.provenance.checking import remove_sidecar, sidecar_of

from .filling import Settings
from .patterns import files_of
from .rates import origin, timeline_rate
from .times import in_frames


def write_stems(
    timeline: Timeline, results: Sequence[Result], pattern: str, settings: Settings, delivery: Delivery | None = None
) -> Iterator[tuple[Path, Level | None]]:
    """Writes the stems that ``pattern`` names, each whole or not at all, and yields each with its level if it was
    brought to ``delivery``. Raises DiskError, and InputError for a take that cannot be read."""
    rate, sample_rate = timeline_rate(timeline), settings.output.sample_rate
    begin = edge(origin(timeline, rate), sample_rate, rate) % edge(rate.frames_per_day, sample_rate, rate)
    programme = edge(in_frames(timeline.duration(), rate), sample_rate, rate)

    def write(path: Path, pieces: Iterator[bytes], placed: Sequence[Result]) -> None:
        spoken = [(result.cue.text, result.take) for result in placed if result.take is not None]
        id = hashlib.sha256(" ".join(take.id for _, take in spoken).encode()).hexdigest()[:16]
        marked = settings.marking.marked_wav(pieces, settings.marking.facts(path.name, id, spoken))
        write_pieces(path, marked)
        if marked.sidecar is not None:
            write_file(sidecar_of(path), marked.sidecar)
        else:
            # That of an earlier stem would not hold any more.
            remove_sidecar(path)

    for path, character, placed in files_of(pattern, results):
        takes = [(result.take, _part(result)) for result in placed if result.take is not None]
        parts = [part for _, part in takes]
        length = max([programme, *(part.end for part in parts)])
        voices = ", ".join(sorted({take.voice for take, _ in takes}))
        engines = ", ".join(sorted({take.engine for take, _ in takes}))
        label = Label("", "stem", character, engines or "no line", voices or "none", rate, sample_rate, begin)
        make_folder(path.parent)
        mix = windows(parts, length, sample_rate)
        if delivery is None:
            write(path, stem_bytes(mix, length, label), placed)
            yield path, None
            continue
        spans = [_speech(take) for take, _ in takes]
        level = measure(mix, sample_rate, spans)
        mix = delivered(windows(parts, length, sample_rate), sample_rate, level, delivery)
        write(path, stem_bytes(mix, length, label), placed)
        # What is said is what stands in the file.
        yield path, measure(windows_of(path), sample_rate, spans)


def _part(result: Result) -> Part:
    take, media = result.take, result.media
    assert take is not None and media is not None
    start, length = take.slot_start_sample, take.slot_end_sample - take.slot_start_sample
    return Part(media, take.media_slot_start_sample, start, length)


def _speech(take: Take) -> tuple[int, int]:
    """From where to where on the timeline somebody speaks [samples]."""
    first, end = (take.slot_start_sample + sample for sample in (take.speech_start_sample, take.speech_end_sample))
    return max(first, take.slot_start_sample), min(end, take.slot_end_sample)
