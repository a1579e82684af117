"""Decoding is steered to a number of codes, without a row's steering being felt by its neighbours."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from .conftest import texts

if TYPE_CHECKING:
    from framevox.engine_daemon.engines.indextts2 import IndexTTS2Model, Prompt


@pytest.mark.parametrize("greedy", [True, False])
def test_lines_end_within_reach_of_their_budgets(
    model: IndexTTS2Model, prompts: tuple[Prompt, Prompt], greedy: bool
) -> None:
    from framevox.engine_daemon.engines.indextts2.decode import Sampling
    from framevox.engine_daemon.engines.indextts2.steer import Wanted, budget, decode_to_length

    prefixes = [model.prefix(t, prompts[0], prompts[0].emotion) for t in texts(4)]
    free = [len(d.codes) for d in model.decode(prefixes, Sampling(greedy=True), 60)]
    goals = [15, 25, 40, 50]
    assert any(abs(n - goal) > 0.2 * goal for n, goal in zip(free, goals, strict=True))  # they would not by themselves
    wanted = [Wanted(p, goal, seed) for seed, (p, goal) in enumerate(zip(prefixes, goals, strict=True))]
    sampling = Sampling(greedy=greedy)
    made = decode_to_length(model, wanted, sampling, rows=5)
    for decoded, goal in zip(made, goals, strict=True):
        assert budget(goal).low <= len(decoded.codes) <= budget(goal).high
    for line, decoded in zip(wanted, made, strict=True):
        alone = decode_to_length(model, [line], sampling)[0]
        assert alone.codes.tolist() == decoded.codes.tolist()
        assert alone.stopped == decoded.stopped and alone.likelihood == pytest.approx(decoded.likelihood, abs=1e-4)


def test_a_line_that_had_to_be_stopped_has_not_come_to_its_end(
    model: IndexTTS2Model, prompts: tuple[Prompt, Prompt]
) -> None:
    import torch

    from framevox.engine_daemon.engines.indextts2.decode import Sampling
    from framevox.engine_daemon.engines.indextts2.steer import Wanted, budget, decode_to_length

    bias, stop = model.gpt.mel_head.bias, model.gpt.config.stop_mel
    wanted = [Wanted(model.prefix(texts(1)[0], prompts[0], prompts[0].emotion), 20, 3)]
    before = bias.detach().clone()
    try:
        with torch.no_grad():
            bias[stop] = -1e3  # never by itself
        (cut,) = decode_to_length(model, wanted, Sampling())
        with torch.no_grad():
            bias[stop] = 1e3  # as soon as it may
        (ended,) = decode_to_length(model, wanted, Sampling())
    finally:
        with torch.no_grad():
            bias.copy_(before)
    assert len(cut.codes) == budget(20).high and not cut.stopped and cut.ending < -100
    assert len(ended.codes) == budget(20).low and ended.stopped and ended.ending == pytest.approx(0, abs=1e-3)


def test_of_several_tries_the_likely_one_of_the_right_length_is_kept() -> None:
    import torch

    from framevox.engine_daemon.engines.indextts2.decode import Decoded
    from framevox.engine_daemon.engines.indextts2.steer import budget, price

    def tried(n: int, likelihood: float, stopped: bool = True, ending: float = -1.0) -> Decoded:
        return Decoded(torch.zeros(n, dtype=torch.int64), stopped, likelihood, ending)

    aim = budget(100)
    assert (aim.low, aim.high) == (88, 112)
    right = tried(101, -2.0)
    cut, unmeant = tried(101, -2.0, stopped=False, ending=0.0), tried(101, -2.0, ending=-9.0)
    for worse in (tried(101, -2.5), tried(90, -2.0), tried(112, -2.0), cut, unmeant):
        assert price(right, aim) < price(worse, aim)
    assert price(tried(96, -1.5), aim) < price(right, aim)  # a little off is worth a clearer reading


def test_the_stop_code_is_held_back_and_brought_on() -> None:
    import math

    import torch

    from framevox.engine_daemon.engines.indextts2.decode import Budget, _row_of, stop_bias

    steered, free = (
        stop_bias(torch.arange(24), torch.tensor([_row_of(budget)] * 24)).tolist()
        for budget in (Budget(20, 18, 22), None)
    )
    assert steered[:18] == [-math.inf] * 18 and steered[18] < 0 == steered[20] < steered[21]
    assert min(steered[22:]) > 1000
    assert free == [0.0] * 24
