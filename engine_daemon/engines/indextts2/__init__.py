"""IndexTTS-2: our own inference over the released weights.

``IndexTTS2Model`` and ``Prompt`` are the stages; asking for them imports torch, importing this package does not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from framevox.engine_daemon.engines.indextts2.model import IndexTTS2Model, Prompt

__all__ = ["IndexTTS2Model", "Prompt"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from framevox.engine_daemon.engines.indextts2 import model

    return getattr(model, name)
