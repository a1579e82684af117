"""How long lines are at their natural length: the daemon speaks them without a slot, and their takes say it."""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from math import ceil
from pathlib import Path

import opentimelineio as otio
from msgspec import structs

from framevox.engine_daemon.client.speaking import Line
from framevox.engine_daemon.protocol.cues import Cue, Take
from framevox.engine_daemon.protocol.errors import InputError

from ..casting import choices_of
from ..filling import Settings, Speak, line_of
from ..metadata import TimelineWarning
from ..placeholders import find_placeholders

ROOM = Fraction(40, 1000)
"""Seconds around the speech that a slot needs to hold it at its own pace: its fades, the silence at its end, and half
a step of the engine."""


def natural_lengths(timeline: otio.schema.Timeline, settings: Settings, folder: Path, speak: Speak) -> list[int]:
    """The length of every line of ``timeline`` in whole frames, rounded up, in the order of placeholders.

    The daemon keeps what it speaks for this, so that filling the slots makes nothing again. A line that cannot be
    spoken keeps the length that it has, and fails when it is filled. Raises what ``speak`` raises.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", TimelineWarning)  # filling says the same
        placeholders = find_placeholders(timeline)
        choices = choices_of(placeholders, settings)
    lengths = {placeholder.cue_id: int(placeholder.duration) for placeholder in placeholders}
    lines: list[Line] = []
    for placeholder, choice in zip(placeholders, choices, strict=True):
        with contextlib.suppress(InputError):
            lines.append(line_of(placeholder, choice, folder, settings))

    def takes(wanted: Sequence[Line]) -> Iterator[tuple[Cue, Take]]:
        results = speak(wanted, settings.output, settings.files, lambda *_: Path()) if wanted else []
        return ((result.cue, result.take) for result in results if result.take is not None)

    for cue, take in takes([_in_slot(line, None) for line in lines]):
        lengths[cue.id] = _frames(_seconds(take), cue)
    # A line is held to its own pace by its predicted length, which may be longer than it turned out.
    for cue, take in takes([_in_slot(line, lengths[line.cue.id]) for line in lines]):
        if cue.fit.policy == "natural" and take.fit_ratio < 1:
            lengths[cue.id] = max(lengths[cue.id], _frames(Fraction(take.natural_seconds), cue))
    return [lengths[placeholder.cue_id] for placeholder in placeholders]


def settings_for_scripts(settings: Settings) -> Settings:
    """The same settings with ``natural`` for ``fill``: a script's slots are made for its lines."""
    if settings.fit.policy != "fill":
        return settings
    return replace(settings, fit=structs.replace(settings.fit, policy="natural"))


def _in_slot(line: Line, frames: int | None) -> Line:
    return replace(line, cue=structs.replace(line.cue, duration=frames))


def _seconds(take: Take) -> Fraction:
    return Fraction(take.speech_end_sample - take.speech_start_sample, take.sample_rate)


def _frames(seconds: Fraction, cue: Cue) -> int:
    return ceil((seconds + ROOM) * cue.rate.fps)
