"""What becomes of lines when the GPU fails: too little memory, or a process that cannot use it any more."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import pytest

from .conftest import texts

if TYPE_CHECKING:
    from framevox.engine_daemon.engines.indextts2 import IndexTTS2Model, Prompt

LOST = (
    "CUDA error: device-side assert triggered\nCUDA kernel errors might be asynchronously reported",
    "CUDA error: an illegal memory access was encountered",
    "CUDA error: unspecified launch failure",
)
CRAMPED = (
    "CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`",
    "CUBLAS_STATUS_NOT_INITIALIZED when calling `cublasCreate(handle)`",
    "cuDNN error: CUDNN_STATUS_ALLOC_FAILED",
    "CUDA error: out of memory",
)


@pytest.mark.parametrize("message", CRAMPED)
def test_libraries_that_lack_memory_halve_the_batch_too(message: str) -> None:
    from framevox.engine_daemon.engines.indextts2.batches import halving, halving_rows

    def run(items: Sequence[int]) -> list[int]:
        if len(items) > 3:
            raise RuntimeError(message)
        return [2 * i for i in items]

    told: list[str] = []
    assert halving(run, range(10), "lines", told.append, lambda: None) == [2 * i for i in range(10)]
    assert told[0].startswith("the GPU's memory is too small for 10 lines")
    assert halving_rows(lambda rows: run(range(rows)), 8, "lines", told.append, lambda: None) == [0, 2]


@pytest.mark.parametrize("message", LOST)
def test_a_fault_that_spoils_the_process_is_no_failure_of_a_line(message: str) -> None:
    from framevox.engine_daemon.engines.indextts2.batches import halving
    from framevox.engine_daemon.protocol.errors import EngineLostError

    tried: list[int] = []

    def run(items: Sequence[int]) -> list[int]:
        tried.append(len(items))
        raise RuntimeError(message)

    with pytest.raises(EngineLostError, match="cannot be used by this process"):
        halving(run, range(10), "lines", lambda _: None, lambda: None)
    assert tried == [10]


def test_a_fault_while_streaming_or_capturing_spoils_the_process_too(
    model: IndexTTS2Model, prompts: tuple[Prompt, Prompt], monkeypatch: pytest.MonkeyPatch
) -> None:
    from framevox.engine_daemon.engines.indextts2.graphs import Graphs
    from framevox.engine_daemon.protocol.errors import EngineLostError

    def faulty(_: Any) -> Any:
        raise RuntimeError(LOST[0])

    with pytest.raises(EngineLostError):
        Graphs(faulty, lambda: pytest.fail("told of a capture alone")).run(1, lambda: None, [])


def test_other_errors_of_a_line_stay_its_own() -> None:
    from framevox.engine_daemon.engines.indextts2.faults import check_usable, lacks_memory

    for error in (RuntimeError("shapes differ"), ValueError(LOST[0]), RuntimeError("operation not permitted")):
        check_usable(error)
        assert not lacks_memory(error)


@pytest.mark.parametrize("greedy", [True, False])
def test_the_code_that_stands_for_the_start_is_never_drawn(
    model: IndexTTS2Model, prompts: tuple[Prompt, Prompt], greedy: bool
) -> None:
    """Though the network finds it the likeliest: the codebook has no row for it."""
    import torch

    from tests.golden import stages

    start, bias = model.config.gpt.start_mel, model.gpt.mel_head.bias
    before = bias.detach().clone()
    with torch.no_grad():
        bias[start] = 100.0
    try:
        made = stages.generate_codes(
            model, texts(2), list(prompts), [p.emotion for p in prompts], greedy=greedy, max_new_tokens=24
        )
    finally:
        with torch.no_grad():
            bias.copy_(before)
    assert all(len(codes) and start not in codes for codes in made)


def test_attention_of_cudnn_is_off(model: IndexTTS2Model) -> None:
    import torch

    assert not torch.backends.cuda.cudnn_sdp_enabled()
