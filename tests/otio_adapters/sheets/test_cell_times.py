"""Times in cells, exact in every way that people write them."""

from __future__ import annotations

from fractions import Fraction

import pytest

from framevox.engine_daemon.protocol.errors import InputError
from framevox.engine_daemon.protocol.timebase import Rate
from framevox.otio_adapters.sheets.cell_times import CellTime, read_time, unit_in_heading

PAL, FILM, DROP = Rate.parse("25"), Rate.parse("23.976"), Rate.parse("29.97 DF")


@pytest.mark.parametrize(
    ("text", "rate", "frames"),
    [
        ("01:00:05:12", PAL, 90137),
        ("1:00:05:12", PAL, 90137),
        ("０１：００：０５：１２", PAL, 90137),
        ("00:01:00;02", DROP, 1800),
        ("00;01;00;02", DROP, 1800),
        ("01:00:00:00", FILM, 86400),
    ],
)
def test_timecode_is_a_frame_number(text: str, rate: Rate, frames: int) -> None:
    assert read_time(text, rate, "seconds") == CellTime(Fraction(frames), True)


@pytest.mark.parametrize(
    ("text", "unit", "seconds"),
    [
        ("00:00:05.480", "seconds", Fraction(5480, 1000)),
        ("00:01:05,5", "seconds", Fraction(655, 10)),
        ("1:05", "seconds", Fraction(65)),
        ("12.5", "seconds", Fraction(25, 2)),
        ("12,5", "seconds", Fraction(25, 2)),
        ("1500", "milliseconds", Fraction(3, 2)),
        ("36", "frames", Fraction(36) * 1001 / 24000),
        ("36f", "seconds", Fraction(36) * 1001 / 24000),
        ("36 帧", "", Fraction(36) * 1001 / 24000),
        ("1500 ms", "", Fraction(3, 2)),
        ("2.5秒", "frames", Fraction(5, 2)),
    ],
)
def test_all_else_is_exact_seconds(text: str, unit: str, seconds: Fraction) -> None:
    assert read_time(text, FILM, unit) == CellTime(seconds, False)


@pytest.mark.parametrize(
    ("text", "rate", "said"),
    [
        ("00:01:00;00", DROP, "does not exist: drop-frame skips it"),
        ("00:01:00:02", DROP, "write ';' before the frames"),
        ("00:01:00;02", Rate.parse("29.97"), "or give --rate '29.97 DF'"),
        ("01:00:05:25", PAL, "out of range at 25"),
        ("00:61:00.5", PAL, "minutes and seconds go up to 59"),
        ("soon", PAL, "'soon' is no time: write timecode"),
        ("12 apples", PAL, "is no time"),
    ],
)
def test_what_is_no_time_says_so(text: str, rate: Rate, said: str) -> None:
    with pytest.raises(InputError, match=said):
        read_time(text, rate, "seconds")


def test_headings_name_their_unit() -> None:
    assert [unit_in_heading(text) for text in ("Start (ms)", "入点（帧）", "In [frames]", "end_seconds", "TC In")] == [
        "milliseconds", "frames", "frames", "seconds", "",
    ]  # fmt: skip
