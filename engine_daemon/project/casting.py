"""The cast of a timeline: which voice speaks each line, and why.

What stands nearer to the line wins: ``--voice CHARACTER=VOICE``, the timeline's metadata, ``--voice VOICE``, the
project's file, the user's own defaults. A character who has no voice by then is cast: with the voice of earlier runs,
or with one that nobody has yet.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

from framevox.engine_daemon.project.cast import GENDERS, Role, Stock, cast, fits
from framevox.engine_daemon.project.file import Project, naming
from framevox.engine_daemon.project.names import is_nobody
from framevox.engine_daemon.project.scripts import main_language, words_by_language
from framevox.engine_daemon.protocol.errors import InputError, OptionError

Why = Literal["asked for", "timeline", "project file", "own defaults", "cast", "default"]
"""Where a voice comes from. ``default`` is the engine's voice for the line's language, for lines that nobody speaks."""

Voices = Callable[[], Sequence[Mapping[str, Any]]]
"""Returns the daemon's voices, as ``Client.voices`` does; asked only if somebody is to be cast."""

Resolve = Callable[[str, Path], str]
"""Reads the voice files that a voice names, from a folder, and returns the voice as the daemon gets it."""


@dataclass(frozen=True)
class CastLine:
    """A line as casting sees it. ``own`` is the voice (or gender) that the timeline says, empty for none."""

    character: str
    text: str
    language: str = "auto"
    seconds: Fraction = Fraction(0)
    own: str = ""


@dataclass(frozen=True)
class Source:
    """Somewhere that names voices. A voice may be ``female`` or ``male``, which leaves the choice to the casting.

    ``where`` is how errors name it.
    """

    where: str = "--voice"
    by_character: dict[str, str] = field(default_factory=dict)
    default: str = ""
    where_default: str = ""
    why: Why = "asked for"

    def option(self, character: str) -> str:
        """How errors name the place where this character's voice is given."""
        if character in self.by_character:
            return f"{self.where} {character}" if self.where_default else self.where
        return self.where_default or self.where

    @classmethod
    def of(cls, project: Project, resolve: Resolve, why: Why = "project file") -> Source:
        """What a file says. Raises InputError that names the file and the key."""
        where, where_default = project.place("voices"), project.place("fill", "voice")
        source = cls(where, dict(project.voices), project.fill.get("voice", ""), where_default, why)
        for character, voice in project.voices.items():
            with naming(source.option(character)):
                source.by_character[character] = resolve(voice, project.folder)
        with naming(where_default):
            return replace(source, default=resolve(source.default, project.folder))


@dataclass(frozen=True)
class Choice:
    """The voice of one line, empty for the engine's own choice. ``option`` is how errors name where it was given, empty
    for the timeline's and for one that was cast."""

    voice: str
    why: Why
    option: str = ""


@dataclass(frozen=True)
class Member:
    """A character in the cast: how many lines, how long, in which language, and with which voice.

    A character whose lines have different voices has a member for each.
    """

    character: str
    lines: int
    seconds: Fraction
    language: str
    voice: str
    why: Why

    def to_json(self) -> dict[str, Any]:
        return {
            "character": self.character or None,
            "lines": self.lines,
            "seconds": round(float(self.seconds), 3),
            "language": self.language,
            "voice": self.voice or None,
            "why": self.why,
        }


def choose(
    lines: Sequence[CastLine],
    voices: Voices,
    asked: Source = Source(),
    kept: Sequence[Source] = (),
    before: Mapping[str, str] = MappingProxyType({}),
) -> list[Choice]:
    """Chooses the voice of every line, in the lines' order. The same arguments give the same choice every time.

    ``kept`` are the files that name voices, nearest first. ``before`` is who was cast with which voice in earlier runs:
    they keep it as long as it speaks the language of most of their words, has the gender that is said, and is not named
    for somebody else. New characters are given the voices that are left.

    Raises InputError for a gender that no voice of the engine has.
    """
    named = [_named(line, asked, kept) for line in lines]
    choices = [choice for choice, _ in named]
    open_ = enumerate(zip(lines, choices, strict=True))
    to_cast = [at for at, (line, one) in open_ if not one.voice and not is_nobody(line.character)]
    if not to_cast:
        return choices
    genders: dict[str, str] = {}
    for index in to_cast:
        if gender := named[index][1]:
            genders.setdefault(lines[index].character, gender)
    listed = voices()
    stock = stock_of([voice for voice in listed if not voice.get("beside")])
    roles = _roles([lines[index] for index in to_cast], genders)
    if not stock:
        # The daemon's own engine has clips alone, and lines that name no voice are for one of them. Who is to have a
        # gender can only be given a built-in voice.
        stock, roles = stock_of(listed), [role for role in roles if role.gender]
    _check_genders(lines, named, stock)
    # The film may have other timelines: who speaks there keeps a voice of their own.
    taken = {choice.voice for choice in choices}
    taken.update(voice for source in kept for voice in source.by_character.values())
    given = {
        role.character: voice
        for role in roles
        if (voice := before.get(role.character, "")) not in taken and fits(role, voice, stock)
    }
    here = {line.character for line in lines}
    taken.update(given.values(), (voice for character, voice in before.items() if character not in here))
    given |= cast([role for role in roles if role.character not in given], stock, taken)
    for index in to_cast:
        chosen = given.get(lines[index].character, "")
        choices[index] = Choice(chosen, "cast" if chosen else "default")
    return choices


def members(lines: Sequence[CastLine], choices: Sequence[Choice]) -> list[Member]:
    """The cast as a list, in the order in which the characters first speak."""
    groups: dict[tuple[str, str, Why], list[CastLine]] = {}
    for line, choice in zip(lines, choices, strict=True):
        character = "" if is_nobody(line.character) else line.character
        groups.setdefault((character, choice.voice, choice.why), []).append(line)
    return [
        Member(
            character,
            len(group),
            sum((line.seconds for line in group), Fraction(0)),
            main_language(words_by_language(line.text, line.language) for line in group),
            voice,
            why,
        )
        for (character, voice, why), group in groups.items()
    ]


def stock_of(voices: Sequence[Mapping[str, Any]]) -> list[Stock]:
    """The voices that can be cast: those that state a language and a gender. A user's own clips state none.

    Blends are left out: each would be too like the voices that it is made of.
    """
    return [
        Stock(voice["name"], voice["languages"], voice["gender"], voice.get("tier", 0))
        for voice in voices
        if voice.get("gender") in GENDERS and voice["languages"] and "+" not in voice["name"]
    ]


def _named(line: CastLine, asked: Source, kept: Sequence[Source]) -> tuple[Choice, str]:
    """What is said of a line's voice, nearest first, and the gender where a character's voice is no more than that.

    No voice where nothing is said, and where the casting has to find one of the gender. A gender for all lines, or for
    one that nobody speaks, is a voice to the engine: its default of that gender in the line's language.
    """
    character = line.character
    if character in asked.by_character:
        return _of_gender(line, Choice(asked.by_character[character], asked.why, asked.where))
    if line.own:
        return _of_gender(line, Choice(line.own, "timeline"))
    if asked.default:
        return Choice(asked.default, asked.why, asked.where), ""
    for source in kept:
        if voice := source.by_character.get(character):
            return _of_gender(line, Choice(voice, source.why, source.option(character)))
        if source.default:
            return Choice(source.default, source.why, source.option(character)), ""
    return Choice("", "default"), ""


def _of_gender(line: CastLine, choice: Choice) -> tuple[Choice, str]:
    if choice.voice in GENDERS and not is_nobody(line.character):
        return replace(choice, voice=""), choice.voice
    return choice, ""


def _roles(lines: Sequence[CastLine], genders: Mapping[str, str]) -> list[Role]:
    spoken: dict[str, list[Mapping[str, int]]] = {}
    for line in lines:
        spoken.setdefault(line.character, []).append(words_by_language(line.text, line.language))
    return [Role(character, main_language(words), genders.get(character, "")) for character, words in spoken.items()]


def _check_genders(lines: Sequence[CastLine], named: Sequence[tuple[Choice, str]], stock: Sequence[Stock]) -> None:
    """Raises InputError where a gender is asked for and no voice has it."""
    known = Counter(voice.gender for voice in stock)
    for line, (choice, gender) in zip(lines, named, strict=True):
        if gender and not known[gender]:
            where = choice.option or 'metadata["framevox"]["voice"]'
            kind = OptionError if where.startswith("--") else InputError
            raise kind(
                f"{where}: {line.character} is to have a {gender} voice, and no voice of this engine is known as one: "
                "name a voice (framevox voices lists them)"
            )
