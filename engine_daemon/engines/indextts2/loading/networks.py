"""The networks of a released model folder, read and put where they compute."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import nn

from framevox.engine_daemon.engines.indextts2.loading.checkpoint import (
    PULL,
    State,
    build,
    load_strictly,
    read_state,
    read_tensor,
)
from framevox.engine_daemon.engines.indextts2.loading.config import CODEC_25, Config25, ModelConfig
from framevox.engine_daemon.engines.indextts2.loading.releases import refuse_other_release
from framevox.engine_daemon.engines.indextts2.networks import (
    bigvgan,
    campplus,
    codec,
    codec25,
    dit,
    gpt,
    gpt25,
    regulator,
)
from framevox.engine_daemon.engines.indextts2.networks.w2v import load_w2v
from framevox.engine_daemon.protocol.errors import InputError


class Networks:
    """The networks of either release.

    Reference encoders and the vocoder compute in float32 whatever ``dtype``; the language model and the flow-matching
    transformer, which take nearly all the time, compute in ``dtype``.
    """

    def __init__(
        self, config: ModelConfig, folder: Path, device: torch.device, dtype: torch.dtype, as_released: bool = False
    ) -> None:
        """Reads the files of ``folder``. Raises InputError naming one that is missing, damaged or unfit, and what of
        its tensors is missing, unexpected or misshapen."""
        self.config, self.folder, self.device, self.dtype = config, folder, device, dtype
        self.as_released = as_released
        self.unread: dict[str, tuple[str, ...]] = {}
        """What files hold that no network reads: tensors by file."""
        hub = folder / "hf_cache"

        self.w2v, width = load_w2v(hub / "w2v-bert-2.0")
        if width != config.codec.hidden:
            raise InputError(
                f"{hub / 'w2v-bert-2.0'} is {width} wide where config.yaml says {config.codec.hidden}: {PULL}"
            )
        stats = folder / config.w2v_stat_file
        self.semantic_mean = read_tensor(stats, "mean", (width,))
        self.semantic_deviation = read_tensor(stats, "var", (width,)).sqrt()

        path = folder / config.gpt_file
        state = read_state(path, optional="model")
        refuse_other_release(path, state, config.version)
        net, kind = (gpt25, gpt25.GPT25) if config.version == "2.5" else (gpt, gpt.GPT)
        self.gpt: gpt.GPT = build(kind, config.gpt, width)
        self._load(self.gpt, state, str(path), unused=net.UNUSED, rename=gpt.RENAME, transposed=gpt.TRANSPOSED)
        if isinstance(self.gpt, gpt25.GPT25):
            self.gpt.as_released = as_released

        path = folder / config.s2mel_file
        self.dit: dit.DiT = build(dit.DiT, config.s2mel)
        self._load(self.dit, read_state(path, "net", "cfm"), f"{path}: cfm", unused=dit.unused(config.s2mel),
                      rename=dit.RENAME)  # fmt: skip
        s = config.s2mel
        self.regulator: regulator.LengthRegulator = build(
            regulator.LengthRegulator, config.codec.hidden, s.regulator.width, len(s.regulator.ratios)
        )
        state = read_state(path, "net", "length_regulator")
        self._load(self.regulator, state, f"{path}: length_regulator", unused=regulator.UNUSED)
        self._read_codec(folder, hub)

        path = hub / "campplus_cn_common.bin"
        self.campplus: campplus.CAMPPlus = build(campplus.CAMPPlus)
        self._load(self.campplus, read_state(path), str(path), rename=campplus.RENAME)

        path = hub / "bigvgan" / "bigvgan_generator.pt"
        settings = bigvgan.read_settings(
            path.parent / "config.json", s.sound.spectrum.bands, s.sound.spectrum.hop, s.sound.sample_rate
        )
        self.bigvgan: bigvgan.BigVGAN = build(bigvgan.BigVGAN, settings)
        self._load(self.bigvgan, read_state(path, "generator"), str(path), unused=bigvgan.UNUSED,
                      rename=bigvgan.RENAME)  # fmt: skip

        rows = sum(config.emotion_groups)
        self.emotion_rows = read_tensor(folder / config.emotion_file, None, (rows, config.gpt.width))
        self.emotion_speakers = read_tensor(folder / config.speaker_file, None, (rows, s.style.width))
        self._place()

    def _read_codec(self, folder: Path, hub: Path) -> None:
        """Reads what turns codes into semantic frames, which is different in every release."""
        config = self.config
        if isinstance(config, Config25):
            path = folder / CODEC_25
            self.codec: codec.Codec | codec25.Codec25 = build(codec25.Codec25, config.codec)
            self._load(self.codec, read_state(path, "model"), str(path), unused=codec25.UNUSED, rename=codec25.RENAME)
            return
        path = folder / config.s2mel_file
        self.latent_projection: regulator.LatentProjection = build(
            regulator.LatentProjection, config.gpt.width, config.codec.hidden
        )
        self._load(self.latent_projection, read_state(path, "net", "gpt_layer"), f"{path}: gpt_layer")
        path = hub / "semantic_codec" / "model.safetensors"
        if not path.is_file() and (hub / "semantic_codec_model.safetensors").is_file():
            path = hub / "semantic_codec_model.safetensors"  # where upstream's own downloader puts it
        self.codec = build(codec.Codec, config.codec)
        self._load(self.codec, read_state(path), str(path), unused=codec.UNUSED, rename=codec.RENAME)

    def _load(self, network: nn.Module, state: State, source: str, **how: Any) -> None:
        """Fills a network, and notes what of the file it does not read."""
        left = load_strictly(network, state, source, **how)
        if left:
            self.unread[source] = left

    def _place(self) -> None:
        """Moves everything to the device, and what runs once per frame or code to ``dtype``."""
        g = self.gpt
        exact: list[nn.Module] = [
            self.w2v, self.regulator, self.codec, self.campplus, self.bigvgan, g.emo_conditioning_encoder,
            g.emo_perceiver_encoder, g.emovec_layer, g.emo_layer,
        ]  # fmt: skip
        fast: list[nn.Module] = [
            g.text_embedding, g.text_pos_embedding, g.mel_embedding, g.mel_pos_embedding, g.blocks, g.ln_f,
            g.final_norm, g.mel_head, self.dit,
        ]  # fmt: skip
        if isinstance(g, gpt25.GPT25):
            exact.append(g.spk_emb_proj)
            fast.append(g.lang_embedding)
        else:
            exact += [g.conditioning_encoder, g.perceiver_encoder, self.latent_projection]
            fast.append(g.speed_emb)
        for net in exact:
            net.to(self.device)
        for net in fast:
            net.to(self.device, self.dtype)
        for name in ("semantic_mean", "semantic_deviation", "emotion_rows", "emotion_speakers"):
            setattr(self, name, getattr(self, name).to(self.device))
