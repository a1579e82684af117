"""The film of a project in Resolve: the folder of its takes, the file in it, and the settings of the entries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from framevox.engine_daemon.client.disk import folder_name
from framevox.engine_daemon.project.file import Project
from framevox.engine_daemon.project.film import Film
from framevox.plugin.host.settings import SETTINGS

_OPTIONS = ("voice", "language", "fit", "loudness")


@dataclass(frozen=True)
class HostSettings(Project):
    """The settings as a film's defaults: what they leave at its default is left to the user's other defaults."""

    @classmethod
    def of(cls, settings: Mapping[str, Any]) -> HostSettings:
        """Reads the settings that the host sends, which it has checked."""
        changed = {key: settings[key] for key in _OPTIONS if settings[key] != SETTINGS[key]}
        return cls(
            voices={str(name): str(voice) for name, voice in settings["voices"].items()},
            fill={key: "off" if value is None else str(value) for key, value in changed.items()},
        )

    @property
    def folder(self) -> Path:
        """Where relative paths begin: Resolve's own working folder says nothing to an editor."""
        return Path.home()

    def place(self, table: str, key: str = "") -> str:
        """How errors name a setting."""
        name = f"“{table}” {key}" if table == "voices" else f"“{key}”"
        return f"Framevox's settings, {name}".rstrip()


def project_folder(settings: Mapping[str, Any], project: Any) -> Path:
    """Returns the folder of a project's files."""
    folder = Path(settings["media_dir"] or Path.home() / "Framevox").expanduser()
    return folder / folder_name(str(project), "project")


def film_of(settings: Mapping[str, Any], folder: Path) -> Film:
    """Returns the film whose files lie in ``folder``. Raises InputError for a framevox.toml that cannot be used."""
    return Film.of(film_folder(settings, folder), HostSettings.of({**SETTINGS, **settings}))


def film_folder(settings: Mapping[str, Any], folder: Path) -> Path:
    """Returns where ``framevox.toml`` is: where the host says that the film lies, else beside the takes."""
    return Path(settings["film_dir"]) if settings.get("film_dir") else folder
