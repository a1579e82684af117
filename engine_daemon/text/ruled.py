"""Where readings of the user's hold in a line, and the line with what is respelt in its place."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, replace

from framevox.engine_daemon.pronunciation.matching import Matcher, normal
from framevox.engine_daemon.pronunciation.phones import with_s
from framevox.engine_daemon.pronunciation.rules import said_by
from framevox.engine_daemon.protocol.rules import Rule

from .european import is_latin
from .fixed import Fixed, Place
from .fold import Folded, fold
from .majority import main_language
from .runs import assign, pieces

_HINDI = re.compile(r"[\u0900-\u0963\s'’-]+")
_POSSESSIVE = ("'s", "'S")


@dataclass(frozen=True, slots=True)
class Ruled:
    """A folded line with its respellings in place. ``places`` are the readings that are left, pinyin and phones, by
    their places in ``folded.text``; ``respelt`` are the spans of the source that are said otherwise, and
    ``edges`` where those in kana begin and end in ``folded.text``."""

    folded: Folded
    places: tuple[Place, ...] = ()
    respelt: tuple[tuple[int, int], ...] = ()
    edges: tuple[int, ...] = ()

    @property
    def to_cut(self) -> str:
        """The text as it is cut into pieces: letters stand for what has phones, whatever is written (R2D2)."""
        text = self.folded.text
        for place in self.places:
            if place.said.kind == "phones" and not _HINDI.fullmatch(text, place.start, place.end):
                word = "".join(
                    char if char in " '-" or (char.isalpha() and ord(char) < 0x250) else "x"
                    for char in text[place.start : place.end]
                )
                text = text[: place.start] + word + text[place.end :]
        return text


def apply(fixed: Fixed, rules: Sequence[Rule], language: str, character: str) -> Ruled:
    """The line with its readings: those in brackets, then the longest rules that hold.

    ``rules`` are in their order of precedence. Raises InputError for a rule that cannot be used.
    """
    folded = fold(fixed.text)
    given = [_in_folded(place, folded) for place in fixed.given]
    found = sorted([*given, *_by_rule(folded, given, rules, language, character)], key=lambda place: place.start)
    return _respelt(folded, found) if found else Ruled(folded)


def _in_folded(place: Place, folded: Folded) -> Place:
    return replace(place, start=bisect_left(folded.starts, place.start), end=bisect_left(folded.starts, place.end))


def _by_rule(
    folded: Folded, given: Sequence[Place], rules: Sequence[Rule], language: str, character: str
) -> list[Place]:
    mine = [rule for rule in rules if rule.character in ("", character)]
    if not mine:
        return []
    spoken: list[str] = []
    for piece in assign(folded.text, pieces(folded.text, language), language):
        spoken += [piece.language or ""] * (piece.end - piece.start)

    def holds(rule: Rule, start: int, end: int) -> bool:
        if any(place.start < end and start < place.end for place in given):
            return False
        bound = rule.language or said_by(rule).language
        here = set(spoken[start:end]) - {""}
        if not bound or not here or here == {bound}:
            return True
        # Words in Latin letters and figures belong to the line around them too.
        return all(known == "en" or is_latin(known) for known in here) and bound == main_language(folded.text, language)

    text = normal(folded.text)
    if len(text) != len(folded.text):
        text = folded.text
    return [Place(start, end, said_by(rule), rule.reading) for start, end, rule in Matcher(mine).chosen(text, holds)]


def _respelt(folded: Folded, found: Sequence[Place]) -> Ruled:
    text = ""
    starts: list[int] = []
    ends: list[int] = []
    left: list[Place] = []
    respelt: list[tuple[int, int]] = []
    edges: list[int] = []

    def keep(begin: int, end: int) -> None:
        nonlocal text
        text += folded.text[begin:end]
        starts.extend(folded.starts[begin:end])
        ends.extend(folded.ends[begin:end])

    done = 0
    for place in found:
        if place.start < done or place.end <= place.start:
            continue
        keep(done, place.start)
        done = place.end
        if place.said.kind in ("pinyin", "phones"):
            start = len(text)
            keep(place.start, place.end)
            said = place.said
            if said.kind == "phones" and _owns(folded.text, done):
                keep(done, done + 2)
                done += 2
                said = replace(said, parts=(*said.parts[:-1], with_s(said.parts[-1])))
            left.append(replace(place, start=start, end=len(text), said=said))
            continue
        first, last = folded.span(place.start, place.end)
        instead = fold(place.said.parts[0]).text
        if text and text[-1].isascii() and text[-1].isalnum() and instead[:1].isascii():
            instead = f" {instead}"
        if place.said.kind == "kana":
            edges += [len(text), len(text) + len(instead)]
        text += instead
        starts += [first] * len(instead)
        ends += [last] * len(instead)
        respelt.append((first, last))
    keep(done, len(folded.text))
    return Ruled(Folded(text, tuple(starts), tuple(ends)), tuple(left), tuple(respelt), tuple(edges))


def _owns(text: str, at: int) -> bool:
    """Whether 's follows."""
    return text[at : at + 2] in _POSSESSIVE and not text[at + 2 : at + 3].isalpha()
