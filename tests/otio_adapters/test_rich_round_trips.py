"""Random timelines with all that OpenTimelineIO has, filled, written and read again: only placeholders changed.

Nested tracks, transitions, speed effects, ranges that begin and end inside of frames, markers, what is disabled:
`.otio` holds all of it, and so does every other format with its side file. Once an editing program wrote the file anew,
all comes back that lies on whole frames; what does not is named when it is written.
"""

from __future__ import annotations

import tempfile
import warnings
from collections import Counter
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import opentimelineio as otio
import pytest
from hypothesis import given
from hypothesis import strategies as st

from framevox.engine_daemon.protocol.timebase import Rate, format_timecode
from framevox.otio_adapters import find_placeholders, load, place, restore, save
from framevox.otio_adapters.side_file import side_path

from .test_round_trips import EDL_RATES, FRAMES, NAMES, RATES, examples
from .timelines import as_json, gap, line, marker, rest, span, takes, time, timeline, track, written_anew

INGREDIENTS = ("nested", "transition", "speed", "sub-frame", "marker", "disabled")
WHOLE_FRAMES = tuple(ingredient for ingredient in INGREDIENTS if ingredient != "sub-frame")
SUFFIXES = (".xml", ".fcpxml", ".aaf", ".edl")


@dataclass
class Film:
    """A timeline, its rate, and which ingredients are in it."""

    timeline: otio.schema.Timeline
    rate: Rate
    holds: set[str] = field(default_factory=set)

    def __repr__(self) -> str:
        return f"{self.rate} {sorted(self.holds)} {self.timeline.to_json_string(indent=0)}"


@st.composite
def films(draw: st.DrawFn, ingredients: tuple[str, ...] = INGREDIENTS, rates: tuple[str, ...] = RATES) -> Film:
    rate = Rate.parse(draw(st.sampled_from(rates)))
    fps = float(rate.fps)
    film = Film(timeline(start=draw(st.integers(0, 100000)), rate=fps), rate)

    def taken(ingredient: str) -> bool:
        if ingredient not in ingredients or not draw(st.booleans()):
            return False
        film.holds.add(ingredient)
        return True

    def media(length: float) -> otio.schema.Clip:
        reference = otio.schema.ExternalReference(
            f"file:///media/shot{draw(st.integers(1, 9))}.wav", span(0, 2000, fps)
        )
        return otio.schema.Clip(f"shot {length}", reference, span(draw(st.integers(0, 300)), length, fps))

    def item(deep: int) -> Any:
        length: float = draw(FRAMES)
        kind = draw(st.sampled_from(("gap", "line", "clip", "stack")[: 4 if deep < 2 else 3]))
        if kind == "gap":
            return gap(length, fps)
        if kind == "stack" and taken("nested"):
            stack = otio.schema.Stack("Scene")
            stack.extend(layer(deep + 1, f"N{n}") for n in range(draw(st.integers(1, 2))))
            if draw(st.booleans()):
                whole = max(1, int(stack.available_range().duration.value))
                stack.source_range = span(draw(st.integers(0, whole // 2)), draw(st.integers(1, whole)), fps)
            return stack
        if taken("sub-frame"):
            length = float(length + draw(st.sampled_from((Fraction(1, 2), Fraction(1, 4), Fraction(7, 8)))))
        made = line(draw(NAMES), length, fps) if kind == "line" else media(length)
        if taken("speed"):
            made.effects.append(otio.schema.LinearTimeWarp(time_scalar=draw(st.sampled_from((0.5, 1.5, 2.0)))))
        if taken("marker"):
            made.markers.append(marker("BOB: Marked", draw(st.integers(0, 20)), draw(st.integers(2, 40)), fps))
        if taken("disabled"):
            made.enabled = False
        return made

    def layer(deep: int, name: str) -> otio.schema.Track:
        children = [item(deep) for _ in range(draw(st.integers(1, 5)))]
        for at in range(len(children) - 1, 0, -1):
            pair = children[at - 1 : at + 1]
            if all(isinstance(child, otio.schema.Clip) for child in pair) and taken("transition"):
                inward, outward = (otio.opentime.RationalTime(draw(st.integers(0, 6)), fps) for _ in range(2))
                children.insert(at, otio.schema.Transition("Dissolve", "SMPTE_Dissolve", inward, outward))
        made = track(name, *children)
        if deep == 0 and taken("nested"):
            whole = max(1, int(made.available_range().duration.value))
            made.source_range = span(draw(st.integers(0, whole // 2)), draw(st.integers(1, whole)), fps)
        made.enabled = not taken("disabled")
        return made

    film.timeline.tracks.append(track("V1", media(draw(FRAMES)), kind="Video"))
    film.timeline.tracks.extend(layer(0, f"A{n + 1}") for n in range(draw(st.integers(1, 3))))
    if rate.drop_frame:
        film.timeline.metadata["fcp_xml"] = {"timecode": {"displayformat": "DF"}}
    return film


def slots(built: otio.schema.Timeline) -> list[tuple[Any, ...]]:
    """By their starts; which comes first of two that begin together is the format's."""
    found = [(p.text, p.character, p.start, p.duration, p.rate, p.problem) for p in find_placeholders(built)]
    return sorted(found, key=lambda slot: (slot[2], slot[0], slot[3]))


def in_otio(film: Film) -> None:
    """Everything but the placeholders comes out as it went in, to the last number, and so do those when restored."""
    built = film.timeline
    found = [p for p in find_placeholders(built) if not p.problem]
    before = as_json(built)
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "out.otio"
        save(place(built, find_placeholders(built), takes(found[::2], Path(name))), path)
        assert as_json(built) == before
        read = load(path)
    assert slots(read) == slots(built)
    assert rest(read, built) == rest(built, built)
    if found:
        restored, count = restore(read)
        assert count == len(found[::2])
        assert as_json(restored) == before


def seen(built: otio.schema.Timeline) -> Counter[tuple[Any, ...]]:
    """What an editor sees of every line: its words and its slot, counted from timecode zero."""
    return Counter((p.text, p.origin + p.start, p.duration) for p in find_placeholders(built) if not p.problem)


def elsewhere(suffix: str, film: Film) -> None:
    """Every slot comes back from another format; if a program wrote it anew, or the side file is gone, as far as no
    warning named it."""
    built = film.timeline
    found = find_placeholders(built)
    with tempfile.TemporaryDirectory() as name, warnings.catch_warnings(record=True) as caught:
        path = Path(name) / f"out{suffix}"
        filled = place(built, found, takes(found[::2], Path(name)))
        warnings.simplefilter("always")
        save(filled, path)
        said = [str(warning.message) for warning in caught]
        read = load(path, film.rate)
        assert slots(read) == slots(built)
        assert as_json(read.tracks) == as_json(filled.tracks)
        written_anew(path)
        anew = load(path, film.rate)
        side_path(path).unlink()
        alone = load(path, film.rate)
    if [p for p in found[::2] if not p.problem]:
        assert as_json(restore(read)[0].tracks) == as_json(built.tracks)
    if "sub-frame" not in film.holds:
        assert slots(anew) == slots(built)
    for there in (anew, alone):
        for text, start, duration in seen(built) - seen(there):
            at = format_timecode(int(start), film.rate)
            assert [s for s in said if f"at {at} (“{text}”)" in s], (text, start, duration, said)


@pytest.fixture(autouse=True)
def _quiet() -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


@examples(15)
@given(film=films())
def test_in_an_otio_only_placeholders_change(film: Film) -> None:
    in_otio(film)


@pytest.mark.slow
@examples(300)
@given(film=films())
def test_in_many_otios_only_placeholders_change(film: Film) -> None:
    in_otio(film)


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize(
    "ingredients", [INGREDIENTS, pytest.param(WHOLE_FRAMES, marks=pytest.mark.slow)], ids=["any", "whole frames"]
)
def test_each_slot_comes_back_from_another_format_or_is_named(suffix: str, ingredients: tuple[str, ...]) -> None:
    come_back(suffix, ingredients, 5)


def test_a_transition_that_begins_before_its_track_is_left_out_of_an_fcp_7_xml() -> None:
    fps = 24000 / 1001
    shot = otio.schema.Clip("shot", otio.schema.ExternalReference("file:///media/shot.wav"), span(0, 9, fps))
    early = otio.schema.Transition("Dissolve", "SMPTE_Dissolve", time(6, fps), time(3, fps))
    film = Film(timeline(track("A1", line("Good to know.", 3, fps), early, shot), rate=fps), Rate.parse("23.976"))
    elsewhere(".xml", film)


@pytest.mark.slow
@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("ingredients", [INGREDIENTS, WHOLE_FRAMES], ids=["any", "whole frames"])
def test_each_slot_of_many_comes_back_or_is_named(suffix: str, ingredients: tuple[str, ...]) -> None:
    come_back(suffix, ingredients, 100)


def come_back(suffix: str, ingredients: tuple[str, ...], number: int) -> None:
    @examples(number)
    @given(film=films(ingredients, EDL_RATES if suffix == ".edl" else RATES))
    def comes_back(film: Film) -> None:
        elsewhere(suffix, film)

    comes_back()


@pytest.mark.slow
def test_every_ingredient_is_drawn_at_every_rate() -> None:
    drawn = set()
    for rate in RATES:

        @examples(60)
        @given(film=films(rates=(rate,)))
        def collect(film: Film) -> None:
            drawn.update((str(film.rate), ingredient) for ingredient in film.holds)

        collect()
    assert drawn == {(str(Rate.parse(rate)), ingredient) for rate in RATES for ingredient in INGREDIENTS}
