"""What a placeholder says of its own line, under the keys of a timeline's ``metadata["framevox"]``."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from msgspec import structs

from framevox.engine_daemon.client.given_voices import VoiceFiles
from framevox.engine_daemon.client.values import (
    emotion_of,
    fit_within,
    parse_choice,
    parse_fit,
    parse_strength,
    parse_take_number,
)
from framevox.engine_daemon.protocol.cues import LANGUAGE_CHOICES, Fit
from framevox.engine_daemon.protocol.emotion import Emotion
from framevox.engine_daemon.protocol.errors import InputError
from framevox.engine_daemon.protocol.sync import SyncPoint, read_points


@dataclass(frozen=True)
class Beside:
    """What the words of a placeholder refer to: voice files, emotions kept by name, and the folder of its paths."""

    files: VoiceFiles = field(default_factory=VoiceFiles)
    presets: Mapping[str, str] = field(default_factory=dict)
    folder: Path = field(default_factory=Path.home)


class OwnWords:
    """The keys of one placeholder. Raises InputError for a key that is unknown, or is not text.

    ``called`` is how the host names the place: ``strip["framevox"]``.
    """

    def __init__(self, item: Mapping[str, Any], beside: Beside) -> None:
        from framevox.otio_adapters.metadata import NUMBER_KEYS, OWN_KEYS, USER_KEYS

        self._called = str(item.get("called") or 'metadata["framevox"]')
        self._beside = beside
        self._said: dict[str, str] = {}
        said = item.get("said") or {}
        if not isinstance(said, Mapping):
            raise InputError(f"{self._called} must hold keys and values, or a JSON object")
        self._sync = said.get("sync")
        for key, value in said.items():
            if key in OWN_KEYS or key == "sync" or value is None:
                continue
            if key not in USER_KEYS:
                known = ", ".join((*USER_KEYS, "sync"))
                raise InputError(f'{self._called}["{key}"] is not a key that Framevox knows: use {known}')
            number = isinstance(value, (int, float)) and not isinstance(value, bool) and key in NUMBER_KEYS
            if not isinstance(value, str) and not number:
                raise InputError(f'{self._called}["{key}"] must be text, not {value!r}')
            self._said[key] = value if isinstance(value, str) else f"{value:g}"

    def text(self, otherwise: str) -> str:
        return self._said.get("text", otherwise)

    @property
    def character(self) -> str:
        return self._said.get("character", "").strip()

    @property
    def voice(self) -> str:
        return self._said.get("voice", "").strip()

    def language(self, otherwise: str) -> str:
        with self._naming("language"):
            return (
                str(parse_choice(LANGUAGE_CHOICES)(self._said["language"])) if "language" in self._said else otherwise
            )

    def fit(self, whole: Fit) -> Fit:
        if not self._said.get("fit"):
            return whole
        with self._naming("fit"):
            return fit_within(parse_fit(self._said["fit"]), whole.min_ratio, whole.max_ratio)

    def take_number(self) -> int:
        """Which take is made first; the host counts on from there."""
        if not self._said.get("take_number"):
            return 1
        with self._naming("take_number"):
            return parse_take_number(self._said["take_number"])

    def emotion(self, whole: Emotion | None) -> Emotion | None:
        with self._naming("emotion_voice"):
            voice = self._beside.files.resolve(self._said.get("emotion_voice", ""), self._beside.folder)
        strength = 1.0
        if "emotion_strength" in self._said:
            with self._naming("emotion_strength"):
                strength = parse_strength(self._said["emotion_strength"])
        with self._naming("emotion"):
            own = emotion_of(self._said.get("emotion", ""), voice, strength, self._beside.files, self._beside.presets)
        if own is None and whole is not None and "emotion_strength" in self._said:
            return structs.replace(whole, strength=strength)
        return own or whole

    def points(self) -> tuple[SyncPoint, ...] | None:
        """The words on frames; None where nothing is said of them."""
        if self._sync is None:
            return None
        with self._naming("sync"):
            return read_points(self._sync)

    @contextlib.contextmanager
    def _naming(self, key: str) -> Iterator[None]:
        try:
            yield
        except InputError as error:
            raise InputError(f'{self._called}["{key}"]: {error}') from None
