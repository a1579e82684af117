"""Times of subtitles on frames."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from framevox.engine_daemon.protocol.timebase import Rate
from framevox.otio_adapters.subtitles.spans import frame_spans

RATES = [Rate.parse(rate) for rate in ("23.976", "24", "25", "29.97 DF", "30", "59.94", "120")]


def ms(*times: int) -> list[tuple[Fraction, Fraction]]:
    return [(Fraction(a, 1000), Fraction(b, 1000)) for a, b in zip(times[::2], times[1::2], strict=True)]


@pytest.mark.parametrize(
    ("times", "rate", "spans"),
    [
        (ms(1000, 2000), "25", [(25, 50)]),
        (ms(1001, 1999), "25", [(25, 50)]),  # what a millisecond rounded off
        (ms(1002, 1998), "25", [(25, 50)]),  # outwards
        (ms(1038, 2042), "25", [(25, 52)]),
        (ms(1039, 2041), "25", [(26, 51)]),
        (ms(1001, 2002), "23.976", [(24, 48)]),
        (ms(33, 67), "29.97", [(1, 2)]),
        (ms(1000, 1015, 1015, 2000), "25", [(25, 26), (26, 50)]),  # a part of a frame is a frame
        (ms(1000, 2012, 2016, 3000), "25", [(25, 50), (50, 75)]),  # both would take frame 50: nearer to 50 than to 51
        (ms(1000, 2025, 2035, 3000), "25", [(25, 51), (51, 75)]),
        (ms(291, 292, 293, 294), "23.976", [(7, 8), (8, 9)]),  # two within one frame: each takes a whole one
        (ms(1000, 2500, 2000, 3000), "25", [(25, 63), (50, 75)]),  # overlapping by themselves
        (ms(1000, 1000), "25", [(25, 25)]),
        (ms(2000, 1000), "25", [(50, 50)]),
    ],
)
def test_a_time_near_a_frame_is_that_frame_and_any_other_goes_outwards(
    times: list[tuple[Fraction, Fraction]], rate: str, spans: list[tuple[int, int]]
) -> None:
    assert frame_spans(times, Rate.parse(rate)) == spans


@given(st.sampled_from(RATES), st.lists(st.integers(1, 200_000), min_size=2, max_size=12, unique=True))
def test_a_frame_that_was_written_in_milliseconds_comes_back(rate: Rate, frames: list[int]) -> None:
    edges = sorted(frames)[: len(frames) // 2 * 2]
    written = [Fraction(round(frame / rate.fps * 1000), 1000) for frame in edges]
    times = list(zip(written[::2], written[1::2], strict=True))
    assert frame_spans(times, rate) == list(zip(edges[::2], edges[1::2], strict=True))


@given(st.sampled_from(RATES), st.lists(st.integers(0, 20_000), min_size=2, max_size=20, unique=True))
def test_captions_that_do_not_overlap_never_do_on_frames_unless_two_share_one(rate: Rate, times: list[int]) -> None:
    edges = sorted(times)[: len(times) // 2 * 2]
    given_times = [(Fraction(a, 1000), Fraction(b, 1000)) for a, b in zip(edges[::2], edges[1::2], strict=True)]
    spans = frame_spans(given_times, rate)
    for (start, end), (first, last) in zip(given_times, spans, strict=True):
        assert last > first
        # Never more than a frame from where it was, on either side (two, where a neighbour needs one of its own).
        assert abs(first / rate.fps - start) < 2 / rate.fps and abs(last / rate.fps - end) < 2 / rate.fps
    frame = 1 / rate.fps
    for (_, a), (b, _), (_, last), (first, _) in zip(given_times, given_times[1:], spans, spans[1:], strict=False):
        if b - a >= frame and all(end - start >= 2 * frame for start, end in given_times):
            assert last <= first
