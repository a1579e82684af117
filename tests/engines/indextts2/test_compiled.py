"""Compiled stages are those run operation by operation; what cannot be compiled runs as it is; one switch for all."""

from __future__ import annotations

from typing import Any

import pytest


def small_networks() -> tuple[Any, Any]:
    """A transformer of three layers and a vocoder of one stage: compilers take seconds for each layer."""
    import msgspec
    import torch

    from framevox.engine_daemon.engines.indextts2.networks import bigvgan, dit
    from tests.engines.indextts2.test_shapes import read_size
    from tests.golden.random_indextts2 import TINY

    c = read_size(TINY).s2mel
    c = msgspec.structs.replace(
        c, dit=msgspec.structs.replace(c.dit, layers=3), wavenet=msgspec.structs.replace(c.wavenet, layers=2)
    )
    changed = {
        "use_bias_at_final": False, "upsample_rates": [4], "upsample_kernel_sizes": [8], "resblock_kernel_sizes": [3],
        "resblock_dilation_sizes": [[1, 3]],
    }  # fmt: skip
    networks = dit.DiT(c), bigvgan.BigVGAN({**TINY.vocoder, **changed})
    generator = torch.Generator().manual_seed(1)
    for network in networks:
        for parameter in network.parameters():
            torch.nn.init.normal_(parameter, std=0.1, generator=generator)
        network.requires_grad_(False)
    return networks


def jobs(dit: Any, *widths: int) -> list[Any]:
    import torch

    from framevox.engine_daemon.engines.indextts2.networks.dit import Job

    generator = torch.Generator().manual_seed(len(widths))
    made = []
    for width in widths:
        condition, _, style, noise = (torch.randn(s, generator=generator) for s in dit.job_shapes(width))
        made.append(Job(condition, torch.randn(80, 20, generator=generator), style, noise))
    return made


def compare(replays: Any, dit: Any, vocoder: Any, guidances: tuple[float, ...], counts: tuple[int, ...]) -> None:
    import torch

    for guidance in guidances:
        for count in counts:
            asked = jobs(dit, *(range(90, 90 + 13 * count, 13) if count < 5 else [128] * count))
            with torch.inference_mode():
                made, plain = replays.solve(asked, 3, guidance, 128), dit.solve(asked, 3, guidance)
            for one, other in zip(made, plain, strict=True):
                assert float((one - other).norm() / other.norm()) < 1e-5
    for count, width in zip(counts, (64, 96, 32), strict=False):
        mel = torch.randn(count, 80, width, generator=torch.Generator().manual_seed(count))
        lengths = torch.arange(width, width - count, -1)
        with torch.inference_mode():
            made, plain = replays.vocode(mel, lengths), vocoder(mel, lengths)
        for one, other, length in zip(made, plain, lengths.tolist(), strict=True):
            assert float((one - other)[: 4 * length].norm() / other[: 4 * length].norm()) < 1e-5


def compiling(backend: str, dit: Any, vocoder: Any, seen: list[int] | None = None) -> Any:
    """Stages compiled by ``backend``, in which nothing may fail. ``seen`` gets each graph's number of operations."""
    import torch

    from framevox.engine_daemon.engines.indextts2.compiling import Compiled
    from framevox.engine_daemon.engines.indextts2.replay import Replays

    inner = torch._dynamo.lookup_backend(backend)

    def counting(graph: Any, inputs: Any, **options: Any) -> Any:
        if seen is not None:
            seen.append(len(graph.graph.nodes))
        return inner(graph, inputs, **options)

    def failed() -> None:
        pytest.fail("a stage could not be compiled")

    torch._dynamo.reset()
    return Replays(dit, vocoder, None, failed, 10**9, lambda of: Compiled(of, failed, counting))  # type: ignore[arg-type]


ALL = pytest.param((0.7, 0.0), (2, 1, 3, 9), 8, marks=pytest.mark.slow)


@pytest.mark.timeout(600)
@pytest.mark.parametrize(("guidances", "counts", "most"), [((0.7,), (2,), 2), ALL])
def test_compiled_stages_are_whole_and_those_of_eager_torch(
    guidances: tuple[float, ...], counts: tuple[int, ...], most: int
) -> None:
    """Each as one graph: with and without guidance, of one row and of many, and for all lengths."""
    import torch

    dit, vocoder = small_networks()
    seen: list[int] = []
    replays = compiling("eager", dit, vocoder, seen)
    compare(replays, dit, vocoder, guidances, counts)
    graphs = len(seen)
    assert len(guidances) < graphs <= most  # some numbers of rows are attended to in another way
    for widths in ((200, 270), (500, 140, 140, 400)):
        with torch.inference_mode():
            replays.solve(jobs(dit, *widths), 2, 0.7, 128)
    assert len(seen) == graphs  # other lengths are not compiled anew


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_what_inductor_makes_of_the_stages_is_what_eager_torch_makes() -> None:
    dit, vocoder = small_networks()
    compare(compiling("inductor", dit, vocoder), dit, vocoder, (0.7,), (2,))


def test_the_fused_activation_is_one_operation_to_a_compiler(kernel: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    from framevox.engine_daemon.engines.indextts2.networks.bigvgan import half_band

    _, vocoder = small_networks()
    vocoder.kernel, vocoder.taps = kernel, half_band(torch.device("cpu"), torch.float32)
    graphs: list[Any] = []

    def backend(graph: Any, inputs: Any) -> Any:
        graphs.append(graph)
        return graph.forward

    torch._dynamo.reset()
    mel, lengths = torch.randn(1, 80, 24, generator=torch.Generator().manual_seed(1)), torch.tensor([20])
    with torch.inference_mode():
        made = torch.compile(vocoder.forward, fullgraph=True, dynamic=True, backend=backend)(mel, lengths)
        vocoder.kernel = None
        plain = vocoder(mel, lengths)
    assert float((made - plain)[0, :80].norm() / plain[0, :80].norm()) < 1e-5
    (graph,) = graphs
    calls = [str(node.target) for node in graph.graph.nodes if node.op == "call_function"]
    assert sum("framevox" in call for call in calls) == 5  # four in the block, and the last
    assert not any("sin" in call.split(".")[-1] or "kaiser" in call for call in calls)


def test_what_cannot_be_compiled_runs_as_it_is_and_says_so(caplog: pytest.LogCaptureFixture) -> None:
    import torch

    from framevox.engine_daemon.engines.indextts2.compiling import Compiled

    def backend(graph: Any, inputs: Any) -> Any:
        raise RuntimeError("no compiler here")

    told: list[int] = []
    double = Compiled(lambda x: x + x, lambda: told.append(1), backend)  # type: ignore[arg-type]
    assert [float(double(torch.tensor(value))) for value in (1.0, 2.0)] == [2.0, 4.0]
    assert told == [1] and caplog.text.count("a stage could not be compiled") == 1 and "no compiler" in caplog.text


def test_a_compiled_stage_that_lacks_memory_or_loses_the_gpu_is_not_given_up() -> None:
    import torch

    from framevox.engine_daemon.engines.indextts2.compiling import Compiled
    from framevox.engine_daemon.protocol.errors import EngineLostError

    faults: list[Exception] = [
        torch.OutOfMemoryError("CUDA out of memory"),
        RuntimeError("CUDA error: device-side assert triggered"),
    ]

    def backend(graph: Any, inputs: Any) -> Any:
        def run(*args: Any) -> Any:
            if faults:
                raise faults.pop(0)
            return graph.forward(*args)

        return run

    torch._dynamo.reset()
    double = Compiled(lambda x: x + x, lambda: pytest.fail("given up"), backend)  # type: ignore[arg-type]
    with pytest.raises(torch.OutOfMemoryError):
        double(torch.tensor(1.0))
    with pytest.raises(EngineLostError):
        double(torch.tensor(1.0))
    assert float(double(torch.tensor(1.0))) == 2.0


def test_the_mode_of_a_gpu_is_one_of_three(monkeypatch: pytest.MonkeyPatch) -> None:
    from framevox.engine_daemon.engines.indextts2.loading.device import MODES, find_mode
    from framevox.engine_daemon.protocol.errors import InputError

    monkeypatch.delenv("FRAMEVOX_GPU_MODE", raising=False)
    assert find_mode() == "graphs"
    for mode in MODES:
        monkeypatch.setenv("FRAMEVOX_GPU_MODE", mode)
        assert find_mode() == mode
    monkeypatch.setenv("FRAMEVOX_GPU_MODE", "fast")
    with pytest.raises(InputError, match="FRAMEVOX_GPU_MODE is 'fast': use eager, graphs or compile"):
        find_mode()
