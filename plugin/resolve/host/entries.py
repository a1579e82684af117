"""The menu entries."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import traceback
from pathlib import Path
from typing import Any

from .app import App
from .enrol import enrol
from .errors import CancelledError, HostError
from .files import OneAtATime, read_settings, settings_file
from .gateway import maybe
from .progress import show
from .retake import next_take, previous_take
from .speak import fill, revoice


def run(entry: str, python: str, root: str, globals_: dict[str, Any]) -> None:
    """Runs a menu entry. Whatever happens, the editor reads one sentence that says what to do next."""
    app = App(python, root, globals_)
    try:
        with OneAtATime():
            ENTRIES[entry](app)
    except CancelledError as error:
        app.tell(str(error))
    except HostError as error:
        app.tell(str(error))
    except Exception as error:
        show(traceback.format_exc())
        app.tell(
            f"a fault in Framevox itself ({type(error).__name__}: {error}); what was placed stays. Report what the "
            "console shows (Workspace ▸ Console)"
        )


def settings(app: App) -> None:
    """Settings: opens the settings file in the system's editor."""
    path = settings_file()
    read_settings()
    opener = {"darwin": ["open", "-t"], "win32": ["notepad"]}.get(sys.platform, ["xdg-open"])
    try:
        subprocess.Popen([*opener, str(path)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    except OSError:
        app.tell(f"the settings are in {path}: open it in a text editor")
    else:
        app.progress.say(f"the settings are in {path}")


def export(app: App) -> None:
    """Export for Framevox: the timeline as OTIO, for the route without scripting."""
    session = app.open()
    folder = Path(read_settings()["media_dir"] or Path.home() / "Framevox").expanduser()
    name = re.sub(r"[^A-Za-z0-9]+", "-", session.timeline_name).strip("-") or "timeline"
    path = folder / f"{name}.otio"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise HostError(f"cannot write {folder} ({error.strerror}): set “media_dir” in Framevox's settings") from None
    # The constants are those of the running Resolve; numbers written down differ between versions.
    kind, plain = session.resolve.EXPORT_OTIO, session.resolve.EXPORT_NONE
    if not maybe(session.timeline, "Export", str(path), kind, plain) or not os.path.exists(path):
        raise HostError(f"Resolve does not export {path}: use File ▸ Export ▸ Timeline and choose OTIO")
    app.tell(
        f"exported. Now run: framevox fill --for resolve “{path}” “{folder / (name + '-filled.otio')}”, then import "
        "that file with File ▸ Import ▸ Timeline"
    )


ENTRIES = {
    "fill": fill,
    "revoice": revoice,
    "next": next_take,
    "previous": previous_take,
    "enrol": enrol,
    "settings": settings,
    "export": export,
}
