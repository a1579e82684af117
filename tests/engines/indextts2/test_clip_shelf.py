"""Clips as users bring them: what speaks, what is refused with what to do, and what is computed once."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pytest
import soundfile

from framevox.engine_daemon.protocol.errors import InputError

if TYPE_CHECKING:
    from framevox.engine_daemon.engines.indextts2 import IndexTTS2Model
    from framevox.engine_daemon.engines.indextts2.clip_shelf import ClipShelf

RATE = 24000


@pytest.fixture
def shelf(model: IndexTTS2Model, tmp_path: Path) -> ClipShelf:
    from framevox.engine_daemon.engines.indextts2.clip_shelf import ClipShelf

    (tmp_path / "voices").mkdir()
    return ClipShelf(model, "key", tmp_path / "voices", tmp_path / "cache")


def hum(seconds: float, gain: float = 0.3, rate: int = RATE) -> npt.NDArray[np.float32]:
    t = np.arange(round(seconds * rate)) / rate
    return (gain * np.sin(2 * np.pi * 200 * t)).astype(np.float32)


def holed(wave: npt.NDArray[np.float32], value: float) -> npt.NDArray[np.float32]:
    wave[999] = value
    return wave


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda path: soundfile.write(path, np.zeros(5 * RATE), RATE), "silent.*which track"),
        (lambda path: soundfile.write(path, np.clip(hum(5, 5.0), -1, 1), RATE), "clipped.*quieter recording"),
        (lambda path: soundfile.write(path, hum(0.2), RATE), r"0\.2 s long.*at least 3 s"),
        (lambda path: soundfile.write(path, hum(8 * 60, rate=16000), 16000, subtype="PCM_U8"), "8 min.*5 to 15 s"),
        (
            lambda path: soundfile.write(path, hum(5, rate=8000), 8000),
            "8000 samples a second.*recording of 16000",
        ),
        (lambda path: soundfile.write(path, holed(hum(5), np.nan), RATE, subtype="FLOAT"), "not numbers.*export"),
        (lambda path: soundfile.write(path, holed(hum(5), np.inf), RATE, subtype="FLOAT"), "not numbers.*export"),
        (lambda path: path.write_text("Dear engine,"), "cannot be read as sound"),
        (lambda path: path.write_bytes(b""), "cannot be read as sound"),
        (lambda path: soundfile.write(path, np.zeros(0), RATE), r"0\.0 s long"),
    ],
)
def test_an_unfit_clip_is_named_with_what_to_do(shelf: ClipShelf, make: Callable[[Path], Any], said: str) -> None:
    make(shelf._folder / "anna.wav")
    with pytest.raises(InputError, match=rf"voice 'anna'.*{said}"):
        shelf.prompt("anna")
    assert not shelf._cache.exists()


def test_channels_are_mixed_and_a_long_clip_gives_its_best_part(shelf: ClipShelf) -> None:
    import torch

    rng = np.random.default_rng(0)
    speech = (hum(15) * (1 + 0.5 * rng.standard_normal(15 * RATE))).astype(np.float32).clip(-0.9, 0.9)
    quiet = 1e-3 * rng.standard_normal(10 * RATE).astype(np.float32)
    long = np.concatenate([quiet, speech, quiet])
    soundfile.write(shelf._folder / "mono.wav", long, RATE, subtype="FLOAT")
    soundfile.write(shelf._folder / "stereo.wav", np.stack([long * 1.5, long * 0.5], 1), RATE, subtype="FLOAT")
    _, mono = shelf.prompt("mono")
    _, stereo = shelf.prompt("stereo")
    assert torch.allclose(mono.mel, stereo.mel, atol=1e-3)
    # 15 s of it, and nearly all of them loud; of its first 15 s a third would be.
    level = mono.mel.mean(0)
    assert abs(len(level) - 15 * 22050 / 256) <= 1
    assert float((level > level.max() - 3).float().mean()) > 0.95


def test_a_prompt_is_kept_by_content_and_made_again_when_its_file_is_damaged(
    shelf: ClipShelf, model: IndexTTS2Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch

    from framevox.engine_daemon.engines.indextts2.clip_shelf import ClipShelf

    read: list[int] = []
    plain = type(model).encode_prompt
    monkeypatch.setattr(type(model), "encode_prompt", lambda self, *clip: (read.append(1), plain(self, *clip))[1])

    def again() -> ClipShelf:
        """As a daemon that was started anew finds it."""
        return ClipShelf(model, "key", shelf._folder, shelf._cache)

    soundfile.write(shelf._folder / "anna.wav", hum(4), RATE)
    key, prompt = shelf.prompt("anna")
    assert shelf.prompt("anna")[0] == key and len(read) == 1
    (shelf._folder / "anna.wav").rename(shelf._folder / "other.wav")
    assert again().prompt("other")[0] == key and len(read) == 1
    (kept,) = shelf._cache.iterdir()
    kept.write_bytes(kept.read_bytes()[:-100])
    found = again().prompt("other")[1]
    assert torch.equal(found.mel, prompt.mel) and len(read) == 2
    soundfile.write(shelf._folder / "other.wav", hum(4, 0.2), RATE)
    assert again().prompt("other")[0] != key and len(read) == 3
    assert ClipShelf(model, "another model", shelf._folder, shelf._cache).prompt("other")[0] != key


def test_a_cache_that_cannot_be_written_costs_time_and_no_voice(model: IndexTTS2Model, tmp_path: Path) -> None:
    from framevox.engine_daemon.engines.indextts2.clip_shelf import ClipShelf

    (tmp_path / "file").touch()
    soundfile.write(tmp_path / "anna.wav", hum(4), RATE)
    key, prompt = ClipShelf(model, "key", tmp_path, tmp_path / "file" / "cache").prompt("anna")
    assert key and len(prompt.mel)


def test_a_clip_is_listed_where_it_can_be_named(shelf: ClipShelf) -> None:
    for name in ("Anna Smith.wav", "LOUD.WAV", "ben.v2.flac", "._anna.wav", ".hidden.wav", "letter.txt"):
        (shelf._folder / name).touch()
    (shelf._folder / "folder.wav").mkdir()
    assert shelf.names() == ["Anna Smith", "LOUD", "ben.v2"]
    assert [shelf.find(name).stem for name in shelf.names()] == shelf.names()
    with pytest.raises(InputError, match="unknown voice"):
        shelf.find("._anna")


def test_a_clip_that_two_threads_want_at_once_is_read_once(
    shelf: ClipShelf, model: IndexTTS2Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    soundfile.write(shelf._folder / "anna.wav", hum(4), RATE)
    made = model.encode_prompt(hum(4), RATE)
    read: list[int] = []

    def slowly(*_: object) -> Any:
        read.append(1)
        time.sleep(0.2)
        return made

    monkeypatch.setattr(type(model), "encode_prompt", slowly)
    with ThreadPoolExecutor(2) as pool:
        (first, _), (second, _) = pool.map(shelf.prompt, ["anna", "anna"])
    assert first == second and len(read) == 1
    assert [path.suffix for path in shelf._cache.iterdir()] == [".safetensors"]


def test_what_other_arithmetic_made_of_a_clip_is_kept_apart(
    shelf: ClipShelf, model: IndexTTS2Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch

    from framevox.engine_daemon.engines.indextts2 import clip_shelf

    soundfile.write(shelf._folder / "anna.wav", hum(4), RATE)
    made = model.encode_prompt(hum(4), RATE)
    monkeypatch.setattr(type(model), "encode_prompt", lambda *_: made)
    keys = [shelf.prompt("anna")[0]]
    with monkeypatch.context() as patch:
        patch.setattr(model, "dtype", torch.bfloat16)
        keys.append(shelf.prompt("anna")[0])
    with monkeypatch.context() as patch:
        patch.setattr(model, "device", torch.device("meta"))
        keys.append(shelf.prompt("anna")[0])
    monkeypatch.setattr(clip_shelf, "PROMPT", clip_shelf.PROMPT + 1)
    keys.append(shelf.prompt("anna")[0])
    assert len(set(keys)) == 4 == len(list(shelf._cache.iterdir()))


def test_only_what_the_model_was_read_from_names_it(model: IndexTTS2Model, tmp_path: Path) -> None:
    """A note put beside it, or the network that reads emotions fetched later, takes no kept take away."""
    from framevox.engine_daemon.engines.indextts2.loading.fingerprint import model_key

    folder = shutil.copytree(model.folder, tmp_path / "model")
    moved = SimpleNamespace(folder=folder, config=model.config)
    key = model_key(moved)
    assert key == model_key(model)
    (folder / "README.md").touch()
    (folder / "hf_cache" / "notes.json").touch()
    qwen = folder / model.config.qwen_folder
    qwen.mkdir(exist_ok=True)
    (qwen / "config.json").write_text("{}")
    assert model_key(moved) == key
    for path in ("gpt.pth", "config.yaml", "hf_cache/bigvgan/config.json", "hf_cache/w2v-bert-2.0/model.safetensors"):
        content = (folder / path).read_bytes()
        (folder / path).write_bytes(content[:-1] + b"?")
        assert model_key(moved) != key, path
        (folder / path).write_bytes(content)
