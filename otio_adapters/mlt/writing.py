"""A filled timeline back into its project: the project's own bytes, with the takes on audio tracks of their own."""

from __future__ import annotations

import json
import os
import re
from bisect import bisect_left
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import opentimelineio as otio

from framevox.engine_daemon.client.disk import write_file
from framevox.engine_daemon.protocol.errors import InputError
from framevox.otio_adapters.media_urls import media_path
from framevox.otio_adapters.metadata import KEY
from framevox.otio_adapters.placing import role
from framevox.otio_adapters.times import in_frames

from . import tracks as programs
from .captions import files_beside
from .clock import clock
from .own import FOLDER, Take, cue_of, own_tracks
from .patching import New, Patch
from .project import Project
from .tree import parse

_PREFIX = "framevox_"
_FOLDER = re.compile(r"kdenlive:folder\.-1\.(\d+)")
_GROUP = re.compile(rb"(data(?:\"|&quot;):\s*(?:\"|&quot;))(\d+)(:)")
_COUNTED = ("activeTrack", "audioTarget", "videoTarget")
_COUNTS = ("tracksCount", "tracks")


def project_of(timeline: otio.schema.Timeline) -> Mapping[str, Any] | None:
    """What a timeline says of the project that it was read from, None for any other timeline."""
    found = timeline.metadata.get("framevox_project")
    return found if isinstance(found, Mapping) else None


def write_project(timeline: otio.schema.Timeline, source: Path, out: Path, aside: Path | None) -> None:
    """Writes ``source``, from which ``timeline`` was read, with the timeline's takes to ``aside``, which is to become
    ``out``; without ``aside`` it only finds out whether that works.

    Raises InputError for another format, another folder where the project's paths are relative, and a project that has
    changed since it was read.
    """
    kept = project_of(timeline)
    if kept is None or kept.get("suffix") != out.suffix.lower():
        raise InputError(
            f"{out}: a project is filled in place: name an OUT with the suffix of the project that is read, or an .otio"
        )
    project = Project.open(source)
    if project.sha256 != kept.get("sha256"):
        raise InputError(f"{source} was saved again meanwhile: run the command again")
    _check_folder(project, out)
    content = patched(project, _takes(timeline, project), out)
    parse(content, out)
    if aside is None:
        return
    aside.write_bytes(content)
    for path, copy in files_beside(project, out.absolute()):
        if path != copy and (not copy.exists() or copy.read_bytes() != path.read_bytes()):
            write_file(copy, path.read_bytes())


def _check_folder(project: Project, out: Path) -> None:
    if (
        out.absolute().parent == project.path.absolute().parent
        or Path(project.root.attributes.get("root", "")).is_absolute()
    ):
        return
    written = (project.media(service) for service in project.services.values())
    if any(path and not Path(path).is_absolute() and "://" not in path for path in written):
        raise InputError(
            f"{out} lies in another folder than {project.path}, whose media are named from its own folder: choose an "
            "OUT in that folder"
        )


def _takes(timeline: otio.schema.Timeline, project: Project) -> list[Take]:
    """The takes on a timeline's own tracks, in whole frames."""
    found = []
    for track in timeline.tracks:
        if not isinstance(track, otio.schema.Track) or role(track) != "takes":
            continue
        position = 0
        for clip in track:
            length = round(in_frames(clip.duration(), project.rate))
            if role(clip) == "take":
                found.append(_take(clip, track, position, length, project))
            position += length
    return found


def _take(clip: Any, track: Any, start: int, length: int, project: Project) -> Take:
    data = clip.metadata[KEY]
    reference = clip.media_reference
    media = media_path(reference.target_url, project.path.absolute().parent)
    if media is None:
        raise InputError(f"the take “{clip.name}” is no file: {reference.target_url}")
    first = round(in_frames(clip.source_range.start_time, project.rate))
    # MLT counts media in whole frames; a frame that is cut at the end of the file is none.
    size = max(int(in_frames(reference.available_range.duration, project.rate)), first + length)
    character = str(track.metadata[KEY].get("character", ""))
    kept = _plain(data.get("take", {}))
    return Take(data["cue"], track.name, character, clip.name, start, length, first, media, size, kept)


def _plain(value: Any) -> Any:
    """OpenTimelineIO's dictionaries and lists as Python's."""
    if isinstance(value, Mapping):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, (str, int, float)) or value is None:
        return value
    return [_plain(one) for one in value]


def patched(project: Project, takes: list[Take], out: Path) -> bytes:
    """The project's bytes without takes of earlier fills and with ``takes``."""
    patch = Patch(project.content, " " if project.is_kdenlive else "  ")
    removed = _remove(project, patch)
    layers = list(dict.fromkeys(take.track for take in takes))
    count = len(project.tractor.all("track"))
    first = 1 if project.is_kdenlive else count - len(removed)
    place = {layer: first + index for index, layer in enumerate(layers)}
    again = {track.index: place[track.name] for track in own_tracks(project) if track.name in place}

    gone = set(removed)

    def moved(index: int) -> int | None:
        """Where the track that was ``index`` is now, None for one that is gone."""
        if index in gone:
            return again.get(index)
        now = index - bisect_left(removed, index)
        return now + len(layers) if project.is_kdenlive and index > 0 else now

    _renumber(project, patch, moved, gone)
    if takes:
        _add(project, patch, takes, layers, first, out)
    return patch.applied()


def _remove(project: Project, patch: Patch) -> list[int]:
    """Takes our tracks and clips out, and returns the numbers of those tracks, in order."""
    own = own_tracks(project)
    numbers = {track.index for track in own}
    for track in own:
        for element in (track.element, track.service, *track.playlists):
            patch.remove(element)
    for track in project.tracks:
        for playlist in track.playlists if track.index not in numbers else ():
            for _, length, _, service, entry in project.items(playlist):
                if cue_of(service):
                    patch.replace(entry, New("blank", {"length": clock(length, project.rate)}))
    for service in project.root.all("producer", "chain"):
        if cue_of(service):
            patch.remove(service)
    written = {str(number) for number in numbers}
    for transition in project.tractor.all("transition"):
        if written & {transition.get("a_track"), transition.get("b_track")}:
            patch.remove(transition)
    if project.bin is not None:
        for entry in project.bin.all("entry"):
            if cue_of(project.services.get(entry.attributes.get("producer", ""))):
                patch.remove(entry)
        for one in project.bin.all("property"):
            if _FOLDER.fullmatch(one.attributes.get("name", "")) and one.text == FOLDER:
                patch.remove(one)
    return sorted(numbers)


def _renumber(project: Project, patch: Patch, moved: Callable[[int], int | None], removed: set[int]) -> None:
    """Lets everything that counts tracks count them as they are now."""
    for transition in project.tractor.all("transition"):
        for name in ("a_track", "b_track"):
            number = transition.property(name)
            if number is not None and number.text.strip().isdigit() and int(number.text) not in removed:
                patch.replace_text(number, str(moved(int(number.text))).encode())
    if not project.is_kdenlive:
        return
    # Kdenlive counts from the first track above the background.
    holders = [(project.tractor, "kdenlive:sequenceproperties."), (project.bin, "kdenlive:docproperties.")]
    for holder, prefix in holders:
        if holder is None or (holder is project.bin and project.tractor.property("kdenlive:uuid") is not None):
            continue
        for name in (*_COUNTED, *_COUNTS):
            one = holder.property(prefix + name)
            if one is not None and one.text.strip().isdigit():
                now = moved(int(one.text) + 1)
                patch.replace_text(one, str((now or 1) - 1).encode())
        groups = holder.property(prefix + "groups")
        if groups is not None and groups.text.strip():
            patch.replace_text(groups, _regrouped(project, patch.text_of(groups), groups.text, moved))


def _regrouped(project: Project, written: bytes, text: str, moved: Callable[[int], int | None]) -> bytes:
    """Kdenlive's groups with the numbers of tracks as they are now; what lay on a track that is gone leaves them."""
    if all(moved(int(match[2]) + 1) is not None for match in _GROUP.finditer(written)):
        return _GROUP.sub(
            lambda match: match[1] + str((moved(int(match[2]) + 1) or 1) - 1).encode() + match[3], written
        )

    def kept(group: Any) -> Any:
        if not isinstance(group, dict):
            return group
        if "children" in group:
            children = [child for child in map(kept, group["children"]) if child is not None]
            return {**group, "children": children} if len(children) > 1 else None
        track, colon, rest = str(group.get("data", "")).partition(":")
        if not track.isdigit():
            return group
        now = moved(int(track) + 1)
        return None if now is None else {**group, "data": f"{now - 1}{colon}{rest}"}

    read = project.json(text)
    groups = [one for one in map(kept, read if isinstance(read, list) else []) if one is not None]
    return escape(json.dumps(groups, indent=4, ensure_ascii=False) + "\n").encode()


def _add(project: Project, patch: Patch, takes: list[Take], layers: list[str], first: int, out: Path) -> None:
    rate, kdenlive = project.rate, project.is_kdenlive
    ids = {take.cue: f"{_PREFIX}{take.cue}" for take in takes}
    numbers: dict[str, int] = {}
    folder = None
    if kdenlive:
        free = _free_number(project)
        folder = free if project.bin is not None else None
        numbers = {take.cue: free + 1 + index for index, take in enumerate(takes)}
    clips = [
        programs.clip(take, ids[take.cue], _path(take.media, project, out), rate, numbers.get(take.cue), folder)
        for take in takes
    ]
    made: list[New] = []
    shown: list[New] = []
    mixes: list[New] = []
    by_layer: dict[str, list[Take]] = {layer: [] for layer in layers}
    for take in sorted(takes, key=lambda take: take.start):
        by_layer[take.track].append(take)
    for index, (layer, on_it) in enumerate(by_layer.items()):
        identity = f"{_PREFIX}track{index}"
        content = list(programs.entries(on_it, ids, rate, numbers))
        if kdenlive:
            end = on_it[-1].start + on_it[-1].length
            made += programs.kdenlive_track(layer, identity, content, end, rate)
            shown.append(New("track", {"producer": identity}))
        else:
            made += programs.shotcut_track(layer, identity, content)
            shown.append(New("track", {"producer": identity, "hide": "video"}))
        mixes.append(programs.mix(first + index, f"{_PREFIX}mix{index}", kdenlive))
    tractor = project.tractor
    bin_first = kdenlive and project.bin is not None and project.bin.start < tractor.start
    assert not bin_first or project.bin is not None
    patch.add_before(project.bin if bin_first and project.bin is not None else tractor, clips)
    patch.add_before(tractor, made)
    lines = tractor.all("track")
    patch.add_after(lines[0] if kdenlive else lines[-1], shown)
    patch.add_after((tractor.all("transition") or lines)[-1], mixes)
    if kdenlive and project.bin is not None and project.bin.children:
        entries = [
            New("entry", {"producer": ids[take.cue], "in": clip.attributes["in"], "out": clip.attributes["out"]})
            for take, clip in zip(takes, clips, strict=True)
        ]
        patch.add_last(project.bin, entries)
        told = project.bin.all("property")
        if told:
            patch.add_after(told[-1], [New.property(f"kdenlive:folder.-1.{folder}", FOLDER)])


def _free_number(project: Project) -> int:
    """The next number that no clip and no folder of a Kdenlive document has."""
    used = [0]
    for service in project.services.values():
        if not cue_of(service):
            used.append(int(service.get("kdenlive:id")) if service.get("kdenlive:id").isdigit() else 0)
    for one in project.bin.all("property") if project.bin is not None else ():
        match = re.fullmatch(r"kdenlive:folder\.-?\d+\.(\d+)", one.attributes.get("name", ""))
        used.append(int(match[1]) if match and one.text != FOLDER else 0)
    return max(used) + 1


def _path(media: Path, project: Project, out: Path) -> str:
    """A take's file as the project names it: a plain path, since MLT reads no percent-encoded URLs, and from the
    project's folder where it lies in there, so that the folder can be moved."""
    folder = out.absolute().parent
    root = project.root.attributes.get("root")
    inside = media.absolute().is_relative_to(folder)
    # An empty root is the project's folder to Kdenlive, and the current one to melt.
    if inside and (root is None or (root and Path(os.path.normpath(folder / root)) == folder)):
        return media.absolute().relative_to(folder).as_posix()
    return media.absolute().as_posix()
