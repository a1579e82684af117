"""``read_line``: a cue's text, as words with readings and the marks between them."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cache, partial
from itertools import pairwise

from framevox.engine_daemon.pronunciation.kana import katakana
from framevox.engine_daemon.pronunciation.pinyin import is_han
from framevox.engine_daemon.protocol.cues import LANGUAGE_CHOICES, MAX_TEXT
from framevox.engine_daemon.protocol.errors import InputError
from framevox.engine_daemon.protocol.rules import Rule

from .fixed import Place, put_in, take_out
from .fold import Folded
from .line import Language, Line, Mark, Why, Word
from .quotes import set_apart
from .reading import Reading
from .ruled import Ruled, apply
from .runs import Piece, assign, pieces
from .symbols import MARKS, SPOKEN

_Token = Word | Mark
_DEFAULT: tuple[Why, ...] = ("default",)

_CALLING = "!?؟‽"
"""Marks that are one when they stand together: "?!" and "！？" are another thing than a question and a call."""
_STRONGEST = 3


def read_line(text: str, language: str = "auto", rules: Sequence[Rule] = (), character: str = "") -> Line:
    """Reads ``text`` as one line to speak.

    ``language`` is one of ``LANGUAGE_CHOICES``; it decides what the script leaves open (Han characters without kana,
    figures that stand alone). What cannot be spoken is left out and named in ``warnings``. Raises InputError for a
    line of more than ``MAX_TEXT``, with nothing to say, or a rule that cannot be used.

    Readings are given for one place in brackets behind the word (``银行[yin2 hang2]``), and for every place by
    ``rules``, which are in their order of precedence; ``character`` speaks the line.
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
    ruled = apply(fixed, rules, language, character)
    found = _one_language(ruled.folded, assign(ruled.to_cut, pieces(ruled.to_cut, language), language))
    tokens = set_apart(fixed.text, _marked(ruled, _joined(fixed.text, _tokens(fixed.text, ruled, found))))
    if not any(isinstance(token, Word) for token in tokens):
        raise InputError(
            f"nothing in the line can be spoken: {_excerpt(text)}; write it in words of Chinese, English, Japanese, "
            "Korean or Hindi, or say the language of words in Latin letters"
        )
    warnings = _warnings(fixed.text, ruled.folded, found, tokens)
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


def _one_language(folded: Folded, found: list[Piece]) -> list[Piece]:
    """The pieces, the figures of one character of the line in one language: ½ is 1, / and 2."""
    united: list[Piece] = []
    start, language = -1, None
    for piece in found:
        if folded.starts[piece.start] != start:
            start, language = folded.starts[piece.end - 1], piece.language
        elif piece.kind == "figure" and piece.language and language:
            piece = replace(piece, language=language)
        language = language or piece.language
        united.append(piece)
    return united


def _tokens(text: str, ruled: Ruled, found: list[Piece]) -> Iterator[_Token]:
    index = 0
    while index < len(found):
        piece = found[index]
        if piece.kind == "mark":
            yield from _marks(text, ruled.folded, piece)
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
        yield from _words(text, ruled, piece.language, piece.start, found[last - 1].end)
        index = last


def _words(text: str, ruled: Ruled, language: Language, start: int, end: int) -> Iterator[Word]:
    """The words of a run; what has phones of its own stands by itself."""
    begin = start
    for place in ruled.places:
        if place.said.kind == "phones" and begin <= place.start and place.end <= end:
            yield from _plain_words(text, ruled, language, begin, place.start)
            yield _with_phones(text, ruled.folded, language, place)
            begin = place.end
    yield from _plain_words(text, ruled, language, begin, end)


def _plain_words(text: str, ruled: Ruled, language: Language, start: int, end: int) -> Iterator[Word]:
    folded = ruled.folded
    run, left, right = folded.text[start:end], folded.text[:start], folded.text[end:]
    if not run.strip():
        return
    if language == "zh":
        from .zh import read

        readings = read(run, left, right, dict(_syllables(ruled, start, end)))
    else:
        readings = _reader(language)(run, left, right)
        if language == "ja" and ruled.edges:
            readings = _cut_at(readings, run, [edge - start for edge in ruled.edges])
    for said in readings:
        first, last = folded.span(start + said.start, start + said.end)
        base = said.base or said.reading
        why = said.why or _DEFAULT * len(base)
        yield Word(text[first:last], first, last, language, said.spoken, said.reading, base, why, said.doubt)


def _cut_at(readings: Iterable[Reading], run: str, edges: Sequence[int]) -> Iterator[Reading]:
    """The words, cut where given kana begin and end: the analyser takes カライカレー for one word."""
    for said in readings:
        written = run[said.start : said.end]
        cuts = [said.start, *(edge for edge in edges if said.start < edge < said.end), said.end]
        if len(cuts) == 2 or katakana(written) != said.spoken:
            yield said
            continue
        for start, end in pairwise(cuts):
            kana = katakana(run[start:end])
            yield replace(said, start=start, end=end, spoken=kana, reading=(kana,))


def _syllables(ruled: Ruled, start: int, end: int) -> Iterator[tuple[tuple[int, int], tuple[str, ...]]]:
    """The user's pinyin in a run, character by character: what stands between them has none."""
    for place in ruled.places:
        if place.said.kind == "pinyin" and start <= place.start and place.end <= end:
            characters = [at for at in range(place.start, place.end) if is_han(ruled.folded.text[at])]
            for at, said in zip(characters, place.said.parts, strict=False):
                yield (at - start, at - start + 1), (said,)


def _with_phones(text: str, folded: Folded, language: Language, place: Place) -> Word:
    written = folded.text[place.start : place.end]
    phones = place.said.parts
    first, last = folded.span(place.start, place.end)
    return Word(text[first:last], first, last, language, written, phones, phones, _ruled(len(phones)))


def _as_respelt(word: Word) -> Word:
    if word.language in ("zh", "ja"):
        return replace(word, why=_ruled(len(word.reading)))
    # Phones that stand in a word are what the user gave, and here they gave none.
    return replace(word, reading=(), base=(), why=_ruled(1))


def _ruled(number: int) -> tuple[Why, ...]:
    rule: Why = "rule"
    return (rule,) * number


def _marked(ruled: Ruled, tokens: list[_Token]) -> list[_Token]:
    """The tokens; of words that are respelt it is said that the user did."""
    if not ruled.respelt:
        return tokens
    return [
        _as_respelt(token)
        if isinstance(token, Word) and any(start < token.end and token.start < end for start, end in ruled.respelt)
        else token
        for token in tokens
    ]


def _marks(text: str, folded: Folded, piece: Piece) -> Iterator[Mark]:
    index = piece.start
    while index < piece.end:
        symbol, strength, end = _mark(folded.text, index, piece.end)
        if symbol:
            first, last = folded.span(index, end)
            yield Mark(text[first:last], first, last, symbol, strength)
        index = end


def _mark(folded: str, index: int, stop: int) -> tuple[str, int, int]:
    """The symbol and strength of the marks from ``index`` that belong together ("?!", "!!!", "..."), and their end."""
    char = folded[index]
    alike = _CALLING if char in _CALLING else char
    end = index + 1
    while end < stop and folded[end] in alike:
        end += 1
    count = end - index
    if char in _CALLING:
        kinds = {MARKS[one] for one in folded[index:end]}
        if len(kinds) > 1 or "?!" in kinds:
            return "?!", min(_STRONGEST, (count + 1) // 2), end
        return kinds.pop(), min(_STRONGEST, count), end
    if char == "-":
        return "—", 2 if count >= 4 else 1, end
    if char in ".。" and count > 1:
        return "…", 2 if count >= 6 else 1, end
    return MARKS[char], min(2, count) if char in "—…" else 1, end


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
            strength = max(last.strength, token.strength)
            joined[-1] = Mark(text[last.start : token.end], last.start, token.end, token.symbol, strength)
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
