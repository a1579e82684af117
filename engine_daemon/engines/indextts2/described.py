"""Turns an emotion in plain words into eight weights, with the release's fine-tuned Qwen3."""

from __future__ import annotations

import contextlib
import hashlib
import json
from pathlib import Path
from typing import Any

import regex
import torch

from framevox.engine_daemon.engines.indextts2.loading.checkpoint import PULL
from framevox.engine_daemon.engines.indextts2.loading.fingerprint import qwen_key
from framevox.engine_daemon.protocol.emotion import EMOTIONS
from framevox.engine_daemon.protocol.errors import FramevoxError, InputError
from framevox.engine_daemon.protocol.files import put_file

_TASK = "文本情感分类"
_KEYS = ("高兴", "愤怒", "悲伤", "恐惧", "反感", "低落", "惊讶", "自然")
"""What the network calls the eight emotions, in the order of ``EMOTIONS``."""
_MOST = 1.2
"""The highest score that the release's own reader lets through."""
_MELANCHOLIC = ("低落", "melanchol", "melanc", "depress", "deprimid", "gloomy", "bajón", "nostalgi")
"""Words for the sixth emotion, which the network takes for the third (see ``read_answer``)."""
_ANSWER = 1
"""Raise it whenever the same answer would give other weights."""

# The network answers with JSON of some of the keys, in any order. The release's reader does not require braces and
# quotes, so neither does this one.
_SPACE = rb"[ \n]{0,4}"
_PAIR = rb'"?(%s)"?%s:%s([01](?:\.[0-9]{1,4})?)' % ("|".join(_KEYS).encode(), _SPACE, _SPACE)
_GRAMMAR = regex.compile(rb"%s\{?%s%s(?:,%s%s){0,7}%s\}?" % (_SPACE, _SPACE, _PAIR, _SPACE, _PAIR, _SPACE))
_MAX_BYTES = 240
"""No answer of this grammar is longer, and no token shorter than a byte."""


class EmotionReader:
    """Reads descriptions with the network of ``folder``, which is loaded for the first one that is not known yet.

    Results are kept in memory and under ``cache``, by the text, the folder's content, the device and the precision.
    """

    def __init__(self, folder: Path, cache: Path, device: torch.device) -> None:
        self._folder, self._cache, self._device = folder, cache, device
        self._known: dict[str, tuple[float, ...]] = {}
        self._network: EmotionNetwork | None = None

    def weights(self, text: str) -> tuple[float, ...]:
        """Returns eight weights in the order of ``EMOTIONS``, from 0, with a sum of at most 1.

        Raises InputError, saying what else can be done, when the folder is missing or damaged.
        """
        text = text.strip()
        if not self._folder.is_dir():
            raise InputError(
                f"the emotion {text!r} is a description, and the network that reads those is missing ({self._folder}): "
                "give weights (happy=0.6,sad=0.2) or a clip, or fetch it with: framevox models pull indextts2"
            )
        found = self._known.get(text) or self._find(text)
        if found is None:
            if self._network is None:
                self._network = EmotionNetwork(self._folder, self._device)
            found = read_answer(self._network.answer(text), text)
            self._keep(text, found)
        self._known[text] = found
        return found

    def _path(self, text: str) -> Path:
        made_by = [_ANSWER, qwen_key(self._folder), self._device.type, str(_dtype(self._device))]
        name = hashlib.sha256(json.dumps([*made_by, text]).encode()).hexdigest()
        return self._cache / f"{name}.json"

    def _find(self, text: str) -> tuple[float, ...] | None:
        try:
            kept = json.loads(self._path(text).read_bytes())
            weights = tuple(float(kept["weights"][name]) for name in EMOTIONS)
        except (OSError, ValueError, KeyError, TypeError):
            return None  # missing or damaged: asked again
        return weights if all(w >= 0 for w in weights) and sum(weights) <= 1 + 1e-6 else None

    def _keep(self, text: str, weights: tuple[float, ...]) -> None:
        path = self._path(text)
        with contextlib.suppress(OSError):  # It can be asked again; the store reports a full disk.
            self._cache.mkdir(parents=True, exist_ok=True)
            kept = {"text": text, "weights": dict(zip(EMOTIONS, weights, strict=True))}
            put_file(path, json.dumps(kept, ensure_ascii=False).encode("utf-8"))


def read_answer(answer: bytes, text: str) -> tuple[float, ...]:
    """Returns the network's answer about ``text`` as eight weights in the order of ``EMOTIONS``.

    As the release reads it: a missing key is 0, scores are limited to 1.2, and no score at all is calm. The network
    does not tell melancholic from sad, so where the text says melancholic, the two are exchanged. Scores that add up to
    more than 1 are scaled to 1, since the weights are shares.
    """
    scores = dict.fromkeys(_KEYS, 0.0)
    for key, score in regex.findall(_PAIR, answer):
        scores[key.decode()] = min(float(score), _MOST)
    if any(word in text.lower() for word in _MELANCHOLIC):
        scores["悲伤"], scores["低落"] = scores["低落"], scores["悲伤"]
    if not any(scores.values()):
        scores["自然"] = 1.0
    total = max(1.0, sum(scores.values()))
    return tuple(scores[key] / total for key in _KEYS)


def _dtype(device: torch.device) -> torch.dtype:
    """In float32 the same words give the same weights on every processor; on a GPU speed matters more."""
    return torch.bfloat16 if device.type == "cuda" else torch.float32


class EmotionNetwork:
    """The fine-tuned Qwen3 and its tokenizer. Raises InputError naming a folder that is damaged or another model's."""

    def __init__(self, folder: Path, device: torch.device) -> None:
        from transformers import AutoTokenizer, Qwen3Config, Qwen3ForCausalLM

        try:
            # Read here: for a file that is missing or empty, transformers makes a network of 8 billion weights.
            settings = json.loads((folder / "config.json").read_bytes())
            if settings["model_type"] != "qwen3":
                raise InputError(f"{folder / 'config.json'} is of a {settings['model_type']} model, not qwen3: {PULL}")
            config = Qwen3Config.from_dict(settings)
            model, report = Qwen3ForCausalLM.from_pretrained(
                folder, config=config, dtype=_dtype(device), use_safetensors=True, local_files_only=True,
                output_loading_info=True,
            )  # fmt: skip
            self._tokenizer: Any = AutoTokenizer.from_pretrained(
                folder, config=config, local_files_only=True, trust_remote_code=False
            )
        except FramevoxError:
            raise
        except Exception as e:  # transformers, tokenizers, safetensors and json each have their own
            reason = str(e).strip().splitlines()[0] if str(e).strip() else type(e).__name__
            raise InputError(f"{folder} cannot be loaded ({reason}): {PULL}") from e
        wrong = [f"{what}: {name}" for what in ("missing_keys", "unexpected_keys") for name in sorted(report[what])]
        if wrong:
            raise InputError(f"{folder} does not fit its configuration ({'; '.join(wrong[:8])}): {PULL}")
        if not self._tokenizer.chat_template:
            raise InputError(f"{folder} has no chat template, so it is not the release's: {PULL}")
        self._model: Any = model.to(device).eval()
        self._tokens = _tokens(self._tokenizer)
        ends = model.generation_config.eos_token_id
        self._ends = {self._tokenizer.eos_token_id, *(ends if isinstance(ends, list) else [ends])} - {None}
        if not self._ends:
            raise InputError(f"{folder} names no token that ends an answer, so it is not the release's: {PULL}")

    @torch.inference_mode()
    def answer(self, text: str) -> bytes:
        """Returns the likeliest answer, token by token, among those that hold scores of the eight keys alone."""
        from transformers import GenerationConfig

        messages = [{"role": "system", "content": _TASK}, {"role": "user", "content": text}]
        asked = self._tokenizer.apply_chat_template(
            messages, add_generation_prompt=True, enable_thinking=False, return_tensors="pt", return_dict=True
        ).to(self._model.device)
        start = asked["input_ids"].shape[1]

        def allowed(_: int, ids: torch.Tensor) -> list[int]:
            said = b"".join(self._tokens.get(i, b"") for i in ids[start:].tolist())
            fit = [i for i, more in self._tokens.items() if _GRAMMAR.fullmatch(said + more, partial=True)]
            # Nothing fits after scores that are not numbers: the answer ends here and is refused below.
            return [*fit, *self._ends] if not fit or _GRAMMAR.fullmatch(said) else fit

        settings = GenerationConfig(
            do_sample=False, max_new_tokens=_MAX_BYTES, eos_token_id=list(self._ends), pad_token_id=min(self._ends)
        )
        ids = self._model.generate(**asked, generation_config=settings, prefix_allowed_tokens_fn=allowed)
        said = b"".join(self._tokens.get(i, b"") for i in ids[0, start:].tolist())
        if _GRAMMAR.fullmatch(said) is None:
            raise FramevoxError(
                f"the network that reads emotions failed on {text!r}: describe the emotion differently", code="engine"
            )
        return said


def _tokens(tokenizer: Any) -> dict[int, bytes]:
    """Returns the tokens that can be part of an answer, as the bytes they stand for.

    A byte-level vocabulary writes each byte as a character of its own: printable Latin-1 as itself, the others as those
    from U+0100 on, in order.
    """
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    byte_of = {chr(b): b for b in printable}
    byte_of |= {chr(0x100 + i): b for i, b in enumerate(sorted(set(range(256)) - set(printable)))}
    letters = set("".join(_KEYS).encode() + b'{}":,.0123456789 \n')
    found = {}
    for token, id in tokenizer.get_vocab().items():
        content = bytes(byte_of[c] for c in token) if all(c in byte_of for c in token) else b""
        if content and letters.issuperset(content):
            found[id] = content
    return found
