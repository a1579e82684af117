"""Does punctuation speak: are its pauses, pitch and emphasis in the order that docs/lines.md states, in a slot too?

    python benchmarks/punctuation.py [--lines 3] [--voices 3] [--languages zh,en,ja]

The same words are spoken with one mark after another between their two halves, at the voice's own pace and at 0.8 of
it. Pauses are what lies 35 dB below the loudest 10 ms of a line; pitch is SwiftF0's. Pitch (its median), range (10th to
90th percentile), ending (the last 150 ms of voice against the median) and level are those of the words before the mark,
as departures from the same words before a full stop; for quotation marks, of the words inside them, as departures from
the same line without.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from statistics import fmean
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from acoustics import pitch_of
from report import heading, table, verdict

from framevox.engine_daemon.engines.base import PLAIN, Speech, unwrap
from framevox.engine_daemon.engines.kokoro.engine import KokoroEngine
from framevox.engine_daemon.text import read_line

VOICES = {
    "en": ("af_heart", "am_michael", "bf_emma"),
    "zh": ("zf_xiaobei:0.5+af_heart:0.5", "zm_yunjian:0.5+am_michael:0.5", "zf_xiaobei"),
    "ja": ("jf_alpha", "jm_kumo", "jf_gongitsune"),
}
HALVES = {
    "en": (("I waited for you", "you never came"), ("Stay where you are", "I will go alone"),
           ("It was my brother", "nobody else knew"), ("You said you loved me", "now look at us")),
    "zh": (("我等了你一整夜", "你却没有来"), ("你给我站住", "我自己去"),
           ("那个人是我哥哥", "别人都不知道"), ("你说过你爱我", "现在你看看")),
    "ja": (("ずっと待っていた", "君は来なかった"), ("そこを動くな", "俺が一人で行く"),
           ("あれは兄さんだ", "誰も知らなかった"), ("愛していると言った", "これを見てくれ")),
}  # fmt: skip
QUOTED = {
    "en": (("He calls it", "modern art", "in all his letters"), ("My", "best friend", "sold the house"),
           ("They said", "never again", "and went home")),
    "zh": (("他把这个叫做", "艺术", "已经很多年了"), ("我的", "好朋友", "把房子卖了"),
           ("这就是你的", "办法", "对不对")),
    "ja": (("彼はこれを", "芸術", "と呼んでいる"), ("私の", "親友", "が家を売った"),
           ("みんなが", "天才", "と言うけど")),
}  # fmt: skip
STOPS = ("”", ",", ".", "!", "?!", "!!!", "…", "——", "……")
PAUSES = ("”", ",", ".", "…", "——", "……")
EMPHASIS = (".", "!", "?!", "!!!")
TRAILING = ("……", "…", ".")
APART = ("", "“”")
PACES = (None, 0.8)
_QUIET_DB = 35.0
_OCTAVE = 11.0
"""Pitch this far from the median is a mistake of the tracker's, in a creak say."""
_WINDOW = 240
"""Samples in 10 ms."""

Sound = npt.NDArray[np.float32]


class Heard(NamedTuple):
    """What is measured of a line: seconds, semitones and decibels. See the top."""

    pause: float
    pitch: float
    range: float
    ending: float
    level: float


class Said(NamedTuple):
    """One line as it was spoken."""

    language: str
    voice: str
    line: int
    mark: str
    pace: float | None
    heard: Heard
    text: str
    sound: Sound


class Speaker:
    """Speaks lines with the built-in engine."""

    def __init__(self, models: Path) -> None:
        self._engine = KokoroEngine(None, models)

    def say(self, language: str, voice: str, text: str, pace: float | None) -> Speech:
        line = read_line(text, language)
        plan = unwrap(self._engine.plan([(line, self._engine.voice(voice), PLAIN)])[0])
        [(_, speech)] = self._engine.speak([(plan, None if pace is None else round(pace * plan.natural))])
        return unwrap(speech)


def silence(sound: Sound, near: int, rate: int) -> tuple[int, int]:
    """The longest silence within 0.3 s of sample ``near``, or ``near`` twice where there is none."""
    count = len(sound) // _WINDOW
    levels = 10 * np.log10(np.square(sound[: count * _WINDOW]).reshape(count, _WINDOW).mean(1) + 1e-12)
    quiet = np.diff(levels < levels.max() - _QUIET_DB, prepend=False, append=False)
    runs = np.flatnonzero(quiet).reshape(-1, 2) * _WINDOW
    reach = 0.3 * rate
    close = [(int(a), int(b)) for a, b in runs if a and b < len(sound) - _WINDOW and a - reach < near < b + reach]
    return max(close, key=lambda run: run[1] - run[0], default=(near, near))


def measured(sound: Sound, rate: int) -> tuple[float, float, float, float]:
    """Pitch, range, ending and level of some words."""
    pitch, times = pitch_of(sound, rate)
    middle = np.median(pitch)
    near = np.abs(pitch - middle) < _OCTAVE
    pitch, times = pitch[near], times[near]
    low, high = np.percentile(pitch, [10, 90])
    ending = pitch[times > times[-1] - 0.15].mean() - middle
    windows = np.square(sound[: len(sound) // _WINDOW * _WINDOW]).reshape(-1, _WINDOW).mean(1)
    loud = windows[windows > windows.max() * 10 ** (-_QUIET_DB / 10)]
    return float(middle), float(high - low), float(ending), float(10 * np.log10(loud.mean()))


def written(language: str, *parts: str) -> str:
    """Words and marks as one line, with spaces in English: before words, not before marks."""
    if language != "en":
        wide = {",": "，", ".": "。", "!": "！", "?!": "？！", "!!!": "！！！"}
        return "".join(wide.get(part, part) for part in parts)
    return "".join(part if index == 0 or not part[0].isalpha() else f" {part}" for index, part in enumerate(parts))


def stop(speaker: Speaker, language: str, voice: str, line: int, mark: str, pace: float | None) -> Said:
    """A line with a mark between its halves; for ”, the first half stands in quotation marks."""
    first, second = HALVES[language][line]
    text = written(language, first, mark, second, ".")
    speech = speaker.say(language, voice, f"“{text}" if mark == "”" else text, pace)
    words = len(read_line(first, language).words)
    sound = speech.samples[speech.start : speech.end]
    begin, end = silence(sound, speech.words[words - 1].end - speech.start, speech.sample_rate)
    heard = Heard((end - begin) / speech.sample_rate, *measured(sound[:begin], speech.sample_rate))
    return Said(language, voice, line, mark, pace, heard, text, sound)


def quoted(speaker: Speaker, language: str, voice: str, line: int, mark: str, pace: float | None) -> Said:
    """A line with some of its words in quotation marks, or without."""
    before, inside, after = QUOTED[language][line]
    space = " " if language == "en" else ""
    text = f"{before}{space}“{inside}”{space}{after}."
    if not mark:
        text = text.replace("“", "").replace("”", "")
    speech = speaker.say(language, voice, text, pace)
    place = text.index(inside)
    words = read_line(text, language).words
    own = [index for index, word in enumerate(words) if place <= word.start < place + len(inside)]
    sound = speech.samples[speech.start : speech.end]
    first, last = speech.words[own[0]].start - speech.start, speech.words[own[-1]].end - speech.start
    begin, end = silence(sound, last, speech.sample_rate)
    heard = Heard((end - begin) / speech.sample_rate, *measured(sound[max(0, first) : last], speech.sample_rate))
    return Said(language, voice, line, mark, pace, heard, text, sound)


def means(said: Sequence[Said], mark: str, **only: object) -> Heard:
    """The mean of each measure over what has this mark, and is as ``only`` says."""
    own = [one.heard for one in said if one.mark == mark and all(getattr(one, k) == v for k, v in only.items())]
    return Heard(*(fmean(values) for values in zip(*own, strict=True)))


def ordered(said: Sequence[Said], marks: Sequence[str], measure: str) -> tuple[bool, float]:
    """Whether ``measure`` grows along ``marks`` in the mean of every voice; and the share of neighbours in single
    lines, of which it does."""
    held = True
    for language, voice, pace in {(one.language, one.voice, one.pace): None for one in said}:
        grown = [getattr(means(said, mark, language=language, voice=voice, pace=pace), measure) for mark in marks]
        held &= all(low < high for low, high in pairwise(grown))
    single = {(one.language, one.voice, one.line, one.pace, one.mark): getattr(one.heard, measure) for one in said}
    pairs = [
        single[key] < single[(*key[:-1], following)]
        for mark, following in pairwise(marks)
        for key in single
        if key[-1] == mark
    ]
    return held, fmean(pairs)


def misheard(said: Sequence[Said], rate: int) -> bool:
    """What a recogniser gets wrong of the words with each mark, in percent by sound; needs the extra ``quality``."""
    import scoring
    import soxr
    from listening import RATE, Listener

    listener = Listener()
    wrong: dict[tuple[str, float | None], list[int]] = {}
    for one in said:
        sound = soxr.resample(np.pad(one.sound * 0.5, rate // 4), rate, RATE).astype(np.float32)
        heard, _ = listener.hear(sound, one.language, one.text)
        errors, units = scoring.errors(one.language, one.text, heard, by_sound=one.language != "en")
        total = wrong.setdefault((one.mark, one.pace), [0, 0])
        total[0], total[1] = total[0] + errors, total[1] + units
    marks = list(dict.fromkeys(one.mark for one in said))
    share = {key: 100 * errors / units for key, (errors, units) in wrong.items()}
    rows = [["own" if pace is None else str(pace), *(share[mark, pace] for mark in marks)] for pace in PACES]
    table(["% misheard at pace", *marks], rows)
    plain = fmean(share[".", pace] for pace in PACES)
    others = fmean(share[mark, pace] for mark in marks for pace in PACES)
    return verdict(f"{others:.1f} % misheard over all marks, {plain:.1f} % with full stops", others <= plain + 2)


def show(said: Sequence[Said], marks: Sequence[str], against: str) -> None:
    """Each mark's pause, and the departures of the words from those with the mark ``against``."""
    rows: list[list[object]] = []
    for language in dict.fromkeys(one.language for one in said):
        for pace in PACES:
            plain = means(said, against, language=language, pace=pace)._replace(pause=0.0)
            for mark in marks:
                own = means(said, mark, language=language, pace=pace)
                apart = [value - other for value, other in zip(own, plain, strict=True)]
                rows.append([language, "own" if pace is None else str(pace), mark or "none", *apart])
    table(["language", "pace", "mark", "pause [s]", "pitch [st]", "range [st]", "ending [st]", "level [dB]"], rows)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lines", type=int, default=3, help="of each language, at most 4 (3)")
    parser.add_argument("--voices", type=int, default=3, help="of each language, at most 3 (3)")
    parser.add_argument("--languages", default="zh,en,ja")
    parser.add_argument("--models", type=Path, default=Path(tempfile.gettempdir()) / "framevox-punctuation")
    parser.add_argument("--words", action="store_true", help="also count what a recogniser gets wrong")
    options = parser.parse_args()
    heading("Punctuation", "onnxruntime", "swift-f0")
    speaker = Speaker(options.models)
    said: list[Said] = []
    apart: list[Said] = []
    for language in options.languages.split(","):
        for voice in VOICES[language][: options.voices]:
            for pace in PACES:
                for line in range(options.lines):
                    said += [stop(speaker, language, voice, line, mark, pace) for mark in STOPS]
                for line in range(min(options.lines, len(QUOTED[language]))):
                    apart += [quoted(speaker, language, voice, line, mark, pace) for mark in APART]
    show(said, STOPS, ".")
    show(apart, APART, "")
    met = True
    for what, some, marks in (
        ("pause", said, PAUSES),
        ("level", said, EMPHASIS),
        ("pitch", said, EMPHASIS),
        ("level", said, TRAILING),
        ("range", said, ("……", ".", "!!!")),
        ("ending", said, ("!", "?!")),
        ("level", apart, APART),
        ("range", apart, APART),
    ):
        held, share = ordered(some, marks, what)
        order = " < ".join(mark or "none" for mark in marks)
        met &= verdict(f"{what}: {order} in every voice and pace; {100 * share:.0f} % of single lines", held)
    if options.words:
        met &= misheard(said, 24000)
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
