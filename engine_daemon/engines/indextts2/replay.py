"""Stages of fixed shapes as CUDA graphs: the steps of the flow-matching transformer, and the vocoder."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, fields
from typing import Any, TypeVar

from torch import Tensor

from framevox.engine_daemon.engines.indextts2.graphs import Capture, Graphs
from framevox.engine_daemon.engines.indextts2.networks.bigvgan import BigVGAN
from framevox.engine_daemon.engines.indextts2.networks.dit import DiT, Job, Moment, Rows

MOST_ROWS = 4
"""So few rows keep a GPU waiting for the host, which a graph mends; more rows keep it busy by themselves."""
KEPT = 16
"""How many shapes are kept."""

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
    """Runs stages as graphs, captured once for every shape, in rows of a common length that masks make exact."""

    def __init__(self, capture: Capture, failed: Callable[[], None]) -> None:
        self._graphs = Graphs(capture, failed)
        self._kept: OrderedDict[Hashable, Any] = OrderedDict()

    def solve(self, dit: DiT, jobs: Sequence[Job], steps: int, guidance: float, bucket: int) -> list[Tensor]:
        """As ``DiT.solve``."""
        x, rows = dit.rows(jobs, guidance, bucket, masked=True)
        moments = dit.moments(steps)
        slot = self._slot(("mel", tuple(x.shape), guidance), lambda: _Solve(x.clone(), _copy(rows), _copy(moments[0])))
        slot.x.copy_(x)
        _fill(slot.rows, rows)

        def step() -> None:
            slot.x.copy_(dit.euler(slot.x, slot.rows, slot.at, guidance))

        for at in moments:
            _fill(slot.at, at)
            self._graphs.run(("mel", tuple(x.shape), guidance), step, (slot.x,))
        mels = slot.x.clone()
        return [row[:, j.prompt.shape[1] : len(j.condition)] for row, j in zip(mels, jobs, strict=True)]

    def vocode(self, bigvgan: BigVGAN, mel: Tensor, lengths: Tensor) -> Tensor:
        """As ``BigVGAN.forward``."""
        key = ("sound", tuple(mel.shape))
        slot = self._slot(key, lambda: _Sound(mel.clone(), lengths.clone()))
        slot.mel.copy_(mel)
        slot.lengths.copy_(lengths)

        def run() -> None:
            slot.sound = bigvgan(slot.mel, slot.lengths)

        self._graphs.run(key, run, ())
        assert slot.sound is not None
        return slot.sound.clone()

    def clear(self) -> None:
        """Gives up everything that was captured."""
        for key in self._kept:
            self._graphs.forget(key)
        self._kept.clear()

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
