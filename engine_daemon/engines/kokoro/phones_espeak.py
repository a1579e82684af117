"""Spanish, French, Italian, Brazilian Portuguese and Hindi: espeak-ng's phones, as the model was trained on them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from framevox.engine_daemon.text.line import Language, Mark, Word

from .espeak import ipa
from .phones_given import given_phones

_PRIMARY, _SECONDARY = "ˈ", "ˌ"
_VOWELS = frozenset("AIOQWYaeiouyøœɐɑɒæɔəɚɛɜɤɨɪɯʊʌᵊᵻ")

# Pairs that the model has one symbol for (misaki's EspeakG2P), and espeak's own way of writing Hindi ड़.
_PAIRS = (
    ("a^ɪ", "I"), ("a^ʊ", "W"), ("d^z", "ʣ"), ("d^ʒ", "ʤ"), ("e^ɪ", "A"), ("o^ʊ", "O"), ("ə^ʊ", "Q"), ("s^s", "S"),
    ("t^s", "ʦ"), ("t^ʃ", "ʧ"), ("ɔ^ɪ", "Y"), ("^", ""), ("-", ""), ("r.", "ɽ"),
)  # fmt: skip
_VOICES: dict[Language, str] = {"fr-fr": "fr"}
"""espeak-ng's names where they are not the language's own."""
_SWITCHED = re.compile(r"\([a-z^-]+\)")  # espeak's notes that a word is of another language, tied as its phones are


def sounds(phrase: Sequence[Word | Mark]) -> list[list[tuple[str, int]]]:
    """The phones of each token, with stress: 2 for a syllable with ˈ, 1 with ˌ, else 0.

    Words between two marks are read together, for liaison and weak forms; one by one where espeak joins some of them.
    """
    said: list[list[tuple[str, int]]] = [[] for _ in phrase]
    places: list[int] = []
    for place, token in enumerate([*phrase, None]):
        if isinstance(token, Word) and (phones := given_phones(token)):
            said[place] = _stressed(phones)
            continue
        if isinstance(token, Word):
            places.append(place)
            continue
        for at, phones in zip(places, _clause([phrase[at] for at in places]), strict=True):  # type: ignore[misc]
            said[at] = _stressed(phones)
        places = []
    return said


def _clause(words: list[Word]) -> list[str]:
    if not words:
        return []
    language = words[0].language
    lengths = [len(word.spoken.split()) for word in words]
    together = _phones(" ".join(word.spoken for word in words), language).split()
    if len(together) != sum(lengths):
        return [_phones(word.spoken, language) for word in words]
    parts = iter(together)
    return [" ".join(next(parts) for _ in range(length)) for length in lengths]


@lru_cache(maxsize=4096)
def _phones(text: str, language: Language) -> str:
    from .phonemes import vocabulary

    said = _SWITCHED.sub("", ipa(text, _VOICES.get(language, language)))
    for theirs, ours in _PAIRS:
        said = said.replace(theirs, ours)
    return " ".join("".join(symbol for symbol in said if symbol in vocabulary() or symbol == " ").split())


def _stressed(phones: str) -> list[tuple[str, int]]:
    """Gives every phone the stress of its syllable: a mark holds from the onset it stands before to the next onset."""
    result: list[tuple[str, int]] = []
    level, seen_vowel = 0, False
    for index, symbol in enumerate(phones):
        if symbol == " " or symbol in (_PRIMARY, _SECONDARY):
            level, seen_vowel = {_PRIMARY: 2, _SECONDARY: 1}.get(symbol, 0), False
        elif symbol in _VOWELS:
            level = 0 if seen_vowel else level
            seen_vowel = True
        elif seen_vowel and phones[index + 1 : index + 2] in _VOWELS:
            level = 0  # the onset of the next, weak syllable
        result.append((symbol, level))
    return result
