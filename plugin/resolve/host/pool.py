"""Takes in the media pool: imported once, and known by their file and the rate that Resolve counts them in."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from ...host.helper_process import Helper
from ...host.take_files import file_of
from .gateway import Session, ask, maybe, patiently


@dataclass(frozen=True)
class Media:
    """A clip of the media pool. ``fps`` is frozen at import, and need not be the timeline's (trap 3)."""

    handle: Any
    fps: Fraction


class Pool:
    """The clips of our bin, by their files' names."""

    def __init__(self, session: Session, helper: Helper) -> None:
        self._session = session
        self._helper = helper
        self._media: dict[str, Media] = {}

    def get(self, path: str) -> Media | None:
        return self._media.get(file_of(path))

    def bring(self, paths: Collection[str]) -> None:
        """Imports files that are not in the bin yet into the open one."""
        for _ in range(2):  # a call that answers nothing for once may have done nothing either
            missing = [path for path in paths if file_of(path) not in self._media]
            if not missing:
                return
            self.add(maybe(self._session.pool, "ImportMedia", missing) or [])
            if any(file_of(path) not in self._media for path in missing):
                # ImportMedia does not always return what it imported (trap 7): the bin is read instead.
                self.add(ask(ask(self._session.pool, "GetCurrentFolder"), "GetClipList"))

    def add(self, clips: Iterable[Any]) -> None:
        """Notes clips of the pool, except those whose properties Resolve does not tell."""
        for clip in clips:
            told = _properties(clip) if clip is not None else {}
            if told.get("File Path") and told.get("FPS"):
                self._media[file_of(str(told["File Path"]))] = Media(clip, Fraction(*self._helper.rate(told["FPS"])))


def _properties(clip: Any) -> dict[str, Any]:
    # Without a name it should return all properties in one call; if it does not, each is asked for.
    told = patiently(clip, "GetClipProperty")
    if isinstance(told, dict):
        return told
    return {name: patiently(clip, "GetClipProperty", name) for name in ("File Path", "FPS")}
