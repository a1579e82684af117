"""Rows of a batch do not see each other, whatever joins and leaves around them."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from .conftest import texts

if TYPE_CHECKING:
    from framevox.engine_daemon.engines.indextts2 import IndexTTS2Model, Prompt


def generate_codes(*args: Any, **options: Any) -> list[Any]:
    from tests.golden import stages

    return stages.generate_codes(*args, **options)


def rows(model: IndexTTS2Model, prompts: tuple[Prompt, Prompt], count: int):  # type: ignore[no-untyped-def]
    """Different texts, voices and emotions. -> texts, prompts, vectors"""
    voices = [prompts[i % 2] for i in range(count)]
    weights = [None, [0.5, 0, 0, 0, 0, 0, 0, 0], [0, 0, 0.4, 0, 0, 0, 0.2, 0]]
    vecs = [model.emotion_vector(v, weights=weights[i % 3]) for i, v in enumerate(voices)]
    return texts(count), voices, vecs


def test_greedy_codes_are_the_same_alone_and_in_any_batch(
    model: IndexTTS2Model, prompts: tuple[Prompt, Prompt]
) -> None:
    lines = rows(model, prompts, 7)
    alone = [
        generate_codes(model, [t], [p], [v], greedy=True, max_new_tokens=24)[0].tolist()
        for t, p, v in zip(*lines, strict=True)
    ]
    assert len({len(codes) for codes in alone}) > 1  # rows end at different times
    for capacity in (7, 3, 2):  # all at once, and with rows that wait for others to leave
        batch = generate_codes(model, *lines, greedy=True, max_new_tokens=24, rows=capacity)
        assert [codes.tolist() for codes in batch] == alone


def test_a_seed_gives_the_same_codes_whatever_else_is_in_the_batch(
    model: IndexTTS2Model, prompts: tuple[Prompt, Prompt]
) -> None:
    import torch

    lines = rows(model, prompts, 5)

    def sampled(order: list[int], capacity: int) -> dict[int, list[int]]:
        made = generate_codes(
            model,
            *([column[i] for i in order] for column in lines),
            max_new_tokens=24,
            generators=[torch.Generator().manual_seed(i) for i in order],
            rows=capacity,
        )
        return {i: codes.tolist() for i, codes in zip(order, made, strict=True)}

    together = sampled([0, 1, 2, 3, 4], 5)
    assert sampled([4, 2, 0, 3, 1], 2) == together
    for i in range(5):
        assert sampled([i], 1) == {i: together[i]}
    assert len({tuple(codes) for codes in together.values()}) == 5


def test_sampling_draws_from_the_best_codes_only(model: IndexTTS2Model, prompts: tuple[Prompt, Prompt]) -> None:
    import torch

    ids, voices, vecs = rows(model, prompts, 1)
    greedy = generate_codes(model, ids, voices, vecs, greedy=True, max_new_tokens=20)[0]
    for narrow in ({"top_k": 1}, {"top_p": 1e-6}):
        one = [torch.Generator().manual_seed(3)]
        made = generate_codes(model, ids, voices, vecs, max_new_tokens=20, generators=one, **narrow)[0]
        assert made.tolist() == greedy.tolist()


def test_a_row_that_failed_does_not_spoil_a_shorter_one_that_takes_its_place(
    model: IndexTTS2Model, prompts: tuple[Prompt, Prompt]
) -> None:
    import math

    import torch

    from framevox.engine_daemon.engines.indextts2.decode import Sampling

    short, long = [5, 6, 7, 8], list(range(3, 43))
    good = model.prefix(short, prompts[0], prompts[0].emotion)
    bad = torch.full_like(model.prefix(long, prompts[0], prompts[0].emotion), torch.nan)

    def decoded(*prefixes: torch.Tensor) -> list[tuple[list[int], float]]:
        made = model.decode(prefixes, Sampling(greedy=True), 24, rows=1)
        return [(row.codes.tolist(), row.likelihood) for row in made]

    model._decoders.clear()
    (expected,) = decoded(good)
    failed, *others = decoded(bad, good, good)
    assert math.isnan(failed[1])
    assert others == [expected, expected]


def test_mels_of_different_lengths_together_are_those_made_alone(
    model: IndexTTS2Model, prompts: tuple[Prompt, Prompt]
) -> None:
    import torch

    from framevox.engine_daemon.engines.indextts2.model import MelJob
    from framevox.engine_daemon.engines.indextts2.networks.regulator import nearest_map

    lines = rows(model, prompts, 3)
    jobs = []
    for i, (text, prompt, vec) in enumerate(zip(*lines, strict=True)):
        codes = torch.arange(8 + 5 * i)
        index = nearest_map(len(codes), 14 + 9 * i)
        noise = torch.randn(80, prompt.mel.shape[1] + len(index), generator=torch.Generator().manual_seed(i))
        jobs.append(MelJob(codes, model.latents([model.prefix(text, prompt, vec)], [codes])[0], prompt, index, noise))
    mels = model.mels(jobs, steps=3)
    for job, mel, sound in zip(jobs, mels, model.vocode_many(mels), strict=True):
        alone = model.mels([job], steps=3)[0]
        assert mel.shape == alone.shape == (80, len(job.index))
        assert float((mel - alone).norm() / alone.norm()) < 1e-5
        expected = model.vocode(alone)
        assert sound.shape == expected.shape == (len(job.index) * 256,)
        assert float((sound - expected).abs().max() / expected.abs().max()) < 1e-4


def test_streamed_sound_is_the_whole_sound(model: IndexTTS2Model, prompts: tuple[Prompt, Prompt]) -> None:
    import torch

    mel = prompts[0].mel[:, :200]
    whole = model.vocode(mel)
    for frames, first in ((30, None), (86, 20), (200, 199), (200, 200), (500, None)):
        pieces = list(model.vocode_stream(mel, frames, first))
        begun = first or frames
        assert len(pieces) == 1 + max(0, -(-(200 - begun) // frames))
        assert len(pieces[0]) == min(begun, 200) * 256 and all(len(p) == frames * 256 for p in pieces[1:-1])
        off = torch.cat(pieces) - whole
        assert float(off.norm() / whole.norm()) < 10 ** (-60 / 20)


def test_memory_that_runs_out_halves_the_batch_until_it_fits_and_the_user_is_told() -> None:
    import torch

    from framevox.engine_daemon.engines.indextts2.batches import halving
    from framevox.engine_daemon.protocol.errors import FramevoxError

    def run(items: Sequence[int]) -> list[int]:
        if len(items) > 3:
            raise torch.OutOfMemoryError("too much")
        return [2 * i for i in items]

    told: list[str] = []
    released: list[int] = []
    assert halving(run, range(10), "lines", told.append, lambda: released.append(1)) == [2 * i for i in range(10)]
    assert released
    assert told[0] == "the GPU's memory is too small for 10 lines at once: they were made 5 at a time"

    def never(items: Sequence[int]) -> list[int]:
        raise torch.OutOfMemoryError("too much")

    failed = halving(never, range(4), "lines", told.append, lambda: None)
    assert len(failed) == 4 and all(isinstance(error, FramevoxError) for error in failed)
    assert "memory is too small: end other programs" in str(failed[0])


def test_what_fails_in_a_batch_fails_alone_and_the_user_is_told_nothing_of_memory() -> None:
    from framevox.engine_daemon.engines.indextts2.batches import halving

    def run(items: Sequence[int]) -> list[float]:
        return [12 / i for i in items]

    told: list[str] = []
    first, bad, *rest = halving(run, [1, 0, 2, 3, 4], "lines", told.append, lambda: None)
    assert isinstance(bad, ZeroDivisionError)
    assert [first, *rest] == [12, 6, 4, 3] and told == []


def test_one_alone_is_tried_again_when_what_was_kept_is_given_back() -> None:
    import torch

    from framevox.engine_daemon.engines.indextts2.batches import halving

    kept, told = [1, 2], list[str]()

    def run(items: Sequence[int]) -> list[int]:
        if kept:
            raise torch.OutOfMemoryError("too much")
        return list(items)

    assert halving(run, [7], "lines", told.append, kept.clear) == [7]
    assert told == []


def test_memory_that_runs_out_halves_the_rows_of_a_decoder() -> None:
    import torch

    from framevox.engine_daemon.engines.indextts2.batches import halving_rows

    tried: list[int] = []

    def run(rows: int) -> list[str]:
        tried.append(rows)
        if rows > 20:
            raise torch.OutOfMemoryError("too much")
        return ["all"]

    told: list[str] = []
    assert halving_rows(run, 64, "tries of lines", told.append, lambda: None) == ["all"]
    assert tried == [64, 32, 16]
    assert told[1] == "the GPU's memory is too small for 32 tries of lines at once: they were made 16 at a time"


def spied(model: IndexTTS2Model, capture: Any, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Lets decoders capture with ``capture`` as they would on a GPU; -> all shapes that are then run."""
    from framevox.engine_daemon.engines.indextts2 import decode, graphs

    shapes = []

    class Spied(graphs.Graphs):
        def run(self, shape: Any, *rest: Any) -> None:
            shapes.append(shape)
            super().run(shape, *rest)

    monkeypatch.setattr(decode, "Graphs", Spied)
    monkeypatch.setattr(model._decoders, "capture", capture)
    model._decoders.clear()
    return shapes


def test_steps_are_captured_once_for_each_shape_and_replayed_to_the_same_codes(
    model: IndexTTS2Model, prompts: tuple[Prompt, Prompt], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a stand-in for CUDA's capture that does what it does to the tensors: the work is run a few times before,
    on them, and from then on it is only replayed."""
    import torch

    lines = rows(model, prompts, 7)

    def sampled() -> list[list[int]]:
        generators = [torch.Generator().manual_seed(i) for i in range(7)]
        made = generate_codes(model, *lines, max_new_tokens=110, generators=generators, rows=5)
        return [codes.tolist() for codes in made]

    expected = sampled()
    captured = []

    def capture(work: Any) -> Any:
        captured.append(work)
        work()
        work()
        return work

    shapes = spied(model, capture, monkeypatch)
    assert sampled() == expected
    assert 1 < len(captured) == len(set(shapes)) < 0.2 * len(shapes)  # few rows and many, and a longer cache
    assert sampled() == expected and len(captured) == len(set(shapes))  # kept for the lines that follow
    model._decoders.clear()


def test_a_failed_capture_is_reported_and_decoding_goes_on_without(
    model: IndexTTS2Model, prompts: tuple[Prompt, Prompt], monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    lines = rows(model, prompts, 3)
    expected = generate_codes(model, *lines, greedy=True, max_new_tokens=12)

    tries, told = [], deque[str]()

    def capture(work: Any) -> Any:
        tries.append(1)
        work()
        raise RuntimeError("operation not permitted when stream is capturing")

    spied(model, capture, monkeypatch)
    monkeypatch.setattr(model, "notices", told)
    made = generate_codes(model, *lines, greedy=True, max_new_tokens=12)
    assert [codes.tolist() for codes in made] == [codes.tolist() for codes in expected]
    assert caplog.text.count("no CUDA graph could be made") == 1 and "not permitted" in caplog.text
    (line,) = told
    assert "more slowly" in line
    model._decoders.clear()
    generate_codes(model, *lines, greedy=True, max_new_tokens=12)
    assert len(tries) == len(told) == 1  # another decoder does not try again
    model._decoders.clear()


def test_all_captures_share_one_stream(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a GPU: what CUDA gives is stood in for."""
    from contextlib import nullcontext

    import torch

    from framevox.engine_daemon.engines.indextts2.graphs import cuda_capture

    class Stream:
        def wait_stream(self, _: object) -> None: ...

    class Graph:
        def replay(self) -> None: ...

    used: list[object] = []

    def recording(*_: object, stream: object, **__: object) -> Any:
        used.append(stream)
        return nullcontext()

    monkeypatch.setattr(torch.cuda, "graph_pool_handle", object)
    monkeypatch.setattr(torch.cuda, "Stream", Stream)
    monkeypatch.setattr(torch.cuda, "current_stream", Stream)
    monkeypatch.setattr(torch.cuda, "stream", lambda _: nullcontext())
    monkeypatch.setattr(torch.cuda, "CUDAGraph", Graph)
    monkeypatch.setattr(torch.cuda, "graph", recording)
    capture = cuda_capture()
    for _ in range(3):
        capture(lambda: None)
    assert len(used) == 3 and len(set(used)) == 1


@pytest.mark.parametrize(
    "wrong", [{"temperature": 0.0}, {"temperature": -1.0}, {"top_k": 0}, {"repetition_penalty": 0}]
)
def test_sampling_that_cannot_choose_is_refused(wrong: dict[str, Any]) -> None:
    from framevox.engine_daemon.engines.indextts2.decode import Sampling
    from framevox.engine_daemon.protocol.errors import InputError

    with pytest.raises(InputError, match=r": set (it|both) above 0"):
        Sampling(**wrong)
    assert Sampling(greedy=True, temperature=0).greedy


def test_buckets_hold_rows_of_like_length_and_lose_none() -> None:
    from framevox.engine_daemon.engines.indextts2.batches import WASTE, buckets

    lengths = [100, 900, 110, 95, 1000, 400, 120, 5000]
    found = list(buckets(lengths, 2000))
    assert sorted(i for bucket in found for i in bucket) == list(range(len(lengths)))
    for bucket in found:
        longest, shortest = max(lengths[i] for i in bucket), min(lengths[i] for i in bucket)
        assert longest <= WASTE * shortest and (longest * len(bucket) <= 2000 or len(bucket) == 1)
    assert [1, 4] in found


@pytest.mark.parametrize("bad", [[], [-1], [301], [5] * 61])
def test_ids_that_are_no_text_are_refused(
    model: IndexTTS2Model, prompts: tuple[Prompt, Prompt], bad: list[int]
) -> None:
    from framevox.engine_daemon.protocol.errors import InputError

    with pytest.raises(InputError, match="text ids"):
        generate_codes(model, [bad], [prompts[0]], [prompts[0].emotion])


@pytest.mark.parametrize("name", ["bfloat16", "float16"])
def test_half_precision_runs_the_whole_chain_close_to_single(
    folder: Path, model: IndexTTS2Model, record: dict[str, Any], name: str
) -> None:
    """What a GPU computes in, tried on the CPU: no stage may mix types, and the sound must still be recognisable."""
    import torch

    from framevox.engine_daemon.engines.indextts2 import IndexTTS2Model
    from tests.golden.stages import codes_to_mel, latents

    results = []
    for candidate in (model, IndexTTS2Model.from_pretrained(folder, dtype=getattr(torch, name))):
        prompt = candidate.encode_prompt(record["spk_audio_24k"], 24000)
        vec = candidate.emotion_vector(prompt)
        generators = [torch.Generator().manual_seed(1)]
        for greedy in (True, False):
            made = generate_codes(
                candidate, [[5, 6, 7]], [prompt], [vec], greedy=greedy, max_new_tokens=8, generators=generators
            )
            assert made[0].dtype == torch.int64 and 0 < len(made[0]) <= 8
        codes = torch.from_numpy(record["run0_codes"])
        lat = latents(candidate, torch.from_numpy(record["run0_text_ids"]).long(), prompt, vec, codes)
        noise = torch.from_numpy(record["run0_noise"])
        results.append(codes_to_mel(candidate, codes, lat, prompt, None, 4, 0.7, noise))
        sound = candidate.vocode(results[-1])
        assert sound.dtype == torch.float32 and len(sound) == 256 * results[-1].shape[1]
        assert bool(sound.isfinite().all()) and float(sound.abs().max()) > 0.01
    assert float((results[1] - results[0]).norm() / results[0].norm()) < 0.05
