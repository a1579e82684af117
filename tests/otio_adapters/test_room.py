"""Clips put where a track is empty: exactly there, and in time that grows with their number alone."""

from __future__ import annotations

from fractions import Fraction

import opentimelineio as otio
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from framevox.engine_daemon.protocol.timebase import Rate
from framevox.otio_adapters import find_placeholders, place, room
from framevox.otio_adapters.room import Room, join_gaps
from framevox.otio_adapters.times import length_in_frames

from .timelines import gap, marker, span, takes, timeline, track

RATE = Rate.parse("24")


def clip(name: str, length: int) -> otio.schema.Clip:
    return otio.schema.Clip(name, otio.schema.ExternalReference(f"{name}.wav"), span(0, length))


def laid(of: otio.schema.Track) -> list[tuple[str, int, int]]:
    """Name, first frame and end of what is on a track."""
    found, position = [], 0
    for child in of:
        length = round(child.duration().value)
        if not isinstance(child, otio.schema.Gap):
            found.append((child.name, position, position + length))
        position += length
    return found


PARTS = st.lists(st.tuples(st.booleans(), st.integers(0, 20)), max_size=8)
WANTED = st.lists(st.tuples(st.integers(0, 80), st.integers(1, 15)), max_size=12)


@settings(max_examples=200, deadline=None)
@given(PARTS, WANTED)
def test_a_clip_goes_where_nothing_lies_and_moves_nothing(
    parts: list[tuple[bool, int]], wanted: list[tuple[int, int]]
) -> None:
    own = track("T", *(clip(f"mine {n}", length) if sound else gap(length) for n, (sound, length) in enumerate(parts)))
    lies = laid(own)
    there = Room(own, RATE)
    for number, (begin, length) in enumerate(sorted(wanted)):
        free = all(end <= begin or begin + length <= start for _, start, end in lies if end > start)
        put = there.insert(clip(f"new {number}", length), Fraction(begin), Fraction(length))
        # Room between two neighbouring gaps counts as two, as it does in every editor.
        assert not put or free
        if put:
            lies.append((f"new {number}", begin, begin + length))
    there.write()
    assert sorted(laid(own)) == sorted(lies)
    join_gaps(own, RATE)
    assert sorted(laid(own)) == sorted(lies)


def test_a_thousand_lines_read_each_clip_of_a_track_once(monkeypatch: pytest.MonkeyPatch) -> None:
    built = timeline(track("M", gap(100_000)))
    built.tracks.markers.extend(marker(f"ALICE: Line {n}.", 60 * n, 48) for n in range(1000))
    found = find_placeholders(built)
    read = []
    monkeypatch.setattr(room, "length_in_frames", lambda *of: read.append(1) or length_in_frames(*of))
    filled = place(built, found, takes(found))
    assert not read, "the track is new, and what is put there is known"
    again = place(filled, find_placeholders(filled), takes(found))
    assert len(read) <= 2000, "takes and the gaps between them"
    assert laid(again.tracks[-1]) == laid(filled.tracks[-1]) and len(laid(filled.tracks[-1])) == 1000
