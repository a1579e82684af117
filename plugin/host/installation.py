"""Where Framevox's own Python is, for a host whose files do not say so."""

from __future__ import annotations

import json
import os
import shutil
import sys
from pathlib import Path

from . import state
from .errors import HostError

_USUAL = ("~/.local/bin", "/usr/local/bin", "/opt/homebrew/bin", "~/AppData/Local/Programs/framevox")
"""Where commands lie that a program started from the desktop may not have on its PATH."""


def remember(python: str, root: str) -> Path:
    """Notes where Framevox is, in the host's folder. Returns the file. Raises HostError if it cannot be written."""
    path = _record()
    state.write_json(path, {"python": python, "root": root})
    return path


def find(chosen: str = "") -> tuple[str, str]:
    """Returns Framevox's Python and the folder of its packages, as ``Helper`` is given them.

    That is the Python that the editor chose, else the one that was remembered, else the one of the command ``framevox``
    on the PATH or in the usual places. Raises HostError where there is none.
    """
    if chosen:
        python = os.path.expanduser(chosen)
        if not os.path.isfile(python):
            raise HostError(f"there is no {chosen}, which the settings name as Framevox's Python: choose another")
        return python, os.path.dirname(python)
    try:
        told = json.loads(_record().read_text("utf-8"))
        python, root = str(told["python"]), str(told["root"])
        if os.path.isfile(python):
            return python, root
    except (OSError, ValueError, KeyError, TypeError):
        pass
    places = os.pathsep.join([os.environ.get("PATH", ""), *(os.path.expanduser(place) for place in _USUAL)])
    command = shutil.which("framevox", path=places)
    if command:
        # Installed, the command lies beside its Python; what is on the PATH may be a link to it.
        folder = os.path.dirname(os.path.realpath(command))
        for name in ("python.exe", "../python.exe") if sys.platform == "win32" else ("python3", "python"):
            python = os.path.normpath(os.path.join(folder, name))
            if os.path.isfile(python):
                return python, folder
    install = f"`framevox {state.HOST} install`" if state.HOST else "it"
    raise HostError(
        f"Framevox itself was not found: install it, run {install} in a terminal, or name its Python in the settings"
    )


def _record() -> Path:
    return state.state_folder() / "installation.json"
