"""A filled timeline through a format: written, and read again without its side file and with it."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import opentimelineio as otio

from framevox.engine_daemon.protocol.timebase import Rate
from framevox.otio_adapters import Placeholder, TimelineWarning, find_placeholders, load, place, save
from framevox.otio_adapters.formats import LOSSLESS, PROJECTS
from framevox.otio_adapters.side_file import side_path

from ..mlt import projects
from ..timelines import gap, line, marker, span, takes, timeline, track

FORMATS = (".otio", ".otioz", ".otiod", ".xml", ".aaf", ".fcpxml", ".edl", ".mlt", ".kdenlive")
START = 3600


@dataclass(frozen=True)
class Trip:
    """A timeline before it was filled, as it was filled, and as its file was read."""

    built: otio.schema.Timeline
    filled: otio.schema.Timeline
    read: otio.schema.Timeline
    folder: Path

    def told(self, which: Callable[[Placeholder], Any]) -> tuple[list[Any], list[Any]]:
        """What ``which`` says of each line before and after."""
        return [which(p) for p in find_placeholders(self.built)], [which(p) for p in find_placeholders(self.read)]


def film(rate: Rate) -> otio.schema.Timeline:
    """Lines on two tracks, of which one waits for its take, and in markers on the timeline, a track and a clip."""
    fps = float(rate.fps)
    shot = otio.schema.ExternalReference("file:///media/shot.mov", span(0, 300, fps))
    directed = line("Good to know.", 50, fps, voice="alto", fit="natural", emotion="happy=0.5")
    directed.markers.append(marker("know", 20, 1, fps))
    waiting = line("Say that again.", 40, fps, language="en")
    picture = otio.schema.Clip("Shot", shot, span(0, 300, fps))
    picture.markers.append(marker("EVE: On a clip", 230, 30, fps, name="ADR"))
    built = timeline(
        track("V1", picture, kind="Video"),
        track("V2", otio.schema.Clip("Over it", shot.clone(), span(0, 100, fps)), kind="Video"),
        track("ALICE", gap(10, fps), directed, gap(7, fps), line("We leave now.", 31, fps), gap(3, fps), waiting),
        track("小明", gap(30, fps), line("我们下周发布。", 60, fps)),
        start=START * rate.nominal,
        rate=fps,
    )
    built.tracks[2].markers.append(marker("DAN: On a track", 270, 20, fps, name="ADR"))
    built.tracks.markers.append(marker("BOB: On the timeline", 150, 40, fps, name="ADR"))
    if rate.drop_frame:
        built.metadata["fcp_xml"] = {"timecode": {"displayformat": "DF"}}
    return built


def _project(path: Path, rate: Rate) -> otio.schema.Timeline:
    """The same for formats that are filled in place, whose lines are markers."""
    marked = [(10, 60, "ALICE: Good to know."), (67, 98, "ALICE: We leave now."), (101, 141, "ALICE: Say that again.")]
    if path.suffix == ".mlt":
        projects.shotcut(path, rate, marked)
    else:
        projects.kdenlive(path, rate, [each for start, end, text in marked for each in ((start, text), (end, "/"))])
    return load(path)


def trips(suffix: str, rate: Rate, folder: Path) -> tuple[Trip, Trip, list[str]]:
    """The film through a format, read without its side file and with it, and what was said when it was written.

    It is read as when another program wrote it in between: not the same bytes.
    """
    source = folder / f"cut{suffix}"
    built = _project(source, rate) if suffix in PROJECTS else film(rate)
    found = find_placeholders(built)
    made = takes([p for p in found if p.text != "Say that again."], folder)
    for placed in made.values():
        placed.media.write_bytes(b"")
    filled = place(built, found, made)
    path = folder / f"filled{suffix}"
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        save(filled, path, source=source if source.exists() else None)
    if suffix not in (*LOSSLESS, *PROJECTS):
        path.write_bytes(path.read_bytes() + b"\n")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        whole = Trip(built, filled, load(path, rate), folder)
        side_path(path).unlink(missing_ok=True)
        bare = Trip(built, filled, load(path, rate), folder)
    return bare, whole, [str(each.message) for each in said if issubclass(each.category, TimelineWarning)]
