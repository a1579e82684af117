"""The frame maths over a whole day, at every rate and sample rate Framevox promises."""

from __future__ import annotations

import itertools
import re
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from framevox.engine_daemon.protocol.errors import InputError
from framevox.engine_daemon.protocol.timebase import (
    Rate,
    edge,
    format_frames,
    format_timecode,
    parse_frames,
    parse_timecode,
    slot_samples,
)

NAMES = (
    "23.976", "24", "25", "29.97", "29.97 DF", "30", "47.952", "48", "50", "59.94", "59.94 DF", "60", "119.88", "120",
)  # fmt: skip
RATES = [Rate.parse(name) for name in NAMES]
SAMPLE_RATES = (44100, 48000, 96000)
DROP_FRAME = [rate for rate in RATES if rate.drop_frame]

every_rate = pytest.mark.parametrize("rate", RATES, ids=str)
every_sample_rate = pytest.mark.parametrize("sample_rate", SAMPLE_RATES)


@every_rate
@every_sample_rate
def test_slots_tile_for_24_hours_without_gap_overlap_or_drift(rate: Rate, sample_rate: int) -> None:
    per_frame = Fraction(sample_rate) / rate.fps
    frames, samples = per_frame.denominator, per_frame.numerator
    # The pattern of edges repeats after `frames` frames, which are `samples` samples exactly: one period covers all.
    edges = [edge(n, sample_rate, rate) for n in range(frames + 1)]
    assert edges[0] == 0 and edges[-1] == samples
    lengths = {after - before for before, after in itertools.pairwise(edges)}
    assert lengths <= {int(per_frame), int(per_frame) + 1}
    assert all(-1 <= 2 * (at - n * per_frame) <= 1 for n, at in enumerate(edges))
    periods_per_day = rate.frames_per_day // frames
    for period in (1, periods_per_day // 2, periods_per_day):
        for n in range(0, frames, max(1, frames // 50)):
            assert edge(period * frames + n, sample_rate, rate) == period * samples + edges[n]


@given(st.sampled_from(RATES), st.sampled_from(SAMPLE_RATES), st.integers(0, 10_368_000), st.integers(1, 100_000))
def test_neighbours_share_an_edge_wherever_they_lie(rate: Rate, sample_rate: int, start: int, duration: int) -> None:
    left = slot_samples(start, duration, sample_rate, rate)
    right = slot_samples(start + duration, 1, sample_rate, rate)
    assert left + right == slot_samples(start, duration + 1, sample_rate, rate)
    assert edge(start, sample_rate, rate) + left == edge(start + duration, sample_rate, rate)


@given(st.sampled_from(RATES), st.sampled_from(SAMPLE_RATES), st.fractions(0, 10_000_000, max_denominator=48000))
def test_an_edge_is_the_nearest_sample_and_halves_round_up(rate: Rate, sample_rate: int, frame: Fraction) -> None:
    exact = frame * sample_rate / rate.fps
    assert Fraction(-1, 2) < edge(frame, sample_rate, rate) - exact <= Fraction(1, 2)


@every_rate
def test_timecode_round_trips_at_every_minute_and_hour_of_the_day(rate: Rate) -> None:
    for minute in range(24 * 60):
        first = rate.nominal // 15 if rate.drop_frame and minute % 10 else 0
        mark = ";" if rate.drop_frame else ":"
        digits = 3 if rate.nominal > 100 else 2
        text = f"{minute // 60:02}:{minute % 60:02}:00{mark}{first:0{digits}}"
        frame = parse_timecode(text, rate)
        assert format_timecode(frame, rate) == text
        last = f"{(minute - 1) % 1440 // 60:02}:{(minute - 1) % 60:02}:59{mark}{rate.nominal - 1:0{digits}}"
        before = (frame - 1) % rate.frames_per_day
        assert format_timecode(before, rate) == last
        assert parse_timecode(last, rate) == before


@pytest.mark.parametrize("rate", DROP_FRAME, ids=str)
def test_drop_frame_counts_as_a_clock_that_skips_numbers_does(rate: Rate) -> None:
    frame = 0
    for minute in range(21):
        for second in range(60):
            for count in range(rate.nominal):
                if minute % 10 and second == 0 and count < rate.nominal // 15:
                    continue
                if count in (0, 1, 2, 3, 4, rate.nominal - 1):
                    text = f"00:{minute:02}:{second:02};{count:02}"
                    assert format_timecode(frame, rate) == text
                    assert parse_timecode(text, rate) == frame
                frame += 1


@pytest.mark.parametrize(
    ("rate", "frames_per_hour"), [("29.97 DF", 107_892), ("59.94 DF", 215_784), ("29.97", 108_000), ("23.976", 86_400)]
)
def test_an_hour_of_timecode_has_the_standard_number_of_frames(rate: str, frames_per_hour: int) -> None:
    exact = Rate.parse(rate)
    assert parse_timecode("01:00:00;00" if exact.drop_frame else "01:00:00:00", exact) == frames_per_hour
    assert exact.frames_per_day == 24 * frames_per_hour
    assert format_timecode(exact.frames_per_day, exact) == format_timecode(0, exact)


@pytest.mark.parametrize(
    ("written", "fps", "drop_frame"),
    [
        ("23.976", Fraction(24000, 1001), False),
        ("23.98", Fraction(24000, 1001), False),
        (23.976, Fraction(24000, 1001), False),
        (23.976023976023978, Fraction(24000, 1001), False),
        ("24000/1001", Fraction(24000, 1001), False),
        ("29.97", Fraction(30000, 1001), False),
        ("29.97 DF", Fraction(30000, 1001), True),
        ("29.97DF", Fraction(30000, 1001), True),
        ("29.97 ndf", Fraction(30000, 1001), False),
        ("30000/1001 DF", Fraction(30000, 1001), True),
        (29.97002997, Fraction(30000, 1001), False),
        ("47.952", Fraction(48000, 1001), False),
        ("59.94 DF", Fraction(60000, 1001), True),
        (59.94005994, Fraction(60000, 1001), False),
        ("119.88", Fraction(120000, 1001), False),
        ("25 fps", Fraction(25), False),
        ("25.0", Fraction(25), False),
        (25.000000001, Fraction(25), False),
        (24, Fraction(24), False),
        (120.0, Fraction(120), False),
        (Fraction(30000, 1001), Fraction(30000, 1001), False),
    ],
)
def test_what_hosts_write_becomes_an_exact_rate(written: object, fps: Fraction, drop_frame: bool) -> None:
    assert Rate.parse(written) == Rate(fps, drop_frame)  # type: ignore[arg-type]


@every_rate
def test_a_rate_is_read_back_from_its_name_and_its_double(rate: Rate) -> None:
    assert Rate.parse(rate.name) == rate
    assert Rate.parse(float(rate.fps), drop_frame=rate.drop_frame) == rate
    assert Rate.parse(rate.fraction, drop_frame=rate.drop_frame) == rate


@pytest.mark.parametrize(
    "written", ["", "film", "23.5", "29.9", 23.99, "1/0", "-25", "nan", float("nan"), "25 PAL", "1e3"]
)
def test_an_unknown_rate_is_refused_with_the_known_ones(written: object) -> None:
    with pytest.raises(InputError, match=r"unknown frame rate .*23\.976, 29\.97"):
        Rate.parse(written)  # type: ignore[arg-type]


@pytest.mark.parametrize("written", ["0", "1000001"])
def test_a_rate_outside_of_all_reason_is_refused(written: str) -> None:
    with pytest.raises(InputError, match="between 0 and"):
        Rate.parse(written)


@pytest.mark.parametrize("written", ["25 DF", "23.976 DF", "30 DF", "47.952 DF", "119.88 DF"])
def test_drop_frame_is_refused_where_it_does_not_exist(written: str) -> None:
    with pytest.raises(InputError, match=r"29\.97 and 59\.94"):
        Rate.parse(written)


@pytest.mark.parametrize(
    ("text", "rate", "reason"),
    [
        ("00:01:00;00", "29.97 DF", "skips"),
        ("00:01:00;01", "29.97 DF", "skips"),
        ("00:59:00;03", "59.94 DF", "skips"),
        ("01:00:00:00", "29.97 DF", "write ';'"),
        ("01:00:00;00", "29.97", "write ':'"),
        ("00:00:00:25", "25", "out of range"),
        ("24:00:00:00", "25", "out of range"),
        ("00:60:00:00", "25", "out of range"),
        ("01:00:00.12", "25", "not a timecode"),
        ("1:2:3", "25", "not a timecode"),
        ("", "25", "not a timecode"),
    ],
)
def test_a_timecode_that_does_not_exist_is_refused(text: str, rate: str, reason: str) -> None:
    with pytest.raises(InputError, match=reason):
        parse_timecode(text, Rate.parse(rate))


@given(st.one_of(st.integers(-(10**12), 10**12), st.fractions(-(10**6), 10**6, max_denominator=10**6)))
def test_frame_positions_survive_json(frames: int | Fraction) -> None:
    assert parse_frames(format_frames(frames)) == frames


@pytest.mark.parametrize("value", [1.5, True, None, "half", "1/0", [1]])
def test_a_position_that_is_not_exact_is_refused(value: object) -> None:
    with pytest.raises(InputError, match="not a frame position"):
        parse_frames(value)


def test_the_document_holds_the_numbers_the_code_gives() -> None:
    page = (Path(__file__).parents[2] / "docs" / "frame-maths.md").read_text(encoding="utf-8")
    names = {
        "Rate": Rate, "Fraction": Fraction, "edge": edge, "slot_samples": slot_samples,
        "format_timecode": format_timecode, "parse_timecode": parse_timecode,
    }  # fmt: skip
    examples = re.findall(r"^>>> (.+)\n((?:(?!>>>|```).+\n)*)", page, re.MULTILINE)
    assert len(examples) >= 15
    for source, expected in examples:
        if expected:
            assert repr(eval(source, names)) == expected.strip(), source
        else:
            exec(source, names)
    rows = re.findall(r"^\| ([\d.]+(?: DF)?) \| ([\d/]+) \| ([\d.]+) \| ([\d.]+) \| ([\d.]+) \|$", page, re.MULTILINE)
    assert [row[0] for row in rows] == list(NAMES)
    for name, fraction, *per_frame in rows:
        rate = Rate.parse(name)
        assert rate.fraction == fraction
        assert [Fraction(text) for text in per_frame] == [Fraction(sr) / rate.fps for sr in SAMPLE_RATES]
