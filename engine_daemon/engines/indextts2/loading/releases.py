"""Tells files of IndexTTS-2 from those of IndexTTS-2.5, which have the same names."""

from __future__ import annotations

from pathlib import Path

from framevox.engine_daemon.engines.indextts2.loading.checkpoint import State
from framevox.engine_daemon.protocol.errors import InputError

_ONLY_IN = {
    "2": ("perceiver_encoder.latents", "speed_emb.weight"),
    "2.5": ("spk_emb_proj.weight", "lang_embedding.weight"),
}
"""Tensors of the language model that one release reads and the other does not."""


def refuse_other_release(path: Path, state: State, version: str) -> None:
    """Raises InputError where the language model in ``path`` is of the other release than ``config.yaml``."""
    other = "2" if version == "2.5" else "2.5"
    if all(name in state for name in _ONLY_IN[version]):
        return
    if all(name in state for name in _ONLY_IN[other]):
        raise InputError(
            f"{path} is of IndexTTS-{other}, and config.yaml beside it of IndexTTS-{version}: the folder mixes two "
            "releases; fetch each into a folder of its own with: framevox models pull indextts2 (or indextts2.5)"
        )
