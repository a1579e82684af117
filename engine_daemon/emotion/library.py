"""The user's own emotions by name: weights, words, or a clip; one small file each, which can be carried elsewhere.

``NAME.json`` says what the emotion is; a clip lies beside it. An exported file holds both in one JSON object, and
importing one writes nothing but those two files.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import json
import os
import re
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from framevox.engine_daemon.protocol.connection import Home
from framevox.engine_daemon.protocol.emotion import AUTO, NAMES, Emotion, resolve_preset
from framevox.engine_daemon.protocol.errors import FramevoxError, InputError

from .read import read_description

KIND, VERSION = "framevox emotion", 1
SUFFIXES = (".wav", ".flac", ".ogg", ".mp3", ".aiff", ".aif")
"""How a clip's name may end."""
MAX_CLIP_BYTES = 16 * 2**20
_NAME = re.compile(r"[^\W_][\w-]{0,63}")


@dataclass(frozen=True, slots=True)
class Preset:
    """An emotion by name: ``emotion`` as a user writes it, or a ``clip`` with the ``suffix`` of its file."""

    name: str
    emotion: str = ""
    clip: bytes = b""
    suffix: str = ""


class EmotionLibrary:
    """The presets of one folder, which need not exist yet; it is read again at each request."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def names(self) -> list[str]:
        """The presets' names, sorted."""
        return sorted(path.stem for path in self._folder.glob("*.json") if _NAME.fullmatch(path.stem))

    def meaning(self, name: str) -> str:
        """What a name stands for: what the user wrote, or the path of its clip. Raises InputError as ``get`` does."""
        preset = self.get(name)
        return preset.emotion or str(self._clip(name, preset.suffix))

    def get(self, name: str) -> Preset:
        """The preset of that name. Raises InputError for one that is not there or cannot be read."""
        resolve_preset(f"@{name}", dict.fromkeys(self.names(), "calm"))
        path = self._path(name)
        about = _read_object(path)
        suffix = about.get("clip_suffix", "")
        clip = b""
        if suffix:
            if suffix not in SUFFIXES:
                raise _damaged(path, "its clip is no sound file")
            try:
                clip = self._clip(name, suffix).read_bytes()
            except OSError as error:
                raise InputError(
                    f"the clip of the emotion @{name} cannot be read ({error.strerror}): add it again"
                ) from None
        return Preset(name, _written(path, about), clip, suffix)

    def add(self, preset: Preset, *, replace: bool = False) -> None:
        """Keeps a preset. Raises InputError for a bad name, one that is taken, and an emotion that says nothing."""
        check_name(preset.name)
        if preset.name in self.names() and not replace:
            raise InputError(f"there is an emotion @{preset.name} already: use --replace, or another name")
        if preset.clip:
            if preset.suffix not in SUFFIXES:
                raise InputError(f"the clip's name must end in {', '.join(SUFFIXES)}")
            if len(preset.clip) > MAX_CLIP_BYTES:
                raise InputError(f"the clip is larger than {MAX_CLIP_BYTES // 2**20} MiB: cut it to 15 s")
        else:
            check_emotion(preset, Presets(self))
        with _disk(self._folder):
            self._folder.mkdir(parents=True, exist_ok=True)
            self._drop_clips(preset.name)
            if preset.clip:
                _write(self._clip(preset.name, preset.suffix), preset.clip)
            about = {"kind": KIND, "version": VERSION, "name": preset.name}
            about |= {"clip_suffix": preset.suffix} if preset.clip else {"emotion": preset.emotion}
            _write(self._path(preset.name), _encode(about))

    def remove(self, name: str) -> None:
        """Forgets a preset. Raises InputError for one that is not there."""
        resolve_preset(f"@{name}", dict.fromkeys(self.names(), "calm"))
        with _disk(self._folder):
            self._path(name).unlink()
            self._drop_clips(name)

    def _path(self, name: str) -> Path:
        return self._folder / f"{name}.json"

    def _clip(self, name: str, suffix: str) -> Path:
        return self._folder / f"{name}{suffix}"

    def _drop_clips(self, name: str) -> None:
        for suffix in SUFFIXES:
            self._clip(name, suffix).unlink(missing_ok=True)


class Presets(Mapping[str, str]):
    """What each name in a library stands for. A preset is read when it is asked for: a damaged one costs no other."""

    def __init__(self, library: EmotionLibrary) -> None:
        self._library = library

    def __getitem__(self, name: str) -> str:
        if name not in self._library.names():
            raise KeyError(name)
        return self._library.meaning(name)

    def __iter__(self) -> Iterator[str]:
        return iter(self._library.names())

    def __len__(self) -> int:
        return len(self._library.names())


def user_library() -> EmotionLibrary:
    """The user's own library, in the home folder."""
    return EmotionLibrary(Home.find().emotions)


def user_presets() -> Presets:
    """What each name in the user's library stands for."""
    return Presets(user_library())


def check_name(name: str) -> None:
    """Raises InputError for what is no name of a preset."""
    if not _NAME.fullmatch(name):
        raise InputError(
            f"{name!r} is no name for an emotion: use up to 64 letters, digits, - and _, with no - or _ first"
        )
    if name.lower() in NAMES or name.lower() == AUTO:
        raise InputError(f"{name!r} is an emotion already: choose another name")


def check_emotion(preset: Preset, others: Mapping[str, str]) -> None:
    """Raises InputError for a preset that says nothing, that nobody can read, or that leads back to itself."""
    written = resolve_preset(f"@{preset.name}", {**others, preset.name: preset.emotion})
    if written.lower().endswith(SUFFIXES):
        return
    emotion = Emotion.parse(written)
    if emotion.description and emotion.description != AUTO:
        read_description(emotion.description)


def exported(preset: Preset) -> bytes:
    """A preset as one portable file."""
    about: dict[str, Any] = {"kind": KIND, "version": VERSION, "name": preset.name}
    if preset.clip:
        about |= {"clip_suffix": preset.suffix, "clip": base64.b64encode(preset.clip).decode("ascii")}
    else:
        about["emotion"] = preset.emotion
    return _encode(about)


def imported(path: Path) -> Preset:
    """The preset in an exported file. Raises InputError for a file that is no such thing."""
    about = _read_object(path)
    if not isinstance(about.get("name"), str) or not _NAME.fullmatch(about["name"]):
        raise _damaged(path, "its name is none that an emotion can have")
    if "clip" not in about:
        return Preset(about["name"], _written(path, about))
    try:
        clip = base64.b64decode(about["clip"], validate=True)
    except (TypeError, ValueError, binascii.Error):
        raise _damaged(path, "its clip cannot be read") from None
    if not clip or about.get("clip_suffix") not in SUFFIXES:
        raise _damaged(path, "its clip is no sound file")
    return Preset(about["name"], clip=clip, suffix=about["clip_suffix"])


def _written(path: Path, about: Mapping[str, Any]) -> str:
    written = about.get("emotion", "")
    if not isinstance(written, str) or (not written.strip() and not about.get("clip_suffix")):
        raise _damaged(path, "it says no emotion")
    return written


def _read_object(path: Path) -> dict[str, Any]:
    try:
        if path.exists() and not path.is_file():
            raise InputError(f"{path}: this is no file: name an exported emotion")
        if path.stat().st_size > 2 * MAX_CLIP_BYTES:
            raise _damaged(path, "it is too large")
        about = json.loads(path.read_bytes())
    except OSError as error:
        raise InputError(f"{path}: the file cannot be read ({error.strerror})") from None
    except ValueError:
        raise _damaged(path, "it is not JSON") from None
    if not isinstance(about, dict) or about.get("kind") != KIND:
        raise _damaged(path, "it is another kind of file")
    if about.get("version") != VERSION:
        raise _damaged(path, f"it has version {about.get('version')!r}, and {VERSION} is read here")
    return about


def _damaged(path: Path, why: str) -> InputError:
    return InputError(f"{path}: no emotion that framevox exported ({why}): export or add it again")


def _encode(about: Mapping[str, Any]) -> bytes:
    return (json.dumps(about, ensure_ascii=False, indent=2) + "\n").encode()


def _write(path: Path, content: bytes) -> None:
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".", delete=False) as aside:
        aside.write(content)
        aside.flush()
        os.fsync(aside.fileno())
    Path(aside.name).replace(path)


@contextlib.contextmanager
def _disk(folder: Path) -> Any:
    try:
        yield
    except OSError as error:
        raise FramevoxError(
            f"{folder} cannot be written ({error.strerror}): free space or mend its permissions"
        ) from None
