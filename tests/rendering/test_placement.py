"""Speech at an engine's rate becomes a slot's samples, with nothing moved, cut or added."""

from __future__ import annotations

import numpy as np
import pytest

from framevox.engine_daemon.audio.span import SPEECH_FLOOR, speech_span
from framevox.engine_daemon.engines.base import Speech, Timing
from framevox.engine_daemon.protocol.errors import FramevoxError
from framevox.engine_daemon.protocol.timebase import Rate
from framevox.engine_daemon.rendering.placement import FULL_SCALE, Placed, convert, place
from framevox.engine_daemon.rendering.policy import Grid, Target

SAMPLE_RATES = (16000, 22050, 24000, 32000, 44100, 48000, 88200, 96000, 176400, 192000)


def burst(at: int, length: int, total: int, peak: float = 0.4, floor: float = 0.0) -> Speech:
    """A tone of 400 Hz between silences that hold a hum at ``floor``; two words share it."""
    sound = floor * np.sin(np.arange(total) * 0.05)
    # A hard start would ring for milliseconds before it in any resampler; voices swell within some.
    swell = np.minimum(1.0, np.minimum(np.arange(length), np.arange(length)[::-1]) / 48 + 0.01)
    sound[at : at + length] = peak * swell * np.cos(2 * np.pi * 400 * np.arange(length) / 24000)
    half = at + length // 2
    words = (Timing("one", at, half), Timing("two", half, at + length))
    return Speech(sound.astype(np.float32), 24000, at, at + length, words, words)


@pytest.mark.parametrize("sample_rate", SAMPLE_RATES)
def test_resampling_moves_nothing(sample_rate: int) -> None:
    # Clicks at 0.2 and 0.9 s, which are whole samples at every rate.
    sound = np.zeros(48000, dtype=np.float32)
    sound[[4800, 21600]] = 0.5
    rendering = convert(Speech(sound, 24000, 4800, 21601, (), ()), sample_rate, 1.0)
    assert len(rendering.pcm) == 2 * sample_rate
    for second in (0.2, 0.9):
        click = round(second * sample_rate)
        reach = sample_rate // 100
        around = np.abs(rendering.pcm[click - reach : click + reach + 1])
        assert around.argmax() == reach
        # A click that came out between two samples would lean to one side.
        assert np.abs(around - around[::-1]).max() <= 1


@pytest.mark.parametrize("sample_rate", SAMPLE_RATES)
@pytest.mark.parametrize("gain", [0.25, 1.0, 1.8])
def test_the_span_is_measured_on_what_is_written(sample_rate: int, gain: float) -> None:
    rendering = convert(burst(6000, 24000, 40000), sample_rate, gain)
    loud = np.flatnonzero(np.abs(rendering.pcm / FULL_SCALE) > 10 ** (-60 / 20))
    assert (rendering.start, rendering.end) == (loud[0], loud[-1] + 1)
    assert abs(rendering.start - 0.25 * sample_rate) <= 0.002 * sample_rate
    assert abs(rendering.span - sample_rate) <= 0.004 * sample_rate


def finished(speech: Speech, target: Target, slot: int, sample_rate: int = 48000) -> Placed:
    grid = Grid(slot, sample_rate, Rate.parse("25"))
    return place(convert(speech, sample_rate, 1.0), target, grid, slot)


@pytest.mark.parametrize("sample_rate", SAMPLE_RATES)
def test_speech_lands_on_the_sample_it_was_aimed_at(sample_rate: int) -> None:
    slot = round(1.1 * sample_rate)
    start = sample_rate // 40
    placed = finished(burst(6000, 24000, 40000), Target(None, start, None), slot, sample_rate)
    assert len(placed.pcm) == slot
    assert placed.start == start
    assert speech_span(placed.pcm, FULL_SCALE) == (placed.start, placed.end)
    end = slot - sample_rate // 50
    placed = finished(burst(6000, 24000, 40000), Target(sample_rate, start, end), slot, sample_rate)
    assert placed.end == end
    assert speech_span(placed.pcm, FULL_SCALE) == (placed.start, placed.end)


def test_edges_fade_to_silence_and_never_touch_the_speech() -> None:
    hum = 0.0009
    speech = burst(6000, 24000, 40000, floor=hum)
    whole = convert(speech, 48000, 1.0)
    placed = finished(speech, Target(None, 960, None), 50000)
    inside = slice(placed.start, placed.end)
    assert np.array_equal(placed.pcm[inside], whole.pcm[whole.start : whole.end])
    before, after = np.abs(placed.pcm[: placed.start]), np.abs(placed.pcm[placed.end :])
    assert before[:5].max() < 100 and after[-5:].max() < 100
    assert 0.8 * hum * FULL_SCALE < before.max() <= SPEECH_FLOOR * FULL_SCALE
    assert 0.8 * hum * FULL_SCALE < after.max() <= SPEECH_FLOOR * FULL_SCALE


def test_a_line_much_longer_than_its_silence_is_padded_with_digital_silence() -> None:
    placed = finished(burst(100, 24000, 24200), Target(None, 960, None), 200_000)
    assert not placed.pcm[:500].any() and not placed.pcm[60_000:].any()


def test_timings_count_from_the_slots_start_and_stay_inside_of_the_speech() -> None:
    speech = burst(6000, 24000, 40000)
    placed = finished(speech, Target(None, 960, None), 49_000)
    one, two = placed.words
    assert abs(one.start_sample - 960) <= 96 and one.end_sample == two.start_sample
    assert abs(two.end_sample - 48_960) <= 96
    outside = (Timing("early", 0, 5000), Timing("one", 6000, 20000), Timing("back", 12000, 90000))
    placed = finished(
        Speech(speech.samples, 24000, speech.start, speech.end, outside, ()), Target(None, 960, None), 49_000
    )
    edges = [edge for timing in placed.words for edge in (timing.start_sample, timing.end_sample)]
    assert edges[0] == placed.start > 0 and edges[-1] == placed.end < 49_000
    starts = [timing.start_sample for timing in placed.words]
    assert starts == sorted(starts)
    assert all(placed.start <= t.start_sample <= t.end_sample <= placed.end for t in placed.words)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_sound_that_is_not_finite_is_an_error(value: float) -> None:
    speech = burst(6000, 24000, 40000)
    speech.samples[7000] = value
    with pytest.raises(FramevoxError, match="not a number"):
        convert(speech, 48000, 1.0)


@pytest.mark.parametrize("samples", [np.zeros(0, np.float32), np.full(4000, 0.0005, np.float32)])
def test_silence_is_an_error(samples: np.ndarray) -> None:
    with pytest.raises(FramevoxError, match="no sound"):
        convert(Speech(samples, 24000, 0, 0, (), ()), 48000, 1.0)
