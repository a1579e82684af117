"""What a training has done, told by probes on clips that it never saw."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from framevox.engine_daemon.engines.indextts2.training.material import Material
from framevox.engine_daemon.engines.indextts2.training.probes import chance, probe

FELL = 0.05
"""A fall of the emotion probe by more than this share of the held-out clips is a collapse."""


@dataclass(frozen=True, slots=True)
class Row:
    """Shares of held-out clips, 0 to 1, whose speaker and whose emotion a linear probe names, and how far the vectors
    lie from the released ones, in these' own deviation."""

    name: str
    speaker: float
    emotion: float
    moved: float


@dataclass(frozen=True, slots=True)
class Outcome:
    before: Row
    plain: Row
    """Trained alike, with λ = 0."""
    trained: Row
    speaker_chance: float
    emotion_chance: float
    held_out: int

    @property
    def collapsed(self) -> bool:
        """Whether the vectors tell less of an emotion than before."""
        return self.trained.emotion < self.before.emotion - FELL

    @property
    def useless(self) -> bool:
        """Whether the vectors tell as much of the speaker as before."""
        return self.trained.speaker >= self.before.speaker


def row(name: str, material: Material, released: Tensor, vectors: Tensor) -> Row:
    """Probes the vectors [n, D] of all clips: fitted to those that were learned from, asked of those held out."""
    train, held = material.of("train"), material.of("held out")
    speaker, emotion = (
        probe(vectors[train], labels[train], vectors[held], labels[held])
        for labels in (material.speakers, material.emotions)
    )
    deviation = (released - released.mean(0)).square().mean().sqrt()
    moved = (vectors - released).square().mean().sqrt() / deviation
    return Row(name, speaker, emotion, float(moved))


def outcome(material: Material, released: Tensor, plain: Tensor, trained: Tensor, reversal: float) -> Outcome:
    """Compares vectors [n, D] of all clips: released, trained without reversal, and trained with it."""
    held = torch.tensor(material.of("held out"))
    return Outcome(
        row("before", material, released, released),
        row("λ = 0", material, released, plain),
        row(f"λ = {reversal:g}", material, released, trained),
        chance(material.speakers[held]),
        chance(material.emotions[held]),
        len(held),
    )
