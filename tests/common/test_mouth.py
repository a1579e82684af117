"""Mouth cues: the right shape at the right time, in the formats that Rhubarb Lip Sync documents."""

from __future__ import annotations

import json
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from framevox.engine_daemon.engines.kokoro.phonemes import kind_of, vocabulary
from framevox.engine_daemon.protocol.errors import InputError
from framevox.engine_daemon.protocol.timebase import Rate
from framevox.plugin.common.mouth import MouthCue, Sound, animate, check_mouth_path, mouth_file
from framevox.plugin.common.mouth.shapes import _DIPHTHONGS, _OF, MARKS

FILM = Rate.parse("24")
# The recording of "Hi." in Rhubarb's README, under "Output formats".
HI = [MouthCue(*cue) for cue in ((0, 5, "X"), (5, 27, "D"), (27, 31, "C"), (31, 43, "B"), (43, 47, "X"))]
TSV = "0.00\tX\n0.05\tD\n0.27\tC\n0.31\tB\n0.43\tX\n0.47\tX\n"
JSON = r"""{
  "metadata": {
    "soundFile": "C:\\Users\\av\\hi.wav",
    "duration": 0.47
  },
  "mouthCues": [
    { "start": 0.00, "end": 0.05, "value": "X" },
    { "start": 0.05, "end": 0.27, "value": "D" },
    { "start": 0.27, "end": 0.31, "value": "C" },
    { "start": 0.31, "end": 0.43, "value": "B" },
    { "start": 0.43, "end": 0.47, "value": "X" }
  ]
}
"""


def said(phones: str) -> str:
    """The shapes of phones of 100 ms each, from 200 ms of one second: a letter for every 100 ms."""
    edges = [Fraction(n, 10) for n in range(2, 11)]
    sounds = [Sound(symbol, *edges[n : n + 2]) for n, symbol in enumerate(phones.split())]
    return "".join(cue.shape * round((cue.end - cue.start) / 10) for cue in animate(sounds, Fraction(1)))


def test_the_documented_files_come_out_to_the_letter() -> None:
    assert mouth_file(HI, ".tsv", FILM).decode() == TSV
    sound = type("Windows", (), {"__str__": lambda _: r"C:\Users\av\hi.wav"})()
    assert mouth_file(HI, ".json", FILM, sound).decode() == JSON
    assert json.loads(mouth_file(HI, ".json", FILM, Path("/小明.wav")))["metadata"]["soundFile"] == "/小明.wav"


def test_moho_counts_frames_from_one_and_drops_what_is_in_one_frame() -> None:
    assert mouth_file(HI, ".dat", FILM).decode() == "MohoSwitch1\n1 X\n2 D\n7 C\n8 B\n11 X\n12 X\n"
    quick = [MouthCue(0, 2, "X"), MouthCue(2, 3, "A"), MouthCue(3, 4, "D")]
    assert mouth_file(quick, ".dat", FILM).decode() == "MohoSwitch1\n1 X\n2 X\n"


@pytest.mark.parametrize(
    ("phones", "shapes"),
    [
        ("p a", "XXADXXXXXX"),
        ("m a m a", "XXADADXXXX"),
        ("f i", "XXGBXXXXXX"),
        ("u", "XXFXXXXXXX"),
        # A consonant takes the shape of the vowel that it leads to.
        ("t u", "XXFFXXXXXX"),
        ("t i", "XXBBXXXXXX"),
        ("k ɔ", "XXEEXXXXXX"),
        # A mark belongs to what stands before it, and so does nothing else.
        ("a ː ↗ p", "XXDDDAXXXX"),
        ("? a", "XXCDXXXXXX"),
    ],
)
def test_phones_have_their_shapes(phones: str, shapes: str) -> None:
    found = said(phones)
    # What stands between two far shapes is 40 ms, less than half of one letter here.
    assert found == shapes


def test_diphthongs_have_two_shapes_and_long_ones_open_wider() -> None:
    found = animate([Sound("O", Fraction(0), Fraction(1, 2))], Fraction(1, 2))
    assert [(cue.shape, cue.end - cue.start) for cue in found] == [("E", 30), ("F", 20)]
    long, short = (animate([Sound("I", Fraction(0), Fraction(n, 100))], Fraction(n, 100))[0].shape for n in (40, 15))
    assert (long, short) == ("D", "C")


def test_far_shapes_have_one_between_them() -> None:
    sounds = [Sound("a", Fraction(0), Fraction(3, 10)), Sound("p", Fraction(3, 10), Fraction(4, 10))]
    assert [(cue.start, cue.end, cue.shape) for cue in animate(sounds, Fraction(1, 2))] == [
        (0, 26, "D"), (26, 30, "C"), (30, 40, "A"), (40, 50, "X"),
    ]  # fmt: skip


def test_short_pauses_hold_longer_ones_relax_and_long_ones_close() -> None:
    def pause(hundredths: int) -> str:
        sounds = [Sound("u", Fraction(0), Fraction(1, 5)), Sound("a", Fraction(20 + hundredths, 100), Fraction(2))]
        return next(cue.shape for cue in animate(sounds, Fraction(2)) if cue.end > 20)

    assert [pause(n) for n in (5, 20, 60)] == ["F", "B", "X"]


def test_every_symbol_of_the_built_in_engine_is_known() -> None:
    sounding = {symbol for symbol in vocabulary() if kind_of(symbol) in ("vowel", "consonant")}
    assert {symbol for symbol in sounding if symbol not in _OF and symbol not in _DIPHTHONGS and symbol != "ʌ"} == set()
    assert {symbol for symbol in vocabulary() if kind_of(symbol) == "mark"} <= MARKS


PHONES = st.tuples(st.sampled_from([*_OF, *_DIPHTHONGS, "ː", "?"]), st.fractions(0, 3), st.fractions(0, 1))


@given(st.lists(PHONES, max_size=20), st.fractions(0, 4))
def test_cues_always_follow_each_other_from_zero_to_the_end(
    rows: list[tuple[str, Fraction, Fraction]], length: Fraction
) -> None:
    cues = animate([Sound(symbol, start, start + long) for symbol, start, long in rows], length)
    assert cues[0].start == 0 and cues[-1].end == int(length * 100)
    for one, two in pairwise(cues):
        assert one.end == two.start and one.end > one.start and one.shape in "ABCDEFGHX"
    for suffix in (".json", ".tsv", ".dat"):
        assert mouth_file(cues, suffix, FILM)


def test_other_formats_are_refused() -> None:
    with pytest.raises(InputError, match=r"mouth cues are written as \.json, \.tsv, \.dat"):
        check_mouth_path("mouth.xml")
