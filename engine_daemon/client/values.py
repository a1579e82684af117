"""How what a user writes becomes a value, wherever it is written: an option, a timeline, a host's settings."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from pathlib import Path

from framevox.engine_daemon.client.given_voices import VOICE_SUFFIXES, VoiceFiles
from framevox.engine_daemon.protocol.cues import (
    MAX_HANDLES,
    MAX_LOUDNESS,
    MAX_TAKE_NUMBER,
    MIN_LOUDNESS,
    SAMPLE_RATES,
    Fit,
)
from framevox.engine_daemon.protocol.emotion import Emotion, resolve_preset
from framevox.engine_daemon.protocol.errors import InputError


def parse_positive(text: str) -> Fraction:
    """The exact value, above 0, of a decimal (``1.1``) or a fraction (``11/10``)."""
    if not re.fullmatch(r"\d{1,9}(\.\d{1,12})?|\d{1,9}/0*[1-9]\d{0,8}", text.strip()) or not Fraction(text):
        raise InputError(f"{text!r} is not a number above 0: write 1.1, or 11/10")
    return Fraction(text)


def parse_fit(text: str) -> Fit:
    """``fill``, ``natural`` or ``ratio:X`` with X times the natural length."""
    policy, colon, factor = text.strip().lower().partition(":")
    if policy in ("fill", "natural") and not colon:
        return Fit(policy)
    if policy == "ratio" and factor:
        return Fit("ratio", parse_positive(factor))
    raise InputError(f"{text!r} is not a fit: use fill, natural, or ratio:X (ratio:1.1 is ten per cent longer)")


def parse_live_fit(text: str) -> Fit:
    """``natural`` or ``ratio:X``, for a line that has no slot."""
    fit = parse_fit(text)
    if fit.policy == "fill":
        raise InputError(f"{text!r} needs a slot, and a live line has none: use natural or ratio:X")
    return fit


def fit_within(fit: Fit, min_ratio: Fraction, max_ratio: Fraction) -> Fit:
    """``fit`` with other limits. Raises InputError when they contradict each other."""
    if min_ratio > 1:
        raise InputError(f"min ratio {float(min_ratio):g}: give at most 1, the natural length")
    if max_ratio < 1:
        raise InputError(f"max ratio {float(max_ratio):g}: give at least 1, the natural length")
    limited = Fit(fit.policy, fit.ratio, min_ratio, max_ratio)
    limited.check()
    if fit.ratio is not None and not min_ratio <= fit.ratio <= max_ratio:
        raise InputError(
            f"ratio:{float(fit.ratio):g} lies outside of the limits {float(min_ratio):g} to {float(max_ratio):g}: "
            "choose another ratio, or other limits"
        )
    return limited


def parse_choice(choices: Sequence[str]) -> Callable[[str], str]:
    """A reader for one word out of ``choices``."""

    def parse(text: str) -> str:
        if text.lower() not in choices:
            raise InputError(f"{text!r} is not one of {', '.join(choices)}")
        return text.lower()

    return parse


def parse_strength(text: str) -> float:
    """How much of an emotion is heard: 0 to 1."""
    if not re.fullmatch(r"\d(\.\d{1,9})?|\.\d{1,9}", text.strip()) or not 0 <= float(text) <= 1:
        raise InputError(f"{text!r} is not a strength: use 0 (none of the emotion) to 1 (all of it)")
    return float(text)


def parse_take_number(text: str) -> int:
    """The number of a take, from 1."""
    if not re.fullmatch(r"\d{1,3}", text.strip()) or not 1 <= int(text) <= MAX_TAKE_NUMBER:
        raise InputError(f"{text!r} is not the number of a take: they are counted from 1 to {MAX_TAKE_NUMBER}")
    return int(text)


def parse_handles(text: str) -> int:
    """How many frames of silence go before and after a slot."""
    if not re.fullmatch(r"\d{1,5}", text.strip()) or int(text) > MAX_HANDLES:
        raise InputError(f"{text!r} is not a number of frames from 0 to {MAX_HANDLES}")
    return int(text)


def parse_sample_rate(text: str) -> int:
    """One of the sample rates that takes can have, in Hz."""
    if text not in map(str, SAMPLE_RATES):
        raise InputError(f"{text!r} is not a sample rate framevox writes: {', '.join(map(str, SAMPLE_RATES))}")
    return int(text)


def parse_loudness(text: str) -> float | str:
    """A level in LUFS, or ``off``."""
    if text.strip().lower() == "off":
        return "off"
    try:
        lufs = float(text)
    except ValueError:
        lufs = float("nan")
    if not MIN_LOUDNESS <= lufs <= MAX_LOUDNESS:
        raise InputError(f"{text!r} is not a loudness: give LUFS from {MIN_LOUDNESS:g} to {MAX_LOUDNESS:g}, or off")
    return lufs


def loudness_target(value: float | str) -> float | None:
    """A loudness as a batch carries it: LUFS, or None for the model's own level."""
    return None if isinstance(value, str) else value


def emotion_of(
    written: str, voice: str, strength: float, files: VoiceFiles, presets: Mapping[str, str]
) -> Emotion | None:
    """Returns the emotion that is written or that a voice has, None for neither.

    ``presets`` is what ``@NAME`` stands for; a clip among them goes into ``files``. Raises InputError for both, and for
    an emotion that says nothing.
    """
    if written.strip() and voice:
        raise InputError("an emotion and an emotion voice are given: use one of them")
    if written.strip().startswith("@"):
        written = resolve_preset(written, presets)
        if written.lower().endswith(VOICE_SUFFIXES):
            written, voice = "", files.resolve(written, Path.cwd())
    if voice:
        return Emotion(voice=voice, strength=strength)
    return Emotion.parse(written, strength) if written.strip() else None
