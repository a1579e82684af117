"""How a length is shared out among phones."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine_daemon.engines.kokoro.durations import TABLE, allocate, floors, stiffness
from engine_daemon.engines.kokoro.phone import Phone

PHONES = st.builds(
    Phone,
    symbol=st.just("a"),
    kind=st.sampled_from(["vowel", "consonant", "mark", "pause"]),
    stress=st.integers(0, 2),
)
LINES = st.lists(st.tuples(PHONES, st.floats(0.3, 30)), min_size=1, max_size=60)


def cost(units: np.ndarray, durations: np.ndarray, phones: list[Phone]) -> float:
    total = 0.0
    for n, d, phone in zip(units, durations, phones, strict=True):
        row = stiffness(phone)
        d = max(d, 0.5)
        total += (row.lengthen if n > d else row.shorten) * (n - d) ** 2 / d
    return total


@given(LINES, st.integers(0, 200))
def test_units_sum_to_what_was_asked_and_every_phone_keeps_its_floor(
    line: list[tuple[Phone, float]], extra: int
) -> None:
    phones, durations = [phone for phone, _ in line], np.array([d for _, d in line])
    least = floors(durations, phones)
    units = allocate(durations, phones, int(least.sum()) + extra)
    assert units.sum() == least.sum() + extra
    assert (units >= least).all() and (least >= 1).all()


@given(LINES, st.integers(0, 200), st.data())
def test_no_exchange_of_a_unit_between_two_phones_would_cost_less(
    line: list[tuple[Phone, float]], extra: int, data: st.DataObject
) -> None:
    phones, durations = [phone for phone, _ in line], np.array([d for _, d in line])
    least = floors(durations, phones)
    units = allocate(durations, phones, int(least.sum()) + extra)
    giver, taker = (data.draw(st.integers(0, len(phones) - 1)) for _ in range(2))
    other = units.copy()
    other[giver] -= 1
    other[taker] += 1
    if other[giver] >= least[giver]:
        assert cost(units, durations, phones) <= cost(other, durations, phones) + 1e-9


@given(LINES, st.integers(0, 100))
def test_one_more_unit_shortens_nobody(line: list[tuple[Phone, float]], extra: int) -> None:
    phones, durations = [phone for phone, _ in line], np.array([d for _, d in line])
    total = int(floors(durations, phones).sum()) + extra
    assert (allocate(durations, phones, total + 1) >= allocate(durations, phones, total)).all()


def test_the_total_of_whole_durations_leaves_them_as_they_are() -> None:
    phones = [Phone("k", "consonant", 2), Phone("a", "vowel", 2), Phone(" ", "pause"), Phone("ː", "mark", 1)]
    durations = np.array([3.0, 7.0, 5.0, 2.0])
    assert allocate(durations, phones, 17).tolist() == [3, 7, 5, 2]


def changes(ratio: float) -> dict[str, float]:
    """How far each class goes from its 40 units, as a share, when the whole takes ``ratio`` times as long."""
    kinds = {
        "pause": Phone(",", "pause"),
        "weak vowel": Phone("ə", "vowel", 0),
        "vowel": Phone("a", "vowel", 1),
        "stressed vowel": Phone("a", "vowel", 2),
        "consonant": Phone("s", "consonant", 1),
    }
    phones = list(kinds.values()) * 4
    durations = np.full(len(phones), 40.0)
    units = allocate(durations, phones, round(ratio * durations.sum()))
    return {name: float(np.mean(units[index :: len(kinds)])) / 40 - 1 for index, name in enumerate(kinds)}


def test_when_shortened_pauses_give_way_first_then_weak_vowels_and_consonants_last() -> None:
    change = changes(0.8)
    assert (
        change["pause"] < change["weak vowel"] <= change["vowel"] <= change["stressed vowel"] < change["consonant"] <= 0
    )


def test_when_lengthened_stressed_vowels_grow_before_weak_ones_and_consonants_last() -> None:
    change = changes(1.3)
    assert (
        change["pause"] > change["stressed vowel"] >= change["vowel"] > change["weak vowel"] > change["consonant"] >= 0
    )


def test_a_mark_counts_as_the_vowel_it_colours() -> None:
    assert stiffness(Phone("ː", "mark", 2)) == stiffness(Phone("a", "vowel", 2)) == TABLE["stressed vowel"]


def test_fewer_units_than_the_floors_are_refused() -> None:
    phones = [Phone("a", "vowel", 1)] * 3
    with pytest.raises(ValueError, match="2 units"):
        allocate(np.array([4.0, 4.0, 4.0]), phones, 2)
