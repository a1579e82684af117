"""How many operations the stages of indextts2 launch at the released size, counted on tensors without storage, and how
often the host reads what they made, counted on the tiny model.

Views are not counted, and attention is one operation. No GPU and no weights are needed, and nothing is timed. Another
checkout is counted with the same script: PYTHONPATH=OTHER python benchmarks/indextts2_operations.py
"""

from __future__ import annotations

import inspect
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import report

CHECKOUT = Path(__file__).resolve().parent.parent
sys.path.append(str(CHECKOUT))

import torch  # noqa: E402
import yaml  # noqa: E402
from torch.overrides import TorchFunctionMode  # noqa: E402
from torch.utils._python_dispatch import TorchDispatchMode  # noqa: E402

from framevox.engine_daemon.engines.indextts2 import IndexTTS2Model  # noqa: E402
from framevox.engine_daemon.engines.indextts2.decode import Decoder, Sampling  # noqa: E402
from framevox.engine_daemon.engines.indextts2.loading.config import read_config  # noqa: E402
from framevox.engine_daemon.engines.indextts2.model import MelJob  # noqa: E402
from framevox.engine_daemon.engines.indextts2.networks import bigvgan, dit, gpt  # noqa: E402
from tests.golden.random_indextts2 import FULL, make_folder, speech_like  # noqa: E402

HEAVY = ("linear", "matmul", "mm", "addmm", "bmm", "conv1d", "conv_transpose1d", "convolution")
"""Matrix products and convolutions: these and attention are what no compiler fuses away."""
READS = {"item", "tolist", "cpu", "numpy", "nonzero", "__bool__", "__int__", "__float__", "__index__"}
"""What waits for a GPU."""


@dataclass(frozen=True)
class Counted:
    """How many operations a stage launches, and how many of them are matrix products, convolutions or attention."""

    what: str
    operations: int
    heavy: int


class _Operations(TorchDispatchMode):
    def __init__(self) -> None:
        super().__init__()
        self.count = self.heavy = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        returns = func._schema.returns
        view = any(one.alias_info is not None and not one.alias_info.is_write for one in returns)
        self.count += not (view or "unsafe_view" in func.name() or "detach" in func.name())
        self.heavy += func.name().removeprefix("aten::").partition(".")[0] in HEAVY
        return func(*args, **(kwargs or {}))


class _Attention(TorchFunctionMode):
    """Counts attention as the one kernel that it is on a GPU."""

    def __init__(self, operations: _Operations) -> None:
        super().__init__()
        self.operations = operations

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if func is torch.nn.functional.scaled_dot_product_attention:
            self.operations.count += 1
            self.operations.heavy += 1
            return args[0].view_as(args[0])
        if func is torch.Tensor.tolist:  # older checkouts keep the lengths of their steps on the host
            return [0.0] * len(args[0])
        return func(*args, **(kwargs or {}))


class _Reads(TorchFunctionMode):
    count = 0

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        self.count += getattr(func, "__name__", "") in READS
        return func(*args, **(kwargs or {}))


def count(what: str, work: Callable[[], Any]) -> Counted:
    """Returns how many operations ``work`` launches."""
    with torch.inference_mode(), _Operations() as operations, _Attention(operations):
        work()
    return Counted(what, operations.count, operations.heavy)


def one_kernel(x: torch.Tensor, *_: torch.Tensor | None) -> torch.Tensor:
    """In place of the fused activation, which is one operation."""
    return x.clone()


def decoder_of(model: gpt.GPT) -> Decoder:
    """64 rows of 512 places. Older checkouts make the cache themselves."""
    if "cache" in inspect.signature(Decoder).parameters:
        return Decoder(model, Sampling(), model.cache(64, 512))
    return Decoder(model, Sampling(), 64, 512)  # type: ignore[call-arg, arg-type]


def counted() -> list[Counted]:
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "config.yaml"
        path.write_text(yaml.safe_dump(FULL.config))
        config = read_config(path)
    with torch.device("meta"):
        model = gpt.GPT(config.gpt, FULL.semantic)
        flow = dit.DiT(config.s2mel)
        vocoder = bigvgan.BigVGAN(FULL.vocoder | {"use_bias_at_final": False})
        decoder = decoder_of(model)
        width, style = config.gpt.width, config.s2mel.style.width
        prefix, codes = torch.zeros(90, width), torch.zeros(150, dtype=torch.int64)

        def jobs(*widths: int) -> list[dit.Job]:
            made, prompt = config.s2mel.dit.content, torch.zeros(80, 430)
            return [dit.Job(torch.zeros(n, made), prompt, torch.zeros(style), torch.zeros(80, n)) for n in widths]

        mel, ragged = torch.zeros(2, 80, 256), torch.zeros(2, dtype=torch.int64)
        solve = count("an integration of 25 steps, all of it", lambda: flow.solve(jobs(690, 700), 25, 0.7))
        less = count("", lambda: flow.solve(jobs(690, 700), 24, 0.7))
        step = solve.operations - less.operations, solve.heavy - less.heavy
        found = [
            count("reading a line, before its first code", lambda: model.prefill([prefix], decoder.cache, 0)),
            count("a decoding step", lambda: decoder._advance(decoder.state.head(0, 64), 512)),
            count("the latents of a line", lambda: model.latents([prefix], [codes])),
            Counted("an integration step, rows of different lengths", *step),
            solve,
            count("the vocoder, equal rows, operation by operation", lambda: vocoder(mel)),
            count("the vocoder, rows of different lengths, operation by operation", lambda: vocoder(mel, ragged)),
        ]
        if hasattr(vocoder, "kernel"):
            vocoder.kernel = one_kernel
            found.append(
                count("the vocoder, rows of different lengths, fused activation", lambda: vocoder(mel, ragged))
            )
    return found


def reads() -> list[tuple[str, str]]:
    """How often the host reads within each stage, of two lines by the tiny model."""
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as name, torch.inference_mode():
        model = IndexTTS2Model.from_pretrained(make_folder(Path(name)))
        model.read_every = 8
        with torch.no_grad():
            model.gpt.mel_head.bias[model.config.gpt.stop_mel] = -1e4
        prompt = model.encode_prompt(speech_like(1, 3.2, 120.0), 24000)
        prefixes = [model.prefix([5, 6, 7], prompt, prompt.emotion)] * 2
        made: list[Any] = []

        def read(work: Callable[[], Any]) -> int:
            with _Reads() as mode:
                made.append(work())
            return mode.count

        steps = 64
        rows = [("a decoding step", f"{read(lambda: model.decode(prefixes, Sampling(), steps)) / steps:g}")]
        codes = [decoded.codes for decoded in made[-1]]
        rows.append(("the latents", f"{read(lambda: model.latents(prefixes, codes))}"))
        index = torch.arange(100) // 2
        noise = torch.zeros(80, prompt.mel.shape[1] + len(index))
        jobs = [MelJob(row, latent, prompt, index, noise) for row, latent in zip(codes, made[-1], strict=True)]
        rows.append(("an integration of 25 steps", f"{read(lambda: model.mels(jobs, 25))}"))
        rows.append(("the vocoder", f"{read(lambda: model.vocode_many(made[-1]))}"))
    return rows


def main() -> int:
    report.heading("Operations of indextts2", "torch")
    print(f"Counted: {Path(inspect.getfile(dit)).resolve().parents[4]}\n")
    report.table(
        ("what", "operations", "of these matrix products, convolutions, attention"),
        [(row.what, row.operations, row.heavy) for row in counted()],
    )
    report.table(("what", "reads by the host"), reads())
    return 0


if __name__ == "__main__":
    sys.exit(main())
