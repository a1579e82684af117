"""IndexTTS-2: our own inference over the released weights. Importing this package imports torch."""

from .model import IndexTTS2Model, Prompt

__all__ = ["IndexTTS2Model", "Prompt"]
