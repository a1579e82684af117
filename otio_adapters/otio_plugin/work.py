"""What the hooks and the media linker do once they are asked, and what they say meanwhile on standard error."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import opentimelineio as otio

from framevox.engine_daemon.client import Client
from framevox.engine_daemon.client.given_voices import VoiceFiles
from framevox.engine_daemon.client.speaking import Keep, Line, Result, counts_line, speak_lines, timecode
from framevox.engine_daemon.protocol.cues import Output
from framevox.engine_daemon.protocol.errors import FramevoxError
from framevox.otio_adapters.filling import Filled, fill
from framevox.otio_adapters.formats import timelines_in
from framevox.otio_adapters.metadata import warnings_said
from framevox.otio_adapters.placeholders import Placeholder, find_placeholders
from framevox.otio_adapters.placing import PlacedTake, fill_clip, look_up

from .arguments import default_media_dir, read_arguments, read_text

_SECONDS_BETWEEN = 10
"""How often a long batch says how far it is."""


class FramevoxPluginError(otio.exceptions.OTIOError):  # type: ignore[misc]
    """A timeline could not be filled or linked; the message says why and what to do."""


def fill_read(read: Any, asked: Any) -> Any:
    """``read``, which an adapter gave, with every timeline in it filled as ``asked``. Raises FramevoxPluginError."""
    with _as_otio_error():
        given = read_text(asked)
        if isinstance(read, otio.schema.Timeline):
            return _fill(read, given).timeline
        if isinstance(read, otio.schema.SerializableCollection):
            for index, child in enumerate(read):
                read[index] = fill_read(child, given)
    return read


def link(clip: otio.schema.Clip, arguments: Mapping[str, Any], current: Any) -> otio.core.MediaReference | None:
    """The reference to the take of a clip that is a placeholder, whose range is then that of the slot; None for others.

    While a file is read, all its lines are spoken in one batch, when the first clip is asked for. ``current`` is what
    the hook remembers of that file. Raises FramevoxPluginError.
    """
    with _as_otio_error():
        given = {**read_text(os.environ.get("FRAMEVOX_LINK", "")), **arguments}
        root = _root(clip)
        timeline = next((t for t in timelines_in(getattr(current, "read", None)) if t.tracks is root), None)
        if timeline is None:
            return _link_alone(clip, given)
        if current.batch is None or current.batch[0] is not root:
            current.batch = (root, _link_all(timeline, given))
        found = current.batch[1].pop(id(clip), None)
        return None if found is None else _linked(clip, *found[1:])


def _link_all(
    timeline: otio.schema.Timeline, given: Mapping[str, Any]
) -> dict[int, tuple[Any, Placeholder, PlacedTake]]:
    """Clips, their placeholders and takes, by the id of the clip as an object, which holds while the clip is kept."""
    with warnings_said(note):
        placeholders = find_placeholders(timeline)
    here = [p for p in placeholders if p.in_place]
    if apart := len(placeholders) - len(here):
        lines, them = ("1 line has", "it") if apart == 1 else (f"{apart} lines have", "them")
        note(f"{lines} no whole audio clip to link: set FRAMEVOX_FILL=1 to have {them} spoken as well")
    takes = _fill(timeline, given, here).takes if here else {}
    clips = [(look_up(timeline, p), p) for p in here if p.cue_id in takes]
    return {id(clip): (clip, p, takes[p.cue_id]) for clip, p in clips}


def _link_alone(clip: otio.schema.Clip, given: Mapping[str, Any]) -> otio.core.MediaReference | None:
    """The reference for a clip that a program asks for by itself: its timeline's start timecode is not known then."""
    where: list[int] = []
    item: Any = clip
    while (parent := item.parent()) is not None:
        where.insert(0, next(index for index, child in enumerate(parent) if child is item))
        item = parent
    timeline = otio.schema.Timeline()
    copy = item.deepcopy()
    if isinstance(copy, otio.schema.Stack):
        timeline.tracks = copy
    else:
        if not isinstance(copy, otio.schema.Track):
            track = otio.schema.Track(kind=otio.schema.TrackKind.Audio)
            track.append(copy)
            copy, where = track, [0, *where]
        timeline.tracks.append(copy)
        where = [0, *where]
    with warnings_said(lambda _: None):
        found = [p for p in find_placeholders(timeline) if p.in_place and p.where == tuple(where)]
    if not found:
        return None
    takes = _fill(timeline, given, found).takes
    return _linked(clip, found[0], takes[found[0].cue_id]) if takes else None


def _linked(clip: otio.schema.Clip, placeholder: Placeholder, placed: PlacedTake) -> otio.core.MediaReference:
    fill_clip(clip, placeholder, placed)
    return clip.media_reference


def _root(item: Any) -> Any:
    while (parent := item.parent()) is not None:
        item = parent
    return item


def _fill(
    timeline: otio.schema.Timeline, given: Mapping[str, Any], placeholders: Sequence[Placeholder] | None = None
) -> Filled:
    settings, media_dir = read_arguments(given)
    media_dir = (media_dir or default_media_dir(timeline.name)).absolute()
    with warnings_said(note):
        filled = fill(timeline, media_dir, settings, placeholders=placeholders, speak=_speak)
    for result in filled.results:
        if result.message:
            _say(f"{result.status}: {result.cue.character or 'the line'} at {timecode(result.cue)}: {result.message}")
    if not filled.results:
        _say("no placeholders: nothing to speak")
    else:
        _say(counts_line(filled.results) + (f"; takes are in {media_dir}" if filled.takes else ""))
    return filled


def _speak(lines: Sequence[Line], output: Output, files: VoiceFiles, keep: Keep) -> list[Result]:
    if not lines:
        return []
    _say(f"speaking {len(lines)} line{'s' if len(lines) > 1 else ''}")
    done, said = 0, time.monotonic()

    def count(_: Result) -> None:
        nonlocal done, said
        done += 1
        if time.monotonic() - said >= _SECONDS_BETWEEN:
            said = time.monotonic()
            _say(f"{done} of {len(lines)} lines are spoken")

    with Client.connect(say=lambda told: _say(told[:1].lower() + told[1:])) as client:
        return speak_lines(client, lines, output, files, keep, on_result=count, on_warning=note)


def note(message: str) -> None:
    _say(f"note: {message}")


def _say(message: str) -> None:
    # A program without a terminal may have no standard error at all.
    if sys.stderr is not None:
        print(f"framevox: {message}", file=sys.stderr, flush=True)


@contextlib.contextmanager
def _as_otio_error() -> Iterator[None]:
    """Raises what goes wrong as the error that programs built on OpenTimelineIO catch."""
    try:
        yield
    except FramevoxError as error:
        raise FramevoxPluginError(f"framevox: {error}") from error
