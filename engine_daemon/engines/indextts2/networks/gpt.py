"""The language model: conditions and text in, semantic codes and their latents out (a GPT-2 decoder)."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import cast

import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor, nn

from framevox.engine_daemon.engines.indextts2.loading.config import DecoderConfig, GPTConfig
from framevox.engine_daemon.engines.indextts2.networks.conformer import RENAME as CONFORMER_RENAME
from framevox.engine_daemon.engines.indextts2.networks.conformer import Conformer, Perceiver

UNUSED = (
    r"text_head\..*",  # predicts text; only training asks
    r".*conditioning_encoder\.embed\.pos_enc\.pe",  # a formula, see conformer.sinusoids
    r"gpt\.h\.\d+\.attn\.(masked_)?bias",  # causal masks that old releases of transformers saved
)
RENAME = {
    **CONFORMER_RENAME,
    r"(text|mel)_pos_embedding\.emb\.": r"\1_pos_embedding.",
    r"gpt\.h\.(\d+)\.(attn|mlp)\.": r"blocks.\1.\2_",
    r"gpt\.h\.(\d+)\.": r"blocks.\1.",
    r"gpt\.ln_f\.": "ln_f.",
}
TRANSPOSED = r"blocks\.\d+\.(attn|mlp)_c_\w+\.weight"  # GPT-2's layers keep weights as [in, out]

SPEAKER_LATENTS = 32


@dataclass(frozen=True, slots=True)
class Cache:
    """Keys and values of rows being decoded, [layers, rows, 2, heads, length, head width], allocated once.

    A row's place ``t`` holds the keys and values of its ``t``-th input; places beyond a row's own length are masked.
    """

    pairs: Tensor

    @property
    def rows(self) -> int:
        return self.pairs.shape[1]

    @property
    def length(self) -> int:
        return self.pairs.shape[4]

    def clear(self, rows: slice) -> None:
        """Forgets what rows held. A masked place still counts as 0 times its content, and a row that failed may
        have left values there that are not numbers."""
        self.pairs[:, rows] = 0

    def move(self, source: int, target: int) -> None:
        """Copies row ``source`` over row ``target``, so that the rows in use stay the first ones."""
        self.pairs[:, target] = self.pairs[:, source]


class Block(nn.Module):
    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.ln_1, self.ln_2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.attn_c_attn = nn.Linear(width, 3 * width)
        self.attn_c_proj = nn.Linear(width, width)
        self.mlp_c_fc = nn.Linear(width, 4 * width)
        self.mlp_c_proj = nn.Linear(4 * width, width)

    def qkv(self, x: Tensor) -> Tensor:
        """[B, T, D] -> [3, B, heads, T, D / heads]."""
        return self.attn_c_attn(self.ln_1(x)).unflatten(-1, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)

    def rest(self, x: Tensor, attended: Tensor) -> Tensor:
        """What follows attention ([B, heads, T, D / heads])."""
        x = x + self.attn_c_proj(attended.transpose(1, 2).flatten(2))
        return x + self.mlp_c_proj(F.gelu(self.mlp_c_fc(self.ln_2(x)), approximate="tanh"))


class Blocks(nn.ModuleList):
    def __iter__(self) -> Iterator[Block]:
        return cast("Iterator[Block]", super().__iter__())


def padded(rows: Sequence[Tensor], bucket: int, most: int | None = None) -> Tensor:
    """Rows [T_b, D] with zeros at their ends, as long as the longest rounded up to a multiple of ``bucket`` but at most
    ``most``: [B, T, D]."""
    width = -(-max(map(len, rows)) // bucket) * bucket
    if most is not None:
        width = min(width, most)
    return torch.stack([F.pad(row, (0, 0, 0, width - len(row))) for row in rows])


class GPT(nn.Module):
    """Sequence: [32 speaker latents + emotion | two duration slots | start, text, stop | start, codes ...].

    Everything is causal and text is never padded in between, so a row's result depends on its own inputs only;
    rows of a batch are padded on the right.
    """

    def __init__(self, c: DecoderConfig, semantic: int) -> None:
        super().__init__()
        self.config = c
        self._add_conditions(c, semantic)
        self.emo_conditioning_encoder = Conformer(semantic, c.emotion)
        self.emo_perceiver_encoder = Perceiver(1024, c.emotion.width, c.emotion.heads, c.emotion.perceiver_mult, 1)
        self.emovec_layer = nn.Linear(1024, c.width)
        self.emo_layer = nn.Linear(c.width, c.width)
        self.text_embedding = nn.Embedding(c.text_vocab, c.width)
        self.text_pos_embedding = nn.Embedding(c.text_positions, c.width)
        self.mel_embedding = nn.Embedding(c.mel_vocab, c.width)
        self.mel_pos_embedding = nn.Embedding(c.mel_positions, c.width)
        self.blocks = Blocks(Block(c.width, c.heads) for _ in range(c.layers))
        self.ln_f, self.final_norm = nn.LayerNorm(c.width), nn.LayerNorm(c.width)
        self.mel_head = nn.Linear(c.width, c.mel_vocab)

    def _add_conditions(self, c: DecoderConfig, semantic: int) -> None:
        """Adds what tells the speaker, and the duration slots."""
        assert isinstance(c, GPTConfig)
        self.conditioning_encoder = Conformer(semantic, c.speaker)
        self.perceiver_encoder = Perceiver(
            c.width, c.speaker.width, c.speaker.heads, c.speaker.perceiver_mult, SPEAKER_LATENTS
        )
        self.speed_emb = nn.Embedding(2, c.width)

    @property
    def max_new_tokens(self) -> int:
        """How many codes the position table can carry; cached decoding skips one position (see ``feedback``)."""
        return self.config.mel_positions - 2

    # --- conditions

    def speaker_latents(self, semantic: Tensor, style: Tensor) -> Tensor:
        """Semantic frames of the speaker's clip [T, S] -> [32, D]; the style vector [192] says nothing here."""
        return self.perceiver_encoder(self.conditioning_encoder(semantic[None]))[0]

    def emotion(self, semantic: Tensor) -> Tensor:
        """Semantic frames of an emotional clip [T, S] -> [D]."""
        latent = self.emo_perceiver_encoder(self.emo_conditioning_encoder(semantic[None]))[0, 0]
        return self.emo_layer(self.emovec_layer(latent))

    def duration_slots(self, codes: int | None) -> Tensor:
        """What tells how many codes are asked for, None for the model's own pace: [2, D].

        The released checkpoints have two constant rows there. The paper (arXiv 2506.21619) learns a row for each number
        of codes, in the table of the codes' positions, and leaves it out of 30 % of its training lines. Where
        ``use_duration_control`` says that a checkpoint learned that, the first slot is the number's row, and without a
        number the same constant as the second.
        """
        if not self.config.use_duration_control:
            return self.speed_emb.weight.flip(0)
        return self._counted(codes, self.speed_emb.weight[:1])

    def _counted(self, codes: int | None, none: Tensor) -> Tensor:
        """The slots of a checkpoint that learned numbers of codes; ``none`` [1, D] stands for no number."""
        table = self.mel_pos_embedding.weight
        return torch.cat([none if codes is None else table[min(codes, len(table) - 1)][None], none])

    def prefix(
        self, text_ids: Tensor, speaker_latents: Tensor, emotion: Tensor, language: int = 0, codes: int | None = None
    ) -> Tensor:
        """Text ids [L], [32, D], [D] -> what stands before the codes [36 + L, D]; the language says nothing here.
        ``codes`` is as in ``duration_slots``."""
        ids = F.pad(F.pad(text_ids, (1, 0), value=self.config.start_text), (0, 1), value=self.config.stop_text)
        text = self.text_embedding(ids) + self.text_pos_embedding.weight[: len(ids)]
        return torch.cat([speaker_latents + emotion, self.duration_slots(codes), text])

    def start(self) -> Tensor:
        """The input that asks for the first code, [D]."""
        return self.mel_embedding.weight[self.config.start_mel] + self.mel_pos_embedding.weight[0]

    def feedback(self, codes: Tensor, count: Tensor) -> Tensor:
        """The input after the ``count``-th code (from 1) [B] -> [B, D]. Its position is count + 1: the released
        model's cached decoding never uses position 1, and its prosody depends on it."""
        return self.mel_embedding(codes) + self.mel_pos_embedding(count + 1)

    # --- the decoder

    def logits(self, hidden: Tensor) -> Tensor:
        """Hidden states [..., D], as ``prefill`` and ``step`` return them -> scores of the codes [..., V], float32."""
        return self.mel_head(hidden).float()

    def full(self, x: Tensor) -> Tensor:
        """All hidden states, normalised twice as trained: [B, T, D] -> [B, T, D]."""
        for block in self.blocks:
            q, k, v = block.qkv(x)
            x = block.rest(x, F.scaled_dot_product_attention(q, k, v, is_causal=True))
        return self.final_norm(self.ln_f(x))

    def prefill(self, inputs: Sequence[Tensor], cache: Cache, first: int, bucket: int = 1) -> Tensor:
        """Reads rows [T_b, D] into the cache's rows ``first``, ``first + 1``, ...; -> last hidden states [B, D].

        Rows are padded at their ends to a multiple of ``bucket``, which nothing before it sees."""
        lengths = torch.tensor([len(i) for i in inputs], device=cache.pairs.device)
        x = padded(inputs, bucket, cache.length)
        rows = slice(first, first + len(inputs))
        for i, block in enumerate(self.blocks):
            qkv = block.qkv(x)
            cache.pairs[i, rows, :, :, : x.shape[1]] = qkv[1:].transpose(0, 1)
            x = block.rest(x, F.scaled_dot_product_attention(*qkv, is_causal=True))
        last = x[torch.arange(len(inputs), device=x.device), lengths - 1]
        return self.final_norm(self.ln_f(last))

    def step(self, x: Tensor, places: Tensor, cache: Cache, longest: int) -> Tensor:
        """One more input for each of the first B rows: [B, D] at places [B] of the cache -> hidden states [B, D].

        ``longest`` bounds the places: attention looks at that much of the cache.
        """
        count = x.shape[0]
        rows = torch.arange(count, device=x.device)
        # Added to the scores, and made once: a mask of truth values is turned into numbers by every layer.
        past = (torch.arange(longest, device=x.device) > places[:, None])[:, None, None]
        mask = x.new_zeros(past.shape).masked_fill_(past, -math.inf)
        x = x[:, None]
        for i, block in enumerate(self.blocks):
            qkv = block.qkv(x)
            cache.pairs[i, rows, :, :, places] = qkv[1:, :, :, 0].transpose(0, 1)
            keys, values = cache.pairs[i, :count, :, :, :longest].unbind(1)
            x = block.rest(x, F.scaled_dot_product_attention(qkv[0], keys, values, attn_mask=mask))
        return self.final_norm(self.ln_f(x[:, 0]))

    def cache(self, rows: int, length: int, memory: Tensor | None = None) -> Cache:
        """Returns a cache of its own, or one that lies at the start of ``memory``."""
        c = self.config
        shape = (c.layers, rows, 2, c.heads, length, c.width // c.heads)
        if memory is None:
            return Cache(self.ln_f.weight.new_zeros(shape))
        return Cache(memory[: math.prod(shape)].view(shape))

    def latents(self, prefixes: Sequence[Tensor], codes: Sequence[Tensor], bucket: int = 1) -> list[Tensor]:
        """The second pass over finished codes: latent i is the state that predicts code i. Rows [n_b] -> [n_b, D].

        Rows are padded as by ``prefill``. Positions count 0, 1, 2, ... here, unlike in decoding.
        """
        rows = []
        for prefix, row in zip(prefixes, codes, strict=True):
            before = F.pad(row[:-1], (1, 0), value=self.config.start_mel)
            rows.append(torch.cat([prefix, self.mel_embedding(before) + self.mel_pos_embedding.weight[: len(row)]]))
        hidden = self.full(padded(rows, bucket))
        return [h[len(p) : len(p) + len(c)] for h, p, c in zip(hidden, prefixes, codes, strict=True)]
