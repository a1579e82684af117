"""A reading in square brackets right behind its word: 银行[yin2 hang2], 辛い[からい], Nguyen[wɪn], Nguyen[W IH N]."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

_HAN, _KANA, _HANGUL = "㐀-䶿一-鿿豈-﫿𠀀-𲎯〇々", "ぁ-ゖァ-ヺー", "가-힣"
_TONED = "āáǎăàēéěĕèīíǐĭìōóǒŏòūúǔŭùǖǘǚǜ"
_PINYIN = (
    r"(?:[a-zA-ZüÜêÊ:]{1,7}[0-5]\s*)+"
    rf"|(?=[^\]]*[{_TONED}{_TONED.upper()}])[a-zA-Z{_TONED}{_TONED.upper()}üÜêÊ\s'’·\-]+"
)
_IPA_ONLY = "ɐɑɒæɓʙβɔɕɖðʤəɘɚɛɜɝɞɟʄɡɢʛɦħɥʜɨɪʝɭɫɮʟɱɯɰŋɳɲɴɵɸɶɹɺɾɻʀʁɽʂʃʈʧʉʊʋʌɣɤʍχʎʏʑʐʒʔʕˈˌː"
_CMU_VOWEL = r"(?:A[AEHOWXY]|AXR|E[HRY]|I[HXY]|O[WY]|U[HWX])[0-9]?"
_CMU = rf"(?:{_CMU_VOWEL}|CH|D[HX]?|E[LMN]|HH|JH|NG|SH|TH|WH|ZH|[BFGKLMNPRSTVWYZ])"
_PHONES = (
    rf"/[^/\[\]]+/|(?=[^\]]*[{_IPA_ONLY}])[^\[\]A-Z0-9\"“”{_HAN}{_KANA}{_HANGUL}]+"
    rf"|(?=[^\]]*\b{_CMU_VOWEL}(?![A-Z])){_CMU}(?:\s+{_CMU})*"
)
_KANA_VALUE = rf"[{_KANA}ｦ-ﾟ\s・]+"
_QUOTED = r"[\"“][^\"“”\[\]]+[\"”]"
_INLINE = re.compile(
    rf"(?<=[{_HAN}])\[\s*(?:(?P<han>{_PINYIN})|(?P<kana>{_KANA_VALUE})|(?P<quoted>{_QUOTED}))\s*\]"
    rf"|(?<=[{_KANA}])\[\s*(?:(?P<kana_kana>{_KANA_VALUE})|(?P<kana_quoted>{_QUOTED}))\s*\]"
    rf"|(?<=[{_HANGUL}])\[\s*(?:(?P<hangul>[{_HANGUL}]+(?:\s+[{_HANGUL}]+)*)|(?P<hangul_quoted>{_QUOTED}))\s*\]"
    rf"|(?<=[^\W_{_HAN}{_KANA}{_HANGUL}]|[\u0900-\u0963])\[\s*(?:(?P<phones>{_PHONES})|(?P<latin_kana>{_KANA_VALUE})"
    rf"|(?P<latin_quoted>{_QUOTED}))\s*\]"
)
_RUNS = {
    "han": re.compile(rf"[{_HAN}]+$"),
    "japanese": re.compile(rf"[{_HAN}{_KANA}]+$"),
    "hangul": re.compile(rf"[{_HANGUL}]+$"),
    "latin": re.compile(rf"(?:[^\W_{_HAN}{_KANA}{_HANGUL}]|[\u0900-\u0963]|(?<=\w)['’-](?=\w))+$"),
}


@dataclass(frozen=True)
class Inline:
    """``line[start:end]`` is the word, ``line[end:stop]`` the bracket with its reading, ``value``.

    Of pinyin only the last characters of the word may be meant, one for each syllable.
    """

    start: int
    end: int
    stop: int
    value: str
    pinyin: bool = False


def inline_readings(line: str, is_sound: Callable[[str], bool]) -> Iterator[Inline]:
    """The readings in ``line``. ``is_sound`` tells what is none: 誰か来た[ノック], 안녕[웃음]."""
    for match in _INLINE.finditer(line):
        group = match.lastgroup or ""
        value, end = match[group].strip(), match.start()
        before = line[:end]
        if group == "han":
            start = _begin("han", before)
        elif "quoted" in group:
            script = "latin" if group == "latin_quoted" else "hangul" if group == "hangul_quoted" else "japanese"
            start = _begin("han" if group == "quoted" else script, before)
        elif group == "phones":
            start = _words(before, len(value.split()) if not value.isupper() and not re.search("[A-Z]", value) else 1)
        elif is_sound(value):
            continue
        elif group == "latin_kana":
            start = _begin("latin", before)
        elif group == "hangul":
            start = _begin("hangul", before)
            if end - start != len(value.replace(" ", "")):
                continue
        elif (found := _read_as(before, value)) is not None:
            start = found
        else:
            continue
        yield Inline(start, end, match.end(), value, group == "han")


def _begin(script: str, before: str) -> int:
    match = _RUNS[script].search(before)
    return match.start() if match else len(before) - 1


def _words(before: str, number: int) -> int:
    """Where the last ``number`` words in Latin letters begin."""
    start = len(before)
    while number > 0:
        here = before[:start].rstrip(" ")
        match = _RUNS["latin"].search(here)
        if match is None:
            break
        start = match.start()
        number -= 1 + match[0].count("-")  # Jean-Luc may be two
    return start


def _read_as(before: str, kana: str) -> int | None:
    """Where the word begins that can be read ``kana``: its own kana are in it, and something for each run of
    characters. The longest such word; None where there is none."""
    begin = _begin("japanese", before)
    said = _hiragana(kana)
    for start in range(begin, len(before)):
        word = before[start:]
        if not re.match(f"[{_HAN}]", word) and start != begin:
            continue
        pattern = re.sub(f"[{_HAN}]+", lambda run: f".{{{len(run[0])},{5 * len(run[0])}}}", _hiragana(word))
        if re.fullmatch(pattern, said):
            return start
    return None


def _hiragana(text: str) -> str:
    return "".join(chr(ord(char) - 0x60) if "ァ" <= char <= "ヶ" else char for char in text if not char.isspace())
