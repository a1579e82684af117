"""Filling a timeline: its placeholders become cues, the cues takes, and the takes clips."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import opentimelineio as otio
from msgspec import structs

from framevox.engine_daemon.client import Client
from framevox.engine_daemon.client.disk import make_folder, media_name, store_media
from framevox.engine_daemon.client.given_voices import GivenVoices, VoiceFiles
from framevox.engine_daemon.client.launch import Say, silent
from framevox.engine_daemon.client.marking import Marking
from framevox.engine_daemon.client.speaking import Keep, Line, Result, speak_lines, timecode
from framevox.engine_daemon.client.values import (
    emotion_of,
    fit_within,
    parse_fit,
    parse_strength,
    parse_take_number,
)
from framevox.engine_daemon.emotion.library import user_presets
from framevox.engine_daemon.project.casting import Choice, Voices
from framevox.engine_daemon.project.film import Film
from framevox.engine_daemon.project.readings import with_readings
from framevox.engine_daemon.protocol.cues import Cue, Fit, Output, Take
from framevox.engine_daemon.protocol.declared import to_plain
from framevox.engine_daemon.protocol.emotion import Emotion
from framevox.engine_daemon.protocol.errors import InputError

from .casting import choices_of
from .placeholders import Placeholder, find_placeholders
from .placing import PlacedTake, place

Speak = Callable[[Sequence[Line], Output, VoiceFiles, Keep], list[Result]]
"""Has lines spoken, and shows that in its own way."""


def daemon_voices(say: Say = silent) -> list[dict[str, Any]]:
    """The voices of the daemon, which is started if need be. Raises DaemonError."""
    with Client.connect(say=say) as client:
        return client.voices()


@dataclass(frozen=True)
class Settings:
    """What holds for every line whose own metadata says nothing else.

    Characters without a voice in ``voices`` get the one that the files of ``film`` say, else one of their own out of
    ``stock()``, which the film remembers. ``marking`` has the files of takes say that they are synthetic.
    """

    voices: GivenVoices = field(default_factory=GivenVoices)
    files: VoiceFiles = field(default_factory=VoiceFiles)
    fit: Fit = field(default_factory=Fit)
    language: str = "auto"
    emotion: Emotion | None = None
    presets: Mapping[str, str] = field(default_factory=user_presets)
    """What an emotion ``@NAME`` stands for."""
    take_number: int = 1
    output: Output = field(default_factory=Output)
    film: Film = field(default_factory=Film)
    stock: Voices = field(default_factory=lambda: daemon_voices)
    marking: Marking = field(default_factory=Marking)


@dataclass(frozen=True)
class Filled:
    """A filled timeline, and what came of every placeholder, in timeline order. ``takes`` are those placed, by cue."""

    timeline: otio.schema.Timeline
    results: Sequence[Result]
    takes: Mapping[str, PlacedTake]


def speak(lines: Sequence[Line], output: Output, files: VoiceFiles, keep: Keep) -> list[Result]:
    """Has lines spoken by the daemon, which is started if need be, and shows nothing. Raises what ``fill`` raises."""
    if not lines:
        return []
    with Client.connect() as client:
        return speak_lines(client, lines, output, files, keep)


def fill(
    timeline: otio.schema.Timeline,
    media_dir: Path,
    settings: Settings | None = None,
    *,
    folder: Path | None = None,
    placeholders: Sequence[Placeholder] | None = None,
    speak: Speak = speak,
) -> Filled:
    """Has every placeholder of ``timeline`` spoken and returns a copy with the takes in place; their files are stored
    in ``media_dir``.

    Paths in the timeline's metadata count from ``folder``, by default the current one. ``placeholders`` are some or all
    of those that ``find_placeholders(timeline)`` gave, by default all. A line that cannot be spoken, or needs
    attention, stays as it is, and its result says why.

    Raises InputError for a timeline or voice that cannot be used, DiskError, DaemonError, and CancelledError. The
    daemon keeps the takes that were finished by then, and the next call does not make them again.
    """
    settings = settings or Settings()
    if placeholders is None:
        placeholders = find_placeholders(timeline)
    results = _speak(placeholders, folder or Path.cwd(), media_dir, settings, speak) if placeholders else []
    takes = {
        result.cue.id: PlacedTake(result.take, result.media, asked_for(result.cue, settings.output))
        for result in results
        if result.take is not None and result.media is not None
    }
    return Filled(place(timeline, placeholders, takes) if takes else timeline, results, takes)


def asked_for(cue: Cue, output: Output) -> dict[str, object]:
    """What a timeline keeps of how a take was ordered, so that the same order can be placed again."""
    order = to_plain(cue)
    keys = ("text", "character", "voice", "language", "fit", "emotion", "take_number")
    kept: dict[str, object] = {key: order[key] for key in (*keys, *(["sync"] if cue.sync else []))}
    kept |= to_plain(output)
    return kept


def _speak(
    placeholders: Sequence[Placeholder], folder: Path, media_dir: Path, settings: Settings, speak: Speak
) -> list[Result]:
    lines: list[Line] = []
    results: list[Result] = []
    for placeholder, choice in zip(placeholders, choices_of(placeholders, settings), strict=True):
        try:
            lines.append(line_of(placeholder, choice, folder, settings))
        except InputError as error:
            results.append(Result(_plain_cue(placeholder), placeholder.track, "failed", str(error)))
    if lines:
        settings.marking.check()
        make_folder(media_dir)

    def keep(cue: Cue, take: Take, content: bytes) -> Path:
        name = media_name(cue.character, timecode(cue), take.id, take.format)
        return store_media(media_dir, name, settings.marking.of(cue.text, take, content, name))

    results += speak(lines, settings.output, settings.files, keep)
    spoken = {placeholder.cue_id for placeholder in placeholders if placeholder.spoken}
    results = [
        replace(result, message=f"{result.message}; until then the take of an earlier run stays")
        if result.take is None and result.cue.id in spoken
        else result
        for result in results
    ]
    return sorted(results, key=lambda result: result.cue.start)


def _plain_cue(placeholder: Placeholder, **more: Any) -> Cue:
    return Cue(
        id=placeholder.cue_id,
        text=placeholder.text,
        rate=placeholder.rate,
        start=placeholder.start,
        duration=placeholder.duration,
        origin=placeholder.origin,
        character=placeholder.character,
        sync=placeholder.sync,
        **more,
    )


def line_of(placeholder: Placeholder, choice: Choice, folder: Path, settings: Settings) -> Line:
    """A placeholder's line with all that holds for it. Raises InputError for what its metadata get wrong."""
    if placeholder.problem:
        raise InputError(placeholder.problem)
    fit = settings.fit
    if placeholder.fit:
        with _in_metadata("fit"):
            fit = fit_within(parse_fit(placeholder.fit), fit.min_ratio, fit.max_ratio)
    cue = _plain_cue(
        placeholder,
        voice=_own_voice("voice", choice.voice, folder, settings) if choice.why == "timeline" else choice.voice,
        language=placeholder.language or settings.language,
        fit=fit,
        emotion=_emotion(placeholder, folder, settings),
        take_number=_take_number(placeholder, settings),
    )
    return Line(with_readings(cue, settings.film.project.readings), placeholder.track, choice.option)


@contextlib.contextmanager
def _in_metadata(key: str) -> Iterator[None]:
    """Says of what is wrong inside the block where the user wrote it."""
    try:
        yield
    except InputError as error:
        raise InputError(f'metadata["framevox"]["{key}"]: {error}') from None


def _own_voice(key: str, voice: str | None, folder: Path, settings: Settings) -> str:
    with _in_metadata(key):
        return settings.files.resolve(voice or "", folder)


def _take_number(placeholder: Placeholder, settings: Settings) -> int:
    if not placeholder.take_number:
        return settings.take_number
    with _in_metadata("take_number"):
        return parse_take_number(placeholder.take_number)


def _emotion(placeholder: Placeholder, folder: Path, settings: Settings) -> Emotion | None:
    """A cue's own emotion, else that of the settings. Raises InputError."""
    voice = _own_voice("emotion_voice", placeholder.emotion_voice, folder, settings)
    strength = 1.0
    if placeholder.emotion_strength:
        with _in_metadata("emotion_strength"):
            strength = parse_strength(placeholder.emotion_strength)
    with _in_metadata("emotion"):
        own = emotion_of(placeholder.emotion or "", voice, strength, settings.files, settings.presets)
    if own is None and settings.emotion is not None and placeholder.emotion_strength:
        return structs.replace(settings.emotion, strength=strength)
    return own or settings.emotion
