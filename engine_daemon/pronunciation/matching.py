"""Where rules hold in a line: the longest first, whole words only where a script has words."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from framevox.engine_daemon.protocol.rules import Rule

from .pinyin import is_han

_LIKE = str.maketrans({"’": "'", "‘": "'", "ʼ": "'", "＇": "'", "‐": "-", "‑": "-", "−": "-"})


@dataclass(frozen=True, slots=True)
class Match:
    """``text[start:end]`` is what ``rules`` are for, those that go first in front."""

    start: int
    end: int
    rules: tuple[Rule, ...]


class Matcher:
    """Finds rules in lines. ``rules`` are in their order of precedence.

    A line costs a few look-ups for each of its characters, however many rules there are.
    """

    def __init__(self, rules: Iterable[Rule]) -> None:
        self._by_text: dict[str, list[tuple[str, Rule]]] = {}
        lengths: dict[str, set[int]] = {}
        for rule in rules:
            written = normal(rule.text)
            key = _lower(written)
            self._by_text.setdefault(key, []).append((written, rule))
            lengths.setdefault(key[:1], set()).add(len(key))
        self._lengths = {first: tuple(sorted(sizes, reverse=True)) for first, sizes in lengths.items()}

    def __len__(self) -> int:
        return sum(map(len, self._by_text.values()))

    def find(self, text: str) -> Iterator[Match]:
        """Every place of ``text``, which is ``normal``, where a rule's text stands; they may overlap."""
        lower = _lower(text)
        for start, first in enumerate(lower):
            for size in self._lengths.get(first, ()):
                found = self._by_text.get(lower[start : start + size])
                if found is None or start + size > len(text) or not _stands_alone(text, start, start + size):
                    continue
                written = text[start : start + size]
                exact = [rule for own, rule in found if own == written]
                loose = [rule for own, rule in found if own != written and _covers(own, written)]
                if exact or loose:
                    yield Match(start, start + size, (*exact, *loose))

    def chosen(self, text: str, holds: Callable[[Rule, int, int], bool]) -> list[tuple[int, int, Rule]]:
        """The rules that hold in ``text``, in its order: longer ones go first, then those further left.

        ``holds`` says of a rule whether it may at ``text[start:end]``.
        """
        taken: list[tuple[int, int, Rule]] = []
        free = bytearray(b"\1" * len(text))
        for match in sorted(self.find(text), key=lambda found: (found.start - found.end, found.start)):
            if not all(free[match.start : match.end]):
                continue
            rule = next((rule for rule in match.rules if holds(rule, match.start, match.end)), None)
            if rule is not None:
                taken.append((match.start, match.end, rule))
                free[match.start : match.end] = bytes(match.end - match.start)
        return sorted(taken, key=lambda place: place[0])


def normal(text: str) -> str:
    """``text`` in the form in which rules are compared: one form for each character, straight apostrophes."""
    return text if text.isalnum() and unicodedata.is_normalized("NFKC", text) else _folded(text)


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).translate(_LIKE)


def has_word(text: str) -> bool:
    """Whether something in ``text`` is said: a letter, a figure or a sign such as & and ℃."""
    return any(char.isalnum() or char in "&@#%§" or unicodedata.category(char)[0] == "S" for char in text)


def _lower(text: str) -> str:
    """Small letters, one for each character."""
    lower = text.lower()
    return lower if len(lower) == len(text) else "".join(c if len(c.lower()) != 1 else c.lower() for c in text)


def _covers(own: str, written: str) -> bool:
    """Whether a rule is for a word that is written otherwise: small letters are for any, others for capitals."""
    return own == _lower(own) or (written == written.upper() and len(written) > 1)


def _stands_alone(text: str, start: int, end: int) -> bool:
    """Whether nothing of the same word is beside ``text[start:end]``: ends of Korean words may follow."""
    return not (start and _joined(text, start, False)) and not (end < len(text) and _joined(text, end, True))


def _joined(text: str, at: int, behind: bool) -> bool:
    left, right = text[at - 1], text[at]
    if _hangul(left) and _hangul(right):
        return not behind
    if _letter(left) and _letter(right):
        return True
    # don't and O'Brien are one word; of Ann's and dogs' the rest is an ending. 2.5 and 5,000 are one figure.
    if left == "'" and _letter(right):
        return at > 1 and _letter(text[at - 2])
    if right == "'" and _letter(left):
        rest = text[at + 1 : at + 4].lower()
        return rest[:1].isalpha() and not (rest[:1] == "s" and not rest[1:2].isalpha())
    if right in ".,:" and left.isdigit():
        return text[at + 1 : at + 2].isdigit()
    return left in ".,:" and right.isdigit() and at > 1 and text[at - 2].isdigit()


def _letter(char: str) -> bool:
    """Whether a letter or figure belongs to words between spaces."""
    if char.isalnum():
        return not (is_han(char) or _hangul(char) or "\u3041" <= char <= "\u30ff")
    return "\u0900" <= char <= "\u0963"  # vowel signs of Devanagari


def _hangul(char: str) -> bool:
    return "가" <= char <= "힣"
