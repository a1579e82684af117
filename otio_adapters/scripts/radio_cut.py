"""The radio cut: a script's lines one after the other, scene by scene, that a picture can be cut to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from math import ceil

import opentimelineio as otio

from framevox.engine_daemon.protocol.errors import InputError
from framevox.engine_daemon.protocol.timebase import Rate

from ..metadata import KEY
from ..subtitles import Layout
from ..subtitles.timeline import MOST_HOURS
from ..times import gap, to_time
from .pauses import Pauses
from .screenplay import Screenplay, Speech

TRACK = "Dialogue"
_SECONDS_A_LETTER = {False: Fraction(1, 14), True: Fraction(1, 4)}
"""Of Latin letters, and of Chinese characters and kana."""


def estimates(script: Screenplay, rate: Rate) -> list[int]:
    """Roughly how long each speech is, in frames, by its letters: until it is measured."""
    return [max(1, ceil(_seconds(speech.text) * rate.fps)) for speech in script.speeches]


def lay(
    script: Screenplay, lengths: Sequence[int], layout: Layout, pauses: Pauses, name: str = ""
) -> otio.schema.Timeline:
    """A timeline of a script's lines, each ``lengths`` frames long, with a pause behind each and a longer one behind a
    scene.

    What two say at once begins at the same frame, on tracks of their own. A point marker stands where a scene begins.
    Raises InputError for a script that is longer than a film can be.
    """
    rate = layout.rate
    between_lines, between_scenes = pauses.frames(rate)
    tracks = [otio.schema.Track(TRACK, kind=otio.schema.TrackKind.Audio)]
    ends = [0]
    timeline = otio.schema.Timeline(name, global_start_time=to_time(layout.start, rate))
    if rate.drop_frame:
        timeline.metadata["fcp_xml"] = {"timecode": {"displayformat": "DF"}}
    wanted = iter(lengths)
    position = layout.offset
    if position < 0:
        raise InputError(f"the first line begins {-position} frames before the timeline: raise --offset")
    for scene in script.scenes:
        if position > layout.offset:
            position += between_scenes - between_lines
        if scene.heading:
            tracks[0].markers.append(_scene_marker(scene.heading, position, rate))
        for group in _groups(scene.speeches):
            longest = 0
            for lane, speech in enumerate(group):
                length = next(wanted)
                if lane == len(tracks):
                    tracks.append(otio.schema.Track(f"{TRACK} {lane + 1}", kind=otio.schema.TrackKind.Audio))
                    ends.append(0)
                _append(tracks[lane], ends[lane], position, _clip(speech, length, rate), rate)
                ends[lane] = position + length
                longest = max(longest, length)
            position += longest + between_lines
    last = max(ends)
    if last > MOST_HOURS * 3600 * rate.fps:
        raise InputError(f"the script is longer than {MOST_HOURS} hours: give it in parts")
    if layout.length is not None and layout.length > ends[0]:
        tracks[0].append(gap(layout.length - ends[0], rate))
    for track in tracks:
        timeline.tracks.append(track)
    return timeline


def _groups(speeches: Sequence[Speech]) -> Iterator[list[Speech]]:
    """Speeches by when they begin: one alone, or all that are spoken at once."""
    group: list[Speech] = []
    for speech in speeches:
        if group and not speech.with_previous:
            yield group
            group = []
        group.append(speech)
    if group:
        yield group


def _append(track: otio.schema.Track, end: int, position: int, clip: otio.schema.Clip, rate: Rate) -> None:
    if position > end:
        track.append(gap(position - end, rate))
    track.append(clip)


def _clip(speech: Speech, frames: int, rate: Rate) -> otio.schema.Clip:
    own = {"text": speech.text, "character": speech.character}
    if speech.manner:
        own["emotion"] = speech.manner
    return otio.schema.Clip(
        speech.text,
        otio.schema.MissingReference(),
        otio.opentime.TimeRange(to_time(0, rate), to_time(frames, rate)),
        metadata={KEY: own},
    )


def _scene_marker(heading: str, position: int, rate: Rate) -> otio.schema.Marker:
    span = otio.opentime.TimeRange(to_time(position, rate), to_time(1, rate))
    # The role says that it is no line.
    return otio.schema.Marker(heading, span, otio.schema.MarkerColor.GREEN, {KEY: {"role": "scene"}})


def _seconds(text: str) -> Fraction:
    letters = [letter for letter in text if letter.isalnum()]
    return sum((_SECONDS_A_LETTER[ord(letter) > 0x2E7F] for letter in letters), Fraction(1, 5))
