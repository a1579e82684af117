"""A line of the built-in engine in pieces: what they are together, and that threads make no other sound."""

from __future__ import annotations

import numpy as np
import pytest

from framevox.engine_daemon.engines.base import PLAIN, Plan, Samples, Speech, unwrap
from framevox.engine_daemon.engines.kokoro.engine import KokoroEngine
from framevox.engine_daemon.text import read_line


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> KokoroEngine:
    return KokoroEngine(None, tmp_path_factory.mktemp("cache"), 2)


SHORT = "Thank you for the rocket!"
LONG = (
    "Thank you for the rocket, and good evening to all who have just come in. Tonight we look at an old map, and at "
    "what is hidden under the third tower of the castle. Stay with me, because it is not what you think it is."
)


def planned(engine: KokoroEngine, text: str) -> Plan:
    return unwrap(engine.plan([(read_line(text, "en"), engine.voice("af_heart"), PLAIN)])[0])


def streamed(engine: KokoroEngine, plan: Plan, span: int | None) -> tuple[list[Samples], Speech]:
    *pieces, speech = engine.stream(plan, span)
    assert isinstance(speech, Speech) and all(isinstance(piece, np.ndarray) for piece in pieces)
    return pieces, speech  # type: ignore[return-value]


@pytest.mark.slow
@pytest.mark.parametrize("ratio", [None, 0.85, 1.1])
def test_pieces_are_the_spoken_line_to_the_bit(engine: KokoroEngine, ratio: float | None) -> None:
    plan = planned(engine, LONG)
    span = None if ratio is None else round(plan.natural * ratio)
    pieces, speech = streamed(engine, plan, span)
    [(_, spoken)] = engine.speak([(plan, span)])
    whole = unwrap(spoken)
    assert len(pieces) == len(plan.state.segments) - 1 >= 1
    joined = np.concatenate(pieces)
    # The decoder of a stream has all cores, and sums that depended on the threads would make another sound.
    assert np.array_equal(joined, whole.samples[: len(joined)])
    assert np.array_equal(speech.samples, whole.samples)
    assert (speech.words, speech.phones) == (whole.words, whole.phones)
    if span is not None:
        assert abs(whole.end - whole.start - span) <= engine.step // 2


def test_a_short_line_comes_at_once(engine: KokoroEngine) -> None:
    pieces, speech = streamed(engine, planned(engine, SHORT), None)
    assert pieces == [] and speech.end > speech.start


def test_a_line_without_a_plan_tells_its_plan(engine: KokoroEngine) -> None:
    plan, speech = engine.stream((read_line(SHORT, "en"), engine.voice("af_heart"), PLAIN))
    assert isinstance(plan, Plan) and isinstance(speech, Speech)
    assert abs(plan.natural - (speech.end - speech.start)) < 0.1 * plan.natural


def test_a_span_out_of_reach_is_refused(engine: KokoroEngine) -> None:
    with pytest.raises(Exception, match="cannot be spoken in"):
        list(engine.stream(planned(engine, SHORT), 1000))
