"""Hashes that name weights, so that what was computed with them is kept apart from what others computed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

from framevox.engine_daemon.engines.indextts2.loading.hub import SOURCES
from framevox.engine_daemon.engines.indextts2.model import IndexTTS2Model

_ELSEWHERE = "hf_cache/semantic_codec_model.safetensors"
"""Where the release's own downloader puts the codec."""
_QWEN = (".json", ".safetensors", ".txt", ".jinja")
"""The network that reads emotions and its tokenizer."""


def model_key(model: IndexTTS2Model) -> str:
    """Names everything that ``model`` was read from: nothing that merely lies beside it, and not the network that reads
    emotions, which may be fetched later."""
    fetched = [f"{source.target}/{name}" for source in SOURCES if source.target for name in source.files]
    return _key(model.folder, ["config.yaml", *model.config.files, *fetched, _ELSEWHERE])


def qwen_key(folder: Path) -> str:
    """Names the network that reads emotions."""
    return _key(folder, [path.name for path in folder.iterdir() if path.suffix in _QWEN])


def _key(folder: Path, names: Iterable[str]) -> str:
    """By size and a sample of every file, for a hash of all of it would take longer than loading."""
    digest = hashlib.sha256()
    for name in sorted(names):
        path = folder / name
        if not path.is_file():
            continue
        size = path.stat().st_size
        digest.update(f"{name}:{size}:".encode())
        with path.open("rb") as file:
            for at in (0, size // 2, max(0, size - 4096)):
                file.seek(at)
                digest.update(file.read(4096))
    return digest.hexdigest()[:16]
