"""A project as a timeline: its tracks, the lines on them as placeholders, and the takes of earlier fills."""

from __future__ import annotations

import itertools
import warnings
from collections import deque
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import opentimelineio as otio

from framevox.engine_daemon.protocol.errors import InputError
from framevox.otio_adapters.media_urls import media_url
from framevox.otio_adapters.metadata import KEY, TimelineWarning
from framevox.otio_adapters.placeholders import Placeholder, find_placeholders
from framevox.otio_adapters.placing import TRACK_PREFIX, look_up
from framevox.otio_adapters.times import to_time

from .captions import caption_tracks
from .guides import all_guides, lines
from .own import Take, cue_of, own_tracks, takes_on
from .project import Project, Track
from .titles import GENERATORS, is_missing, line_of

PROJECT = "framevox_project"
"""Where a timeline says which project it was read from."""


def read_project(path: Path) -> otio.schema.Timeline:
    """The timeline of a project, with takes of an earlier fill on their tracks.

    Raises InputError that names the file.
    """
    project = Project.open(path)
    timeline = otio.schema.Timeline(path.stem, global_start_time=to_time(0, project.rate))
    timeline.metadata[PROJECT] = {"suffix": path.suffix.lower(), "sha256": project.sha256}
    own = {track.index for track in own_tracks(project)}
    for track in project.tracks:
        if track.index not in own:
            timeline.tracks.append(_track(project, track))
    timeline.tracks.extend(caption_tracks(project))
    for guide in lines(all_guides(project)):
        marker = otio.schema.Marker(marked_range=_span(guide.start, guide.end - guide.start, project))
        marker.comment = guide.text
        timeline.tracks.markers.append(marker)
    takes = takes_on(project)
    _give_ids_back(timeline, takes)
    for layer in _layers(takes, project, {track.name for track in project.tracks if track.index in own}):
        timeline.tracks.append(layer)
    if path.suffix.lower() != project.suffix:
        program = "Kdenlive" if project.is_kdenlive else "Shotcut"
        warnings.warn(
            f"{path.name} is a project of {program} by what is in it, and filled as one: let its name end in "
            f"{project.suffix}, so that {program} opens it",
            TimelineWarning,
            stacklevel=3,
        )
    if len(project.sequences) > 1:
        name = project.tractor.get("kdenlive:clipname")
        warnings.warn(
            f"{path.name} holds {len(project.sequences)} sequences: “{name}”, which was open when it was saved, is the "
            "one that is filled",
            TimelineWarning,
            stacklevel=3,
        )
    return timeline


def _track(project: Project, track: Track) -> otio.schema.Track:
    made = otio.schema.Track(
        track.name, kind=otio.schema.TrackKind.Audio if track.audio else otio.schema.TrackKind.Video
    )
    made.enabled = not track.hidden
    # Kdenlive keeps a track as two playlists, which overlap where it mixes two clips.
    items = sorted(
        (
            item
            for playlist in track.playlists
            for item in project.items(playlist)
            if item[3] is not None and not cue_of(item[3])
        ),
        key=lambda item: item[0],
    )
    position = 0
    for start, length, first, service, entry in items:
        assert service is not None
        cut = max(0, position - start)
        if length - cut <= 0:
            continue
        if start > position:
            made.append(otio.schema.Gap(source_range=_span(0, start - position, project)))
        made.append(_item(project, track, service, entry, first + cut, length - cut))
        position = start + length
    return made


def _item(project: Project, track: Track, service: Any, entry: Any, first: int, length: int) -> Any:
    span = _span(first, length, project)
    name = service.get("kdenlive:clipname") or service.get("shotcut:caption") or Path(project.media(service)).name
    line = line_of(project, service, entry, track)
    written, kind = project.media(service), service.get("mlt_service")
    if written:
        reference: Any = otio.schema.ExternalReference(media_url(project.folder / written))
    elif service.tag in ("producer", "chain") and kind in GENERATORS:
        reference = otio.schema.GeneratorReference(name=name, generator_kind=kind)
    else:
        reference = otio.schema.ExternalReference(f"mlt:{service.attributes.get('id', '')}")
    if track.audio and not written:
        # A clip without media on an audio track would be a line itself.
        gap = otio.schema.Gap(source_range=span)
        if line:
            gap.markers.append(_marker(line, span))
        return gap
    clip = otio.schema.Clip(name, reference, span)
    if kind == "timewarp":
        speed = _speed(service.get("warp_speed"))
        clip.effects.append(otio.schema.LinearTimeWarp(time_scalar=speed))
    if line and (track.audio or is_missing(project, service)):
        clip.markers.append(_marker(line, span))
    elif line:
        clip.metadata[KEY] = {"text": line}
    return clip


def _marker(line: str, span: Any) -> otio.schema.Marker:
    marker = otio.schema.Marker(marked_range=span)
    # As metadata, so that a clip called by its line is not taken for a line with a word put on a frame.
    marker.metadata[KEY] = {"text": line}
    return marker


def _speed(written: str) -> float:
    try:
        return float(written)
    except ValueError:
        return 1.0


def _span(start: int, length: int, project: Project) -> otio.opentime.TimeRange:
    return otio.opentime.TimeRange(to_time(start, project.rate), to_time(length, project.rate))


# Takes of an earlier fill.


def _give_ids_back(timeline: otio.schema.Timeline, takes: list[Take]) -> None:
    """Lets each line that has a take keep the id of its cue: by the id itself, which a line at its old place with its
    old words has anyway, else by the same character's same words, else by the place."""
    if not takes:
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", TimelineWarning)  # they are said when it is filled
        try:
            found = find_placeholders(timeline)
        except InputError:
            return
    left, waiting = found, takes
    for of_line, of_take in _SAME:
        by_key: dict[object, deque[Take]] = {}
        for take in waiting:
            by_key.setdefault(of_take(take), deque()).append(take)
        missed, given = [], set[str]()
        for placeholder in left:
            same = by_key.get(of_line(placeholder))
            if not same:
                missed.append(placeholder)
                continue
            take = same.popleft()
            given.add(take.cue)
            item = look_up(timeline, placeholder)
            before = dict(item.metadata[KEY]) if KEY in item.metadata else None
            item.metadata[KEY] = {**(before or {}), "cue": take.cue, "placeholder": {"metadata": before}}
        left, waiting = missed, [take for take in waiting if take.cue not in given]


def _words_of(take: Take) -> tuple[str, str]:
    """What a take says, and who."""
    settings = take.kept.get("settings", {})
    words = settings.get("text") if isinstance(settings, Mapping) else None
    return str(words or take.name), take.character


_SAME: tuple[tuple[Callable[[Placeholder], object], Callable[[Take], object]], ...] = (
    (lambda line: line.cue_id, lambda take: take.cue),
    (lambda line: (line.text, line.character), _words_of),
    (lambda line: (line.start, line.duration), lambda take: (take.start, take.length)),
)
"""In which ways a line is a take's, the surest first: keys that are then the same."""


def _layers(takes: list[Take], project: Project, own: set[str]) -> list[otio.schema.Track]:
    """The tracks of takes; one that an editor moved to another track goes back to its character's."""
    tracks: dict[str, otio.schema.Track] = {}
    ends: dict[str, int] = {}
    for take in sorted(takes, key=lambda take: take.start):
        wanted = take.track if take.track in own else " ".join([TRACK_PREFIX, *take.character.split()])
        names = itertools.chain([wanted], (f"{wanted} {number}" for number in itertools.count(2)))
        name = next(name for name in names if ends.get(name, 0) <= take.start)
        track = tracks.get(name)
        if track is None:
            track = tracks[name] = otio.schema.Track(name, kind=otio.schema.TrackKind.Audio)
            track.metadata[KEY] = {"role": "takes", "character": take.character}
        if take.start > ends.get(name, 0):
            track.append(otio.schema.Gap(source_range=_span(0, take.start - ends.get(name, 0), project)))
        reference = otio.schema.ExternalReference(media_url(take.media), _span(0, take.media_length, project))
        reference.name = take.media.name
        clip = otio.schema.Clip(take.name, reference, _span(take.first, take.length, project))
        clip.metadata[KEY] = {"role": "take", "cue": take.cue, "take": dict(take.kept)}
        track.append(clip)
        ends[name] = take.start + take.length
    return list(tracks.values())
