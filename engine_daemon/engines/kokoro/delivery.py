"""Another delivery of the same phones: the voice's own melody and rhythm for a line of another length.

A Kokoro voice has a row of style for every number of phones; half of it shapes the sound, the other half melody and
rhythm. Taking the latter from another row moves pitch by 0.3 to 2 semitones and pace by up to a fifth, in ways the
voice was made to speak, and leaves its sound alone.
"""

from __future__ import annotations

import math

import numpy as np

from .model import Floats
from .voices import Styles

PROSODY = slice(128, 256)
"""The half of a style that Kokoro's predictors of duration, pitch and energy read."""

_GOLDEN = (math.sqrt(5) - 1) / 2
"""Multiples of it spread evenly however many there are: neighbouring takes lie far apart."""
_SHORTER, _LEAST = 1 / 3, 0.65
_BEYOND, _FURTHEST = 15, 200
_SHORT = 20
"""Phones below which a line has too few shorter ones to borrow from: it borrows from longer lines only."""


def style_of(styles: Styles, phones: int, take_number: int) -> Floats:
    """The style [256] in which a voice, [510, 256], says so many phones; take 1 is what the model was trained for.

    Of the others, a third borrow from lines down to 0.65 times as long, the rest from lines 15 to 215 phones longer:
    less is hardly heard, and more is another manner of speaking. Over nine lines in two voices the DistillMOS of takes
    2 to 6 lies between 0.2 below and 0.1 above that of take 1.
    """
    style: Floats = styles[phones - 1].copy()
    style[PROSODY] = styles[_lender(phones, take_number, len(styles)), PROSODY]
    return style


def _lender(phones: int, take_number: int, rows: int) -> int:
    if take_number == 1:
        return phones - 1
    place = (take_number - 1) * _GOLDEN % 1
    if phones < _SHORT:
        return min(phones - 1 + int(np.rint(_BEYOND + _FURTHEST * place)), rows - 1)
    if place < _SHORTER:
        share = _LEAST + (1 - _LEAST) / 2 * place / _SHORTER
        return int(np.rint((phones - 1) * share))
    further = _BEYOND + _FURTHEST * (place - _SHORTER) / (1 - _SHORTER)
    return min(phones - 1 + int(np.rint(further)), rows - 1)
