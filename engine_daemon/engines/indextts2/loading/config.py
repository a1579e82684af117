"""The shape of a model folder's networks, read from its ``config.yaml``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import yaml

from framevox.engine_daemon.protocol.errors import InputError

_T = TypeVar("_T")

LAYERS_READ = 17
"""How many w2v-BERT layers the model listens through: it reads hidden state 17, whatever follows is never run."""


@dataclass(frozen=True, slots=True)
class EncoderConfig:
    """A Conformer and the Perceiver that reads it."""

    width: int
    heads: int
    inner: int
    blocks: int
    perceiver_mult: int


@dataclass(frozen=True, slots=True)
class GPTConfig:
    width: int
    layers: int
    heads: int
    text_vocab: int
    """Rows of the text table: the tokenizer's pieces plus one."""
    text_positions: int
    mel_vocab: int
    mel_positions: int
    start_text: int
    stop_text: int
    start_mel: int
    stop_mel: int
    speaker: EncoderConfig
    emotion: EncoderConfig


@dataclass(frozen=True, slots=True)
class CodecConfig:
    codebook_size: int
    codebook_dim: int
    hidden: int
    width: int
    inner: int
    layers: int


@dataclass(frozen=True, slots=True)
class S2MelConfig:
    """Codes to mel: length regulator, flow-matching transformer and its WaveNet tail."""

    sample_rate: int
    n_fft: int
    hop: int
    mel_bands: int
    fmin: float
    fmax: float | None
    style: int
    content: int
    """Width of the condition that the length regulator makes."""
    regulator_convs: int
    width: int
    heads: int
    layers: int
    wavenet_width: int
    wavenet_layers: int
    wavenet_kernel: int
    wavenet_dilation: int


@dataclass(frozen=True, slots=True)
class ModelConfig:
    gpt: GPTConfig
    codec: CodecConfig
    s2mel: S2MelConfig
    emotion_groups: tuple[int, ...]
    """How many rows of the emotion matrices belong to each of the eight emotions."""
    files: Mapping[str, str]
    """Names of the files in the folder: gpt, s2mel, bpe, w2v_stat, emotion, speakers, qwen."""


# What the released networks are; a folder that says otherwise holds another model.
_REQUIRED = {
    "gpt.condition_type": "conformer_perceiver",
    "gpt.condition_module.input_layer": "conv2d2",
    "gpt.emo_condition_module.input_layer": "conv2d2",
    "gpt.use_mel_codes_as_input": True,
    "s2mel.dit_type": "DiT",
    "s2mel.length_regulator.is_discrete": False,
    "s2mel.length_regulator.f0_condition": False,
    "s2mel.DiT.final_layer_type": "wavenet",
    "s2mel.DiT.style_condition": True,
    "s2mel.DiT.is_causal": False,
    "s2mel.DiT.long_skip_connection": True,
    "s2mel.DiT.time_as_token": False,
    "s2mel.DiT.style_as_token": False,
    "s2mel.DiT.uvit_skip_connection": True,
    "s2mel.DiT.zero_prompt_speech_token": False,
}


class _Reader:
    """Reads dotted keys and names the missing one."""

    def __init__(self, tree: Any, path: Path) -> None:
        self.tree, self.path = tree, path

    def __call__(self, key: str) -> Any:
        node = self.tree
        for part in key.split("."):
            if not isinstance(node, dict) or part not in node:
                raise InputError(f"{self.path}: {key} is missing. Is this the folder of an IndexTTS-2 release?")
            node = node[part]
        return node

    def int(self, key: str) -> int:
        value = self(key)
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            raise InputError(f"{self.path}: {key} is {value!r}, and must be a whole number.")
        return value

    def number(self, key: str) -> float:
        value = self(key)
        if not isinstance(value, (int, float)) or isinstance(value, bool):
            raise InputError(f"{self.path}: {key} is {value!r}, and must be a number.")
        return float(value)

    def of(self, kind: type[_T], key: str) -> _T:
        value = self(key)
        if not isinstance(value, kind):
            raise InputError(f"{self.path}: {key} is {value!r}, and must be a {kind.__name__}.")
        return value

    def encoder(self, key: str) -> EncoderConfig:
        return EncoderConfig(
            width=self.int(f"{key}.output_size"),
            heads=self.int(f"{key}.attention_heads"),
            inner=self.int(f"{key}.linear_units"),
            blocks=self.int(f"{key}.num_blocks"),
            perceiver_mult=self.int(f"{key}.perceiver_mult"),
        )


def read_config(path: Path) -> ModelConfig:
    """Reads ``config.yaml``. Raises InputError naming the key that is missing or speaks of another model."""
    try:
        tree = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError as e:
        raise InputError(f"{path} is missing. Fetch the model with: framevox models pull indextts2") from e
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as e:
        raise InputError(f"{path} cannot be read: {e}") from e
    c = _Reader(tree, path)
    for key, wanted in _REQUIRED.items():
        if c(key) != wanted:
            raise InputError(f"{path}: {key} is {c(key)!r}; IndexTTS-2 has {wanted!r}. This is another model.")
    spect = "s2mel.preprocess_params.spect_params"
    # Upstream reads any fmax but the text "None" as 8000 Hz; the same reading keeps mels compatible.
    fmax = c.of(dict, spect).get("fmax", "None")
    text = c.int("gpt.number_text_tokens") + 1
    gpt = GPTConfig(
        width=c.int("gpt.model_dim"),
        layers=c.int("gpt.layers"),
        heads=c.int("gpt.heads"),
        text_vocab=text,
        text_positions=c.int("gpt.max_text_tokens") + 2,
        mel_vocab=c.int("gpt.number_mel_codes"),
        mel_positions=c.int("gpt.max_mel_tokens") + 3,
        start_text=c.int("gpt.start_text_token"),
        stop_text=c.int("gpt.stop_text_token"),
        start_mel=c.int("gpt.start_mel_token"),
        stop_mel=c.int("gpt.stop_mel_token"),
        speaker=c.encoder("gpt.condition_module"),
        emotion=c.encoder("gpt.emo_condition_module"),
    )
    codec = CodecConfig(
        codebook_size=c.int("semantic_codec.codebook_size"),
        codebook_dim=c.int("semantic_codec.codebook_dim"),
        hidden=c.int("semantic_codec.hidden_size"),
        width=c.int("semantic_codec.vocos_dim"),
        inner=c.int("semantic_codec.vocos_intermediate_dim"),
        layers=c.int("semantic_codec.vocos_num_layers"),
    )
    s2mel = S2MelConfig(
        sample_rate=c.int("s2mel.preprocess_params.sr"),
        n_fft=c.int(f"{spect}.n_fft"),
        hop=c.int(f"{spect}.hop_length"),
        mel_bands=c.int(f"{spect}.n_mels"),
        fmin=c.number(f"{spect}.fmin"),
        fmax=None if fmax == "None" else 8000.0,
        style=c.int("s2mel.style_encoder.dim"),
        content=c.int("s2mel.DiT.content_dim"),
        regulator_convs=len(c.of(list, "s2mel.length_regulator.sampling_ratios")),
        width=c.int("s2mel.DiT.hidden_dim"),
        heads=c.int("s2mel.DiT.num_heads"),
        layers=c.int("s2mel.DiT.depth"),
        wavenet_width=c.int("s2mel.wavenet.hidden_dim"),
        wavenet_layers=c.int("s2mel.wavenet.num_layers"),
        wavenet_kernel=c.int("s2mel.wavenet.kernel_size"),
        wavenet_dilation=c.int("s2mel.wavenet.dilation_rate"),
    )
    groups = c("emo_num")
    if not isinstance(groups, list) or len(groups) != 8 or not all(isinstance(n, int) and n > 0 for n in groups):
        raise InputError(f"{path}: emo_num must list eight group sizes, one per emotion, not {groups!r}.")
    for ok, what in (
        (gpt.mel_vocab == codec.codebook_size + 2, "gpt.number_mel_codes must be semantic_codec.codebook_size + 2"),
        (
            c.int("s2mel.length_regulator.channels") == s2mel.content,
            "length_regulator.channels must be DiT.content_dim",
        ),
        (s2mel.wavenet_width == s2mel.width, "wavenet.hidden_dim must be DiT.hidden_dim"),
        (c.int("s2mel.DiT.in_channels") == s2mel.mel_bands, "DiT.in_channels must be spect_params.n_mels"),
    ):
        if not ok:
            raise InputError(f"{path}: {what}.")
    return ModelConfig(
        gpt=gpt,
        codec=codec,
        s2mel=s2mel,
        emotion_groups=tuple(groups),
        files={
            "gpt": str(c("gpt_checkpoint")),
            "s2mel": str(c("s2mel_checkpoint")),
            "bpe": str(c("dataset.bpe_model")),
            "w2v_stat": str(c("w2v_stat")),
            "emotion": str(c("emo_matrix")),
            "speakers": str(c("spk_matrix")),
            "qwen": str(c("qwen_emo_path")),
        },
    )
