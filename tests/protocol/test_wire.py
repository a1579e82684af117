"""Values to JSON and back, and nothing else accepted."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from framevox.engine_daemon.protocol.cues import (
    FORMATS,
    LANGUAGE_CHOICES,
    MP3_SAMPLE_RATES,
    SAMPLE_RATES,
    Cue,
    Fit,
    Output,
    Take,
    WordTiming,
)
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
    message=words,
    format=st.sampled_from(FORMATS),
)


@given(cues | outputs | takes)
def test_values_survive_the_wire_exactly(value: Cue | Output | Take) -> None:
    assert type(value).from_json(json.loads(json.dumps(value.to_json()))) == value


@given(cues, st.sampled_from(["id", "text", "rate", "start", "duration", "origin", "fit"]))
def test_a_missing_key_is_named(value: Cue, key: str) -> None:
    plain = value.to_json()
    del plain[key]
    with pytest.raises(InputError, match=f"cue: {key} is missing"):
        Cue.from_json(plain)


def plain_cue(**changes: Any) -> dict[str, Any]:
    return {**Cue("a", "words", Rate.parse(25), 0, 50).to_json(), **changes}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"start": 1.0}, "start must be frames"),
        ({"start": True}, "start must be frames"),
        ({"start": "1.5"}, "start must be frames"),
        ({"start": "1e9"}, "start must be frames"),
        ({"start": "3/0"}, "start must be frames"),
        ({"start": 10**13}, "start must be frames"),
        ({"rate": 25}, "rate must be rate as text"),
        ({"rate": "24000/0"}, "rate must be rate as text"),
        ({"rate": "25 DF"}, "drop-frame"),
        ({"rate": "23.5"}, "unknown frame rate"),
        ({"text": None}, "text must be text"),
        ({"text": "\ud800"}, "text must be text"),
        ({"fit": {}}, "fit: policy is missing"),
        ({"fit": {**Fit().to_json(), "policy": "ratio"}}, "a ratio goes with the policy"),
        ({"fit": {**Fit().to_json(), "ratio": "11/10"}}, "a ratio goes with the policy"),
        ({"fit": {**Fit().to_json(), "min_ratio": "2/1"}}, "min ratio"),
        ({"fit": {**Fit().to_json(), "min_ratio": 0.75}}, "min_ratio must be fraction"),
        ({"duration": 0}, "longer than 0"),
        ({"duration": -5}, "longer than 0"),
        ({"duration": 25 * 601}, "longest allowed is 600 s"),
        ({"extra": 1}, "unknown key 'extra'"),
    ],
)
def test_a_cue_that_is_not_right_is_refused_with_what_is_wrong(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        Cue.from_json(plain_cue(**changes))


@pytest.mark.parametrize("value", [None, [], "cue", 5])
def test_what_is_no_object_is_no_cue(value: object) -> None:
    with pytest.raises(InputError, match="must be an object"):
        Cue.from_json(value)


def test_an_error_shows_no_more_of_a_value_than_fits_on_a_line() -> None:
    with pytest.raises(InputError) as error:
        Cue.from_json(plain_cue(language="x\n" * 10_000))
    assert len(str(error.value)) < 300 and "\n" not in str(error.value)


def test_a_message_comes_out_as_it_went_in() -> None:
    frames = encode("take", "b", [b"sound"], sequence=1, take={"a": "你好"}, cached=True)
    message = decode(frames, sender="daemon", socket="work")
    assert (message.type, message.id, message.frames) == ("take", "b", (b"sound",))
    assert message.fields == {"sequence": 1, "take": {"a": "你好"}, "cached": True}


def test_the_sockets_and_the_sides_have_their_own_messages() -> None:
    frames = encode("cancel", "x", batch="b")
    assert decode(frames, sender="client", socket="control").type == "cancel"
    for sender, socket in (("client", "work"), ("daemon", "control")):
        with pytest.raises(ProtocolError):
            decode(frames, sender=sender, socket=socket)


def test_the_vocabulary_runs_on_the_standard_library_alone() -> None:
    """As inside an editing host: nothing installed, isolated from this environment."""
    code = (
        f"import sys; sys.path.insert(0, {str(ROOT)!r})\n"
        "from framevox.engine_daemon.protocol import cues, errors, fields, messages, timebase, wire\n"
        "theirs = {name.partition('.')[0] for name in sys.modules} - set(sys.stdlib_module_names)\n"
        "print(sorted(theirs - {'__main__', 'framevox'}))"
    )
    run = subprocess.run([sys.executable, "-I", "-S", "-c", code], capture_output=True, text=True)
    assert (run.stdout, run.stderr) == ("[]\n", "")


@pytest.mark.parametrize("path", sorted((ROOT / "engine_daemon" / "protocol").glob("*.py")), ids=lambda path: path.stem)
def test_the_protocol_is_written_in_the_python_of_old_hosts(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    ast.parse(source, feature_version=(3, 9))
    assert "slots=True" not in source and "kw_only" not in source and "strict=" not in source
    assert path.stem == "__init__" or "from __future__ import annotations" in source
