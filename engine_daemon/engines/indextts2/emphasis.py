"""What a line's text says of its stress, frame by frame: weak words give less when speech slows down, and the last
stressed word before a mark gives more, as speakers draw out the end of a phrase."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from framevox.engine_daemon.engines.indextts2.accents import Floats, smooth
from framevox.engine_daemon.engines.indextts2.text_ids import Piece
from framevox.engine_daemon.text.prominence import weak_parts

WEAK_WORD, PHRASE_END = 0.5, 1.3
"""What the elasticity of a weak word is times, and that of the last stressed word of a phrase."""
_PHRASE = 2
"""The rank of marks that end a phrase (see ``Piece``)."""
_TONES = ("zh", "ja")
_BLUR = 9  # frames: where a word begins is not known to the frame


def emphasis(pieces: Sequence[Piece], begins: Sequence[int], frames: int) -> Floats:
    """Returns by how much the text raises or lowers the elasticity of a segment's frames, [frames].

    ``begins`` are the frames at which the pieces that are spoken begin, and at which the last one ends.
    """
    raised = np.ones(frames)
    for factor, first, last in zip(factors(pieces), begins, begins[1:], strict=False):
        raised[first:last] = factor
    return smooth(raised, _BLUR)


def is_pitched(pieces: Sequence[Piece]) -> bool:
    """Returns whether a high pitch is a sign of stress in a line: not where it tells words apart."""
    return not any(piece.word is not None and piece.word.language in _TONES for piece in pieces)


def factors(pieces: Sequence[Piece]) -> list[float]:
    """Returns what each spoken piece's elasticity is times."""
    found: list[float] = []
    stressed = None  # the last piece of this phrase that is not weak
    for index, piece in enumerate(pieces):
        if piece.word is not None:
            part = sum(other.word is piece.word for other in pieces[:index])
            weak = weak_parts(piece.word)
            if part < len(weak) and weak[part]:
                found.append(WEAK_WORD)
            else:
                stressed = len(found)
                found.append(1.0)
        if stressed is not None and (index == len(pieces) - 1 or (piece.word is None and piece.rank >= _PHRASE)):
            found[stressed] = PHRASE_END
            stressed = None
    return found
