"""From cues to takes, in steps: the helper has them spoken, and the host places each take as it comes."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from typing import Any, Optional

from .errors import CancelledError
from .helper_process import Helper, checked
from .progress import Progress, Steps
from .takes import Cue, Outcome, Take

BATCH = 25
"""How many takes are handed over at once."""
_WAIT_SECONDS = 0.5
"""How long a take waits for others to be handed over along with."""
_LISTED = 3
"""How many lines with the same message are named one by one."""


def cues_of(answer: dict[str, Any]) -> list[Cue]:
    """Returns the cues in the answer to ``plan``."""
    return [cue_of(told) for told in answer["cues"]]


def cue_of(told: dict[str, Any]) -> Cue:
    """Returns one cue, as an answer tells of it."""
    take = told.get("take", 1)
    return Cue(told["cue"], told["key"], told["character"], told["start"], told["duration"], told["text"], take)


def speak(
    helper: Helper,
    cues: list[Cue],
    progress: Progress,
    outcome: Outcome,
    place: Callable[[list[Take]], Optional[Steps]],
) -> Generator[None, None, str]:
    """Has cues of the last plan spoken, and hands their takes to ``place``, some at a time. It may return steps.

    Failures go into ``outcome``. Returns why it ended, as the protocol's ``done`` says: ``finished``, or ``cancelled``
    after ``progress.cancelled`` was set. Raises HostError where the helper cannot go on, and what ``place`` raises.
    """
    by_id = {cue.id: cue for cue in cues}
    progress.total = len(cues)
    number = yield from helper.posting("speak", cues=[_asked(cue) for cue in cues])
    takes: list[Take] = []
    reason, cancelled, since = "", False, time.monotonic()
    while not reason:
        if progress.cancelled and not cancelled:
            cancelled = True
            helper.cancel()
        for message in helper.events(helper.step_seconds):
            if message.get("answer") and message.get("re") == number:
                answer = checked(message)
                reason = answer["reason"]
                for warning in answer["warnings"]:
                    progress.say(warning)
                continue
            cue = by_id.get(str(message.get("cue")))
            if message.get("event") == "note":
                progress.line = message["text"]
            elif cue is None:
                continue
            elif message["event"] == "started":
                progress.line = f"{cue.where}: {cue.text}"
            elif message["event"] == "take":
                since = since if takes else time.monotonic()
                takes.append(
                    Take(cue, message["file"], message["head"], message["sample_rate"], message["message"], message)
                )
            else:
                outcome.failed[cue.id] = message["message"]
                progress.done += 1
        if takes and (reason or len(takes) >= BATCH or time.monotonic() - since > _WAIT_SECONDS):
            done = progress.done + len(takes)
            placing = place(takes)
            if placing is not None:
                yield from placing
            progress.done, takes = done, []
        yield
    return reason


def _asked(cue: Cue) -> dict[str, Any]:
    return {
        "cue": cue.id,
        "take": cue.take,
        "slot": [cue.start, cue.duration] if cue.belongs else None,
        "name": cue.belongs,
    }


def report(progress: Progress, outcome: Outcome, cues: list[Cue], *, broken_off: bool, more: str = "") -> None:
    """Says what came of the cues. ``broken_off`` names those that were placed one by one; ``more`` ends the sum."""
    by_id = {cue.id: cue for cue in cues}
    if broken_off and outcome.placed:
        progress.say("placed: " + ", ".join(by_id[id_].where for id_ in outcome.placed))
    alike: dict[str, list[str]] = {}
    for id_, message in [*outcome.notes.items(), *outcome.failed.items()]:
        if id_ in by_id:
            alike.setdefault(message, []).append(by_id[id_].where)
    for message, where in alike.items():
        others = f" and {len(where) - 1} more lines" if len(where) > _LISTED else ""
        for one in where[:1] if others else where:
            progress.say(f"{one}{others}: {message}")
    placed, unchanged, failed = len(outcome.placed), len(outcome.unchanged), len(outcome.failed)
    progress.say(f"{placed} placed, {unchanged} unchanged, {failed} not placed{more}")


def stopped(outcome: Outcome, cues: list[Cue]) -> CancelledError:
    """Returns the error that ends a run which was cancelled while lines were spoken."""
    return CancelledError(
        f"stopped: {len(outcome.placed)} of {len(cues)} lines were placed and stay: run it again, and only the rest is "
        "made"
    )
