"""How an emotion is written, what it means, and what is refused."""

from __future__ import annotations

import json

import pytest

from framevox.engine_daemon.protocol.declared import from_plain, to_plain
from framevox.engine_daemon.protocol.emotion import EMOTIONS, Emotion
from framevox.engine_daemon.protocol.errors import InputError


def weights(**named: float) -> tuple[float, ...]:
    return tuple(named.get(name, 0.0) for name in EMOTIONS)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("happy=0.6, sad=0.2", Emotion(weights(happy=0.6, sad=0.2))),
        (" Happy = .5，CALM=0.5", Emotion(weights(happy=0.5, calm=0.5))),
        ("angry", Emotion(weights(angry=1.0))),
        ("sad=0.2,sad=0.3", Emotion(weights(sad=0.5))),
        ("whispering, afraid", Emotion(description="whispering, afraid")),
        ("又气又急", Emotion(description="又气又急")),
    ],
)
def test_weights_and_descriptions_are_told_apart(written: str, meant: Emotion) -> None:
    assert Emotion.parse(written) == meant


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("joyful=0.5", "'joyful' is none of happy, angry"),
        ("happy=0.5 but calm", "the weight of happy is '0.5 but calm'"),
        ("happy=2", "the weight of happy is '2'"),
        ("happy=nan", "the weight of happy is 'nan'"),
        ("happy=-0.1", "the weight of happy is '-0.1'"),
        ("happy=0.5,", "'' is none of"),
        ("happy=0.6, sad=0.6", "add up to 1.2"),
        ("", "use one of them"),
    ],
)
def test_what_is_no_emotion_is_refused_with_its_words(written: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        Emotion.parse(written)


@pytest.mark.parametrize(
    "emotion",
    [
        Emotion(weights(afraid=0.25), strength=0.5),
        Emotion(description="tired, at the end of a long day"),
        Emotion(voice="anna_angry", strength=0.0),
    ],
)
def test_an_emotion_comes_back_from_the_wire_as_it_was(emotion: Emotion) -> None:
    assert from_plain(Emotion, "emotion", json.loads(json.dumps(to_plain(emotion)))) == emotion


@pytest.mark.parametrize(
    "changes",
    [
        {"weights": None},
        {"description": "also words"},
        {"weights": [0.1] * 7},
        {"weights": [0.5] * 8},
        {"weights": [True] + [0] * 7},
        {"strength": 1.5},
        {"strength": None},
        {"mood": "good"},
    ],
)
def test_an_emotion_that_says_nothing_or_too_much_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(InputError):
        from_plain(Emotion, "emotion", {**to_plain(Emotion(weights(happy=1.0))), **changes}).check()
