"""Quotation marks that set words apart from the rest of a line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from .line import Mark, Word

_CLOSING = {
    "“": "”", "„": "“”", "‟": "”", "«": "»", "‹": "›", "「": "」", "｢": "｣", "『": "』", "〝": "〞〟", "＂": "＂",
    '"': '"', "‘": "’",
}  # fmt: skip
"""A mark that opens a quotation -> those that close it. 《》 and 〈〉 name a work, and set nothing apart."""
_FLAT = '"＂'
"""Marks that look the same at both ends."""


def set_apart(text: str, tokens: Sequence[Word | Mark]) -> list[Word | Mark]:
    """``tokens`` of ``text`` with ``“`` and ``”`` around the words that quotation marks set apart.

    Quotations inside another one, and one that holds all the words of a line, set nothing apart; nor does a mark that
    is alone, one inside a word, or one behind a figure (6").
    """
    words = [token for token in tokens if isinstance(token, Word)]
    marks: list[Mark] = []
    for first, last in _pairs(text, words):
        held = sum(first <= word.start < last for word in words)
        if 0 < held < len(words):
            marks += [Mark(text[first], first, first + 1, "“"), Mark(text[last], last, last + 1, "”")]
    places = sorted(mark.start for mark in marks)
    apart = [_without_mark(token) if token.start in places else _up_to(token, places) for token in tokens]
    return sorted([*apart, *marks], key=lambda token: token.start)


def _up_to(token: Word | Mark, places: Sequence[int]) -> Word | Mark:
    """Punctuation that was read as one mark, such as ``)”,``, up to the quotation mark in it."""
    inside = next((place for place in places if token.start < place < token.end), None)
    if isinstance(token, Word) or inside is None:
        return token
    return replace(token, text=token.text[: inside - token.start], end=inside)


def _without_mark(token: Word | Mark) -> Word | Mark:
    """A word without the ‘ that it was read with, as if it were an apostrophe."""
    if isinstance(token, Mark):
        return token
    return replace(token, text=token.text[1:], start=token.start + 1, spoken=token.spoken.lstrip("'"))


def _pairs(text: str, words: Sequence[Word]) -> Iterator[tuple[int, int]]:
    """Where each outermost quotation of ``text`` opens and closes."""
    inside = bytearray(len(text))
    for word in words:
        first = word.start + (text[word.start] == "‘" and len(word.text) > 1)
        inside[first : word.end] = b"\1" * (word.end - first)
    index = 0
    while index < len(text):
        opens = text[index]
        end = None
        if opens in _CLOSING and not inside[index] and not (opens in _FLAT and text[index - 1 : index].isdigit()):
            end = _closing(text, index, inside)
        if end is not None:
            yield index, end
        index = index + 1 if end is None else end + 1


def _closing(text: str, index: int, inside: bytearray) -> int | None:
    """Where the quotation that opens at ``index`` closes, past others of its kind inside it."""
    opens, depth = text[index], 1
    for at in range(index + 1, len(text)):
        if inside[at]:
            continue
        # ’ before a letter is an apostrophe.
        if text[at] in _CLOSING[opens] and not (text[at] == "’" and text[at + 1 : at + 2].isalnum()):
            depth -= 1
            if not depth:
                return at
        elif text[at] == opens:
            depth += 1
    return None
