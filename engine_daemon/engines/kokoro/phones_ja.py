"""Japanese: kana to the model's phones, as it was trained on them (misaki's romaniser for Kokoro v1.0).

Rows of the kana table are consonant x vowel; the exceptions are the sounds that Japanese phonology changes before
i and u (shi, chi, tsu, fu). Devoicing marks are not kept, as in the training data.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from framevox.engine_daemon.text.line import Mark, Word

_VOWELS = frozenset("aeioɨɯu")


def _table() -> dict[str, str]:
    table: dict[str, str] = {}
    rows = {
        "アイウエオ": "", "カキクケコ": "k", "ガギグゲゴ": "ɡ", "サシスセソ": "s", "ザジズゼゾ": "ʣ", "タチツテト": "t",
        "ダヂヅデド": "d", "ナニヌネノ": "n", "ハヒフヘホ": "h", "バビブベボ": "b", "パピプペポ": "p",
        "マミムメモ": "m",
        "ラリルレロ": "ɾ",
    }  # fmt: skip
    for row, consonant in rows.items():
        table.update({kana: consonant + vowel for kana, vowel in zip(row, "aiɯeo", strict=True)})
    for kana in "キギビピミリ":
        table[kana] = table[kana][0] + "ʲi"
    table |= {
        "シ": "ɕi", "ジ": "ʥi", "チ": "ʨi", "ヂ": "ʥi", "ニ": "ɲi", "ヒ": "çi", "ス": "sɨ", "ズ": "zɨ", "ヅ": "zɨ",
        "ツ": "ʦɨ",
        "フ": "ɸɯ", "ヤ": "ja", "ユ": "jɯ", "ヨ": "jo", "ワ": "βa", "ヰ": "i", "ヱ": "e", "ヲ": "o", "ヴ": "vɯ",
    }  # fmt: skip
    # A small kana after a full one: the first one's consonant, palatal, with the small one's vowel.
    for kana, stem in {
        "キ": "kʲ", "ギ": "ɡʲ", "シ": "ɕ", "ジ": "ʥ", "チ": "ʨ", "ヂ": "ʥ", "ニ": "ɲ", "ヒ": "ç", "ビ": "bʲ",
        "ピ": "pʲ",
        "ミ": "mʲ", "リ": "ɾʲ",
    }.items():  # fmt: skip
        table |= {kana + "ャ": stem + "a", kana + "ュ": stem + "ɨ", kana + "ョ": stem + "o", kana + "ェ": stem + "e"}
    for kana, stem in {"ク": "kᵝ", "グ": "ɡᵝ", "ツ": "ʦ", "フ": "ɸ", "ヴ": "v", "ウ": "β"}.items():
        table |= {kana + "ァ": stem + "a", kana + "ェ": stem + "e", kana + "ォ": stem + "o"}
        table[kana + "ィ"] = stem + ("i" if kana in "クグウ" else "ʲi")
    table |= {
        "ティ": "tʲi", "テュ": "tʲɨ", "ディ": "dʲi", "デュ": "dʲɨ", "トゥ": "tɯ", "ドゥ": "dɯ", "フュ": "ɸʲɨ",
        "フョ": "ɸʲo",
        "ヴュ": "bʲɨ", "ヴョ": "bʲo", "イェ": "je", "スィ": "sʲi", "ズィ": "zʲi",
    }  # fmt: skip
    for small, full in zip("ァィゥェォャュョヮヵヶ", "アイウエオヤユヨワカケ", strict=True):
        table[small] = table[full]
    return table


_KANA = _table()
# What ン sounds as before the first phone of the next kana; elsewhere ɴ.
_NASAL = {
    **dict.fromkeys("mpb", "m"), **dict.fromkeys("kɡ", "ŋ"), **dict.fromkeys("ɲʨʥ", "ɲ"), **dict.fromkeys("ntdɾz", "n"),
}  # fmt: skip


@lru_cache(maxsize=20_000)
def kana(katakana: str) -> str:
    """The phones of a word in katakana: ``"コーヒー"`` -> "koːçiː"."""
    said: list[str] = []
    index = 0
    while index < len(katakana):
        pair = katakana[index : index + 2]
        char = katakana[index]
        if len(pair) == 2 and pair in _KANA:
            said.append(_KANA[pair])
            index += 2
            continue
        if char == "ー":
            if said and said[-1][-1:] in _VOWELS:
                said.append("ː")
        elif char == "ッ":
            said.append("ʔ")
        elif char == "ン":
            said.append(_NASAL.get(_KANA.get(pair[1:], " ")[0], "ɴ"))
        else:
            said.append(_KANA.get(char, ""))
        index += 1
    return "".join(said)


def sounds(phrase: Sequence[Word | Mark]) -> list[list[tuple[str, int]]]:
    """The phones of each token, with stress: 1 for a syllable with a long vowel, else 0."""
    return [_sound(token) if isinstance(token, Word) else [] for token in phrase]


def _sound(word: Word) -> list[tuple[str, int]]:
    phones = " ".join(filter(None, map(kana, word.reading)))
    return [
        (symbol, 1 if symbol == "ː" or (symbol in _VOWELS and phones[index + 1 : index + 2] == "ː") else 0)
        for index, symbol in enumerate(phones)
    ]
