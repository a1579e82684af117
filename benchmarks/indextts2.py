"""How fast the engine indextts2 is, on random weights. They never come to an end: every cue has as many codes.

On a GPU: weights of the released size, in bfloat16, for several numbers of cues, beside the reference on the same card
(where the package indextts2-inference is installed) and beside the time that reading the language model's weights once
a step takes. Elsewhere: the tiny model on one core, and ratios alone. Ends with 1 when a target is missed.
"""

from __future__ import annotations

import argparse
import itertools
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import report

CHECKOUT = Path(__file__).resolve().parent.parent
sys.path.append(str(CHECKOUT))

import indextts2_operations  # noqa: E402
import indextts2_spans  # noqa: E402
import torch  # noqa: E402

from framevox.engine_daemon.engines.base import PLAIN, unwrap  # noqa: E402
from framevox.engine_daemon.engines.indextts2 import IndexTTS2Model, Prompt  # noqa: E402
from framevox.engine_daemon.engines.indextts2.batches import BUCKET_FRAMES, buckets  # noqa: E402
from framevox.engine_daemon.engines.indextts2.decode import Sampling  # noqa: E402
from framevox.engine_daemon.engines.indextts2.decoders import ROWS  # noqa: E402
from framevox.engine_daemon.engines.indextts2.model import MelJob  # noqa: E402
from framevox.engine_daemon.engines.indextts2.networks.regulator import nearest_map  # noqa: E402
from framevox.engine_daemon.engines.indextts2.text_ids import TextFrontEnd  # noqa: E402
from framevox.engine_daemon.text.line import Line, Mark, Word  # noqa: E402
from tests.golden.random_indextts2 import FULL, TINY, Size, make_folder, speech_like  # noqa: E402

CODE_SECONDS = 0.02
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


@dataclass
class Clock:
    """Seconds by stage: on a GPU of the wall, waiting for it; on the CPU of the processor, which other programs'
    work hardly changes."""

    gpu: bool
    spent: Counter[str]

    def now(self) -> float:
        if not self.gpu:
            return time.process_time()
        torch.cuda.synchronize()
        return time.perf_counter()

    def stage(self, name: str, work: Callable[[], Any]) -> Any:
        start = self.now()
        result = work()
        self.spent[name] += self.now() - start
        return result


@dataclass(frozen=True)
class Bench:
    """A model with one voice, and how to read lines for it."""

    model: IndexTTS2Model
    prompt: Prompt
    vec: torch.Tensor
    text: TextFrontEnd
    steps: int

    @classmethod
    def load(cls, folder: Path, device: str, dtype: torch.dtype, steps: int) -> Bench:
        model = IndexTTS2Model.from_pretrained(folder, device, dtype)
        with torch.no_grad():
            model.gpt.mel_head.bias[model.config.gpt.stop_mel] = -1e4
        prompt = model.encode_prompt(speech_like(1, 5.0, 120.0), 24000)
        text = TextFrontEnd.of(folder, model.config)
        return cls(model, prompt, model.emotion_vector(prompt), text, steps)

    def prefixes(self, lines: Sequence[Line]) -> list[torch.Tensor]:
        with torch.inference_mode():
            return [self.model.prefix(self.text.read(each)[0][0].ids, self.prompt, self.vec) for each in lines]

    def decode(self, prefixes: Sequence[torch.Tensor], codes: int | Sequence[int], rows: int = ROWS) -> Any:
        generators = [torch.Generator().manual_seed(i) for i in range(len(prefixes))]
        return [d.codes for d in self.model.decode(prefixes, Sampling(), codes, generators, rows=rows)]

    def jobs(self, codes: Sequence[torch.Tensor], latents: Sequence[torch.Tensor]) -> list[MelJob]:
        jobs = []
        for row, lat in zip(codes, latents, strict=True):
            index = nearest_map(len(row), self.model.frames(len(row)))
            noise = torch.randn(80, self.prompt.mel.shape[1] + len(index))
            jobs.append(MelJob(row, lat, self.prompt, index, noise))
        return jobs

    def speak(self, lines: Sequence[Line], codes: int, clock: Clock) -> None:
        """Everything from lines to sound, all together, as the engine does it for lines at their own pace."""
        prefixes = clock.stage("text", lambda: self.prefixes(lines))
        rows = clock.stage("gpt", lambda: self.decode(prefixes, codes))
        assert all(len(row) == codes for row in rows)
        width = self.prompt.mel.shape[1] + self.model.frames(codes)
        for bucket in buckets([width] * len(rows), BUCKET_FRAMES):
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


class ReferenceBench:
    """The reference's own modules on the same weights, driven line by line as its ``infer`` does, the voice cached.

    Without its ``use_accel`` and ``use_cuda_kernel``: with them it may be faster than what is printed here."""

    def __init__(self, folder: Path, size: Size, device: str, steps: int) -> None:
        from tests.golden.record_indextts2 import Reference

        self.half, self.device, self.steps = device == "cuda", torch.device(device), steps
        self.ref = ref = Reference(folder, size)
        for net in (ref.gpt, ref.gpt.inference_model, ref.s2mel, ref.codec, ref.bigvgan):
            net.to(self.device)
        estimator = ref.s2mel["cfm"].estimator
        estimator.transformer.max_seq_length = -1  # so that its tables are made again, on the device
        estimator.setup_caches(max_batch_size=1, max_seq_length=8192)
        if self.half:
            ref.gpt.half()
        with torch.no_grad():
            ref.gpt.mel_head.bias[size.config["gpt"]["stop_mel_token"]] = -1e4

    def use(self, prompt: Prompt) -> None:
        """Takes a voice from ours: what it is derived from the clip is the same, and not measured here."""
        self.semantic, self.mel = prompt.semantic[None].float(), prompt.mel[None]
        self.style, self.condition = prompt.style[None], prompt.condition[None]
        # From outside inference mode, where the reference's in-place work is allowed.
        for name in ("semantic", "mel", "style", "condition"):
            setattr(self, name, getattr(self, name).to(self.device).clone())

    @torch.no_grad()
    def speak(self, ids: list[int], codes: int, beams: int) -> None:
        ref, d = self.ref, self.device
        text = torch.tensor([ids], dtype=torch.int32, device=d)
        long = torch.tensor([self.semantic.shape[1]], device=d)
        with torch.autocast(d.type, torch.float16, enabled=self.half):
            vec = ref.gpt.merge_emovec(self.semantic, self.semantic, long, long, alpha=1.0)
            made, latents = ref.gpt.inference_speech(
                self.semantic, text, self.semantic, cond_lengths=long, emo_cond_lengths=long, emo_vec=vec,
                do_sample=True, top_p=0.8, top_k=30, temperature=0.8, num_return_sequences=1, length_penalty=0.0,
                num_beams=beams, repetition_penalty=10.0, max_generate_length=codes,
            )  # fmt: skip
            made = made[:, :codes]
            assert made.shape[1] == codes
            lat = ref.gpt(
                latents, text, torch.tensor([len(ids)], device=d), made, torch.tensor([codes], device=d),
                self.semantic, cond_mel_lengths=long, emo_cond_mel_lengths=long, emo_vec=vec,
                use_speed=torch.zeros(1, dtype=torch.int64, device=d),
            )  # fmt: skip
        frames = ref.codec.quantizer.vq2emb(made[:, None]).transpose(1, 2) + ref.s2mel["gpt_layer"](lat.float())
        target = torch.tensor([int(codes * 1.72)], device=d)
        cond = ref.s2mel["length_regulator"](frames, ylens=target, n_quantizers=3, f0=None)[0]
        mu = torch.cat([self.condition, cond], 1)
        mel = ref.s2mel["cfm"].inference(mu, torch.tensor([mu.shape[1]], device=d), self.mel, self.style, None,
                                         self.steps, inference_cfg_rate=0.7)  # fmt: skip
        ref.bigvgan(mel[:, :, self.mel.shape[2] :].float()).clamp(-1, 1).cpu()


def reference() -> type[ReferenceBench] | None:
    """None where it is not installed. To be asked before anything loads transformers: it needs torchaudio with it."""
    try:
        from tests.golden import record_indextts2  # noqa: F401
    except ImportError as error:
        print(f"The reference is not compared with: {error}.\n")
        return None
    return ReferenceBench


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
    """By number of cues: real-time factor and peak memory [GB]. First audio in ms; the floor as a real-time factor."""

    results: dict[int, tuple[float, float]]
    first_ms: float
    spans_met: bool
    floor: float
    ids: list[int]
    prompt: Prompt


def measure_ours(folder: Path, options: argparse.Namespace, clock: Clock) -> Measured:
    torch.cuda.reset_peak_memory_stats()
    bench = Bench.load(folder, "cuda", torch.bfloat16, 25)
    floor = decoding_floor(bench.model)
    results: dict[int, tuple[float, float]] = {}
    rows, shares = [], []
    print(f"{bench.model.warm_up(Sampling())}.\n")
    spans_met = indextts2_spans.measure(bench.model, 25, line, options.cues)  # before anything else has its shapes
    for count in options.cues:
        lines = [line(10, i) for i in range(count)]
        torch.cuda.reset_peak_memory_stats()
        wall = best(partial(bench.speak, lines, options.codes, clock), clock, options.repeat)
        memory = torch.cuda.max_memory_allocated() / 1e9
        clock.spent.clear()
        bench.speak(lines, options.codes, clock)
        factor = wall / (count * options.codes * CODE_SECONDS)
        results[count] = factor, memory
        rows.append((count, f"{factor:.4f}", f"{1 / factor:.1f}", memory, factor / floor))
        total = sum(clock.spent.values())
        shares.append((count, *(f"{1000 * clock.spent[s]:.0f} ({clock.spent[s] / total:.0%})" for s in STAGES)))
    report.table(("cues", "real-time factor", "times real time", "peak GB", "times the floor"), rows)
    report.table(("cues", *(f"{s} ms" for s in STAGES)), shares)
    first = best(partial(bench.first_audio, line(10), options.codes, clock), clock, options.repeat)
    print(f"First audio of one cue after {1000 * first:.0f} ms, the voice being known. Floor: a real-time factor of")
    print(f"{floor:.4f}, the decoder's weights read once a step at this card's own bandwidth.\n")
    return Measured(results, 1000 * first, spans_met, floor, bench.text.read(line(10))[0][0].ids, bench.prompt)


def on_gpu(folder: Path, options: argparse.Namespace, other: type[ReferenceBench] | None) -> bool:
    card = torch.cuda.get_device_name()
    print(
        f"GPU: {card}, bfloat16, {options.codes} codes a cue ({options.codes * CODE_SECONDS:g} s), 5 s of reference\n"
    )
    clock = Clock(True, Counter())
    ours = measure_ours(folder, options, clock)
    torch.cuda.empty_cache()
    report.table(("at the released size", "operations"), indextts2_operations.counted())
    met = ours.spans_met
    if other is not None and 1 in ours.results:
        theirs = other(folder, FULL, "cuda", 25)
        theirs.use(ours.prompt)
        factors: dict[str, float] = {}
        for beams, compiled in ((3, False), (1, False), (1, True)):
            title = f"{_beams(beams)}{', mels by torch.compile' * compiled}"
            try:
                if compiled:
                    theirs.ref.s2mel["cfm"].enable_torch_compile()
                wall = best(partial(theirs.speak, ours.ids, options.codes, beams), clock, options.repeat)
            except Exception as error:
                print(f"The reference with {title} fails: {error!r}\n")
                continue
            factors[title] = wall / (options.codes * CODE_SECONDS)
        report.table(("reference, float16", "real-time factor"), [(t, f"{f:.4f}") for t, f in factors.items()])
        times = min(factors.values()) / ours.results[1][0]
        claim = f"one cue is at least {TIMES_FASTER:g} x as fast as the reference without use_accel and use_cuda_kernel"
        claim = f"{claim}: {times:.1f} x"
        met &= report.verdict(f"{claim} ({card})", times >= TIMES_FASTER)
    if 1 in ours.results:
        over = ours.results[1][0] / ours.floor
        met &= report.verdict(
            f"one cue within {OVER_FLOOR:g} x of the floor: {over:.1f} x ({card})", over <= OVER_FLOOR
        )
    if 64 in ours.results:
        speed = 1 / ours.results[64][0]
        claim = f"64 cues at {TIMES_REAL_TIME:g} x real time or better: {speed:.0f} x ({card})"
        met &= report.verdict(claim, speed >= TIMES_REAL_TIME)
    claim = f"first audio within {FIRST_AUDIO_MS:g} ms, the voice being known: {ours.first_ms:.0f} ms ({card})"
    met &= report.verdict(claim, ours.first_ms <= FIRST_AUDIO_MS)
    if 32 in ours.results:
        memory = ours.results[32][1]
        met &= report.verdict(f"at most {MEMORY_GB:g} GB for 32 cues: {memory:.1f} GB ({card})", memory <= MEMORY_GB)
    return met


def _beams(count: int) -> str:
    return "1 beam" if count == 1 else f"{count} beams"


def decoding_floor(model: IndexTTS2Model) -> float:
    """The real-time factor of one line whose every step took only as long as reading the decoder's weights takes."""
    gpt = model.gpt
    nets = (gpt.blocks, gpt.ln_f, gpt.final_norm, gpt.mel_head)
    size = sum(p.numel() * p.element_size() for net in nets for p in net.parameters())
    block = torch.empty(2**30, dtype=torch.uint8, device=model.device)
    target = torch.empty_like(block)
    clock = Clock(True, Counter())
    seconds = best(lambda: [target.copy_(block) for _ in range(10)], clock, 3) / 10
    return size / (2 * block.numel() / seconds) / CODE_SECONDS


# --- on the CPU


def on_cpu(folder: Path, options: argparse.Namespace, other: type[ReferenceBench] | None) -> bool:
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
    report.table(("at the released size", "operations"), indextts2_operations.counted())
    first, whole = streamed(bench, options.repeat)
    compare("first audio of a line of 80 words, against all of it", first, whole, 2.0)

    if other is not None:
        reference_bench = other(folder, TINY, "cpu", 4)
        reference_bench.use(bench.prompt)
        ids = bench.text.read(lines[0])[0][0].ids
        ours = best(lambda: bench.speak(lines[:1], codes, clock), clock, options.repeat)
        for beams in (1, 3):
            theirs = best(partial(reference_bench.speak, ids, codes, beams), clock, options.repeat)
            compare(f"one cue, against the reference with {_beams(beams)}", ours, theirs, 1.0)
            title = f"{count} cues together, against the reference with {_beams(beams)}"
            compare(title, together / count, theirs, 1.0)
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
    parser.add_argument("--codes", type=int, default=150, help="of each cue, 50 a second")
    parser.add_argument("--repeat", type=int, default=3, help="the best of so many runs counts")
    parser.add_argument("--model", type=Path, help="a folder of random weights made before; else one is made")
    parser.add_argument("--cpu", action="store_true", help="as if there were no GPU")
    options = parser.parse_args()
    report.heading("Speed of indextts2", "torch", "transformers", "indextts2-inference")
    gpu = torch.cuda.is_available() and not options.cpu
    other = reference()
    with tempfile.TemporaryDirectory(prefix="framevox-benchmark-") as name:
        folder = options.model or make_folder(Path(name), 0, FULL if gpu else TINY)
        return 0 if (on_gpu if gpu else on_cpu)(folder, options, other) else 1


if __name__ == "__main__":
    sys.exit(main())
