"""What ``fill`` writes beside the timeline: subtitles of what was spoken, and stems; a sheet is checked here too."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from framevox.engine_daemon.client.speaking import Result
from framevox.engine_daemon.protocol.errors import InputError
from framevox.engine_daemon.protocol.timebase import Rate, edge
from framevox.plugin.cli.sheets import check_sheet

if TYPE_CHECKING:
    from opentimelineio.schema import Timeline

    from framevox.engine_daemon.audio.stem import Part
    from framevox.otio_adapters.subtitles.writing import SpokenLine

_CHARACTER = "{character}"


@dataclass(frozen=True)
class Exports:
    """``subtitles`` is the file for subtitles and ``style`` how they are broken; ``stem`` is a file, or a pattern with
    ``{character}`` for one stem each, empty for none; ``sheet`` is the file for the cue sheet with its outcome."""

    subtitles: Path | None = None
    style: str = "plain"
    stem: str = ""
    sheet: Path | None = None

    def check(self, source: Path) -> None:
        """Raises InputError for files that could not be written, before anything is spoken for them."""
        from framevox.otio_adapters.subtitles.writing import check_subtitle_path

        if self.subtitles is not None:
            check_subtitle_path(self.subtitles)
            if self.subtitles.resolve() == source.resolve():
                raise InputError(f"--subtitles {self.subtitles} is what is read: choose another file")
        if self.sheet is not None:
            check_sheet("--sheet", self.sheet, source)
        if self.stem and not self.stem.lower().endswith(".wav"):
            raise InputError(f"--stem {self.stem}: a stem is a WAV file: let its name end in .wav")
        if unknown := set(re.findall(r"\{[^{}]*\}", self.stem)) - {_CHARACTER}:
            raise InputError(
                f"--stem {self.stem}: {min(unknown)} is not known: {_CHARACTER} is all that can stand there"
            )

    def write(self, timeline: Timeline, results: Sequence[Result], sample_rate: int) -> list[Path]:
        """Writes what was asked for, each file whole or not at all, and returns the files. Raises DiskError, and
        InputError for a take that cannot be read."""
        from framevox.otio_adapters import timeline_rate

        rate = timeline_rate(timeline)
        written = []
        if self.subtitles is not None:
            written.append(self._write_subtitles(results, rate))
        if self.stem:
            written += self._write_stems(timeline, results, rate, sample_rate)
        return written

    def _write_subtitles(self, results: Sequence[Result], rate: Rate) -> Path:
        from framevox.engine_daemon.client.disk import make_folder, write_file
        from framevox.otio_adapters.subtitles.writing import captions_of, subtitle_file

        assert self.subtitles is not None
        lines = [_spoken_line(result) for result in results if result.take is not None]
        make_folder(self.subtitles.absolute().parent)
        shown = captions_of(lines, rate, self.style)
        write_file(self.subtitles, subtitle_file(shown, rate, self.subtitles.suffix))
        return self.subtitles.absolute()

    def _write_stems(self, timeline: Timeline, results: Sequence[Result], rate: Rate, sample_rate: int) -> list[Path]:
        from framevox.engine_daemon.audio.label import Label
        from framevox.engine_daemon.audio.stem import stem_bytes
        from framevox.engine_daemon.client.disk import make_folder, write_pieces
        from framevox.otio_adapters import origin

        begin = edge(origin(timeline, rate), sample_rate, rate) % edge(rate.frames_per_day, sample_rate, rate)
        written = []
        for path, character, placed in self._stems(results):
            parts = [_part(result) for result in placed]
            length = max([_length(timeline, rate, sample_rate), *(part.end for part in parts)])
            voices = ", ".join(sorted({result.take.voice for result in placed if result.take is not None}))
            engines = ", ".join(sorted({result.take.engine for result in placed if result.take is not None}))
            label = Label("", "stem", character, engines or "no line", voices or "none", rate, sample_rate, begin)
            make_folder(path.parent)
            write_pieces(path, stem_bytes(parts, length, label))
            written.append(path)
        return written

    def _stems(self, results: Sequence[Result]) -> list[tuple[Path, str, list[Result]]]:
        """The stems' files, whom each is of, and its takes."""
        from framevox.engine_daemon.client.disk import folder_name

        placed = [result for result in results if result.take is not None]
        if _CHARACTER not in self.stem:
            return [(Path(self.stem).absolute(), "", placed)]
        stems: dict[str, tuple[Path, str, list[Result]]] = {}
        taken: set[str] = set()
        for character in dict.fromkeys(result.cue.character for result in placed):
            name = base = folder_name(character, "nobody")
            number = 1
            while name.casefold() in taken:
                number += 1
                name = f"{base}-{number}"
            taken.add(name.casefold())
            stems[character] = (Path(self.stem.replace(_CHARACTER, name)).absolute(), character, [])
        for result in placed:
            stems[result.cue.character][2].append(result)
        return list(stems.values())


def _spoken_line(result: Result) -> SpokenLine:
    from framevox.otio_adapters.subtitles.writing import Heard, SpokenLine, seconds

    cue, take = result.cue, result.take
    assert take is not None

    def at(sample: int) -> Fraction:
        return seconds(sample, take.sample_rate, cue.start, cue.rate)

    words = tuple(Heard(word.text, at(word.start_sample), at(word.end_sample)) for word in take.words)
    return SpokenLine(cue.text, at(take.speech_start_sample), at(take.speech_end_sample), words, cue.character)


def _part(result: Result) -> Part:
    from framevox.engine_daemon.audio.stem import Part

    take, media = result.take, result.media
    assert take is not None and media is not None
    start, length = take.slot_start_sample, take.slot_end_sample - take.slot_start_sample
    return Part(media, take.media_slot_start_sample, start, length)


def _length(timeline: Timeline, rate: Rate, sample_rate: int) -> int:
    """The programme's length in samples."""
    from framevox.otio_adapters.times import in_frames

    return edge(in_frames(timeline.duration(), rate), sample_rate, rate)
