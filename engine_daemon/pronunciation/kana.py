"""Kana as a reading: hiragana by Japanese spelling (とうきょう is tōkyō), katakana as it sounds (トーキョー)."""

from __future__ import annotations

import re
import unicodedata

from framevox.engine_daemon.protocol.errors import InputError

_KANA = re.compile(r"[ぁ-ゖァ-ヺー]")
_O_ROW = frozenset("おこそとのほもよろをごぞどぼぽょぉ")
_U_ROW = frozenset("うくすつぬふむゆるぐずづぶぷゅぅゔ")
_E_ROW = frozenset("えけせてねへめれげぜでべぺぇゑ")


def is_kana(written: str) -> bool:
    """Whether ``written`` is meant as kana: it has kana, and nothing that is of another script."""
    folded = unicodedata.normalize("NFKC", written)
    return any(map(_KANA.match, folded)) and not any(char.isalnum() and not _KANA.match(char) for char in folded)


def read_kana(written: str, text: str) -> str:
    """``written`` in katakana as it sounds. The う or い that ends ``text`` stays a vowel of its own: 思う.

    Raises InputError at what is no kana.
    """
    folded = unicodedata.normalize("NFKC", written)
    for place, char in enumerate(folded):
        if not (_KANA.match(char) or char.isspace() or char == "・"):
            raise InputError(f"character {place + 1}, {char!r}, is not kana: write からい or カライ")
    said = "".join(filter(_KANA.match, folded))
    if said.startswith("ー"):
        raise InputError("character 1, 'ー', has nothing to lengthen: begin with a kana that sounds")
    return "".join(_lengthened(said, place, text) for place in range(len(said)))


def katakana(text: str) -> str:
    """``text`` with its hiragana as katakana."""
    return "".join(chr(ord(char) + 0x60) if "ぁ" <= char <= "ゖ" else char for char in text)


def _lengthened(said: str, place: int, text: str) -> str:
    char = said[place]
    before = said[place - 1] if place else ""
    own = place == len(said) - 1 and text[-1:] == char and len(text) > 1 and not _KANA.match(text[-2])
    long = (char == "う" and (before in _O_ROW or before in _U_ROW)) or (char == "い" and before in _E_ROW)
    return "ー" if long and before and not own else katakana(char)
