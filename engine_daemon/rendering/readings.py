"""A cue's line as its rules of pronunciation have it, and what of that is part of its take's key."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from framevox.engine_daemon.protocol.cues import Cue
from framevox.engine_daemon.text import read_line
from framevox.engine_daemon.text.line import Line, Mark, Word


@dataclass(frozen=True, slots=True)
class ReadLine:
    """A line that rules read otherwise, and how: what its take's key follows from."""

    line: Line
    key: list[Any]


def read_ruled(cue: Cue) -> ReadLine | None:
    """The line of ``cue`` with its rules; None where it has none, or they change nothing: its take is then the same.

    Raises InputError for a rule that cannot be used.
    """
    if not cue.readings:
        return None
    ruled = read_line(cue.text, cue.language, cue.readings, cue.character)
    if not any(word.source == "rule" for word in ruled.words):
        return None
    plain = read_line(cue.text, cue.language)
    if _key(ruled) == _key(plain):
        return None
    return ReadLine(replace(ruled, tokens=_changed(ruled, plain)), _key(ruled))


def _key(line: Line) -> list[Any]:
    return [_said(token) for token in line.tokens] + list(line.warnings)


def _said(token: Word | Mark) -> list[Any]:
    if isinstance(token, Mark):
        return [token.start, token.end, token.symbol]
    return [token.start, token.end, token.language, token.spoken, list(token.reading)]


def _changed(ruled: Line, plain: Line) -> tuple[Word | Mark, ...]:
    """The tokens of ``ruled``, with only that called a rule's what rules changed: the same reading is the same take,
    whichever rules it comes from."""
    before = {(word.start, word.end, word.spoken): word for word in plain.words}
    tokens: list[Word | Mark] = []
    for token in ruled.tokens:
        same = before.get((token.start, token.end, token.spoken)) if isinstance(token, Word) else None
        if isinstance(token, Word) and same is not None and len(same.reading) == len(token.reading) == len(token.why):
            pairs = zip(token.reading, same.reading, token.why, same.why or token.why, strict=False)
            token = replace(token, why=tuple(own if now != then else old for now, then, own, old in pairs))
        tokens.append(token)
    return tuple(tokens)
