"""An emotion in words: only the eight keys and numbers come out, and each text is read once."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from framevox.engine_daemon.protocol.emotion import EMOTIONS
from framevox.engine_daemon.protocol.errors import FramevoxError, InputError

if TYPE_CHECKING:
    from framevox.engine_daemon.engines.indextts2.described import EmotionReader

TEXTS = ("furious", "他很高兴", "I am } not : a , number 9999", "<|endoftext|>")


@pytest.fixture(scope="module")
def qwen(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from tests.engines.indextts2.tiny_qwen import make_folder

    return make_folder(tmp_path_factory.mktemp("qwen"))


def reader(folder: Path, cache: Path) -> EmotionReader:
    import torch

    from framevox.engine_daemon.engines.indextts2.described import EmotionReader

    return EmotionReader(folder, cache, torch.device("cpu"))


@pytest.mark.parametrize("seed", [0, 1])
def test_whatever_a_network_would_say_only_scores_of_the_eight_keys_come_out(tmp_path: Path, seed: int) -> None:
    import torch

    from framevox.engine_daemon.engines.indextts2.described import _GRAMMAR, EmotionNetwork, read_answer
    from tests.engines.indextts2.tiny_qwen import make_folder

    network = EmotionNetwork(make_folder(tmp_path, seed), torch.device("cpu"))
    answers = [network.answer(text) for text in TEXTS]
    for answer, text in zip(answers, TEXTS, strict=True):
        assert _GRAMMAR.fullmatch(answer), answer
        weights = read_answer(answer, text)
        assert len(weights) == 8 and min(weights) >= 0 and 0 < sum(weights) <= 1 + 1e-9
    assert len(set(answers)) > 1  # it is the network that chooses
    assert answers == [network.answer(text) for text in TEXTS]


@pytest.mark.parametrize(
    ("answer", "text", "weights"),
    [
        ('{"高兴": 0.5, "愤怒": 0.25}', "", {"happy": 0.5, "angry": 0.25}),
        ('{"自然": 0.1, "高兴": 0.3}', "", {"happy": 0.3, "calm": 0.1}),
        ("悲伤:0.75", "he is sad", {"sad": 0.75}),
        ("悲伤:0.75", "He is Melancholic", {"melancholic": 0.75}),
        ('{"悲伤": 0.5, "低落": 0.25}', "低落的", {"sad": 0.25, "melancholic": 0.5}),
        ('{"高兴": 0.0}', "", {"calm": 1.0}),
        ('{"高兴": 1.9}', "", {"happy": 1.0}),
        ('{"高兴": 1.9, "惊讶": 0.4}', "", {"happy": 0.75, "surprised": 0.25}),
        ('{"恐惧": 0.5, "恐惧": 0.25, "反感": 0.5}', "", {"afraid": 0.25, "disgusted": 0.5}),
    ],
)
def test_an_answer_is_read_as_the_release_reads_it_and_scaled_to_shares(
    answer: str, text: str, weights: dict[str, float]
) -> None:
    from framevox.engine_daemon.engines.indextts2.described import _GRAMMAR, read_answer

    assert _GRAMMAR.fullmatch(answer.encode())
    found = dict(zip(EMOTIONS, read_answer(answer.encode(), text), strict=True))
    assert found == pytest.approx({**dict.fromkeys(EMOTIONS, 0.0), **weights})


@pytest.mark.parametrize(
    "answer", ["", "{}", "happy: 1", '{"高兴": "0.5"}', '{"高兴": 0.5}}', "高兴: -1", "高兴: 2", "高兴"]
)
def test_what_is_no_answer_is_not_of_the_grammar(answer: str) -> None:
    from framevox.engine_daemon.engines.indextts2.described import _GRAMMAR

    assert _GRAMMAR.fullmatch(answer.encode()) is None


def test_a_text_is_read_once_and_kept_by_text_and_network(
    qwen: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from framevox.engine_daemon.engines.indextts2 import described

    other = shutil.copytree(qwen, tmp_path / "other")
    (other / "config.json").write_text((other / "config.json").read_text() + "\n")
    cache = tmp_path / "cache"
    first = reader(qwen, cache)
    weights = first.weights("furious")
    (kept,) = cache.iterdir()
    (qwen / "README.md").touch()  # says nothing about the network
    asked: list[str] = []
    plain = described.EmotionNetwork.answer
    monkeypatch.setattr(
        described.EmotionNetwork,
        "answer",
        lambda self, text: (asked.append(text), plain(self, text))[1],
    )
    assert first.weights(" furious ") == weights == reader(qwen, cache).weights("furious") and asked == []
    reader(other, cache).weights("furious")
    reader(qwen, cache).weights("sad")
    assert asked == ["furious", "sad"]
    kept.write_text('{"weights": {"happy": ')
    assert reader(qwen, cache).weights("furious") == weights and asked == ["furious", "sad", "furious"]


def test_what_other_arithmetic_read_is_kept_apart(qwen: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    from framevox.engine_daemon.engines.indextts2 import described

    reader(qwen, tmp_path).weights("furious")
    monkeypatch.setattr(described, "_dtype", lambda _: torch.bfloat16)
    reader(qwen, tmp_path).weights("furious")
    assert len(list(tmp_path.iterdir())) == 2


def test_a_missing_folder_says_what_else_can_be_done(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"'furious'.*qwen is|qwen.*happy=0\.6.*framevox models pull"):
        reader(tmp_path / "qwen", tmp_path).weights("furious")


@pytest.mark.parametrize("file", ["config.json", "model.safetensors", "tokenizer.json"])
def test_a_damaged_folder_is_named(qwen: Path, tmp_path: Path, file: str) -> None:
    copy = shutil.copytree(qwen, tmp_path / "qwen")
    content = (copy / file).read_bytes()
    (copy / file).write_bytes(content[: len(content) // 2])
    with pytest.raises(InputError, match=r"qwen.*cannot be loaded.*framevox models pull indextts2"):
        reader(copy, tmp_path / "cache").weights("furious")
    if file == "config.json":
        for content in ("{}", "[]", '{"model_type": "llama"}'):
            (copy / file).write_text(content)
            with pytest.raises(InputError, match=r"qwen.*framevox models pull indextts2"):
                reader(copy, tmp_path / "cache").weights("furious")
    if file != "tokenizer.json":  # a tokenizer can be had without
        (copy / file).unlink()
        with pytest.raises(InputError, match=r"qwen.*framevox models pull indextts2"):
            reader(copy, tmp_path / "cache").weights("furious")


def test_weights_that_do_not_fit_are_named_and_a_pickle_is_not_opened(qwen: Path, tmp_path: Path) -> None:
    import torch
    from safetensors.torch import load_file, save_file

    copy = shutil.copytree(qwen, tmp_path / "qwen")
    state = load_file(copy / "model.safetensors")
    extra = {**state, "model.layers.0.extra": torch.zeros(2)}
    del extra["model.norm.weight"]
    save_file(extra, copy / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(InputError, match=r"missing_keys: model\.norm.*unexpected_keys: model\.layers\.0\.extra"):
        reader(copy, tmp_path / "cache").weights("furious")
    (copy / "model.safetensors").unlink()
    torch.save(state, copy / "pytorch_model.bin")
    with pytest.raises(InputError, match="cannot be loaded"):
        reader(copy, tmp_path / "cache").weights("furious")


def test_numbers_that_are_none_are_an_error_and_not_an_emotion(qwen: Path, tmp_path: Path) -> None:
    import torch
    from safetensors.torch import load_file, save_file

    copy = shutil.copytree(qwen, tmp_path / "qwen")
    state = load_file(copy / "model.safetensors")
    state["model.norm.weight"] *= torch.nan
    save_file(state, copy / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(FramevoxError, match="failed on 'furious'"):
        reader(copy, tmp_path / "cache").weights("furious")
    assert not (tmp_path / "cache").exists()
