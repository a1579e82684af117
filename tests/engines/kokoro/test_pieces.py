"""The lengths of phones between points: each piece sums to its total, and pauses give way first."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some

from framevox.engine_daemon.engines.kokoro import pieces
from framevox.engine_daemon.engines.kokoro.model import SAMPLE_RATE, UNIT

from .test_onsets import phones

LINE = phones("ta so, man tak")
REST = slice(5, 7)
WANTS = np.array([3.0, 6, 1.5, 4, 7, 5, 3, 4, 6, 4, 1.5, 3, 6, 4])
SECOND = SAMPLE_RATE / UNIT


def test_a_pause_at_a_mark_is_silence_and_a_space_between_words_is_not() -> None:
    assert pieces.rests(LINE) == [(5, 7)]
    most = pieces.drawn_out(WANTS, LINE)
    assert most[REST].sum() == pytest.approx(pieces.LONGEST_REST * SECOND)
    assert np.array_equal(np.delete(most, 5), np.delete(WANTS, 5))
    # The mark at a line's end is no pause between words, whatever of it is heard.
    assert pieces.rests([*LINE, *phones(".")]) == [(5, 7)]
    long = WANTS.copy()
    long[REST] = 40
    assert np.array_equal(pieces.drawn_out(long, LINE), long)


@pytest.mark.parametrize("change", [-4.0, -2.0, 6.0, 25.0])
def test_pauses_take_the_change_of_their_piece_as_far_as_they_can(change: float) -> None:
    cuts, totals = [7, 11], [WANTS[:7].sum() + change, WANTS[7:11].sum(), WANTS[11:].sum()]
    shared = pieces.allocate(WANTS, LINE, cuts, totals)
    assert shared[REST].sum() == pytest.approx(WANTS[REST].sum() + change)
    assert np.allclose(np.delete(shared, [5, 6]), np.delete(WANTS, [5, 6]))


def test_what_pauses_cannot_take_is_the_phones_of_that_piece_alone() -> None:
    least, _ = pieces.reach(WANTS, LINE)
    shared = pieces.allocate(WANTS, LINE, [7], [WANTS[:7].sum() - 12, WANTS[7:].sum()])
    assert np.allclose(shared[REST], least[REST])
    assert shared[:5].sum() == pytest.approx(WANTS[:7].sum() - 12 - least[REST].sum())
    assert np.allclose(shared[7:], WANTS[7:])


@given(some.lists(some.floats(-40, 80), min_size=3, max_size=3))
def test_every_piece_sums_to_its_total_or_to_what_it_reaches(changes: list[float]) -> None:
    cuts = [3, 11]
    least, most = pieces.reach(WANTS, LINE)
    spans = [slice(0, 3), slice(3, 11), slice(11, None)]
    totals = [float(WANTS[span].sum() + change) for span, change in zip(spans, changes, strict=True)]
    shared = pieces.allocate(WANTS, LINE, cuts, totals)
    for span, total in zip(spans, totals, strict=True):
        assert shared[span].sum() == pytest.approx(min(max(total, least[span].sum()), most[span].sum()), abs=1e-3)
    assert (shared >= least - 1e-6).all() and (shared <= most + 1e-6).all()
