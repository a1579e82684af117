"""Records what the reference implementation computes with a folder of ``random_indextts2.py``.

    pip install torch transformers librosa omegaconf munch einops sentencepiece soundfile msgspec
    pip install --no-deps torchaudio indextts2-inference==2.1.1
    python -m tests.golden.record_indextts2 OUT.npz [--size tiny|full] [--seed N] [--folder DIR]

Only this script needs the reference; the tests read the arrays. Where the reference writes widths into its code (1024
for semantic frames, 1280 for the language model), the tiny widths are put in their place; lengths are passed as
numbers of frames (it passes the width there, which only works while a clip has fewer frames than 1024).
"""

from __future__ import annotations

import sys
import types
from pathlib import Path
from typing import Any

import numpy as np
import torch

from tests.golden.random_indextts2 import SIZES, Size, make_folder

try:
    import torchaudio
except OSError:
    # Its compiled part is for another torch. The reference uses nothing of that; the rest is Python.
    for loaded in [n for n in sys.modules if n.partition(".")[0] == "torchaudio"]:
        del sys.modules[loaded]
    extension: Any = types.ModuleType("torchaudio._extension")
    extension._IS_TORCHAUDIO_EXT_AVAILABLE = extension._IS_ALIGN_AVAILABLE = False
    extension._check_cuda_version = lambda: None
    extension.fail_if_no_align = lambda function: function
    sys.modules["torchaudio._extension"] = extension
    import torchaudio

from indextts.emotion import find_most_similar_cosine
from indextts.gpt import model_v2
from indextts.s2mel.modules.audio import mel_spectrogram
from indextts.s2mel.modules.bigvgan.bigvgan import BigVGAN
from indextts.s2mel.modules.campplus.DTDNN import CAMPPlus
from indextts.s2mel.modules.commons import MyModel
from indextts.utils.maskgct.models.codec.kmeans.repcodec_model import RepCodec
from omegaconf import OmegaConf
from safetensors.torch import load_model
from torch import nn

from tests.golden.recording import GUIDANCE, MAX_NEW, STEPS, Arrays, Surroundings, clips, main, noise_for, until_stop


class Reference(Surroundings):
    """The reference's modules with a folder's weights, loaded the way it loads them."""

    def __init__(self, folder: Path, size: Size) -> None:
        super().__init__(folder)
        cfg, hub = OmegaConf.create(size.config), folder / "hf_cache"
        conformer = model_v2.ConformerEncoder
        model_v2.ConformerEncoder = lambda input_size, **kw: conformer(input_size=size.semantic, **kw)
        self.gpt = model_v2.UnifiedVoice(**size.config["gpt"])
        self.gpt.load_state_dict(torch.load(folder / "gpt.pth", weights_only=True, mmap=True))
        self.gpt.post_init_gpt2_config(kv_cache=True)
        plain = self.gpt.inference_model.prepare_inputs_for_generation

        def with_mask(input_ids: Any, past_key_values: Any = None, attention_mask: Any = None, **kw: Any) -> Any:
            # transformers from 5.18 leaves an all-ones mask out, and the reference reads positions off its length.
            mask = torch.ones_like(input_ids) if attention_mask is None else attention_mask
            return plain(input_ids, past_key_values=past_key_values, attention_mask=mask, **kw)

        self.gpt.inference_model.prepare_inputs_for_generation = with_mask
        self.s2mel = MyModel(cfg.s2mel, use_gpt_latent=True).models
        self.s2mel["gpt_layer"] = nn.Sequential(
            nn.Linear(size.width, 256), nn.Linear(256, 128), nn.Linear(128, size.semantic)
        )
        for name, state in torch.load(folder / "s2mel.pth", weights_only=True, mmap=True)["net"].items():
            self.s2mel[name].load_state_dict(state)
        self.s2mel["cfm"].estimator.setup_caches(max_batch_size=1, max_seq_length=8192)
        self.codec = RepCodec(cfg=cfg.semantic_codec)
        self.codec.num_quantizers = 1
        load_model(self.codec, str(hub / "semantic_codec" / "model.safetensors"))
        self.campplus = CAMPPlus(feat_dim=80, embedding_size=192)
        self.campplus.load_state_dict(torch.load(hub / "campplus_cn_common.bin", weights_only=True))
        # Filters are a formula on both sides; the file's are noise, which only shows that nobody reads them.
        self.bigvgan = BigVGAN.from_pretrained(str(hub / "bigvgan"))
        fresh = BigVGAN(self.bigvgan.h)
        state = fresh.state_dict()
        state.update({k: v for k, v in self.bigvgan.state_dict().items() if not k.endswith(".filter")})
        fresh.load_state_dict(state)
        fresh.remove_weight_norm()
        self.bigvgan = fresh
        for net in (self.gpt, self.gpt.inference_model, self.s2mel, self.codec, self.campplus, self.bigvgan):
            net.eval()


@torch.inference_mode()
def record(folder: Path, size: Size, seed: int) -> dict[str, Any]:
    """The clips, texts and noise depend on ``seed`` as well, so that no two records ask the same."""
    ref, out, gpt = Reference(folder, size), Arrays(), size.config["gpt"]
    keep, given = out.keep, clips(seed)
    for name, (wave, _, _) in given.items():
        out[f"{name}_audio_24k"] = wave
    at_22k = keep("spk_audio_22k", given["spk"][1])
    heard = {
        "spk": torchaudio.transforms.Resample(22050, 16000)(at_22k),
        "emo": given["emo"][2],
        "spkemo": given["spk"][2],
    }
    semantic = {}
    for name, wave in heard.items():
        keep(f"{name}_audio_16k", wave)
        inputs = ref.features(wave)
        semantic[name] = keep(f"{name}_semantic", ref.semantic(inputs))
        keep(f"{name}_w2v_features", inputs["input_features"])
        keep(f"{name}_w2v_mask", inputs["attention_mask"].long())
    mel = keep("ref_mel", mel_spectrogram(at_22k[None], 1024, 80, 22050, 256, 1024, 0, None))
    bank = torchaudio.compliance.kaldi.fbank(heard["spk"][None], num_mel_bins=80, dither=0, sample_frequency=16000)
    bank = keep("spk_fbank", bank - bank.mean(0, keepdim=True))
    style = keep("style", ref.campplus(bank[None]))
    codes, quantised = ref.codec.quantize(semantic["spk"])
    keep("sref_codes", codes)
    keep("S_ref", quantised)

    def regulate(frames: torch.Tensor, target: int) -> torch.Tensor:
        return ref.s2mel["length_regulator"](frames, ylens=torch.tensor([target]), n_quantizers=3, f0=None)[0]

    prompt = keep("prompt_condition", regulate(quantised, mel.shape[2]))
    length = {k: torch.tensor([v.shape[1]]) for k, v in semantic.items()}
    keep("spk_conformer", ref.gpt.conditioning_encoder(semantic["spk"], length["spk"])[0])
    keep("emo_conformer", ref.gpt.emo_conditioning_encoder(semantic["emo"], length["emo"])[0])
    latents = keep("spk_latents", ref.gpt.get_conditioning(semantic["spk"].transpose(1, 2), length["spk"]))
    for name in heard:
        keep(f"emovec_{name}", ref.gpt.get_emovec(semantic[name], length[name]))

    def merged(name: str, alpha: float) -> torch.Tensor:
        return ref.gpt.merge_emovec(semantic["spk"], semantic[name], length["spk"], length[name], alpha=alpha)

    vecs = out.keep_emotions(ref, style, find_most_similar_cosine, merged)
    keep("ref_mel_wav", ref.bigvgan(mel)[0])

    rng = np.random.default_rng(3 + 10 * seed)
    texts = [rng.integers(3, gpt["number_text_tokens"], n).tolist() for n in (17, 9)]
    clip_of = ("spkemo", "emo", "spkemo")
    for k, text in enumerate((texts[0], texts[1], texts[0])):
        p, clip = f"run{k}_", clip_of[k]

        def decode(ids: torch.Tensor, penalty: float, clip: str = clip, vec: torch.Tensor = vecs[k]) -> torch.Tensor:
            made, _ = ref.gpt.inference_speech(
                semantic["spk"], ids, semantic[clip], cond_lengths=length["spk"], emo_cond_lengths=length[clip],
                emo_vec=vec, do_sample=False, num_beams=1, num_return_sequences=1, length_penalty=0.0,
                repetition_penalty=penalty, max_generate_length=MAX_NEW,
            )  # fmt: skip
            return made

        while True:
            ids = torch.tensor([text])
            made = decode(ids, 10.0)
            codes = until_stop(made, gpt["stop_mel_token"])
            if codes.shape[1] > 3:
                break
            text = rng.integers(3, gpt["number_text_tokens"], len(text)).tolist()  # too short to show anything
        keep(p + "text_ids", ids)
        keep(p + "emovec", vecs[k])
        keep(p + "prefill_embeds", ref.gpt.inference_model.cached_mel_emb)
        keep(p + "codes_rep10", made)
        keep(p + "codes_rep1", decode(ids, 1.0))
        n = keep(p + "codes", codes).shape[1]
        lat = keep(p + "latent", ref.gpt(
            latents, ids.clone(), torch.tensor([ids.shape[1]]), codes.clone(), torch.tensor([n]), semantic[clip],
            cond_mel_lengths=length["spk"], emo_cond_mel_lengths=length[clip], emo_vec=vecs[k],
            use_speed=torch.zeros(1).long(),
        ))  # fmt: skip
        projected = keep(p + "gpt_layer", ref.s2mel["gpt_layer"](lat))
        vectors = keep(p + "vq2emb", ref.codec.quantizer.vq2emb(codes[:, None]).transpose(1, 2))
        frames = keep(p + "S_infer", vectors + projected)
        cond = keep(p + "cond", regulate(frames, int(n * 1.72)))
        condition = torch.cat([prompt, cond], 1)
        noise = noise_for(condition.shape[1], seed, k)
        keep(p + "noise", noise)

        def solve(guidance: float, noise: torch.Tensor = noise, mu: torch.Tensor = condition) -> torch.Tensor:
            steps, total = torch.linspace(0, 1, STEPS + 1), torch.tensor([mu.shape[1]])
            solver = ref.s2mel["cfm"].solve_euler
            return solver(noise.clone(), total, mel, mu.clone(), style, None, steps, guidance)

        full = solve(GUIDANCE)
        if k == 0:
            keep("run0_cfm_mel", full)
            keep("run0_cfm_mel_nocfg", solve(0.0))
        target = keep(p + "vc_target", full[:, :, mel.shape[2] :])
        keep(p + "wav", ref.bigvgan(target)[0].clamp(-1, 1))
    return out.whole(reference="indextts2-inference 2.1.1")


if __name__ == "__main__":
    main(__doc__, record, make_folder, SIZES)
