"""A cue's line as its rules of pronunciation have it, and what of that is part of its take's key."""

from __future__ import annotations

from dataclasses import dataclass, replace
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
    try:
        plain = read_line(cue.text, cue.language)
        before = _key(plain, engine)
    except InputError:
        before = []  # only the rules make it a line
    else:
        ruled = replace(ruled, tokens=_changed(ruled, plain))
    key = _key(ruled, engine)
    return None if key == before else ReadLine(ruled, key)


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
