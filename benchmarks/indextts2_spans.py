"""What the daemon runs: lines of different lengths planned and spoken to spans, the first time and again."""

from __future__ import annotations

import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import report
import soundfile
import torch

from framevox.engine_daemon.engines.base import PLAIN, unwrap
from framevox.engine_daemon.engines.indextts2 import IndexTTS2Model, decode_lines
from framevox.engine_daemon.engines.indextts2.decode import Decoder
from framevox.engine_daemon.engines.indextts2.engine import IndexTTS2Engine
from framevox.engine_daemon.text.line import Line
from tests.golden.random_indextts2 import speech_like

STAGES = ("decode", "latents", "draft", "mels", "vocoder")
RATIOS = (1.0, 0.92, 1.1, 0.8, 1.3, 1.05, 0.97)
SOLVES_A_LINE = 1.1


@contextmanager
def counted(model: IndexTTS2Model, spent: Counter[str]) -> Iterator[None]:
    """Adds up the seconds of each stage, the lines that were integrated, and how often the host looked at codes."""
    cls = type(model)
    plain = {name: getattr(cls, name) for name in ("decode", "latents", "mels", "vocode_many")}
    leave, step = Decoder._leave, Decoder._step

    def now() -> float:
        if model.device.type == "cuda":
            torch.cuda.synchronize()
        return time.perf_counter()

    def stage(name: str, of: Callable[..., Any]) -> Callable[..., Any]:
        def run(self: Any, items: Sequence[Any], *rest: Any, **named: Any) -> Any:
            draft = name == "mels" and named.get("cfg_rate") == 0.0
            if name == "mels" and not draft:
                spent["integrated"] += len(items)
            began = now()
            made = of(self, items, *rest, **named)
            spent["draft" if draft else {"vocode_many": "vocoder"}.get(name, name)] += now() - began
            return made

        return run

    def looked(self: Decoder, rows: Any) -> Any:
        spent["looks"] += 1
        return leave(self, rows)

    def stepped(self: Decoder, *shape: int) -> None:
        spent["steps"] += 1
        step(self, *shape)

    for name, of in plain.items():
        setattr(cls, name, stage(name, of))
    Decoder._leave, Decoder._step = looked, stepped  # type: ignore[method-assign]
    limit = decode_lines._Row.limit
    # Random weights never end a line: each has as many codes as speech of so many ids would.
    decode_lines._Row.limit = lambda row, per_code: (30 + 4 * len(row.prefix)) // per_code  # type: ignore[method-assign]
    bias, stop = model.gpt.mel_head.bias, model.gpt.config.stop_mel
    before = float(bias[stop])
    with torch.no_grad():
        bias[stop] = -1e3
    try:
        yield
    finally:
        for name, of in plain.items():
            setattr(cls, name, of)
        Decoder._leave, Decoder._step = leave, step  # type: ignore[method-assign]
        decode_lines._Row.limit = limit  # type: ignore[method-assign]
        with torch.no_grad():
            bias[stop] = before


def measure(model: IndexTTS2Model, steps: int, line: Callable[[int, int], Line], counts: Sequence[int]) -> bool:
    """Prints a row for every number of cues, the first time and again; returns whether all hit their spans and were
    integrated about once."""
    gpu = model.device.type == "cuda"
    rows, met, segments, spoken = [], True, 0, 0
    with tempfile.TemporaryDirectory() as name:
        soundfile.write(Path(name) / "anna.wav", speech_like(1, 5.0, 120.0), 24000)
        engine = IndexTTS2Engine(model, Path(name), Path(name) / "cache", steps=steps)
        voice = engine.voice("anna")
        for count in counts:
            lines = [(line(5 + 3 * (i % 4), i), voice, PLAIN) for i in range(count)]
            for again in (False, True):
                spent: Counter[str] = Counter()
                engine._latest.clear()
                if gpu:
                    torch.cuda.reset_peak_memory_stats()
                began = time.perf_counter()
                with counted(model, spent):
                    plans = [unwrap(plan) for plan in engine.plan(lines)]
                    spans = [round(plan.natural * RATIOS[i % len(RATIOS)]) for i, plan in enumerate(plans)]
                    made = dict(engine.speak(list(zip(plans, spans, strict=True))))
                wall = time.perf_counter() - began
                speeches = [unwrap(made[i]) for i in range(count)]
                off = [abs(s.end - s.start - span) for s, span in zip(speeches, spans, strict=True)]
                met &= max(off) <= engine.step // 2
                parts = sum(len(plan.state.parts) for plan in plans)
                segments += parts
                spoken += spent["integrated"]
                seconds = sum(span for span in spans) / engine.sample_rate
                memory = torch.cuda.max_memory_allocated() / 1e9 if gpu else float("nan")
                stages = (f"{1000 * spent[stage]:.0f}" for stage in STAGES)
                solves = f"{spent['integrated'] / parts:.2f}"
                looks = f"{spent['looks'] / max(1, spent['steps']):.3f}"
                rows.append((count, "again" if again else "first", f"{wall / seconds:.4f}", *stages, solves, looks,
                             f"{memory:.1f}", f"{max(off)}"))  # fmt: skip
    print("As the daemon works: lines of different lengths, planned and then spoken to 0.8 to 1.3 of their length.\n")
    names = (f"{stage} ms" for stage in STAGES)
    columns = ("cues", "run", "real-time factor", *names, "integrations a segment", "host reads a step", "peak GB")
    report.table((*columns, "samples off"), rows)
    claim = f"every span within half a mel frame, and at most {SOLVES_A_LINE:g} integrations a segment"
    return report.verdict(f"{claim}: {spoken / segments:.2f}", met and spoken <= SOLVES_A_LINE * segments)
