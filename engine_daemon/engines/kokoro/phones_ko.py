"""Korean (experimental): hangul to phones, with the sound changes that a listener would miss most.

The model was not trained on Korean; its symbols for Japanese, Chinese and English are used for the nearest sounds.
"""

from __future__ import annotations

from collections.abc import Sequence

from framevox.engine_daemon.text.line import Mark, Word

_INITIALS = ("k", "k", "n", "t", "t", "ɾ", "m", "p", "p", "s", "s", "", "ʨ", "ʨ", "ʨʰ", "kʰ", "tʰ", "pʰ", "h")
_VOWELS = (
    "a", "ɛ", "ja", "jɛ", "ʌ", "e", "jʌ", "je", "o", "wa", "wɛ", "we", "jo", "u", "wʌ", "we", "wi", "ju", "ɯ", "ɯi",
    "i",
)  # fmt: skip
# Final consonants as indices: what sounds before a consonant or pause, and what moves to a following vowel.
_FINALS = ("", "k", "k", "k", "n", "n", "n", "t", "l", "k", "m", "l", "l", "l", "p", "l", "m", "p", "p", "t", "t", "ŋ",
           "t", "t", "k", "t", "p", "")  # fmt: skip
_LIAISON = {
    1: ("", 0), 2: ("", 1), 3: ("k", 10), 4: ("", 2), 5: ("n", 12), 6: ("n", 11), 7: ("", 3), 8: ("", 5), 9: ("l", 0),
    10: ("l", 6), 11: ("l", 7), 12: ("l", 10), 13: ("l", 16), 14: ("l", 17), 15: ("l", 11), 16: ("", 6), 17: ("", 7),
    18: ("p", 10), 19: ("", 9), 20: ("", 10), 22: ("", 12), 23: ("", 14), 24: ("", 15), 25: ("", 16), 26: ("", 17),
    27: ("", 11),
}  # fmt: skip
_SILENT, _H = 11, 18
_I = 20
_PALATAL = {7: "ʥ", 25: "ʨʰ"}  # 굳이, 같이
_NASAL = {"k": "ŋ", "t": "n", "p": "m"}
_ASPIRATED = {0: 15, 3: 16, 7: 17, 12: 14}
_SOFT = {"k": "ɡ", "t": "d", "p": "b", "ʨ": "ʥ"}


# An n that comes in between the parts of a compound, and 밟 before a consonant.
_AS_SAID = {
    "꽃잎": "꼰닙", "나뭇잎": "나문닙", "깻잎": "깬닙", "색연필": "생년필", "한여름": "한녀름", "담요": "담뇨",
    "서울역": "서울력", "알약": "알략", "물약": "물략", "두통약": "두통냑", "솜이불": "솜니불", "맨입": "맨닙",
    "식용유": "시굥뉴", "휘발유": "휘발류", "부엌일": "부엉닐", "할일": "할릴", "앞일": "암닐", "밤일": "밤닐",
    "밟다": "밥다", "밟고": "밥고", "밟지": "밥지", "밟는": "밤는",
}  # fmt: skip


def hangul(word: str) -> str:
    """The phones of a word in hangul: ``"한국어"`` -> "hanɡuɡʌ"."""
    for written, said_so in _AS_SAID.items():
        word = word.replace(written, said_so)
    blocks = [divmod(ord(char) - 0xAC00, 28) for char in word if "가" <= char <= "힣"]
    syllables = [(lead // 21, lead % 21, final) for lead, final in blocks]
    said = ""
    onset: str | None = None
    for index, (initial, vowel, final) in enumerate(syllables):
        if onset is None:
            onset = _before_i(_INITIALS[initial], vowel)
            tense = initial in (1, 4, 8, 13)
            voiced = said[-1:] and said[-1] in "aeiouɛʌɯnmŋl"
            if voiced and not tense:
                onset = _SOFT.get(onset, onset)
        beyond = syllables[index + 1] if index + 1 < len(syllables) else (None, None)
        coda, onset = _join(final, beyond[0], beyond[1], onset, vowel)
        said += coda
    return said


def _before_i(onset: str, vowel: int) -> str:
    """s before i and its glides is the palatal fricative."""
    return "ɕ" if onset == "s" and _VOWELS[vowel][0] in "ij" else onset


def _join(
    final: int, following: int | None, following_vowel: int | None, onset: str, vowel: int
) -> tuple[str, str | None]:
    """This syllable's sound, and the next one's onset where this one's final decides it."""
    body = onset + _VOWELS[vowel]
    if following is None:
        return body + _FINALS[final], None
    if following == _SILENT and following_vowel == _I and final in _PALATAL:
        return body, _PALATAL[final]
    if following == _SILENT and final in _LIAISON:
        coda, moved = _LIAISON[final]
        sound = _INITIALS[moved] if moved != _SILENT else ""
        return body + coda, _SOFT.get(sound, sound)
    if following == _H and _FINALS[final] in ("k", "t", "p"):
        return body, {"k": "kʰ", "t": "tʰ", "p": "pʰ"}[_FINALS[final]]
    if final in (6, 15, 27) and following in _ASPIRATED:
        return body + ("n" if final == 6 else "l" if final == 15 else ""), _INITIALS[_ASPIRATED[following]]
    if final == 9 and following == 0:
        return body + "l", "k"  # 읽고
    coda = _FINALS[final]
    if following in (2, 6) and coda in _NASAL:
        return body + _NASAL[coda], _INITIALS[following]
    if following == 5 and coda in ("k", "t", "p", "m", "ŋ"):
        return body + _NASAL.get(coda, coda), "n"
    if {coda, _INITIALS[following]} == {"n", "ɾ"} or (coda == "l" and following in (2, 5)):
        return body + "l", "l"
    return body + coda, None


def sounds(phrase: Sequence[Word | Mark]) -> list[list[tuple[str, int]]]:
    """The phones of each token. Korean has no word stress: 0 throughout."""
    return [
        [(symbol, 0) for symbol in " ".join(filter(None, map(hangul, token.spoken.split())))]
        if isinstance(token, Word)
        else []
        for token in phrase
    ]
