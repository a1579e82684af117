"""The helper as a run asks it: in steps, each of which the user may cancel."""

from __future__ import annotations

import os
import re
from typing import Any

from .shared.helper_process import Helper
from .shared.installation import find
from .shared.progress import Steps
from .shared.steps import cancellable
from .work import Work

_HERE = os.path.dirname(__file__)


def version() -> str:
    """Returns the extension's version, as its manifest says."""
    with open(os.path.join(_HERE, "blender_manifest.toml"), encoding="utf-8") as file:
        found = re.search(r'^version = "([^"]+)"', file.read(), re.M)
    return found[1] if found else ""


class Session:
    """A helper that tells ``work`` what it says. Use as a context manager; leaving it ends the helper."""

    def __init__(self, work: Work, chosen: str = "") -> None:
        self._work = work
        python, root = find(chosen)
        self.helper = Helper(python, root, say=self._say, step_seconds=work.wait)

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *_: Any) -> None:
        self.helper.close()

    def hello(self) -> Steps:
        """Waits until the helper answers, of the same version as the extension."""
        self._work.line = "Starting"
        yield from cancellable(self.helper.greeting(version()), self._work)

    def ask(self, what: str, **fields: Any) -> Steps:
        """Asks, and returns the answer. Raises HostError for an error, silence, or a helper that died."""
        return (yield from cancellable(self.helper.asking(what, **fields), self._work))

    def _say(self, text: str) -> None:
        self._work.line = text
