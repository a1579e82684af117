"""The folder of what is kept between runs (settings, lock, journals), and files that appear whole or not at all."""

from __future__ import annotations

import json
import os
import sys
import uuid
from pathlib import Path
from typing import Any

from .errors import HostError

HOST = ""
"""Which host this is, as its command is called (``framevox HOST install``): each sets it before anything else here is
used. Its folder has that name."""


def state_folder() -> Path:
    """Where settings, lock and journal lie. Raises HostError if nothing can be written there."""
    home = os.environ.get("FRAMEVOX_HOME")
    if home:
        folder = Path(home).expanduser() / HOST
    elif sys.platform == "win32":
        folder = Path(os.environ.get("APPDATA", str(Path.home()))) / "Framevox" / HOST
    elif sys.platform == "darwin":
        folder = Path.home() / "Library" / "Application Support" / "Framevox" / HOST
    else:
        folder = Path(os.environ.get("XDG_STATE_HOME", "") or Path.home() / ".local/state") / "framevox" / HOST
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise HostError(f"cannot write {folder} ({error.strerror}): make the folder writable") from None
    return folder


def write_json(path: Path, content: Any) -> None:
    """The file appears whole or not at all. Raises HostError."""
    aside = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
    try:
        try:
            aside.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", "utf-8")
            os.replace(aside, path)
        finally:
            if aside.exists():
                aside.unlink()
    except OSError as error:
        raise HostError(f"cannot write {path} ({error.strerror}): free some space, or make it writable") from None
