"""The training set: ``SPEAKER/EMOTION/*.wav``, a transcript of the same name (``.txt``) beside a clip that has one."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

import numpy as np
import numpy.typing as npt
import soundfile

from framevox.engine_daemon.audio.reference import LOWEST_RATE, MAX_SECONDS, best_part
from framevox.engine_daemon.protocol.errors import InputError

SUFFIXES = (".wav", ".flac", ".ogg", ".mp3")
SHORTEST = 1.0
"""Seconds. At each step a part of every clip is heard, and a part of under a second says little of an emotion."""
FEWEST = 5
"""Clips of a speaker, and of an emotion: three to train with, one to decide when to stop, one for the result."""
SHOWN = 8
LAYOUT = "put the clips in folders as SPEAKER/EMOTION/NAME.wav"

Part: TypeAlias = Literal["train", "stop", "held out"]
"""What a clip is used for: learning, deciding when to stop, or the table at the end alone."""


@dataclass(frozen=True, slots=True)
class ActedClip:
    """One clip of the training set. ``name`` is its path inside the set, with slashes."""

    path: Path
    name: str
    speaker: str
    emotion: str
    transcript: str
    part: Part


@dataclass(frozen=True, slots=True)
class TrainingSet:
    clips: tuple[ActedClip, ...]

    @property
    def speakers(self) -> list[str]:
        return sorted({clip.speaker for clip in self.clips})

    @property
    def emotions(self) -> list[str]:
        return sorted({clip.emotion for clip in self.clips})


def read_set(root: Path, seed: int) -> TrainingSet:
    """Lists the clips below ``root``, and shares them out by ``seed``: of every five of a speaker's emotion, three to
    learn from, one to stop by, one held out.

    Raises InputError for a single speaker or emotion, an emotion of one speaker alone, and too few clips.
    """
    if not root.is_dir():
        raise InputError(f"{root} is not a folder: {LAYOUT}")
    cells: dict[tuple[str, str], list[Path]] = defaultdict(list)
    for path in sorted(root.glob("*/*/*")):
        if path.suffix.lower() in SUFFIXES and path.is_file():
            cells[path.parent.parent.name, path.parent.name].append(path)
    if not cells:
        raise InputError(f"{root} holds no clips: {LAYOUT}")
    clips: list[ActedClip] = []
    for (speaker, emotion), paths in cells.items():
        random.Random(f"{seed} {speaker}/{emotion}").shuffle(paths)
        for index, path in enumerate(paths):
            part: Part = "held out" if index % 5 == 4 else "stop" if index % 5 == 3 else "train"
            name = path.relative_to(root).as_posix()
            clips.append(ActedClip(path, name, speaker, emotion, _transcript(path), part))
    found = TrainingSet(tuple(clips))
    _check_labels(root, found)
    return found


def _transcript(path: Path) -> str:
    text = path.with_suffix(".txt")
    try:
        return text.read_text(encoding="utf-8-sig").strip()
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{text} cannot be read as text in UTF-8 ({error}): save it again, or remove it") from error


def _check_labels(root: Path, found: TrainingSet) -> None:
    if len(found.speakers) < 2:
        raise InputError(
            f"{root} has clips of one speaker, {found.speakers[0]}: add a second one, for only by comparing "
            "voices can what belongs to a voice be told from what belongs to an emotion"
        )
    if len(found.emotions) < 2:
        raise InputError(f"{root} has clips of one emotion, {found.emotions[0]}: add a second one, such as neutral")
    for emotion in found.emotions:
        speakers = {clip.speaker for clip in found.clips if clip.emotion == emotion}
        if len(speakers) < 2:
            raise InputError(
                f"{emotion} is acted by {speakers.pop()} alone: add clips of another speaker, or leave this emotion out"
            )
    for kind, labels in (("speaker", found.speakers), ("emotion", found.emotions)):
        for label in labels:
            parts = [clip.part for clip in found.clips if getattr(clip, kind) == label]
            if len(set(parts)) < 3:
                raise InputError(
                    f"the {kind} {label} has too few clips ({len(parts)}): give at least {FEWEST} clips of one emotion "
                    "by one speaker, so that some can be held out"
                )


def read_clips(clips: Sequence[ActedClip]) -> list[tuple[npt.NDArray[np.float32], int]]:
    """Reads every clip as mono float32 [samples] with its rate; past 15 s, its best 15 s. Raises InputError naming all
    those that are unfit, not the first one alone."""
    sounds: list[tuple[npt.NDArray[np.float32], int]] = []
    unfit: list[str] = []
    for clip in clips:
        try:
            wave, rate = soundfile.read(clip.path, dtype="float32", always_2d=True)
            sounds.append((_fit(np.ascontiguousarray(wave.mean(1)), rate), rate))
        except soundfile.SoundFileError:
            unfit.append(f"{clip.name} is damaged, or no sound file")
        except InputError as error:
            unfit.append(f"{clip.name} {error}")
    if unfit:
        more = f"; and {len(unfit) - SHOWN} more" if len(unfit) > SHOWN else ""
        raise InputError(f"{'; '.join(unfit[:SHOWN])}{more}: remove or replace these clips")
    return sounds


def _fit(wave: npt.NDArray[np.float32], rate: int) -> npt.NDArray[np.float32]:
    if rate < LOWEST_RATE:
        raise InputError(f"has {rate} samples a second where {LOWEST_RATE} are needed")
    if len(wave) < SHORTEST * rate:
        raise InputError(f"is {len(wave) / rate:.1f} s long where {SHORTEST:g} s is the least")
    if not np.isfinite(wave).all():
        raise InputError("holds samples that are not numbers")
    if np.abs(wave).max() < 10 ** (-50 / 20):
        raise InputError("is silent (nothing above -50 dBFS)")
    return wave if len(wave) <= MAX_SECONDS * rate else best_part(wave, rate)[1]
