"""A model folder is loaded whole or not at all, and an unfit file is named."""

from __future__ import annotations

import os
import pickle
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from engine_daemon.protocol.errors import InputError


@pytest.fixture
def spoiled(folder: Path, tmp_path: Path) -> Callable[[str, Callable[[Path], None]], str]:
    """Loads a copy of the folder in which ``spoil(file)`` was done to one file; returns the error's message."""
    from engine_daemon.engines.indextts2 import IndexTTS2Model

    def load(name: str, spoil: Callable[[Path], None]) -> str:
        copy = tmp_path / "model"
        shutil.copytree(folder, copy, copy_function=os.link)
        file = copy / name
        content = file.read_bytes()
        file.unlink()  # a link: never written through
        file.write_bytes(content)
        spoil(file)
        with pytest.raises(InputError) as caught:
            IndexTTS2Model.from_pretrained(copy)
        return str(caught.value)

    return load


def test_a_folder_that_is_not_there_says_how_to_fetch_the_model(tmp_path: Path) -> None:
    from engine_daemon.engines.indextts2 import IndexTTS2Model

    with pytest.raises(InputError, match="framevox models pull indextts2"):
        IndexTTS2Model.from_pretrained(tmp_path / "nowhere")


@pytest.mark.parametrize("name", ["config.yaml", "gpt.pth", "hf_cache/w2v-bert-2.0/model.safetensors"])
def test_a_missing_file_is_named(spoiled: Callable[..., str], name: str) -> None:
    message = spoiled(name, Path.unlink)
    assert name in message and "is missing" in message


@pytest.mark.parametrize("name", ["gpt.pth", "s2mel.pth", "hf_cache/semantic_codec/model.safetensors", "feat1.pt"])
def test_a_file_cut_short_is_named(spoiled: Callable[..., str], name: str) -> None:
    message = spoiled(name, lambda file: os.truncate(file, file.stat().st_size // 2))
    assert name in message and "damaged or cut short" in message


class _Evil:
    def __reduce__(self) -> tuple[Callable[..., object], tuple[str]]:
        return (os.system, ("touch /tmp/framevox-was-here",))


def test_a_pickle_that_is_not_weights_is_refused_and_not_run(spoiled: Callable[..., str]) -> None:
    Path("/tmp/framevox-was-here").unlink(missing_ok=True)
    message = spoiled("gpt.pth", lambda file: file.write_bytes(pickle.dumps(_Evil())) and None)
    assert "gpt.pth" in message and "other than weights" in message
    assert not Path("/tmp/framevox-was-here").exists()


def test_missing_unexpected_and_misshapen_tensors_are_named(spoiled: Callable[..., str]) -> None:
    import torch

    def change(file: Path) -> None:
        state = torch.load(file, weights_only=True)
        state["speed_emb.extra"] = torch.zeros(2)
        state["mel_head.bias"] = torch.zeros(5)
        del state["emo_layer.weight"]
        torch.save(state, file)

    message = spoiled("gpt.pth", change)
    assert "missing: emo_layer.weight" in message
    assert "unexpected: speed_emb.extra" in message
    assert "mel_head.bias is (5,), not (66,)" in message


def test_a_file_of_another_model_is_refused(spoiled: Callable[..., str]) -> None:
    import torch

    assert "no net/cfm" in spoiled("s2mel.pth", lambda file: torch.save({"model": {}}, file))


def test_a_configuration_of_another_model_is_refused(spoiled: Callable[..., str]) -> None:
    def change(file: Path) -> None:
        file.write_text(file.read_text().replace("condition_type: conformer_perceiver", "condition_type: gst"))

    assert "gpt.condition_type is 'gst'" in spoiled("config.yaml", change)


def test_nested_prefixed_and_folded_weights_load_alike(folder: Path, tmp_path: Path) -> None:
    """Releases differ in packing: a level ``model``, names behind ``module.``, weight norm already folded in."""
    import torch

    from engine_daemon.engines.indextts2 import bigvgan, weights
    from engine_daemon.engines.indextts2.weights import build, load_strictly, read_state
    from tests.golden.random_indextts2 import TINY

    state = read_state(folder / "hf_cache" / "bigvgan" / "bigvgan_generator.pt", "generator")
    packed = tmp_path / "packed.pt"
    torch.save({"model": {f"module.{k}": v for k, v in weights.fold_weight_norm(state).items()}}, packed)
    nets = []
    for given in (state, read_state(packed, optional="model")):
        net = build(bigvgan.BigVGAN, {**TINY.vocoder})
        load_strictly(net, given, "vocoder", unused=bigvgan.UNUSED, rename=bigvgan.RENAME)
        nets.append(net.state_dict())
    assert all(torch.equal(nets[0][k], nets[1][k]) for k in nets[0])
