"""What ``fill`` writes beside the timeline: subtitles of what was spoken, and stems; a sheet is checked here too."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from framevox.engine_daemon.client.speaking import Result
from framevox.engine_daemon.protocol.errors import InputError
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
    """``subtitles`` is the file for subtitles and ``style`` how they are broken; ``stem`` is a file, or a pattern with
    ``{character}`` for one stem each, empty for none, brought to ``stem_loudness`` where that is given; ``ducking`` is
    the file that says where somebody speaks, ``report`` the page about every line, ``sheet`` the file for the cue sheet
    with its outcome, and ``mouth`` a file or pattern for mouth cues."""

    subtitles: Path | None = None
    style: str = "plain"
    stem: str = ""
    stem_loudness: Delivery | None = None
    ducking: Path | None = None
    report: Path | None = None
    sheet: Path | None = None
    mouth: str = ""

    @property
    def named(self) -> list[Path]:
        """The files, and patterns of files, as they were named."""
        patterns = [Path(pattern) for pattern in (self.stem, self.mouth) if pattern]
        named = (self.subtitles, self.ducking, self.report, self.sheet)
        return [*patterns, *(path for path in named if path is not None)]

    def check(self, source: Path) -> None:
        """Raises InputError for files that could not be written, before anything is spoken for them."""
        from framevox.otio_adapters.patterns import CHARACTER
        from framevox.otio_adapters.subtitles.writing import check_subtitle_path
        from framevox.plugin.common.mouth import check_mouth_path

        if self.subtitles is not None:
            check_subtitle_path(self.subtitles)
        if self.sheet is not None:
            check_sheet("--sheet", self.sheet, source)
        if self.stem_loudness is not None and not self.stem:
            raise InputError("--stem-loudness is the level of a stem: say with --stem where the stem goes")
        for option, path in (("subtitles", self.subtitles), ("ducking", self.ducking), ("report", self.report)):
            if path is not None and path.resolve() == source.resolve():
                raise InputError(f"--{option} {path} is what is read: choose another file")
        if self.stem and not self.stem.lower().endswith(".wav"):
            raise InputError(f"--stem {self.stem}: a stem is a WAV file: let its name end in .wav")
        if self.mouth:
            check_mouth_path(self.mouth)
        for option, pattern in (("stem", self.stem), ("mouth", self.mouth)):
            if unknown := set(re.findall(r"\{[^{}]*\}", pattern)) - {CHARACTER}:
                raise InputError(
                    f"--{option} {pattern}: {min(unknown)} is not known: {CHARACTER} is all that can stand there"
                )

    @property
    def shows_times(self) -> bool:
        """Whether a file says when words are heard."""
        return bool(self.subtitles or self.report or self.mouth)

    def write(self, timeline: Timeline, results: Sequence[Result], settings: Settings, title: str) -> list[Written]:
        """Writes what was asked for, each file whole or not at all, and returns the files. Raises DiskError, and
        InputError for a take that cannot be read."""
        from framevox.otio_adapters import timeline_rate

        rate = timeline_rate(timeline)
        written = []
        if self.subtitles is not None:
            written.append(Written(self._write_subtitles(results, rate)))
        if self.stem:
            from framevox.otio_adapters.stems import write_stems

            for path, level in write_stems(timeline, results, self.stem, settings, self.stem_loudness):
                written.append(Written(path, _say_level(level, self.stem_loudness)))
        if self.mouth:
            from framevox.plugin.cli.mouths import write_mouths

            written += [Written(path, note) for path, note in write_mouths(timeline, results, self.mouth, self.stem)]
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

    def _write_subtitles(self, results: Sequence[Result], rate: Rate) -> Path:
        from framevox.engine_daemon.client.disk import make_folder, write_file
        from framevox.otio_adapters.subtitles.writing import captions_of, subtitle_file

        assert self.subtitles is not None
        lines = [_spoken_line(result) for result in results if result.take is not None]
        make_folder(self.subtitles.absolute().parent)
        shown = captions_of(lines, rate, self.style)
        write_file(self.subtitles, subtitle_file(shown, rate, self.subtitles.suffix))
        return self.subtitles.absolute()


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
