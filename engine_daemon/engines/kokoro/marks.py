"""What punctuation does to a line: how long each mark's pause is, and how the words before it are said.

The model hardly tells marks apart: its pause is about the same after each of them, and in Chinese there is none after
``……`` or ``——``. So a pause is brought between the least and the most of its mark, and the words take on the mark's
manner. docs/lines.md has the table; benchmarks/punctuation.py measures what is heard of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from framevox.engine_daemon.text.line import Language, Mark

from .manner import NEUTRAL, Manner, blend
from .phone import Phone

QUOTES = "“”"


@dataclass(frozen=True, slots=True)
class Saying:
    """``least`` and ``most`` are the seconds of silence after the words, ``manner`` is how they are said."""

    least: float
    most: float
    manner: Manner = NEUTRAL


MARKS: dict[str, Saying] = {
    "“": Saying(0.06, 0.10),
    "”": Saying(0.06, 0.10),
    ",": Saying(0.13, 0.19),
    ";": Saying(0.17, 0.23),
    ":": Saying(0.17, 0.23),
    "—": Saying(0.19, 0.24, Manner(ending=0.5)),
    ".": Saying(0.26, 0.32),
    "?": Saying(0.26, 0.32, Manner(ending=1.0)),
    "??": Saying(0.26, 0.32, Manner(pitch=0.5, range=0.1, ending=1.6, gain=0.6)),
    "???": Saying(0.26, 0.32, Manner(pitch=0.8, range=0.15, ending=2.2, gain=1.0)),
    "!": Saying(0.26, 0.32, Manner(pitch=0.8, range=0.1, gain=1.4, effort=0.8)),
    "!!": Saying(0.26, 0.32, Manner(pitch=1.2, range=0.2, gain=2.6, effort=1.8, vowels=0.04)),
    "!!!": Saying(0.26, 0.32, Manner(pitch=2.2, range=0.35, gain=4.2, effort=3.0, vowels=0.08)),
    "?!": Saying(0.26, 0.32, Manner(pitch=1.5, range=0.15, ending=4.5, gain=2.8, effort=1.6)),
    "…": Saying(0.38, 0.44, Manner(pitch=-0.3, range=-0.15, gain=-1.8, vowels=0.15)),
    "——": Saying(0.50, 0.56, Manner(ending=1.2, vowels=-0.1)),
    "……": Saying(0.64, 0.72, Manner(pitch=-0.5, range=-0.25, gain=-3.5, effort=-0.8, vowels=0.3)),
}  # fmt: skip
QUOTED = Manner(pitch=1.3, range=0.2, gain=1.6, effort=0.8, vowels=0.08)
"""How words are said that quotation marks set apart."""


def name_of(mark: Mark) -> str:
    """The mark as a key of MARKS."""
    name = mark.symbol if mark.symbol == "?!" else mark.symbol * mark.strength
    return name if name in MARKS else mark.symbol


def strongest(names: Sequence[str]) -> str:
    """The one of several marks with the longest pause, the first of them where two are alike."""
    return max(names, key=lambda name: MARKS[name].least)


def written(name: str, language: Language) -> str:
    """The model's symbol for a mark after words of ``language``.

    Its Chinese and Japanese run on after a dash and an ellipsis; a comma makes them end a phrase.
    """
    if name[0] in "…—" and language in ("zh", "ja"):
        return ","
    return name[0]


@dataclass(frozen=True, slots=True)
class Pause:
    """The pause at phones [first, last), all of kind ``pause``, of which ``mark`` carries marks: between ``least`` and
    ``most`` seconds."""

    first: int
    last: int
    mark: int
    least: float
    most: float


@dataclass(frozen=True, slots=True)
class Stretch:
    """Phones [first, last) are said in ``manner``, beside that of the whole line."""

    first: int
    last: int
    manner: Manner


def pauses(phones: Sequence[Phone]) -> Iterator[Pause]:
    """Every pause of marks between two words."""
    for is_pause, run in groupby(range(len(phones)), lambda at: phones[at].kind == "pause"):
        own = list(run)
        mark = next((at for at in own if phones[at].marks), None)
        if is_pause and mark is not None and own[0] > 0 and own[-1] + 1 < len(phones):
            saying = MARKS[strongest(phones[mark].marks)]
            yield Pause(own[0], own[-1] + 1, mark, saying.least, saying.most)


def stretches(phones: Sequence[Phone]) -> Iterator[Stretch]:
    """The words that a mark gives a manner, then those in quotation marks.

    A question or exclamation mark is that of a whole sentence, a dash or an ellipsis that of the words since the last
    mark.
    """
    sentence = clause = 0
    for index, phone in enumerate(phones):
        names = [name for name in phone.marks if name not in QUOTES]
        if not names:
            continue
        calling = any(name[0] in "!?" for name in names)
        manner = blend(((MARKS[name].manner, 1.0) for name in dict.fromkeys(names)), 1.0)
        first = sentence if calling else clause
        if manner and first < index:
            yield Stretch(first, index, manner)
        clause = index + 1
        if calling or any(name[0] in ".…—" for name in names):
            sentence = clause
    first = last = 0
    for index, phone in enumerate(phones):
        if phone.quoted:
            first, last = (first if last else index), index + 1
        elif last and (phone.marks or phone.kind != "pause"):
            yield Stretch(first, last, QUOTED)
            last = 0
    if last:
        yield Stretch(first, last, QUOTED)


def last_syllable(phones: Sequence[Phone], stretch: Stretch) -> Iterator[int]:
    """The phones of the last vowel of a stretch, with the marks of length, tone and stress around it."""
    vowels = [at for at in range(stretch.first, stretch.last) if phones[at].kind == "vowel"]
    if vowels:
        at = vowels[-1]
        while at > stretch.first and phones[at - 1].kind in ("vowel", "mark"):
            at -= 1
        while at < stretch.last and phones[at].kind in ("vowel", "mark"):
            yield at
            at += 1
