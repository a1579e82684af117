"""Voice from Clip: finds which part of which file a clip shows. The helper cuts it out."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from ...host.errors import CancelledError, HostError
from ...host.helper_process import Helper
from .app import App
from .gateway import Session, ask, maybe
from .scan import Item, Track, is_track_enabled, read_track
from .windows import ask_texts, ask_to_go_on
from .work import selection


@dataclass(frozen=True)
class _Part:
    """A part of a file. ``start`` and ``duration`` in seconds, exact."""

    path: str
    start: Fraction
    duration: Fraction


def enrol(app: App) -> None:
    """Voice from Clip: makes a voice of the clip at the playhead, between the in and out points if there are any."""
    session = app.open()
    with Helper(app.python, app.root) as helper:
        helper.hello()
        item, track = _clip(session, helper)
        part = _part(session, helper, item)
        name, consent = _asked(app, item, track)
        asked: dict[str, Any] = {
            "file": part.path,
            "start": [part.start.numerator, part.start.denominator],
            "duration": [part.duration.numerator, part.duration.denominator],
            "name": name,
            "consent": consent,
        }
        made = helper.ask("enrol", **asked, force=False)
        if made["faults"]:
            _confirm(app, made)
            made = helper.ask("enrol", **asked, force=True)
    app.tell(
        f"the voice “{made['name']}” is ready, {made['seconds']:.1f} s of {item.path}: name it in Framevox's settings, "
        "under “voice” or “voices”" + "".join(f"; {note}" for note in made["notes"])
    )


def _asked(app: App, item: Item, track: Track) -> tuple[str, str]:
    """The voice's name, and what the speaker agreed to. Without windows the name is the track's."""
    if not app.windows:
        return track.name, ""
    questions = [
        (f"The name of the voice in {item.path}", track.name),
        ("What its speaker agreed to, which is kept with the voice (may be empty)", ""),
    ]
    answers = ask_texts(questions, app.fusion, app.bmd)
    if answers is None:
        raise CancelledError("stopped: no voice was made")
    return answers[0], answers[1]


def _confirm(app: App, made: dict[str, Any]) -> None:
    """Shows what is wrong with a clip, and has the editor decide. Raises CancelledError where that is not to go on."""
    faults = f"the clip is not fit for the voice “{made['name']}”: " + "; ".join(made["faults"])
    if not app.windows:
        raise HostError(f"{faults}; to go on all the same, run {made['command']}")
    app.progress.say(faults)
    text = "\n".join([f"The clip is not fit for the voice “{made['name']}”:", *made["faults"]])
    if not ask_to_go_on(text, app.fusion, app.bmd):
        raise CancelledError("stopped: no voice was made")


def _clip(session: Session, helper: Helper) -> tuple[Item, Track]:
    """The clip that is selected, where Resolve can say which, else the one under the playhead."""
    timeline = session.timeline
    rate = str(ask(timeline, "GetSetting", "timelineFrameRate"))
    drop_frame = str(ask(timeline, "GetSetting", "timelineDropFrameTimecode")) == "1"
    playhead = helper.ask("frame", timecode=session.playhead(), rate=rate, drop_frame=drop_frame)["frame"]
    indices = range(1, int(ask(timeline, "GetTrackCount", "audio")) + 1)
    # What is not heard is not in the way.
    tracks = [read_track(timeline, index) for index in indices if is_track_enabled(timeline, "audio", index)]
    clips = [(item, track) for track in tracks for item in track.items if item.path and not item.cue]
    keys = selection(session)
    found = [(item, track) for item, track in clips if item.uid in keys]
    if not found:
        under = [(item, track) for item, track in clips if item.start <= playhead < item.end]
        found = [(item, track) for item, track in under if ask(item.handle, "GetClipEnabled")]
    if not found:
        raise HostError("there is no audio clip under the playhead: move it over one and run the entry again")
    if len(found) > 1:
        names = ", ".join(f"“{track.name}”" for _, track in found)
        raise HostError(f"there are clips on {names} there: disable those that are not meant, and run the entry again")
    return found[0]


def _part(session: Session, helper: Helper, item: Item) -> _Part:
    timeline = session.timeline
    rate = Fraction(*helper.rate(ask(timeline, "GetSetting", "timelineFrameRate")))
    media = ask(item.handle, "GetMediaPoolItem")
    fps = Fraction(*helper.rate(ask(media, "GetClipProperty", "FPS")))
    # On audio the one counts at the clip's rate and the other at the timeline's (traps 8 and 13). Where they disagree,
    # it is not known which part the clip shows, and another part would be other words, or somebody else's.
    first = Fraction(int(ask(item.handle, "GetSourceStartFrame"))) / fps
    left = maybe(item.handle, "GetLeftOffset")
    if left is not None and abs(Fraction(left) / rate - first) > max(1 / fps, 1 / rate):
        raise HostError(
            "Resolve does not say clearly which part of its file the clip shows: render it in place, and use that clip"
        )
    last = maybe(item.handle, "GetSourceEndFrame")
    # Whether the last frame counts differs (trap 13), hence a tolerance of two frames.
    if last is not None and abs(Fraction(last) / fps - first - item.duration / rate) > 2 * max(1 / fps, 1 / rate):
        raise HostError(
            "the clip is played faster or slower than it was recorded: render it in place, and use that clip"
        )
    start, end = _marked(timeline, item)
    return _Part(item.path, first + (start - item.start) / rate, (end - start) / rate)


def _marked(timeline: Any, item: Item) -> tuple[Fraction, Fraction]:
    """What of the clip lies between the in and out points: first frame, and the one after the last."""
    start, end = item.start, item.end
    zero = int(ask(timeline, "GetStartFrame"))
    marks = maybe(timeline, "GetMarkInOut") or {}
    points = marks.get("audio") or marks.get("video") or {}
    # They count from the timeline's start, and the frame of the out point is the last one.
    if points.get("in") is not None:
        start = max(start, Fraction(zero + int(points["in"])))
    if points.get("out") is not None:
        end = min(end, Fraction(zero + int(points["out"]) + 1))
    if start >= end:
        raise HostError(
            "the in and out points lie outside of the clip under the playhead: set them on it, or clear them"
        )
    return start, end
