"""``--pause``: how long nothing is said between two lines, and between two scenes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from math import ceil

from framevox.engine_daemon.protocol.errors import InputError
from framevox.engine_daemon.protocol.timebase import Rate

DEFAULT = "0.5,2"
MOST_SECONDS = 600


@dataclass(frozen=True)
class Pauses:
    """Seconds between two lines of a scene, and between two scenes."""

    line: Fraction
    scene: Fraction

    def frames(self, rate: Rate) -> tuple[int, int]:
        """Both in whole frames, rounded up."""
        return ceil(self.line * rate.fps), ceil(self.scene * rate.fps)


def parse_pauses(written: str) -> Pauses:
    """``0.5`` or ``0.5,2``: alone, the pause between scenes is four times that between lines. Raises InputError."""
    parts = [part.strip() for part in (written or DEFAULT).split(",")]
    if len(parts) > 2 or not all(re.fullmatch(r"\d{1,3}(\.\d{1,6})?", part) for part in parts):
        raise InputError(f"--pause {written}: write seconds, as 0.5, or 0.5,2 for lines and for scenes")
    values = [Fraction(part) for part in parts]
    if max(values) > MOST_SECONDS:
        raise InputError(f"--pause {written}: a pause is at most {MOST_SECONDS} s")
    return Pauses(values[0], values[1] if len(values) == 2 else 4 * values[0])
