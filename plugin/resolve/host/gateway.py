"""The one way to Resolve's objects: checked calls, and a project and timeline that stay the same.

Any call may return None: while a dialog or an automatic backup is up (trap 10), for a method that this version lacks
(trap 15), or for no known reason. None is an answer only where the caller says so.
"""

from __future__ import annotations

import time
from typing import Any

from ...host.errors import HostError

OLDEST = (20, 3, 2)
"""Earlier versions drop audio-only appends, or fail where no clip of the pool is selected."""
_PATIENCE = (0.05, 0.2, 0.5)
"""How long to wait before each further attempt; an automatic backup is short."""


def ask(target: Any, name: str, *args: Any) -> Any:
    """Returns what ``target.name(*args)`` answers. Raises HostError if that is None again and again."""
    answer = patiently(target, name, *args)
    if answer is None:
        raise HostError(
            f"Resolve did not answer {name}: close every dialog that is open in Resolve, wait for its backup to end, "
            "and run the entry again"
        )
    return answer


def patiently(target: Any, name: str, *args: Any) -> Any:
    """Returns what ``target.name(*args)`` answers, None only if it does so again and again."""
    answer = maybe(target, name, *args)
    for pause in _PATIENCE:
        if answer is not None:
            break
        time.sleep(pause)
        answer = maybe(target, name, *args)
    return answer


def maybe(target: Any, name: str, *args: Any) -> Any:
    """Returns what ``target.name(*args)`` answers, None included."""
    method = getattr(target, name, None)
    # hasattr is always true on these objects; a name that they do not know may give None instead of a method.
    return method(*args) if callable(method) else None


def has(target: Any, name: str) -> bool:
    """Returns whether an object really has a method: ``dir`` tells, ``hasattr`` does not (trap 15).

    Behind Lua it is Lua that is asked (``by_lua.py``).
    """
    if hasattr(type(target), "has_method"):
        return bool(target.has_method(name))
    return name in dir(target)


class Session:
    """The project and timeline that were open when the entry began."""

    def __init__(self, resolve: Any) -> None:
        if resolve is None:
            raise HostError("Resolve gave the script no access to itself: run it from Workspace ▸ Scripts")
        self.resolve = resolve
        # First of all, because a Studio-only call in the free edition makes later calls fail (trap 15).
        self.studio = "Studio" in str(ask(resolve, "GetProductName"))
        version = tuple(int(part) for part in list(ask(resolve, "GetVersion"))[:3])
        if version < OLDEST:
            raise HostError(
                f"this is Resolve {'.'.join(map(str, version))}, which places sound wrongly: update to "
                f"{'.'.join(map(str, OLDEST))} or later"
            )
        self.version = version
        self.manager = ask(resolve, "GetProjectManager")
        self.project = patiently(self.manager, "GetCurrentProject")
        if self.project is None:
            raise HostError(
                "no project is open, or a dialog is: open a project, close dialogs, and run the entry again"
            )
        self.timeline = patiently(self.project, "GetCurrentTimeline")
        if self.timeline is None:
            raise HostError("no timeline is open: open the timeline that is to be spoken and run the entry again")
        self.pool = ask(self.project, "GetMediaPool")
        self.project_id = ask(self.project, "GetUniqueId")
        self.timeline_id = ask(self.timeline, "GetUniqueId")
        self.project_name = str(ask(self.project, "GetName"))
        self.timeline_name = str(ask(self.timeline, "GetName"))

    def playhead(self) -> str:
        """Returns where the playhead is, as timecode. Raises HostError on a page that does not say."""
        page = str(ask(self.resolve, "GetCurrentPage"))
        if page in ("media", "fusion"):
            raise HostError(
                f"on the {page.capitalize()} page Resolve does not say where the playhead is: open the Edit page and "
                "run the entry again"
            )
        return str(ask(self.timeline, "GetCurrentTimecode"))

    def check(self) -> None:
        """Raises HostError if another timeline is open. Called before every change: it goes to the open one."""
        project = patiently(self.manager, "GetCurrentProject")
        timeline = None if project is None else patiently(project, "GetCurrentTimeline")
        same = (
            timeline is not None
            and patiently(project, "GetUniqueId") == self.project_id
            and patiently(timeline, "GetUniqueId") == self.timeline_id
        )
        if not same:
            raise HostError(
                f"the timeline “{self.timeline_name}” is no longer the open one: open it again and run the entry "
                "again, what was placed stays, and only the rest is made"
            )
