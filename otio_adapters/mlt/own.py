"""What Framevox added to a project: its tracks and clips are known, also after a program saved it again."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from framevox.otio_adapters.placing import TRACK_PREFIX

from .project import Project, Track
from .tree import Element

CUE, TAKE, CHARACTER = "framevox:cue", "framevox:take", "framevox:character"
"""Properties of a take's clip. Kdenlive keeps them there, and drops them from tracks."""
FOLDER = "Framevox"
_TAG = re.compile(r"\s*\[(fv-[0-9a-f]{16})\]$")


@dataclass(frozen=True)
class Take:
    """A take on the timeline: ``start`` and ``length`` of its clip, ``first`` frame of the media that it shows."""

    cue: str
    track: str
    character: str
    name: str
    start: int
    length: int
    first: int
    media: Path
    media_length: int
    kept: Mapping[str, Any]


def cue_of(service: Element | None) -> str:
    """The id of the cue whose take a clip is, empty for any other clip."""
    if service is None:
        return ""
    match = _TAG.search(service.get("kdenlive:clipname") or service.get("shotcut:caption"))
    return service.get(CUE) or (match[1] if match else "")


def is_own(track: Track, project: Project) -> bool:
    """Whether a track is ours: it is called as ours are, and all that is on it are takes."""
    services = [item[3] for playlist in track.playlists for item in project.items(playlist) if item[3] is not None]
    named = track.name == TRACK_PREFIX or track.name.startswith(f"{TRACK_PREFIX} ")
    return named and track.audio and all(cue_of(service) for service in services)


def own_tracks(project: Project) -> list[Track]:
    """Our tracks, in the order of the tractor."""
    return [track for track in project.tracks if is_own(track, project)]


def takes_on(project: Project) -> list[Take]:
    """Every take on the timeline, one for each cue, wherever an editor put it."""
    found: dict[str, Take] = {}
    for track in project.tracks:
        for playlist in track.playlists:
            for start, length, first, service, _ in project.items(playlist):
                if service is None or not (cue := cue_of(service)) or cue in found:
                    continue
                kept = project.json(service.get(TAKE))
                kept = kept if isinstance(kept, dict) else {}
                character = service.get(CHARACTER) or str(kept.get("settings", {}).get("character", ""))
                name = _TAG.sub("", service.get("kdenlive:clipname") or service.get("shotcut:caption"))
                media = project.folder / project.media(service)
                size = project.frames(service.get("length", "0"))
                found[cue] = Take(cue, track.name, character, name, start, length, first, media, size, kept)
    return list(found.values())


def properties(cue: str, take: Mapping[str, Any], character: str) -> list[tuple[str, str]]:
    """What a take's clip says of it."""
    return [(CUE, cue), (CHARACTER, character), (TAKE, json.dumps(take, ensure_ascii=False, separators=(",", ":")))]
