"""What is asked of the engine for a slot, and what a user is told when a line does not suit it."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from framevox.engine_daemon.client.events import Attention
from framevox.engine_daemon.client.wording import say_attention, say_note
from framevox.engine_daemon.protocol.cues import Fit
from framevox.engine_daemon.protocol.errors import InputError
from framevox.engine_daemon.protocol.timebase import Rate
from framevox.engine_daemon.rendering.placement import overshoot, position
from framevox.engine_daemon.rendering.policy import Declined, Grid, Pace, Target, decide

NAMES = ("23.976", "24", "25", "29.97", "30", "47.952", "48", "50", "59.94", "60", "119.88", "120")
FILL, NATURAL = Fit("fill"), Fit("natural")


def say(declined: Declined) -> str:
    return say_attention(Attention("a", declined.code, declined.fields))


def pace(seconds: float, sample_rate: int = 48000) -> Pace:
    natural = Fraction(round(seconds * 24000)) * sample_rate / 24000
    return Pace(natural, natural / 2, natural * 2, Fraction(600 * sample_rate, 24000))


def grid(seconds: float, rate: str = "25", sample_rate: int = 48000) -> Grid:
    return Grid(round(seconds * sample_rate), sample_rate, Rate.parse(rate))


def target(fit: Fit, line: Pace, slot: Grid) -> Target:
    decided = decide(fit, line, slot)
    assert isinstance(decided, Target), decided
    return decided


def declined(fit: Fit, line: Pace, slot: Grid) -> Declined:
    decided = decide(fit, line, slot)
    assert isinstance(decided, Declined), decided
    return decided


@given(
    rate=st.sampled_from(NAMES),
    sample_rate=st.sampled_from((16000, 24000, 44100, 48000, 96000)),
    natural=st.integers(4800, 480_000),
    ratio=st.fractions(Fraction(3, 4), Fraction(27, 20), max_denominator=48000),
    missed=st.fractions(-1, 1, max_denominator=600),
)
def test_filling_speech_leaves_at_most_two_frames_at_each_end(
    rate: str, sample_rate: int, natural: int, ratio: Fraction, missed: Fraction
) -> None:
    line = pace(natural / 24000, sample_rate)
    slot = Grid(round(ratio * line.natural) + sample_rate // 30, sample_rate, Rate.parse(rate))
    assert slot.slot is not None
    decided = decide(FILL, line, slot)
    assume(not isinstance(decided, Target) or decided.end is not None)
    assert isinstance(decided, Target) and decided.span is not None and decided.end is not None
    assert line.natural * Fraction(3, 4) <= decided.span <= line.natural * Fraction(27, 20)
    spoken = decided.span + round(missed * line.step / 2)
    assert overshoot(spoken, decided, slot) == 0
    start = position(spoken, decided, slot)
    tail = slot.slot - start - spoken
    assert 0 <= start <= slot.max_edge
    assert 0 < tail <= slot.max_edge
    # The end is where it was asked to the sample, but where the start alone cannot make up for half a step.
    assert abs(start + spoken - decided.end) <= line.step / 2
    if slot.frame >= line.step and decided.start >= line.step / 2:
        assert start + spoken == decided.end


@pytest.mark.parametrize("rate", NAMES)
def test_a_slot_as_long_as_the_line_is_filled_at_nearly_its_own_pace(rate: str) -> None:
    asked = target(FILL, pace(3.0), grid(3.0 + 2 / 24, rate))
    assert asked.span is not None and 0.98 <= asked.span / 144000 <= 1.03


def test_a_loose_slot_is_spoken_at_the_voices_own_pace_from_its_start_and_says_so() -> None:
    asked = target(FILL, pace(2.0), grid(4.0))
    assert (asked.span, asked.end) == (None, None)
    assert asked.start == 240
    assert asked.note is not None
    assert say_note(asked.note) == (
        "the slot is loose: 4.00 s (100 frames), 2 times the natural 2.00 s; "
        "spoken at the voice's own pace from the slot's start"
    )


def test_the_greatest_ratio_decides_what_is_loose() -> None:
    line = pace(2.0)
    just = grid(2.7 + 2 * 0.02)
    asked = target(FILL, line, just)
    assert asked.span == round(2.7 * 48000)
    assert just.slot is not None
    assert target(FILL, line, Grid(just.slot + 1, 48000, just.rate)).span is None
    assert target(Fit("fill", max_ratio=Fraction(1)), line, just).span is None


def test_a_line_too_long_for_its_slot_is_declined_with_what_would_help() -> None:
    answer = declined(FILL, pace(4.0), grid(2.0))
    assert answer.fields["natural_seconds"] == 4.0
    assert say(answer) == (
        "the slot is too short: 2.00 s (50 frames) for a line of 4.00 s at the voice's own pace, which can be "
        "shortened to 0.75 of that, 3.00 s: make the slot 1.02 s (26 frames) longer, or the line shorter"
    )
    assert isinstance(decide(FILL, pace(4.0), grid(2.0 + 26 / 25)), Target)
    assert isinstance(decide(FILL, pace(4.0), grid(2.0 + 25 / 25)), Declined)
    assert isinstance(decide(FILL, pace(4.0), grid(2.0 + 1.02)), Target)
    assert isinstance(decide(FILL, pace(4.0), grid(2.0 + 1.01)), Declined)


def test_the_least_ratio_can_be_lowered_as_far_as_the_voice_reaches() -> None:
    line = pace(4.0)
    lower = Fit("fill", min_ratio=Fraction(1, 4))
    assert isinstance(decide(lower, line, grid(2.2)), Target)
    assert "shortened to 0.5 of that" in say(declined(lower, line, grid(1.5)))


def test_a_tight_slot_gives_up_its_silences_before_its_line() -> None:
    line = pace(4.0)
    asked = target(FILL, line, grid(3.02))
    assert asked.span == 144000
    assert asked.end is not None and asked.end < 3.02 * 48000


def test_natural_keeps_its_own_pace_from_the_slots_start_where_it_fits() -> None:
    asked = target(NATURAL, pace(2.0), grid(10.0))
    assert (asked.span, asked.end, asked.note) == (None, None, None)
    assert asked.start == 240
    close = target(NATURAL, pace(2.0), grid(2.016))
    assert close.span is None and close.start < asked.start


def test_natural_is_shortened_only_as_far_as_it_has_to_be() -> None:
    asked = target(NATURAL, pace(2.0), grid(1.8))
    assert asked.span is not None and 0.85 < asked.span / 96000 < 0.9
    assert isinstance(decide(NATURAL, pace(2.0), grid(1.2)), Declined)
    barely = target(NATURAL, pace(2.0), grid(2.01))
    assert barely.span is not None and barely.span <= 96000


def test_a_ratio_is_that_many_times_the_natural_length_from_the_slots_start() -> None:
    asked = target(Fit("ratio", Fraction(11, 10)), pace(2.0), grid(5.0))
    assert asked.span == round(2.2 * 48000)
    assert asked.end is None and asked.start == 240


def test_a_ratio_that_does_not_fit_is_declined_with_the_frames_that_are_missing() -> None:
    answer = declined(Fit("ratio", Fraction(11, 10)), pace(2.0), grid(2.12))
    assert say(answer) == (
        "ratio:1.1 of 2.00 s is 2.20 s, and the slot is 2.12 s (53 frames): make the slot 0.10 s (3 frames) longer, "
        "or choose a smaller ratio"
    )


def test_a_ratio_outside_of_its_own_limits_is_an_error() -> None:
    with pytest.raises(InputError, match=r"ratio:2 lies outside of the limits 0\.75 to 1\.35"):
        decide(Fit("ratio", Fraction(2)), pace(2.0), grid(9.0))


def test_a_ratio_that_the_voice_cannot_reach_is_declined_with_those_it_can() -> None:
    wide = Fit("ratio", Fraction(3), max_ratio=Fraction(4))
    assert "reaches 0.5 to 2" in say(declined(wide, pace(2.0), grid(9.0)))


def test_without_a_slot_the_line_takes_its_own_length_or_the_ratio() -> None:
    free = Grid(None, 48000, Rate.parse("25"))
    assert target(FILL, pace(2.0), free).span is None
    assert target(NATURAL, pace(2.0), free).span is None
    assert target(Fit("ratio", Fraction(5, 4)), pace(2.0), free).span == 120000


def test_the_pace_of_an_emotion_gives_way_to_the_slot() -> None:
    slow = replace(pace(2.5), neutral=pace(2.0).natural)
    assert target(FILL, slow, grid(1.6)).span < 0.75 * slow.natural
    assert declined(FILL, replace(slow, neutral=None), grid(1.6)).code == "too-short"
    quick = replace(pace(1.7), neutral=pace(2.0).natural)
    assert target(FILL, quick, grid(2.6)).note is None
    assert target(FILL, replace(quick, neutral=None), grid(2.6)).note.code == "loose"
