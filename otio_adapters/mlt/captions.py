"""The subtitle tracks of both programs: files beside a Kdenlive project, text inside of a Shotcut one."""

from __future__ import annotations

import re
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path

import opentimelineio as otio

from framevox.otio_adapters.metadata import TimelineWarning
from framevox.otio_adapters.subtitles import Layout, read_captions, timeline_of

from .project import Project
from .tree import Element

TRACK = "Captions"


def caption_tracks(project: Project) -> list[otio.schema.Track]:
    """Tracks with a clip for each subtitle. Warns of subtitles that are not spoken, and raises InputError for a file of
    subtitles that cannot be read."""
    captions = []
    for path, text in _sources(project):
        if text.strip():
            # The readers of subtitle files tell encodings and broken files apart, so they are given a file.
            with tempfile.TemporaryDirectory() as folder:
                aside = Path(folder) / path.name
                aside.write_text(text, "utf-8")
                captions = read_captions(aside)
        elif path.stat().st_size:
            captions = read_captions(path)
        if captions:
            break
    if not captions:
        return []
    timeline = timeline_of(captions, Layout(project.rate), track=TRACK)
    tracks = [track.deepcopy() for track in timeline.tracks]
    for track in tracks:
        # Not sound: the takes go on tracks of their own.
        track.kind = otio.schema.TrackKind.Video
    return tracks


def files_beside(project: Project, out: Path) -> list[tuple[Path, Path]]:
    """The subtitle files that belong to a Kdenlive project by their name, each with its name beside ``out``."""
    if not project.is_kdenlive:
        return []
    stem = re.escape(project.path.name)
    pattern = re.compile(rf"{stem}(?P<rest>(?:\{{[0-9a-f-]+\}})?(?:-\d+)?\.(?:srt|ass))")
    return [
        (path, out.with_name(out.name + match["rest"]))
        for path in sorted(project.path.absolute().parent.iterdir())
        if (match := pattern.fullmatch(path.name))
    ]


def _sources(project: Project) -> Iterator[tuple[Path, str]]:
    """Where the subtitles may be, the best place first; a text instead of a file where they lie in the project."""
    filters = [f for f in project.tractor.all("filter") if f.get("disable") != "1"]
    if not project.is_kdenlive:
        yield from _of_shotcut(project, filters)
        return
    shown = [f for f in filters if f.get("mlt_service") == "avfilter.subtitles"]
    if not shown:
        return
    active = project.tractor.get("kdenlive:sequenceproperties.kdenlive:activeSubtitleIndex", "0")
    uuid = project.tractor.get("kdenlive:uuid")
    main = project.document("uuid") or project.document("sequences") or uuid
    names = [
        f"{project.path.name}{sequence}{number}{suffix}"
        for sequence in ([""] if uuid in ("", main) else [uuid, ""])
        for number in ([f"-{active}"] if active not in ("", "0") else []) + [""]
        for suffix in (".ass", ".srt")
    ]
    named = [project.folder / f.get("av.filename") for f in shown if f.get("av.filename")]
    found = [path for path in (*(project.path.absolute().with_name(name) for name in names), *named) if path.is_file()]
    if not found:
        warnings.warn(
            f"{project.path.name} has subtitles, but {names[0]} is not beside it: they are not spoken; save the "
            "project again, or copy its subtitles beside it",
            TimelineWarning,
            stacklevel=4,
        )
    for path in found:
        yield path, ""


def _of_shotcut(project: Project, filters: list[Element]) -> Iterator[tuple[Path, str]]:
    feeds = [f for f in filters if f.get("mlt_service") == "subtitle_feed" and f.get("text").strip()]
    if len(feeds) > 1:
        left = ", ".join(f.get("feed") or f.get("lang") for f in feeds[1:])
        warnings.warn(
            f"{project.path.name} has {len(feeds)} subtitle tracks: the first one is spoken, {feeds[0].get('feed')}; "
            f"left out: {left}",
            TimelineWarning,
            stacklevel=4,
        )
    for one in (*feeds, *(f for f in filters if f.get("mlt_service") == "subtitle")):
        resource = project.folder / one.get("resource") if one.get("resource") else None
        if one.get("text").strip():
            yield project.path.with_suffix(".srt"), one.get("text")
        elif resource is not None and resource.is_file():
            yield resource, ""
