"""Blends: voices mixed by shares."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from framevox.engine_daemon.protocol.errors import InputError

_ROWS_AT_ONCE = 64
"""The sum is made in float64: whole tables would take some megabytes meanwhile."""
_NAME = re.compile(r"[\w][\w.-]*")


class VoiceError(InputError):
    """There is no such voice, or what there is cannot be used."""

    code = "unknown-voice"


def parse_blend(spec: str) -> dict[str, float]:
    """The voices a spec names and their shares, which sum to 1: ``jf_alpha``, ``jf_alpha:0.6+jm_kumo:0.4``.

    A share left out is 1. Raises VoiceError for a spec that is not of this form.
    """
    shares: dict[str, float] = {}
    for part in spec.split("+"):
        name, colon, share = (piece.strip() for piece in part.partition(":"))
        try:
            weight = float(share) if colon else 1.0
        except ValueError:
            weight = math.nan
        if not _NAME.fullmatch(name) or not math.isfinite(weight) or weight < 0:
            raise VoiceError(
                f"voice {spec!r} cannot be read: write a name, or a blend such as jf_alpha:0.6+jm_kumo:0.4 "
                "with shares of 0 or more"
            )
        shares[name] = shares.get(name, 0.0) + weight
    whole = sum(shares.values())
    if whole <= 0:
        raise VoiceError(f"voice {spec!r}: the shares of a blend must sum to more than 0")
    return {name: weight / whole for name, weight in shares.items()}


def mixed(parts: Sequence[tuple[npt.NDArray[np.float32], float]]) -> npt.NDArray[np.float32]:
    """The styles [510, 256] of a blend, from those of its voices and their shares."""
    blend = np.empty_like(parts[0][0])
    for first in range(0, len(blend), _ROWS_AT_ONCE):
        rows = slice(first, first + _ROWS_AT_ONCE)
        blend[rows] = sum(styles[rows].astype(np.float64) * share for styles, share in parts)
    return blend
