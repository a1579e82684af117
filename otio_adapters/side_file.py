"""What a format cannot carry, in a file beside the timeline: ``cut.framevox.json`` beside ``cut.xml``.

The side file is the whole timeline as OpenTimelineIO writes it, how it was laid out for the format, and a checksum of
``cut.xml``. While that is as it was written, the timeline is what the side file holds, to the last number. When an
editing program wrote it anew meanwhile, its clips are found in the layout: by the id of the cue, which also stands
behind the clip's name (``Then send it now. [fv-2c26b46b68ffc68f]``), else by the take's file, else by name and place.
What was found gets its metadata back, and its exact range where it was not moved.
"""

from __future__ import annotations

import hashlib
import re
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import unquote, urlsplit

import opentimelineio as otio

from framevox.engine_daemon.protocol.errors import InputError
from framevox.engine_daemon.protocol.timebase import Frames, Rate

from .bundles import MAX_BYTES, too_large
from .metadata import KEY, TimelineWarning
from .nesting import check_levels
from .rates import mark_drop_frame, origin, timeline_rate
from .times import in_frames, to_time
from .walk import Found, everything

SUFFIX = ".framevox.json"
_HEAD = "framevox_side_file"
_VERSION = 1
_NO_MARKERS = (".aaf", ".edl", ".fcpxml")
"""Formats whose adapters lose the markers of a timeline, or of its clips."""
_NO_CLIP_MARKERS = (".aaf", ".edl")
"""Formats whose adapters lose those of clips, or their lengths and words."""
_TAG = re.compile(r"\s*\[(fv-[0-9a-f]{16})\]$")


def side_path(path: Path) -> Path:
    """Where the side file of a timeline lies."""
    return path.with_name(path.stem + SUFFIX)


def side_content(timeline: otio.schema.Timeline, laid: otio.schema.Timeline, path: Path, written: Path) -> str:
    """The content of the side file of ``path``: ``timeline``, and how it is ``laid`` out in the file ``written``."""
    whole = timeline.deepcopy()
    head = {"version": _VERSION, "of": path.name, "checksum": _checksum(written)}
    if not laid.is_equivalent_to(timeline):
        head["laid"] = laid
    whole.metadata[_HEAD] = head
    return str(otio.adapters.write_to_string(whole, "otio_json"))


def unchanged(path: Path, side: otio.schema.Timeline) -> otio.schema.Timeline | None:
    """The timeline in a side file where ``path`` is as it was written with it, else None."""
    if side.metadata[_HEAD].get("checksum") != _checksum(path):
        return None
    del side.metadata[_HEAD]
    return side


def _checksum(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def with_ids_in_names(timeline: otio.schema.Timeline) -> otio.schema.Timeline:
    """A copy in which the id of a cue stands behind the name of its clip."""
    named = timeline.deepcopy()
    for clip in named.find_clips():
        data = clip.metadata.get(KEY)
        identity = data.get("cue") if isinstance(data, Mapping) else None
        if isinstance(identity, str) and _TAG.fullmatch(f" [{identity}]") and not _TAG.search(clip.name):
            clip.name = f"{clip.name} [{identity}]"
    return named


def with_side_file(
    timeline: otio.schema.Timeline, path: Path, side: otio.schema.Timeline | None
) -> otio.schema.Timeline:
    """What was read from ``path``, with all that its side file knows of it; without one, as it is.

    The ids leave the names in either case. Warns with TimelineWarning of a side file that knows nothing of the
    timeline, and leaves it out.
    """
    result = timeline.deepcopy()
    rate = timeline_rate(result)
    if side is not None:
        side = side.metadata[_HEAD].get("laid") or side
        _align(result, side, rate)
    known = _Known.of(side) if side is not None else _Known()
    read = list(everything(result, rate))
    ids = [_take_id(found) for found in read]
    kept = [known.by_take(found, identity) for found, identity in zip(read, ids, strict=True)]
    # What is known by its take is out of the question for the others.
    known.use(kept)
    kept = [before or known.by_place(found) for found, before in zip(read, kept, strict=True)]
    matched = []
    for found, before, identity in zip(read, kept, ids, strict=True):
        if before is not None:
            _give_back(found, before, path.suffix.lower())
            matched.append((found, before))
        elif identity:
            found.item.metadata[KEY] = {"cue": identity}
    if side is None:
        return result
    if not matched and known.number:
        warnings.warn(
            f"{side_path(path).name} is of another timeline: none of its clips is in {path.name}; it was left out",
            TimelineWarning,
            stacklevel=2,
        )
        return result
    _give_back_frame(result, side, matched)
    if path.suffix.lower() in _NO_CLIP_MARKERS:
        for found, before in matched:
            if found.marker is None:
                _give_back_markers(found.item, before.item, rate)
    if path.suffix.lower() in _NO_MARKERS and not result.tracks.markers:
        result.tracks.markers.extend(marker.clone() for marker in side.tracks.markers)
    return result


def read_side(path: Path) -> otio.schema.Timeline | None:
    """The side file of ``path``, None where there is none. Raises InputError for one that is broken or newer."""
    place = side_path(path)
    try:
        if place.stat().st_size > MAX_BYTES:
            raise too_large(place, place.stat().st_size)
        content = place.read_bytes()
        check_levels(content, place)
        side = otio.adapters.read_from_string(content.decode("utf-8-sig"), "otio_json")
    except FileNotFoundError:
        return None
    except InputError:
        raise
    except Exception as error:  # the parser raises several kinds
        raise InputError(f"{place} is broken: delete it, or fill into {path.name} again") from error
    head = side.metadata.get(_HEAD) if isinstance(side, otio.schema.Timeline) else None
    if not isinstance(head, Mapping):
        raise InputError(f"{place} is not a side file of framevox: rename or delete it")
    if head.get("version") != _VERSION:
        raise InputError(f"{place} was written by a newer version of framevox: update framevox, or delete the file")
    return side


@dataclass
class _Known:
    """What a side file holds, by each thing that a clip or marker is found by."""

    ids: dict[str, Found] = field(default_factory=dict)
    media: dict[str, Found] = field(default_factory=dict)
    places: dict[tuple[bool, str, Frames], list[Found]] = field(default_factory=dict)
    number: int = 0

    @classmethod
    def of(cls, side: otio.schema.Timeline) -> _Known:
        known = cls()
        for found in everything(side, timeline_rate(side)):
            data = found.item.metadata.get(KEY)
            identity = data.get("cue") if isinstance(data, Mapping) else None
            if found.marker is None and isinstance(identity, str):
                known.ids.setdefault(identity, found)
            if name := _media_name(found):
                known.media.setdefault(name, found)
            known.places.setdefault((found.marker is not None, found.item.name, found.start), []).append(found)
            known.number += 1
        return known

    def by_take(self, found: Found, identity: str) -> Found | None:
        """What has the file of a clip's take, else the id of its cue.

        In this order, for the clip that stands for a line and its take on a track of its own have one id.
        """
        by_media = self.media.get(_media_name(found))
        return by_media if by_media is not None and _holds_take(by_media) else self.ids.get(identity)

    def use(self, kept: Sequence[Found | None]) -> None:
        """Takes what was found out of the places."""
        gone = {id(found) for found in kept if found is not None}
        for key, here in self.places.items():
            self.places[key] = [found for found in here if id(found) not in gone]

    def by_place(self, found: Found) -> Found | None:
        """What has a clip's or marker's name and place, on its track before others; each is found once."""
        here = self.places.get((found.marker is not None, found.item.name, found.start), [])
        if not here:
            return None
        kept = next((kept for kept in here if kept.place.path == found.place.path), here[0])
        here.remove(kept)
        return kept


def _take_id(found: Found) -> str:
    """Takes the id out of a clip's name, and returns it."""
    if found.marker is not None or not (match := _TAG.search(found.item.name)):
        return ""
    found.item.name = found.item.name[: match.start()]
    return match[1]


def _media_name(found: Found) -> str:
    reference = getattr(found.item, "media_reference", None) if found.marker is None else None
    url = getattr(reference, "target_url", None)
    return unquote(PurePosixPath(urlsplit(url).path).name) if isinstance(url, str) else ""


def _holds_take(found: Found) -> bool:
    data = found.item.metadata.get(KEY)
    return isinstance(data, Mapping) and "take" in data


def _give_back(found: Found, kept: Found, suffix: str) -> None:
    item, before = found.item, kept.item
    if KEY in before.metadata:
        item.metadata[KEY] = dict(before.metadata[KEY])
    if found.marker is not None:
        item.comment = item.comment or before.comment
        return
    if suffix == ".fcpxml" and not item.markers:  # see _give_back_markers for the other formats
        item.markers[:] = [marker.clone() for marker in before.markers]
    if (found.start, found.end) == (kept.start, kept.end) and _media_name(found) == _media_name(kept):
        # Not moved: the range in samples, where the format has but whole frames, and the media's own length.
        item.source_range = before.source_range
        item.media_reference = before.media_reference.clone() if before.media_reference is not None else None


def _give_back_markers(clip: Any, before: Any, rate: Rate) -> None:
    """What the format kept of a marker gives way to the marker itself; one that was added meanwhile stays."""

    def frame(marker: Any) -> int | None:
        try:
            return round(in_frames(marker.marked_range.start_time, rate))
        except InputError:
            return None  # it is seen nowhere

    known = {frame(marker) for marker in before.markers}
    added = [marker.clone() for marker in clip.markers if frame(marker) not in known]
    clip.markers[:] = [*(marker.clone() for marker in before.markers), *added]


def _align(timeline: otio.schema.Timeline, side: otio.schema.Timeline, rate: Rate) -> None:
    """Lets a timeline start where it did, which an EDL says of its first event alone."""
    late = origin(timeline, rate) - origin(side, rate)
    if timeline.global_start_time is None or late <= 0:
        return
    timeline.global_start_time = side.global_start_time
    for track in timeline.tracks:
        lead = otio.opentime.TimeRange(to_time(0, rate), to_time(late, rate))
        track.insert(0, otio.schema.Gap(source_range=lead))


def _give_back_frame(
    timeline: otio.schema.Timeline, side: otio.schema.Timeline, matched: Sequence[tuple[Found, Found]]
) -> None:
    """What the format does not say of the timeline itself: where it starts, how it counts, and what its tracks are."""
    if timeline.global_start_time is None:
        timeline.global_start_time = side.global_start_time
    if KEY in side.metadata:
        timeline.metadata[KEY] = dict(side.metadata[KEY])
    if timeline_rate(side).drop_frame and not timeline_rate(timeline).drop_frame:
        mark_drop_frame(timeline)
    for track, kept in _paired_tracks(timeline, side, matched):
        track.name = kept.name or track.name
        if KEY in kept.metadata:
            track.metadata[KEY] = dict(kept.metadata[KEY])
        if not track.markers:  # no adapter writes those of tracks
            track.markers.extend(marker.clone() for marker in kept.markers)
        if kept.source_range is None and track.source_range == track.available_range():
            track.source_range = None  # an AAF's track ends with its last clip, and a marker may lie behind that


def _paired_tracks(
    timeline: otio.schema.Timeline, side: otio.schema.Timeline, matched: Sequence[tuple[Found, Found]]
) -> Iterator[tuple[Any, Any]]:
    """Each track and what it was: the track of one of its clips, else the one at its place, where none is missing."""
    tracks, before = (
        [track for track in whole.tracks if isinstance(track, otio.schema.Track)] for whole in (timeline, side)
    )
    clips = {found.place.where: kept.place.where for found, kept in reversed(matched) if found.marker is None}
    by_clip = {now[0]: then[0] for now, then in clips.items() if len(now) == len(then) == 2}
    whole = [track.kind for track in tracks] == [track.kind for track in before]
    for index, track in enumerate(timeline.tracks):
        if not isinstance(track, otio.schema.Track):
            continue
        if index in by_clip:
            yield track, side.tracks[by_clip[index]]
        elif whole:
            yield track, before[tracks.index(track)]
