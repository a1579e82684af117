"""The menu entries."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import traceback
from typing import Any

from ...host.errors import CancelledError, HostError
from ...host.helper_process import Helper
from ...host.progress import show
from ...host.settings import read_settings, settings_file
from .app import App
from .enrol import enrol
from .gateway import maybe
from .retake import next_take, previous_take
from .speak_placeholders import fill, revoice

_OPENING_SECONDS = 2.0
"""How long to wait for a failure to open the file."""


def run(entry: str, python: str, root: str, globals_: dict[str, Any]) -> None:
    """Runs a menu entry. Whatever goes wrong, the editor reads one sentence that says what to do next."""
    app = App(python, root, globals_)
    try:
        with app.lock:
            ENTRIES[entry](app)
    except CancelledError as error:
        app.tell(str(error))
    except HostError as error:
        app.tell(str(error))
    except Exception as error:
        show(traceback.format_exc())
        app.tell(
            f"a fault in Framevox itself ({type(error).__name__}: {error}): what was placed stays, "
            "please report what the console shows (Workspace ▸ Console)"
        )


def settings(app: App) -> None:
    """Settings: opens the settings file in the system's editor."""
    path = settings_file()
    opener = {"darwin": ["open", "-t"], "win32": ["notepad"]}.get(sys.platform, ["xdg-open"])
    try:
        opening = subprocess.Popen([*opener, str(path)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        opened = opening.wait(_OPENING_SECONDS) == 0
    except subprocess.TimeoutExpired:
        opened = True  # the command is the editor itself
    except OSError:
        opened = False
    if opened:
        app.progress.say(f"the settings are in {path}")
    else:
        app.tell(f"the settings are in {path}: open it in a text editor")
    read_settings()  # so that an error in them is shown while they are open


def export(app: App) -> None:
    """Export for Framevox: the timeline as OTIO, for the route without scripting."""
    session = app.open()
    with Helper(app.python, app.root) as helper:
        helper.hello()
        new = helper.ask(
            "export", project=session.project_name, timeline=session.timeline_name, settings=read_settings()
        )
    path, filled = new["file"], new["filled"]
    # The running Resolve knows the constants; their numbers differ between versions.
    kind, plain = session.resolve.EXPORT_OTIO, session.resolve.EXPORT_NONE
    # The name is new, so a file there can only be this export.
    if not maybe(session.timeline, "Export", path, kind, plain) or not os.path.exists(path):
        raise HostError(f"Resolve does not export {path}: use File ▸ Export ▸ Timeline and choose OTIO")
    app.tell(
        f"exported: now run framevox fill --for resolve {_quoted(path)} {_quoted(filled)} and then import "
        "that file with File ▸ Import ▸ Timeline"
    )


def _quoted(path: str) -> str:
    """A path as the system's terminal takes it."""
    return subprocess.list2cmdline([path]) if sys.platform == "win32" else shlex.quote(path)


ENTRIES = {
    "fill": fill,
    "revoice": revoice,
    "next": next_take,
    "previous": previous_take,
    "enrol": enrol,
    "settings": settings,
    "export": export,
}
