"""How what a user writes becomes a value, wherever it is written: an option, a timeline, a host's settings."""

from __future__ import annotations

import re
from fractions import Fraction

from framevox.engine_daemon.protocol.cues import Fit
from framevox.engine_daemon.protocol.errors import InputError


def parse_positive(text: str) -> Fraction:
    """The exact value, above 0, of a decimal (``1.1``) or a fraction (``11/10``)."""
    if not re.fullmatch(r"\d{1,9}(\.\d{1,12})?|\d{1,9}/0*[1-9]\d{0,8}", text.strip()) or not Fraction(text):
        raise InputError(f"{text!r} is not a number above 0: write 1.1, or 11/10")
    return Fraction(text)


def parse_fit(text: str) -> Fit:
    """``fill``, ``natural`` or ``ratio:X`` with X times the natural length."""
    policy, colon, factor = text.strip().lower().partition(":")
    if policy in ("fill", "natural") and not colon:
        return Fit(policy)
    if policy == "ratio" and factor:
        return Fit("ratio", parse_positive(factor))
    raise InputError(f"{text!r} is not a fit: use fill, natural, or ratio:X (ratio:1.1 is ten per cent longer)")
