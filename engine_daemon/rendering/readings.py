"""A cue's line as its rules of pronunciation have it, and what of that is part of its take's key."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from framevox.engine_daemon.engines.base import Engine
from framevox.engine_daemon.protocol.cues import Cue
from framevox.engine_daemon.protocol.errors import InputError
from framevox.engine_daemon.text import read_line
from framevox.engine_daemon.text.line import Line, Mark, Word


@dataclass(frozen=True, slots=True)
class ReadLine:
    """A line that rules read otherwise, and how: what its take's key follows from."""

    line: Line
    key: list[Any]


def read_ruled(cue: Cue, engine: Engine) -> ReadLine | None:
    """The line of ``cue`` with its rules; None where they change nothing that ``engine`` says: its take is the same.

    Raises InputError for a rule that cannot be used.
    """
    if not cue.readings:
        return None
    ruled = read_line(cue.text, cue.language, cue.readings, cue.character)
    if not any(word.source == "rule" for word in ruled.words):
        return None
    plain = _plain(cue.text, cue.language)
    if plain is not None:
        ruled = replace(ruled, tokens=_changed(ruled, plain))
        if _readings(ruled) == _readings(plain) and _key(ruled, engine) == _key(plain, engine):
            return None
    return ReadLine(ruled, _key(ruled, engine))


@lru_cache(maxsize=512)
def _plain(text: str, language: str) -> Line | None:
    """The line without rules; None for one that only rules make a line."""
    try:
        return read_line(text, language)
    except InputError:
        return None


def _readings(line: Line) -> list[Any]:
    """What is certain to be heard: what engines read in letters they know for themselves."""
    return [
        [word.start, word.end, word.language, word.reading if word.language in ("zh", "ja") else word.spoken]
        for word in line.words
    ]


def _key(line: Line, engine: Engine) -> list[Any]:
    return [[[word.start, word.end] for word in line.words], engine.sounds(line), list(line.warnings)]


def _changed(ruled: Line, plain: Line) -> tuple[Word | Mark, ...]:
    """The tokens of ``ruled``, where only what rules changed counts as theirs: the same reading is the same take,
    whichever rules it comes from."""
    before = {(word.start, word.end, word.spoken): word for word in plain.words}
    tokens: list[Word | Mark] = []
    for token in ruled.tokens:
        same = before.get((token.start, token.end, token.spoken)) if isinstance(token, Word) else None
        if isinstance(token, Word) and same is not None and len(same.why) == len(token.why) == len(token.base):
            pairs = zip(token.base, same.base, token.why, same.why, strict=False)
            token = replace(token, why=tuple(own if now != then else old for now, then, own, old in pairs))
        tokens.append(token)
    return tuple(tokens)
