"""Words on chosen frames: what a point says, and which word of a line it means.

Words are compared as they are written, apart from capitals, spaces and the form of apostrophes. A point names whole
words; in a script without spaces it may begin at any character, and in Korean the end of a word may follow.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Annotated, Any, Union

from msgspec import Meta

from .declared import Declared, Position, Samples, brief
from .errors import InputError
from .timebase import Frames

MAX_POINTS = 100
MAX_WORD = 200
"""Characters of a point's word."""
MAX_NTH = 2_000

_UNSPACED = "\u3040-\u30ff\u31f0-\u31ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U000323af々〆〇ー"
"""Characters of scripts that write no spaces between words."""
_HANGUL = "\u1100-\u11ff\u3130-\u318f\uac00-\ud7a3"
_READING = re.compile(r"(?<=\w)\[[^\[\]]*\]")
"""A reading in brackets behind a word, which is not spoken."""
_TOKEN = re.compile(rf"[{_UNSPACED}]|[^\W{_UNSPACED}]+(?:['\-.,:][^\W{_UNSPACED}]+)*")
_AROUND = 12
"""Characters shown beside a word that is there twice."""


class SyncPoint(Declared, frozen=True):
    """A word of a line, and the frame on which it begins, counted from the slot's first. ``nth`` says which, from 1,
    where the word is there more than once."""

    word: Annotated[str, Meta(min_length=1, max_length=MAX_WORD)]
    frame: Position
    nth: Union[Annotated[int, Meta(ge=1, le=MAX_NTH)], None] = None

    @property
    def name(self) -> str:
        """The word as messages show it: “now”, or “now#2”."""
        return f"“{self.word}{'' if self.nth is None else f'#{self.nth}'}”"


class SyncTiming(Declared, frozen=True):
    """A point of a cue in its take: when its word begins, in samples at the take's rate from the slot's start."""

    word: Annotated[str, Meta(max_length=MAX_WORD)]
    frame: Position
    start_sample: Samples


def parse_point(text: str) -> SyncPoint:
    """A point as it is typed: ``now@42``, ``now#2@42``, ``send it@30``. Raises InputError."""
    named, at, frame = text.rpartition("@")
    word, hash_, nth = named.rpartition("#")
    word = (word if hash_ else nth).strip()
    if not at or not word:
        raise InputError(f"{brief(text)} is no word on a frame: write now@42, or now#2@42 for the second “now”")
    if not re.fullmatch(r"-?[0-9]{1,9}", frame.strip()):
        raise InputError(
            f"{brief(frame)} is not a whole frame: write that of “{word}” as a whole number, counted from the slot's "
            "first frame, 0"
        )
    return _point(word, int(frame), _nth(word, nth) if hash_ else None)


def parse_word(text: str) -> tuple[str, int | None]:
    """The word and its number in what a marker says: ``now`` or ``now#2``."""
    match = re.fullmatch(r"(?P<word>.*[^\s#])#(?P<nth>[1-9][0-9]{0,3})", text.strip(), re.DOTALL)
    return (match["word"], int(match["nth"])) if match else (text.strip(), None)


def read_points(value: Any) -> tuple[SyncPoint, ...]:
    """The points in a list of objects with ``word``, ``frame`` and perhaps ``nth``. Raises InputError."""
    if not isinstance(value, Sequence) or isinstance(value, (str, bytes)):
        raise InputError(f'must be a list such as [{{"word": "now", "frame": 42}}], not {brief(value)}')
    points = []
    for number, one in enumerate(value, 1):
        if not isinstance(one, Mapping) or not {"word", "frame"} <= set(one) <= {"word", "frame", "nth"}:
            raise InputError(f'point {number} must have "word", "frame" and perhaps "nth", not {brief(_shown(one))}')
        word, frame = one["word"], one["frame"]
        if not isinstance(word, str) or not word.strip():
            raise InputError(f'point {number}: "word" must be a word of the line, not {brief(word)}')
        if isinstance(frame, bool) or not isinstance(frame, (int, float)) or frame != frame // 1:
            raise InputError(
                f'point {number}: "frame" of “{word}” must be a whole number, counted from the slot\'s first frame, 0, '
                f"not {brief(frame)}"
            )
        points.append(_point(word, int(frame), None if one.get("nth") is None else _nth(word, one["nth"])))
    return tuple(points)


def _shown(value: Any) -> Any:
    return dict(value) if isinstance(value, Mapping) else value


def _point(word: str, frame: int, nth: int | None) -> SyncPoint:
    if len(word) > MAX_WORD:
        raise InputError(f"{brief(word)} has {len(word)} characters: name the line's words by at most {MAX_WORD}")
    return SyncPoint(word.strip(), frame, nth)


def _nth(word: str, value: Any) -> int:
    whole = isinstance(value, int) and not isinstance(value, bool)
    number = value if whole else int(value) if isinstance(value, str) and re.fullmatch(r"[0-9]{1,4}", value) else 0
    if not 1 <= number <= MAX_NTH:
        raise InputError(f"{brief(value)} does not say which “{word}”: count them from 1")
    return int(number)


def occurrences(text: str, word: str) -> list[int]:
    """Where ``word`` begins in ``text``, as whole words. Readings in brackets are passed over."""
    wanted = _plain(word).strip(" \t\n.,;:!?…—-\"'“”‘’«»()，。！？；：、「」『』（）《》").split()
    if not wanted:
        return []
    spoken, places = _without_readings(_plain(text))
    pattern = r"\s+".join(re.escape(part) for part in wanted)
    first, last = wanted[0][0], wanted[-1][-1]
    if re.match(rf"[^\W{_UNSPACED}]", first):
        pattern = rf"(?<![^\W{_UNSPACED}])(?<![^\W{_UNSPACED}]')" + pattern
    if re.match(rf"[^\W{_UNSPACED}{_HANGUL}]", last):
        pattern += rf"(?![^\W{_UNSPACED}{_HANGUL}])(?!'[^\W{_UNSPACED}])"
    return [places[match.start()] for match in re.finditer(pattern, spoken, re.IGNORECASE)]


def _plain(text: str) -> str:
    return text.replace("’", "'").replace("\u3000", " ")


def _without_readings(text: str) -> tuple[str, list[int]]:
    """``text`` without readings in brackets, and where each of its characters stands in it."""
    left_out = {place for match in _READING.finditer(text) for place in range(*match.span())}
    places = [place for place in range(len(text)) if place not in left_out]
    return "".join(text[place] for place in places), places


def bears_words(text: str, said: str) -> bool:
    """Whether ``said``, a marker's text, is some words of the line ``text``, and not the whole of several."""
    word, _ = parse_word(said)
    if not 0 < len(word) <= MAX_WORD or not occurrences(text, word):
        return False
    return len(_tokens(word)) < len(_tokens(text)) or len(_tokens(text)) == 1


def _tokens(text: str) -> list[str]:
    return _TOKEN.findall(_without_readings(_plain(text))[0])


def located(text: str, points: Sequence[SyncPoint], duration: Frames | None) -> list[tuple[int, SyncPoint]]:
    """Where the word of each point begins in ``text``, in the order of the line; a point given twice counts once.

    ``duration`` is the slot's in frames, None where there is none. Raises InputError for a word that is not there, or
    there more than once without ``nth``, and for frames outside of the slot or out of order.
    """
    words = len(_tokens(text))
    if len(points) > words:
        raise InputError(
            f"sync has {len(points)} points and the line {words} {'word' if words == 1 else 'words'}: "
            "give each word at most one"
        )
    found = sorted(((_place(text, point), point) for point in points), key=lambda one: one[0])
    kept: list[tuple[int, SyncPoint]] = []
    for place, point in found:
        if point.frame < 0 or (duration is not None and point.frame >= duration):
            raise InputError(
                f"sync puts {point.name} on frame {_number(point.frame)}, outside of the slot: "
                + ("frames count from 0" if duration is None else f"its frames are 0 to {_number(_last(duration))}")
            )
        if kept and kept[-1][0] == place:
            if kept[-1][1].frame != point.frame:
                raise InputError(
                    f"sync puts {point.name} on frame {_number(kept[-1][1].frame)} and on frame "
                    f"{_number(point.frame)}: give it one"
                )
            continue
        if kept and kept[-1][1].frame >= point.frame:
            before = kept[-1][1]
            raise InputError(
                f"sync puts {before.name} on frame {_number(before.frame)} and {point.name} on frame "
                f"{_number(point.frame)}, and the line says {before.name} first: give it an earlier frame"
            )
        kept.append((place, point))
    return kept


def _place(text: str, point: SyncPoint) -> int:
    places = occurrences(text, point.word)
    if not places:
        raise InputError(f"sync: “{point.word}” is not in the line: name words of it, as they are written")
    if point.nth is None and len(places) > 1:
        each = ", ".join(
            f"#{number} “{_shown_at(text, place, len(point.word))}”" for number, place in enumerate(places[:5], 1)
        )
        raise InputError(
            f"sync: “{point.word}” is in the line {len(places)} times ({each}{', …' if len(places) > 5 else ''}): say "
            f"which, such as {point.word}#2"
        )
    if (point.nth or 1) > len(places):
        times = "once" if len(places) == 1 else f"{len(places)} times"
        raise InputError(f"sync: “{point.word}” is in the line {times}, so there is no {point.name}: count from 1")
    return places[(point.nth or 1) - 1]


def _shown_at(text: str, place: int, length: int) -> str:
    """A word in brackets, with some of the line around it."""
    begin, end = max(0, place - _AROUND), min(len(text), place + length + _AROUND)
    # Words are shown whole, where they are spaced.
    while begin > 0 and place - begin < 2 * _AROUND and not text[begin - 1].isspace():
        begin -= 1
    while end < len(text) and end - place - length < 2 * _AROUND and not text[end].isspace():
        end += 1
    shown = f"{text[begin:place]}[{text[place : place + length]}]{text[place + length : end]}"
    return ("…" if begin else "") + " ".join(shown.split()) + ("…" if end < len(text) else "")


def _last(duration: Frames) -> Frames:
    """The last whole frame that begins within so many."""
    return -(-Fraction(duration) // 1) - 1


def _number(frame: Frames) -> str:
    exact = Fraction(frame)
    return str(exact.numerator) if exact.denominator == 1 else f"{float(exact):.2f}"
