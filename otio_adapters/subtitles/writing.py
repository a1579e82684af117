"""Subtitles of what was really spoken: each word when it is heard, on whole frames, in every format that is read."""

from __future__ import annotations

import html
import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor
from pathlib import PurePath

from framevox.engine_daemon.protocol.errors import InputError
from framevox.engine_daemon.protocol.timebase import Frames, Rate

from .breaking import STYLES, Style, line_limit, split, wrap


@dataclass(frozen=True)
class Heard:
    """A word, and when it is heard: exact seconds from the timeline's first frame."""

    text: str
    start: Fraction
    end: Fraction


@dataclass(frozen=True)
class SpokenLine:
    """A line that was spoken. ``start`` and ``end`` are the speech itself, in exact seconds from the first frame."""

    text: str
    start: Fraction
    end: Fraction
    words: tuple[Heard, ...] = ()
    character: str = ""


@dataclass(frozen=True)
class Shown:
    """A caption as it is written: frames from the timeline's first frame, text with its line break, and its words."""

    first: int
    end: int
    text: str
    words: tuple[Heard, ...]
    character: str


def seconds(sample: int, sample_rate: int, slot_start: Frames, rate: Rate) -> Fraction:
    """An instant counted in samples from a slot's start, in seconds from the timeline's first frame."""
    return Fraction(slot_start) / rate.fps + Fraction(sample, sample_rate)


def captions_of(lines: Sequence[SpokenLine], rate: Rate, style: str = "plain") -> list[Shown]:
    """What is shown when: every line in captions of at most two lines, split where its words are heard.

    A caption begins on the frame in which its first word begins and ends on the frame after its last sound; it stays
    longer, where the style asks for that and no other caption follows. Raises InputError for a style nobody knows.
    """
    if style not in STYLES:
        raise InputError(f"unknown subtitle style {style!r}: use one of {', '.join(STYLES)}")
    rules = STYLES[style]
    shown = [caption for line in sorted(lines, key=lambda line: line.start) for caption in _captions(line, rate, rules)]
    return list(_held(shown, rate, rules))


def subtitle_file(shown: Sequence[Shown], rate: Rate, suffix: str) -> bytes:
    """The content of a subtitle file: ``.srt``, ``.vtt``, ``.ass`` or ``.ttml``. Raises InputError for another."""
    writer = _WRITERS.get(suffix.lower())
    if writer is None:
        raise InputError(f"subtitles cannot be written as {suffix or 'that'}: use {', '.join(_WRITERS)}")
    return writer(shown, rate).encode("utf-8")


def check_subtitle_path(path: PurePath) -> None:
    """Raises InputError for a file whose name says no format that can be written."""
    if path.suffix.lower() not in _WRITERS:
        raise InputError(f"{path}: subtitles are written as {', '.join(_WRITERS)}: choose one of these")


def _captions(line: SpokenLine, rate: Rate, style: Style) -> Iterator[Shown]:
    text = " ".join(line.text.split())
    places = _places(text, line.words)
    limit = line_limit(text, style)
    starts = [place for place, _ in places[1:]] or None
    pieces = split(text, limit, wanted=starts or ()) if len(text) > limit else [(0, len(text))]
    edges = [line.start, *(_begin(places, start, line) for start, _ in pieces[1:]), line.end]
    for (start, end), begin, finish in zip(pieces, edges, edges[1:], strict=False):
        first = floor(begin * rate.fps)
        last = max(ceil(finish * rate.fps), first + 1)
        if end < len(text):
            last = max(floor(finish * rate.fps), first + 1)  # the next one begins there
        words = tuple(word for place, word in places if start <= place < end)
        yield Shown(first, last, wrap(text[start:end], limit), words, line.character)


def _places(text: str, words: Sequence[Heard]) -> list[tuple[int, Heard]]:
    """Where in the text each word stands; words that are not found in order are left out."""
    found, position = [], 0
    folded = text.casefold()
    if len(folded) != len(text):
        folded = text
    for word in words:
        at = folded.find(word.text.casefold() if folded is not text else word.text, position)
        if at >= 0 and word.text.strip():
            found.append((at, word))
            position = at + len(word.text)
    return found


def _begin(places: Sequence[tuple[int, Heard]], start: int, line: SpokenLine) -> Fraction:
    for place, word in places:
        if place >= start:
            return max(word.start, line.start)
    return line.end


def _held(shown: Sequence[Shown], rate: Rate, style: Style) -> Iterator[Shown]:
    """Keeps captions on screen for the style's least time, never into the next one of any character."""
    for caption, following in itertools.zip_longest(shown, shown[1:]):
        end = max(caption.end, caption.first + ceil(style.shortest * rate.fps))
        if following is not None and following.first >= caption.end:
            end = min(end, following.first)
            if style.gap > 0 and end > following.first - style.gap:
                end = max(min(end, following.first - style.gap), caption.first + 1)
        yield Shown(caption.first, end, caption.text, caption.words, caption.character)


# The formats.


def _ms(frame: int, rate: Rate) -> int:
    """The millisecond that names a frame: the nearest, so that it is read back as that frame."""
    return floor(Fraction(frame * 1000) / rate.fps + Fraction(1, 2))


def _srt(shown: Sequence[Shown], rate: Rate) -> str:
    return "".join(
        f"{number}\n{_clock(caption.first, rate, ',')} --> {_clock(caption.end, rate, ',')}\n{caption.text}\n\n"
        for number, caption in enumerate(shown, 1)
    )


def _vtt(shown: Sequence[Shown], rate: Rate) -> str:
    blocks = ["WEBVTT\n"]
    for caption in shown:
        text = html.escape(caption.text, quote=False)
        if caption.character:
            text = f"<v {html.escape(' '.join(caption.character.split()), quote=False)}>{text}"
        blocks.append(f"{_clock(caption.first, rate, '.')} --> {_clock(caption.end, rate, '.')}\n{text}\n")
    return "\n".join(blocks)


def _clock(frame: int, rate: Rate, point: str) -> str:
    minutes, milliseconds = divmod(_ms(frame, rate), 60_000)
    hours, minutes = divmod(minutes, 60)
    whole, rest = divmod(milliseconds, 1000)
    return f"{hours:02}:{minutes:02}:{whole:02}{point}{rest:03}"


def _ass(shown: Sequence[Shown], rate: Rate) -> str:
    """ASS, each word lit up as it is heard (``\\k``, in hundredths of a second)."""
    import pysubs2

    subs = pysubs2.SSAFile()
    subs.info["ScriptType"] = "v4.00+"
    for caption in shown:
        # ASS counts hundredths: inwards, so that reading, which goes outwards, finds the same frames.
        start = ceil(Fraction(caption.first * 100) / rate.fps)
        end = max(floor(Fraction(caption.end * 100) / rate.fps), start + 1)
        event = pysubs2.SSAEvent(start=start * 10, end=end * 10, text=_karaoke(caption, rate))
        event.name = " ".join(caption.character.replace(",", " ").split())
        subs.append(event)
    return subs.to_string("ass")


def _karaoke(caption: Shown, rate: Rate) -> str:
    """The text with a duration in front of every word; what lies between two words belongs to the first."""
    flat = caption.text.replace("\n", " ")
    places = _places(flat, caption.words)
    text = _plain(caption.text)
    if not places:
        return text
    origin = Fraction(caption.first) / rate.fps
    starts = [max(Fraction(0), word.start - origin) for _, word in places]
    ends = [*starts[1:], max(starts[-1], places[-1][1].end - origin)]
    marks = [floor(instant * 100 + Fraction(1, 2)) for instant in [*starts, ends[-1]]]
    cuts = [0, *(place for place, _ in places[1:]), len(flat)]
    pieces = [f"{{\\k{marks[0]}}}"] if marks[0] > 0 else []
    for index in range(len(places)):
        piece = caption.text[cuts[index] : cuts[index + 1]]
        pieces.append(f"{{\\k{max(0, marks[index + 1] - marks[index])}}}{_plain(piece)}")
    return "".join(pieces)


def _plain(text: str) -> str:
    """Text that ASS takes for no command."""
    return text.replace("\\", "＼").replace("{", "｛").replace("}", "｝").replace("\n", "\\N")


def _ttml(shown: Sequence[Shown], rate: Rate) -> str:
    names = dict.fromkeys(caption.character for caption in shown if caption.character)
    agents = {name: f"agent{number}" for number, name in enumerate(names, 1)}
    head = "".join(
        f'    <ttm:agent xml:id="{agent}" type="character"><ttm:name type="full">{html.escape(name)}</ttm:name>'
        "</ttm:agent>\n"
        for name, agent in agents.items()
    )
    body = "".join(
        f'      <p begin="{caption.first}f" end="{caption.end}f"'
        + (f' ttm:agent="{agents[caption.character]}"' if caption.character else "")
        + ">"
        + "<br/>".join(html.escape(line, quote=False) for line in caption.text.split("\n"))
        + "</p>\n"
        for caption in shown
    )
    multiplier = ' ttp:frameRateMultiplier="1000 1001"' if rate.fps.denominator == 1001 else ""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<tt xmlns="http://www.w3.org/ns/ttml" xml:lang="" '
        'xmlns:ttp="http://www.w3.org/ns/ttml#parameter" xmlns:ttm="http://www.w3.org/ns/ttml#metadata" '
        f'ttp:timeBase="media" ttp:frameRate="{rate.nominal}"{multiplier}>\n'
        f"  <head>\n    <metadata>\n{head}    </metadata>\n  </head>\n"
        f"  <body>\n    <div>\n{body}    </div>\n  </body>\n</tt>\n"
    )


_WRITERS: dict[str, Callable[[Sequence[Shown], Rate], str]] = {
    ".srt": _srt,
    ".vtt": _vtt,
    ".ass": _ass,
    ".ttml": _ttml,
}
