"""Stems of a filled timeline: the takes of all characters, or of each, where they lie on the timeline."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from opentimelineio.schema import Timeline

from framevox.engine_daemon.audio.delivery import Delivery
from framevox.engine_daemon.audio.label import Label
from framevox.engine_daemon.audio.stem import Part, stem_bytes, windows
from framevox.engine_daemon.audio.stem_level import Level, delivered, measure, windows_of
from framevox.engine_daemon.client.disk import folder_name, make_folder, write_pieces
from framevox.engine_daemon.client.speaking import Result
from framevox.engine_daemon.protocol.cues import Take
from framevox.engine_daemon.protocol.timebase import edge

from .rates import origin, timeline_rate
from .times import in_frames

CHARACTER = "{character}"
"""Stands for the character in the name of a stem."""


def write_stems(
    timeline: Timeline, results: Sequence[Result], pattern: str, sample_rate: int, delivery: Delivery | None = None
) -> Iterator[tuple[Path, Level | None]]:
    """Writes the stems that ``pattern`` names, each whole or not at all, and yields each with its level if it was
    brought to ``delivery``. Raises DiskError, and InputError for a take that cannot be read."""
    rate = timeline_rate(timeline)
    begin = edge(origin(timeline, rate), sample_rate, rate) % edge(rate.frames_per_day, sample_rate, rate)
    programme = edge(in_frames(timeline.duration(), rate), sample_rate, rate)
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
            write_pieces(path, stem_bytes(mix, length, label))
            yield path, None
            continue
        spans = [_speech(take) for take, _ in takes]
        level = measure(mix, sample_rate, spans)
        mix = delivered(windows(parts, length, sample_rate), sample_rate, level, delivery)
        write_pieces(path, stem_bytes(mix, length, label))
        # What is said is what stands in the file.
        yield path, measure(windows_of(path), sample_rate, spans)


def files_of(pattern: str, results: Sequence[Result]) -> list[tuple[Path, str, list[Result]]]:
    """The files that a pattern names, whom each is of ("" for all), and what was placed of theirs."""
    placed = [result for result in results if result.take is not None]
    if CHARACTER not in pattern:
        return [(Path(pattern).absolute(), "", placed)]
    stems: dict[str, tuple[Path, str, list[Result]]] = {}
    taken: set[str] = set()
    for character in dict.fromkeys(result.cue.character for result in placed):
        name = base = folder_name(character, "nobody")
        number = 1
        while name.casefold() in taken:
            number += 1
            name = f"{base}-{number}"
        taken.add(name.casefold())
        stems[character] = (Path(pattern.replace(CHARACTER, name)).absolute(), character, [])
    for result in placed:
        stems[result.cue.character][2].append(result)
    return list(stems.values())


def _part(result: Result) -> Part:
    take, media = result.take, result.media
    assert take is not None and media is not None
    start, length = take.slot_start_sample, take.slot_end_sample - take.slot_start_sample
    return Part(media, take.media_slot_start_sample, start, length)


def _speech(take: Take) -> tuple[int, int]:
    """From where to where on the timeline somebody speaks [samples]."""
    first, end = (take.slot_start_sample + sample for sample in (take.speech_start_sample, take.speech_end_sample))
    return max(first, take.slot_start_sample), min(end, take.slot_end_sample)
