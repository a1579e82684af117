"""Chooses the engine when the user names none."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from framevox.engine_daemon.engines import (
    BESIDE,
    BUILT_IN,
    CLONING,
    DEVICE_VARIABLE,
    EXTRAS,
    GPU_ENGINE,
    GPU_MODE_VARIABLE,
    MODEL_VARIABLE,
    NO_ENGINE,
    pulled_model,
)
from framevox.engine_daemon.engines.indextts2.unfused import missing_before_loading
from framevox.engine_daemon.engines.losses import Losses, read_losses
from framevox.engine_daemon.protocol.connection import Home
from framevox.engine_daemon.protocol.errors import InputError

FALL_BACK, FAIL = "built-in", "fail"
WITHOUT_GPU = (FALL_BACK, FAIL)
"""What becomes of lines for an engine that has no GPU any more."""
_AGAIN = "run `framevox stop` to have it tried again"

GPU_SECONDS = 45.0
"""How long torch may look for a GPU: less than a client waits for its daemon to start."""


@dataclass(frozen=True)
class Choice:
    """An engine and the reason for it. ``unused`` is a model that is configured and cannot be used, for the ``lack`` of
    something.

    ``beside`` is the engine that serves with it, if any. ``instead_of`` is the engine whose lines it speaks, each with
    a note, because that one cannot be used; ``unusable`` says why its own lines fail.
    """

    engine: str
    reason: str
    unused: Path | None = None
    lack: str = ""
    beside: str = ""
    instead_of: str = ""
    unusable: str = ""

    def to_json(self) -> dict[str, Any]:
        """Returns what ``serve --which`` prints; ``clones`` says whether the engine clones voices from clips."""
        return {
            "engine": self.engine,
            "reason": self.reason,
            "unused": None if self.unused is None else str(self.unused),
            "clones": self.engine in CLONING,
            "beside": self.beside,
        }


def choose(
    home: Home,
    asked: str | None = None,
    say: Callable[[str], None] = lambda _: None,
    *,
    without_gpu: str = "",
    beside: str | None = None,
) -> Choice:
    """Returns the engines that a daemon of this home uses: ``asked``, or what fits this machine, and one ``beside`` it.

    ``without_gpu`` is one of WITHOUT_GPU, empty for what the user would expect. Takes no time unless a model is
    configured, or a daemon before lost its engine; then torch is asked for a GPU, in a process of its own, and ``say``
    is called first, since that may take long. Raises InputError for ``beside`` what cannot be that.
    """

    @cache
    def lack() -> str:
        say("Looking for a GPU")
        return gpu_lack()

    choice = decide(asked, configured_model(home), has_extra, lack)
    choice = without_lost(choice, asked, read_losses(home), without_gpu, lack)
    if slow := _slow(choice, asked):
        choice = replace(choice, reason=f"{choice.reason}; {slow}")
    return replace(choice, beside=_beside(choice.engine, beside))


def without_lost(
    choice: Choice, asked: str | None, losses: Losses | None, without_gpu: str, lack: Callable[[], str]
) -> Choice:
    """Returns the choice where its engine can be tried; else another, or the same one with the reason why it fails.

    It cannot be tried where daemons before lost it and there is no GPU any more, or lost it too often in a row. Then
    the built-in engine speaks its lines if the user did not name an engine, and they fail if one was named;
    ``without_gpu`` decides otherwise, and also where no daemon lost anything.
    """
    meant = GPU_ENGINE if choice.unused is not None else choice.engine
    if meant == BUILT_IN:
        return choice
    known = losses if losses is not None and losses.engine == meant else None
    lost = known is not None and known.card
    why = ""
    if known is not None and known.too_many:
        why = f"it was lost {known.times} times in a row ({known.why})"
    elif choice.unused is not None and (lost or without_gpu):
        why = choice.lack
    elif meant == GPU_ENGINE and (lost or without_gpu) and _needs_gpu():
        why = lack()
    if not why:
        return choice
    if (without_gpu or (FAIL if asked else FALL_BACK)) == FALL_BACK:
        said = f"{meant} cannot be used ({why}): the built-in voices speak instead; {_AGAIN}"
        return replace(choice, engine=BUILT_IN, reason=said, instead_of=meant, lack=why)
    said = f"{meant} cannot be used: {why}; {_AGAIN}"
    return replace(choice, engine=meant, reason=said, unusable=said)


def _card() -> int:
    """The number of the card that the user chose, 0 where none was."""
    number = os.environ.get(DEVICE_VARIABLE, "").partition("cuda:")[2]
    return int(number) if number.isdecimal() else 0


def _slow(choice: Choice, asked: str | None) -> str:
    """What makes the chosen engine slow on its card, where it is known before it is loaded; empty for nothing."""
    if choice.engine != GPU_ENGINE or choice.unusable:
        return ""
    # An engine that was not asked for was chosen because there is a card.
    uses_card = (asked is None and _needs_gpu()) or os.environ.get(DEVICE_VARIABLE, "").startswith("cuda")
    mode = os.environ.get(GPU_MODE_VARIABLE, "")
    return missing_before_loading(uses_card, mode, importlib.util.find_spec("triton") is not None, sys.platform)


def _needs_gpu() -> bool:
    return (os.environ.get(DEVICE_VARIABLE) or "auto") not in ("cpu", "mps")


def _beside(engine: str, asked: str | None) -> str:
    """The engine beside another: the one that was asked for, else that which belongs there."""
    if asked is None:
        return BESIDE.get(engine, "")
    if asked not in (BUILT_IN, NO_ENGINE):
        raise InputError(
            f"--beside {asked}: only {BUILT_IN} serves beside another engine; write {BUILT_IN} or {NO_ENGINE}"
        )
    return "" if asked == NO_ENGINE or engine == BUILT_IN else asked


def decide(asked: str | None, model: Path | None, extra: Callable[[], bool], lack: Callable[[], str]) -> Choice:
    """Returns the engine that was asked for; else the GPU engine where its model is configured, its packages are
    installed and there is a GPU; else the built-in one.

    ``extra`` (are the packages installed) and ``lack`` (why there is no GPU, empty where there is one) are called only
    where the answer matters.
    """
    if asked is not None:
        return Choice(asked, "asked for with --engine")
    if model is None:
        return Choice(BUILT_IN, "the built-in voices; no other model is configured")
    if not extra():
        missing = "its packages are not installed"
        why = f"{GPU_ENGINE} is configured ({model}) but {missing}: the built-in voices speak; "
        return Choice(BUILT_IN, f"{why}pip install 'framevox[{EXTRAS[GPU_ENGINE]}]' brings them", model, missing)
    missing = lack()
    if missing:
        why = f"{GPU_ENGINE} is configured ({model}) but {missing}: the built-in voices speak; "
        return Choice(BUILT_IN, f"{why}`framevox serve --engine {GPU_ENGINE}` uses it anyway", model, missing)
    return Choice(GPU_ENGINE, f"its model is configured ({model}) and there is a GPU")


def configured_model(home: Home) -> Path | None:
    """Returns the folder that ``FRAMEVOX_MODEL`` names, unchecked, else the one that ``framevox models pull`` completed
    (it fetches the configuration last), else None."""
    named = os.environ.get(MODEL_VARIABLE)
    if named:
        return Path(named)
    return pulled_model(home.voices)


def has_extra() -> bool:
    """Returns whether the packages of the GPU engine are installed."""
    return all(
        importlib.util.find_spec(name) is not None for name in ("torch", "transformers", "sentencepiece", "tiktoken")
    )


def gpu_lack() -> str:
    """Returns why torch has no GPU, empty where it has one.

    Asked in a process of its own, so that a daemon without a GPU carries neither torch's memory nor a driver's faults.
    """
    number = _card()
    there = "torch.cuda.is_available()" + (f" and torch.cuda.device_count() > {number}" if number else "")
    asking = f"import sys, torch; sys.exit(0 if {there} else 3)"
    try:
        run = subprocess.run(
            [sys.executable, "-c", asking],
            # Never imports from the user's working folder.
            cwd=sys.prefix,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            timeout=GPU_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return f"torch took more than {GPU_SECONDS:g} s to look for a GPU"
    if run.returncode == 0:
        return ""
    if run.returncode == 3:
        return f"torch finds no card for the device cuda:{number}" if number else "torch finds no GPU"
    said = run.stderr.decode(errors="replace").strip().splitlines()
    return f"torch cannot be loaded ({said[-1] if said else f'it ended with {run.returncode}'})"
