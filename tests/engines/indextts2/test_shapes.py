"""Fixed shapes: padding to buckets is exact, the host looks rarely, steps are prepared, and memory is planned."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from .conftest import texts

if TYPE_CHECKING:
    from framevox.engine_daemon.engines.indextts2 import IndexTTS2Model, Prompt

TOLERANCE = 1e-5
"""Relative, in float32: other shapes are added up in another order."""


@contextmanager
def bucketed(model: IndexTTS2Model, frames: int, places: int, read_every: int | None = None) -> Iterator[None]:
    before = model.frame_bucket, model.place_bucket, model.read_every
    model.frame_bucket, model.place_bucket, model.read_every = frames, places, read_every
    model.release()
    try:
        yield
    finally:
        model.frame_bucket, model.place_bucket, model.read_every = before
        model.release()


def far(ours: Any, other: Any) -> float:
    return float((ours - other).norm() / other.norm())


def decoded(model: IndexTTS2Model, prompts: tuple[Prompt, Prompt], rows: int) -> list[tuple[list[int], bool]]:
    import torch

    from framevox.engine_daemon.engines.indextts2.decode import Budget, Sampling

    prefixes = [model.prefix(ids, prompts[i % 2], prompts[i % 2].emotion) for i, ids in enumerate(texts(7))]
    generators = [torch.Generator().manual_seed(i) for i in range(7)]
    limits = [30, 9, 60, 17, 44, 1, 100]
    budgets = [None, None, Budget(40, 35, 45), None, None, None, Budget(80, 70, 90)]
    made = model.decode(prefixes, Sampling(), limits, generators, budgets, rows)
    return [(one.codes.tolist(), one.stopped) for one in made]


def test_padding_to_buckets_changes_no_stage(model: IndexTTS2Model, prompts: tuple[Prompt, Prompt]) -> None:
    import torch

    from framevox.engine_daemon.engines.indextts2.model import MelJob
    from framevox.engine_daemon.engines.indextts2.networks.regulator import nearest_map

    ids, codes = texts(3), [torch.arange(9 + 7 * i) for i in range(3)]
    prefixes = [model.prefix(text, prompts[0], prompts[0].emotion) for text in ids]

    def run() -> tuple[list[Any], list[Any], list[Any]]:
        latents = model.latents(prefixes, codes)
        jobs = []
        for i, (row, latent) in enumerate(zip(codes, latents, strict=True)):
            index = nearest_map(len(row), 20 + 11 * i)
            noise = torch.randn(80, prompts[0].mel.shape[1] + len(index), generator=torch.Generator().manual_seed(i))
            jobs.append(MelJob(row, latent, prompts[0], index, noise))
        mels = [*model.mels(jobs, steps=3), *model.mels(jobs[:1], steps=3)]
        return latents, mels, [*model.vocode_many(mels), *model.vocode_many(mels[:1])]

    plain = run()
    with bucketed(model, 128, 64):
        padded = run()
    for ours, others in zip(padded, plain, strict=True):
        for one, other in zip(ours, others, strict=True):
            assert one.shape == other.shape and far(one, other) < TOLERANCE


def test_rows_are_decoded_to_the_same_codes_however_seldom_the_host_looks(
    model: IndexTTS2Model, prompts: tuple[Prompt, Prompt]
) -> None:
    expected = decoded(model, prompts, 7)
    assert len({len(codes) for codes, _ in expected}) > 3
    for rows in (7, 3, 1):
        with bucketed(model, 1, 64, read_every=8):
            assert decoded(model, prompts, rows) == expected


def test_the_host_looks_once_in_eight_steps(
    model: IndexTTS2Model, prompts: tuple[Prompt, Prompt], monkeypatch: pytest.MonkeyPatch
) -> None:
    from framevox.engine_daemon.engines.indextts2.decode import Decoder

    looks, steps = [], []
    leave, step = Decoder._leave, Decoder._step
    monkeypatch.setattr(Decoder, "_leave", lambda self, rows: (looks.append(1), leave(self, rows))[1])
    monkeypatch.setattr(Decoder, "_step", lambda self, *shape: (steps.append(1), step(self, *shape))[1])
    with bucketed(model, 1, 1, read_every=8):
        decoded(model, prompts, 7)
    assert len(steps) == 8 * len(looks)


def limited(model: IndexTTS2Model, rows: int, length: int) -> Any:
    """The model's memory plan with room for caches of so many rows and places."""
    from dataclasses import replace

    before = model.memory
    return replace(before, limit=before.weights + before.graphs() + 2 * rows * length * before.place())


def test_steps_of_all_caches_are_prepared_largest_first_and_leave_nothing_behind(
    model: IndexTTS2Model, prompts: tuple[Prompt, Prompt], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a stand-in for the capture of CUDA, which runs the work a few times on the very tensors."""
    from framevox.engine_daemon.engines.indextts2 import decode, graphs, memory
    from framevox.engine_daemon.engines.indextts2.decode import Sampling

    expected = decoded(model, prompts, 7)
    shapes: list[tuple[int, int, int]] = []
    caches: dict[int, int] = {}

    class Spied(graphs.Graphs):
        def run(self, shape: Any, work: Any, changing: Any) -> None:
            cache = work.func.__self__.cache
            caches[cache.length] = cache.pairs.data_ptr()
            if (cache.length, *shape) not in shapes:
                shapes.append((cache.length, *shape))
            super().run(shape, work, changing)

    def capture(work: Any) -> Any:
        work()
        work()
        return work

    monkeypatch.setattr(decode, "Graphs", Spied)
    monkeypatch.setattr(memory, "LENGTHS", (128,))
    monkeypatch.setattr(model._decoders, "capture", capture)
    monkeypatch.setattr(model, "memory", limited(model, 5, 256))
    with bucketed(model, 1, 64, read_every=8):
        said = model.warm_up(Sampling())
        prepared = list(shapes)
        assert prepared == sorted(prepared, reverse=True)
        assert list(caches) == [256, 128] and len(set(caches.values())) == 1  # in the same memory
        assert {(length, rows) for length, rows, _ in prepared} == {
            (256, 5), (256, 4), (256, 2), (256, 1), (128, 10), (128, 8), (128, 4), (128, 2), (128, 1),
        }  # fmt: skip
        assert said.startswith(f"{len(prepared)} decoding steps of caches of 128, 256 places, and the vocoder for 0 ")
        assert decoded(model, prompts, 7) == expected
        assert decoded(model, prompts, 1) == expected
        assert shapes == prepared  # nothing was captured while lines were spoken


def read_size(size: Any) -> Any:
    """The configuration of a model of random weights, which is not made."""
    import tempfile
    from pathlib import Path

    import yaml

    from framevox.engine_daemon.engines.indextts2.loading.config import read_config

    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "config.yaml"
        path.write_text(yaml.safe_dump(size.config))
        return read_config(path)


def full_plan(limit: float) -> Any:
    """The memory plan at the released size, whose weights are counted on networks without storage."""
    import torch

    from framevox.engine_daemon.engines.indextts2.memory import MemoryPlan
    from framevox.engine_daemon.engines.indextts2.networks import bigvgan, campplus, codec, dit, gpt
    from tests.golden.random_indextts2 import FULL

    config = read_size(FULL)
    with torch.device("meta"):
        half = [gpt.GPT(config.gpt, FULL.semantic), dit.DiT(config.s2mel)]
        whole = [
            bigvgan.BigVGAN(FULL.vocoder | {"use_bias_at_final": False}),
            codec.Codec(config.codec),
            campplus.CAMPPlus(),
        ]
    count = [sum(p.numel() for net in nets for p in net.parameters()) for nets in (half, whole)]
    # w2v-BERT: 24 layers of 580 million parameters, of which 17 are kept.
    weights = 2 * count[0] + 4 * count[1] + 4 * 580_000_000 * 17 // 24
    return MemoryPlan(config, weights, 2, int(limit))


def test_32_cues_take_less_than_12_gb_by_arithmetic() -> None:
    plan = full_plan(12e9)
    assert 2.5e9 < plan.weights < 5e9
    assert plan.place() == 24 * 2 * 1280 * 2
    length = plan.length(36 + 40 + 1 + 1300)  # 40 ids, and as many codes as such a line may have
    rows = plan.rows(32, length)
    assert 8 <= rows <= 32
    assert plan.peak(rows, length, plan.mel_frames(), plan.sound_frames(), plan.captured_frames()) <= 12e9
    assert plan.sound_frames() >= 2000 and plan.mel_frames() >= 10000
    assert plan.captured_frames() >= 2 * 690  # two lines of 3 s with a voice's 5 s
    steered = plan.rows(4 * 32, plan.length(36 + 40 + 1 + 220))
    assert steered >= 32


@pytest.mark.parametrize("limit", [6e9, 8e9, 24e9, 100e9])
def test_every_limit_is_kept(limit: float) -> None:
    plan = full_plan(limit)
    for places in (100, 512, 700, 1300, 2400):
        length = plan.length(places)
        assert length >= places and length in plan.lengths()
        rows = plan.rows(64, length)
        peak = plan.peak(rows, length, plan.mel_frames(), plan.sound_frames(), plan.captured_frames())
        assert peak <= limit or rows == 1


def test_every_captured_buffer_is_counted() -> None:
    """The tensors that are kept for a captured shape, as the networks make them, without storage."""
    from dataclasses import fields

    import torch

    from framevox.engine_daemon.engines.indextts2.memory import KEPT
    from framevox.engine_daemon.engines.indextts2.networks import dit

    plan, frames = full_plan(12e9), 1024
    with torch.device("meta"):
        net = dit.DiT(plan.config.s2mel).bfloat16()
        job = dit.Job(*map(torch.zeros, net.job_shapes(frames)))
        x, rows = net.rows([job], 0.7, 128, masked=True)
    kept = [x, *(getattr(rows, f.name) for f in fields(rows) if f.name != "mirrors"), *(rows.mirrors or {}).values()]
    size = sum(tensor.numel() * tensor.element_size() for tensor in kept)
    sound = frames * (80 + 256) * 4
    counted = plan._captured_frame() - max(plan._mel_frame(), plan._sound_frame())
    assert max(size, sound) <= frames * counted / KEPT * 1.02  # a mirrored frame more at both ends


def test_captures_are_no_more_than_memory_is_planned_for() -> None:
    """The graphs of all caches at the released size, where no memory is short."""
    from framevox.engine_daemon.engines.indextts2.decode import prepared_shapes
    from framevox.engine_daemon.engines.indextts2.memory import _GRAPHS, KEPT

    plan = full_plan(100e9)
    count = sum(len(prepared_shapes(plan.rows(64, length), length)) for length in plan.lengths())
    assert 250 < count + KEPT <= _GRAPHS


def test_rows_that_memory_has_no_room_for_wait(model: IndexTTS2Model, prompts: tuple[Prompt, Prompt]) -> None:
    expected = decoded(model, prompts, 7)
    before = model.memory
    (length,) = before.lengths()
    tight = limited(model, 3, length)
    try:
        model.memory = tight
        model.release()
        assert tight.rows(7, length) == 3
        assert decoded(model, prompts, 7) == expected
        assert [key[1:] for key in model._decoders._kept] == [(3, length)]
    finally:
        model.memory = before
        model.release()


@pytest.mark.parametrize("said", ["much", "0", "-3", "nan"])
def test_a_limit_that_is_none_is_refused(said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from framevox.engine_daemon.engines.indextts2.memory import memory_limit
    from framevox.engine_daemon.protocol.errors import InputError

    monkeypatch.setenv("FRAMEVOX_GPU_MEMORY", said)
    with pytest.raises(InputError, match="FRAMEVOX_GPU_MEMORY"):
        memory_limit(10**10)
    monkeypatch.setenv("FRAMEVOX_GPU_MEMORY", "7.5")
    assert memory_limit(10**10) == 7_500_000_000
    monkeypatch.delenv("FRAMEVOX_GPU_MEMORY")
    assert memory_limit(10**10) == 8 * 10**9


def test_rates_are_those_that_halving_the_interval_finds() -> None:
    from framevox.engine_daemon.engines.indextts2.timemap import _rates

    rng = np.random.default_rng(1)
    for n, goal in ((5, 7.0), (300, 260.0), (900, 1400.0), (40, 300.0), (40, 2.0)):
        weight = rng.uniform(0.02, 1, n)
        slow, fast = np.full(n, 2.2), np.full(n, 0.5)
        low, high = -200.0, 200.0
        for _ in range(100):
            middle = (low + high) / 2
            under = np.clip(np.exp(middle * weight), fast, slow).sum() < goal
            low, high = (middle, high) if under else (low, middle)
        expected = np.clip(np.exp((low + high) / 2 * weight), fast, slow)
        assert np.allclose(_rates(weight, fast, slow, goal), expected * goal / expected.sum(), rtol=1e-9)
