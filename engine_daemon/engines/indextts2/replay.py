"""How the flow-matching transformer and the vocoder run on a GPU: as graphs of fixed shapes, compiled before or not."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, fields
from typing import Any, TypeVar

import torch
from torch import Tensor

from framevox.engine_daemon.engines.indextts2.graphs import Capture, Graphs
from framevox.engine_daemon.engines.indextts2.memory import KEPT
from framevox.engine_daemon.engines.indextts2.networks.bigvgan import BigVGAN, half_band
from framevox.engine_daemon.engines.indextts2.networks.dit import DiT, Euler, Job, Moment, Rows

MOST_ROWS = 4
"""So few rows keep a GPU waiting for the host, which a graph mends; more rows keep it busy by themselves."""
SHORT = (512, 384, 256, 128)
"""Lengths of sound in mel frames that are captured before anything is spoken: the pieces of live lines, short lines."""

GUIDANCE = 0.7
"""That of the released model; drafts are made without."""

S = TypeVar("S")


@dataclass(slots=True)
class _Solve:
    x: Tensor
    rows: Rows
    at: Moment


@dataclass(slots=True)
class _Sound:
    mel: Tensor
    lengths: Tensor
    sound: Tensor | None = None


class Replays:
    """Runs both stages in rows of a common length, which masks make exact. What is small enough is captured once for
    every shape and replayed."""

    def __init__(
        self,
        dit: DiT,
        bigvgan: BigVGAN,
        capture: Capture | None,
        failed: Callable[[], None],
        most_frames: int,
        compiler: Callable[[Callable[..., Any]], Callable[..., Any]] | None = None,
    ) -> None:
        """Captures at most ``most_frames`` at once, rows times length. ``compiler`` returns a function compiled
        (``compiling.py``)."""
        self._dit = dit
        bigvgan.taps = half_band(bigvgan.activation_post.alpha.device, torch.float32)
        self._graphs = Graphs(capture, failed)
        self._most_frames = most_frames
        self._kept: OrderedDict[Hashable, Any] = OrderedDict()
        self._compiles = compiler is not None
        self._euler: Euler = dit.euler
        self._vocode: Callable[[Tensor, Tensor], Tensor] = bigvgan.forward
        if compiler is not None:
            self._euler, self._vocode = compiler(dit.euler), compiler(bigvgan.forward)

    def solve(self, jobs: Sequence[Job], steps: int, guidance: float, bucket: int) -> list[Tensor]:
        """As ``DiT.solve``."""
        dit = self._dit
        width = -(-max(len(job.condition) for job in jobs) // bucket) * bucket
        if not self._captures(len(jobs), width):
            # Compiled steps want masks, so that they are compiled once for full rows and others.
            return dit.solve(jobs, steps, guidance, bucket, self._step if self._compiles else None)
        x, rows = dit.rows(jobs, guidance, bucket, masked=True)
        moments = dit.moments(steps)
        key = ("mel", tuple(x.shape), guidance)
        slot = self._slot(key, lambda: _Solve(x.clone(), _copy(rows), _copy(moments[0])))
        slot.x.copy_(x)
        _fill(slot.rows, rows)

        def step() -> None:
            slot.x.copy_(self._step(slot.x, slot.rows, slot.at, guidance))

        for at in moments:
            _fill(slot.at, at)
            self._graphs.run(key, step, (slot.x,))
        mels = slot.x.clone()
        return [row[:, j.prompt.shape[1] : len(j.condition)] for row, j in zip(mels, jobs, strict=True)]

    def vocode(self, mel: Tensor, lengths: Tensor) -> Tensor:
        """As ``BigVGAN.forward``."""
        if not self._captures(len(mel), mel.shape[2]):
            return self._vocode(mel, lengths)
        key = ("sound", tuple(mel.shape))
        slot = self._slot(key, lambda: _Sound(mel.clone(), lengths.clone()))
        slot.mel.copy_(mel)
        slot.lengths.copy_(lengths)

        def run() -> None:
            slot.sound = self._vocode(slot.mel, slot.lengths)

        self._graphs.run(key, run, ())
        assert slot.sound is not None
        return slot.sound.clone()

    @torch.inference_mode()
    def prepare(self, bucket: int) -> int:
        """Compiles what is compiled, and captures the sound of short lines, the longest first; returns how many lengths
        that were."""
        dit, weight = self._dit, self._dit.conv1.weight
        if self._compiles:
            silence = Job(*(torch.zeros(shape, device=weight.device) for shape in dit.job_shapes(bucket)))
            for guidance in (GUIDANCE, 0.0):
                for count in (2, 1):
                    dit.solve([silence] * count, 1, guidance, bucket, self._step)
        lengths = [n for n in SHORT if self._captures(1, n)]
        for n in lengths:
            self.vocode(torch.zeros(1, dit.bands, n, device=weight.device), torch.tensor([n], device=weight.device))
        return len(lengths)

    def clear(self) -> None:
        """Gives up everything that was captured."""
        for key in self._kept:
            self._graphs.forget(key)
        self._kept.clear()

    def _step(self, x: Tensor, rows: Rows, at: Moment, guidance: float) -> Tensor:
        if self._compiles:
            # The compiler would take a size for the number of rows where both are the same by chance.
            torch._dynamo.mark_static(rows.rotation, 0)
            for f in fields(at):
                torch._dynamo.mark_static(getattr(at, f.name))
        return self._euler(x, rows, at, guidance)

    def _captures(self, rows: int, frames: int) -> bool:
        return rows <= MOST_ROWS and rows * frames <= self._most_frames

    def _slot(self, key: Hashable, make: Callable[[], S]) -> S:
        if key not in self._kept:
            self._kept[key] = make()
            while len(self._kept) > KEPT:
                old, _ = self._kept.popitem(last=False)
                self._graphs.forget(old)
        self._kept.move_to_end(key)
        made: S = self._kept[key]
        return made


def _copy(of: S) -> S:
    return type(of)(*(_cloned(getattr(of, f.name)) for f in fields(of)))  # type: ignore[arg-type]


def _cloned(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: one.clone() for key, one in value.items()}
    return value.clone()


def _fill(target: Any, source: Any) -> None:
    for f in fields(target):
        mine, theirs = getattr(target, f.name), getattr(source, f.name)
        if isinstance(mine, Tensor):
            mine.copy_(theirs)
        else:
            for key, one in mine.items():
                one.copy_(theirs[key])
