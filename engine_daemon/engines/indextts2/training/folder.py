"""The model folder with the trained branch in it, as the engine loads it."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from framevox.engine_daemon.engines.indextts2.loading.checkpoint import build, load_strictly, read_file, read_state
from framevox.engine_daemon.engines.indextts2.model import IndexTTS2Model
from framevox.engine_daemon.engines.indextts2.networks import gpt, gpt25
from framevox.engine_daemon.engines.indextts2.training.branch import NAMES, EmotionBranch
from framevox.engine_daemon.protocol.errors import InputError

NOTE = "framevox-training.json"
"""How the branch was trained, and what came of it."""


def write_folder(model: IndexTTS2Model, branch: EmotionBranch, target: Path, note: Mapping[str, Any]) -> None:
    """Writes a copy of the model's folder whose language model has ``branch``.

    Files that stay the same are hard links where the file system has them. ``target`` appears when it is whole and its
    language model loads strictly. Raises InputError where ``target`` exists, OSError where it cannot be written.
    """
    if target.exists():
        raise InputError(f"{target} exists: give another --out, or remove it first")
    source, config = model.folder, model.config
    part = target.with_name(f"{target.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    try:
        shutil.copytree(
            source, part, copy_function=_link, ignore=shutil.ignore_patterns(Path(config.gpt_file).name, NOTE)
        )
        path = part / config.gpt_file
        _write_language_model(source / config.gpt_file, branch, path)
        unused = gpt25.UNUSED if isinstance(model.gpt, gpt25.GPT25) else gpt.UNUSED
        net: gpt.GPT = build(type(model.gpt), config.gpt, len(model.semantic_mean))
        load_strictly(net, read_state(path, optional="model"), str(path), unused=unused, rename=gpt.RENAME,
                      transposed=gpt.TRANSPOSED)  # fmt: skip
        (part / NOTE).write_text(json.dumps(note, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        part.rename(target)
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _link(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def _write_language_model(source: Path, branch: EmotionBranch, target: Path) -> None:
    """Writes the released file with the branch's tensors in place of its own: same names, order and precision."""
    tree = read_file(source)
    inside = tree["model"] if isinstance(tree, dict) and "model" in tree else tree
    trained = branch.state_dict()
    replaced = set()
    for name, value in inside.items():
        ours = name.removeprefix("module.")
        for pattern, replacement in gpt.RENAME.items():
            ours = re.sub(pattern, replacement, ours)
        if ours.partition(".")[0] in NAMES and ours in trained:
            inside[name] = trained[ours].detach().cpu().to(value.dtype).contiguous()
            replaced.add(ours)
    if replaced != set(trained):
        raise InputError(
            f"{source} lacks tensors of the emotion branch ({', '.join(sorted(set(trained) - replaced)[:4])}): "
            "train with a folder that framevox models check accepts"
        )
    target.parent.mkdir(parents=True, exist_ok=True)
    torch.save(tree, target)
