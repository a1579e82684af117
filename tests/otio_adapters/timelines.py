"""Small timelines for tests, and takes as a daemon would deliver them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

import opentimelineio as otio

from framevox.engine_daemon.protocol.cues import Take, WordTiming
from framevox.engine_daemon.protocol.timebase import edge
from framevox.otio_adapters import PlacedTake, Placeholder, find_placeholders
from framevox.otio_adapters.side_file import side_path

FILM = 24000 / 1001


def time(value: float, rate: float = FILM) -> otio.opentime.RationalTime:
    return otio.opentime.RationalTime(value, rate)


def span(start: float, length: float, rate: float = FILM) -> otio.opentime.TimeRange:
    return otio.opentime.TimeRange(time(start, rate), time(length, rate))


def gap(length: float, rate: float = FILM) -> otio.schema.Gap:
    return otio.schema.Gap(source_range=span(0, length, rate))


def line(name: str, length: float = 50, rate: float = FILM, start: float = 0, **metadata: Any) -> otio.schema.Clip:
    """An audio clip that stands for a line; keyword arguments become ``metadata["framevox"]``."""
    clip = otio.schema.Clip(name, otio.schema.MissingReference(), span(start, length, rate))
    if metadata:
        clip.metadata["framevox"] = metadata
    return clip


def marker(comment: str, start: float, length: float, rate: float = FILM, **more: Any) -> otio.schema.Marker:
    return otio.schema.Marker(marked_range=span(start, length, rate), comment=comment, **more)


def track(name: str, *children: Any, kind: str = "Audio") -> otio.schema.Track:
    made = otio.schema.Track(name, kind=kind)
    made.extend(children)
    return made


def timeline(*tracks: Any, start: float | None = None, rate: float = FILM) -> otio.schema.Timeline:
    made = otio.schema.Timeline("Test", global_start_time=None if start is None else time(start, rate))
    made.tracks.extend(tracks)
    return made


def takes(
    placeholders: Iterable[Placeholder], folder: Path = Path("/takes"), sample_rate: int = 48000, handles: int = 12
) -> Mapping[str, PlacedTake]:
    """One take per cue, as the frame maths lays it out; the files need not exist."""
    made = {}
    for p in placeholders:
        start, end = (edge(n, sample_rate, p.rate) for n in (p.start, Fraction(p.start) + p.duration))
        head = edge(handles, sample_rate, p.rate)
        made[p.cue_id] = PlacedTake(
            take=Take(
                id=f"take-of-{p.cue_id}",
                cue=p.cue_id,
                engine="test",
                voice="nobody",
                sample_rate=sample_rate,
                slot_start_sample=start,
                slot_end_sample=end,
                media_slot_start_sample=head,
                media_samples=head + end - start + head,
                time_reference=0,
                speech_start_sample=10,
                speech_end_sample=end - start - 10,
                natural_seconds=1.5,
                fit_ratio=1.0,
                words=(WordTiming("word", 10, 200),),
                phones=(),
            ),
            media=folder / f"{p.cue_id}.wav",
            cue={"text": p.text, "character": p.character, "voice": p.voice, "fit": p.fit},
        )
    return made


def written_anew(path: Path) -> None:
    """Has the side file of ``path`` take it for another file than it was written with, as one is that an editing
    program wrote anew."""
    side = side_path(path)
    content = json.loads(side.read_text("utf-8"))
    content["metadata"]["framevox_side_file"]["checksum"] = "another"
    side.write_text(json.dumps(content), "utf-8")


def as_json(item: Any) -> Any:
    return json.loads(item.to_json_string())


def rest(result: otio.schema.Timeline, built: otio.schema.Timeline) -> Any:
    """``result`` as JSON without what ``place`` may write: its own tracks at the end, and of ``built``'s placeholders
    the metadata of Framevox and, where the take lies in the clip itself, media, range and the places of markers."""
    content = as_json(result)
    layers = content["tracks"]["children"]
    assert all("FV" in layer["name"] for layer in layers[len(built.tracks) :])
    del layers[len(built.tracks) :]
    for placeholder in find_placeholders(built):
        node = content["tracks"]
        for index in placeholder.where:
            node = node["children"][index]
        if placeholder.in_place:
            for mark in node["markers"]:
                mark["marked_range"].pop("start_time", None)
            for key in ("media_references", "source_range"):
                node.pop(key, None)
            node["effects"] = [e for e in node["effects"] if not e["OTIO_SCHEMA"].startswith("LinearTimeWarp")]
        if placeholder.marker is not None:
            node = node["markers"][placeholder.marker]
        node["metadata"].pop("framevox", None)
    return content
