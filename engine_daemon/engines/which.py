"""Which of a daemon's two engines a voice needs, told by names and files alone: no model is loaded for it."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from framevox.engine_daemon.engines import CLONING, GPU_ENGINE
from framevox.engine_daemon.engines.clips import find_clip
from framevox.engine_daemon.engines.kokoro.names import find_voice_file, is_voice_file, packaged

if TYPE_CHECKING:
    from framevox.engine_daemon.engines.base import VoiceInfo

_GENDERS = ("female", "male")
_LISTED = {GPU_ENGINE: "framevox.engine_daemon.engines.indextts2.listing:voices"}
"""``module:function`` of engines whose voices can be listed before they are loaded."""


class Which:
    """``own`` is the daemon's engine, ``beside`` the built-in one that serves with it, empty where it serves alone."""

    def __init__(self, own: str, beside: str, voices_dir: Path) -> None:
        self.own, self.beside = own, beside
        self._folder = voices_dir

    def engine_of(self, voice: str) -> str:
        """Returns the engine that a cue's ``voice`` needs; its own for none, and for what only that may know."""
        return self.beside if self.beside and self._is_beside(voice) else self.own

    def _is_beside(self, voice: str) -> bool:
        clones = self.own in CLONING
        if not voice:
            return False
        if voice in _GENDERS:
            return clones  # no clip says whose it is
        names = [part.partition(":")[0].strip() for part in voice.split("+")]
        if len(names) > 1 or ":" in voice:
            # An engine that clones has no blends; another one may have its own.
            return clones or all(map(self._is_known, names))
        # What is unknown to both is refused at once, by the engine that is soon there and can name all voices.
        return self._is_known(voice) or (clones and not self._is_clip(voice))

    def _is_known(self, name: str) -> bool:
        if self._is_clip(name):
            return False
        return name in packaged() or find_voice_file(self._folder, name) is not None

    def _is_clip(self, name: str) -> bool:
        clip = find_clip(self._folder, name)
        return clip is not None and not is_voice_file(clip)


def listing(engine: str) -> Callable[[Path], Sequence[VoiceInfo]] | None:
    """Returns what lists the voices of an engine from the voices folder, without loading it; None where only the engine
    itself can. What is returned raises ImportError where the engine's packages are not installed."""
    if engine not in _LISTED:
        return None
    module, _, function = _LISTED[engine].partition(":")

    def listed(voices_dir: Path) -> Sequence[VoiceInfo]:
        found: Sequence[VoiceInfo] = getattr(importlib.import_module(module), function)(voices_dir)
        return found

    return listed
