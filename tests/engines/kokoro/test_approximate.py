"""A clip gives the nearest voice, found once; its likeness moves pitch and colour and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from framevox.engine_daemon.audio.enrolment import encode
from framevox.engine_daemon.client.wording import say_note
from framevox.engine_daemon.engines.kokoro import approximate, traits
from framevox.engine_daemon.engines.kokoro.approximate import Approximator
from framevox.engine_daemon.engines.kokoro.likeness import MOST_DB, Likeness, blended
from framevox.engine_daemon.engines.kokoro.stock import table
from framevox.engine_daemon.engines.kokoro.traits import band_centres, stock_traits, traits_of
from framevox.engine_daemon.engines.kokoro.voices import VoiceShelf
from framevox.engine_daemon.protocol.errors import InputError
from tests.audio.voices import RATE, voice


@pytest.fixture(autouse=True)
def no_embedding(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (approximate, traits):
        monkeypatch.setattr(module, "can_embed", lambda: False)


class Speaks:
    """Stands for the model: says something at the pitch that the likeness asks for, and counts."""

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self, shares: Mapping[str, float], likeness: Likeness) -> np.ndarray:
        self.calls += 1
        return likeness.coloured(voice(5, 24000, likeness.pivot * likeness.ratio, seed=4))


def test_every_packaged_voice_was_measured() -> None:
    assert set(stock_traits()) == set(table().voices)
    for name, own in stock_traits().items():
        assert 70 < own.pitch < 350 and own.range > 1, name
        assert own.spectrum.shape == band_centres().shape
        assert own.embedding is not None and np.linalg.norm(own.embedding) == pytest.approx(1, abs=0.01)


def test_a_voice_is_nearest_to_itself() -> None:
    for own in list(stock_traits().items())[::9]:
        assert next(iter(approximate.blends(own[1])[0])) == own[0]


@pytest.mark.parametrize("pitch", [110.0, 210.0])
def test_a_clip_gives_a_voice_at_its_pitch(pitch: float, tmp_path: Path) -> None:
    speak = Speaks()
    clip = encode(voice(8, pitch=pitch), RATE)
    found = Approximator(speak, "1", tmp_path).of(clip, "MEI")
    assert found.likeness.pivot * found.likeness.ratio == pytest.approx(
        traits_of(voice(8, pitch=pitch), RATE).pitch, rel=0.02
    )
    assert max(map(abs, found.likeness.gains)) <= MOST_DB
    assert sum(found.shares.values()) == pytest.approx(1) and len(found.shares) <= 3
    assert found.note.code == "approximate" and "framevox[likeness]" in say_note(found.note)


def test_the_second_use_costs_nothing(tmp_path: Path) -> None:
    speak, clip = Speaks(), encode(voice(8), RATE)
    first = Approximator(speak, "1", tmp_path)
    found, calls = first.of(clip, "MEI"), speak.calls
    assert first.of(clip, "MEI") is found
    assert Approximator(speak, "1", tmp_path).of(clip, "renamed") == found
    assert speak.calls == calls > 0
    Approximator(speak, "2", tmp_path).of(clip, "MEI")
    assert speak.calls > calls
    calls = speak.calls
    first.of(encode(voice(7), RATE), "MEI")
    assert speak.calls > calls


def test_a_damaged_cache_is_made_again(tmp_path: Path) -> None:
    clip = encode(voice(8), RATE)
    found = Approximator(Speaks(), "1", tmp_path).of(clip, "MEI")
    [file] = tmp_path.iterdir()
    for content in ("", '{"shares": 1}'):
        file.write_text(content)
        assert Approximator(Speaks(), "1", tmp_path).of(clip, "MEI") == found


@pytest.mark.parametrize(
    ("sound", "says"),
    [
        (np.zeros(8 * RATE, np.float32), "silent"),
        (np.random.default_rng(0).standard_normal(8 * RATE).astype(np.float32) * 0.1, "no voice is heard"),
    ],
)
def test_a_clip_without_a_voice_is_named(sound: np.ndarray, says: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=says) as caught:
        Approximator(Speaks(), "1", tmp_path).of(encode(sound, RATE), "MEI")
    assert "MEI" in str(caught.value) and list(tmp_path.iterdir()) == []


def test_a_likeness_moves_voiced_pitch_only() -> None:
    like = Likeness(200.0, 0.5, 1.2, (100.0, 5000.0), (0.0, 0.0))
    moved = like.tuned(np.array([0, 10, 200, 400], np.float32))
    assert moved[:2].tolist() == [0, 10]
    assert moved[2:] == pytest.approx([100, 100 * 2**1.2], rel=1e-4)


def test_the_filter_has_its_gains_and_no_delay() -> None:
    frequencies = tuple(band_centres())
    gains = tuple(6 * np.sin(np.arange(len(frequencies)) / 5))
    impulse = np.zeros(4096, np.float32)
    impulse[1000] = 1
    heard = Likeness(200.0, 1.0, 1.0, frequencies, gains).coloured(impulse)
    assert len(heard) == 4096 and np.abs(heard[:1000]).max() < 1e-6
    assert np.argmax(np.abs(heard)) - 1000 < 3
    level = 20 * np.log10(np.abs(np.fft.rfft(heard)))
    places = np.fft.rfftfreq(4096, 1 / 24000)
    for frequency, gain in list(zip(frequencies, gains, strict=True))[4:]:
        assert level[np.argmin(np.abs(places - frequency))] == pytest.approx(gain, abs=1.0)


def test_a_blend_with_a_clip_takes_its_share_of_the_likeness() -> None:
    like = Likeness(200.0, 4.0, 1.5, (100.0, 5000.0), (6.0, -6.0))
    half = blended([(like, 0.5), (None, 0.5)])
    assert half is not None and half.ratio == pytest.approx(2) and half.stretch == 1.25 and half.gains == (3, -3)
    assert blended([(None, 1.0)]) is None


def test_the_shelf_finds_clips_by_name(tmp_path: Path) -> None:
    folder = tmp_path / "voices"
    folder.mkdir()
    (folder / "MEI.wav").write_bytes(encode(voice(8), RATE))
    (folder / "MEI.json").write_text("{}")
    (folder / "._MEI.wav").write_bytes(b"")
    shelf = VoiceShelf(folder, Approximator(Speaks(), "1", tmp_path / "cache").of)
    assert "MEI" in shelf.names() and [info.about for info in shelf.infos() if info.name == "MEI"] == [
        "approximate, after a clip of yours"
    ]
    mei = shelf.timbre("MEI")
    assert mei.likeness is not None and [note.code for note in mei.notes] == ["approximate"]
    mixed = shelf.timbre("MEI:0.5+af_heart:0.5")
    assert mixed.notes == mei.notes and len({mei.key, mixed.key, shelf.timbre("af_heart").key}) == 3
    assert shelf.timbre("af_heart").notes == ()
    (folder / "MEI.wav").unlink()
    with pytest.raises(InputError, match="unknown voice 'MEI'"):
        shelf.timbre("MEI")
