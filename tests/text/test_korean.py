"""Korean lines: months that lost a consonant."""

import pytest

from framevox.engine_daemon.text import read_line


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("6월", "유월"),
        ("10월 3일", "시월 삼일"),
        ("6월-10월", "유월에서 시월"),
        ("12월", "십이월"),
        ("1월", "일월"),
        ("6개", "여섯개"),
        ("10월드컵", "십월드컵"),
        ("$20m", "이천만 달러"),
    ],
)
def test_figures_before_a_month(text: str, expected: str) -> None:
    assert " ".join(word.spoken for word in read_line(text, "ko").words) == expected
