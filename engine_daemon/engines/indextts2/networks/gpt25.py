"""The language model of IndexTTS-2.5: another start of the sequence, and positions of codes without a gap."""

from __future__ import annotations

import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor, nn

from framevox.engine_daemon.engines.indextts2.loading.config import DecoderConfig
from framevox.engine_daemon.engines.indextts2.networks import gpt

UNUSED = (
    *gpt.UNUSED,
    # Of the conditioner that this release no longer asks, and of the one embedding that training shares.
    r"(conditioning|perceiver)_encoder\..*",
    r"speed_emb\..*",
    r"(text|mel)_solo_embedding",
)
LANGUAGE_ROWS = 107
STYLE = 192


class GPT25(gpt.GPT):
    """Sequence: [speaker + emotion | two duration slots | start, text, stop | start, codes ...].

    The slots are zeros as released.

    As released, code k stands at position k + 1, ids 0 and 1 are deleted from the text although 0 is "!", and a row of
    zeros for each of them is put in front, where the release's fast decoder attends to it. Trained was: code k at
    position k, and the text whole. ``as_released`` keeps those faults, for comparisons.
    """

    as_released = False

    def _add_conditions(self, c: DecoderConfig, semantic: int) -> None:
        self.spk_emb_proj = nn.Linear(STYLE, c.width)
        self.lang_embedding = nn.Embedding(LANGUAGE_ROWS, c.width)

    @property
    def max_new_tokens(self) -> int:
        return self.config.mel_positions - (2 if self.as_released else 1)

    def speaker_latents(self, semantic: Tensor, style: Tensor) -> Tensor:
        """The style vector [192] -> [1, D]."""
        return self.spk_emb_proj(style)[None]

    def duration_slots(self, codes: int | None) -> Tensor:
        none = self.mel_pos_embedding.weight.new_zeros(1, self.config.width)
        return self._counted(codes if self.config.use_duration_control else None, none)

    def prefix(
        self, text_ids: Tensor, speaker_latents: Tensor, emotion: Tensor, language: int = 0, codes: int | None = None
    ) -> Tensor:
        """Text ids [L], [1, D], [D], a row of the table of languages -> what stands before the codes [5 + L, D].
        ``codes`` is as in ``duration_slots``."""
        c, given = self.config, len(text_ids)
        if self.as_released:
            text_ids = text_ids[(text_ids != c.start_text) & (text_ids != c.stop_text)]
        ids = F.pad(F.pad(text_ids, (1, 0), value=c.start_text), (0, 1), value=c.stop_text)
        text = self.text_embedding(ids) + self.text_pos_embedding.weight[: len(ids)]
        text = text + self.lang_embedding.weight[language]
        condition = speaker_latents + emotion
        zeros = condition.new_zeros(given - len(text_ids), condition.shape[1])
        return torch.cat([zeros, condition, self.duration_slots(codes), text])

    def feedback(self, codes: Tensor, count: Tensor) -> Tensor:
        """The input after the ``count``-th code (from 1) [B] -> [B, D]."""
        return self.mel_embedding(codes) + self.mel_pos_embedding(count + int(self.as_released))
