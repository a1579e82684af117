"""Times the reference implementation of IndexTTS-2 or 2.5; ``indextts2.py --reference`` runs it in a Python of its own.

    python -m venv REF
    REF/bin/pip install torch transformers==5.17.0 librosa omegaconf munch einops sentencepiece tiktoken soundfile
    REF/bin/pip install --no-deps torchaudio indextts2-inference==2.1.1 indextts25-inference==0.2.0
    python benchmarks/indextts2.py --reference REF/bin/python

With transformers 5.24 it decodes without its cache, which makes it slow, and with 5.17 it uses it: what it reads at
each step is counted, and one place is as it should be. Its own modules run on our weights, line by line as its
``infer`` does it, the voice cached, without its ``use_accel`` and ``use_cuda_kernel``: with them it may be faster.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable
from functools import wraps
from importlib import metadata
from pathlib import Path
from typing import Any

CHECKOUT = Path(__file__).resolve().parent.parent
sys.path.append(str(CHECKOUT))

import numpy as np  # noqa: E402
import torch  # noqa: E402

GUIDANCE = 0.7


class Bench:
    """The reference's modules, and a voice. Both releases share all but how codes become frames."""

    def __init__(self, folder: Path, release: str, size: str, device: str, voice: dict[str, Any]) -> None:
        self.half, self.device, self.release = device == "cuda", torch.device(device), release
        if release == "2.5":
            _hide_broken_torchaudio()
            from tests.golden.random_indextts25 import SIZES25
            from tests.golden.record_indextts25 import Reference as Reference25

            config, self.ref = SIZES25[size], Reference25(folder, SIZES25[size])
        else:
            from tests.golden.random_indextts2 import SIZES
            from tests.golden.record_indextts2 import Reference

            config, self.ref = SIZES[size], Reference(folder, SIZES[size])
        ref: Any = self.ref
        for net in (ref.gpt, ref.gpt.inference_model, ref.s2mel, ref.codec, ref.bigvgan):
            net.to(self.device)
        estimator = ref.s2mel["cfm"].estimator
        estimator.transformer.max_seq_length = -1  # so that its tables are made again, on the device
        estimator.setup_caches(max_batch_size=1, max_seq_length=8192)
        if self.half:
            ref.gpt.half()
        with torch.no_grad():
            ref.gpt.mel_head.bias[config.config["gpt"]["stop_mel_token"]] = -1e4
        for name in ("semantic", "mel", "style", "condition"):
            setattr(self, name, torch.from_numpy(voice[name])[None].to(self.device))
        self.ids, self.language = torch.from_numpy(voice["ids"])[None].to(self.device), int(voice["language"])
        self.read: list[int] = []
        forward = ref.gpt.inference_model.forward

        @wraps(forward)  # transformers asks for its signature
        def counting(input_ids: Any = None, *rest: Any, **named: Any) -> Any:
            self.read.append(input_ids.shape[1])
            return forward(input_ids, *rest, **named)

        ref.gpt.inference_model.forward = counting

    @torch.no_grad()
    def speak(self, codes: int, beams: int, steps: int) -> None:
        ref: Any = self.ref
        long = torch.tensor([self.semantic.shape[1]], device=self.device)
        how = {
            "do_sample": True, "top_p": 0.8, "top_k": 30, "temperature": 0.8, "length_penalty": 0.0,
            "num_beams": beams, "repetition_penalty": 10.0, "max_generate_length": codes,
        }  # fmt: skip
        with torch.autocast(self.device.type, torch.float16, enabled=self.half):
            vec = ref.gpt.merge_emovec(self.semantic, self.semantic, long, long, alpha=1.0)
            frames = (self._frames25 if self.release == "2.5" else self._frames)(vec, codes, long, how)
        target = torch.tensor([int(frames.shape[1] * 1.72)], device=self.device)
        cond = ref.s2mel["length_regulator"](frames, ylens=target, **({} if self.release == "2.5" else
                                             {"n_quantizers": 3, "f0": None}))  # fmt: skip
        cond = cond[0] if isinstance(cond, tuple) else cond
        mu = torch.cat([self.condition, cond], 1)
        mel = ref.s2mel["cfm"].inference(mu, torch.tensor([mu.shape[1]], device=self.device), self.mel, self.style,
                                         None, steps, inference_cfg_rate=GUIDANCE)  # fmt: skip
        ref.bigvgan(mel[:, :, self.mel.shape[2] :].float()).clamp(-1, 1).cpu()

    def _frames(self, vec: Any, codes: int, long: Any, how: dict[str, Any]) -> Any:
        ref, d = self.ref, self.device
        text = self.ids.int()
        made, latents = ref.gpt.inference_speech(
            self.semantic, text, self.semantic, cond_lengths=long, emo_cond_lengths=long, emo_vec=vec,
            num_return_sequences=1, **how,
        )  # fmt: skip
        made = self._all(made, codes)
        lat = ref.gpt(
            latents, text, torch.tensor([text.shape[1]], device=d), made, torch.tensor([codes], device=d),
            self.semantic, cond_mel_lengths=long, emo_cond_mel_lengths=long, emo_vec=vec,
            use_speed=torch.zeros(1, dtype=torch.int64, device=d),
        )  # fmt: skip
        return ref.codec.quantizer.vq2emb(made[:, None]).transpose(1, 2) + ref.s2mel["gpt_layer"](lat.float())

    def _frames25(self, vec: Any, codes: int, long: Any, how: dict[str, Any]) -> Any:
        language = torch.tensor([self.language], device=self.device)
        style = self.style.half() if self.half else self.style
        made = self.ref.gpt.inference_speech(self.ids, language, vec, style, **how)
        with torch.autocast(self.device.type, enabled=False):
            return self.ref.codec.decode(self._all(made, codes))

    def _all(self, made: Any, codes: int) -> Any:
        assert made.shape[1] >= codes, f"{made.shape[1]} codes instead of {codes}"
        return made[:, :codes]


def _hide_broken_torchaudio() -> None:
    """This release does without, but transformers imports one that is installed, which may be for another torch."""
    try:
        import torchaudio  # noqa: F401
    except (ImportError, OSError, RuntimeError):
        for name in [n for n in sys.modules if n.partition(".")[0] == "torchaudio"]:
            del sys.modules[name]
        sys.modules["torchaudio"] = None  # type: ignore[assignment]


def seconds(work: Callable[[], None], gpu: bool, repeat: int) -> float:
    """The least of several times, after one that is not counted: of the wall on a GPU, else of the processor."""

    def now() -> float:
        if not gpu:
            return time.process_time()
        torch.cuda.synchronize()
        return time.perf_counter()

    work()
    times = []
    for _ in range(repeat):
        start = now()
        work()
        times.append(now() - start)
    return min(times)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("voice", type=Path, help="what the model derived from a clip, and a line's ids (npz)")
    parser.add_argument("--release", choices=("2", "2.5"), required=True)
    parser.add_argument("--size", choices=("tiny", "full"), required=True)
    parser.add_argument("--device", required=True)
    parser.add_argument("--codes", type=int, required=True)
    parser.add_argument("--steps", type=int, required=True)
    parser.add_argument("--repeat", type=int, required=True)
    options = parser.parse_args()
    gpu = options.device == "cuda"
    if not gpu:
        torch.set_num_threads(1)
    with np.load(options.voice) as voice:
        bench = Bench(options.folder, options.release, options.size, options.device, dict(voice))
    found: dict[str, float] = {}
    failed: dict[str, str] = {}
    read: list[int] = []
    for beams, compiled in ((3, False), (1, False), *([(1, True)] if gpu else [])):
        title = f"{beams} beam{'s' * (beams > 1)}{', mels by torch.compile' * compiled}"
        try:
            if compiled:
                bench.ref.s2mel["cfm"].enable_torch_compile()
            bench.read.clear()
            found[title] = seconds(lambda b=beams: bench.speak(options.codes, b, options.steps), gpu, options.repeat)
        except Exception as error:
            failed[title] = f"{type(error).__name__}: {error}"
        read += [places for i, places in enumerate(bench.read) if i % options.codes]
    versions = {name: metadata.version(name) for name in ("torch", "transformers")}
    places = sum(read) / len(read) if read else None
    print(json.dumps({"versions": versions, "seconds": found, "failed": failed, "places": places}))


if __name__ == "__main__":
    main()
