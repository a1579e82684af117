"""Hashes of weights, so that what was computed with one model is not taken for another's."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

from framevox.engine_daemon.engines.indextts2.loading.hub import RELEASES
from framevox.engine_daemon.engines.indextts2.model import IndexTTS2Model

_ELSEWHERE = "hf_cache/semantic_codec_model.safetensors"
"""Where the release's own downloader puts the codec."""
_QWEN = (".json", ".safetensors", ".txt", ".jinja")
"""The network that reads emotions and its tokenizer."""


def model_key(model: IndexTTS2Model) -> str:
    """Returns a hash of the files that ``model`` was read from: of no others in the folder, and not of the network that
    reads emotions, which may be fetched later."""
    fetched = [
        f"{source.target}/{name}"
        for source in RELEASES[model.config.version].sources
        if source.target
        for name in source.files
    ]
    return _key(model.folder, ["config.yaml", *model.config.files, *fetched, _ELSEWHERE])


def qwen_key(folder: Path) -> str:
    """Returns a hash of the network that reads emotions."""
    return _key(folder, [path.name for path in folder.iterdir() if path.suffix in _QWEN])


def _key(folder: Path, names: Iterable[str]) -> str:
    """Hashes the size and a sample of every file: hashing all of it would take longer than loading."""
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
