"""From cues to takes on the timeline: the helper has them spoken, and each take is placed as it comes."""

from __future__ import annotations

import contextlib
from typing import Optional

from ...host.errors import HelperError, HostError
from ...host.progress import Steps
from ...host.speaking import report, speak, stopped
from ...host.takes import Cue, Take
from .work import Work


def stream(work: Work, cues: list[Cue], *, replace_moved: bool = False, keep_old: bool = False) -> Steps:
    """Has cues spoken, places each take, and says at the end what came of them. For the options see Placer.place."""
    if not cues:
        return
    progress, placer = work.app.progress, work.placer
    if not work.app.windows and not keep_old:
        work.markers.wait_for(cues)

    def place(takes: list[Take]) -> None:
        placer.place(takes, replace_moved=replace_moved, keep_old=keep_old)
        work.markers.turn([*placer.outcome.placed, *placer.outcome.unchanged])

    problem: Optional[HostError] = None
    reason = ""
    try:
        reason = yield from speak(work.helper, cues, progress, placer.outcome, place)
        placer.read_back()
    except HelperError as error:
        # Resolve still answers: what was placed is finished, or its placeholders would stay enabled beside the takes.
        problem = HelperError(f"{error}; what was placed stays, and only the rest is made")
        with contextlib.suppress(HostError):
            placer.read_back()
    except HostError as error:
        problem = error
        with contextlib.suppress(HostError):
            placer.count()
    finally:
        outcome = placer.outcome
        work.markers.turn([*outcome.placed, *outcome.unchanged])
        more = f" ({outcome.checks} clips read back; placing took {outcome.seconds:.1f} s)"
        report(progress, outcome, cues, broken_off=reason != "finished" or problem is not None, more=more)
    if problem is not None:
        raise problem
    if reason != "finished":
        raise stopped(placer.outcome, cues)
