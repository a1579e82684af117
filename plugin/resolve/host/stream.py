"""From cues to takes on the timeline: the helper has them spoken, and each take is placed as it comes."""

from __future__ import annotations

import contextlib
import time
from typing import Any

from .appending import BATCH
from .errors import CancelledError, HostError
from .helper_process import checked
from .place import Placer
from .progress import Progress, Steps
from .takes import Cue, Outcome, Take
from .work import Work

_POLL_SECONDS = 0.1
_WAIT_SECONDS = 0.5
"""How long a take waits for others to be placed along with."""
_LISTED = 3
"""How many lines with the same message are named one by one."""


def stream(work: Work, cues: list[Cue], *, replace_moved: bool = False, keep_old: bool = False) -> Steps:
    """Has cues spoken, places each take, and says at the end what came of them. For the options see Placer.place."""
    if not cues:
        return
    progress, placer, helper = work.app.progress, work.placer, work.helper
    progress.total = len(cues)
    number = helper.post("speak", cues=[_asked(cue) for cue in cues])
    if not work.app.windows and not keep_old:
        work.markers.wait_for(cues)
    run = _Run(progress, placer, {cue.id: cue for cue in cues})
    problem, cancelled = None, False
    try:
        while not run.reason:
            if progress.cancelled and not cancelled:
                cancelled = True
                helper.post("cancel")
            for message in helper.events(_POLL_SECONDS):
                if message.get("answer") and message.get("re") == number:
                    run.end(checked(message))
                else:
                    run.hear(message)
            if run.is_due:
                placer.place(run.takes, replace_moved=replace_moved, keep_old=keep_old)
                work.markers.turn([*placer.outcome.placed, *placer.outcome.unchanged])
                progress.done += len(run.takes)
                run.takes = []
            yield
        placer.read_back()
    except HostError as error:
        problem = error
        with contextlib.suppress(HostError):
            placer.count()
    finally:
        work.markers.turn([*placer.outcome.placed, *placer.outcome.unchanged])
        _report(progress, placer.outcome, run.cues, broken_off=run.reason != "finished" or problem is not None)
    if problem is not None:
        raise problem
    if run.reason != "finished":
        raise CancelledError(
            f"stopped: {len(placer.outcome.placed)} of {len(cues)} lines were placed and stay: run the entry again, "
            "and only the rest is made"
        )


class _Run:
    """What was heard of the lines that are being spoken. ``takes`` wait to be placed."""

    def __init__(self, progress: Progress, placer: Placer, cues: dict[str, Cue]) -> None:
        self.cues = cues
        self.takes: list[Take] = []
        self.reason = ""
        """Why the speaking ended; empty until then."""
        self._progress = progress
        self._placer = placer
        self._since = time.monotonic()

    def hear(self, message: dict[str, Any]) -> None:
        if message.get("event") == "note":
            self._progress.line = message["text"]
            return
        cue = self.cues.get(str(message.get("cue")))
        if cue is None:
            return
        if message["event"] == "started":
            self._progress.line = f"{cue.where}: {cue.text}"
        elif message["event"] == "take":
            if not self.takes:
                self._since = time.monotonic()
            self.takes.append(Take(cue, message["file"], message["head"], message["sample_rate"], message["message"]))
        else:
            self._placer.outcome.failed[cue.id] = message["message"]
            self._progress.done += 1

    def end(self, answer: dict[str, Any]) -> None:
        self.reason = answer["reason"]
        for warning in answer["warnings"]:
            self._progress.say(warning)

    @property
    def is_due(self) -> bool:
        """Whether takes are to be placed now: there are enough, they waited long enough, or no more will come."""
        waited = time.monotonic() - self._since > _WAIT_SECONDS
        return bool(self.takes) and (bool(self.reason) or len(self.takes) >= BATCH or waited)


def _asked(cue: Cue) -> dict[str, Any]:
    return {
        "cue": cue.id,
        "take": cue.take,
        "slot": [cue.start, cue.duration] if cue.belongs else None,
        "name": cue.belongs,
    }


def _report(progress: Progress, outcome: Outcome, cues: dict[str, Cue], *, broken_off: bool) -> None:
    if broken_off and outcome.placed:
        progress.say("placed: " + ", ".join(cues[id_].where for id_ in outcome.placed))
    alike: dict[str, list[str]] = {}
    for id_, message in [*outcome.notes.items(), *outcome.failed.items()]:
        if id_ in cues:
            alike.setdefault(message, []).append(cues[id_].where)
    for message, where in alike.items():
        more = f" and {len(where) - 1} more lines" if len(where) > _LISTED else ""
        for one in where[:1] if more else where:
            progress.say(f"{one}{more}: {message}")
    progress.say(
        f"{len(outcome.placed)} placed, {len(outcome.unchanged)} unchanged, {len(outcome.failed)} not placed "
        f"({outcome.checks} clips read back; placing took {outcome.seconds:.1f} s)"
    )
