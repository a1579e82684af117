"""Values to JSON and back, and nothing else accepted."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from framevox.engine_daemon.protocol import messages
from framevox.engine_daemon.protocol.cues import (
    FORMATS,
    LANGUAGE_CHOICES,
    MP3_SAMPLE_RATES,
    SAMPLE_RATES,
    Cue,
    Fit,
    Note,
    Output,
    Take,
    WordTiming,
    read_cue,
)
from framevox.engine_daemon.protocol.declared import from_plain, to_json, to_plain
from framevox.engine_daemon.protocol.errors import InputError
from framevox.engine_daemon.protocol.timebase import Rate
from framevox.engine_daemon.protocol.wire import ProtocolError, decode, encode

ROOT = Path(__file__).parents[2]

words = st.text(st.characters(exclude_categories=["Cs"]), max_size=50)
names = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=50)
rates = st.sampled_from(["23.976", "24", "25", "29.97", "29.97 DF", "59.94 DF", "119.88", "120"]).map(Rate.parse)
frames = st.integers(-(10**7), 10**7) | st.fractions(-1000, 1000, max_denominator=1000)
ratios = st.fractions(Fraction(1, 2), 1, max_denominator=100)
fits = st.builds(lambda low, high: Fit(min_ratio=low, max_ratio=1 / high), ratios, ratios) | st.builds(
    lambda ratio: Fit("ratio", ratio), ratios
)
cues = st.builds(
    Cue,
    id=names,
    text=names.filter(str.strip),
    rate=rates,
    start=frames,
    duration=st.none() | st.integers(1, 200) | st.fractions(Fraction(1, 7), 100, max_denominator=7),
    origin=frames,
    character=words,
    voice=words.filter(lambda text: "/" not in text and "\\" not in text),
    language=st.sampled_from(LANGUAGE_CHOICES),
    fit=fits,
)
outputs = st.builds(
    Output,
    sample_rate=st.sampled_from(SAMPLE_RATES),
    handles=st.integers(0, 100),
    loudness=st.none() | st.floats(-70, 0),
    format=st.sampled_from(FORMATS),
).filter(lambda output: output.format != "mp3" or output.sample_rate in MP3_SAMPLE_RATES)
samples = st.integers(-(10**12), 10**12)
timings = st.builds(WordTiming, words, samples, samples)
notes = st.builds(Note, st.just("reading"), st.dictionaries(words, words | st.integers(-1000, 1000)))
takes = st.builds(
    Take,
    id=names,
    cue=names,
    engine=words,
    voice=words,
    sample_rate=st.sampled_from(SAMPLE_RATES),
    **dict.fromkeys(
        (
            *("slot_start_sample", "slot_end_sample", "media_slot_start_sample", "media_samples", "time_reference"),
            *("speech_start_sample", "speech_end_sample"),
        ),
        samples,
    ),
    natural_seconds=st.floats(0, 1000),
    fit_ratio=st.floats(0, 10),
    words=st.lists(timings, max_size=5).map(tuple),
    phones=st.lists(timings, max_size=5).map(tuple),
    notes=st.lists(notes, max_size=3).map(tuple),
    format=st.sampled_from(FORMATS),
)


@given(cues | outputs | takes)
def test_values_survive_the_wire_exactly(value: Cue | Output | Take) -> None:
    assert from_plain(type(value), "value", json.loads(to_json(value))) == value
    assert from_plain(type(value), "value", json.loads(json.dumps(to_plain(value)))) == value


@given(cues, st.sampled_from(["id", "text", "rate", "start", "duration"]))
def test_a_missing_key_is_named(value: Cue, key: str) -> None:
    plain = to_plain(value)
    del plain[key]
    with pytest.raises(InputError, match=f"cue: object missing required field `{key}`"):
        read_cue(plain)


def plain_cue(**changes: Any) -> dict[str, Any]:
    return {**to_plain(Cue("a", "words", Rate.parse(25), 0, 50)), **changes}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"start": 1.5}, "cue.start: must be frames"),
        ({"start": True}, "cue.start: must be frames"),
        ({"start": "1.5"}, "cue.start: must be frames"),
        ({"start": "1e9"}, "cue.start: must be frames"),
        ({"start": "3/0"}, "cue.start: must be frames"),
        ({"start": 10**13}, "cue.start: must be frames"),
        ({"rate": 25}, "cue.rate: must be a rate as text"),
        ({"rate": "24000/0"}, "cue.rate: unknown frame rate"),
        ({"rate": "25 DF"}, "drop-frame"),
        ({"rate": "23.5"}, "unknown frame rate"),
        ({"text": None}, "cue.text: expected `str`"),
        ({"text": "\ud800"}, "half a character"),
        ({"fit": {"policy": "squeeze"}}, "cue.fit.policy: invalid enum value"),
        ({"fit": {**to_plain(Fit()), "policy": "ratio"}}, "a ratio goes with the policy"),
        ({"fit": {**to_plain(Fit()), "ratio": "11/10"}}, "a ratio goes with the policy"),
        ({"fit": {**to_plain(Fit()), "min_ratio": "2/1"}}, "min ratio"),
        ({"fit": {**to_plain(Fit()), "min_ratio": 0.75}}, "cue.fit.min_ratio: must be a fraction"),
        ({"duration": 0}, "longer than 0"),
        ({"duration": -5}, "longer than 0"),
        ({"duration": 25 * 601}, "longest allowed is 600 s"),
        ({"extra": 1}, "cue: object contains unknown field `extra`"),
    ],
)
def test_a_cue_that_is_not_right_is_refused_with_what_is_wrong(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        read_cue(plain_cue(**changes))


@pytest.mark.parametrize("value", [None, [], "cue", 5])
def test_what_is_no_object_is_no_cue(value: object) -> None:
    with pytest.raises(InputError, match="expected `object`"):
        read_cue(value)


def test_an_error_shows_no_more_of_a_value_than_fits_on_a_line() -> None:
    with pytest.raises(InputError) as error:
        read_cue(plain_cue(language="x\n" * 10_000))
    assert len(str(error.value)) < 300 and "\n" not in str(error.value)


def test_a_message_comes_out_as_it_went_in() -> None:
    sent = messages.CueFailed(
        re="b", sequence=1, cue="你好", code="engine", message="{voice} is hoarse", fields={"voice": "x"}
    )
    received = decode(encode(sent), sender="daemon", socket="work")
    assert (received.message, received.id, received.frames) == (sent, "b", ())


def test_the_sockets_and_the_sides_have_their_own_messages() -> None:
    frames = encode(messages.Cancel(id="x", batch="b"))
    assert decode(frames, sender="client", socket="control").message == messages.Cancel(id="x", batch="b")
    for sender, socket in (("client", "work"), ("daemon", "control")):
        with pytest.raises(ProtocolError):
            decode(frames, sender=sender, socket=socket)


def test_what_is_no_number_is_never_sent() -> None:
    """JSON has no NaN: it would come out as null, which may mean something else."""
    with pytest.raises(InputError, match="nan LUFS"):
        Output(loudness=float("nan")).check()


def test_the_places_of_a_message_are_filled_where_it_is_shown() -> None:
    error = InputError("voice {voice} and {this}: {voice}", voice="a {this} b")
    assert str(error) == "voice a {this} b and {this}: a {this} b"
    assert str(InputError("braces {stay} where nothing fills them")) == "braces {stay} where nothing fills them"
