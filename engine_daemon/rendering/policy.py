"""How long a line is to be spoken, and where in its slot: decided before a sound is made.

Every length here is in samples at the take's rate. A *span* is speech from its first to its last sample above
-60 dBFS. See docs/takes.md for the three policies as a user sees them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from math import ceil, floor

from framevox.engine_daemon.protocol.cues import Fit, Note
from framevox.engine_daemon.protocol.errors import InputError
from framevox.engine_daemon.protocol.messages import Scalar
from framevox.engine_daemon.protocol.timebase import Rate

MAX_EDGE_FRAMES = 2
"""``fill`` leaves at most this many frames of silence before the speech, and as many after it."""

GUARD_SECONDS = Fraction(2, 1000)
"""Always silent at a slot's end: room for the fade, and some hosts drop a slot's last sample at 29.97 fps."""

ONSET_SECONDS = Fraction(5, 1000)
"""Speech that keeps the slot's start begins this long after it: what the fade in before its first sound takes."""


@dataclass(frozen=True, slots=True)
class Pace:
    """What the voice can do with the line: spans in samples at the take's rate, exact."""

    natural: Fraction
    shortest: Fraction
    longest: Fraction
    step: Fraction
    """The engine's own time step; a span comes out within half of it."""
    neutral: Fraction | None = None
    """The span without its emotion and longer pauses, None where that is ``natural``: they give way to the slot."""

    @property
    def quickest(self) -> Fraction:
        """The span from which a slot's lower limit is counted."""
        return self.natural if self.neutral is None else min(self.natural, self.neutral)

    @property
    def slowest(self) -> Fraction:
        """The span from which a slot's upper limit is counted."""
        return self.natural if self.neutral is None else max(self.natural, self.neutral)


@dataclass(frozen=True, slots=True)
class Grid:
    """The slot's length in samples, None where the speech decides it, and the grid it lies on."""

    slot: int | None
    sample_rate: int
    rate: Rate

    @property
    def frame(self) -> Fraction:
        """Samples per frame, exact."""
        return Fraction(self.sample_rate) / self.rate.fps

    @property
    def guard(self) -> int:
        return ceil(GUARD_SECONDS * self.sample_rate)

    @property
    def onset(self) -> int:
        return ceil(ONSET_SECONDS * self.sample_rate)

    @property
    def max_edge(self) -> int:
        return floor(MAX_EDGE_FRAMES * self.frame)


@dataclass(frozen=True, slots=True)
class Target:
    """What the engine is asked for and where it goes.

    ``span`` None means the voice's own pace. With ``end`` the speech is aimed to end there and its start gives way;
    without, it is aimed to start at ``start``. Both count from the slot's start. With ``points``, also counted from
    there, words are heard at them, and start and end give way.
    """

    span: int | None
    start: int
    end: int | None
    note: Note | None = None
    points: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Declined:
    """The line cannot be spoken in its slot within the limits: ``code`` is one of ``messages.ATTENTION``, and
    ``fields`` are the figures that say what would help."""

    code: str
    fields: Mapping[str, Scalar] = field(default_factory=dict)


def decide(fit: Fit, pace: Pace, grid: Grid) -> Target | Declined:
    """What to ask of the engine so that the speech takes its slot as ``fit`` says.

    ``fit`` has passed its own check. Raises InputError for a ratio:X outside of the cue's own limits.
    """
    if fit.policy == "ratio":
        return _decide_ratio(fit, pace, grid)
    if grid.slot is None:
        return Target(None, grid.onset, None)
    if fit.policy == "natural" and _fits(pace.natural, pace, grid):
        return _at_own_pace(pace, grid)
    return _decide_fill(fit, pace, grid)


def _decide_fill(fit: Fit, pace: Pace, grid: Grid) -> Target | Declined:
    assert grid.slot is not None
    silence = edge_silence(pace, grid)
    least = max(fit.min_ratio * pace.quickest, pace.shortest)
    wanted = grid.slot - 2 * silence
    if wanted > min(fit.max_ratio * pace.slowest, pace.longest):
        return _at_own_pace(pace, grid, Note("loose", figures(pace, grid)))
    if fit.policy == "natural":
        wanted = min(wanted, floor(pace.natural))
    if wanted < least:
        # A tight slot gives up its silences before its line is declined.
        if not _fits(least, pace, grid):
            shortest = {"least_ratio": float(least / pace.natural), "least_seconds": _seconds(least, grid)}
            return Declined("too-short", {**figures(pace, grid), **shortest, **_missing(least, pace, grid)})
        wanted = ceil(least)
        end = grid.slot - max(grid.guard, (grid.slot - wanted) // 2)
        return Target(wanted, end - wanted, end)
    return Target(wanted, silence, grid.slot - silence)


def _decide_ratio(fit: Fit, pace: Pace, grid: Grid) -> Target | Declined:
    assert fit.ratio is not None
    if not fit.min_ratio <= fit.ratio <= fit.max_ratio:
        raise InputError(
            f"ratio:{_number(fit.ratio)} lies outside of the limits {_number(fit.min_ratio)} to "
            f"{_number(fit.max_ratio)}: choose another ratio, or change --min-ratio or --max-ratio"
        )
    span = fit.ratio * pace.natural
    if not pace.shortest <= span <= pace.longest:
        reach = {"lowest": float(pace.shortest / pace.natural), "highest": float(pace.longest / pace.natural)}
        return Declined("ratio-out-of-reach", {**figures(pace, grid), "ratio": float(fit.ratio), **reach})
    if grid.slot is None:
        return Target(round(span), grid.onset, None)
    if not _fits(span, pace, grid):
        asked = {"ratio": float(fit.ratio), "seconds": _seconds(span, grid)}
        return Declined("ratio-too-long", {**figures(pace, grid), **asked, **_missing(span, pace, grid)})
    return Target(round(span), _start_that_fits(span, pace, grid), None)


def _at_own_pace(pace: Pace, grid: Grid, note: Note | None = None) -> Target:
    return Target(None, _start_that_fits(pace.natural, pace, grid), None, note)


def edge_silence(pace: Pace, grid: Grid) -> int:
    """The silence aimed at before and after the speech: half a frame, or what absorbs half an engine step.

    Never more than a frame, so that the step's remainder on top of it stays within MAX_EDGE_FRAMES. At 120 fps, where
    half a step is longer than a frame, the remainder is shared between both ends when the speech is placed.
    """
    return floor(min(grid.frame, max(grid.frame / 2, pace.step / 2)))


def _reserve(pace: Pace, grid: Grid) -> Fraction:
    """The part of a slot that speech cannot be asked to take: the guard, and half a step the engine may be over."""
    return grid.guard + pace.step / 2


def _fits(span: Fraction, pace: Pace, grid: Grid) -> bool:
    return grid.slot is None or span + _reserve(pace, grid) <= grid.slot


def _start_that_fits(span: Fraction, pace: Pace, grid: Grid) -> int:
    assert grid.slot is not None
    return min(grid.onset, floor(grid.slot - _reserve(pace, grid) - span))


def _missing(span: Fraction, pace: Pace, grid: Grid) -> dict[str, Scalar]:
    """By how much the slot must grow, in seconds (hundredths) and in whole frames, both rounded up."""
    assert grid.slot is not None
    missing = span + _reserve(pace, grid) - grid.slot
    seconds = Fraction(ceil(100 * missing / grid.sample_rate), 100)
    return {"missing_seconds": float(seconds), "missing_frames": ceil(missing / grid.frame)}


def figures(pace: Pace, grid: Grid) -> dict[str, Scalar]:
    """What a user has to know of a slot and its line; a line without a slot has no slot's length."""
    figures: dict[str, Scalar] = {"natural_seconds": _seconds(pace.natural, grid)}
    if grid.slot is not None:
        figures["slot_seconds"] = _seconds(Fraction(grid.slot), grid)
        figures["slot_frames"] = round(float(grid.slot / grid.frame), 2)
    return figures


def _seconds(samples: Fraction, grid: Grid) -> float:
    return float(samples / grid.sample_rate)


def _number(value: Fraction) -> str:
    return f"{float(value):.2f}".rstrip("0").rstrip(".")
