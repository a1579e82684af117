"""What is in a list of lines that was written, and is read again: the second table in docs/exchange.md.

``python -m tests.otio_adapters.lines_out`` prints it; ``tests/docs/test_lines_in_and_out.py`` holds the page to it.
"""

from __future__ import annotations

import tempfile
import warnings
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import opentimelineio as otio

from framevox.engine_daemon.protocol.errors import InputError
from framevox.engine_daemon.protocol.timebase import Rate
from framevox.otio_adapters import Placeholder, find_placeholders, origin, place, save, timeline_rate
from framevox.otio_adapters.sources import SourceOptions, read_source
from framevox.otio_adapters.subtitles.writing import SpokenLine, captions_of, subtitle_file

from .timelines import gap, line, takes, timeline, track

RATES = ("23.976", "25", "29.97", "59.94")
SUBTITLES = (".srt", ".vtt", ".ass", ".ttml")
LISTS = (".dapt", ".ttml", ".csv", ".tsv", ".tab", ".xlsx")
FILES = (*(f"`--subtitles a{suffix}`" for suffix in SUBTITLES), *(f"OUT `a{suffix}`" for suffix in LISTS))


@dataclass(frozen=True)
class Written:
    """The lines that were spoken, and the file that they were written to, read again at their rate."""

    wanted: list[Placeholder]
    path: Path
    read: otio.schema.Timeline
    again: list[Placeholder]


def film(rate: Rate) -> otio.schema.Timeline:
    fps = float(rate.fps)
    built = timeline(
        track(
            "A1", gap(11, fps), line("ALICE: Good to know.", 47, fps, voice="alto", language="en", emotion="sad=0.5")
        ),
        track("A2", gap(40, fps), line("小明: 我们下周发布。", 52, fps, language="zh")),
        start=3600 * rate.nominal,
        rate=fps,
    )
    for name, layer in zip("ab", built.tracks, strict=True):
        layer[1].metadata["framevox"]["cue"] = f"id-{name}"
    return built


def write(file: str, rate: Rate, folder: Path) -> Written:
    """Writes the film as ``file`` says, and reads that again."""
    built = film(rate)
    found = find_placeholders(built)
    path = folder / file.split("`")[1].split()[-1]
    if file.startswith("OUT"):
        save(place(built, found, takes(found, folder)), path)
    else:
        spoken = [
            SpokenLine(p.text, p.start / rate.fps, (p.start + Fraction(p.duration)) / rate.fps, (), p.character)
            for p in found
        ]
        path.write_bytes(subtitle_file(captions_of(spoken, rate), rate, path.suffix))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        read = read_source(path, SourceOptions(rate=rate))
        return Written(found, path, read, find_placeholders(read))


def _same(which: Callable[[Placeholder], object]) -> Callable[[Written], str]:
    def says(written: Written) -> str:
        kept = [which(p) for p in written.again] == [which(p) for p in written.wanted]
        return "yes" if kept else "no"

    return says


def _start(written: Written) -> str:
    before = written.wanted[0].origin
    return "yes" if origin(written.read, timeline_rate(written.read)) == before else "`--start-timecode`"


def _rate(written: Written) -> str:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            read = read_source(written.path, SourceOptions())
        except InputError as error:
            return "`--rate`" if "--rate" in str(error) else str(error)
    return "yes" if timeline_rate(read) == written.wanted[0].rate else "another"


def _takes(written: Written) -> str:
    """Whether the file says which take speaks a line."""
    content = written.path.read_bytes()
    if zipfile.is_zipfile(written.path):
        with zipfile.ZipFile(written.path) as package:
            content = b"".join(package.read(name) for name in package.namelist())
    return "yes" if all(f"{p.cue_id}.wav".encode() in content for p in written.wanted) else "no"


KEEPS: dict[str, Callable[[Written], str]] = {
    "times": _same(lambda p: (p.start, p.duration)),
    "frame rate": _rate,
    "start timecode": _start,
    "line": _same(lambda p: p.text),
    "character": _same(lambda p: p.character),
    "language": _same(lambda p: p.language),
    "voice, emotion": _same(lambda p: (p.voice, p.emotion)),
    "id": _same(lambda p: p.cue_id),
    "take": _takes,
}


def cell(file: str, feature: str, folder: Path) -> str:
    """What the table says, at every rate alike."""
    says = {name: KEEPS[feature](write(file, Rate.parse(name), folder)) for name in RATES}
    return says[RATES[0]] if len(set(says.values())) == 1 else "; ".join(f"{says[name]} at {name}" for name in says)


def main() -> None:
    print(f"| written | {' | '.join(KEEPS)} |")
    print("| --- " * (len(KEEPS) + 1) + "|")
    with tempfile.TemporaryDirectory() as folder:
        for file in FILES:
            print(f"| {file} | {' | '.join(cell(file, feature, Path(folder)) for feature in KEEPS)} |")


if __name__ == "__main__":
    main()
