"""One training of the emotion branch: the same steps for the same seed, from any step at which it was stopped."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from framevox.engine_daemon.engines.indextts2.model import IndexTTS2Model
from framevox.engine_daemon.engines.indextts2.training.adversary import Judges, ramp, reversed_gradient
from framevox.engine_daemon.engines.indextts2.training.branch import EmotionBranch
from framevox.engine_daemon.engines.indextts2.training.likelihood import spoken_loss
from framevox.engine_daemon.engines.indextts2.training.material import Material
from framevox.engine_daemon.engines.indextts2.training.probes import probe
from framevox.engine_daemon.protocol.files import replace_file

SHORTEST_PART = 30
"""Semantic frames (0.6 s): no shorter part of a clip is heard at a step."""
SPOKEN_ROWS = 8
"""Clips of a batch whose likelihood is computed: the whole language model runs for it."""
TOLERANCE = 0.02
"""How far the emotion probe may lie under the released model's for a state to be kept, as a share of clips."""


class StopAsked(Exception):  # noqa: N818
    """The training was asked to stop, and has kept its state."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What a training depends on besides its clips and its model."""

    reversal: float = 1.0
    """λ, the weight of the reversed gradient once it is ramped up."""
    anchor: float = 0.1
    """Weight of the squared distance from the released vectors, in their variance."""
    likelihood: float = 0.1
    """Weight of the codes' cross entropy, where there are transcripts."""
    steps: int = 2000
    batch: int = 64
    rate: float = 2e-4
    critic: int = 8
    """Steps of the speaker classifiers for each step of the branch: a weak adversary is deceived, not obeyed."""
    check: int = 50
    """Steps from one look at the probes to the next, at which the state is kept as well."""
    patience: int = 8
    """Looks without a better state, after half of the steps, until the training ends."""
    half: bool = False
    """Computes the branch and the language model in bfloat16 where that is safe (autocast)."""
    seed: int = 0


@dataclass(slots=True)
class Look:
    """The probes at one step, on the clips kept for deciding when to stop."""

    step: int
    speaker: float
    emotion: float
    moved: float


@dataclass(slots=True)
class Progress:
    """Where a training is."""

    step: int = 0
    looks: list[Look] = field(default_factory=list)
    best: int = -1
    """The look whose state is kept, -1 before there is one."""
    done: bool = False


class Training:
    """Trains a copy of the model's emotion branch. ``path`` keeps its state."""

    def __init__(self, model: IndexTTS2Model, material: Material, settings: Settings, path: Path) -> None:
        self._model, self._material, self.settings, self._path = model, material, settings, path
        device = model.device
        self.branch = EmotionBranch(model.gpt).to(device)
        self._train = torch.tensor(material.of("train"))
        self._stop = material.of("stop")
        self.released = self.branch.vectors([clip.semantic for clip in material.heard])
        self._deviation = float((self.released - self.released.mean(0)).square().mean().sqrt())
        clips = material.clips
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(settings.seed)
            self._judges = Judges(self.released.shape[1], len(clips.speakers), len(clips.emotions)).to(device)
        self._draw = torch.Generator().manual_seed(settings.seed)
        self._optimiser = torch.optim.AdamW(
            [
                {"params": list(self.branch.parameters()), "lr": settings.rate},
                {"params": list(self._judges.emotion.parameters()), "lr": 3e-3},
            ],
            weight_decay=0.0,
        )
        self._critics = torch.optim.AdamW(self._judges.of_speakers(), lr=5e-3, weight_decay=0.0)
        self.progress = Progress()
        self._best: dict[str, Tensor] = self._kept()
        self._base = self._look(0)
        if path.is_file():
            self._resume()

    @property
    def spoken(self) -> bool:
        """Whether transcripts take part."""
        return self.settings.likelihood > 0 and any(len(clip.text) for clip in self._material.heard)

    def run(
        self,
        told: Callable[[int, dict[str, float]], None],
        looked: Callable[[Look], None],
        stop: Callable[[], bool],
    ) -> None:
        """Trains to the end, and puts the best state into ``branch``.

        ``told`` is given the losses of each step, ``looked`` the probes of each look. Raises StopAsked after the step
        during which ``stop`` came to answer True, and OSError where the state cannot be written; both leave the last
        state whole.
        """
        s, p = self.settings, self.progress
        while not p.done:
            told(p.step, self._step(ramp(p.step / s.steps) * s.reversal))
            p.step += 1
            if p.step % s.check == 0 or p.step == s.steps:
                look = self._look(p.step)
                p.looks.append(look)
                if self._better(look):
                    p.best = len(p.looks) - 1
                    self._best = self._kept()
                looked(look)
                since = len(p.looks) - 1 - p.best
                # λ must have had its say before its result can be judged.
                p.done = p.step == s.steps or (p.step > s.steps / 2 and since >= s.patience)
                self._save()
            if stop() and not p.done:
                self._save()
                raise StopAsked
        self._settle()

    def _settle(self) -> None:
        """Puts the best state into the branch; without one the last stays there, for its probes to be seen."""
        if self.progress.best >= 0:
            self.branch.load_state_dict(self._best)

    # --- a step

    def _step(self, reversal: float) -> dict[str, float]:
        s, judges, device = self.settings, self._judges, self._model.device
        chosen = self._train[torch.randperm(len(self._train), generator=self._draw)[: s.batch]].tolist()
        speakers = self._material.speakers[chosen].to(device)
        emotions = self._material.emotions[chosen].to(device)
        released = self.released[chosen].to(device)
        half = torch.autocast(device.type, torch.bfloat16) if s.half else nullcontext()
        with half:
            vectors = self.branch(self._parts(chosen).to(device)).float()
        for _ in range(s.critic):
            loss = judges.speaker_loss(vectors.detach(), speakers)
            self._critics.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            self._critics.step()
        parts = {
            "emotion": judges.emotion_loss(vectors, emotions),
            "speaker": judges.speaker_loss(reversed_gradient(vectors, reversal), speakers),
            "anchor": (vectors - released).square().mean() / self._deviation**2,
        }
        total = parts["emotion"] + parts["speaker"] + s.anchor * parts["anchor"]
        if self.spoken:
            rows = [row for row, i in enumerate(chosen) if len(self._material.heard[i].text)][:SPOKEN_ROWS]
            if rows:
                with half:
                    parts["likelihood"] = self._spoken([chosen[row] for row in rows], vectors[rows])
                total = total + s.likelihood * parts["likelihood"]
        self._optimiser.zero_grad()
        total.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(self.branch.parameters(), 1.0)
        self._optimiser.step()
        return {name: float(value.detach()) for name, value in parts.items()} | {"reversal": reversal}

    def _parts(self, chosen: list[int]) -> Tensor:
        """A part of each clip, all of one length that changes from step to step: [B, T, S]."""
        clips = [self._material.heard[i].semantic for i in chosen]
        shortest = min(len(clip) for clip in clips)
        size = self._random(min(SHORTEST_PART, shortest), shortest)
        starts = [self._random(0, len(clip) - size) for clip in clips]
        return torch.stack([clip[at : at + size] for clip, at in zip(clips, starts, strict=True)])

    def _random(self, low: int, high: int) -> int:
        return int(torch.randint(low, high + 1, (1,), generator=self._draw))

    def _spoken(self, chosen: list[int], vectors: Tensor) -> Tensor:
        heard, who = self._material.heard, self._material.speakers
        latents = []
        for i in chosen:
            others = [
                j for j in self._train.tolist() if who[j] == who[i] and j != i and len(heard[j].text)
            ] or [i]  # fmt: skip
            latents.append(heard[others[self._random(0, len(others) - 1)]].speaker)
        return spoken_loss(self._model.gpt, [heard[i] for i in chosen], latents, vectors)

    # --- probes and state

    def _look(self, step: int) -> Look:
        m = self._material
        vectors = self.branch.vectors([clip.semantic for clip in m.heard])
        train, stop = self._train.tolist(), self._stop
        speaker, emotion = (
            probe(vectors[train], labels[train], vectors[stop], labels[stop]) for labels in (m.speakers, m.emotions)
        )
        return Look(step, speaker, emotion, self.moved(vectors))

    def moved(self, vectors: Tensor) -> float:
        """The distance of vectors [n, D] from the released ones, as a share of these' own deviation (both RMS)."""
        return float((vectors - self.released).square().mean().sqrt()) / self._deviation

    def _better(self, look: Look) -> bool:
        p = self.progress
        if self.settings.reversal == 0:
            return p.best < 0 or look.emotion >= p.looks[p.best].emotion
        if look.emotion < self._base.emotion - TOLERANCE:
            return False
        # While λ is being ramped up a low speaker probe is luck.
        ramped = look.step >= self.settings.steps / 4
        return ramped and (p.best < 0 or look.speaker <= p.looks[p.best].speaker)

    def _kept(self) -> dict[str, Tensor]:
        return {name: value.detach().cpu().clone() for name, value in self.branch.state_dict().items()}

    def _save(self) -> None:
        state = {
            "progress": asdict(self.progress),
            "best": self._best,
            "branch": self.branch.state_dict(),
            "judges": self._judges.state_dict(),
            "optimiser": self._optimiser.state_dict(),
            "critics": self._critics.state_dict(),
            "draw": self._draw.get_state(),
        }
        part = self._path.with_suffix(".part")
        torch.save(state, part)
        replace_file(part, self._path)

    def _resume(self) -> None:
        state: dict[str, Any] = torch.load(self._path, map_location=self._model.device, weights_only=True)
        p = state["progress"]
        self.progress = Progress(p["step"], [Look(**look) for look in p["looks"]], p["best"], p["done"])
        self._best = {name: value.cpu() for name, value in state["best"].items()}
        self.branch.load_state_dict(state["branch"])
        self._judges.load_state_dict(state["judges"])
        self._optimiser.load_state_dict(state["optimiser"])
        self._critics.load_state_dict(state["critics"])
        self._draw.set_state(state["draw"].cpu())
        if self.progress.done:
            self._settle()
