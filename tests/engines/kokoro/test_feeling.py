"""What a manner does to durations, melody and sound, and what it must leave alone."""

from __future__ import annotations

import numpy as np
import pytest

from framevox.engine_daemon.audio.span import speech_span
from framevox.engine_daemon.emotion.read import read_description
from framevox.engine_daemon.engines.kokoro import feeling
from framevox.engine_daemon.engines.kokoro.manner import MANNERS, NEUTRAL, Manner, blend, manner, manner_of
from framevox.engine_daemon.engines.kokoro.model import Tune
from framevox.engine_daemon.engines.kokoro.phone import Phone
from framevox.engine_daemon.engines.kokoro.prediction import predicted_span
from framevox.engine_daemon.protocol.emotion import EMOTIONS, Emotion

PHONES = (
    Phone("h", "consonant"),
    Phone("ɪ", "vowel", 2),
    Phone(" ", "pause"),
    Phone("ɡ", "consonant"),
    Phone("O", "vowel"),
)


def tune() -> Tune:
    """Two stretches of speech, 100 frames each, with silence around and between them."""
    speech = np.sin(np.pi * np.arange(100) / 99)
    energy = np.concatenate([v for _ in range(2) for v in (np.full(20, -9.0), -2 + 10 * speech)] + [np.full(30, -9.0)])
    wave = 200 + 40 * np.sin(2 * np.pi * np.arange(len(energy)) / 30)
    return Tune(np.where(energy > 0, wave, 10).astype(np.float32), energy.astype(np.float32))


def test_there_is_a_manner_for_every_emotion() -> None:
    assert tuple(MANNERS) == EMOTIONS


def test_a_manner_is_continuous_and_starts_at_neutral() -> None:
    assert manner_of(None) == manner_of(Emotion.parse("angry", 0.0)) == NEUTRAL and not NEUTRAL
    gains = [manner_of(Emotion.parse("angry", strength)).gain for strength in (0, 0.1, 0.4, 0.7, 1.0)]
    assert gains == pytest.approx([0, 0.5, 2.0, 3.5, 5.0])


def test_words_of_pace_and_loudness_act() -> None:
    slow, fast = (manner(read_description(word)) for word in ("slowly", "quickly"))
    assert slow.pace < 0 < fast.pace
    soft, loud = (manner(read_description(word)) for word in ("whispering", "loudly"))
    assert soft.gain < 0 < loud.gain


def test_a_clips_manner_follows_the_strength() -> None:
    assert manner_of(Emotion(voice="clip", strength=0.5), Manner(pitch=2.0)) == Manner(pitch=1.0)


def test_durations_follow_pace_pauses_and_stressed_vowels() -> None:
    units = np.array([10.0, 4, 4, 4, 4, 4, 20])
    slower = feeling.paced(units, PHONES, Manner(pace=-0.2, pauses=0.5, vowels=0.25))
    assert slower == pytest.approx([10, 5, 6.25, 7.5, 5, 5, 20])
    assert feeling.paced(np.full(7, 1.0), PHONES, Manner(pace=0.3)) == pytest.approx(1.0)
    assert feeling.whole(slower).sum() == pytest.approx(59)
    assert feeling.paced(units, PHONES, NEUTRAL) == pytest.approx(units)


@pytest.mark.parametrize("name", EMOTIONS)
def test_where_speech_begins_and_ends_is_predicted_as_before(name: str) -> None:
    before = tune()
    after = feeling.intoned(before, MANNERS[name])
    assert predicted_span(after.energy, 0) == pytest.approx(predicted_span(before.energy, 0), abs=1)
    assert (after.pitch[before.pitch < 30] == before.pitch[before.pitch < 30]).all()
    assert np.isfinite(after.pitch).all() and after.pitch.max() < 760


def test_pitch_and_range_move_as_far_as_they_say() -> None:
    before = tune()
    voiced = before.pitch > 100
    up = feeling.intoned(before, Manner(pitch=3.0)).pitch[voiced] / before.pitch[voiced]
    assert 12 * np.log2(up) == pytest.approx(3.0, abs=0.01)
    spread = [np.log2(t.pitch[voiced]).std() for t in (before, feeling.intoned(before, Manner(range=0.5)))]
    assert spread[1] == pytest.approx(1.5 * spread[0], rel=0.02)


def test_gain_and_effort_leave_the_span_alone() -> None:
    time = np.arange(24000) / 24000
    sound = np.zeros(48000, np.float32)
    sound[12000:36000] = 0.2 * np.sin(2 * np.pi * 300 * time) * np.minimum(1, np.minimum(time, 1 - time) * 20)
    for gain, effort in ((6.0, 4.0), (-6.0, -4.0), (6.0, 0.0), (-6.0, 0.0)):
        changed = feeling.voiced(sound, Manner(gain=gain, effort=effort))
        assert speech_span(changed) == speech_span(sound)
        level = 20 * np.log10(np.abs(changed[20000:28000]).max() / np.abs(sound[20000:28000]).max())
        # At 300 Hz, effort takes away nearly half of what it gives at 4 kHz.
        assert level == pytest.approx(gain - 0.434 * effort, abs=0.1)
    assert feeling.voiced(sound, NEUTRAL) is sound


def test_manners_add_up() -> None:
    mixed = blend([(MANNERS["happy"], 0.5), (MANNERS["sad"], 0.5)], 1.0)
    assert mixed.pitch == pytest.approx((MANNERS["happy"].pitch + MANNERS["sad"].pitch) / 2)
