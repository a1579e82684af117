"""What a stem is delivered at: a loudness, the gate that it is measured by, and a ceiling for true peaks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from framevox.engine_daemon.protocol.cues import MAX_LOUDNESS, MIN_LOUDNESS
from framevox.engine_daemon.protocol.errors import InputError

Gate = Literal["speech", "programme"]


@dataclass(frozen=True, slots=True)
class Delivery:
    """``loudness`` [LUFS] over speech alone or by BS.1770-4 (``gate``), and no true peak above ``ceiling`` [dBTP]."""

    loudness: float
    gate: Gate
    ceiling: float


DELIVERIES = {
    "netflix": Delivery(-27.0, "speech", -2.0),
    "ebu": Delivery(-23.0, "programme", -1.0),
    "atsc": Delivery(-24.0, "speech", -2.0),
}
"""Netflix's sound mix specification (-27 LKFS, dialogue-gated), EBU R 128, and ATSC A/85, whose anchor is dialogue."""


def parse_delivery(text: str) -> Delivery:
    """One of DELIVERIES by its name, or a loudness of the programme [LUFS] under EBU R 128's ceiling."""
    name = text.strip().lower()
    if name in DELIVERIES:
        return DELIVERIES[name]
    try:
        loudness = float(name)
    except ValueError:
        loudness = float("nan")
    if not MIN_LOUDNESS <= loudness <= MAX_LOUDNESS:
        raise InputError(
            f"{text!r} is no delivery: use {', '.join(DELIVERIES)}, or LUFS from {MIN_LOUDNESS:g} to {MAX_LOUDNESS:g}"
        )
    return Delivery(loudness, "programme", DELIVERIES["ebu"].ceiling)
