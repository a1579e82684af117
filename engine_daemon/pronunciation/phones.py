"""Phones of English and other languages in Latin letters: CMU's (W IH1 N) and the IPA (wɪn)."""

from __future__ import annotations

import re
import unicodedata

from framevox.engine_daemon.protocol.errors import InputError

_VOWELS = {
    "AA": "ɑ", "AE": "æ", "AH": "ʌ", "AO": "ɔ", "AW": "aʊ", "AX": "ə", "AXR": "ɚ", "AY": "aɪ", "EH": "ɛ", "ER": "ɝ",
    "EY": "eɪ", "IH": "ɪ", "IX": "ɪ", "IY": "i", "OW": "oʊ", "OY": "ɔɪ", "UH": "ʊ", "UW": "u", "UX": "u",
}  # fmt: skip
_CONSONANTS = {
    "B": "b", "CH": "tʃ", "D": "d", "DH": "ð", "DX": "ɾ", "EL": "l̩", "EM": "m̩", "EN": "n̩", "F": "f", "G": "ɡ",
    "HH": "h", "JH": "dʒ", "K": "k", "L": "l", "M": "m", "N": "n", "NG": "ŋ", "P": "p", "R": "ɹ", "S": "s", "SH": "ʃ",
    "T": "t", "TH": "θ", "V": "v", "W": "w", "WH": "w", "Y": "j", "Z": "z", "ZH": "ʒ",
}  # fmt: skip
_WEAK = {"AH": "ə", "ER": "ɚ"}
_STRESS = {"1": "ˈ", "2": "ˌ"}
_CMU = re.compile(r"([A-Z]{1,3})([0-9]*)")

IPA_VOWELS = frozenset("aeiouyɐɑɒæɔɘəɚɛɜɝɞɤɨɪɯɵøœɶʉʊʌʏᵻᵊ")
_IPA_CONSONANTS = frozenset("bcdfɡghjklmnpqrstvwxzβðçħŋɕɖɟɣɥɦɧɫɬɭɮɰɱɲɳɴɸɹɺɻɽɾʀʁʂʃʈʋʍʎʐʑʒʔʕʙʝʟʜʢʡθχʤʧʣʦʨʥ")
_MARKS = frozenset("ˈˌːˑ.‿͜͡ʰʲʷˠˤⁿˡ˞̴̥̬̹̜̟̠̩̯̘̙̝̞̪̺̻̼̃̈̽̊̚")
_IPA_ONLY = (IPA_VOWELS | _IPA_CONSONANTS | frozenset("ˈˌː͡")) - frozenset("abcdefghijklmnopqrstuvwxyzçøœ")
"""What is written in the IPA and in no spelling: a value that has it is meant as IPA."""
_TYPED = str.maketrans({"'": "ˈ", "’": "ˈ", ",": "ˌ", ":": "ː", "g": "ɡ"})


def is_ipa(written: str) -> bool:
    """Whether ``written`` is meant as IPA: between slashes, or with a symbol that no spelling has."""
    return _slashed(written) or any(char in _IPA_ONLY for char in written)


def is_cmu(written: str) -> bool:
    """Whether ``written`` is meant as CMU's phones: capitals with stress numbers, or with a vowel's two letters."""
    tokens = written.split()
    if not tokens or not all(re.fullmatch(r"[A-Z]{1,3}[0-9]?", token) for token in tokens):
        return False
    names = [token.rstrip("0123456789") for token in tokens]
    # Without a vowel it is letters: T V, F B I.
    return any(token[-1].isdigit() and token[:-1] in _VOWELS for token in tokens) or any(
        len(name) > 1 and name in _VOWELS for name in names
    )


def read_cmu(written: str) -> str:
    """CMU's phones as IPA, with the stress before its vowel. Raises InputError at what is none of them."""
    said: list[str] = []
    stressed = any(char.isdigit() for char in written)
    vowels = 0
    for token in re.finditer(r"\S+", written):
        match = _CMU.fullmatch(token[0])
        name, stress = (match[1], match[2]) if match else ("", "")
        if name in _VOWELS:
            if stress not in ("", "0", "1", "2"):
                raise _wrong(token.start(), token[0], "has no such stress: write 0, 1 or 2")
            vowels += 1
            mark = _STRESS.get(stress, "ˈ" if not stressed and vowels == 1 else "")
            said.append(mark + (_WEAK.get(name, _VOWELS[name]) if stress == "0" else _VOWELS[name]))
        elif name in _CONSONANTS and not stress:
            said.append(_CONSONANTS[name])
        else:
            raise _wrong(
                token.start(),
                token[0],
                "is a consonant and has no stress number"
                if name in _CONSONANTS
                else "is not a phone of CMU's (W IH1 N)",
            )
    return "".join(said)


def read_ipa(written: str) -> tuple[str, ...]:
    """The words of ``written`` in the IPA, without slashes. Raises InputError at what is no symbol of it."""
    shift = written.index("/") + 1 if _slashed(written) else 0
    text = written.strip()[1:-1] if shift else written
    text = unicodedata.normalize("NFC", text)
    plain = text.translate(_TYPED)
    for place, char in enumerate(plain):
        # An accent that NFC joined to its letter (ã, ü) counts as its parts do.
        if not (char.isspace() or char in "()" or all(map(_is_symbol, unicodedata.normalize("NFD", char)))):
            raise _wrong(place + shift, text[place], "is not a symbol of the IPA")
    words = tuple(plain.replace("(", "").replace(")", "").split())
    if not any(char in IPA_VOWELS or char in _IPA_CONSONANTS for char in "".join(words)):
        raise InputError(f"{written!r} has no sound in it: write phones such as wɪn")
    return words


def with_s(ipa: str) -> str:
    """The IPA of a word with 's behind it."""
    last = ipa.rstrip("ːˑ̩̃ʰ")[-1:]
    return ipa + ("ɪz" if last in "szʃʒʂʐɕʑ" else "s" if last in "ptkfθcqx" else "z")


def _is_symbol(char: str) -> bool:
    return char == "̧" or char in IPA_VOWELS or char in _IPA_CONSONANTS or char in _MARKS


def _slashed(written: str) -> bool:
    return len(written.strip()) > 2 and written.strip()[0] == written.strip()[-1] == "/"


def _wrong(at: int, written: str, why: str) -> InputError:
    return InputError(f"character {at + 1}, {written!r}, {why}")
