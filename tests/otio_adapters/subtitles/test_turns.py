"""Captions of two speakers, split by what each says."""

from __future__ import annotations

import itertools
from fractions import Fraction

import pytest

from framevox.otio_adapters.subtitles import Caption
from framevox.otio_adapters.subtitles.turns import turns


def split(text: str, first: int, end: int, speaker: str = "") -> list[tuple[int, int, str, str]]:
    caption = Caption(1, Fraction(0), Fraction(1), text, speaker)
    return [(begin, finish, one.text, one.speaker) for begin, finish, one in turns(caption, first, end)]


def test_each_speaker_gets_a_share_by_the_letters() -> None:
    assert split("ALICE: Are you coming?\nBOB: No.", 100, 150) == [
        (100, 143, "Are you coming?", "ALICE"),
        (143, 150, "No.", "BOB"),
    ]
    assert split("- Yes.\n- Nop.", 0, 10) == [(0, 5, "Yes.", ""), (5, 10, "Nop.", "")]


def test_one_speaker_stays_as_written() -> None:
    assert split("ALICE: Two\nlines.", 3, 9, "BOB") == [(3, 9, "ALICE: Two\nlines.", "BOB")]


@pytest.mark.parametrize("frames", range(1, 12))
def test_shares_tile_the_span_and_are_never_empty(frames: int) -> None:
    found = split("A: No.\nB: I would rather not say anything about it.\nC: Why?", 7, 7 + frames)
    assert found[0][0] == 7 and found[-1][1] == 7 + frames
    assert len(found) == (3 if frames >= 3 else 1)
    assert all(begin < end for begin, end, *_ in found)
    assert all(one[1] == other[0] for one, other in itertools.pairwise(found))
