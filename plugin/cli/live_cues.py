"""What comes in on standard input, line by line, and the cues that a preset makes of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from framevox.engine_daemon.captions import Caption, read_caption
from framevox.engine_daemon.client.given_voices import VoiceFiles
from framevox.engine_daemon.client.values import (
    emotion_of,
    fit_within,
    loudness_target,
    parse_choice,
    parse_live_fit,
    parse_loudness,
    parse_positive,
    parse_strength,
    parse_take_number,
)
from framevox.engine_daemon.emotion.library import user_presets as user_emotions
from framevox.engine_daemon.project.file import NAME, naming, nearest
from framevox.engine_daemon.project.live_presets import LivePreset
from framevox.engine_daemon.project.readings import dictionary_in, with_readings
from framevox.engine_daemon.protocol.cues import LANGUAGE_CHOICES, Cue, Output
from framevox.engine_daemon.protocol.errors import InputError
from framevox.plugin.cli.speak import DEFAULT_RATE

MOST_BYTES = 2**20
"""Of one line of standard input; a longer one is no line."""
KEYS = ("text", "id", "language", "emotion", "emotion_strength", "fit", "take", "stop")

_WARM = {
    "auto": "你好, hello.",
    "zh": "你好。",
    "en": "Hello.",
    "ja": "こんにちは。",
    "ko": "안녕하세요.",
    "es": "Hola.",
    "fr-fr": "Bonjour.",
    "it": "Ciao.",
    "pt-br": "Olá.",
    "hi": "नमस्ते।",
    "ar": "مرحبا.",
}
"""What is spoken unheard in a language, so that its first line finds everything loaded."""


@dataclass(frozen=True)
class Said:
    """One line to speak, as it came in. ``options`` are what JSON said of it; ``stop`` asks for nothing but silence."""

    id: str
    text: str
    options: Mapping[str, str]
    character: str = ""
    stop: bool = False


def read_said(content: bytes, number: int) -> Said:
    """What one line of input says: plain text, or a JSON object. Raises InputError without the line's name."""
    try:
        text = content.decode("utf-8-sig" if number == 1 else "utf-8").strip()
    except UnicodeDecodeError as error:
        raise InputError(
            f"byte {error.start + 1} is not UTF-8: convert the text first, as with iconv -t utf-8"
        ) from None
    if text.startswith("{"):
        return _read_object(text, number)
    caption = _spoken(text)
    return Said(str(number), caption.text, {}, caption.character)


def _read_object(text: str, number: int) -> Said:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        where = f", column {error.colno}" if isinstance(error, json.JSONDecodeError) else ""
        what = error.msg if isinstance(error, json.JSONDecodeError) else "it nests too deep"
        raise InputError(f'it is not JSON ({what}{where}): write {{"text": "…"}}, or plain text') from None
    for key in value:
        if key not in KEYS:
            raise InputError(f"there is no key {key!r}: {nearest(key, KEYS)}")
    if not isinstance(value.get("stop", False), bool):
        raise InputError("stop is true or false")
    id = value.get("id", str(number))
    if not isinstance(id, (str, int)) or isinstance(id, bool) or not 1 <= len(str(id)) <= 200:
        raise InputError("id is text of 1 to 200 characters, or a whole number")
    if value.get("stop"):
        return Said(str(id), "", {}, stop=True)
    if not isinstance(value.get("text"), str):
        raise InputError('text is missing, or is not text: write {"text": "…"}')
    options = {}
    for key in ("language", "emotion", "emotion_strength", "fit", "take"):
        if key in value:
            if not isinstance(value[key], (str, int, float)) or isinstance(value[key], bool):
                raise InputError(f"{key} is text or a number, as after the option --{key.replace('_', '-')}")
            options[key] = str(value[key])
    caption = _spoken(value["text"])
    return Said(str(id), caption.text, options, caption.character)


def _spoken(text: str) -> Caption:
    """The words of a line, without markup and without the name of who speaks in front."""
    if not text:
        raise InputError("it is empty: write what is to be said", code="empty-text")
    caption = read_caption(text)
    if caption.different_speakers:
        raise InputError(f"{caption.different_speakers} speak in it: give each a line")
    if caption.is_sound_only:
        raise InputError("it describes a sound and says nothing: write the line outside of the brackets")
    return caption


class Preset:
    """A preset as values: the cues it makes, how they sound, and the voice files they need.

    Raises InputError that names the preset for values that cannot be used.
    """

    def __init__(self, kept: LivePreset) -> None:
        self.name = kept.name
        self._files = VoiceFiles()
        self._kept = kept
        with naming(f"preset {kept.name}"):
            self._voice = self._files.resolve(kept.voice, Path.cwd())
            self._emotion_voice = self._files.resolve(kept.emotion_voice, Path.cwd())
            loudness = parse_loudness(kept.loudness) if kept.loudness else Output().loudness
            self._loudness = None if loudness is None else loudness_target(loudness)
            self.cue(Said("check", "…", {}))

    @property
    def voices(self) -> dict[str, bytes]:
        """The content of the voice files, as a session takes it."""
        return self._files.content

    @property
    def files(self) -> VoiceFiles:
        return self._files

    def output(self, sample_rate: int) -> Output:
        """How its lines are delivered."""
        return Output(sample_rate=sample_rate, handles=0, loudness=self._loudness)

    def cue(self, said: Said) -> Cue:
        """The cue of a line, with the rules of pronunciation of the current folder's film as they are now.

        Raises InputError for an option or a rule that cannot be used.
        """
        own = {key: value for key, value in self._kept.said().items() if key not in ("voice", "loudness")}
        value = {**own, **said.options}
        if "emotion" in said.options:
            value.pop("emotion_voice", None)
        fit = parse_live_fit(value.get("fit", "natural"))
        least, most = (parse_positive(value.get(key, str(getattr(fit, key)))) for key in ("min_ratio", "max_ratio"))
        cue = Cue(
            id=said.id,
            text=said.text,
            character=said.character,
            rate=DEFAULT_RATE,
            start=0,
            duration=None,
            voice=self._voice,
            language=parse_choice(LANGUAGE_CHOICES)(value.get("language", "auto")),
            fit=fit_within(fit, least, most),
            take_number=parse_take_number(value.get("take", "1")),
            emotion=emotion_of(
                value.get("emotion", ""),
                self._emotion_voice if "emotion_voice" in value else "",
                parse_strength(value.get("emotion_strength", "1")),
                self._files,
                user_emotions(),
            ),
        )
        # Read again for each line, as the user's own rules are: one that was added holds from the next line.
        return with_readings(cue, dictionary_in(Path.cwd() / NAME))

    def warm_cue(self) -> Cue:
        """A short line, to be spoken before the first."""
        return self.cue(Said("warm", _WARM[self._kept.language or "auto"], {}))
