"""A melody moved in time with its phones."""

from __future__ import annotations

import numpy as np
import pytest

from framevox.engine_daemon.engines.kokoro.melody import moved
from framevox.engine_daemon.engines.kokoro.model import Tune


def tune(pitch: list[float], energy: list[float]) -> Tune:
    return Tune(np.array(pitch, dtype=np.float32), np.array(energy, dtype=np.float32))


def test_at_its_own_durations_a_tune_stays_as_it_is() -> None:
    chance = np.random.default_rng(1)
    before = tune(list(chance.uniform(0, 300, 20)), list(chance.normal(0, 3, 20)))
    units = np.array([2.0, 3.0, 1.0, 4.0])
    after = moved(before, units, units)
    assert after.pitch == pytest.approx(before.pitch) and after.energy == pytest.approx(before.energy)


def test_a_phone_keeps_its_part_of_the_tune_while_its_neighbour_is_shortened() -> None:
    units = np.array([2.0, 4.0, 2.0])
    before = tune([100] * 4 + [200] * 8 + [100] * 4, [0] * 4 + [5] * 8 + [1] * 4)
    after = moved(before, units, np.array([2.0, 2.0, 2.0]))
    assert after.pitch.tolist() == [100] * 4 + [200] * 4 + [100] * 4
    assert after.energy.tolist() == [0] * 4 + [5] * 4 + [1] * 4


def test_a_fall_in_a_phone_reaches_the_same_tones_in_half_the_time_and_in_twice() -> None:
    before = tune([300 - 10 * n for n in range(16)], [0.5 * n for n in range(16)])
    half = moved(before, np.array([8.0]), np.array([4.0]))
    assert half.pitch == pytest.approx([295 - 20 * n for n in range(8)])
    assert half.energy == pytest.approx([0.25 + n for n in range(8)])
    twice = moved(before, np.array([8.0]), np.array([16.0]))
    assert twice.pitch[1:-1] == pytest.approx([297.5 - 5 * n for n in range(30)])


def test_no_pitch_lies_between_voiced_and_unvoiced() -> None:
    before = tune([200, 200, 0, 0, 200, 200], [1] * 6)
    for units in np.arange(1.0, 9.0):
        assert set(moved(before, np.array([3.0]), np.array([units])).pitch) <= {0.0, 200.0}
