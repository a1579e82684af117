"""Which word of a line a point means, and what is said of points that cannot be."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from framevox.engine_daemon.protocol.cues import MAX_TEXT, Cue
from framevox.engine_daemon.protocol.errors import InputError
from framevox.engine_daemon.protocol.sync import (
    SyncPoint,
    bears_words,
    located,
    occurrences,
    parse_point,
    parse_word,
    read_points,
)
from framevox.engine_daemon.protocol.timebase import Rate


@pytest.mark.parametrize(
    ("text", "word", "places"),
    [
        ("Then send it now.", "now", [13]),
        ("Then send it now.", "NOW!", [13]),
        ("Then send it now.", "send  it", [5]),
        ("Then send\nit now.", "send it", [5]),
        ("Now, not nowhere, now", "now", [0, 18]),
        ("I don’t know", "don't", [2]),
        ("I don't know", "t", []),
        ("I don't know", "don", []),
        ("I'm in", "I", []),
        ("He owes $2,300 now", "2,300", [9]),
        ("我们现在就走吧", "现在", [2]),
        ("我们现在就走吧", "在", [3]),
        ("我们现在就走[zou3]吧", "走吧", [5]),
        ("先 update 一下", "update", [2]),
        ("先update一下", "update", [1]),
        ("約束を守る", "守る", [3]),
        ("지금은 가자", "지금", [0]),
        ("지금은 가자", "금은", []),
        ("word", "…", []),
    ],
)
def test_a_point_names_whole_words_and_any_character_where_words_are_not_spaced(
    text: str, word: str, places: list[int]
) -> None:
    assert occurrences(text, word) == places


@pytest.mark.parametrize(
    ("written", "point"),
    [
        ("now@42", SyncPoint("now", 42)),
        ("now#2@42", SyncPoint("now", 42, 2)),
        (" send it @ 0 ", SyncPoint("send it", 0)),
        ("现在@7", SyncPoint("现在", 7)),
        ("a@b.org@3", SyncPoint("a@b.org", 3)),
    ],
)
def test_points_are_typed_as_word_at_frame(written: str, point: SyncPoint) -> None:
    assert parse_point(written) == point


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("now", "no word on a frame: write now@42"),
        ("@42", "no word on a frame"),
        ("now@", "not a whole frame"),
        ("now@4.5", "'4.5' is not a whole frame: write that of “now”"),
        ("now@1e3", "not a whole frame"),
        ("now@49/2", "not a whole frame"),
        ("now#two@3", "does not say which “now”"),
        ("now#0@3", "does not say which"),
        ("now#-1@3", "does not say which"),
        ("w" * 300 + "@3", "has 300 characters"),
    ],
)
def test_what_is_typed_wrong_is_said(written: str, said: str) -> None:
    with pytest.raises(InputError) as error:
        parse_point(written)
    assert said in str(error.value)


def test_metadata_hold_points_as_objects() -> None:
    assert read_points([{"word": "now", "frame": 42}, {"word": "it", "frame": 7.0, "nth": 2}]) == (
        SyncPoint("now", 42),
        SyncPoint("it", 7, 2),
    )
    assert read_points([]) == ()


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("now@42", "must be a list"),
        ({"word": "now", "frame": 42}, "must be a list"),
        (["now@42"], "point 1 must have"),
        ([{"word": "now"}], "point 1 must have"),
        ([{"word": "now", "frame": 1}, {"word": "it", "frame": 2, "at": 3}], "point 2 must have"),
        ([{"word": "now", "frame": 42.5}], '"frame" of “now” must be a whole number'),
        ([{"word": "now", "frame": "42"}], "must be a whole number"),
        ([{"word": "now", "frame": True}], "must be a whole number"),
        ([{"word": "now", "frame": float("nan")}], "must be a whole number"),
        ([{"word": "now", "frame": float("inf")}], "must be a whole number"),
        ([{"word": 5, "frame": 42}], '"word" must be a word'),
        ([{"word": " ", "frame": 42}], '"word" must be a word'),
        ([{"word": "now", "frame": 42, "nth": 1.5}], "does not say which"),
        ([{"word": "now", "frame": 42, "nth": True}], "does not say which"),
    ],
)
def test_metadata_that_are_no_points_are_said(value: Any, said: str) -> None:
    with pytest.raises(InputError) as error:
        read_points(value)
    assert said in str(error.value)


def points(*given: tuple[Any, ...]) -> list[SyncPoint]:
    return [SyncPoint(*one) for one in given]


def test_points_come_in_the_order_of_the_line_each_once() -> None:
    given = points(("now", 30), ("send", 10), ("now", 30))
    assert located("Then send it now.", given, 40) == [(5, given[1]), (13, given[0])]
    twice = points(("now", 5, 2), ("now", 0, 1))
    assert [place for place, _ in located("now or now", twice, None)] == [0, 7]


@pytest.mark.parametrize(
    ("text", "given", "duration", "said"),
    [
        ("Then send it now.", points(("later", 1)), 40, "“later” is not in the line"),
        ("now or now", points(("now", 1)), 40, "in the line 2 times (#1 “[now] or now”, #2 “now or [now]”): say which"),
        ("now or now", points(("now", 1, 3)), 40, "in the line 2 times, so there is no “now#3”"),
        ("Then send it now.", points(("now", 1, 2)), 40, "in the line once, so there is no “now#2”"),
        (
            "Then send it now.",
            points(("now", 40)),
            40,
            "“now” on frame 40, outside of the slot: its frames are 0 to 39",
        ),
        ("Then send it now.", points(("now", -1)), 40, "on frame -1, outside"),
        ("Then send it now.", points(("now", -1)), None, "frames count from 0"),
        ("Then send it now.", points(("now", 40)), Fraction(79, 2), "its frames are 0 to 39"),
        ("Then send it now.", points(("now", 5), ("send", 9)), 40, "“send” on frame 9 and “now” on frame 5, and the"),
        ("Then send it now.", points(("now", 5), ("it", 5)), 40, "“it” on frame 5 and “now” on frame 5, and the line"),
        ("Then send it now.", points(("now", 5), ("now", 6)), 40, "“now” on frame 5 and on frame 6: give it one"),
        ("Send now", points(("now", 5), ("now", 6), ("Send", 1)), 40, "has 3 points and the line 2 words"),
        ("走吧", points(("走", 1), ("吧", 2), ("走", 3)), 40, "has 3 points and the line 2 words"),
    ],
)
def test_points_that_cannot_be_are_said(text: str, given: list[SyncPoint], duration: Any, said: str) -> None:
    with pytest.raises(InputError) as error:
        located(text, given, duration)
    assert said in str(error.value)


def test_a_cue_is_checked_for_its_points() -> None:
    cue = Cue("a", "Then send it now.", Rate.parse(25), 0, 40, sync=(SyncPoint("later", 3),))
    with pytest.raises(InputError, match="not in the line") as error:
        cue.check()
    assert error.value.code == "bad-input"


def test_markers_bear_words_of_a_line_and_not_the_whole_of_it() -> None:
    line = "Then send it now."
    assert all(bears_words(line, said) for said in ("now", "Now", "send it", "it now.", "now#1", "“now”"))
    assert not any(bears_words(line, said) for said in ("TODO", line, "then send it now", "no", "", "  ", "now please"))
    assert bears_words("Now!", "now")
    assert bears_words("我们走吧", "走") and not bears_words("我们走吧", "我们走吧。")
    assert parse_word("now#2") == ("now", 2) and parse_word("#2") == ("#2", None)


def test_a_long_line_is_searched_in_no_time() -> None:
    line = ("a " * MAX_TEXT)[:MAX_TEXT]
    assert len(occurrences(line, "a")) == MAX_TEXT // 2
    assert occurrences("[" * MAX_TEXT, "a") == []
    assert occurrences("a" * MAX_TEXT, "a" * 200) == []
