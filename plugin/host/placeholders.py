"""Placeholders as the helper is told of them."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, Union


def placeholder(
    key: str,
    kind: str,
    text: str,
    start: Union[int, Fraction],
    duration: Union[int, Fraction],
    *,
    name: str = "",
    track: str = "",
    **more: Any,
) -> dict[str, Any]:
    """Returns a placeholder as ``plan`` takes it (docs/bridge.md).

    ``key`` stays the same from run to run and makes the cue's id. ``kind`` is ``caption``, ``marker`` or ``clip``.
    ``start`` and ``duration`` are absolute timeline frames, exact.
    """
    return {
        "key": key,
        "kind": kind,
        "text": text,
        "name": name,
        "track": track,
        "start": [Fraction(start).numerator, Fraction(start).denominator],
        "duration": [Fraction(duration).numerator, Fraction(duration).denominator],
        **more,
    }
