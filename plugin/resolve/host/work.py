"""What the entries on placeholders and takes do first: read the timeline, get its cues, recover from a killed run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Optional

from ...host.errors import HostError
from ...host.helper_process import Helper
from ...host.journal import Journal
from ...host.progress import Progress, Steps
from ...host.settings import read_settings
from ...host.speaking import cues_of
from ...host.takes import Cue
from .app import App
from .gateway import Session, has, maybe
from .markers import Markers
from .place import Placer
from .scan import Snapshot, scan

NO_PLACEHOLDERS = (
    "there are no placeholders on this timeline: add captions, markers with a length and a note, or empty audio clips "
    "named with a line"
)


@dataclass
class Work:
    """A timeline that was read, the cues on it, and what speaks and places them."""

    app: App
    session: Session
    helper: Helper
    placer: Placer
    markers: Markers
    cues: list[Cue]
    playhead: Optional[int]


def work_on(app: App, act: Callable[[Work], Steps], *, at_playhead: bool = False, on_takes: bool = False) -> Steps:
    """Reads the timeline, starts the helper, puts right what a killed run left behind, and does ``act``.

    Without placeholders there is nothing to do, unless ``act`` works ``on_takes`` that are there already.
    """
    session, progress = app.session, app.progress
    assert session is not None
    settings = read_settings()
    yield
    snapshot = scan(session)
    on_takes = on_takes and bool(snapshot.takes())
    journal = Journal(session.project_id, session.timeline_id)
    if snapshot.hidden and not at_playhead:
        names = ", ".join(f"“{name}”" for name in snapshot.hidden)
        are = "is" if len(snapshot.hidden) == 1 else "are"
        progress.say(f"the subtitle track {names} {are} hidden: show it to have its captions spoken")
    if not snapshot.placeholders and not on_takes and not journal.left_behind():
        raise HostError(NO_PLACEHOLDERS)
    yield
    with Helper(app.python, app.root) as helper:
        helper.hello()
        yield
        placer = Placer(session, snapshot, helper, journal, settings)
        placer.recover()
        try:
            cues, playhead = _cues(session, snapshot, settings, helper, progress, at_playhead, on_takes)
            placer.takes.assign(cues)
            cues = [replace(cue, take=placer.takes.number(cue)) for cue in cues]
            yield from act(Work(app, session, helper, placer, Markers(session, snapshot), cues, playhead))
            for sentence in placer.settle():
                progress.say(sentence)
        finally:
            if not placer.close():
                progress.say(
                    "Resolve did not put the page, the bin and the locks back as they were: close its dialogs and run "
                    "the entry again, which does"
                )


def _cues(
    session: Session,
    snapshot: Snapshot,
    settings: dict[str, Any],
    helper: Helper,
    progress: Progress,
    at_playhead: bool,
    on_takes: bool,
) -> tuple[list[Cue], Optional[int]]:
    """The cues that the helper makes of the placeholders, and the playhead's frame where it is asked for."""
    answer = helper.ask(
        "plan",
        timeline={
            "rate": snapshot.rate,
            "drop_frame": snapshot.drop_frame,
            "project_rate": snapshot.project_rate,
            "start": snapshot.start,
        },
        project=session.project_name,
        playhead=session.playhead() if at_playhead else None,
        settings=settings,
        items=snapshot.placeholders,
    )
    problems = answer["problems"]
    if not at_playhead:
        for sentence in [*problems, *answer["warnings"]]:
            progress.say(sentence)
    if not answer["cues"] and not on_takes:
        if not problems:
            raise HostError(NO_PLACEHOLDERS)
        raise HostError(
            problems[0]
            if len(problems) == 1
            else f"none of the {len(problems)} placeholders can be spoken: see what is said of each above"
        )
    return cues_of(answer), answer["playhead"]


def selection(session: Session) -> set[str]:
    """Returns the ids of the selected clips; empty where Resolve cannot say (before 21.0.4)."""
    if session.version < (21, 0, 4) or not has(session.timeline, "GetSelectedClips"):
        return set()
    return {str(maybe(clip, "GetUniqueId")) for clip in maybe(session.timeline, "GetSelectedClips") or []}
