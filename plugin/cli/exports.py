"""What ``fill`` writes beside the timeline: subtitles of what was spoken, and stems; a sheet is checked here too."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from framevox.engine_daemon.client.speaking import Result
from framevox.engine_daemon.protocol.errors import InputError
from framevox.engine_daemon.protocol.files import place_of
from framevox.engine_daemon.protocol.timebase import Rate
from framevox.plugin.cli.sheets import check_sheet

if TYPE_CHECKING:
    from opentimelineio.schema import Timeline

    from framevox.engine_daemon.audio.delivery import Delivery
    from framevox.engine_daemon.audio.stem_level import Level
    from framevox.otio_adapters import Settings
    from framevox.otio_adapters.subtitles.writing import SpokenLine


@dataclass(frozen=True)
class Written:
    """A file that was written, and what there is to say of it."""

    path: Path
    note: str = ""


@dataclass(frozen=True)
class Exports:
    """``subtitles`` are files for subtitles and ``style`` is how they are broken; ``stems`` are files, or patterns with
    ``{character}`` for one stem each, brought to ``stem_loudness`` where that is given; ``ducking`` is the file that
    says where somebody speaks, ``report`` the page about every line, ``sheet`` the file for the cue sheet with its
    outcome, and ``mouths`` are files or patterns for mouth cues."""

    subtitles: tuple[Path, ...] = ()
    style: str = "plain"
    stems: tuple[str, ...] = ()
    stem_loudness: Delivery | None = None
    ducking: Path | None = None
    report: Path | None = None
    sheet: Path | None = None
    mouths: tuple[str, ...] = ()

    @property
    def named(self) -> list[tuple[str, Path]]:
        """The files, and patterns of files, each behind the option that names it."""
        alone = (("--ducking", self.ducking), ("--report", self.report), ("--sheet", self.sheet))
        return [
            *(("--subtitles", path) for path in self.subtitles),
            *(("--stem", Path(stem)) for stem in self.stems),
            *(("--mouth", Path(mouth)) for mouth in self.mouths),
            *((option, path) for option, path in alone if path is not None),
        ]

    def check(self, source: Path, others: Sequence[Path] = ()) -> None:
        """Raises InputError for files that could not be written, before anything is spoken for them.

        ``others`` are files that are read beside ``source``.
        """
        from framevox.otio_adapters.patterns import CHARACTER
        from framevox.otio_adapters.subtitles.writing import check_subtitle_path
        from framevox.plugin.common.mouth import check_mouth_path

        for path in self.subtitles:
            check_subtitle_path(path)
        if self.sheet is not None:
            check_sheet("--sheet", self.sheet, source)
        if self.stem_loudness is not None and not self.stems:
            raise InputError("--stem-loudness is the level of a stem: say with --stem where the stem goes")
        read = {path.resolve() for path in (source, *others)}
        for option, path in self.named:
            if path.resolve() in read:
                raise InputError(f"{option} {path} is what is read: choose another file")
        for stem in self.stems:
            if not stem.lower().endswith(".wav"):
                raise InputError(f"--stem {stem}: a stem is a WAV file: let its name end in .wav")
        for mouth in self.mouths:
            check_mouth_path(mouth)
        for option, pattern in (
            *(("--stem", stem) for stem in self.stems),
            *(("--mouth", each) for each in self.mouths),
        ):
            if unknown := set(re.findall(r"\{[^{}]*\}", pattern)) - {CHARACTER}:
                raise InputError(
                    f"{option} {pattern}: {min(unknown)} is not known: {CHARACTER} is all that can stand there"
                )

    @property
    def shows_times(self) -> bool:
        """Whether a file says when words are heard."""
        return bool(self.subtitles or self.report or self.mouths)

    def write(self, timeline: Timeline, results: Sequence[Result], settings: Settings, title: str) -> list[Written]:
        """Writes what was asked for, each file whole or not at all, and returns the files. Raises DiskError, and
        InputError for a take that cannot be read."""
        from framevox.otio_adapters import timeline_rate

        rate = timeline_rate(timeline)
        written = []
        for path in self.subtitles:
            written.append(Written(self._write_subtitles(path, results, rate)))
        for stem in self.stems:
            from framevox.otio_adapters.stems import write_stems

            for path, level in write_stems(timeline, results, stem, settings, self.stem_loudness):
                written.append(Written(path, _say_level(level, self.stem_loudness)))
        for mouth in self.mouths:
            from framevox.plugin.cli.mouths import write_mouths

            written += [Written(path, note) for path, note in write_mouths(timeline, results, mouth, self.stems)]
        if self.ducking is not None:
            from framevox.engine_daemon.client.disk import make_folder, write_file
            from framevox.otio_adapters.ducking import ducking_list

            make_folder(self.ducking.absolute().parent)
            write_file(self.ducking, ducking_list(results))
            written.append(Written(self.ducking.absolute()))
        if self.report is not None:
            from framevox.engine_daemon.client.disk import make_folder, write_pieces
            from framevox.otio_adapters.report_page.writing import report_page

            make_folder(self.report.absolute().parent)
            write_pieces(self.report, report_page(timeline, results, title, settings.marking))
            written.append(Written(self.report.absolute()))
        return written

    def _write_subtitles(self, path: Path, results: Sequence[Result], rate: Rate) -> Path:
        from framevox.engine_daemon.client.disk import make_folder, write_file
        from framevox.otio_adapters.subtitles.writing import captions_of, subtitle_file

        lines = [_spoken_line(result) for result in results if result.take is not None]
        make_folder(path.absolute().parent)
        shown = captions_of(lines, rate, self.style)
        write_file(path, subtitle_file(shown, rate, path.suffix))
        return path.absolute()


def check_apart(files: Iterable[tuple[str, Path]]) -> None:
    """Raises InputError where two of the files that are written, each behind what names it, are one."""
    by_place: dict[str, str] = {}
    for option, path in files:
        place = place_of(path)
        if place in by_place:
            raise InputError(
                f"{by_place[place]} and {option} both name {path}: name two files, so that neither is lost"
            )
        by_place[place] = option


def _spoken_line(result: Result) -> SpokenLine:
    from framevox.otio_adapters.subtitles.writing import Heard, SpokenLine, seconds

    cue, take = result.cue, result.take
    assert take is not None

    def at(sample: int) -> Fraction:
        return seconds(sample, take.sample_rate, cue.start, cue.rate)

    words = tuple(Heard(word.text, at(word.start_sample), at(word.end_sample)) for word in take.words)
    return SpokenLine(cue.text, at(take.speech_start_sample), at(take.speech_end_sample), words, cue.character)


def _say_level(level: Level | None, delivery: Delivery | None) -> str:
    if level is None or delivery is None:
        return ""
    if not math.isfinite(level.programme):
        return "nobody speaks in it"
    asked = f"{delivery.loudness:g} by {'speech' if delivery.gate == 'speech' else 'the programme'} asked for"
    loudness = f"speech {level.speech:.1f} LUFS, programme {level.programme:.1f} LUFS ({asked})"
    return f"{loudness}, true peak {level.peak:.1f} dBTP"
