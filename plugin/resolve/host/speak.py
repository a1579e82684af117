"""Speaking placeholders: the timeline is read, the helper makes cues of it and has them spoken, takes are placed."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Optional

from .app import App
from .bridge import Bridge, checked
from .cues import Cue, Take
from .errors import CancelledError, HostError
from .files import Journal, read_settings
from .gateway import Session, has, maybe
from .markers import Markers
from .place import BATCH, Placer
from .progress import Progress, Steps
from .scan import Snapshot, scan

NO_PLACEHOLDERS = (
    "there are no placeholders on this timeline: add captions, markers with a length and a note, or empty audio clips "
    "named with a line"
)
_POLL_SECONDS = 0.1
_WAIT_SECONDS = 0.5
"""How long a take waits for others to be placed along with."""
_LIKE = 3
"""How many lines with the same thing to say are told one by one."""


@dataclass
class Work:
    """A timeline that was read, the cues on it, and what speaks and places them."""

    app: App
    session: Session
    bridge: Bridge
    placer: Placer
    markers: Markers
    cues: list[Cue]
    playhead: Optional[int]


def fill(app: App) -> None:
    """Fill Placeholder Dialogue: every placeholder of the timeline."""
    app.open()
    app.work(work_on(app, _fill))


def revoice(app: App) -> None:
    """Re-voice at Playhead: the selected placeholders where Resolve says which, else those under the playhead."""
    app.open()
    app.work(work_on(app, _revoice, at_playhead=True))


def work_on(app: App, act: Callable[[Work], Steps], *, at_playhead: bool = False, on_takes: bool = False) -> Steps:
    """Reads the timeline, starts the helper, puts right what a killed run left behind, and does ``act``.

    Without placeholders there is nothing to be done, but for what is done ``on_takes`` that are there already.
    """
    session, progress = app.session, app.progress
    assert session is not None
    settings = read_settings()
    yield
    snapshot = scan(session)
    on_takes = on_takes and bool(snapshot.takes())
    journal = Journal(session.project_id, session.timeline_id)
    if not snapshot.placeholders and not on_takes and not journal.left_behind():
        raise HostError(NO_PLACEHOLDERS)
    yield
    with Bridge(app.python, app.root) as bridge:
        bridge.hello()
        yield
        placer = Placer(session, snapshot, bridge, journal, settings)
        placer.recover()
        try:
            cues, playhead = _cues(session, snapshot, settings, bridge, progress, at_playhead, on_takes)
            placer.slots = {cue.id: (cue.start, cue.duration) for cue in cues}
            placer.adopt(cues)
            cues = [replace(cue, take=placer.number(cue)) for cue in cues]
            yield from act(Work(app, session, bridge, placer, Markers(session, snapshot), cues, playhead))
        finally:
            placer.close()


def _fill(work: Work) -> Steps:
    cues = []
    for cue in work.cues:
        if work.placer.moved(cue):
            work.app.progress.say(f"{cue.where}: you moved or trimmed its take, so it stays as it is")
        else:
            cues.append(cue)
    orphans = work.placer.orphans(work.cues)
    if orphans:
        where = ", ".join(
            f"“{work.placer.tracks[item.track].name}” at frame {int(item.start)}" for item in orphans[:_LIKE]
        )
        more = f" and {len(orphans) - _LIKE} more" if len(orphans) > _LIKE else ""
        work.app.progress.say(
            f"{where}{more}: the placeholder of this take is gone, was moved or cannot be spoken, and the take still "
            "sounds: delete or disable it if it is not meant"
        )
    yield from stream(work, cues)


def _revoice(work: Work) -> Steps:
    yield from stream(work, _chosen(work), replace_moved=True)


def _cues(
    session: Session,
    snapshot: Snapshot,
    settings: dict[str, Any],
    bridge: Bridge,
    progress: Progress,
    playhead: bool,
    on_takes: bool,
) -> tuple[list[Cue], Optional[int]]:
    """The cues that the helper makes of the placeholders, and the playhead's frame where it is asked for."""
    answer = bridge.ask(
        "plan",
        timeline={
            "rate": snapshot.rate,
            "drop_frame": snapshot.drop_frame,
            "project_rate": snapshot.project_rate,
            "start": snapshot.start,
        },
        project=session.project_name,
        playhead=session.playhead() if playhead else None,
        settings=settings,
        items=snapshot.placeholders,
    )
    problems = answer["problems"]
    if not playhead:
        for sentence in [*problems, *answer["warnings"]]:
            progress.say(sentence)
    if not answer["cues"] and not on_takes:
        if not problems:
            raise HostError(NO_PLACEHOLDERS)
        raise HostError(
            problems[0] if len(problems) == 1 else f"none of the {len(problems)} placeholders can be spoken; see above"
        )
    cues = [Cue(c["cue"], c["key"], c["character"], c["start"], c["duration"], c["text"]) for c in answer["cues"]]
    return cues, answer["playhead"]


def _chosen(work: Work) -> list[Cue]:
    """The cues whose placeholder or take is selected, else those whose slot holds the playhead."""
    keys = selection(work.session)
    selected = [
        cue for cue in work.cues if cue.key in keys or any(item.uid in keys for item in work.placer.takes(cue.id))
    ]
    playhead = work.playhead
    under = [cue for cue in work.cues if playhead is not None and cue.start <= playhead < cue.start + cue.duration]
    if not selected and not under:
        raise HostError("there is no placeholder under the playhead: put it inside of one and run the entry again")
    return selected or under


def selection(session: Session) -> set[str]:
    """The ids of the selected clips; empty where Resolve cannot say (before 21.0.4)."""
    if session.version < (21, 0, 4) or not has(session.timeline, "GetSelectedClips"):
        return set()
    return {str(maybe(clip, "GetUniqueId")) for clip in maybe(session.timeline, "GetSelectedClips") or []}


def stream(work: Work, cues: list[Cue], *, replace_moved: bool = False, keep_old: bool = False) -> Steps:
    """Has cues spoken, places each take, and says at the end what came of them. For the options see Placer.place."""
    if not cues:
        return
    progress, placer, bridge = work.app.progress, work.placer, work.bridge
    by_id = {cue.id: cue for cue in cues}
    progress.total = len(cues)
    number = bridge.post(
        "speak",
        cues=[
            {
                "cue": cue.id,
                "take": cue.take,
                "slot": [cue.start, cue.duration] if cue.belongs else None,
                "name": cue.belongs,
            }
            for cue in cues
        ],
    )
    reason, problem, cancelled = "", None, False
    waiting: list[Take] = []
    since = time.monotonic()
    if not work.app.windows and not keep_old:
        work.markers.wait_for(cues)
    try:
        while not reason:
            if progress.cancelled and not cancelled:
                cancelled = True
                bridge.post("cancel")
            for message in bridge.events(_POLL_SECONDS):
                if message.get("answer") and message.get("re") == number:
                    done = checked(message)
                    reason = done["reason"]
                    for warning in done["warnings"]:
                        progress.say(warning)
                    continue
                if message.get("event") == "note":
                    progress.line = message["text"]
                    continue
                cue = by_id.get(str(message.get("cue")))
                if cue is None:
                    continue
                if message["event"] == "started":
                    progress.line = f"{cue.where}: {cue.text}"
                elif message["event"] == "take":
                    since = since if waiting else time.monotonic()
                    waiting.append(
                        Take(cue, message["file"], message["head"], message["sample_rate"], message["message"])
                    )
                else:
                    placer.outcome.failed[cue.id] = message["message"]
                    progress.done += 1
            if waiting and (reason or len(waiting) >= BATCH or time.monotonic() - since > _WAIT_SECONDS):
                placer.place(waiting, replace_moved=replace_moved, keep_old=keep_old)
                work.markers.turn([*placer.outcome.placed, *placer.outcome.unchanged])
                progress.done += len(waiting)
                waiting = []
            yield
        placer.read_back()
    except HostError as error:
        problem = error
        with contextlib.suppress(HostError):
            placer.count()
    finally:
        work.markers.turn([*placer.outcome.placed, *placer.outcome.unchanged])
        _report(progress, placer, by_id, broken_off=reason != "finished" or problem is not None)
    if problem is not None:
        raise problem
    if reason != "finished":
        raise CancelledError(
            f"stopped: {len(placer.outcome.placed)} of {len(cues)} lines were placed and stay; run the entry again and "
            "only the rest is made"
        )


def _report(progress: Progress, placer: Placer, by_id: dict[str, Cue], *, broken_off: bool) -> None:
    outcome = placer.outcome
    if broken_off and outcome.placed:
        progress.say("placed: " + ", ".join(by_id[id_].where for id_ in outcome.placed))
    alike: dict[str, list[str]] = {}
    for id_, message in [*outcome.notes.items(), *outcome.failed.items()]:
        if id_ in by_id:
            alike.setdefault(message, []).append(by_id[id_].where)
    for message, where in alike.items():
        more = f" and {len(where) - 1} more lines" if len(where) > _LIKE else ""
        for one in where[:1] if more else where:
            progress.say(f"{one}{more}: {message}")
    progress.say(
        f"{len(outcome.placed)} placed, {len(outcome.unchanged)} unchanged, {len(outcome.failed)} not placed "
        f"({outcome.checks} clips read back; placing took {outcome.seconds:.1f} s)"
    )
