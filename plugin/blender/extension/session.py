"""The helper process as steps: whoever runs them is never kept waiting."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Generator
from typing import Any, Optional

from .shared.errors import HostError
from .shared.helper_process import ANSWER_SECONDS, PROTOCOL, START_SECONDS, Helper, checked
from .shared.state import state_folder
from .work import Work

Steps = Generator[None, None, Any]
_HERE = os.path.dirname(__file__)


def version() -> str:
    """Returns the extension's version, as its manifest says."""
    with open(os.path.join(_HERE, "blender_manifest.toml"), encoding="utf-8") as file:
        found = re.search(r'^version = "([^"]+)"', file.read(), re.M)
    return found[1] if found else ""


def installation(chosen: str = "") -> tuple[str, str]:
    """Returns Framevox's Python and folder: the user's choice, else what ``framevox blender install`` wrote."""
    if chosen:
        if not os.path.isfile(chosen):
            raise HostError(f"there is no {chosen}, which the preferences name as Framevox's Python: choose another")
        return chosen, os.path.dirname(chosen)
    path = state_folder() / "installation.json"
    try:
        told = json.loads(path.read_text("utf-8"))
        return str(told["python"]), str(told["root"])
    except (OSError, ValueError, KeyError, TypeError):
        raise HostError(
            "Framevox itself was not found: install it, run `framevox blender install` in a terminal, or name its "
            "Python in the add-on's preferences"
        ) from None


class Session:
    """A helper, and questions to it as steps. ``wait`` is how long a step may wait for a message, in seconds."""

    def __init__(self, work: Work, chosen: str = "") -> None:
        self._work = work
        python, root = installation(chosen)
        self.helper = Helper(python, root if os.path.isdir(root) else os.path.dirname(python))

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *_: Any) -> None:
        self.helper.close()

    def hello(self) -> Steps:
        self._work.line = "Starting"
        answer = yield from self.ask("hello", silent=START_SECONDS, protocol=PROTOCOL)
        ours, theirs = version(), str(answer.get("framevox"))
        if answer.get("protocol") != PROTOCOL or ours != theirs:
            raise HostError(
                f"the extension is version {ours} and Framevox is {theirs}: run `framevox blender install` in a "
                "terminal, and start Blender again"
            )

    def ask(self, what: str, *, silent: Optional[float] = None, **fields: Any) -> Steps:
        """Asks, and returns the answer. Raises HostError for an error, silence, or a helper that died."""
        number = self.helper.post(what, **fields)
        while True:
            for message in self.helper.events(self._work.wait, silent or ANSWER_SECONDS):
                if message.get("event") == "note":
                    self._work.line = str(message.get("text"))
                elif message.get("re") == number and "answer" in message:
                    return checked(message)
            yield
            self._work.check()
