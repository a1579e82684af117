"""How far our stages of IndexTTS-2.5 are from recorded values of the reference: see ``stage_distances.py``.

What both releases compute alike before the semantic frames (resampling, filter banks, w2v-BERT's input) is compared
there.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from torch import Tensor

from framevox.engine_daemon.engines.indextts2 import IndexTTS2Model, Prompt
from framevox.engine_daemon.engines.indextts2.decode import Sampling
from framevox.engine_daemon.engines.indextts2.front_end import front_end
from framevox.engine_daemon.engines.indextts2.model import MelJob
from framevox.engine_daemon.engines.indextts2.networks.dit import Job
from framevox.engine_daemon.engines.indextts2.networks.gpt25 import GPT25
from framevox.engine_daemon.engines.indextts2.networks.regulator import nearest_map
from framevox.engine_daemon.text import read_line
from tests.golden.random_indextts2 import speech_like
from tests.golden.stage_distances import distance, emotions, three_emotions


def _greedy(model: IndexTTS2Model, prefixes: list[Tensor], most: int, penalty: float = 10.0) -> list[Tensor]:
    sampling = Sampling(greedy=True, repetition_penalty=penalty)
    return [decoded.codes for decoded in model.decode(prefixes, sampling, most)]


def _until_stop(codes: Tensor, model: IndexTTS2Model) -> Tensor:
    stop = (codes == model.config.gpt.stop_mel).nonzero().flatten().tolist()
    return codes[: stop[0]] if stop else codes


def _as_written(text: str) -> str:
    """A text with the reference's annotations of readings, as ours are written."""
    return text.replace("<银|YIN2><行|HANG2>", "银行[yin2 hang2]")


@torch.inference_mode()
def stages(model: IndexTTS2Model, record: dict[str, Any]) -> Iterator[tuple[str, float]]:
    """(stage, distance) with each stage fed its recorded input."""
    r = {k: torch.from_numpy(v) for k, v in record.items() if isinstance(v, np.ndarray) and v.dtype.kind in "fi"}
    meta = record["meta"]

    def row(name: str, ours: Tensor, theirs: str) -> tuple[str, float]:
        return name, distance(ours, r[theirs])

    front = front_end(model.folder, model.config)
    for k, (language, text) in enumerate(meta["texts"]):
        segments, _ = front.read(read_line(_as_written(text), language))
        yield row(f"run{k}_text codes", torch.tensor([i for s in segments for i in s.ids]), f"text{k}_ids")
    assert isinstance(model.gpt, GPT25)
    yield row("speaker latent", model.gpt.speaker_latents(r["spk_semantic"], r["style"]), "spk_latents")
    index = nearest_map(len(r["spk_semantic"]), r["ref_mel"].shape[1])
    yield row("prompt condition", model.regulator(r["spk_semantic"], index), "prompt_condition")
    for clip in ("spk", "emo", "spkemo"):
        yield row(f"{clip}: emotion vector", model.gpt.emotion(r[f"{clip}_semantic"]), f"emovec_{clip}")
    prompt = Prompt(
        semantic=r["spk_semantic"], mel=r["ref_mel"], style=r["style"], condition=r["prompt_condition"],
        speaker_latents=r["spk_latents"].reshape(1, -1), own_emotion=r["emovec_spk"], emotion=r["emovec_spkemo"],
    )  # fmt: skip
    yield from emotions(model, prompt, r, meta)

    def prefix(k: int, stray: bool = False) -> Tensor:
        ids = r[f"run{k}_text_ids"].tolist() + ([1] if stray else [])
        return model.prefix(ids, prompt, r[f"run{k}_emovec"], int(r[f"run{k}_language"]))

    for k in range(3):
        p = f"run{k}_"
        yield row(p + "prefix", prefix(k), p + "prefill_embeds")
        for penalty in (10, 1):
            (made,) = _greedy(model, [prefix(k)], meta["max_new"], float(penalty))
            theirs = _until_stop(r[f"{p}codes_rep{penalty}"], model)
            yield f"{p}greedy codes, penalty {penalty}", distance(made, theirs)
        yield row(p + "codec", model.semantic_frames(r[p + "codes"], r[p + "codes"]), p + "frames")
        frames = r[p + "frames"]
        index = nearest_map(len(frames), int(len(frames) * 1.72))
        yield row(p + "condition", model.regulator(frames, index), p + "cond")
        job = Job(torch.cat([r["prompt_condition"], r[p + "cond"]]), r["ref_mel"], r["style"], r[p + "noise"])
        yield row(p + "mel", model.dit.solve([job], meta["steps"], meta["cfg"])[0], p + "vc_target")
        yield row(p + "sound", model.vocode(r[p + "vc_target"]), p + "wav")
    model.gpt.as_released = True
    try:
        for k in range(3):
            p = f"run{k}_"
            yield row(p + "as released: prefix", prefix(k, stray=True), f"released{k}_prefill")
            (made,) = _greedy(model, [prefix(k, stray=True)], meta["max_new"])
            theirs = _until_stop(r[f"released{k}_codes"], model)
            yield p + "as released: greedy codes", distance(made, theirs)
    finally:
        model.gpt.as_released = model.as_released


@torch.inference_mode()
def chain(model: IndexTTS2Model, record: dict[str, Any]) -> Iterator[tuple[str, float]]:
    """(stage, distance) from the clips to the sound, each stage fed our own results."""
    meta, t = record["meta"], torch.from_numpy
    seed = meta["seed"]
    prompt = model.encode_prompt(speech_like(1 + 10 * seed, 3.2, 120.0), 24000)
    emotional = model.encode_prompt(speech_like(2 + 10 * seed, 3.03, 210.0), 24000)
    for field, name in (("semantic", "spk_semantic"), ("mel", "ref_mel"), ("style", "style"),
                        ("condition", "prompt_condition")):  # fmt: skip
        yield f"prompt.{field}", distance(getattr(prompt, field), t(record[name]))
    vecs = three_emotions(model, prompt, emotional, record)
    prefixes = [
        model.prefix(record[f"run{k}_text_ids"].tolist(), prompt, vec, int(record[f"run{k}_language"][0]))
        for k, vec in enumerate(vecs)
    ]
    for k, (vec, codes) in enumerate(zip(vecs, _greedy(model, prefixes, meta["max_new"]), strict=True)):
        p = f"run{k}_"
        yield p + "emotion vector", distance(vec, t(record[p + "emovec"]))
        yield p + "greedy codes, batched", distance(codes, t(record[p + "codes"]))
        if len(codes) != len(record[p + "codes"]):
            continue  # nothing after it can be compared
        index = nearest_map(2 * len(codes), int(2 * len(codes) * 1.72))
        job = MelJob(codes, torch.zeros(len(codes), 0), prompt, index, t(record[p + "noise"]))
        (mel,) = model.mels([job], meta["steps"], meta["cfg"])
        yield p + "mel", distance(mel, t(record[p + "vc_target"]))
        yield p + "sound", distance(model.vocode(mel), t(record[p + "wav"]))
