"""Chooses the engine when the user names none."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from framevox.engine_daemon.engines import BUILT_IN, CLONING, EXTRAS, GPU_ENGINE, MODEL_VARIABLE, pulled_model
from framevox.engine_daemon.protocol.connection import Home

GPU_SECONDS = 45.0
"""How long torch may look for a GPU: less than a client waits for its daemon to start."""


@dataclass(frozen=True)
class Choice:
    """An engine and the reason for it. ``unused`` is a model that is configured and cannot be used."""

    engine: str
    reason: str
    unused: Path | None = None

    def to_json(self) -> dict[str, Any]:
        """Returns what ``serve --which`` prints; ``clones`` says whether the engine clones voices from clips."""
        unused = None if self.unused is None else str(self.unused)
        return {"engine": self.engine, "reason": self.reason, "unused": unused, "clones": self.engine in CLONING}


def choose(home: Home, asked: str | None = None, say: Callable[[str], None] = lambda _: None) -> Choice:
    """Returns the engine that a daemon of this home uses: ``asked``, or what fits this machine.

    Takes no time unless a model is configured; then torch is asked for a GPU, in a process of its own, and ``say`` is
    called first, since that may take long.
    """

    def lack() -> str:
        say("Looking for a GPU")
        return gpu_lack()

    return decide(asked, configured_model(home), has_extra, lack)


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
        why = f"{GPU_ENGINE} is configured ({model}) but its packages are not installed: the built-in voices speak; "
        return Choice(BUILT_IN, f"{why}pip install 'framevox[{EXTRAS[GPU_ENGINE]}]' brings them", model)
    missing = lack()
    if missing:
        why = f"{GPU_ENGINE} is configured ({model}) but {missing}: the built-in voices speak; "
        return Choice(BUILT_IN, f"{why}`framevox serve --engine {GPU_ENGINE}` uses it anyway", model)
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
    asking = "import sys, torch; sys.exit(0 if torch.cuda.is_available() else 3)"
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
        return "torch finds no GPU"
    said = run.stderr.decode(errors="replace").strip().splitlines()
    return f"torch cannot be loaded ({said[-1] if said else f'it ended with {run.returncode}'})"
