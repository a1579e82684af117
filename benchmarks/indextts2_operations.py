"""How many operations the stages of indextts2 launch at the released size, counted on tensors without storage.

Views are not counted, and attention is one operation. No GPU and no weights are needed, and nothing is timed.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import report

CHECKOUT = Path(__file__).resolve().parent.parent
sys.path.append(str(CHECKOUT))

import torch  # noqa: E402
import yaml  # noqa: E402
from torch.overrides import TorchFunctionMode  # noqa: E402
from torch.utils._python_dispatch import TorchDispatchMode  # noqa: E402

from framevox.engine_daemon.engines.indextts2.decode import READ_EVERY, Decoder, Sampling  # noqa: E402
from framevox.engine_daemon.engines.indextts2.loading.config import read_config  # noqa: E402
from framevox.engine_daemon.engines.indextts2.networks import bigvgan, dit, gpt  # noqa: E402
from framevox.engine_daemon.engines.indextts2.networks.bigvgan import Snake  # noqa: E402
from tests.golden.random_indextts2 import FULL  # noqa: E402


class _Operations(TorchDispatchMode):
    def __init__(self) -> None:
        super().__init__()
        self.count = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        returns = func._schema.returns
        view = any(one.alias_info is not None and not one.alias_info.is_write for one in returns)
        self.count += not (view or "unsafe_view" in func.name() or "detach" in func.name())
        return func(*args, **(kwargs or {}))


class _Attention(TorchFunctionMode):
    """Counts attention as the one kernel that it is on a GPU."""

    def __init__(self, operations: _Operations) -> None:
        super().__init__()
        self.operations = operations

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if func is torch.nn.functional.scaled_dot_product_attention:
            self.operations.count += 1
            return args[0].view_as(args[0])
        return func(*args, **(kwargs or {}))


def count(work: Callable[[], Any]) -> int:
    """Returns how many operations ``work`` launches."""
    with torch.inference_mode(), _Operations() as operations, _Attention(operations):
        work()
    return operations.count


def one_kernel(self: Snake, x: torch.Tensor, lengths: torch.Tensor | None) -> torch.Tensor:
    """In place of the fused activation, which is one operation."""
    return x.clone()


def counted() -> list[tuple[str, int]]:
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "config.yaml"
        path.write_text(yaml.safe_dump(FULL.config))
        config = read_config(path)
    with torch.device("meta"):
        model = gpt.GPT(config.gpt, FULL.semantic)
        flow = dit.DiT(config.s2mel)
        vocoder = bigvgan.BigVGAN(FULL.vocoder | {"use_bias_at_final": False})
        decoder = Decoder(model, Sampling(), 64, 512, read_every=READ_EVERY)

        def jobs(*widths: int) -> list[dit.Job]:
            c = config.s2mel
            style, prompt = torch.zeros(c.style.width), torch.zeros(80, 430)
            return [dit.Job(torch.zeros(n, c.dit.content), prompt, style, torch.zeros(80, n)) for n in widths]

        mel, ragged = torch.zeros(2, 80, 256), torch.zeros(2, dtype=torch.int64)
        step = count(lambda: decoder._advance(decoder.state.head(0, 64), 512))
        solve = [count(lambda n=n: flow.solve(jobs(690, 700), n, 0.7)) for n in (25, 24)]
        found = [
            ("a decoding step", step),
            ("an integration step, rows of different lengths", solve[0] - solve[1]),
            ("an integration of 25 steps, all of it", solve[0]),
            ("the vocoder, equal rows, unfused", count(lambda: vocoder(mel))),
            ("the vocoder, rows of different lengths, unfused", count(lambda: vocoder(mel, ragged))),
        ]
        whole = Snake.forward
        Snake.forward = one_kernel  # type: ignore[method-assign]
        found.append(("the vocoder, rows of different lengths, fused", count(lambda: vocoder(mel, ragged))))
        Snake.forward = whole  # type: ignore[method-assign]
    return found


def main() -> int:
    report.heading("Operations of indextts2", "torch")
    report.table(("what", "operations"), counted())
    print(f"The host looks at what was decoded once in {READ_EVERY} steps, and at nothing within an integration.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
