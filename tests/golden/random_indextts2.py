"""A whole model folder of random weights, in the released layout of IndexTTS-2: tiny, or as large as the released one.

Every value depends on its name and the seed alone, so that what the reference once computed with it can be compared
with on any machine.
"""

from __future__ import annotations

import copy
import io
import json
import math
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
import yaml
from safetensors.torch import save_file

State = dict[str, torch.Tensor]

STYLE, BANDS = 192, 80
EMOTION_GROUPS = [3, 17, 2, 8, 4, 5, 10, 24]


@dataclass(frozen=True)
class Size:
    """How large the networks are: ``config.yaml``, and the configurations of the vocoder and of w2v-BERT."""

    config: dict[str, Any]
    vocoder: dict[str, Any]
    w2v: dict[str, Any]

    @property
    def width(self) -> int:
        """Of the language model."""
        return int(self.config["gpt"]["model_dim"])

    @property
    def semantic(self) -> int:
        """Width of a semantic frame."""
        return int(self.config["semantic_codec"]["hidden_size"])

    @property
    def codes(self) -> int:
        return int(self.config["semantic_codec"]["codebook_size"])


_CONFIG: dict[str, Any] = {
    "dataset": {"bpe_model": "bpe.model"},
    "gpt": {
        "model_dim": 64, "layers": 2, "heads": 4, "max_mel_tokens": 120, "max_text_tokens": 60,
        "number_text_tokens": 300, "number_mel_codes": 66, "start_mel_token": 64,
        "stop_mel_token": 65, "start_text_token": 0, "stop_text_token": 1, "use_mel_codes_as_input": True,
        "mel_length_compression": 1024, "train_solo_embeddings": False, "condition_type": "conformer_perceiver",
        "condition_module": {"output_size": 24, "linear_units": 40, "attention_heads": 2, "num_blocks": 2,
                             "input_layer": "conv2d2", "perceiver_mult": 2},
        "emo_condition_module": {"output_size": 16, "linear_units": 24, "attention_heads": 1, "num_blocks": 1,
                                 "input_layer": "conv2d2", "perceiver_mult": 1},
    },
    "semantic_codec": {"codebook_size": 64, "hidden_size": 64, "codebook_dim": 8, "vocos_dim": 24,
                       "vocos_intermediate_dim": 40, "vocos_num_layers": 2},
    "s2mel": {
        "preprocess_params": {"sr": 22050, "spect_params": {"n_fft": 1024, "win_length": 1024, "hop_length": 256,
                                                            "n_mels": BANDS, "fmin": 0, "fmax": "None"}},
        "dit_type": "DiT", "reg_loss_type": "l1", "style_encoder": {"dim": STYLE},
        "length_regulator": {"channels": 32, "is_discrete": False, "in_channels": 64,
                             "content_codebook_size": 16, "sampling_ratios": [1, 1, 1, 1], "vector_quantize": False,
                             "n_codebooks": 1, "quantizer_dropout": 0.0, "f0_condition": False, "n_f0_bins": 512},
        "DiT": {"hidden_dim": 32, "num_heads": 2, "depth": 5, "class_dropout_prob": 0.1, "block_size": 8192,
                "in_channels": BANDS, "style_condition": True, "final_layer_type": "wavenet", "target": "mel",
                "content_dim": 32, "content_codebook_size": 16, "content_type": "discrete", "f0_condition": False,
                "n_f0_bins": 512, "content_codebooks": 1, "is_causal": False, "long_skip_connection": True,
                "zero_prompt_speech_token": False, "time_as_token": False, "style_as_token": False,
                "uvit_skip_connection": True, "add_resblock_in_transformer": False},
        "wavenet": {"hidden_dim": 32, "num_layers": 3, "kernel_size": 5, "dilation_rate": 1, "p_dropout": 0.2,
                    "style_condition": True},
    },
    "gpt_checkpoint": "gpt.pth", "s2mel_checkpoint": "s2mel.pth", "w2v_stat": "wav2vec2bert_stats.pt",
    "emo_matrix": "feat2.pt", "spk_matrix": "feat1.pt", "emo_num": EMOTION_GROUPS,
    "qwen_emo_path": "qwen0.6bemo4-merge/", "vocoder": {"type": "bigvgan"}, "version": 2.0,
}  # fmt: skip
_VOCODER: dict[str, Any] = {
    "resblock": "1", "upsample_rates": [4, 4, 2, 2, 2, 2], "upsample_kernel_sizes": [8, 8, 4, 4, 4, 4],
    "upsample_initial_channel": 64, "resblock_kernel_sizes": [3, 11], "resblock_dilation_sizes": [[1, 3, 5], [1, 3, 5]],
    "use_tanh_at_final": False, "use_bias_at_final": False, "activation": "snakebeta", "snake_logscale": True,
    "num_mels": BANDS, "sampling_rate": 22050,
}  # fmt: skip
_W2V: dict[str, Any] = {"hidden_size": 64, "num_hidden_layers": 18, "num_attention_heads": 4, "intermediate_size": 48,
       "feature_projection_input_dim": 160, "conv_depthwise_kernel_size": 5, "output_hidden_size": 64,
       "apply_spec_augment": False}  # fmt: skip
TINY = Size(_CONFIG, _VOCODER, _W2V)


def _merged(tree: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    out = copy.deepcopy(tree)
    for key, value in changes.items():
        out[key] = _merged(out[key], value) if isinstance(value, dict) else value
    return out


FULL = Size(
    _merged(_CONFIG, {
        "gpt": {
            "model_dim": 1280, "layers": 24, "heads": 20, "max_mel_tokens": 1815, "max_text_tokens": 600,
            "number_text_tokens": 12000, "number_mel_codes": 8194, "start_mel_token": 8192, "stop_mel_token": 8193,
            "condition_module": {"output_size": 512, "linear_units": 2048, "attention_heads": 8, "num_blocks": 6},
            "emo_condition_module": {"output_size": 512, "linear_units": 1024, "attention_heads": 4, "num_blocks": 4,
                                     "perceiver_mult": 2},
        },
        "semantic_codec": {"codebook_size": 8192, "hidden_size": 1024, "vocos_dim": 384,
                           "vocos_intermediate_dim": 2048, "vocos_num_layers": 12},
        "s2mel": {
            "length_regulator": {"channels": 512, "in_channels": 1024, "content_codebook_size": 2048},
            "DiT": {"hidden_dim": 512, "num_heads": 8, "depth": 13, "content_dim": 512,
                    "content_codebook_size": 1024},
            "wavenet": {"hidden_dim": 512, "num_layers": 8},
        },
    }),
    _merged(_VOCODER, {"upsample_initial_channel": 1536, "resblock_kernel_sizes": [3, 7, 11],
                       "resblock_dilation_sizes": [[1, 3, 5]] * 3}),
    {"hidden_size": 1024, "num_hidden_layers": 24, "num_attention_heads": 16, "intermediate_size": 4096,
     "feature_projection_input_dim": 160, "conv_depthwise_kernel_size": 31, "output_hidden_size": 1024,
     "apply_spec_augment": False},
)  # fmt: skip
SIZES = {"tiny": TINY, "full": FULL}


class Maker:
    """Collects named random tensors. Matrices keep the scale of what passes through them; norms, biases and gains are
    all off their usual ones and zeros, so that a forgotten one shows."""

    def __init__(self, seed: int, prefix: str) -> None:
        self.seed, self.prefix, self.state = seed, prefix, State()

    def random(self, name: str, *shape: int, std: float = 1.0, mean: float = 0.0) -> torch.Tensor:
        rng = np.random.default_rng([self.seed, zlib.crc32(f"{self.prefix}/{name}".encode())])
        self.state[name] = torch.from_numpy(rng.standard_normal(shape, np.float32) * np.float32(std) + np.float32(mean))
        return self.state[name]

    def weight(self, name: str, *shape: int, gain: float = 1.0, bias: bool = True, normed: bool = False) -> None:
        """A linear map or convolution [out, in, ...]; ``normed``: as direction and length per first index."""
        std = gain / math.sqrt(math.prod(shape[1:]))
        if normed:
            self.random(f"{name}.weight_v", *shape)
            self.random(f"{name}.weight_g", shape[0], *(1 for _ in shape[1:]), std=0.15 * gain, mean=gain)
        else:
            self.random(f"{name}.weight", *shape, std=std)
        if bias:
            self.random(f"{name}.bias", shape[0], std=0.1)

    def norm(self, name: str, n: int, bias: bool = True) -> None:
        self.random(f"{name}.weight", n, std=0.1, mean=1.0)
        if bias:
            self.random(f"{name}.bias", n, std=0.1)

    def batch_norm(self, name: str, n: int, affine: bool = True) -> None:
        if affine:
            self.norm(name, n)
        self.random(f"{name}.running_mean", n, std=0.1)
        self.state[f"{name}.running_var"] = 0.6 + self.random(f"{name}.running_var", n).sigmoid()
        self.state[f"{name}.num_batches_tracked"] = torch.tensor(1000)


def gpt_state(size: Size, seed: int) -> State:
    m, c = Maker(seed, "gpt"), size.config["gpt"]
    model, semantic, codes = size.width, size.semantic, size.codes
    speaker = [("", "condition_module", model, 32)] if "condition_module" in c else []
    for prefix, key, width, latents in (*speaker, ("emo_", "emo_condition_module", 1024, 1)):
        e, d = c[key], c[key]["output_size"]
        root = f"{prefix}conditioning_encoder"
        m.weight(f"{root}.embed.conv.0", d, 1, 3, 3)
        m.weight(f"{root}.embed.out.0", d, d * ((semantic - 1) // 2))
        angles = torch.arange(5000)[:, None] * torch.exp(torch.arange(0, d, 2) * (-math.log(10000.0) / d))
        m.state[f"{root}.embed.pos_enc.pe"] = torch.stack([angles.sin(), angles.cos()], -1).flatten(1)[None]
        for i in range(e["num_blocks"]):
            block = f"{root}.encoders.{i}"
            for part in ("q", "k", "v", "out"):
                m.weight(f"{block}.self_attn.linear_{part}", d, d)
            m.weight(f"{block}.self_attn.linear_pos", d, d, bias=False)
            for bias in "uv":
                m.random(f"{block}.self_attn.pos_bias_{bias}", e["attention_heads"], d // e["attention_heads"], std=0.5)
            m.weight(f"{block}.feed_forward.w_1", e["linear_units"], d)
            m.weight(f"{block}.feed_forward.w_2", d, e["linear_units"], gain=0.5)
            m.weight(f"{block}.conv_module.pointwise_conv1", 2 * d, d, 1)
            m.weight(f"{block}.conv_module.depthwise_conv", d, 1, 15)
            m.norm(f"{block}.conv_module.norm", d)
            m.weight(f"{block}.conv_module.pointwise_conv2", d, d, 1, gain=0.5)
            for norm in ("ff", "mha", "conv", "final"):
                m.norm(f"{block}.norm_{norm}", d)
        m.norm(f"{root}.after_norm", d)
        root, inner, heads = (
            f"{prefix}perceiver_encoder",
            int(width * e["perceiver_mult"] * 2 / 3),
            e["attention_heads"],
        )
        if width != d:
            m.weight(f"{root}.proj_context", width, d)
        m.random(f"{root}.latents", latents, width, std=0.3)
        for i in range(2):
            m.weight(f"{root}.layers.{i}.0.to_q", heads * 64, width, gain=3.0, bias=False)
            m.weight(f"{root}.layers.{i}.0.to_kv", heads * 128, width, bias=False)
            m.weight(f"{root}.layers.{i}.0.to_out", width, heads * 64, bias=False)
            m.weight(f"{root}.layers.{i}.1.0", 2 * inner, width)
            m.weight(f"{root}.layers.{i}.1.2", width, inner)
        m.random(f"{root}.norm.gamma", width, std=0.1, mean=1.0)
    m.weight("emovec_layer", model, 1024)
    m.weight("emo_layer", model, model)
    text = c["number_text_tokens"] + 1
    m.random("text_embedding.weight", text, model, std=0.6)
    m.random("mel_embedding.weight", codes + 2, model, std=0.8)
    m.random("text_pos_embedding.emb.weight", c["max_text_tokens"] + 2, model, std=0.4)
    m.random("mel_pos_embedding.emb.weight", c["max_mel_tokens"] + 3, model, std=0.5)
    if speaker:
        m.random("speed_emb.weight", 2, model)
    else:
        m.weight("spk_emb_proj", model, STYLE)
        m.random("lang_embedding.weight", 107, model, std=0.4)
    for i in range(c["layers"]):
        block = f"gpt.h.{i}"
        m.norm(f"{block}.ln_1", model)
        m.norm(f"{block}.ln_2", model)
        for name, out, inputs in (
            ("attn.c_attn", 3, 1),
            ("attn.c_proj", 1, 1),
            ("mlp.c_fc", 4, 1),
            ("mlp.c_proj", 1, 4),
        ):
            m.random(f"{block}.{name}.weight", inputs * model, out * model, std=1.2 / math.sqrt(inputs * model))
            m.random(f"{block}.{name}.bias", out * model, std=0.1)
    m.norm("gpt.ln_f", model)
    m.norm("final_norm", model)
    m.weight("text_head", text, model)
    m.weight("mel_head", codes + 2, model, gain=3.0)
    m.state["mel_head.bias"][codes] = -30.0  # the start code has no sound: it must never be chosen
    m.state["mel_head.bias"][codes + 1] += 1.0  # so that some lines stop by themselves
    return m.state


def s2mel_state(size: Size, seed: int) -> dict[str, State]:
    c = size.config["s2mel"]
    d, depth, content = c["DiT"]["hidden_dim"], c["DiT"]["depth"], c["DiT"]["content_dim"]
    w, inner = c["wavenet"]["hidden_dim"], math.ceil(int(8 * c["DiT"]["hidden_dim"] / 3) / 256) * 256
    m = Maker(seed, "cfm")

    def timed_norm(name: str) -> None:
        m.weight(f"{name}.project_layer", 2 * d, d, gain=0.3)
        m.state[f"{name}.project_layer.bias"][:d] += 1.0
        m.random(f"{name}.norm.weight", d, std=0.1, mean=1.0)

    for i in range(depth):
        layer = f"estimator.transformer.layers.{i}"
        m.weight(f"{layer}.attention.wqkv", 3 * d, d, bias=False)
        m.weight(f"{layer}.attention.wo", d, d, bias=False)
        m.weight(f"{layer}.feed_forward.w1", inner, d, bias=False)
        m.weight(f"{layer}.feed_forward.w3", inner, d, bias=False)
        m.weight(f"{layer}.feed_forward.w2", d, inner, bias=False)
        timed_norm(f"{layer}.ffn_norm")
        timed_norm(f"{layer}.attention_norm")
        m.weight(f"{layer}.skip_in_linear", d, 2 * d)
    timed_norm("estimator.transformer.norm")
    m.weight("estimator.x_embedder", d, BANDS, normed=True)
    m.random("estimator.cond_embedder.weight", c["DiT"]["content_codebook_size"], d)
    m.random("estimator.content_mask_embedder.weight", 1, d)
    m.weight("estimator.cond_projection", d, content, gain=2.0)
    m.weight("estimator.cond_x_merge_linear", d, d + 2 * BANDS + STYLE)
    m.weight("estimator.skip_linear", d, d + BANDS)
    m.state["estimator.input_pos"] = torch.arange(16384)
    rates = torch.exp(-math.log(10000) * torch.arange(128, dtype=torch.float32) / 128)
    for name, width in (("t_embedder", d), ("t_embedder2", w)):
        m.weight(f"estimator.{name}.mlp.0", width, 256)
        m.weight(f"estimator.{name}.mlp.2", width, width)
        m.state[f"estimator.{name}.freqs"] = rates
    m.weight("estimator.conv1", w, d)
    m.weight("estimator.conv2", BANDS, w, 1)
    layers = c["wavenet"]["num_layers"]
    m.weight("estimator.wavenet.cond_layer.conv.conv", 2 * w * layers, w, 1, normed=True)
    for i in range(layers):
        m.weight(f"estimator.wavenet.in_layers.{i}.conv.conv", 2 * w, w, c["wavenet"]["kernel_size"], normed=True)
        out = 2 * w if i < layers - 1 else w
        m.weight(f"estimator.wavenet.res_skip_layers.{i}.conv.conv", out, w, 1, normed=True)
    m.weight("estimator.final_layer.linear", w, w, normed=True)
    m.weight("estimator.final_layer.adaLN_modulation.1", 2 * w, w, gain=0.3)
    m.weight("estimator.res_projection", w, d)

    r, width = Maker(seed, "length_regulator"), c["length_regulator"]["channels"]
    for i in range(4):
        r.weight(f"model.{3 * i}", width, width, 3)
        r.norm(f"model.{3 * i + 1}", width)
    r.weight("model.12", width, width, 1)
    r.random("embedding.weight", c["length_regulator"]["content_codebook_size"], width)
    r.random("mask_token", 1, width)
    r.weight("content_in_proj", width, size.semantic)

    p = Maker(seed, "gpt_layer")
    for i, (inputs, out) in enumerate(((size.width, 256), (256, 128), (128, size.semantic))):
        p.weight(str(i), out, inputs)
    return {"cfm": m.state, "length_regulator": r.state, "gpt_layer": p.state}


def codec_state(size: Size, seed: int) -> State:
    return codec(Maker(seed, "codec"), size).state


def codec(m: Maker, size: Size) -> Maker:
    """What the codecs of both releases have, with the half that only training asks."""
    c = size.config["semantic_codec"]
    d, semantic = c["vocos_dim"], size.semantic
    for half in ("encoder", "decoder"):
        m.weight(f"{half}.0.embed", d, semantic, 7)
        m.norm(f"{half}.0.norm", d)
        for i in range(c["vocos_num_layers"]):
            block = f"{half}.0.convnext.{i}"
            m.weight(f"{block}.dwconv", d, 1, 7)
            m.norm(f"{block}.norm", d)
            m.weight(f"{block}.pwconv1", c["vocos_intermediate_dim"], d)
            m.weight(f"{block}.pwconv2", d, c["vocos_intermediate_dim"])
            m.random(f"{block}.gamma", d, std=0.1, mean=0.4)
        m.norm(f"{half}.0.final_layer_norm", d)
        m.weight(f"{half}.1", semantic, d)
    root = "quantizer.quantizers.0"
    m.weight(f"{root}.in_project", c["codebook_dim"], semantic, 1, normed=True)
    m.weight(f"{root}.out_project", semantic, c["codebook_dim"], 1, normed=True)
    m.random(f"{root}.codebook.weight", size.codes, c["codebook_dim"])
    return m


def campplus_state(seed: int) -> State:
    m = Maker(seed, "campplus")

    def conv(name: str, *shape: int, bias: bool = False) -> None:
        m.weight(name, *shape, gain=1.3, bias=bias)

    conv("head.conv1", 32, 1, 3, 3)
    m.batch_norm("head.bn1", 32)
    for layer in ("layer1", "layer2"):
        for i in range(2):
            for k in (1, 2):
                conv(f"head.{layer}.{i}.conv{k}", 32, 32, 3, 3)
                m.batch_norm(f"head.{layer}.{i}.bn{k}", 32)
        conv(f"head.{layer}.0.shortcut.0", 32, 32, 1, 1)
        m.batch_norm(f"head.{layer}.0.shortcut.1", 32)
    conv("head.conv2", 32, 32, 3, 3)
    m.batch_norm("head.bn2", 32)
    conv("xvector.tdnn.linear", 128, 320, 5)
    m.batch_norm("xvector.tdnn.nonlinear.batchnorm", 128)
    width = 128
    for b, layers in enumerate((12, 24, 16), 1):
        for i in range(1, layers + 1):
            layer = f"xvector.block{b}.tdnnd{i}"
            m.batch_norm(f"{layer}.nonlinear1.batchnorm", width)
            conv(f"{layer}.linear1", 128, width, 1)
            m.batch_norm(f"{layer}.nonlinear2.batchnorm", 128)
            conv(f"{layer}.cam_layer.linear_local", 32, 128, 3)
            conv(f"{layer}.cam_layer.linear1", 64, 128, 1, bias=True)
            conv(f"{layer}.cam_layer.linear2", 32, 64, 1, bias=True)
            width += 32
        m.batch_norm(f"xvector.transit{b}.nonlinear.batchnorm", width)
        conv(f"xvector.transit{b}.linear", width // 2, width, 1)
        width //= 2
    m.batch_norm("xvector.out_nonlinear.batchnorm", width)
    conv("xvector.dense.linear", STYLE, 2 * width, 1)
    m.batch_norm("xvector.dense.nonlinear.batchnorm", STYLE, affine=False)
    return m.state


def vocoder_state(size: Size, seed: int) -> State:
    m, h = Maker(seed, "bigvgan"), size.vocoder
    channels = h["upsample_initial_channel"]

    def snake(name: str, n: int) -> None:
        m.random(f"{name}.act.alpha", n, std=0.3)
        m.random(f"{name}.act.beta", n, std=0.3)
        for filter_name in ("upsample.filter", "downsample.lowpass.filter"):
            m.random(f"{name}.{filter_name}", 1, 1, 12)

    m.weight("conv_pre", channels, BANDS, 7, gain=0.6, normed=True)
    block = 0
    for i, (rate, kernel) in enumerate(zip(h["upsample_rates"], h["upsample_kernel_sizes"], strict=True)):
        n = channels >> (i + 1)
        m.random(f"ups.{i}.0.weight_v", 2 * n, n, kernel)
        gain = math.sqrt(rate / 2)
        m.random(f"ups.{i}.0.weight_g", 2 * n, 1, 1, std=0.1 * gain, mean=gain)
        m.random(f"ups.{i}.0.bias", n, std=0.1)
        for k in h["resblock_kernel_sizes"]:
            for j in range(3):
                m.weight(f"resblocks.{block}.convs1.{j}", n, n, k, gain=0.8, normed=True)
                m.weight(f"resblocks.{block}.convs2.{j}", n, n, k, gain=0.45, normed=True)
            for j in range(6):
                snake(f"resblocks.{block}.activations.{j}", n)
            block += 1
    snake("activation_post", n)
    m.weight("conv_post", 1, n, 7, gain=0.08, bias=False, normed=True)
    return m.state


def w2v_state(size: Size, seed: int) -> tuple[State, str]:
    """Names and shapes are transformers' own. -> (state, config.json)"""
    from framevox.engine_daemon.engines.indextts2.networks.w2v import classes

    config_class, model_class = classes()
    config = config_class(**size.w2v)
    with torch.device("meta"):
        shapes = model_class(config).state_dict()
    m = Maker(seed, "w2v")
    for name, value in shapes.items():
        if value.ndim > 1:
            m.random(name, *value.shape, std=0.7 / math.sqrt(math.prod(value.shape[1:])))
        else:
            is_gain = name.endswith("norm.weight")
            m.random(name, *value.shape, std=0.1, mean=1.0 if is_gain else 0.0)
    return m.state, json.dumps(config.to_dict())


def make_bpe(vocab: int, seed: int) -> bytes:
    """A SentencePiece model over made-up upper-case words, some Chinese characters, digits and punctuation; some
    syllables of pinyin are pieces of their own, as nearly all are in the released table."""
    import sentencepiece

    rng = np.random.default_rng([seed, 1])
    syllables = [a + b for a in "BCDFGHKLMNPRST" for b in "AEIOU"]
    words = ["".join(rng.choice(syllables, rng.integers(1, 4))) for _ in range(vocab - 100)]
    words += ["HELLO", "WORLD", "VOICE", "THE", "AND", "OF", *"ABCDEFGHIJKLMNOPQRSTUVWXYZ", *"0123456789"]
    chinese = list("你好世界今天天气银行很的是我们在这里说话声音")
    marks = [",", ".", "?", "!", "...", "-", "'"]
    lines = [
        " ".join(str(rng.choice(pool)) for pool in (words, words, chinese, words, marks, chinese, words, marks))
        for _ in range(500 + vocab)
    ] + [" ".join(chinese), "YIN2 HANG2 XING2 HAO3", " ".join(words[-42:])]
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(lines), model_writer=model, vocab_size=vocab, model_type="bpe",
        character_coverage=1.0, bos_id=0, eos_id=1, unk_id=2, pad_id=-1, num_threads=1, minloglevel=2,
        hard_vocab_limit=True, user_defined_symbols=["YIN2", "HANG2", "XING2", "HAO3", "HEN3", "BU2", "DU4", "YAO2"],
    )  # fmt: skip
    return model.getvalue()


def speech_like(seed: int, seconds: float, pitch: float) -> np.ndarray[Any, np.dtype[np.float32]]:
    """Gliding harmonics in syllables over a little noise, float32 at 24 kHz, peak 0.5."""
    rng = np.random.default_rng(seed)
    t = np.arange(round(seconds * 24000)) / 24000
    phase = 2 * np.pi * np.cumsum(pitch * (1 + 0.2 * np.sin(2 * np.pi * 0.8 * t))) / 24000
    wave = sum(
        np.sin(k * phase + rng.uniform(0, 6)) / k * np.exp(-(((k * pitch - 700) / 900) ** 2)) for k in range(1, 20)
    )
    wave = wave * np.clip(np.sin(2 * np.pi * 2.1 * t) + 0.3, 0.02, 1) + 0.01 * rng.standard_normal(len(t))
    return (0.5 * wave / np.abs(wave).max()).astype(np.float32)


def make_folder(folder: Path, seed: int = 0, size: Size = TINY) -> Path:
    """Writes the whole folder (about 55 MB, or 6.9 GB for ``FULL``) and returns it."""
    hub = folder / "hf_cache"
    for sub in ("w2v-bert-2.0", "semantic_codec", "bigvgan"):
        (hub / sub).mkdir(parents=True, exist_ok=True)
    (folder / "config.yaml").write_text(yaml.safe_dump(size.config, sort_keys=False), encoding="utf-8")
    (folder / "bpe.model").write_bytes(make_bpe(size.config["gpt"]["number_text_tokens"], seed))
    torch.save(gpt_state(size, seed), folder / "gpt.pth")
    torch.save({"net": s2mel_state(size, seed)}, folder / "s2mel.pth")
    save_file(codec_state(size, seed), hub / "semantic_codec" / "model.safetensors")
    torch.save(campplus_state(seed), hub / "campplus_cn_common.bin")
    torch.save({"generator": vocoder_state(size, seed)}, hub / "bigvgan" / "bigvgan_generator.pt")
    (hub / "bigvgan" / "config.json").write_text(json.dumps(size.vocoder), encoding="utf-8")
    state, config = w2v_state(size, seed)
    save_file(state, hub / "w2v-bert-2.0" / "model.safetensors")
    (hub / "w2v-bert-2.0" / "config.json").write_text(config, encoding="utf-8")
    m, rows = Maker(seed, "folder"), sum(EMOTION_GROUPS)
    stats = {"mean": m.random("mean", size.semantic, std=0.3), "var": 0.4 + m.random("var", size.semantic).sigmoid()}
    torch.save(stats, folder / "wav2vec2bert_stats.pt")
    torch.save(m.random("feat1", rows, STYLE), folder / "feat1.pt")
    torch.save(m.random("feat2", rows, size.width, std=0.6), folder / "feat2.pt")
    return folder
