"""A model folder is loaded whole or not at all, and an unfit file is named."""

from __future__ import annotations

import json
import os
import pickle
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from framevox.engine_daemon.protocol.errors import InputError

from .conftest import spoiled_copy


@pytest.fixture
def spoiled(folder: Path, tmp_path: Path) -> Callable[[str, Callable[[Path], None]], str]:
    """Loads a copy of the folder in which ``spoil(file)`` was done to one file; returns the error's message."""
    from framevox.engine_daemon.engines.indextts2 import IndexTTS2Model

    def load(name: str, spoil: Callable[[Path], None]) -> str:
        with pytest.raises(InputError) as caught:
            IndexTTS2Model.from_pretrained(spoiled_copy(folder, tmp_path / "model", name, spoil))
        return str(caught.value)

    return load


def test_a_folder_that_is_not_there_says_how_to_fetch_the_model(tmp_path: Path) -> None:
    from framevox.engine_daemon.engines.indextts2 import IndexTTS2Model

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


@pytest.mark.parametrize("content", [b"", b"a: 1\n", b"\x00\xff" * 3000, pickle.dumps({"a": 1})])
@pytest.mark.parametrize("name", ["wav2vec2bert_stats.pt", "hf_cache/campplus_cn_common.bin", "feat2.pt"])
def test_a_file_of_something_else_is_named(spoiled: Callable[..., str], name: str, content: bytes) -> None:
    assert name in spoiled(name, lambda file: file.write_bytes(content) and None)


def test_every_value_of_the_configuration_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    import copy

    from framevox.engine_daemon.engines.indextts2.loading.config import read_config
    from tests.golden.random_indextts2 import TINY

    def keys(tree: dict[str, Any], before: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
        for key, value in tree.items():
            yield (*before, key)
            if isinstance(value, dict):
                yield from keys(value, (*before, key))

    path, refused = tmp_path / "config.yaml", 0
    for *parents, last in keys(TINY.config):
        for bad in (None, "x", -1):
            changed = copy.deepcopy(TINY.config)
            node = changed
            for key in parents:
                node = node[key]
            node[last] = bad
            path.write_text(json.dumps(changed))  # which is YAML, and written faster
            try:
                read_config(path)  # values that inference does not use may be anything
            except InputError as error:
                refused += 1
                assert str(path) in str(error) and "." in str(error)
    assert refused > 120


def test_a_configuration_of_another_model_is_refused(spoiled: Callable[..., str]) -> None:
    def change(file: Path) -> None:
        file.write_text(file.read_text().replace("condition_type: conformer_perceiver", "condition_type: gst"))

    assert "gpt.condition_type: invalid enum value 'gst'" in spoiled("config.yaml", change)


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ("condition_type:", "speed_condition: true\n  condition_type:", "gpt: object contains unknown field"),
        ("is_causal: false", "is_causal: true", "s2mel.DiT: is_causal must be false"),
        ("kernel_size: 5", "kernel_size: five", "s2mel.wavenet.kernel_size: expected `int`"),
        ("  layers: 2\n", "", "gpt: object missing required field `layers`"),
        ("content_dim: 32", "content_dim: 31", "length_regulator.channels must be DiT.content_dim"),
        ("- 24\n", "", "emo_num: expected `array` of length >= 8"),
    ],
)
def test_a_configuration_is_read_strictly_and_its_fault_is_named(
    spoiled: Callable[..., str], old: str, new: str, named: str
) -> None:
    def change(file: Path) -> None:
        text = file.read_text()
        assert old in text
        file.write_text(text.replace(old, new, 1))

    assert named in spoiled("config.yaml", change)


def test_nested_prefixed_and_folded_weights_load_alike(folder: Path, tmp_path: Path) -> None:
    """Releases differ in packing: a level ``model``, names behind ``module.``, weight norm already folded in."""
    import torch

    from framevox.engine_daemon.engines.indextts2.loading import checkpoint
    from framevox.engine_daemon.engines.indextts2.loading.checkpoint import build, load_strictly, read_state
    from framevox.engine_daemon.engines.indextts2.networks import bigvgan
    from tests.golden.random_indextts2 import TINY

    state = read_state(folder / "hf_cache" / "bigvgan" / "bigvgan_generator.pt", "generator")
    packed = tmp_path / "packed.pt"
    torch.save({"model": {f"module.{k}": v for k, v in checkpoint.fold_weight_norm(state).items()}}, packed)
    nets = []
    for given in (state, read_state(packed, optional="model")):
        net = build(bigvgan.BigVGAN, {**TINY.vocoder})
        load_strictly(net, given, "vocoder", unused=bigvgan.UNUSED, rename=bigvgan.RENAME)
        nets.append(net.state_dict())
    assert all(torch.equal(nets[0][k], nets[1][k]) for k in nets[0])
