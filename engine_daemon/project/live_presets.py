"""The user's presets for live lines: who speaks how, kept by name; one small file each, beside the user's emotions."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec

from framevox.engine_daemon.client.disk import write_file
from framevox.engine_daemon.protocol.connection import Home
from framevox.engine_daemon.protocol.errors import InputError
from framevox.engine_daemon.protocol.files import remove_file, same_name

from .file import nearest

VERSION = 1
_NAME = re.compile(r"[^\W_][\w-]{0,63}")
_SUFFIX = ".json"


class LivePreset(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What is given once for many lines. Values are text as after the option of the same name; empty: the default.

    ``voice`` and ``emotion_voice`` name files by their whole path.
    """

    name: str
    voice: str = ""
    language: str = ""
    emotion: str = ""
    emotion_voice: str = ""
    emotion_strength: str = ""
    fit: str = ""
    min_ratio: str = ""
    max_ratio: str = ""
    take: str = ""
    loudness: str = ""
    version: int = VERSION

    def said(self) -> dict[str, str]:
        """What it sets, by option, without the name."""
        values = {name: str(value) for name, value in msgspec.structs.asdict(self).items()}
        return {key: value for key, value in values.items() if value and key not in ("name", "version")}


class LivePresets:
    """The presets of one folder, which need not exist yet; it is read again at each request."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def names(self) -> list[str]:
        """The presets' names, sorted."""
        return sorted(path.stem for path in self._folder.glob(f"*{_SUFFIX}") if _NAME.fullmatch(path.stem))

    def get(self, name: str) -> LivePreset:
        """The preset of that name. Raises InputError for one that is not there, or cannot be read."""
        path = self._path(self._known(name))
        try:
            preset = msgspec.json.decode(path.read_bytes(), type=LivePreset)
        except OSError as error:
            raise InputError(f"{path} cannot be read ({error.strerror}): add the preset again") from None
        except (msgspec.MsgspecError, UnicodeError) as error:
            raise InputError(f"{path} is no preset ({error}): remove it and add it again") from None
        if preset.version > VERSION:
            raise InputError(f"{path} is of a newer Framevox: update this one, or add the preset again")
        return preset

    def check_free(self, name: str, *, replace: bool = False) -> None:
        """Raises InputError for what is no name of a preset, and for one that is taken unless it is to be replaced."""
        if not _NAME.fullmatch(name):
            raise InputError(
                f"{name!r} is no name for a preset: use up to 64 letters, digits, - and _, with no - or _ first"
            )
        taken = next((known for known in self.names() if same_name(known, name)), None)
        if taken is not None and not (replace and taken == name):
            raise InputError(f"there is a preset {taken!r} already: use --replace, or another name")

    def add(self, preset: LivePreset, *, replace: bool = False) -> None:
        """Keeps a preset. Raises InputError as ``check_free`` does, and DiskError."""
        self.check_free(preset.name, replace=replace)
        self._folder.mkdir(parents=True, exist_ok=True)
        write_file(self._path(preset.name), msgspec.json.format(msgspec.json.encode(preset), indent=2) + b"\n")

    def remove(self, name: str) -> None:
        """Forgets a preset. Raises InputError for one that is not there."""
        remove_file(self._path(self._known(name)))

    def _known(self, name: str) -> str:
        names = self.names()
        if name in names:
            return name
        if not names:
            raise InputError(f"there is no preset {name!r}, and no other: add one with `framevox preset add {name}`")
        raise InputError(f"there is no preset {name!r}: {nearest(name, names)}")

    def _path(self, name: str) -> Path:
        return self._folder / f"{name}{_SUFFIX}"


def user_presets() -> LivePresets:
    """The user's own presets, in the home folder."""
    return LivePresets(Home.find().presets)
