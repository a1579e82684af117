"""The settings file. The settings and their defaults are those of docs/resolve.md, also for the helper."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from .errors import HostError
from .state import state_folder, write_json

SETTINGS: dict[str, Any] = {
    "voice": "",
    "voices": {},
    "language": "auto",
    "fit": "fill",
    "loudness": -23.0,
    "media_dir": "",
    "disable_captions": True,
}
"""Every setting, with its default."""


def settings_file() -> Path:
    """Returns the path of the settings file, which is written with the defaults if there is none."""
    path = state_folder() / "settings.json"
    if not path.exists():
        write_json(path, SETTINGS)
    return path


def read_settings() -> dict[str, Any]:
    """Returns the settings. Raises HostError that names the setting which cannot be used."""
    path = settings_file()
    try:
        given = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise HostError(f"{path} cannot be read ({error}): correct it, or delete it to get the defaults") from None
    if not isinstance(given, dict):
        raise HostError(f"{path} must hold a JSON object: correct it, or delete it to get the defaults")
    for key, value in given.items():
        if key not in SETTINGS:
            raise HostError(f"{path}: there is no setting “{key}”: use {', '.join(SETTINGS)}")
        kinds = (int, float, type(None)) if key == "loudness" else (type(SETTINGS[key]),)
        if not isinstance(value, kinds):
            raise HostError(
                f"{path}: “{key}” cannot be {json.dumps(value)}: the default is {json.dumps(SETTINGS[key])}"
            )
    return {**SETTINGS, **given}
