"""The words of lexicon.txt, and where they stand in a text."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

import opencc


@dataclass(frozen=True, slots=True)
class Sense:
    """One thing an entry says: ``topic`` is its section, such as ``angry`` or ``degree``; ``kind`` its list there."""

    topic: str
    kind: str


@dataclass(frozen=True, slots=True)
class Hit:
    """An entry found at ``text[start:end]`` of the folded text, with all that it says."""

    start: int
    end: int
    senses: tuple[Sense, ...]


class Lexicon:
    """Entries of any script, found in a folded text: at each place, the longest that fits counts."""

    def __init__(self, entries: dict[str, list[Sense]]) -> None:
        self._whole = {entry: tuple(senses) for entry, senses in entries.items() if not entry.endswith("*")}
        self._stems = {entry[:-1]: tuple(senses) for entry, senses in entries.items() if entry.endswith("*")}
        self._longest = max(map(len, entries), default=0)

    def words(self) -> list[str]:
        """Every entry, without the asterisks of those that are only the beginning of a word."""
        return [*self._whole, *self._stems]

    def find(self, text: str) -> Iterator[Hit]:
        """The entries in a folded text, from its beginning; they never overlap."""
        start = 0
        while start < len(text):
            hit = self._at(text, start)
            if hit is not None:
                yield hit
            start = hit.end if hit is not None else start + 1

    def _at(self, text: str, start: int) -> Hit | None:
        inside = start > 0 and _latin(text[start - 1]) and _latin(text[start])
        if inside or text[start].isspace():
            return None
        for end in range(min(len(text), start + self._longest), start, -1):
            piece = text[start:end]
            ends = not _latin(piece[-1]) or end == len(text) or not _latin(text[end])
            if ends and piece in self._whole:
                return Hit(start, end, self._whole[piece])
            if piece in self._stems:
                while end < len(text) and _latin(text[end]):
                    end += 1
                return Hit(start, end, self._stems[piece])
        return None


def _latin(char: str) -> bool:
    return char.isascii() and (char.isalpha() or char == "'")


def fold(text: str) -> str:
    """``text`` in the one form that entries have: simplified characters, small letters, single spaces, no hyphens."""
    text = _simplified().convert(unicodedata.normalize("NFKC", text)).casefold()
    return " ".join(text.replace("’", "'").replace("-", " ").split())


@lru_cache(maxsize=1)
def _simplified() -> opencc.OpenCC:
    return opencc.OpenCC("t2s")


@lru_cache(maxsize=1)
def descriptions() -> Lexicon:
    """The words by which a delivery is described."""
    return Lexicon(_read()[0])


@lru_cache(maxsize=1)
def lines() -> Lexicon:
    """What people say when they feel something: section ``line``, whose kinds are emotions."""
    return Lexicon(_read()[1])


def _read() -> tuple[dict[str, list[Sense]], dict[str, list[Sense]]]:
    described: dict[str, list[Sense]] = defaultdict(list)
    said: dict[str, list[Sense]] = defaultdict(list)
    topic = ""
    text = (resources.files(__package__) / "lexicon.txt").read_text(encoding="utf-8")
    for row in text.splitlines():
        if row.startswith("["):
            topic = row.strip("[]")
        elif row and not row.startswith("#"):
            kind, _, entries = row.partition(":")
            for entry in filter(None, map(fold, entries.split(","))):
                sense = Sense(topic, kind)
                into = said if topic == "line" else described
                if sense not in into[entry]:
                    into[entry].append(sense)
    return described, said
