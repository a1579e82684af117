"""Phones that the user gave, in the IPA, as the model's symbols."""

from __future__ import annotations

import unicodedata

from framevox.engine_daemon.text.line import Language, Word

_VOWELS = frozenset("AIOQWYaeiouyøœɐɑɒæɔəɚɛɜɤɨɪɯʊʌᵊᵻ")

# What the model has one symbol for, in every language. Longest first.
_JOINED = (
    ("t͡ʃ", "ʧ"), ("d͡ʒ", "ʤ"), ("t͡s", "ʦ"), ("d͡z", "ʣ"), ("t͡ɕ", "ʨ"), ("d͡ʑ", "ʥ"), ("͡", ""), ("͜", ""), ("tʃ", "ʧ"),
    ("dʒ", "ʤ"),
)  # fmt: skip
# English as the model learnt it; sounds of other languages as an English speaker says them.
_ENGLISH = (
    ("eɪ", "A"), ("aɪ", "I"), ("oʊ", "O"), ("əʊ", "O"), ("aʊ", "W"), ("ɔɪ", "Y"), ("ʦ", "ts"), ("ʣ", "dz"), ("ʨ", "ʧ"),
    ("ʥ", "ʤ"), ("n̩", "ᵊn"), ("m̩", "ᵊm"), ("l̩", "ᵊl"), ("ɹ̩", "əɹ"), ("ɚ", "əɹ"), ("ɝː", "ɜɹ"), ("ɝ", "ɜɹ"),
    ("ɜːɹ", "ɜɹ"), ("ɜːr", "ɜɹ"), ("ɜɹ", "ɜɹ"), ("ɜr", "ɜɹ"), ("ɜː", "ɜɹ"), ("ɘ", "ə"), ("ɞ", "ɜɹ"), ("aː", "ɑ"),
    ("a", "ɑ"), ("eː", "A"), ("e", "ɛ"), ("oː", "O"), ("o", "O"), ("ɶ", "ɑ"), ("ɵ", "ʊ"), ("ʏ", "ʊ"), ("yː", "u"),
    ("y", "u"), ("ø", "ɜ"), ("œ", "ɜ"), ("ɨ", "ɪ"), ("ʉ", "u"), ("ɯ", "u"), ("ɤ", "ʌ"), ("ɲ", "nj"),
    ("ʎ", "lj"), ("ɬ", "l"), ("ɮ", "l"), ("ɭ", "l"), ("ɫ", "l"), ("ʟ", "l"), ("ɺ", "l"), ("r", "ɹ"), ("ʁ", "ɹ"),
    ("ʀ", "ɹ"), ("ɻ", "ɹ"), ("ɽ", "ɹ"), ("ɾ", "T"), ("x", "k"), ("χ", "k"), ("q", "k"), ("c", "k"), ("ɟ", "ɡ"),
    ("ɢ", "ɡ"), ("ɣ", "ɡ"), ("g", "ɡ"), ("ç", "h"), ("ħ", "h"), ("ɦ", "h"), ("ɧ", "ʃ"), ("ʂ", "ʃ"), ("ɕ", "ʃ"),
    ("ʐ", "ʒ"), ("ʑ", "ʒ"), ("ʝ", "j"), ("ɸ", "f"), ("β", "v"), ("ʋ", "v"), ("ɱ", "m"), ("ɳ", "n"), ("ɴ", "ŋ"),
    ("ʈ", "t"), ("ɖ", "d"), ("ʍ", "w"), ("ɥ", "w"), ("ɰ", "w"), ("ʙ", "b"), ("ʔ", ""), ("ʕ", ""), ("ʡ", ""), ("ʢ", ""),
    ("ʜ", "h"), ("ʰ", ""), ("ʲ", "j"), ("ʷ", "w"), ("ː", ""), ("ˑ", ""),
)  # fmt: skip
_NASAL = "\u0303"


def given_phones(word: Word) -> str:
    """The phones of ``word`` that the user gave, in the model's symbols; "" where they gave none."""
    if word.language in ("zh", "ja", "ko") or word.source != "rule" or not word.reading:
        return ""
    return " ".join(filter(None, (_of_word(said, word.language) for said in word.reading)))


def _of_word(ipa: str, language: Language) -> str:
    from .phonemes import vocabulary

    said = unicodedata.normalize("NFD", ipa)
    if language == "en":
        # Nasal vowels of French names: the vowel, and n.
        said = "".join(f"{char}n" if said[i + 1 : i + 2] == _NASAL else char for i, char in enumerate(said))
        said = said.replace(_NASAL, "").replace("c\u0327", "ç")
    for theirs, ours in (*_JOINED, *(_ENGLISH if language == "en" else (("g", "ɡ"),))):
        said = said.replace(theirs, ours)
    known = vocabulary()
    said = "".join(char for char in unicodedata.normalize("NFC", said) if char in known and char not in ".,;:!? ")
    return _with_stress(said)


def _with_stress(said: str) -> str:
    """Stress right before its vowel, as the model's lexicon writes it; on the first one where none is marked."""
    marks = "ˈˌ"
    out: list[str] = []
    waiting = "" if any(mark in said for mark in marks) else "ˈ"
    for char in said:
        if char in marks:
            waiting = char
            continue
        if waiting and char in _VOWELS:
            out.append(waiting)
            waiting = ""
        out.append(char)
    return "".join(out)
