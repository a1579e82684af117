"""The cast of a timeline's placeholders."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

import opentimelineio as otio

from framevox.engine_daemon.project.casting import CastLine, Choice, Member, Source, members
from framevox.engine_daemon.project.file import nearest

from .metadata import TimelineWarning
from .placeholders import Placeholder, find_placeholders

if TYPE_CHECKING:
    from .filling import Settings


def cast_of(timeline: otio.schema.Timeline, settings: Settings | None = None) -> list[Member]:
    """The cast of ``timeline`` as ``fill`` would have it speak, in the order in which the characters first speak.

    The film remembers it, unless ``settings`` name voices to try. Starts the daemon where its voices are needed. Raises
    InputError and DaemonError.
    """
    from .filling import Settings

    settings = settings or Settings()
    placeholders = find_placeholders(timeline)
    # A voice that is tried changes nothing yet.
    tried = bool(settings.voices.by_character or settings.voices.default)
    choices = choices_of(placeholders, settings, remember=not tried)
    return members(cast_lines(placeholders, settings), choices)


def cast_lines(placeholders: Sequence[Placeholder], settings: Settings) -> list[CastLine]:
    """The lines of placeholders as casting sees them."""
    return [
        CastLine(
            placeholder.character,
            placeholder.text,
            placeholder.language or settings.language,
            Fraction(placeholder.duration) / placeholder.rate.fps,
            (placeholder.voice or "").strip(),
        )
        for placeholder in placeholders
    ]


def choices_of(placeholders: Sequence[Placeholder], settings: Settings, *, remember: bool = True) -> list[Choice]:
    """The voice of every placeholder; the film remembers who was cast.

    Warns with TimelineWarning of characters in the project file that nobody speaks. Raises InputError for a character
    of the settings whom the timeline does not have, and for voices that cannot be given; DaemonError where the daemon
    is needed and cannot be started.
    """
    characters = {placeholder.character for placeholder in placeholders}
    settings.voices.check_characters(characters)
    asked = Source(settings.voices.option, settings.voices.by_character, settings.voices.default)
    project = settings.film.project
    unknown = [character for character in project.voices if character not in characters]
    if unknown and characters:
        shown = ", ".join(repr(character) for character in unknown[:5])
        more = f" and {len(unknown) - 5} more" if len(unknown) > 5 else ""
        hint = f" ({nearest(unknown[0], sorted(characters))})" if len(unknown) == 1 else ""
        warnings.warn(
            f"{project.place('voices')}: no line of this timeline is spoken by {shown}{more}{hint}",
            TimelineWarning,
            stacklevel=2,
        )
    lines = cast_lines(placeholders, settings)
    return settings.film.cast(lines, settings.stock, asked, settings.files.resolve, remember=remember)
