"""What descriptions mean: emotion, degree, negation, pace and loudness, in four languages."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from framevox.engine_daemon.emotion.read import Reading, read_description, read_line_emotion
from framevox.engine_daemon.protocol.emotion import EMOTIONS
from framevox.engine_daemon.protocol.errors import InputError

ROOT = Path(__file__).parents[2]


def weight(text: str, emotion: str) -> float:
    return read_description(text).weights[EMOTIONS.index(emotion)]


@pytest.mark.parametrize(
    ("text", "leading"),
    [
        ("really cheerful", "happy"),
        ("彻底慌了", "afraid"),
        ("寂しげに", "melancholic"),
        ("화난 목소리", "angry"),
        ("憤怒", "angry"),
        ("驚訝", "surprised"),
        ("NOT SAD", "calm"),
        ("sneering at him", "disgusted"),
        ("sad, but trying to laugh a little", "sad"),
        ("gently, close to tears", "sad"),
    ],
)
def test_a_description_has_a_leading_emotion(text: str, leading: str) -> None:
    assert read_description(text).leading == leading


@pytest.mark.parametrize(
    ("weaker", "plain", "stronger", "emotion"),
    [
        ("a bit sad", "sad", "terribly sad", "sad"),
        ("有点害怕", "害怕", "非常害怕", "afraid"),
        ("少し怖い", "怖い", "とても怖い", "afraid"),
        ("조금 슬프게", "슬프게", "너무 슬프게", "sad"),
    ],
)
def test_degree_weighs(weaker: str, plain: str, stronger: str, emotion: str) -> None:
    assert 0 < weight(weaker, emotion) < weight(plain, emotion) < weight(stronger, emotion) <= 1


@pytest.mark.parametrize(
    ("text", "denied"),
    [
        ("not angry", "angry"),
        ("she isn't afraid any more", "afraid"),
        ("without anger or sadness", "sad"),
        ("不是很生气", "angry"),
        ("没有那么难过", "sad"),
        ("あまり怖がらずに", "afraid"),
        ("怒っていない", "angry"),
        ("화나지 않은", "angry"),
        ("두려움 없이", "afraid"),
    ],
)
def test_what_is_denied_weighs_nothing(text: str, denied: str) -> None:
    assert weight(text, denied) == 0
    assert read_description(text).leading == "calm"


@pytest.mark.parametrize("text", ["can't help laughing", "忍不住笑了", "笑いが止まらない", "기쁨을 감출 수 없어"])
def test_a_negation_that_denies_something_else_is_left_alone(text: str) -> None:
    assert read_description(text).leading == "happy"


@pytest.mark.parametrize(
    ("text", "pace", "loudness"),
    [
        ("slowly", -1, 0),
        ("飞快地", 1, 0),
        ("whispering", 0, -1),
        ("大声", 0, 1),
        ("ゆっくり、ささやくように", -1, -1),
        ("천천히 큰 소리로", -1, 1),
        ("a little faster", 0.5, 0),
        ("not loud", 0, 0),
    ],
)
def test_pace_and_loudness_are_read(text: str, pace: float, loudness: float) -> None:
    reading = read_description(text)
    assert (reading.pace, reading.loudness) == (pace, loudness)


def test_weights_never_add_up_to_more_than_one() -> None:
    reading = read_description("furious, ecstatic, terrified, disgusted and heartbroken at once")
    assert sum(reading.weights) == pytest.approx(1, abs=0.01)


@pytest.mark.parametrize(("text", "said"), [("hapy", "did you mean happy"), ("zzqx", "words such as happy, angry")])
def test_an_unknown_description_is_refused_with_the_nearest_known_words(text: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        read_description(text)


@pytest.mark.parametrize(
    ("line", "leading"),
    [
        ("Congratulations! We did it!", "happy"),
        ("Get out of my house!", "angry"),
        ("救命！有人在跟着我们！", "afraid"),
        ("ごめんなさい、約束を守れませんでした。", "sad"),
        ("뭐라고?! 말도 안 돼!", "surprised"),
    ],
)
def test_a_line_says_itself_how_it_is_spoken(line: str, leading: str) -> None:
    assert read_line_emotion(line).leading == leading


def test_a_plain_line_has_no_emotion_and_marks_strengthen_one() -> None:
    assert read_line_emotion("The train leaves at seven.") == Reading((0.0,) * 8)
    weights = [max(read_line_emotion(f"I hate you{marks}").weights) for marks in (".", "!", "!!!")]
    assert weights[0] < weights[1] < weights[2]


def test_the_descriptions_that_were_written_first_are_read_right() -> None:
    run = [sys.executable, str(ROOT / "benchmarks" / "descriptions.py")]
    done = subprocess.run(run, capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
