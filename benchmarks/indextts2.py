"""How fast the engine indextts2 is, on random weights. They never come to an end: every cue has as many codes.

On a GPU: weights of the released size, in bfloat16, for several numbers of cues, beside the reference on the same card
(``--reference``, see indextts2_reference.py) and beside the time that reading the language model's weights once a step
takes. Elsewhere: the tiny model on one core, and ratios alone. Ends with 1 when a target is missed. ``--dry-run`` does
on the CPU, with the tiny model, what would be done on a GPU: its figures mean nothing.
"""

from __future__ import annotations

import argparse
import gc
import itertools
import json
import os
import shlex
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import report

CHECKOUT = Path(__file__).resolve().parent.parent
sys.path.append(str(CHECKOUT))

import indextts2_operations  # noqa: E402
import indextts2_spans  # noqa: E402
import numpy as np  # noqa: E402
import torch  # noqa: E402

from framevox.engine_daemon.engines.base import PLAIN, unwrap  # noqa: E402
from framevox.engine_daemon.engines.indextts2 import IndexTTS2Model, Prompt  # noqa: E402
from framevox.engine_daemon.engines.indextts2.batches import buckets  # noqa: E402
from framevox.engine_daemon.engines.indextts2.decode import Sampling  # noqa: E402
from framevox.engine_daemon.engines.indextts2.decoders import ROWS  # noqa: E402
from framevox.engine_daemon.engines.indextts2.front_end import FrontEnd, front_end  # noqa: E402
from framevox.engine_daemon.engines.indextts2.loading.config import read_config  # noqa: E402
from framevox.engine_daemon.engines.indextts2.loading.device import find_mode  # noqa: E402
from framevox.engine_daemon.engines.indextts2.memory import VARIABLE  # noqa: E402
from framevox.engine_daemon.engines.indextts2.model import MelJob  # noqa: E402
from framevox.engine_daemon.engines.indextts2.networks.regulator import nearest_map  # noqa: E402
from framevox.engine_daemon.text.line import Line, Mark, Word  # noqa: E402
from tests.golden.random_indextts2 import SIZES, make_folder, speech_like  # noqa: E402
from tests.golden.random_indextts25 import SIZES25, make_folder25  # noqa: E402

FRAME_SECONDS = 0.02
STAGES = ("text", "gpt", "latents", "draft", "dit", "vocoder")
TIMES_FASTER, OVER_FLOOR, TIMES_REAL_TIME = 5.0, 2.5, 100.0
FIRST_AUDIO_MS, MEMORY_GB = 150.0, 12.0
WORDS = ("hello", "world", "the", "voice", "and", "of", "today", "a", "here")


def line(words: int, number: int = 0) -> Line:
    """A sentence of made-up word order, as the text front end would hand it on."""
    tokens: list[Word | Mark] = []
    text = ""
    for word in itertools.islice(itertools.cycle(WORDS[number % 9 :] + WORDS[: number % 9]), words):
        start = len(text) + (1 if text else 0)
        text = f"{text} {word}".strip()
        tokens.append(Word(word, start, len(text), "en", word))
        if len(tokens) % 9 == 8:
            tokens.append(Mark(".", len(text), len(text) + 1, "."))
            text += "."
    return Line(text, tuple(tokens))


def reset_peak() -> None:
    if torch.cuda.is_available():
        torch.cuda.reset_peak_memory_stats()


def peak() -> float:
    """The most GB of the GPU's memory that were taken since; not a number without one."""
    return torch.cuda.max_memory_allocated() / 1e9 if torch.cuda.is_available() else float("nan")


@dataclass
class Clock:
    """Seconds by stage: on a GPU of the wall, waiting for it; on the CPU of the processor, which other programs'
    work hardly changes."""

    gpu: bool
    spent: Counter[str]
    peaks: dict[str, float] = field(default_factory=dict)
    """The most memory that each stage has taken [GB]."""

    def now(self) -> float:
        if not self.gpu:
            return time.process_time()
        torch.cuda.synchronize()
        return time.perf_counter()

    def stage(self, name: str, work: Callable[[], Any]) -> Any:
        reset_peak()
        start = self.now()
        result = work()
        self.spent[name] += self.now() - start
        self.peaks[name] = max(self.peaks.get(name, 0.0), peak())
        return result


@dataclass(frozen=True)
class Bench:
    """A model with one voice, and how to read lines for it."""

    model: IndexTTS2Model
    prompt: Prompt
    vec: torch.Tensor
    text: FrontEnd
    steps: int

    @classmethod
    def load(cls, folder: Path, device: str, dtype: torch.dtype, steps: int) -> Bench:
        model = IndexTTS2Model.from_pretrained(folder, device, dtype)
        with torch.no_grad():
            model.gpt.mel_head.bias[model.config.gpt.stop_mel] = -1e4
        prompt = model.encode_prompt(speech_like(1, 5.0, 120.0), 24000)
        text = front_end(folder, model.config)
        return cls(model, prompt, model.emotion_vector(prompt), text, steps)

    @property
    def code_seconds(self) -> float:
        """How long a code lasts."""
        return FRAME_SECONDS * self.model.config.frames_per_code

    def codes(self, seconds: float) -> int:
        """How many codes last so long, as far as the model goes: the tiny one of a dry run ends before 3 s."""
        return min(round(seconds / self.code_seconds), self.model.config.gpt.max_mel)

    def prefixes(self, lines: Sequence[Line]) -> list[torch.Tensor]:
        with torch.inference_mode():
            return [self.model.prefix(self.text.read(each)[0][0].ids, self.prompt, self.vec) for each in lines]

    def decode(self, prefixes: Sequence[torch.Tensor], codes: int | Sequence[int], rows: int = ROWS) -> Any:
        generators = [torch.Generator().manual_seed(i) for i in range(len(prefixes))]
        return [d.codes for d in self.model.decode(prefixes, Sampling(), codes, generators, rows=rows)]

    def jobs(self, codes: Sequence[torch.Tensor], latents: Sequence[torch.Tensor]) -> list[MelJob]:
        jobs = []
        for row, lat in zip(codes, latents, strict=True):
            index = nearest_map(len(row) * self.model.config.frames_per_code, self.model.frames(len(row)))
            noise = torch.randn(80, self.prompt.mel.shape[1] + len(index))
            jobs.append(MelJob(row, lat, self.prompt, index, noise))
        return jobs

    def speak(self, lines: Sequence[Line], codes: int, clock: Clock) -> None:
        """Everything from lines to sound, all together, as the engine does it for lines at their own pace."""
        prefixes = clock.stage("text", lambda: self.prefixes(lines))
        rows = clock.stage("gpt", lambda: self.decode(prefixes, codes))
        assert all(len(row) == codes for row in rows)
        width = self.prompt.mel.shape[1] + self.model.frames(codes)
        frames = min(self.model.memory.mel_frames(), self.model.memory.sound_frames())
        for bucket in buckets([width] * len(rows), frames):
            mine, before = [rows[i] for i in bucket], [prefixes[i] for i in bucket]
            latents = clock.stage("latents", lambda m=mine, b=before: self.model.latents(b, m))
            clock.stage("draft", lambda m=mine, n=latents: self.model.drafts(m, n, [self.prompt] * len(m)))
            jobs = self.jobs(mine, latents)
            mels = clock.stage("dit", lambda j=jobs: self.model.mels(j, self.steps))
            clock.stage("vocoder", lambda m=mels: [sound.cpu() for sound in self.model.vocode_many(m)])

    def first_audio(self, one: Line, codes: int, clock: Clock) -> float:
        """Seconds from a line to the first half second of its sound, the voice being known."""
        start = clock.now()
        prefixes = self.prefixes([one])
        rows = self.decode(prefixes, codes)
        latents = self.model.latents(prefixes, rows)
        self.model.drafts(rows, latents, [self.prompt])
        (mel,) = self.model.mels(self.jobs(rows, latents), self.steps)
        next(self.model.vocode_stream(mel, 43)).cpu()
        return clock.now() - start


@dataclass(frozen=True)
class Reference:
    """What ``indextts2_reference.py`` found: seconds for a line by way of decoding, and whether its cache was used."""

    seconds: dict[str, float]
    cached: bool

    @classmethod
    def measure(cls, folder: Path, bench: Bench, options: argparse.Namespace, codes: int) -> Reference | None:
        """Asks it in a Python of its own; None where none is named, or nothing could be measured."""
        if options.reference is None:
            print("The reference is not compared with: name a Python that has it with --reference.\n")
            return None
        device = bench.model.device.type
        with tempfile.TemporaryDirectory() as name:
            voice = Path(name) / "voice.npz"
            tensors = {key: getattr(bench.prompt, key) for key in ("semantic", "mel", "style", "condition")}
            ids = np.array(bench.text.read(line(10))[0][0].ids)
            np.savez(voice, ids=ids, language=1, **{key: value.float().cpu().numpy() for key, value in tensors.items()})
            script = CHECKOUT / "benchmarks" / "indextts2_reference.py"
            command = [*shlex.split(options.reference), "-W", "ignore", str(script)]
            command += [str(folder), str(voice), "--release", bench.model.config.version, "--device", device]
            command += ["--size", "full" if device == "cuda" else "tiny", "--codes", str(codes)]
            command += ["--steps", str(bench.steps), "--repeat", str(options.repeat)]
            environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"} | {"TQDM_DISABLE": "1"}
            done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        if done.returncode:
            print(f"The reference could not be run: {done.stderr.strip()[-1500:]}\n")
            return None
        found = json.loads(done.stdout.strip().splitlines()[-1])
        versions = ", ".join(f"{name} {version}" for name, version in found["versions"].items())
        print(f"The reference of IndexTTS-{bench.model.config.version}: {versions}.\n")
        for way, fault in found["failed"].items():
            print(f"The reference with {way} fails: {fault}\n")
        places = found["places"]
        claim = f"the reference decodes with its cache, one place a step: {places}"
        return cls(found["seconds"], report.verdict(claim, places == 1)) if found["seconds"] else None


def best(work: Callable[[], Any], clock: Clock, repeat: int) -> float:
    """The least of several times, after one that is not counted."""
    work()
    times = []
    for _ in range(repeat):
        start = clock.now()
        work()
        times.append(clock.now() - start)
    return min(times)


# --- on a GPU


@dataclass(frozen=True)
class Measured:
    """Real-time factors by number of cues. First audio in ms; the floor as a real-time factor."""

    factors: dict[int, float]
    first_ms: float
    spans_met: bool
    floor: float


def measure_ours(bench: Bench, options: argparse.Namespace, clock: Clock) -> Measured:
    floor, codes = decoding_floor(bench.model, bench.code_seconds), bench.codes(options.seconds)
    factors: dict[int, float] = {}
    rows, shares, peaks = [], [], []
    print(f"{bench.model.warm_up(Sampling())}.\n")
    # Before anything else has its shapes.
    spans_met = indextts2_spans.measure(bench.model, bench.steps, line, options.cues)
    for count in options.cues:
        lines = [line(10, i) for i in range(count)]
        reset_peak()
        wall = best(partial(bench.speak, lines, codes, clock), clock, options.repeat)
        memory = peak()
        clock.spent.clear()
        clock.peaks.clear()
        bench.speak(lines, codes, clock)
        factors[count] = factor = wall / (count * codes * bench.code_seconds)
        rows.append((count, f"{factor:.4f}", f"{1 / factor:.1f}", memory, factor / floor))
        total = sum(clock.spent.values())
        shares.append((count, *(f"{1000 * clock.spent[s]:.0f} ({clock.spent[s] / total:.0%})" for s in STAGES)))
        peaks.append((count, *(clock.peaks[s] for s in STAGES)))
    report.table(("cues", "real-time factor", "times real time", "peak GB", "times the floor"), rows)
    report.table(("cues", *(f"{s} ms" for s in STAGES)), shares)
    report.table(("cues", *(f"{s} peak GB" for s in STAGES)), peaks)
    first = best(partial(bench.first_audio, line(10), codes, clock), clock, options.repeat)
    print(f"First audio of one cue after {1000 * first:.0f} ms, the voice being known. Floor: a real-time factor of")
    print(f"{floor:.4f}, the decoder's weights read once a step at this card's own bandwidth.\n")
    return Measured(factors, 1000 * first, spans_met, floor)


def limited_memory(folder: Path, options: argparse.Namespace, clock: Clock) -> float:
    """The most memory that is taken [GB], caches of torch's included, where the user sets the limit."""
    os.environ[VARIABLE] = f"{MEMORY_GB:g}"
    try:
        bench = on_card(folder)
    finally:
        del os.environ[VARIABLE]
    bench.model.warm_up(Sampling())
    bench.speak([line(10, i) for i in range(32)], bench.codes(options.seconds), clock)
    return torch.cuda.max_memory_reserved() / 1e9 if torch.cuda.is_available() else 0.0


def freed() -> None:
    """Gives back all of the GPU's memory that nothing refers to any more."""
    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
    reset_peak()


def on_card(folder: Path) -> Bench:
    if torch.cuda.is_available():
        return Bench.load(folder, "cuda", torch.bfloat16, 25)
    return Bench.load(folder, "cpu", torch.float32, 2)


def on_gpu(folder: Path, options: argparse.Namespace) -> bool:
    gpu = torch.cuda.is_available()
    card = torch.cuda.get_device_name() if gpu else "none, a dry run"
    print(f"GPU: {card}, bfloat16, {options.seconds:g} s a cue, 5 s of reference, driven by {find_mode()}\n")
    clock = Clock(gpu, Counter())
    bench = on_card(folder)
    ours = measure_ours(bench, options, clock)
    operations()
    met = ours.spans_met
    codes, one = bench.codes(options.seconds), ours.factors.get(1)
    bench.model.release()
    freed()
    theirs = None if one is None else Reference.measure(folder, bench, options, codes)
    if theirs is not None and one is not None:
        factors = {way: took / (codes * bench.code_seconds) for way, took in theirs.seconds.items()}
        report.table(("reference, float16", "real-time factor"), [(t, f"{f:.4f}") for t, f in factors.items()])
        times = min(factors.values()) / one
        claim = f"one cue is at least {TIMES_FASTER:g} x as fast as the reference without use_accel and use_cuda_kernel"
        met &= theirs.cached & report.verdict(f"{claim}: {times:.1f} x ({card})", times >= TIMES_FASTER)
    if one is not None:
        over = one / ours.floor
        met &= report.verdict(
            f"one cue within {OVER_FLOOR:g} x of the floor: {over:.1f} x ({card})", over <= OVER_FLOOR
        )
    if 64 in ours.factors:
        speed = 1 / ours.factors[64]
        claim = f"64 cues at {TIMES_REAL_TIME:g} x real time or better: {speed:.0f} x ({card})"
        met &= report.verdict(claim, speed >= TIMES_REAL_TIME)
    claim = f"first audio within {FIRST_AUDIO_MS:g} ms, the voice being known: {ours.first_ms:.0f} ms ({card})"
    met &= report.verdict(claim, ours.first_ms <= FIRST_AUDIO_MS)
    del bench
    freed()
    memory = limited_memory(folder, options, clock)
    claim = f"at most {MEMORY_GB:g} GB for 32 cues with that limit: {memory:.1f} GB ({card})"
    return met & report.verdict(claim, memory <= MEMORY_GB)


def operations() -> None:
    """Prints what the stages launch, and how often the host reads."""
    found = [(row.what, row.operations) for row in indextts2_operations.counted()]
    report.table(("at the released size", "operations"), found)
    report.table(("what", "reads by the host"), indextts2_operations.reads())


def decoding_floor(model: IndexTTS2Model, code_seconds: float) -> float:
    """The real-time factor of one line whose every step took only as long as reading the decoder's weights takes."""
    gpt = model.gpt
    nets = (gpt.blocks, gpt.ln_f, gpt.final_norm, gpt.mel_head)
    size = sum(p.numel() * p.element_size() for net in nets for p in net.parameters())
    block = torch.empty(2**30 if model.device.type == "cuda" else 2**20, dtype=torch.uint8, device=model.device)
    target = torch.empty_like(block)
    clock = Clock(model.device.type == "cuda", Counter())
    seconds = best(lambda: [target.copy_(block) for _ in range(10)], clock, 3) / 10
    return size / (2 * block.numel() / seconds) / code_seconds


# --- on the CPU


def on_cpu(folder: Path, options: argparse.Namespace) -> bool:
    torch.set_num_threads(1)
    print("No GPU here: the tiny model on one core in float32 with 4 integration steps of 25, processor seconds.")
    print("Only ratios mean anything.\n")
    clock = Clock(False, Counter())
    bench = Bench.load(folder, "cpu", torch.float32, 4)
    codes, count = 100, 8
    lines = [line(10, i) for i in range(count)]
    rows: list[tuple[object, ...]] = []
    met = True

    def compare(title: str, ours: float, other: float, least: float | None) -> None:
        nonlocal met
        rows.append((title, f"{other / ours:.2f}"))
        if least is not None:
            met &= report.verdict(f"{title}: at least {least:g} x: {other / ours:.2f} x", other >= least * ours)

    together = best(lambda: bench.speak(lines, codes, clock), clock, options.repeat)
    clock.spent.clear()
    bench.speak(lines, codes, clock)
    batched = Counter(clock.spent)
    clock.spent.clear()
    alone = best(lambda: [bench.speak([each], codes, clock) for each in lines], clock, options.repeat)
    clock.spent.clear()
    for each in lines:
        bench.speak([each], codes, clock)
    single = Counter(clock.spent)
    total = sum(batched.values())
    report.table(
        ("stage", f"{count} cues together, share of the time", "one by one, times that"),
        [(s, f"{batched[s] / total:.0%}", f"{single[s] / batched[s]:.2f}") for s in STAGES],
    )
    compare(f"{count} cues together, against one by one", together, alone, None)  # arithmetic costs a CPU the same
    compare("their decoding alone", batched["gpt"], single["gpt"], 1.5)

    limits = [20 + 100 * (i % 4 == 0) for i in range(16)]
    prefixes = bench.prefixes([line(10, i) for i in range(16)])
    joining = best(lambda: bench.decode(prefixes, limits, rows=4), clock, options.repeat)
    static = best(
        lambda: [bench.decode(prefixes[i : i + 4], limits[i : i + 4], rows=4) for i in range(0, 16, 4)],
        clock, options.repeat,
    )  # fmt: skip
    compare("16 cues of 20 or 120 codes, 4 rows, as rows get free, against 4 by 4", joining, static, 1.1)

    met &= indextts2_spans.measure(bench.model, bench.steps, line, (1, 4))
    operations()
    first, whole = streamed(bench, options.repeat)
    compare("first audio of a line of 80 words, against all of it", first, whole, 2.0)

    theirs = Reference.measure(folder, bench, options, codes)
    if theirs is not None:
        met &= theirs.cached
        ours = best(lambda: bench.speak(lines[:1], codes, clock), clock, options.repeat)
        for way, took in theirs.seconds.items():
            compare(f"one cue, against the reference with {way}", ours, took, 1.0)
            compare(f"{count} cues together, against the reference with {way}", together / count, took, 1.0)
    print()
    report.table(("what", "times as fast"), rows)
    return met


def streamed(bench: Bench, repeat: int) -> tuple[float, float]:
    """Processor seconds to the first piece of a long line, and to the whole of it when it is not streamed."""
    import soundfile

    from framevox.engine_daemon.engines.indextts2.engine import IndexTTS2Engine

    with tempfile.TemporaryDirectory() as name:
        soundfile.write(Path(name) / "anna.wav", speech_like(1, 5.0, 120.0), 24000)
        engine = IndexTTS2Engine(bench.model, Path(name), Path(name) / "cache", steps=bench.steps)
        asked = line(80), engine.voice("anna"), PLAIN
        firsts, wholes = [], []
        for _ in range(repeat + 1):
            start = time.process_time()
            pieces = engine.stream(asked)
            next(pieces)
            firsts.append(time.process_time() - start)
            pieces.close()
            start = time.process_time()
            (plan,) = engine.plan([asked])
            ((_, speech),) = engine.speak([(unwrap(plan), None)])
            assert unwrap(speech).end > 0
            wholes.append(time.process_time() - start)
    return min(firsts[1:]), min(wholes[1:])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cues", type=int, nargs="+", default=[1, 8, 32, 64, 128])
    parser.add_argument("--seconds", type=float, default=3.0, help="of each cue, on a GPU")
    parser.add_argument("--repeat", type=int, default=3, help="the best of so many runs counts")
    parser.add_argument("--release", choices=("2", "2.5"), default="2", help="whose weights are made")
    parser.add_argument("--model", type=Path, help="a folder of random weights made before, of either release")
    parser.add_argument("--reference", metavar="COMMAND", help="a Python that has the reference, as a command")
    parser.add_argument("--cpu", action="store_true", help="as if there were no GPU")
    parser.add_argument("--dry-run", action="store_true", help="try on the CPU what would be done on a GPU")
    options = parser.parse_args()
    report.heading("Speed of indextts2", "torch", "transformers")
    if options.dry_run and torch.cuda.is_available():
        parser.error("there is a GPU: leave --dry-run out")
    gpu = torch.cuda.is_available() and not options.cpu
    with tempfile.TemporaryDirectory(prefix="framevox-benchmark-") as name:
        folder = options.model or Path(name)
        if options.model is None:
            size = "full" if gpu else "tiny"
            make: Callable[..., Path] = (
                partial(make_folder25, size=SIZES25[size])
                if options.release == "2.5"
                else partial(make_folder, size=SIZES[size])
            )
            make(folder, 0)
        print(f"Random weights of IndexTTS-{read_config(folder / 'config.yaml').version}.\n")
        if options.dry_run:
            on_gpu(folder, options)
            return 0
        return 0 if (on_gpu if gpu else on_cpu)(folder, options) else 1


if __name__ == "__main__":
    sys.exit(main())
