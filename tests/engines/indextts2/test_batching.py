"""Rows of a batch do not see each other, whatever joins and leaves around them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from .conftest import texts

if TYPE_CHECKING:
    from engine_daemon.engines.indextts2 import IndexTTS2Model, Prompt


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
        model.generate_codes([t], [p], [v], True, max_new_tokens=24)[0].tolist() for t, p, v in zip(*lines, strict=True)
    ]
    assert len({len(codes) for codes in alone}) > 1  # rows end at different times
    for capacity in (7, 3, 2):  # all at once, and with rows that wait for others to leave
        batch = model.generate_codes(*lines, greedy=True, max_new_tokens=24, rows=capacity)
        assert [codes.tolist() for codes in batch] == alone


def test_a_seed_gives_the_same_codes_whatever_else_is_in_the_batch(
    model: IndexTTS2Model, prompts: tuple[Prompt, Prompt]
) -> None:
    import torch

    lines = rows(model, prompts, 5)

    def sampled(order: list[int], capacity: int) -> dict[int, list[int]]:
        made = model.generate_codes(
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
    greedy = model.generate_codes(ids, voices, vecs, greedy=True, max_new_tokens=20)[0]
    for narrow in ({"top_k": 1}, {"top_p": 1e-6}):
        one = [torch.Generator().manual_seed(3)]
        made = model.generate_codes(ids, voices, vecs, max_new_tokens=20, generators=one, **narrow)[0]
        assert made.tolist() == greedy.tolist()


def test_mels_of_different_lengths_together_are_those_made_alone(
    model: IndexTTS2Model, prompts: tuple[Prompt, Prompt]
) -> None:
    import torch

    from engine_daemon.engines.indextts2.model import MelJob
    from engine_daemon.engines.indextts2.regulator import nearest_map

    lines = rows(model, prompts, 3)
    jobs = []
    for i, (text, prompt, vec) in enumerate(zip(*lines, strict=True)):
        codes = torch.arange(8 + 5 * i)
        index = nearest_map(len(codes), 14 + 9 * i)
        noise = torch.randn(80, prompt.mel.shape[1] + len(index), generator=torch.Generator().manual_seed(i))
        jobs.append(MelJob(codes, model.latents(text, prompt, vec, codes), prompt, index, noise))
    for job, mel in zip(jobs, model.mels(jobs, steps=3), strict=True):
        alone = model.mels([job], steps=3)[0]
        assert mel.shape == alone.shape == (80, len(job.index))
        assert float((mel - alone).norm() / alone.norm()) < 1e-5
        heard, expected = model.vocode(mel), model.vocode(alone)
        assert float((heard - expected).norm() / expected.norm()) < 1e-3


@pytest.mark.parametrize("bad", [[], [-1], [301], [5] * 61])
def test_ids_that_are_no_text_are_refused(
    model: IndexTTS2Model, prompts: tuple[Prompt, Prompt], bad: list[int]
) -> None:
    from engine_daemon.protocol.errors import InputError

    with pytest.raises(InputError, match="text ids"):
        model.generate_codes([bad], [prompts[0]], [prompts[0].emotion])


def test_half_precision_runs_the_whole_chain_close_to_single(
    folder: Path, model: IndexTTS2Model, record: dict[str, Any]
) -> None:
    """What a GPU computes in, tried on the CPU: no stage may mix types, and the sound must still be recognisable."""
    import torch

    from engine_daemon.engines.indextts2 import IndexTTS2Model

    results = []
    for candidate in (model, IndexTTS2Model.from_pretrained(folder, dtype=torch.bfloat16)):
        prompt = candidate.encode_prompt(record["spk_audio_24k"], 24000)
        vec = candidate.emotion_vector(prompt)
        made = candidate.generate_codes([[5, 6, 7]], [prompt], [vec], greedy=True, max_new_tokens=8)[0]
        assert made.dtype == torch.int64 and 0 < len(made) <= 8
        codes = torch.from_numpy(record["run0_codes"])
        lat = candidate.latents(torch.from_numpy(record["run0_text_ids"]).long(), prompt, vec, codes)
        noise = torch.from_numpy(record["run0_noise"])
        results.append(candidate.codes_to_mel(codes, lat, prompt, None, 4, 0.7, noise))
        assert candidate.vocode(results[-1]).dtype == torch.float32
    assert float((results[1] - results[0]).norm() / results[0].norm()) < 0.05
