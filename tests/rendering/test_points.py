"""Words on chosen frames, from a cue to the samples of its take, with an engine that hums."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from framevox.engine_daemon.client.events import Attention
from framevox.engine_daemon.client.wording import say_attention, say_take
from framevox.engine_daemon.protocol.cues import Cue, Fit, Output
from framevox.engine_daemon.protocol.errors import InputError
from framevox.engine_daemon.protocol.sync import SyncPoint
from framevox.engine_daemon.protocol.timebase import Rate, edge
from framevox.engine_daemon.rendering.policy import Declined
from framevox.engine_daemon.rendering.renderer import Rendered

from .test_renderer import LINE, Studio, cue, samples, studio

__all__ = ["studio"]

RATES = ("23.976", "24", "25", "29.97", "29.97 DF", "59.94", "120")
TWENTY_FIVE = Rate.parse("25")
"""LINE is four words of 0.34 s each, as the tone engine speaks them: 8.5 frames at 25."""


def synced(*points: tuple[Any, ...], frames: int | Fraction | None = 40, rate: Rate = TWENTY_FIVE, **rest: Any) -> Cue:
    made = cue("s", rate=rate, seconds=None, sync=tuple(SyncPoint(*point) for point in points), **rest)
    return Cue(**{name: getattr(made, name) for name in made.__struct_fields__} | {"duration": frames})


def said(outcome: object) -> str:
    assert isinstance(outcome, Declined), outcome
    return say_attention(Attention("s", outcome.code, outcome.fields))


@pytest.mark.parametrize("name", RATES)
@pytest.mark.parametrize("start", [0, 100, Fraction(201, 2)])
def test_a_word_begins_on_the_edge_of_its_frame(studio: Studio, name: str, start: Any) -> None:
    rate = Rate.parse(name)
    frames, at = round(Fraction(15, 10) * rate.fps), round(Fraction(7, 10) * rate.fps)
    made = studio.take(synced(("at", at), frames=frames, rate=rate, start=start))
    wanted = edge(start + at, 48000, rate) - edge(start, 48000, rate)
    (point,) = made.take.sync
    assert (point.word, point.frame, point.start_sample) == ("at", at, wanted)
    assert made.take.words[2].start_sample == wanted
    # The slot is what it is without points.
    assert made.take.slot_end_sample == edge(start + frames, 48000, rate)
    head, slot = made.take.media_slot_start_sample, made.take.slot_end_sample - made.take.slot_start_sample
    pcm = samples(made)
    assert not pcm[:head].any() and not pcm[head + slot :].any() and len(pcm) == 2 * head + slot
    assert made.take.speech_start_sample >= 0 and made.take.speech_end_sample <= slot - 96


@pytest.mark.parametrize("sample_rate", [16000, 44100, 48000, 192000])
def test_several_words_begin_on_their_frames_at_every_sample_rate(studio: Studio, sample_rate: int) -> None:
    rate = Rate.parse("29.97")
    made = studio.take(
        synced(("leave", 11), ("at", 22), ("noon", 33), frames=46, rate=rate, start=1237), Output(sample_rate)
    )
    for point in made.take.sync:
        wanted = edge(1237 + point.frame, sample_rate, rate) - edge(1237, sample_rate, rate)
        assert abs(point.start_sample - wanted) <= sample_rate * 0.0125 / 10
    assert [point.word for point in made.take.sync] == ["leave", "at", "noon"]


def test_speech_fills_its_slot_around_the_points(studio: Studio) -> None:
    take = studio.take(synced(("at", 20))).take
    two_frames = 2 * 1920
    assert take.speech_start_sample <= two_frames and 40 * 1920 - take.speech_end_sample <= two_frames
    assert not take.loose


def test_at_its_own_pace_only_what_the_points_ask_is_changed(studio: Studio) -> None:
    fit = Fit("natural")
    take = studio.take(synced(("at", 20), frames=60, fit=fit)).take
    natural = round(0.34 * 48000)
    assert abs(take.sync[0].start_sample - take.speech_start_sample - 2 * natural) <= 1200
    assert abs(take.speech_end_sample - take.sync[0].start_sample - 2 * natural) <= 1200
    long = studio.take(synced(("at", 20), frames=None, fit=fit)).take
    assert long.sync[0].start_sample == 20 * 1920
    # A line without a slot gets the frames that hold it.
    assert long.slot_end_sample - long.slot_start_sample == (20 + 17) * 1920


def test_a_ratio_holds_before_the_first_point_and_after_the_last(studio: Studio) -> None:
    take = studio.take(synced(("at", 25), frames=60, fit=Fit("ratio", Fraction(11, 10)))).take
    assert abs(take.sync[0].start_sample - take.speech_start_sample - 1.1 * 0.68 * 48000) <= 1300
    assert abs(take.speech_end_sample - take.sync[0].start_sample - 1.1 * 0.68 * 48000) <= 1300
    early = studio.outcome(synced(("at", 18), frames=60, fit=Fit("ratio", Fraction(11, 10))))
    assert "“at” on frame 18 comes 2 frames (0.04 s) too early" in said(early)
    late = studio.outcome(synced(("at", 25), frames=43, fit=Fit("ratio", Fraction(11, 10))))
    assert "too late for the words from it on" in said(late)


def test_with_a_point_on_the_first_word_there_is_silence_before_it(studio: Studio) -> None:
    made = studio.take(synced(("We", 7)))
    assert made.take.sync[0].start_sample == 7 * 1920 and abs(made.take.speech_start_sample - 7 * 1920) <= 48
    slot = samples(made)[made.take.media_slot_start_sample :]
    assert np.abs(slot[: 7 * 1920 - 48]).max() <= 2**23 / 1000
    first = studio.take(synced(("We", 0)))
    assert first.take.sync[0].start_sample == 0 and first.take.speech_start_sample <= 96


def test_a_loose_slot_says_so(studio: Studio) -> None:
    take = studio.take(synced(("at", 60), frames=120)).take
    assert take.sync[0].start_sample == 60 * 1920
    assert "its words before the first point or after the last are spoken at that pace" in say_take(take)


@pytest.mark.parametrize(
    ("points", "frames", "code", "sentence"),
    [
        (
            [("at", 3)],
            40,
            "point-early",
            "“at” on frame 3 comes 11 frames (0.40 s) too early for the words before it: put ",
        ),
        (
            [("at", 33)],
            40,
            "point-end",
            "“at” on frame 33 comes 7 frames (0.24 s) too late for the words from it on: put",
        ),
        ([("leave", 9), ("at", 13)], 40, "point-early", "“at” on frame 13 comes 3 frames (0.10 s) too early"),
        (
            [("leave", 9), ("at", 23)],
            40,
            "point-late",
            "“at” on frame 23 comes 3 frames (0.10 s) too late for the words",
        ),
        ([("noon", 39)], 40, "point-end", "put it on frame 3"),
    ],
)
def test_a_point_that_cannot_be_reached_needs_attention(
    studio: Studio, points: list[tuple[str, int]], frames: int, code: str, sentence: str
) -> None:
    outcome = studio.outcome(synced(*points, frames=frames))
    assert isinstance(outcome, Declined) and outcome.code == code
    assert sentence in said(outcome)
    # What the sentence advises helps.
    nearest = outcome.fields["nearest_frame"]
    helped = [(word, nearest if word == outcome.fields["word"] else frame) for word, frame in points]
    studio.take(synced(*helped, frames=frames))
    if code == "point-end":
        studio.take(synced(*points, frames=frames + int(outcome.fields["missing_frames"] or 0)))


def test_a_point_that_no_frame_can_help_names_none(studio: Studio) -> None:
    outcome = studio.outcome(synced(("We", 3), frames=20))
    assert "frame -" not in said(outcome) and "make the slot" in said(outcome)


def test_the_limits_are_those_of_the_cue(studio: Studio) -> None:
    points = [("leave", 9), ("at", 23)]
    wide = Fit(min_ratio=Fraction(1, 2), max_ratio=Fraction(2))
    assert isinstance(studio.outcome(synced(*points)), Declined)
    assert studio.take(synced(*points, fit=wide)).take.sync[1].start_sample == 23 * 1920


def test_a_point_inside_of_a_word_is_named(studio: Studio) -> None:
    with_hyphen = synced(("noon", 20), text="We leave at after-noon.")
    outcome = studio.outcome(with_hyphen)
    assert isinstance(outcome, (InputError, Rendered))
    inside = studio.outcome(synced(("在", 20), text="我们现在走吧。", language="zh"))
    assert isinstance(inside, InputError) and "“在” begins inside of “现在”: name the whole of it" in str(inside)


def test_points_make_takes_of_their_own_and_the_store_knows_them(studio: Studio) -> None:
    assert not studio.take(cue("s", rate=TWENTY_FIVE, seconds=1.6)).take.sync
    assert not studio.take(synced(("at", 20))).cached and not studio.take(synced(("at", 21))).cached
    again = studio.again()
    assert again.take(synced(("at", 20))).cached and again.engine.spoken == []
    assert again.take(synced(("at", 20), ("leave", 10))).take.sync[0].start_sample == 10 * 1920
    # Planned by another process, spoken by this one.
    assert [text for text, _ in again.engine.spoken] == [LINE]


def test_what_the_engine_misses_is_made_up_or_said(studio: Studio) -> None:
    late = studio.take(synced(("at", 20), text="We leave at LATE."))
    assert late.take.sync[0].start_sample == 20 * 1920
    slot = late.take.slot_end_sample - late.take.slot_start_sample
    assert late.take.speech_end_sample <= slot - 96
