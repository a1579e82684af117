"""A whole model folder of random weights, in the released layout of IndexTTS-2.5: tiny, or as large as that."""

from __future__ import annotations

import base64
import copy
import os
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import torch
import yaml

from tests.golden.random_indextts2 import FULL, TINY, Maker, Size, State, codec, gpt_state, make_folder, s2mel_state

TEXT_TABLE = "multilingual_zh_ja_yue_char_del.tiktoken"
SPECIALS = 1673
"""How many special tokens the release adds to its table."""


def _changed(size: Size, ranks: int) -> Size:
    config: dict[str, Any] = copy.deepcopy(size.config)
    del config["dataset"], config["gpt"]["condition_module"]
    config["gpt"]["number_text_tokens"] = ranks + SPECIALS
    config["semantic_codec"] |= {"downsample_scale": 2, "num_quantizers": 1}
    config["version"] = 2.5
    return Size(config, size.vocoder, size.w2v)


TINY25, FULL25 = _changed(TINY, 400), _changed(FULL, 58836)
SIZES25 = {"tiny": TINY25, "full": FULL25}


def codec_state(size: Size, seed: int) -> State:
    m = codec(Maker(seed, "codec25"), size)
    for name in ("down", "up"):
        m.weight(name, size.semantic, size.semantic, 3)
    return m.state


def make_table(ranks: int, seed: int) -> bytes:
    """A table of byte pairs: all bytes, "!" first as in the release's, and made-up pairs of letters."""
    order = [b for b in range(256) if chr(b).isprintable() and b < 127 and chr(b) != " "]
    order += [b for b in range(256) if b not in order]
    table = [bytes([b]) for b in order]
    rng = np.random.default_rng([seed, 25])
    # Every merge is of two that are there, as byte-pair encoding needs; characters of three bytes become whole.
    for char in "你好世界天气银行今日是的我们在这里说话声音ありがとうこんにちは":
        raw = char.encode()
        table += [raw[:2], raw]
    for pair in (
        "th",
        "he",
        "in",
        "er",
        "an",
        "re",
        "on",
        "st",
        "la",
        "ol",
        " t",
        " a",
        " h",
        " w",
        "the",
        " the",
        "ES",
    ):
        table.append(pair.encode())
    known = set()
    table = [token for token in table if not (token in known or known.add(token))]  # type: ignore[func-returns-value]
    while len(table) < ranks:
        left, right = (table[int(i)] for i in rng.integers(0, len(table), 2))
        made = left + right
        if made not in known and len(made) <= 8 and made.isascii():
            known.add(made)
            table.append(made)
    return b"".join(base64.b64encode(token) + b" %d\n" % rank for rank, token in enumerate(table[:ranks]))


def make_folder25(folder: Path, seed: int = 0, size: Size = TINY25, shared: Path | None = None) -> Path:
    """Writes the whole folder and returns it. What both releases share is linked from ``shared``, where that is given:
    a folder of IndexTTS-2 of the same seed and size."""
    base = TINY if size is TINY25 else FULL
    if shared is None:
        make_folder(folder, seed, base)
    else:
        shutil.copytree(shared, folder, copy_function=os.link, dirs_exist_ok=True)
    for name in ("config.yaml", "gpt.pth", "s2mel.pth", "bpe.model"):
        (folder / name).unlink()  # perhaps a link: never written through
    shutil.rmtree(folder / "hf_cache" / "semantic_codec")
    (folder / "config.yaml").write_text(yaml.safe_dump(size.config, sort_keys=False), encoding="utf-8")
    (folder / TEXT_TABLE).write_bytes(make_table(size.config["gpt"]["number_text_tokens"] - SPECIALS, seed))
    torch.save(gpt_state(size, seed), folder / "gpt.pth")
    networks = s2mel_state(size, seed)
    del networks["gpt_layer"]
    torch.save({"net": networks}, folder / "s2mel.pth")
    # With what training leaves in such a file.
    torch.save({"model": codec_state(size, seed), "optimizer": {"lr": 1e-4}, "step": 100}, folder / "codec.pth")
    return folder
