"""The manner of a clip: that of its speaker's emotion, not of the speaker."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import soundfile

from framevox.engine_daemon.engines.base import PLAIN, Direction, unwrap
from framevox.engine_daemon.engines.kokoro.engine import KokoroEngine
from framevox.engine_daemon.engines.kokoro.heard import ClipManners, manner_of_prosody, prosody
from framevox.engine_daemon.engines.kokoro.manner import Manner
from framevox.engine_daemon.engines.kokoro.same_speaker import Speakers
from framevox.engine_daemon.protocol.emotion import Emotion
from framevox.engine_daemon.protocol.errors import InputError
from framevox.engine_daemon.text import read_line

RATE = 24000


def buzz(pitch: float, swing: float, seconds: float = 5.0, bright: float = 1.0) -> npt.NDArray[np.float32]:
    """A voice of ten harmonics whose pitch swings by so many semitones up from ``pitch`` Hz, in syllables."""
    time = np.arange(int(seconds * RATE)) / RATE
    up = swing * (0.5 - 0.5 * np.cos(2 * np.pi * 0.7 * time))
    phase = 2 * np.pi * np.cumsum(pitch * 2 ** (up / 12)) / RATE
    harmonics = sum(np.sin(k * phase) / k ** (2 / bright) for k in range(1, 11))
    syllables = 0.55 - 0.45 * np.cos(2 * np.pi * 4.8 * time)
    return (0.1 * harmonics * syllables).astype(np.float32)


def manner_of_sound(sound: npt.NDArray[np.float32], rate: int) -> Manner:
    return manner_of_prosody(prosody(sound, rate))


def test_absolute_pitch_and_level_do_not_count() -> None:
    low, high = (manner_of_sound(buzz(pitch, 8), RATE) for pitch in (100, 200))
    assert low.pitch == pytest.approx(high.pitch, abs=0.3) and low.range == pytest.approx(high.range, abs=0.1)
    quiet = manner_of_sound(0.1 * buzz(100, 8), RATE)
    assert quiet.gain == pytest.approx(low.gain, abs=0.1) and quiet.pitch == pytest.approx(low.pitch, abs=0.1)


def test_range_and_brightness_count() -> None:
    flat, wide = (manner_of_sound(buzz(150, swing), RATE) for swing in (3, 14))
    assert flat.range < 0 < wide.range and flat.pitch < wide.pitch
    dull, bright = (manner_of_sound(buzz(150, 8, bright=bright), RATE) for bright in (0.8, 1.6))
    assert dull.gain < bright.gain and dull.effort < bright.effort


def test_noise_is_no_voice() -> None:
    noise = np.random.default_rng(0).normal(0, 0.1, 5 * RATE).astype(np.float32)
    with pytest.raises(InputError, match="no voice is heard"):
        manner_of_sound(noise, RATE)


def wav(sound: npt.NDArray[np.float32], rate: int = RATE) -> bytes:
    file = io.BytesIO()
    soundfile.write(file, sound, rate, format="WAV")
    return file.getvalue()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "no sound"),
        (b"text", "no sound"),
        (wav(np.zeros(5 * RATE, np.float32)), "silent"),
        (wav(buzz(150, 8, 0.5)), "at least 3 s"),
        (wav(buzz(150, 8)[::3], 8000), "8000 samples a second"),
        (wav(np.sign(buzz(150, 8))), "clipped"),
    ],
)
def test_a_clip_that_cannot_be_used_is_refused_by_name(tmp_path: Path, content: bytes, said: str) -> None:
    (tmp_path / "clip.bin").write_bytes(content)
    with pytest.raises(InputError, match=f"clip.*{said}"):
        ClipManners(tmp_path).find("clip")


@pytest.mark.parametrize("name", ["none", "../clip", "/etc/passwd", ""])
def test_a_name_leads_nowhere_else(tmp_path: Path, name: str) -> None:
    (tmp_path / "clips").mkdir()
    (tmp_path / "clip.wav").write_bytes(wav(buzz(150, 8)))
    with pytest.raises(InputError, match="there is no clip"):
        ClipManners(tmp_path / "clips").find(name)


def test_a_clip_is_measured_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "clip.wav").write_bytes(wav(buzz(150, 8)))
    clips = ClipManners(tmp_path)
    first = clips.find("clip")
    monkeypatch.setattr("framevox.engine_daemon.engines.kokoro.heard.prosody", None)
    assert clips.find("clip") == first


def test_a_kept_voice_is_the_middle_of_its_speakers_clips(tmp_path: Path) -> None:
    """However high a voice is: what counts is how far a clip departs from it."""
    for name, pitch, swing in (("mei", 300, 6), ("mei-calm", 300, 6), ("mei-excited", 400, 12), ("ben", 120, 6)):
        (tmp_path / f"{name}.wav").write_bytes(wav(buzz(pitch, swing, 6.0 if name == "mei" else 5.0)))
    clips = ClipManners(tmp_path)
    calm, excited = (clips.find(name)[1] for name in ("mei-calm", "mei-excited"))
    assert abs(calm.pitch) < 0.3 and abs(calm.range) < 0.1 and abs(calm.gain) < 0.5
    assert excited.pitch > 3 and excited.range > 0.3
    # The middle is part of what identifies the clip: another voice of that name gives another take.
    key = clips.find("mei-excited")[0]
    (tmp_path / "mei.wav").write_bytes(wav(buzz(380, 12, 6.0)))
    other, again = clips.find("mei-excited")
    assert other != key and again.pitch < excited.pitch


def test_a_high_calm_voice_is_not_excited_where_its_middle_is_not_known() -> None:
    calm = [manner_of_sound(buzz(pitch, 8), RATE) for pitch in (110, 220, 330)]
    assert max(one.pitch for one in calm) - min(one.pitch for one in calm) < 0.4
    assert all(abs(one.pitch) < 1 and abs(one.range) < 0.3 for one in calm)


def test_a_speaker_is_known_by_the_embedding(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The extra is not needed for it: two speakers, told apart by their pitch."""

    def embed(sound: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
        peak = np.argmax(np.abs(np.fft.rfft(sound))) / len(sound) * 16000
        return np.eye(256)[0] if peak > 200 else 0.6 * np.eye(256)[0] + 0.8 * np.eye(256)[1]

    monkeypatch.setattr("framevox.engine_daemon.engines.kokoro.same_speaker.embedder", lambda: embed)
    (tmp_path / "kept.wav").write_bytes(wav(buzz(300, 4, 6.0)))
    speakers = Speakers(tmp_path)
    high, low = buzz(320, 6), buzz(120, 6)
    assert speakers.kept("some", wav(high), high, RATE) == ("kept", wav(buzz(300, 4, 6.0)))
    assert speakers.kept("some", wav(low), low, RATE) is None
    (tmp_path / "broken.wav").write_bytes(b"RIFF")
    assert speakers.kept("some", wav(high), high, RATE) is not None


@pytest.mark.slow
def test_the_engine_takes_up_its_own_emotions_from_a_clip(tmp_path: Path) -> None:
    engine = KokoroEngine(tmp_path, tmp_path / "cache", 2)
    line = read_line("We read the letter twice, and nobody wanted to read it again.", "en")

    def say(voice: str, direction: Direction) -> npt.NDArray[np.float32]:
        [made] = engine.plan([(line, engine.voice(voice), direction)])
        [(_, speech)] = engine.speak([(unwrap(made), None)])
        return unwrap(speech).samples

    manners = {}
    for emotion in ("angry", "melancholic"):
        sound = say("jm_kumo", Direction(emotion=Emotion.parse(emotion)))
        (tmp_path / f"{emotion}.wav").write_bytes(wav(sound / np.abs(sound).max() / 2))
        manners[emotion] = engine.emotion_voice(emotion).state
    assert manners["melancholic"].gain < manners["angry"].gain
    assert manners["melancholic"].range < manners["angry"].range
    # Another speaker takes them up.
    levels = [
        float(np.square(say("jf_alpha", direction)).mean())
        for direction in (
            PLAIN,
            *(Direction(1, Emotion(voice=name), engine.emotion_voice(name)) for name in ("melancholic", "angry")),
        )
    ]
    assert levels[1] < levels[2]
