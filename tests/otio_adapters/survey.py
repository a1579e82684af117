"""What a filled timeline keeps in which format: the table in docs/timelines.md.

``python -m tests.otio_adapters.survey`` prints it. Every adapter that is installed (``pip install
"framevox[adapters]"``) writes a filled timeline and reads it back.
"""

from __future__ import annotations

import contextlib
import io
import logging
import tempfile
import warnings
from pathlib import Path

import opentimelineio as otio

from framevox.engine_daemon.protocol.errors import InputError
from framevox.engine_daemon.protocol.timebase import Rate
from framevox.otio_adapters import find_placeholders, load, place, save
from framevox.otio_adapters.media_urls import media_path
from framevox.otio_adapters.side_file import side_path

from .timelines import gap, line, marker, span, takes, timeline, track, written_anew

SUFFIXES = (".otio", ".otioz", ".otiod", ".xml", ".fcpxml", ".aaf", ".edl", ".xges")
RATES = {"23.976": 24000 / 1001, "25": 25.0, "29.97": 30000 / 1001}
COLUMNS = ("takes in place", "their names", "their media", "markers' text", "cue ids")


def survey(suffix: str, rate: float, folder: Path) -> dict[str, str] | str:
    """What survives, column by column, or why nothing does."""
    shot = otio.schema.ExternalReference((folder / "shot.mov").as_uri(), span(0, 300, rate))
    built = timeline(
        track("V1", otio.schema.Clip("Shot", shot, span(0, 300, rate)), kind="Video"),
        track("ALICE", gap(10, rate), line("First line", 50, rate), gap(7, rate), line("Second line", 31, rate)),
        start=0,
        rate=rate,
    )
    built.tracks.markers.append(marker("BOB: Marked", 120, 40, rate, name="ADR"))
    found = find_placeholders(built)
    made = takes(found, folder)
    for placed in made.values():
        placed.media.write_bytes(b"")
    path = folder / f"filled{suffix}"
    try:
        save(place(built, found, made), path)
    except InputError as error:
        return f"not written: {str(error).partition(': ')[2]}"
    try:
        if side_path(path).is_file():
            written_anew(path)
        read = load(path, Rate.parse(rate))
    except InputError as error:
        return f"written, not read back: {str(error).partition(': ')[2]}"
    wanted = {p.start: (p, made[p.cue_id]) for p in found}
    positions, names, media = [], [], []
    for layer in read.audio_tracks():
        for clip in layer.find_clips():
            begin = clip.transformed_time(clip.trimmed_range().start_time, read.tracks).rescaled_to(rate).value
            begin, length = round(begin, 3), round(clip.duration().rescaled_to(rate).value, 3)
            if begin in wanted and length == wanted[begin][0].duration:
                p, placed = wanted[begin]
                positions.append(begin)
                names.append(p.text in clip.name)
                url = getattr(clip.media_reference, "target_url", None)
                file = media_path(url, folder) if url else None
                media.append(file is not None and file.name == placed.media.name)
    markers = [p for p in find_placeholders(read) if p.marker is not None and p.text == "Marked"]
    ids = {p.cue_id for p in find_placeholders(read)} == {p.cue_id for p in found}
    shares = (len(positions), sum(names), sum(media))
    yes = [f"{share} of {len(found)}" for share in shares] + ["yes" if markers else "no", "yes" if ids else "no"]
    return dict(zip(COLUMNS, yes, strict=True))


def main() -> None:
    logging.disable()
    print(f"| format | rate | {' | '.join(COLUMNS)} |")
    print("| --- " * (len(COLUMNS) + 2) + "|")
    for suffix in SUFFIXES:
        for name, rate in RATES.items():
            with (
                tempfile.TemporaryDirectory() as folder,
                warnings.catch_warnings(),
                contextlib.redirect_stderr(io.StringIO()),
            ):
                warnings.simplefilter("ignore")
                result = survey(suffix, rate, Path(folder).resolve())
            cells = result if isinstance(result, str) else " | ".join(result.values())
            print(f"| {suffix} | {name} | {cells} |".replace(folder + "/", ""))


if __name__ == "__main__":
    main()
