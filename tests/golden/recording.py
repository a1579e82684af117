"""What the records of both releases share: what is asked, the clips, what is kept, and the command.

Only the scripts that record import this; it needs what the reference needs.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import librosa
import numpy as np
import soundfile
import torch
from transformers import SeamlessM4TFeatureExtractor, Wav2Vec2BertModel

from tests.golden.random_indextts2 import EMOTION_GROUPS, Size, speech_like

MAX_NEW, STEPS, GUIDANCE, ALPHA = 40, 4, 0.7, 0.6
WEIGHTS = [0.1, 0.0, 0.3, 0.0, 0.05, 0.0, 0.15, 0.1]


class Surroundings:
    """What stands around the networks of a release: w2v-BERT and its statistics, and the emotion library."""

    def __init__(self, folder: Path) -> None:
        self.w2v = Wav2Vec2BertModel.from_pretrained(str(folder / "hf_cache" / "w2v-bert-2.0")).eval()
        self.extract = SeamlessM4TFeatureExtractor(padding_value=1)
        stats = torch.load(folder / "wav2vec2bert_stats.pt", weights_only=True)
        self.mean, self.deviation = stats["mean"], torch.sqrt(stats["var"])
        self.speakers = torch.load(folder / "feat1.pt", weights_only=True).split(EMOTION_GROUPS)
        self.emotions = torch.load(folder / "feat2.pt", weights_only=True).split(EMOTION_GROUPS)

    def features(self, wave: torch.Tensor) -> Any:
        return self.extract(wave[None], sampling_rate=16000, return_tensors="pt")

    def semantic(self, features: Any) -> torch.Tensor:
        hidden = self.w2v(**features, output_hidden_states=True).hidden_states[17]
        made: torch.Tensor = (hidden - self.mean) / self.deviation
        return made


class Arrays(dict[str, Any]):
    """A record as it grows, by name."""

    def keep(self, name: str, value: torch.Tensor) -> torch.Tensor:
        self[name] = value.detach().squeeze(0).numpy().copy() if value.ndim > 1 else value.detach().numpy().copy()
        return value

    def keep_emotions(
        self, around: Surroundings, style: torch.Tensor, find: Callable[..., Any], merged: Callable[..., torch.Tensor]
    ) -> list[torch.Tensor]:
        """The emotion vectors of the three lines: the voice's own, a second clip's, and weights, which are also kept at
        a strength of 0.7. ``find`` is the reference's search in its library, ``merged`` what it makes of a clip."""
        rows = [e[find(style, s)] for s, e in zip(around.speakers, around.emotions, strict=True)]

        def weighted(weights: list[float], base: torch.Tensor) -> torch.Tensor:
            w = torch.tensor(weights)
            return (w[:, None] * torch.stack(rows)).sum(0, keepdim=True) + (1 - w.sum()) * base

        own = self.keep("emovec_a", merged("spkemo", 1.0))
        vecs = [own, self.keep("emovec_b", merged("emo", ALPHA)), self.keep("emovec_c", weighted(WEIGHTS, own))]
        self.keep("emovec_c_alpha07", weighted([int(w * 0.7 * 10000) / 10000 for w in WEIGHTS], own))
        self["emo_vector"] = np.array(WEIGHTS, np.float32)
        return vecs

    def whole(self, **meta: Any) -> dict[str, Any]:
        """The record with what it is of. Raises AssertionError for an array that shows nothing."""
        for name, value in self.items():
            spread = value.std() if value.dtype.kind == "f" and value.size > 8 else 1.0
            assert np.isfinite(value).all() and 1e-3 < spread < 1e3, f"{name} vanishes or explodes: {spread}"
        asked = {"max_new": MAX_NEW, "steps": STEPS, "cfg": GUIDANCE, "emo_alpha_b": ALPHA}
        self["meta_json"] = np.array(json.dumps({**asked, **meta}))
        return self


def clips(seed: int) -> dict[str, tuple[np.ndarray, torch.Tensor, torch.Tensor]]:
    """The speaker's and the emotion's clip at 24 kHz, and as the reference reads them at 22.05 and 16 kHz.

    They depend on ``seed``, so that no two records ask the same.
    """
    made = {}
    for name, wave in (
        ("spk", speech_like(1 + 10 * seed, 3.2, 120.0)),
        ("emo", speech_like(2 + 10 * seed, 3.03, 210.0)),
    ):
        with tempfile.NamedTemporaryFile(suffix=".wav") as file:
            soundfile.write(file.name, wave, 24000, subtype="FLOAT")
            low, lower = (torch.from_numpy(librosa.load(file.name, sr=rate)[0]) for rate in (22050, 16000))
        made[name] = (wave, low, lower)
    return made


def noise_for(frames: int, seed: int, line: int) -> torch.Tensor:
    """What the decoder of a line starts from."""
    return torch.randn(1, 80, frames, generator=torch.Generator().manual_seed(10 + 10 * seed + line))


def until_stop(made: torch.Tensor, stop: int) -> torch.Tensor:
    """A line's codes, [1, n], without the stop code and what comes after it."""
    found = (made[0] == stop).nonzero().flatten().tolist()
    return made[:, : found[0]] if found else made


def main(
    about: str,
    record: Callable[[Path, Size, int], dict[str, Any]],
    make_folder: Callable[[Path, int, Size], Path],
    sizes: Mapping[str, Size],
) -> None:
    """The command of a script that records: ``about`` is its help."""
    parser = argparse.ArgumentParser(description=about, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--size", choices=sizes, default="tiny", help="full takes 7 GB of disk and some minutes")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--folder", type=Path, help="where the model folder is made and left; else it is thrown away")
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    size = sizes[options.size]
    with tempfile.TemporaryDirectory() as name:
        folder = make_folder(options.folder or Path(name), options.seed, size)
        arrays = record(folder, size, options.seed)
    np.savez_compressed(options.out, **arrays)
    lengths = [len(arrays[f"run{k}_codes"]) for k in range(3)]
    print(f"{len(arrays)} arrays, {options.out.stat().st_size / 1e6:.1f} MB, {lengths} codes")
