"""Seconds become whole frames: near a frame that frame, else outwards, and never into a neighbour."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import floor

from framevox.engine_daemon.protocol.timebase import Rate

NEAR = Fraction(1, 1000)
"""Subtitles count milliseconds: a time this close to a frame was that frame before it was written down."""


def frame_spans(times: Sequence[tuple[Fraction, Fraction]], rate: Rate) -> list[tuple[int, int]]:
    """``(start, end)`` in seconds -> ``(first, end)`` in frames, for captions in the order of their starts.

    A time within 1 ms of a frame is that frame; any other start goes down and any other end up, so that nothing is cut.
    Where that makes two overlap which did not, their common edge is the frame that takes less away. A caption that
    lasts takes a frame at least; one that does not, or ends before it begins, takes none.
    """
    spans = [_span(start, end, rate) for start, end in times]
    for index, ((start, end), (_, last)) in enumerate(zip(times, spans, strict=True)):
        if end <= start:
            continue
        for later in range(index + 1, len(times)):
            if times[later][0] < end:
                continue  # they overlap by themselves
            first = spans[later][0]
            if first >= last:
                break
            edge = max(_edge(end, times[later][0], rate), spans[index][0] + 1)
            spans[index] = (spans[index][0], edge)
            spans[later] = (edge, max(spans[later][1], edge + 1))
            break
    return spans


def _span(start: Fraction, end: Fraction, rate: Rate) -> tuple[int, int]:
    first = _frame(start, rate, up=False)
    return first, first if end <= start else max(_frame(end, rate, up=True), first + 1)


def _frame(seconds: Fraction, rate: Rate, *, up: bool) -> int:
    # In whole numbers, for fractions take ten times as long: the time is position / parts frames.
    position = seconds.numerator * rate.fps.numerator
    parts = seconds.denominator * rate.fps.denominator
    nearest = (2 * position + parts) // (2 * parts)
    near = NEAR.numerator * seconds.denominator * rate.fps.numerator
    if abs(nearest * parts - position) * NEAR.denominator <= near:
        return nearest
    return -(-position // parts) if up else position // parts


def _edge(end: Fraction, start: Fraction, rate: Rate) -> int:
    """The frame between an end and the start after it that lies nearest to both."""
    return floor((end + start) / 2 * rate.fps + Fraction(1, 2))
