"""What users write after an option becomes an exact value, or an error that says what to write."""

from __future__ import annotations

from fractions import Fraction

import pytest

from framevox.engine_daemon.client.values import (
    fit_within,
    loudness_target,
    parse_choice,
    parse_fit,
    parse_loudness,
    parse_positive,
    parse_sample_rate,
)
from framevox.engine_daemon.protocol.cues import Fit
from framevox.engine_daemon.protocol.errors import InputError


@pytest.mark.parametrize(
    ("text", "fit"),
    [
        ("fill", Fit("fill")),
        ("natural", Fit("natural")),
        ("ratio:1.1", Fit("ratio", Fraction(11, 10))),
        ("RATIO:9/8", Fit("ratio", Fraction(9, 8))),
    ],
)
def test_a_fit_is_read_exactly(text: str, fit: Fit) -> None:
    assert parse_fit(text) == fit


@pytest.mark.parametrize(
    "text", ["", "ratio", "ratio:", "ratio:0", "ratio:-1", "ratio:nan", "ratio:1/0", "fill:2", "stretch"]
)
def test_another_fit_is_refused(text: str) -> None:
    with pytest.raises(InputError):
        parse_fit(text)


@pytest.mark.parametrize("text", ["0", "-1", "inf", "nan", "1e", "one", ""])
def test_a_length_that_is_not_above_zero_is_refused(text: str) -> None:
    with pytest.raises(InputError):
        parse_positive(text)


def test_seconds_are_exact_decimals() -> None:
    assert parse_positive("2.1") == Fraction(21, 10)


def test_limits_without_sense_are_refused() -> None:
    assert fit_within(Fit("ratio", Fraction(2)), Fraction(1, 2), Fraction(2)).max_ratio == 2
    with pytest.raises(InputError, match="min ratio 2: give at most 1"):
        fit_within(Fit(), Fraction(2), Fraction(1))
    with pytest.raises(InputError, match=r"ratio:3 lies outside of the limits 0\.5 to 2"):
        fit_within(Fit("ratio", Fraction(3)), Fraction(1, 2), Fraction(2))


def test_a_sample_rate_outside_the_list_is_refused_with_the_list() -> None:
    assert parse_sample_rate("96000") == 96000
    with pytest.raises(InputError, match="44100"):
        parse_sample_rate("47999")


def test_loudness_is_a_level_or_off() -> None:
    assert loudness_target(parse_loudness("-16")) == -16.0
    assert loudness_target(parse_loudness("off")) is None
    for bad in ("loud", "nan", "3", "-90"):
        with pytest.raises(InputError):
            parse_loudness(bad)


def test_a_choice_names_the_others() -> None:
    assert parse_choice(("wav", "mp3"))("WAV") == "wav"
    with pytest.raises(InputError, match="wav, mp3"):
        parse_choice(("wav", "mp3"))("ogg")
