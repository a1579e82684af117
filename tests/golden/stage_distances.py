"""How far our stages are from recorded values of the reference, stage by stage and along the whole chain.

A record holds what the reference computes with the weights of a model folder: our own small one (``indextts2.npz``,
made by ``record_indextts2.py``), or any with the same names of arrays. ``benchmarks/indextts2_parity.py`` prints them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812

from framevox.engine_daemon.engines.indextts2 import IndexTTS2Model, Prompt
from framevox.engine_daemon.engines.indextts2.features import (
    acoustic_mel,
    kaldi_fbank,
    resample_sinc,
    resample_soxr,
    w2v_features,
)
from framevox.engine_daemon.engines.indextts2.networks.dit import Job
from framevox.engine_daemon.engines.indextts2.networks.regulator import nearest_map
from tests.golden.stages import codes_to_mel, generate_codes, latents

PER_STAGE, WHOLE_CHAIN = 2e-5, 1e-3


def distance(ours: torch.Tensor, theirs: torch.Tensor) -> float:
    """Root mean square of the difference over that of the recorded values; whole numbers must be equal."""
    if ours.shape != theirs.shape:
        return float("inf")
    if not theirs.is_floating_point():
        return 0.0 if torch.equal(ours, theirs) else float("inf")
    return float((ours.double() - theirs.double()).norm() / theirs.double().norm())


def emotions(
    model: IndexTTS2Model, prompt: Prompt, r: dict[str, torch.Tensor], meta: dict[str, Any]
) -> Iterator[tuple[str, float]]:
    """(stage, distance) of the emotion vectors that lines are given."""
    weights = r["emo_vector"].double().numpy().round(6).tolist()
    yield "emotion: own", distance(model.emotion_vector(prompt), r["emovec_a"])
    blend = Prompt(**{**{f: getattr(prompt, f) for f in prompt.__slots__}, "emotion": r["emovec_emo"]})
    blended = model.emotion_vector(prompt, blend, meta["emo_alpha_b"])
    yield "emotion: second clip", distance(blended, r["emovec_b"])
    yield "emotion: weights", distance(model.emotion_vector(prompt, weights=weights), r["emovec_c"])
    weaker = model.emotion_vector(prompt, None, 0.7, weights)
    yield "emotion: weights at 0.7", distance(weaker, r["emovec_c_alpha07"])


def three_emotions(
    model: IndexTTS2Model, prompt: Prompt, emotional: Prompt, record: dict[str, Any]
) -> list[torch.Tensor]:
    """The emotion vectors of a record's three lines: the voice's own, a second clip's, and weights."""
    weights = record["emo_vector"].astype(np.float64).round(6).tolist()
    return [
        model.emotion_vector(prompt),
        model.emotion_vector(prompt, emotional, record["meta"]["emo_alpha_b"]),
        model.emotion_vector(prompt, weights=weights),
    ]


@torch.inference_mode()
def stages(model: IndexTTS2Model, record: dict[str, Any]) -> Iterator[tuple[str, float]]:
    """(stage, distance) with each stage fed its recorded input."""
    r = {k: torch.from_numpy(v) for k, v in record.items() if isinstance(v, np.ndarray) and v.dtype.kind in "fi"}
    meta = record["meta"]

    def row(name: str, ours: torch.Tensor, theirs: str | torch.Tensor) -> tuple[str, float]:
        return name, distance(ours, r[theirs] if isinstance(theirs, str) else theirs)

    s = model.config.s2mel.sound.spectrum
    yield row("speaker clip to 22.05 kHz", resample_soxr(r["spk_audio_24k"], 24000, 22050), "spk_audio_22k")
    yield row("speaker clip to 16 kHz", resample_sinc(r["spk_audio_22k"], 22050, 16000), "spk_audio_16k")
    yield row("emotion clip to 16 kHz", resample_soxr(r["emo_audio_24k"], 24000, 16000), "emo_audio_16k")
    for clip in ("spk", "emo", "spkemo"):
        features, mask = w2v_features(r[f"{clip}_audio_16k"])
        yield row(f"{clip}: w2v-BERT features", features, f"{clip}_w2v_features")
        yield row(f"{clip}: attention mask", mask.long(), f"{clip}_w2v_mask")
        yield row(f"{clip}: semantic", model.semantic(r[f"{clip}_audio_16k"]), f"{clip}_semantic")
    mel = acoustic_mel(r["spk_audio_22k"], 22050, s.n_fft, s.hop, s.bands, s.fmin, s.fmax)
    yield row("prompt mel", mel, "ref_mel")
    bank = kaldi_fbank(r["spk_audio_16k"])
    yield row("filter bank", bank - bank.mean(0), "spk_fbank")
    yield row("style (CAM++)", model.campplus(r["spk_fbank"][None])[0], "style")
    codes, quantised = model.codec.quantize(r["spk_semantic"])
    yield row("codec: codes", codes, "sref_codes")
    yield row("codec: quantised", quantised, "S_ref")
    index = nearest_map(len(r["S_ref"]), r["ref_mel"].shape[1])
    yield row("prompt condition", model.regulator(r["S_ref"], index), "prompt_condition")
    yield row("speaker Conformer", model.gpt.conditioning_encoder(r["spk_semantic"][None])[0], "spk_conformer")
    yield row("speaker latents", model.gpt.speaker_latents(r["spk_semantic"], r["style"]), "spk_latents")
    yield row("emotion Conformer", model.gpt.emo_conditioning_encoder(r["emo_semantic"][None])[0], "emo_conformer")
    for clip in ("spk", "emo", "spkemo"):
        yield row(f"{clip}: emotion vector", model.gpt.emotion(r[f"{clip}_semantic"]), f"emovec_{clip}")
    prompt = Prompt(
        semantic=r["spk_semantic"], mel=r["ref_mel"], style=r["style"], condition=r["prompt_condition"],
        speaker_latents=r["spk_latents"], own_emotion=r["emovec_spk"], emotion=r["emovec_spkemo"],
    )  # fmt: skip
    yield from emotions(model, prompt, r, meta)
    yield row("vocoder, prompt", model.vocode(r["ref_mel"]), "ref_mel_wav")

    for k in range(3):
        p = f"run{k}_"
        vec, text = r[p + "emovec"], r[p + "text_ids"].long()
        prefix = model.prefix(text, prompt, vec)
        yield row(p + "prefix", prefix, p + "prefill_embeds")
        for penalty in (10, 1):
            made = generate_codes(
                model, [text], [prompt], [vec], meta["max_new"], greedy=True, repetition_penalty=float(penalty)
            )[0]
            theirs = r[f"{p}codes_rep{penalty}"]
            stop = (theirs == model.config.gpt.stop_mel).nonzero().flatten().tolist()
            yield row(f"{p}greedy codes, penalty {penalty}", made, theirs[: stop[0]] if stop else theirs)
        codes = r[p + "codes"]
        latent = latents(model, text, prompt, vec, codes)
        yield row(p + "latents", latent, p + "latent")
        yield row(p + "gpt_layer", model.latent_projection(r[p + "latent"]), p + "gpt_layer")
        yield row(p + "code vectors", model.codec.vectors(codes), p + "vq2emb")
        index = nearest_map(len(codes), int(len(codes) * 1.72))
        yield row(p + "condition", model.regulator(r[p + "S_infer"], index), p + "cond")
        condition = torch.cat([r["prompt_condition"], r[p + "cond"]])
        job = Job(condition, r["ref_mel"], r["style"], r[p + "noise"])
        tm = r["ref_mel"].shape[1]
        yield row(p + "mel", model.dit.solve([job], meta["steps"], meta["cfg"])[0], p + "vc_target")
        if p + "cfm_mel_nocfg" in r:
            unguided = model.dit.solve([job], meta["steps"], 0.0)[0]
            yield row(p + "mel without guidance", unguided, r[p + "cfm_mel_nocfg"][:, tm:])
        yield row(p + "sound", model.vocode(r[p + "vc_target"]), p + "wav")
    yield row("silent prompt frames", F.pad(r["run0_vc_target"], (r["ref_mel"].shape[1], 0)), "run0_cfm_mel")


@torch.inference_mode()
def chain(model: IndexTTS2Model, record: dict[str, Any]) -> Iterator[tuple[str, float]]:
    """(stage, distance) from the clips to the sound, each stage fed our own results."""
    meta = record["meta"]
    t = torch.from_numpy
    prompt = model.encode_prompt(record["spk_audio_24k"], 24000)
    emotional = model.encode_prompt(record["emo_audio_24k"], 24000)
    for field, name in (("semantic", "spk_semantic"), ("mel", "ref_mel"), ("style", "style"),
                        ("condition", "prompt_condition"), ("speaker_latents", "spk_latents")):  # fmt: skip
        yield f"prompt.{field}", distance(getattr(prompt, field), t(record[name]))
    vecs = three_emotions(model, prompt, emotional, record)
    texts = [t(record[f"run{k}_text_ids"]).long() for k in range(3)]
    batch = generate_codes(model, texts, [prompt] * 3, vecs, meta["max_new"], greedy=True, repetition_penalty=10.0)
    for k, (text, vec, codes) in enumerate(zip(texts, vecs, batch, strict=True)):
        p = f"run{k}_"
        yield p + "emotion vector", distance(vec, t(record[p + "emovec"]))
        yield p + "greedy codes, batched", distance(codes, t(record[p + "codes"]))
        if len(codes) != len(record[p + "codes"]):
            continue  # nothing after it can be compared
        lat = latents(model, text, prompt, vec, codes)
        yield p + "latents", distance(lat, t(record[p + "latent"]))
        mel = codes_to_mel(model, codes, lat, prompt, None, meta["steps"], meta["cfg"], t(record[p + "noise"]))
        yield p + "mel", distance(mel, t(record[p + "vc_target"]))
        yield p + "sound", distance(model.vocode(mel), t(record[p + "wav"]))


def read_record(path: Path) -> dict[str, Any]:
    with np.load(path) as arrays:
        record: dict[str, Any] = {k: arrays[k] for k in arrays.files}
    record["meta"] = json.loads(str(record.pop("meta_json")))
    return record
