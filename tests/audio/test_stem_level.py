"""The loudness of stems: measured as an independent meter does, and set in a stream as in one piece."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyloudnorm
import pytest

from framevox.engine_daemon.audio.delivery import DELIVERIES, Delivery, parse_delivery
from framevox.engine_daemon.audio.level import true_peak
from framevox.engine_daemon.audio.stem import FULL, WINDOW_SECONDS, Window
from framevox.engine_daemon.audio.stem_level import delivered, measure
from framevox.engine_daemon.protocol.errors import InputError


def voice(seconds: float, rate: int, level: float = 0.1, seed: int = 1) -> np.ndarray:
    """Noise of a voice's colour, louder and softer by turns, full scale at 1."""
    noise = np.random.default_rng(seed).normal(size=int(seconds * rate))
    shaped = np.fft.rfft(noise) / np.maximum(np.fft.rfftfreq(len(noise), 1 / rate), 200) * 400
    swell = 0.3 + 0.7 * np.abs(np.sin(np.arange(len(noise)) / rate * 3))
    sound = np.fft.irfft(shaped, len(noise)) * swell
    return level * sound / np.abs(sound).max()


def in_windows(sound: np.ndarray, rate: int) -> Iterator[Window]:
    pcm = np.rint(sound * (FULL + 1)).astype(np.int64)
    for first in range(0, len(pcm), WINDOW_SECONDS * rate):
        yield pcm[first : first + WINDOW_SECONDS * rate]


def programme(rate: int) -> tuple[np.ndarray, list[tuple[int, int]]]:
    """A minute with two lines in it, one across windows, the second softer, and hum elsewhere."""
    sound = np.sin(np.arange(60 * rate) * 2 * np.pi * 100 / rate) * 0.001
    spans = [(int(3.2 * rate), int(13.7 * rate)), (int(41.013 * rate), int(43 * rate))]
    for (start, end), level in zip(spans, (0.3, 0.1), strict=True):
        sound[start:end] += voice((end - start + 1) / rate, rate, level)[: end - start]
    return sound, spans


@pytest.mark.parametrize("rate", [44100, 48000, 96000])
def test_it_is_what_an_independent_meter_says(rate: int) -> None:
    sound, spans = programme(rate)
    level = measure(in_windows(sound, rate), rate, spans)
    meter = pyloudnorm.Meter(rate)
    assert level.programme == pytest.approx(meter.integrated_loudness(sound), abs=0.1)
    assert level.peak == pytest.approx(20 * np.log10(true_peak(sound, rate)), abs=0.02)
    speech = np.concatenate([sound[start:end] for start, end in spans])
    # Without a gate: blocks as long as the whole.
    ungated = pyloudnorm.Meter(rate, block_size=len(speech) / rate).integrated_loudness(speech)
    assert level.speech == pytest.approx(ungated, abs=0.1)


def test_spans_that_overlap_count_once() -> None:
    rate = 48000
    sound, spans = programme(rate)
    more = [*spans, spans[0], (spans[0][0] + rate, spans[0][1] - rate)]
    assert measure(in_windows(sound, rate), rate, more) == measure(in_windows(sound, rate), rate, spans)


@pytest.mark.parametrize("delivery", [*DELIVERIES.values(), Delivery(-18.0, "programme", -1.0)])
def test_a_stem_is_delivered_as_asked(delivery: Delivery) -> None:
    rate = 48000
    sound, spans = programme(rate)
    level = measure(in_windows(sound, rate), rate, spans)
    out = list(delivered(in_windows(sound, rate), rate, level, delivery))
    after = measure(out, rate, spans)
    assert after.by(delivery.gate) == pytest.approx(delivery.loudness, abs=0.1)
    assert after.peak <= delivery.ceiling
    assert sum(map(len, out)) == len(sound)


def test_a_loud_peak_is_limited_without_a_seam() -> None:
    rate = 48000
    sound, spans = programme(rate)
    at = 2 * WINDOW_SECONDS * rate
    sound[at - 40 : at + 40] += 0.6 * np.hanning(80)
    level = measure(in_windows(sound, rate), rate, spans)
    out = np.concatenate(list(delivered(in_windows(sound, rate), rate, level, Delivery(-16.0, "speech", -1.0))))
    gain = 10 ** ((-16.0 - level.speech) / 20)
    assert measure(in_windows(out / (FULL + 1), rate), rate, spans).peak <= -1.0
    ratio = out[at - rate : at + rate] / (sound[at - rate : at + rate] * gain * (FULL + 1))
    loud = np.abs(sound[at - rate : at + rate]) > 0.01
    assert ratio[loud].min() < 0.8 and ratio[loud].max() <= 1.001
    # The gain moves smoothly through the border of two windows.
    assert np.abs(np.diff(ratio[rate - 60 : rate + 60])).max() < 0.02
    assert ratio[: rate // 2][loud[: rate // 2]].min() > 0.999


@pytest.mark.parametrize("seconds", [0, 0.1, 5, 7.3])
def test_silence_stays_silence(seconds: float) -> None:
    rate = 48000
    silence = np.zeros(int(seconds * rate))
    level = measure(in_windows(silence, rate), rate, [])
    assert (level.speech, level.programme, level.peak) == (float("-inf"),) * 3
    out = list(delivered(in_windows(silence, rate), rate, level, DELIVERIES["ebu"]))
    assert sum(map(len, out)) == len(silence) and not any(window.any() for window in out)


def test_what_is_no_delivery_is_refused() -> None:
    assert parse_delivery(" Netflix ") == DELIVERIES["netflix"]
    assert parse_delivery("-16") == Delivery(-16.0, "programme", -1.0)
    for text in ("", "loud", "3", "-71", "nan", "inf"):
        with pytest.raises(InputError, match="is no delivery: use netflix, ebu, atsc, or LUFS from -70 to 0"):
            parse_delivery(text)
