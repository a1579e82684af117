"""Random timelines, filled, written in each format and read again: only placeholders changed, each slot is the same."""

from __future__ import annotations

import tempfile
import warnings
from pathlib import Path
from typing import Any

import opentimelineio as otio
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from framevox.engine_daemon.protocol.timebase import Rate
from framevox.otio_adapters import Placeholder, find_placeholders, load, place, restore, save

from .timelines import gap, line, span, takes, timeline, track, written_anew

RATES = ("23.976", "24", "25", "29.97", "29.97 DF", "30", "48", "50", "59.94", "59.94 DF", "60")
EDL_RATES = tuple(rate for rate in RATES if rate != "59.94 DF")
"""CMX 3600 counts two digits of frames; the adapter reads 59.94 as it writes it, without drop-frame."""
NAMES = st.sampled_from(
    (
        "Good to know.",
        "ALICE: We leave now.",
        "小明：我们下周发布。",
        "Ünïcode & <tags>",
        'She said "no".',
        "Line 7, take 2",
    )
)
FRAMES = st.integers(1, 400)


@st.composite
def films(draw: st.DrawFn, rates: tuple[str, ...] = RATES) -> tuple[otio.schema.Timeline, Rate]:
    """A timeline of up to four tracks of gaps, clips with media and placeholders, from any start timecode."""
    rate = Rate.parse(draw(st.sampled_from(rates)))
    fps = float(rate.fps)

    def item(kind: str) -> Any:
        length = draw(FRAMES)
        if kind == "gap":
            return gap(length, fps)
        if kind == "line":
            return line(draw(NAMES), length, fps)
        first = draw(st.integers(0, 300))
        media = otio.schema.ExternalReference(f"file:///media/shot{draw(st.integers(1, 9))}.wav", span(0, 1000, fps))
        return otio.schema.Clip(f"shot {length}", media, span(first, length, fps))

    kinds = st.lists(st.sampled_from(("gap", "line", "clip")), min_size=1, max_size=6)
    tracks = [track(f"A{number + 1}", *map(item, draw(kinds))) for number in range(draw(st.integers(1, 3)))]
    pictures = [gap(draw(FRAMES), fps), item("clip")] if draw(st.booleans()) else [item("clip")]
    built = timeline(track("V1", *pictures, kind="Video"), *tracks, start=draw(st.integers(0, 100000)), rate=fps)
    if rate.drop_frame:
        built.metadata["fcp_xml"] = {"timecode": {"displayformat": "DF"}}
    return built, rate


def sounding(built: otio.schema.Timeline) -> list[list[tuple[Any, ...]]]:
    """Per track that holds anything: where each clip lies, its name, file and first frame, in frames."""
    found = []
    for layer in built.tracks:
        clips = []
        for clip in layer.find_clips():
            begin = clip.range_in_parent().start_time
            url = getattr(clip.media_reference, "target_url", None)
            clips.append((round(begin.value), round(clip.duration().value), clip.name, url))
        if clips:
            found.append(clips)
    return found


def told(placeholder: Placeholder) -> Placeholder:
    """All of it but its place in the tree: formats join gaps and drop empty tracks, by which new ids count as well."""
    return placeholder._replace(where=(), cue_id=placeholder.cue_id if placeholder.spoken else "")


def round_trip(suffix: str, built: otio.schema.Timeline, rate: Rate) -> None:
    found = find_placeholders(built)
    with tempfile.TemporaryDirectory() as name, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        folder = Path(name)
        made = takes(found[::2], folder)
        filled = place(built, found, made)
        path = folder / f"out{suffix}"
        save(filled, path)
        if suffix != ".otio":
            written_anew(path)
        read = load(path, rate)
        assert sounding(read) == sounding(filled)
        again = find_placeholders(read)
        assert [(p.text, p.character, p.start, p.duration) for p in again] == [
            (p.text, p.character, p.start, p.duration) for p in found
        ]
        assert [p.cue_id for p in again[::2]] == [p.cue_id for p in found[::2]]
        assert list(map(told, again)) == list(map(told, find_placeholders(filled)))
        assert read.global_start_time.value == built.global_start_time.value
        if made:
            restored, count = restore(read)
            assert count == len(made) and sounding(restored) == sounding(built)


def examples(number: int) -> settings:
    return settings(max_examples=number, deadline=None, suppress_health_check=list(HealthCheck))


SUFFIXES = (".otio", ".xml", ".fcpxml", ".aaf")


# In an AAF, which takes its time to be written, fewer: test_rich_round_trips.py does the same with more in them.
@pytest.mark.parametrize("suffix", [*SUFFIXES[:-1], pytest.param(".aaf", marks=pytest.mark.slow)])
@examples(8)
@given(film=films())
def test_only_placeholders_change(suffix: str, film: tuple[otio.schema.Timeline, Rate]) -> None:
    round_trip(suffix, *film)


@examples(8)
@given(film=films(EDL_RATES))
def test_only_placeholders_change_in_an_edl(film: tuple[otio.schema.Timeline, Rate]) -> None:
    round_trip(".edl", *film)


@pytest.mark.slow
@pytest.mark.parametrize("suffix", SUFFIXES)
@examples(80)
@given(film=films())
def test_only_placeholders_change_in_many_films(suffix: str, film: tuple[otio.schema.Timeline, Rate]) -> None:
    round_trip(suffix, *film)


@pytest.mark.slow
@examples(80)
@given(film=films(EDL_RATES))
def test_only_placeholders_change_in_many_edls(film: tuple[otio.schema.Timeline, Rate]) -> None:
    round_trip(".edl", *film)
