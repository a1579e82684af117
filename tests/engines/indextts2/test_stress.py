"""The term of stress in the time map: accents of the sound, and what the text says."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pytest

from framevox.engine_daemon.text.line import Language, Word

from .test_timemap import where

if TYPE_CHECKING:
    from framevox.engine_daemon.engines.indextts2.text_ids import Piece

Mel = npt.NDArray[np.float32]
CONSONANT, VOWEL = 8, 12  # mel frames of each syllable


def syllables(levels: list[float], pitches: list[float] | None = None, closure: int = 0) -> tuple[Mel, list[int]]:
    """Syllables whose vowels have the levels (dB) and pitches (Hz) given. -> log mel [80, n], where vowels begin.

    A consonant has its energy above 4 kHz, a vowel harmonics below 3 kHz; ``closure`` frames of silence before each.
    """
    from framevox.engine_daemon.engines.indextts2.accents import centres

    rng = np.random.default_rng(3)
    hertz = centres(80)
    high = np.where(hertz > 4000, -3.5, -8.0)
    columns: list[npt.NDArray[np.float64]] = [np.full(80, -11.5)] * 12
    vowels: list[int] = []
    for level, pitch in zip(levels, pitches or [150.0] * len(levels), strict=True):
        columns += [np.full(80, -11.5)] * closure
        columns += list(high + 0.3 * rng.standard_normal((CONSONANT, 80)))
        vowels.append(len(columns))
        comb = 1.5 * np.cos(2 * np.pi * hertz / pitch) * (hertz < 1100)
        shape = np.where(hertz < 3000, -3.0, -7.0) + comb + level * np.log(10) / 20
        columns += list(shape + 0.05 * rng.standard_normal((VOWEL, 80)))
    columns += [np.full(80, -11.5)] * 12
    return np.array(columns, np.float32).T, vowels


def stretched(
    mel: Mel,
    vowels: list[int],
    ratio: float,
    emphasis: npt.NDArray[np.float64] | None = None,
    pitched: bool = True,
) -> list[float]:
    """By how many frames each vowel's middle became longer."""
    from framevox.engine_daemon.engines.indextts2.timemap import elasticity, time_map

    n = mel.shape[1]
    elastic = elasticity(mel, emphasis, pitched)
    source = time_map(mel, round(12 + (n - 24) * ratio + 12), held=(12, 12), elastic=elastic)
    return [where(source, v + VOWEL - 1) - where(source, v) - (VOWEL - 1) for v in vowels]


@pytest.mark.parametrize("ratio", [0.875, 1.125])
def test_louder_vowels_take_more_of_the_stretch_and_consonants_next_to_none(ratio: float) -> None:
    loud = [0.0, -8.0, 0.0, -8.0, 0.0, -8.0, 0.0, -8.0]
    mel, vowels = syllables(loud)
    changed = np.abs(stretched(mel, vowels, ratio))
    assert changed[::2].min() > 1.5 * changed[1::2].max()
    whole = abs(ratio - 1) * (mel.shape[1] - 24)
    assert changed.sum() > 0.8 * whole


def test_a_high_pitch_is_an_accent_unless_it_tells_words_apart() -> None:
    pitches = [140.0, 140.0, 210.0, 140.0, 140.0, 210.0, 140.0, 140.0]
    mel, vowels = syllables([0.0] * 8, pitches)
    high = np.array([pitch > 200 for pitch in pitches])
    heard = np.array(stretched(mel, vowels, 1.125))
    assert heard[high].min() > heard[~high].max()
    told = np.array(stretched(mel, vowels, 1.125, pitched=False))
    assert told[high].mean() < 1.2 * told[~high].mean()


def test_the_pitch_in_a_mel_is_that_of_its_harmonics() -> None:
    from framevox.engine_daemon.engines.indextts2.accents import pitch
    from framevox.engine_daemon.engines.indextts2.timemap import silence

    wanted = [120.0, 160.0, 190.0, 150.0]
    mel, vowels = syllables([0.0] * 4, wanted)
    tones, voiced = pitch(mel, ~silence(mel)[0])
    for start, hertz in zip(vowels, wanted, strict=True):
        middle = slice(start + 4, start + VOWEL - 4)
        assert voiced[middle].all() and np.abs(tones[middle] - 12 * np.log2(hertz)).max() < 1
    assert not voiced[:12].any()


def test_the_silence_before_a_burst_is_no_pause() -> None:
    from framevox.engine_daemon.engines.indextts2.timemap import elasticity, silence

    mel, vowels = syllables([0.0] * 4, closure=6)
    silent, pause = silence(mel)
    inside = slice(vowels[0], vowels[-1])
    assert silent[inside].sum() >= 3 * 6 and not pause[inside].any() and pause[:12].all()
    weight, _ = elasticity(mel)
    assert weight[inside][silent[inside]].max() < 0.1 * weight[vowels[0] + 6]
    longer, vowels = syllables([0.0] * 4, closure=14)
    assert silence(longer)[1][vowels[0] : vowels[-1]].sum() >= 3 * 12


def piece(text: str, language: Language = "en", reading: tuple[str, ...] = ()) -> list[Piece]:
    """The pieces of one word: its characters in Chinese."""
    from framevox.engine_daemon.engines.indextts2.text_ids import Piece

    word = Word(text, 0, len(text), language, text, reading)
    return [Piece((1,), word, 1) for _ in (text if language == "zh" else text.split())]


def mark(rank: int) -> list[Piece]:
    from framevox.engine_daemon.engines.indextts2.text_ids import Piece

    return [Piece((2,), None, rank)]


def test_weak_words_give_less_and_the_last_stressed_word_of_a_phrase_more() -> None:
    from framevox.engine_daemon.engines.indextts2.emphasis import PHRASE_END, WEAK_WORD, factors

    line = [*piece("Put"), *piece("the"), *piece("letter"), *mark(1), *piece("down"), *mark(2)]
    line += [*piece("tell"), *piece("me"), *mark(3)]
    assert factors(line) == [1.0, WEAK_WORD, 1.0, PHRASE_END, PHRASE_END, WEAK_WORD]
    # Without a mark a segment ends with its last piece; a phrase of weak words alone has no end to draw out.
    assert factors(piece("it")) == [WEAK_WORD] and factors(piece("letters")) == [PHRASE_END]
    chinese = [
        *piece("妈妈", "zh", ("ma1", "ma5")),
        *piece("来", "zh", ("lai2",)),
        *piece("了", "zh", ("le5",)),
        *mark(3),
    ]
    assert factors(chinese) == [1.0, WEAK_WORD, PHRASE_END, WEAK_WORD]


def test_what_the_text_says_reaches_the_frames_of_its_words() -> None:
    from framevox.engine_daemon.engines.indextts2.emphasis import PHRASE_END, WEAK_WORD, emphasis

    said = emphasis([*piece("the"), *piece("letter"), *mark(3)], [10, 40, 90], 120)
    assert said[20] == WEAK_WORD and said[60] == PHRASE_END and said[2] == said[110] == 1.0
    assert (np.abs(np.diff(said)) < 0.3).all()
    mel, vowels = syllables([0.0] * 4)
    raised = np.ones(mel.shape[1])
    raised[vowels[2] :] = 0.5
    heard = stretched(mel, vowels, 1.125, emphasis=raised)
    assert min(heard[:2]) > 1.5 * max(heard[2:])


@pytest.mark.parametrize(("words", "first_gives_less"), [(("the", "letters"), True), (("old", "was"), False)])
def test_a_line_is_laid_out_by_its_sound_and_its_text(words: tuple[str, str], first_gives_less: bool) -> None:
    import torch

    from framevox.engine_daemon.engines.base import Voice
    from framevox.engine_daemon.engines.indextts2.model import Prompt
    from framevox.engine_daemon.engines.indextts2.parts import DecodedLine, Part, ReadLine, lay_out
    from framevox.engine_daemon.engines.indextts2.text_ids import Segment
    from framevox.engine_daemon.text.line import Line

    mel, vowels = syllables([0.0] * 8)
    none = torch.zeros(1)
    prompt = Prompt(none, torch.zeros(80, 5), none, none, none, none, none)
    segment = Segment((*piece(words[0]), *piece(words[1])))
    frames = round(mel.shape[1] * 256 / 441)
    part = Part(segment, torch.zeros(frames, dtype=torch.int64), torch.zeros(frames, 4), mel, 1, frames)
    read = ReadLine(Line("", ()), Voice("", "", ("en",), prompt), none, (segment,), 1)
    line = DecodedLine(read, (part,), True)
    start, end = line.speech
    shown, _ = lay_out(line, round(1.125 * (end - start)))
    lengths = [int(((shown >= v) & (shown < v + VOWEL)).sum()) - VOWEL for v in vowels]
    first, second = sum(lengths[:3]), sum(lengths[5:])
    assert (first < second) == first_gives_less and min(first, second) >= 0
    assert abs(first - second) >= 4
