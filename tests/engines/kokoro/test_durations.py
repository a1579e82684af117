"""How a length is shared out among phones."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from framevox.engine_daemon.engines.kokoro.durations import CLEAR, FOREIGN_CLEAR, TABLE, allocate, elasticity, floors
from framevox.engine_daemon.engines.kokoro.model import alignment
from framevox.engine_daemon.engines.kokoro.phone import Phone

PHONES = st.builds(
    Phone,
    symbol=st.just("a"),
    kind=st.sampled_from(["vowel", "consonant", "mark", "pause"]),
    stress=st.integers(0, 2),
    foreign=st.booleans(),
) | st.just(Phone(",", "pause", marks=(",",)))
LINES = st.lists(st.tuples(PHONES, st.floats(0.3, 30)), min_size=1, max_size=60)
SHARES = st.floats(0, 1)


def shared(line: list[tuple[Phone, float]], share: float) -> tuple[np.ndarray, np.ndarray, float, np.ndarray]:
    """Wants, floors, a total that lies ``share`` of the way from the floors to three times the wants, its lengths."""
    phones, wants = [phone for phone, _ in line], np.array([d for _, d in line])
    least = floors(wants, phones)
    total = float(least.sum() + share * (3 * wants.sum() - least.sum()))
    return wants, least, total, allocate(wants, phones, total)


@given(LINES, SHARES)
def test_lengths_sum_to_what_was_asked_and_every_phone_keeps_its_floor(
    line: list[tuple[Phone, float]], share: float
) -> None:
    _, least, total, lengths = shared(line, share)
    assert lengths.sum() == pytest.approx(total, abs=1e-6)
    assert (lengths >= least - 1e-9).all() and (least > 0).all()


@given(LINES, SHARES)
def test_nobody_shrinks_while_the_line_grows_nor_grows_while_it_shrinks(
    line: list[tuple[Phone, float]], share: float
) -> None:
    wants, _, total, lengths = shared(line, share)
    if total >= wants.sum():
        assert (lengths >= wants - 1e-6).all()
    else:
        assert (lengths <= wants + 1e-6).all()


@given(LINES, st.floats(0, 0.9))
def test_a_longer_total_shortens_nobody(line: list[tuple[Phone, float]], share: float) -> None:
    assert (shared(line, share + 0.1)[3] >= shared(line, share)[3] - 1e-6).all()


def test_the_natural_total_leaves_every_length_as_it_is() -> None:
    phones = [Phone("k", "consonant", 2), Phone("a", "vowel", 2), Phone(" ", "pause"), Phone("ː", "mark", 1)]
    wants = np.array([3.2, 7.0, 5.1, 1.7])
    assert allocate(wants, phones, 17.0) == pytest.approx(wants)


def changes(ratio: float) -> dict[str, float]:
    """How far each class goes from its length, as a share, when the whole takes ``ratio`` times as long."""
    kinds = {
        "pause": Phone(",", "pause"),
        "weak vowel": Phone("ə", "vowel", 0),
        "vowel": Phone("a", "vowel", 1),
        "stressed vowel": Phone("a", "vowel", 2),
        "consonant": Phone("s", "consonant", 1),
    }
    phones = list(kinds.values()) * 4
    wants = np.full(len(phones), 4.0)
    lengths = allocate(wants, phones, ratio * wants.sum())
    return {name: float(lengths[index]) / 4 - 1 for index, name in enumerate(kinds)}


def test_when_shortened_pauses_give_way_first_and_other_phones_alike() -> None:
    change = changes(0.8)
    pause = change.pop("pause")
    assert list(change.values()) == pytest.approx([pause / 2] * 4) and pause < 0


def test_a_short_phone_stays_clear_while_long_ones_can_give() -> None:
    phones = [Phone("k", "consonant"), Phone("a", "vowel", 1)] * 3
    wants = np.array([1.5, 6.0, 2.0, 6.0, 2.0, 6.0])
    lengths = allocate(wants, phones, 0.6 * wants.sum())
    assert lengths[::2] == pytest.approx([1.5, CLEAR, CLEAR])
    assert (lengths[1::2] > CLEAR).all()


def test_a_word_of_another_language_keeps_more_than_the_rest_of_the_line() -> None:
    own, foreign = [Phone("k", "consonant"), Phone("a", "vowel", 1)], Phone("æ", "vowel", 1, foreign=True)
    wants = np.array([6.0, 6.0, 6.0, 3.0])
    lengths = allocate(wants, [*own, foreign, foreign], 0.8 * wants.sum())
    assert 6 - lengths[2] == pytest.approx((6 - lengths[0]) / 2) and lengths[0] == lengths[1] < 6
    # Its short phones stay longer than the rest's.
    shorter = allocate(np.array([4.0, 4.0, 6.0, 3.0]), [*own, foreign, foreign], 9.0)
    assert shorter[3] == pytest.approx(FOREIGN_CLEAR) and (shorter[:2] < FOREIGN_CLEAR).all()


def test_below_that_every_phone_goes_on_to_its_floor() -> None:
    phones = [Phone("k", "consonant"), Phone("a", "vowel", 1), Phone(",", "pause")] * 2
    wants = np.array([2.0, 3.0, 5.0] * 2)
    least = floors(wants, phones)
    assert allocate(wants, phones, float(least.sum())) == pytest.approx(least)
    between = allocate(wants, phones, float(least.sum()) + 1)
    assert (between[[0, 1, 3, 4]] < CLEAR).all() and (between > least - 1e-9).all()


def test_when_lengthened_stressed_vowels_grow_before_weak_ones_and_consonants_last() -> None:
    change = changes(1.3)
    assert (
        change["pause"] > change["stressed vowel"] >= change["vowel"] > change["weak vowel"] > change["consonant"] > 0
    )


def test_a_short_tone_gives_its_share_and_not_a_whole_unit() -> None:
    phones = [Phone("a", "vowel", 1), Phone("↗", "mark", 1)] * 3
    lengths = allocate(np.full(6, 1.5), phones, 0.9 * 9)
    assert lengths == pytest.approx(np.full(6, 0.9 * 1.5))


def test_a_mark_counts_as_the_vowel_it_colours_and_aspiration_as_the_consonant() -> None:
    assert elasticity(Phone("ː", "mark", 2)) == elasticity(Phone("a", "vowel", 2)) == TABLE["stressed vowel"]
    assert elasticity(Phone("ʰ", "mark", 2)) == TABLE["consonant"]


def test_less_than_the_floors_is_refused() -> None:
    phones = [Phone("a", "vowel", 1)] * 3
    with pytest.raises(ValueError, match="not 2"):
        allocate(np.array([4.0, 4.0, 4.0]), phones, 2)


def test_whole_lengths_repeat_each_phone_and_fractions_share_a_unit() -> None:
    assert alignment(np.array([2.0, 1.0])).tolist() == [[1, 1, 0], [0, 0, 1]]
    assert alignment(np.array([0.5, 1.25, 0.25])).tolist() == [[0.5, 0], [0.5, 0.75], [0, 0.25]]
