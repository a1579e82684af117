"""``read_line``: a cue's text, as words with readings and the marks between them."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator
from functools import cache, partial

from framevox.engine_daemon.protocol.cues import LANGUAGE_CHOICES, MAX_TEXT
from framevox.engine_daemon.protocol.errors import InputError

from .fixed import put_in, take_out
from .fold import Folded, fold
from .line import Language, Line, Mark, Why, Word
from .reading import Reading
from .runs import Piece, assign, pieces
from .symbols import MARKS, SPOKEN

_Token = Word | Mark
_DEFAULT: tuple[Why, ...] = ("default",)


def read_line(text: str, language: str = "auto") -> Line:
    """Reads ``text`` as one line to speak.

    ``language`` is one of ``LANGUAGE_CHOICES``; it decides what the script leaves open (Han characters without kana,
    figures that stand alone). What cannot be spoken is left out and named in ``warnings``. Raises InputError for a
    line of more than ``MAX_TEXT`` or with nothing to say. Pinyin in brackets behind Chinese characters
    (``银行[yin2 hang2]``) fixes how they are read.
    """
    if language not in LANGUAGE_CHOICES:
        raise InputError(f"unknown language {language!r}: use {', '.join(LANGUAGE_CHOICES)}")
    if len(text) > MAX_TEXT:
        raise InputError(
            f"the line has {len(text):,} characters; a cue may have at most {MAX_TEXT:,}: split it into several cues"
        )
    if not text.strip():
        raise InputError("the line is empty: write what is to be spoken")
    fixed = take_out(text)
    folded = fold(fixed.text)
    found = assign(folded.text, pieces(folded.text, language), language)
    given = {folded.starts.index(place): syllable for place, syllable in fixed.syllables.items()}
    tokens = _joined(fixed.text, _tokens(fixed.text, folded, found, given))
    if not any(isinstance(token, Word) for token in tokens):
        raise InputError(
            f"nothing in the line can be spoken: {_excerpt(text)}; write it in words of Chinese, English, Japanese, "
            "Korean or Hindi, or say the language of words in Latin letters"
        )
    warnings = _warnings(fixed.text, folded, found, tokens)
    placed, more = put_in(text, tokens, fixed)
    return Line(text, tuple(placed), warnings + more)


def warm(language: str) -> None:
    """Loads what ``language`` needs, so that its first line is as fast as the others."""
    samples = {"zh": "你好", "en": "hello", "ja": "こんにちは", "ko": "안녕"}
    for known in samples if language == "auto" else (language,):
        read_line(samples.get(known, "1"), known)


@cache
def _reader(language: Language) -> Callable[[str, str, str], Iterator[Reading]]:
    if language == "en":
        from .en import read
    elif language == "ja":
        from .ja import read
    elif language == "ko":
        from .ko import read
    else:
        from .european import read as read_european

        return partial(read_european, language=language)
    return read


def _tokens(text: str, folded: Folded, found: list[Piece], given: dict[int, str]) -> Iterator[_Token]:
    index = 0
    while index < len(found):
        piece = found[index]
        if piece.kind == "mark":
            yield from _marks(text, folded, piece)
        if piece.language is None:
            index += 1
            continue
        end = index + 1
        last = end
        while end < len(found) and found[end].language in (piece.language, None) and found[end].kind != "mark":
            if found[end].kind == "unknown":
                break
            if found[end].language:
                last = end + 1
            end += 1
        yield from _words(text, folded, piece.language, piece.start, found[last - 1].end, given)
        index = last


def _words(
    text: str, folded: Folded, language: Language, start: int, end: int, given: dict[int, str]
) -> Iterator[Word]:
    run, left, right = folded.text[start:end], folded.text[:start], folded.text[end:]
    if language == "zh":
        from .zh import read

        here = {(at - start, at - start + 1): (said,) for at, said in given.items() if start <= at < end}
        readings = read(run, left, right, here)
    else:
        readings = _reader(language)(run, left, right)
    for said in readings:
        first, last = folded.span(start + said.start, start + said.end)
        base = said.base or said.reading
        why = said.why or _DEFAULT * len(base)
        yield Word(text[first:last], first, last, language, said.spoken, said.reading, base, why, said.doubt)


def _marks(text: str, folded: Folded, piece: Piece) -> Iterator[Mark]:
    index = piece.start
    while index < piece.end:
        symbol, end = _mark(folded.text, index, piece.end)
        if symbol:
            first, last = folded.span(index, end)
            yield Mark(text[first:last], first, last, symbol)
        index = end


def _mark(folded: str, index: int, stop: int) -> tuple[str, int]:
    """The symbol of the marks from ``index`` that say the same ("!!!", "...", "--"), and where they end."""
    char = folded[index]
    end = index + 1
    while end < stop and folded[end] == char:
        end += 1
    if char == "-":
        return "—", end
    if char in ".。" and end - index > 1:
        return "…", end
    return MARKS[char], end


def _joined(text: str, tokens: Iterator[_Token]) -> list[_Token]:
    """The tokens without overlap: two words out of one character (㌔, ㍿) become one word."""
    joined: list[_Token] = []
    for token in tokens:
        last = joined[-1] if joined else None
        if last is not None and token.start < last.end:
            if isinstance(token, Mark):
                continue
            if isinstance(last, Mark):
                joined[-1] = token
                continue
            end = max(last.end, token.end)
            joined[-1] = Word(
                text[last.start : end],
                last.start,
                end,
                last.language,
                f"{last.spoken} {token.spoken}" if last.language not in ("zh", "ja") else last.spoken + token.spoken,
                last.reading + token.reading,
                last.base + token.base,
                last.why + token.why,
                max(last.doubt, token.doubt),
            )
            continue
        if isinstance(token, Mark) and isinstance(last, Mark) and last.symbol == token.symbol:
            joined[-1] = Mark(text[last.start : token.end], last.start, token.end, token.symbol)
            continue
        joined.append(token)
    return joined


def _warnings(text: str, folded: Folded, found: list[Piece], tokens: list[_Token]) -> tuple[str, ...]:
    """Names what is in no token although it would have to be heard: strange characters, and words without a reading."""
    covered = bytearray(len(text))
    for token in tokens:
        covered[token.start : token.end] = b"\1" * (token.end - token.start)
    left_out: dict[str, None] = {}
    for piece in found:
        for index in range(piece.start, piece.end):
            char = folded.text[index]
            unread = piece.language is not None and (char.isalnum() or char in SPOKEN)
            if piece.kind == "unknown" or (unread and not covered[folded.starts[index]]):
                left_out[char] = None
    return tuple(f"left out, it cannot be spoken: {_name(char)}" for char in left_out)


def _name(char: str) -> str:
    name = unicodedata.name(char, "")
    code = f"U+{ord(char):04X}"
    shown = char if char.isprintable() and not unicodedata.combining(char) else ""
    return " ".join(part for part in (shown, f"({code} {name.lower()})" if name else f"({code})") if part)


def _excerpt(text: str) -> str:
    return repr(text.strip()[:40])
