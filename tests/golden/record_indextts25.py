"""Records what the reference implementation of IndexTTS-2.5 computes with a folder of ``random_indextts25.py``.

    pip install torch transformers==5.20.0 librosa omegaconf einops tiktoken soundfile fugashi unidic-lite msgspec
    pip install sentencepiece
    pip install --no-deps indextts25-inference==0.2.0
    python -m tests.golden.record_indextts25 OUT.npz [--size tiny|full] [--seed N] [--folder DIR]

Only this script needs the reference; the tests read the arrays. Where the reference writes the width of semantic frames
into its code, the tiny one is put in its place. It has mended four faults of the release; ``released_`` arrays are made
with those faults put back as the release has them.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812
from indextts25 import infer_v2_5
from indextts25.codec.models import EnhancedCodec
from indextts25.gpt import model_v2
from indextts25.s2mel.modules.audio import mel_spectrogram
from indextts25.s2mel.modules.bigvgan.bigvgan import BigVGAN, load_hparams_from_json
from indextts25.s2mel.modules.campplus.DTDNN import CAMPPlus
from indextts25.s2mel.modules.commons import MyModel
from indextts25.utils.checkpoint import fold_weight_norm
from indextts25.utils.common import kaldi_fbank, resample
from indextts25.utils.front import TextNormalizer
from indextts25.utils.tokenizer import get_encoding, lang_to_token
from omegaconf import OmegaConf

from tests.golden.random_indextts2 import Size
from tests.golden.random_indextts25 import SIZES25, make_folder25
from tests.golden.recording import GUIDANCE, MAX_NEW, STEPS, Arrays, Surroundings, clips, main, noise_for, until_stop

TEXTS = (
    ("zh", "你好，世界！今天天气很好。"),
    ("en", "Hello, the world! Are you all right?"),
    ("es", "¿Cómo está usted? ¡Hola, amigo!"),
    ("ja", "今日は天気です。"),
    ("ar", "مرحبا، كيف حالك؟"),
    ("zh", "我去<银|YIN2><行|HANG2>存钱。"),
)


class Reference(Surroundings):
    """The reference's modules with a folder's weights, loaded the way it loads them."""

    def __init__(self, folder: Path, size: Size) -> None:
        super().__init__(folder)
        cfg, hub = OmegaConf.create(size.config), folder / "hf_cache"
        conformer = model_v2.ConformerEncoder
        model_v2.ConformerEncoder = lambda input_size, **kw: conformer(input_size=size.semantic, **kw)
        self.gpt = model_v2.UnifiedVoice(**size.config["gpt"])
        missing = self.gpt.load_state_dict(torch.load(folder / "gpt.pth", mmap=True), strict=False).missing_keys
        assert not missing, missing
        self.gpt.eval().post_init_gpt2_config()
        self.s2mel = MyModel(cfg.s2mel).models
        for name, state in torch.load(folder / "s2mel.pth", mmap=True)["net"].items():
            self.s2mel[name].load_state_dict(fold_weight_norm(state, "cpu"))
        self.s2mel["cfm"].estimator.setup_caches(max_batch_size=1, max_seq_length=8192)
        codec = {
            k: v for k, v in size.config["semantic_codec"].items() if k not in ("downsample_scale", "num_quantizers")
        }
        self.codec = EnhancedCodec(**codec)
        self.codec.load_checkpoint(str(folder / "codec.pth"))
        self.campplus = CAMPPlus(feat_dim=80, embedding_size=192)
        self.campplus.load_state_dict(torch.load(hub / "campplus_cn_common.bin"))
        # Filters are a formula on both sides; the file's are noise, which only shows that nobody reads them.
        self.bigvgan = BigVGAN.from_dir(str(hub / "bigvgan"), "cpu")
        state = BigVGAN(load_hparams_from_json(str(hub / "bigvgan" / "config.json"))).state_dict()
        self.bigvgan.load_state_dict({k: v for k, v in state.items() if k.endswith(".filter")}, strict=False)
        self.front = object.__new__(infer_v2_5.IndexTTS2)
        self.front.text_process, self.front._ja_text_process = TextNormalizer(), None
        self.table = get_encoding("multilingual_zh_ja_yue_char_del", model_dir=str(folder))
        for net in (self.gpt, self.gpt.inference_model, self.s2mel, self.codec, self.campplus, self.bigvgan):
            net.eval()

    def ids(self, text: str, language: str) -> list[int]:
        prepared = self.front._prepare_text(text, language, text_normalization=False)
        made: list[int] = self.table.encode(f"<|{language}|> {prepared}", allowed_special="all")
        return made

    def as_released(self) -> None:
        """Puts back the release's own lines: codes one place too far, and text whose ids 0 and 1 are deleted, for each
        of which a row of zeros stands in front. The release's fast decoder attends to those rows, as here."""
        prepare, fixed = self.gpt.prepare_gpt_inputs, self.gpt.mel_pos_embedding.get_fixed_embedding
        self.gpt.mel_pos_embedding.get_fixed_embedding = lambda place, device: fixed(place + 1, device)

        def prepare_as_released(latents: Any, ids: Any, langs: Any) -> Any:
            kept = ids[:, (ids[0] != 0) & (ids[0] != 1)]
            _, embedded, _ = prepare(latents, kept, langs)
            embedded = F.pad(embedded, (0, 0, ids.shape[1] - kept.shape[1], 0))
            fake = torch.ones(1, embedded.shape[1] + 1, dtype=torch.long)
            fake[:, -1] = self.gpt.start_mel_token
            return fake, embedded, torch.ones_like(fake)

        self.gpt.prepare_gpt_inputs = prepare_as_released


@torch.inference_mode()
def record(folder: Path, size: Size, seed: int) -> dict[str, Any]:
    """The clips, texts and noise depend on ``seed`` as well, so that no two records ask the same. The clips are made by
    ``speech_like`` and not kept."""
    ref, out, gpt = Reference(folder, size), Arrays(), size.config["gpt"]
    keep, given = out.keep, clips(seed)
    at_16k = resample(given["spk"][1][None], 22050, 16000)
    heard = {"spk": at_16k[0], "emo": given["emo"][2], "spkemo": given["spk"][2]}
    semantic = {name: keep(f"{name}_semantic", ref.semantic(ref.features(wave))) for name, wave in heard.items()}
    mel = keep("ref_mel", mel_spectrogram(given["spk"][1][None], 1024, 80, 22050, 256, 1024, 0, None))
    bank = kaldi_fbank(at_16k, num_mel_bins=80, sample_frequency=16000)
    style = keep("style", ref.campplus((bank - bank.mean(0, keepdim=True))[None]))

    def regulate(frames: torch.Tensor, target: int) -> torch.Tensor:
        made: torch.Tensor = ref.s2mel["length_regulator"](frames, ylens=torch.tensor([target]))
        return made

    prompt = keep("prompt_condition", regulate(semantic["spk"], mel.shape[2]))
    keep("spk_latents", ref.gpt.spk_emb_proj(style)[None])
    length = {k: torch.tensor([v.shape[1]]) for k, v in semantic.items()}
    for name in heard:
        keep(f"emovec_{name}", ref.gpt.get_emovec(semantic[name], length[name]))

    def merged(name: str, alpha: float) -> torch.Tensor:
        made: torch.Tensor = ref.gpt.merge_emovec(semantic["spk"], semantic[name], length["spk"], length[name], alpha)
        return made

    vecs = out.keep_emotions(ref, style, infer_v2_5.find_most_similar_cosine, merged)
    for k, (language, text) in enumerate(TEXTS):
        out[f"text{k}_ids"] = np.array(ref.ids(text, language))

    def decode(ids: torch.Tensor, language: torch.Tensor, vec: torch.Tensor, penalty: float) -> torch.Tensor:
        made: torch.Tensor = ref.gpt.inference_speech(
            ids, language, vec, style, do_sample=False, num_beams=1, length_penalty=0.0, repetition_penalty=penalty,
            max_generate_length=MAX_NEW,
        )  # fmt: skip
        return made

    rng = np.random.default_rng(3 + 10 * seed)
    lengths = (17, 9, 17)
    for k, language in enumerate(("zh", "es", "ja")):
        p, row = f"run{k}_", torch.tensor([lang_to_token(language)])
        while True:
            ids = torch.from_numpy(rng.integers(2, gpt["number_text_tokens"], (1, lengths[k])))
            ids[0, 2] = 0  # "!"
            made = decode(ids, row, vecs[k], 10.0)
            if until_stop(made, gpt["stop_mel_token"]).shape[1] > 3:  # a shorter one shows nothing
                break
        out[p + "language"] = row.numpy()
        keep(p + "text_ids", ids)
        keep(p + "emovec", vecs[k])
        keep(p + "prefill_embeds", ref.gpt.inference_model.cached_mel_emb)
        keep(p + "codes_rep10", made)
        keep(p + "codes_rep1", decode(ids, row, vecs[k], 1.0))
        codes = keep(p + "codes", until_stop(made, gpt["stop_mel_token"]))
        frames = keep(p + "frames", ref.codec.decode(codes))
        cond = keep(p + "cond", regulate(frames, int(frames.shape[1] * 1.72)))
        condition = torch.cat([prompt, cond], 1)
        noise = noise_for(condition.shape[1], seed, k)
        keep(p + "noise", noise)
        steps, total = torch.linspace(0, 1, STEPS + 1), torch.tensor([condition.shape[1]])
        full = ref.s2mel["cfm"].solve_euler(noise.clone(), total, mel, condition, style, None, steps, GUIDANCE)
        target = keep(p + "vc_target", full[:, :, mel.shape[2] :])
        keep(p + "wav", ref.bigvgan(target)[0].clamp(-1, 1))
    ref.as_released()
    for k in range(3):
        p = f"run{k}_"
        ids = torch.from_numpy(np.append(out[p + "text_ids"], 1))[None]  # the stop that the release adds
        keep(f"released{k}_codes", decode(ids, torch.from_numpy(out[p + "language"]), vecs[k], 10.0))
        keep(f"released{k}_prefill", ref.gpt.inference_model.cached_mel_emb)
    return out.whole(seed=seed, texts=TEXTS, reference="indextts25-inference 0.2.0")


if __name__ == "__main__":
    main(__doc__, record, make_folder25, SIZES25)
