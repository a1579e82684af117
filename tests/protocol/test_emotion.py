"""How an emotion is written, what it means, and what is refused."""

from __future__ import annotations

import json

import pytest

from framevox.engine_daemon.protocol.declared import from_plain, to_plain
from framevox.engine_daemon.protocol.emotion import EMOTIONS, Emotion, resolve_preset
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
        ("高兴=0.5，恐惧=0.25", Emotion(weights(happy=0.5, afraid=0.25))),
        ("悲伤", Emotion(weights(sad=1.0))),
        ("neutral=0.4,gentle=0.4", Emotion(weights(calm=0.8))),
        ("Auto", Emotion(description="auto")),
        ("happy=0.8,angry=0.6", Emotion(weights(happy=0.8, angry=0.6))),
    ],
)
def test_weights_and_descriptions_are_told_apart(written: str, meant: Emotion) -> None:
    assert Emotion.parse(written) == meant


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("joyful=0.5", "'joyful' is no emotion that has a weight: use happy, angry"),
        ("hapy=0.5", "did you mean happy"),
        ("happy=0.5 but calm", "the weight of happy is '0.5 but calm'"),
        ("happy=2", "the weight of happy is '2'"),
        ("happy=nan", "the weight of happy is 'nan'"),
        ("happy=-0.1", "the weight of happy is '-0.1'"),
        ("happy=0.5,", "'' is no emotion"),
        ("", "the emotion is empty"),
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
        {"weights": [float("nan")] + [0] * 7},
        {"weights": [1.1] + [0] * 7},
        {"weights": [True] + [0] * 7},
        {"strength": 1.5},
        {"strength": None},
        {"mood": "good"},
    ],
)
def test_an_emotion_that_says_nothing_or_too_much_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(InputError):
        from_plain(Emotion, "emotion", {**to_plain(Emotion(weights(happy=1.0))), **changes}).check()


def test_a_sum_above_one_is_scaled_down() -> None:
    above = Emotion(weights(happy=0.9, angry=0.6), strength=0.5)
    assert above.total == pytest.approx(1.5)
    assert above.scaled().weights == pytest.approx(weights(happy=0.6, angry=0.4)) and above.scaled().strength == 0.5
    assert Emotion(weights(happy=1.0)).scaled() == Emotion(weights(happy=1.0))


@pytest.mark.parametrize("strength", [7.0, -0.1, float("nan")])
def test_a_strength_is_from_zero_to_one(strength: float) -> None:
    with pytest.raises(InputError, match="strength"):
        Emotion.parse("happy", strength)


def test_a_preset_is_followed_to_what_it_means() -> None:
    presets = {"excited": "happy=0.7", "more": "@excited", "a": "@b", "b": " @a"}
    assert resolve_preset("@more", presets) == "happy=0.7"
    assert resolve_preset("sadly", presets) == "sadly"
    with pytest.raises(InputError, match="@a → @b → @a"):
        resolve_preset("@a", presets)
    with pytest.raises(InputError, match="did you mean @excited"):
        resolve_preset("@exited", presets)
    with pytest.raises(InputError, match="framevox emotion add calmer"):
        resolve_preset("@calmer", {})
