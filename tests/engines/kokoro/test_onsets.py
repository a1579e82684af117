"""When phones are heard: by their class, and by the onset where there is one."""

from __future__ import annotations

import numpy as np
import pytest

from framevox.engine_daemon.engines.kokoro import onsets
from framevox.engine_daemon.engines.kokoro.model import SAMPLE_RATE, UNIT
from framevox.engine_daemon.engines.kokoro.phone import Phone
from framevox.engine_daemon.engines.kokoro.phonemes import kind_of

WORDS = "ta, so ˈiˈan"
"""Words that begin with a stop, with a fricative after a pause, and with a marked vowel."""


def phones(text: str) -> list[Phone]:
    word, made = 0, []
    for symbol in text:
        kind = kind_of(symbol)
        word += symbol == " "
        made.append(Phone(symbol, kind, word=None if kind == "pause" else word))
    return made


def test_phones_are_told_apart_by_what_is_heard_of_them() -> None:
    made = phones(WORDS)
    assert [onsets.class_of(made, index) for index in range(len(made))] == [
        "stop", "vowel", "pause", "pause", "fricative", "vowel",
        "pause", "vowel", "vowel", "vowel", "vowel", "sonorant",
    ]  # fmt: skip
    assert [index for index in range(len(made)) if onsets.begins_word(made, index)] == [0, 4, 7]
    rested = [index for index in range(len(made)) if onsets.after_pause(made, index) and made[index].kind != "pause"]
    assert rested == [0, 4]


def test_phones_are_heard_before_their_units_by_the_lead_of_their_class() -> None:
    made = phones(WORDS)
    units = np.full(len(made) + 2, 4.0)
    early = np.cumsum(units)[: len(made) + 1] * UNIT - onsets.predicted(units, made)
    assert early[0] == onsets.LEADS["stop"][0] * SAMPLE_RATE
    assert early[4] == onsets.LEADS["fricative"][0] * SAMPLE_RATE
    # A word that runs on is heard with the space in front of it: four units before its own first.
    assert early[7] == pytest.approx(4 * UNIT + 0.040 * SAMPLE_RATE)
    assert early[2] == early[-1] == onsets.LEADS["pause"][1] * SAMPLE_RATE


def test_words_run_on_from_one_another_unless_they_begin_with_a_stop_or_follow_a_pause() -> None:
    made = phones("so ma  ta, ˈi")
    assert [index for index in range(len(made)) if onsets.runs_on(made, index)] == [3]
    assert [onsets.heard_from(made, index) for index in (0, 3, 7, 11)] == [0, 2, 7, 11]
    assert onsets.heard_from(phones("so  ma"), 4) == 2


def sound(*bursts: tuple[float, float, float]) -> np.ndarray:
    """Two seconds with a faint hiss, and noise that begins, ends and is as loud as each burst says."""
    rng = np.random.default_rng(3)
    made = 1e-5 * rng.standard_normal(2 * SAMPLE_RATE)
    for begin, end, level in bursts:
        place = slice(round(begin * SAMPLE_RATE), round(end * SAMPLE_RATE))
        swell = np.minimum(1, np.arange(place.stop - place.start) / 72)
        made[place] += level * swell * rng.standard_normal(place.stop - place.start)
    return made.astype(np.float32)


@pytest.mark.parametrize("off", [-0.04, -0.02, 0.0, 0.02, 0.04])
def test_an_onset_is_found_where_it_is_and_not_where_it_was_predicted(off: float) -> None:
    made = phones("ta, so")
    bursts = (0.3, 0.6, 0.1), (0.9, 1.5, 0.1)
    samples = sound(*bursts)
    places = SAMPLE_RATE * np.array([0.3 + off, 0.4, 0.6, 0.7, 0.9 + off, 1.2, 1.5])
    found = onsets.heard(samples, made, places, 6000, 36000)
    assert abs(found[0] - 0.3 * SAMPLE_RATE) <= 96 and abs(found[4] - 0.9 * SAMPLE_RATE) <= 96
    # What has no onset of its own stays where it was predicted.
    assert found[1] == 0.4 * SAMPLE_RATE and found[5] == 1.2 * SAMPLE_RATE
    assert found[-1] == 36000


def test_after_a_pause_the_end_of_silence_counts_and_what_is_silent_has_none() -> None:
    made = phones("a, ma")
    samples = sound((0.2, 0.5, 0.1), (0.9, 0.96, 0.008), (0.96, 1.4, 0.1))
    places = SAMPLE_RATE * np.array([0.2, 0.5, 0.55, 0.93, 1.0, 1.4])
    found = onsets.heard(samples, made, places, 4800, 33600)
    assert abs(found[3] - 0.9 * SAMPLE_RATE) <= 96
    # The release of a stop before the pause comes out of silence, too.
    released = sound((0.2, 0.5, 0.1), (0.84, 0.86, 0.05), (0.92, 1.4, 0.1))
    assert abs(onsets.heard(released, made, places, 4800, 33600)[3] - 0.92 * SAMPLE_RATE) <= 96
    quiet = onsets.heard(sound((0.2, 0.5, 0.1)), made, places, 4800, 33600)
    # A mark that the voice reads over: the phone is heard as it is inside of speech.
    assert quiet[3] == round(places[3] + (onsets.LEADS["sonorant"][0] - onsets.LEADS["sonorant"][1]) * SAMPLE_RATE)


def test_bounds_never_go_back_and_stay_inside_of_the_span() -> None:
    made = phones("tata")
    samples = sound((0.5, 0.9, 0.1))
    places = SAMPLE_RATE * np.array([0.1, 0.52, 0.51, 1.9, 2.5])
    found = onsets.heard(samples, made, places, 12000, 21600)
    assert (np.diff(found) >= 0).all() and found[0] >= 12000 and found[-1] == 21600
