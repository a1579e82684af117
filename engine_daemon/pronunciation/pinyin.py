"""Pinyin with tone numbers or tone marks, as syllables such as "hang2", "nü3" and "de5"."""

from __future__ import annotations

import difflib
import re
import unicodedata
from functools import cache, lru_cache

from framevox.engine_daemon.protocol.errors import InputError

_TABLE = """
-: a o e ê ai ei ao ou an en ang eng er m n ng hm hng
b: a o ai ei ao an en ang eng ong i ie iao ian in ing iang u
p: a o ai ei ao ou an en ang eng i ia ie iao ian in ing u
m: a o e ai ei ao ou an en ang eng i ie iao iu ian in ing u
f: a o ei ou an en ang eng iao u
d: a e ai ei ao ou an en ang eng ong i ia ie iao iu ian in ing u uo ui uan un
t: a e ai ei ao ou an ang eng ong i ie iao ian ing u uo ui uan un
n: a e ai ei ao ou an en ang eng ong i ia ie iao iu ian in iang ing u uo uan un ü üe
l: a o e ai ei ao ou an en ang eng ong i ia ie iao iu ian in iang ing u uo uan un ü üe üan ün
g: a e ai ei ao ou an en ang eng ong u ua uo uai ui uan un uang
k: a e ai ei ao ou an en ang eng ong iu u ua uo uai ui uan un uang
h: a e ai ei ao ou an en ang eng ong u ua uo uai ui uan un uang
j: i ia ie iao iu ian in iang ing iong u ue uan un
q: i ia ie iao iu ian in iang ing iong u ue uan un
x: i ia ie iao iu ian in iang ing iong u ue uan un
zh: a e i ai ei ao ou an en ang eng ong u ua uo uai ui uan un uang
ch: a e i ai ao ou an en ang eng ong u ua uo uai ui uan un uang
sh: a e i ai ei ao ou an en ang eng u ua uo uai ui uan un uang
r: e i ao ou an en ang eng ong u ua uo ui uan un
z: a e i ai ei ao ou an en ang eng ong u uo ui uan un
c: a e i ai ei ao ou an en ang eng ong u uo ui uan un
s: a e i ai ei ao ou an en ang eng ong u uo ui uan un
y: a o e ao ou an ang i in ing ong u ue uan un ai
w: a o ai ei an en ang eng ong u
"""
_TONES = {"\u0304": "1", "\u0301": "2", "\u030c": "3", "\u0306": "3", "\u0300": "4"}
_MARKS = {"1": "\u0304", "2": "\u0301", "3": "\u030c", "4": "\u0300"}
_TOKEN = re.compile(r"[^\s'’·\-]+")
_NUMBERED = re.compile(r"([^0-9]+)([0-9]*)")


@cache
def syllables() -> frozenset[str]:
    """Every syllable of Standard Chinese, without its tone."""
    found = set()
    for line in _TABLE.strip().splitlines():
        initial, finals = line.split(": ")
        found |= {initial.strip("-") + final for final in finals.split()}
    return frozenset(found)


def read_pinyin(written: str, text: str) -> tuple[str, ...]:
    """The syllables of ``written``, one for each Chinese character of ``text``: ``yin2 hang2``, ``yin2hang2``,
    ``yínháng``. 0 and 5 are the neutral tone, and so is no mark where another syllable has one.

    Raises InputError that says what is wrong, and at which character of ``written``.
    """
    characters = sum(map(is_han, text))
    options: list[list[tuple[str, ...]]] = []
    marked = False
    for token in _TOKEN.finditer(written):
        if any(char.isdigit() for char in token[0]):
            options.append([_with_numbers(token[0], token.start(), "儿" in text)])
            marked = True
        else:
            options.append(_with_marks(token[0], token.start(), "儿" in text))
            marked = marked or any(not syllable.endswith("5") for syllable in options[-1][0])
    if not marked:
        first = options[0][0][0][:-1] if options else "hang"
        raise InputError(f"{written!r} has no tones: write {first}2 or a tone mark ({first}5 for the neutral tone)")
    found = _of_number(options, characters)
    if found is None:
        given = sum(len(option[0]) for option in options)
        raise InputError(
            f"{given} syllable{'s' * (given != 1)} for {characters} character{'s' * (characters != 1)}: give one for "
            f"each Chinese character of {text!r}"
        )
    return found


def simple_pinyin(written: str) -> tuple[str, ...]:
    """The syllables of ``yin2 hang2``, written as plainly as that; empty for anything else."""
    said = tuple(written.split(" "))
    return said if _all_syllables().issuperset(said) else ()


@cache
def _all_syllables() -> frozenset[str]:
    return frozenset(syllable + tone for syllable in syllables() for tone in "12345")


def is_han(char: str) -> bool:
    """Whether ``char`` is a Chinese character."""
    code = ord(char)
    return 0x3400 <= code <= 0x9FFF or 0xF900 <= code <= 0xFAFF or 0x20000 <= code <= 0x323AF or char in "〇々"


def _with_numbers(token: str, offset: int, curled: bool) -> tuple[str, ...]:
    found: list[str] = []
    for part in _NUMBERED.finditer(token):
        letters, tone = plain(part[1]), part[2]
        at = offset + part.start()
        if any(mark in unicodedata.normalize("NFD", part[1]) for mark in _TONES):
            raise _wrong(at, part[0], "has a tone mark and a tone number: write one of them")
        if letters not in syllables():
            if curled and letters.endswith("r") and letters[:-1] in syllables() and tone:
                found += [letters[:-1] + _number(at, part[0], tone), "er5"]  # huar1: 花儿
                continue
            if not tone and _splits(letters):
                raise _wrong(at, part[1], "has no tone number: write one behind each syllable (5 is the neutral tone)")
            raise _wrong(at, part[0], _unknown(letters, tone))
        found.append(letters + _number(at, part[0], tone))
    return tuple(found)


def _number(at: int, written: str, tone: str) -> str:
    if tone not in ("0", "1", "2", "3", "4", "5"):
        why = f"has no tone {tone}: tones are 1 to 4, and 5 or 0 for the neutral one" if tone else "has no tone number"
        raise _wrong(at, written, why)
    return "5" if tone == "0" else tone


def _with_marks(token: str, offset: int, curled: bool) -> list[tuple[str, ...]]:
    """Every way to cut ``token`` into syllables, the one with the longest first."""
    letters: list[str] = []
    tones: list[str] = []
    places: list[int] = []
    for place, char in enumerate(token):
        tone = ""
        letter = ""
        for part in unicodedata.normalize("NFD", char.lower()):
            if part in _TONES:
                tone = _TONES[part]
            else:
                letter += part
        letter = plain(letter)
        if letter:
            letters.append(letter)
            tones.append(tone)
            places.append(place)
        elif tone and tones:
            tones[-1] = tone  # a mark of its own behind the letter
    text = "".join(letters)
    if curled and len(text) > 2 and text.endswith("r") and not _splits(text):
        return [(*way, "er5") for way in _with_marks(token[:-1], offset, False)]  # huār: 花儿
    ways = []
    for way in _splits(text):
        said, at = [], 0
        for syllable in way:
            own = [tone for tone in tones[at : at + len(syllable)] if tone]
            if len(own) > 1:
                break
            said.append(syllable + (own[0] if own else "5"))
            at += len(syllable)
        else:
            ways.append(tuple(said))
    if ways:
        return ways
    # Where the first syllable that is none begins: behind the longest beginning that can be read.
    end = next(size for size in range(len(text), -1, -1) if not size or _splits(text[:size]))
    end = 0 if end == len(text) else _begins(text, end)
    at = places[end] if places else 0
    raise _wrong(offset + at, token[at:], _unknown(text[end:], ""))


def _begins(text: str, end: int) -> int:
    """Where the last syllable of ``text[:end]`` begins, if what follows may belong to it."""
    way = _splits(text[:end])[0] if end else ()
    return end - len(way[-1]) if way and text[end:] and not _splits(text[end : end + 1]) else end


@lru_cache(maxsize=4096)
def _splits(text: str) -> tuple[tuple[str, ...], ...]:
    if not text:
        return ((),)
    found = []
    for size in range(min(6, len(text)), 0, -1):
        if text[:size] in syllables():
            found += [(text[:size], *rest) for rest in _splits(text[size:])]
        if len(found) > 64:
            break
    return tuple(found)


def _of_number(options: list[list[tuple[str, ...]]], number: int) -> tuple[str, ...] | None:
    """One way of each token so that they have ``number`` syllables together; None where there is none."""
    reached: dict[int, tuple[str, ...]] = {0: ()}
    for ways in options:
        onward: dict[int, tuple[str, ...]] = {}
        for size, said in reached.items():
            for way in ways:
                if size + len(way) <= number:
                    onward.setdefault(size + len(way), said + way)
        reached = onward
    return reached.get(number)


def marked(syllable: str) -> str:
    """A syllable with its tone mark: "hang2" is háng."""
    letters, mark = syllable[:-1], _MARKS.get(syllable[-1:], "")
    vowel = next((letters.index(key) for key in ("a", "e", "ê", "ou") if key in letters), -1)
    if vowel < 0:
        vowel = max((place for place, char in enumerate(letters) if char in "iouü"), default=0)  # in m and n the first
    return unicodedata.normalize("NFC", letters[: vowel + 1] + mark + letters[vowel + 1 :])


def plain(letters: str) -> str:
    """Letters of pinyin in small letters, with ü however it was typed: v, u:, ü."""
    return unicodedata.normalize("NFC", letters.lower()).replace("u:", "ü").replace("v", "ü")


def _unknown(letters: str, tone: str) -> str:
    # Letters out of order are the commonest slip.
    near = sorted(known for known in syllables() if sorted(known) == sorted(letters))
    near = near or difflib.get_close_matches(letters, sorted(syllables()), 1, 0.6)
    return "is not pinyin" + (f": did you mean {near[0]}{tone}?" if near else ": write syllables such as hang2")


def _wrong(at: int, written: str, why: str) -> InputError:
    return InputError(f"character {at + 1}, {written!r}, {why}")
