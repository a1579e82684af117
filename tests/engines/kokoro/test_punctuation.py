"""What punctuation does to pauses, melody and sound, and what it must leave alone."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from framevox.engine_daemon.audio.span import speech_span
from framevox.engine_daemon.engines.base import PLAIN, unwrap
from framevox.engine_daemon.engines.kokoro import punctuate
from framevox.engine_daemon.engines.kokoro.durations import allocate
from framevox.engine_daemon.engines.kokoro.engine import KokoroEngine
from framevox.engine_daemon.engines.kokoro.manner import Manner
from framevox.engine_daemon.engines.kokoro.marks import MARKS, QUOTED, Pause, Stretch, pauses, stretches, strongest
from framevox.engine_daemon.engines.kokoro.model import Tune
from framevox.engine_daemon.engines.kokoro.phone import Phone
from framevox.engine_daemon.engines.kokoro.phonemes import phones, vocabulary
from framevox.engine_daemon.text import read_line

UNITS = np.array([10.0, 20, 2, 2, 20, 10])
"""Silence, a vowel, a mark, a space, a vowel, silence."""


def said(text: str) -> list[str]:
    """The words of every stretch with a manner of its own."""
    own = phones(read_line(text))
    words = read_line(text).words
    indices = [dict.fromkeys(phone.word for phone in own[one.first : one.last]) for one in stretches(own)]
    return [" ".join(words[index].text for index in some if index is not None) for some in indices]


def tune(pause: int) -> Tune:
    """UNITS spoken, with so many quiet frames in the pause."""
    energy = np.full(128, -9.0)
    energy[20:108] = 7.0
    energy[62 - pause // 2 : 62 + pause // 2] = -3.0
    return Tune(np.where(energy > 0, 200.0, 10.0).astype(np.float32), energy.astype(np.float32))


def test_every_mark_is_a_symbol_of_the_model() -> None:
    assert {name[0] for name in MARKS} <= set(vocabulary())


def test_pauses_are_in_the_stated_order_and_do_not_overlap() -> None:
    order = ["”", ",", ";", "—", ".", "…", "——", "……"]
    for shorter, longer in pairwise(order):
        assert MARKS[shorter].least < MARKS[longer].least
    for shorter, longer in ((",", "."), (".", "…"), ("…", "——"), ("——", "……"), ("”", ",")):
        assert MARKS[shorter].least < MARKS[shorter].most < MARKS[longer].least
    assert MARKS["!!!"].manner.gain > MARKS["?!"].manner.gain > MARKS["!"].manner.gain > 0 > MARKS["…"].manner.gain


def test_the_longest_of_several_marks_is_the_pause() -> None:
    assert strongest(("!", "”")) == "!" and strongest((",", "“")) == "," and strongest(("……", "!")) == "……"
    (pause, _) = pauses(phones(read_line("Wait……!” No, go.")))
    assert (pause.least, pause.most) == (MARKS["……"].least, MARKS["……"].most)


def test_a_mark_at_either_end_of_a_line_makes_no_pause() -> None:
    assert not list(pauses(phones(read_line("“……走！！！”"))))


@pytest.mark.parametrize(
    ("text", "stretched"),
    [
        ("I know.", []),
        ("I know. Get out, now!!!", ["Get out now"]),
        ("Well… no, I… can't!", ["Well", "I", "can't"]),
        ("He calls it “modern art” again.", ["modern art"]),
        ("我的“好朋友”“卖了”房子。", ["好 朋友", "卖 了"]),
        ("Wait——", ["Wait"]),
    ],
)
def test_marks_act_on_the_words_before_them(text: str, stretched: list[str]) -> None:
    assert said(text) == stretched


@pytest.mark.parametrize("quiet", [0, 6, 20, 60])
def test_a_pause_is_brought_between_its_least_and_its_most(quiet: int) -> None:
    before = tune(quiet)
    after, added = punctuate.paused(before, UNITS, [Pause(1, 3, 1, 0.25, 0.30)])
    assert len(after.pitch) == len(after.energy) == 128 + 2 * added.sum()
    assert not added[[0, 1, 4, 5]].any() and (UNITS + added >= 1).all()
    heard = int((after.energy[20 : 108 + int(2 * added.sum())] <= 3).sum()) / 80
    # What is too long is taken out as far as the mark and the space have units to give.
    assert (0.25 <= heard <= 0.30) if quiet < 60 else heard == pytest.approx(0.75 - 0.05)


def test_pauses_follow_the_emotions_share() -> None:
    _, added = punctuate.paused(tune(6), UNITS, [Pause(1, 3, 1, 0.25, 0.30)])
    _, more = punctuate.paused(tune(6), UNITS, [Pause(1, 3, 1, 0.25, 0.30)], 1.5)
    assert more.sum() == added.sum() + 5


def test_gains_of_a_stretch_leave_the_others_and_the_span_alone() -> None:
    sound = np.zeros(72000, np.float32)
    wave = 0.2 * np.sin(2 * np.pi * 300 * np.arange(24000) / 24000) * np.minimum(1, np.arange(24000) / 2400)
    sound[6000:30000], sound[42000:66000] = wave, wave[::-1]
    bounds = np.array([6000, 30000, 42000, 66000])
    louder = punctuate.voiced(sound, bounds, [Stretch(0, 1, Manner(gain=6.0))])
    assert speech_span(louder) == speech_span(sound)
    assert (louder[42000:] == sound[42000:]).all()
    assert np.abs(louder[12000:28000]).max() == pytest.approx(0.2 * 10**0.3, rel=0.02)
    assert punctuate.voiced(sound, bounds, []) is sound


def test_only_the_last_syllable_of_a_stretch_is_drawn_out() -> None:
    line = phones(read_line("Hello there……"))
    units = np.full(len(line) + 2, 4.0)
    drawn = punctuate.drawn_out(units, line, list(stretches(line)))
    longer = [line[at - 1].symbol for at in np.flatnonzero(drawn > units)]
    assert longer == ["ɛ"]


def test_punctuation_keeps_its_pause_longer_than_a_space_does_and_gives_way_before_speech_hurries() -> None:
    line = [Phone("a", "vowel", 2), Phone(".", "pause", marks=(".",)), Phone(" ", "pause"), Phone("a", "vowel", 2)]
    wants = np.array([40.0, 10, 10, 40])
    at_80, at_65 = (allocate(wants, line, share * wants.sum()) / wants for share in (0.8, 0.65))
    assert at_80[1] > at_80[2] and at_80[1] == pytest.approx(at_80[0], abs=0.05)
    assert at_65[1] < 0.5 < 0.65 < at_65[0]


def test_quoted_words_are_said_louder_and_wider() -> None:
    assert QUOTED.gain > 0 and QUOTED.range > 0 and QUOTED.pitch > 0


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> KokoroEngine:
    return KokoroEngine(None, tmp_path_factory.mktemp("cache"), 1)


def heard_pause(engine: KokoroEngine, voice: str, language: str, text: str, pace: float) -> float:
    """Seconds of the longest silence inside a line, and that it has the length asked for."""
    made = unwrap(engine.plan([(read_line(text, language), engine.voice(voice), PLAIN)])[0])
    asked = round(pace * made.natural)
    [(_, outcome)] = engine.speak([(made, asked)])
    speech = unwrap(outcome)
    assert abs(speech.end - speech.start - asked) <= 300
    edges = [edge for word in speech.words for edge in (word.start, word.end)]
    assert edges == sorted(edges) and edges[0] >= speech.start and edges[-1] <= speech.end
    sound = speech.samples[speech.start : speech.end]
    levels = np.square(sound[: len(sound) // 240 * 240]).reshape(-1, 240).mean(1)
    loud = np.flatnonzero(levels > levels.max() * 10**-3.5)
    return float(np.diff(loud).max() - 1) / 100


@pytest.mark.slow
@pytest.mark.parametrize(
    ("voice", "language", "line"),
    [
        ("af_heart", "en", "I waited for you{} you never came."),
        ("zm_yunjian", "zh", "我等了你一整夜{}你却没有来。"),
        ("jm_kumo", "ja", "ずっと待っていた{}君は来なかった。"),
    ],
)
def test_pauses_are_heard_in_their_order_in_a_tight_slot(
    engine: KokoroEngine, voice: str, language: str, line: str
) -> None:
    heard = [heard_pause(engine, voice, language, line.format(mark), 0.8) for mark in (",", ".", "…", "——", "……")]
    assert heard == sorted(heard) and heard[1] >= 0.12 and heard[-1] >= 0.35, heard
