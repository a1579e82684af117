"""What a value in a message may be.

Each kind says itself in words; docs/protocol.md repeats those words, and a test compares them.

A reader takes the decoded JSON value and returns Python's; it raises ValueError for anything else.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from .errors import FramevoxError, InputError
from .timebase import Rate, parse_frames

MAX_FRAME = 10**12
"""Frame positions lie between minus and plus this: 24 hours at the highest rate is less than a tenth of it."""

_FRACTION = re.compile(r"-?[0-9]{1,15}(/[0-9]{1,15})?")


@dataclass(frozen=True)
class Kind:
    """A kind of value: ``says`` in the words of docs/protocol.md, ``read`` turns JSON's value into ours."""

    says: str
    read: Callable[[Any], Any]


def text(longest: int, shortest: int = 0) -> Kind:
    """Text of so many characters (Unicode code points), well-formed."""

    def read(value: Any) -> str:
        if not isinstance(value, str) or not shortest <= len(value) <= longest:
            raise ValueError
        value.encode("utf-8")  # a lone surrogate is legal in JSON and nowhere else; UnicodeEncodeError is a ValueError
        return value

    return Kind(f"text, {shortest} to {longest} characters", read)


def whole(least: int, most: int) -> Kind:
    """A whole number within bounds."""

    def read(value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise ValueError
        return value

    return Kind(f"whole number, {least} to {most}", read)


def number(least: float, most: float) -> Kind:
    """A finite number within bounds."""

    def read(value: Any) -> float:
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not least <= value <= most:
            raise ValueError
        return float(value)

    return Kind(f"number, {least:g} to {most:g}", read)


def choice(options: Sequence[Any]) -> Kind:
    """One of the values listed."""

    def read(value: Any) -> Any:
        if isinstance(value, bool) or value not in options:
            raise ValueError
        return value

    return Kind("one of " + ", ".join(f"`{option}`" for option in options), read)


def _truth(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError
    return value


def _ratio(value: Any) -> Fraction:
    if not isinstance(value, str) or not _FRACTION.fullmatch(value):
        raise ValueError
    ratio = _exact(value)
    if not Fraction(1, 100) <= ratio <= 100:
        raise ValueError
    return ratio


def _frames(value: Any) -> int | Fraction:
    # Fraction() also reads "1e999999999", and would work on that for hours.
    if isinstance(value, str) and not _FRACTION.fullmatch(value):
        raise ValueError
    try:
        frames = parse_frames(value)
    except InputError:
        raise ValueError from None
    if not -MAX_FRAME <= frames <= MAX_FRAME:
        raise ValueError
    return frames


def _rate(value: Any) -> Rate:
    if not isinstance(value, str) or len(value) > 40:
        raise ValueError
    try:
        return Rate.parse(value)
    except FramevoxError as error:
        raise ValueError(str(error)) from None


def _exact(value: str) -> Fraction:
    try:
        return Fraction(value)
    except ZeroDivisionError:
        raise ValueError from None


def _finite(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise ValueError
    return float(value)


def _object(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ValueError
    return value


TRUTH = Kind("true or false", _truth)
RATIO = Kind("fraction as text, 1/100 to 100", _ratio)
FRAMES = Kind("frames: whole number, or fraction as text", _frames)
RATE = Kind("rate as text, such as `24000/1001` or `30000/1001 DF`", _rate)
NUMBER = Kind("number", _finite)
OBJECT = Kind("object", _object)


def optional(kind: Kind) -> Kind:
    """The kind, or null."""
    return Kind(f"{kind.says}; or null", lambda value: None if value is None else kind.read(value))


def listed(kind: Kind, most: int, least: int = 0) -> Kind:
    """A list of the kind, bounded in length."""

    def read(value: Any) -> list[Any]:
        if not isinstance(value, list) or not least <= len(value) <= most:
            raise ValueError
        return [kind.read(entry) for entry in value]

    return Kind(f"list of {least} to {most}: {kind.says}", read)


def read_object(
    what: str, value: Any, kinds: Mapping[str, Kind], defaults: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Reads a JSON object: every key of ``kinds`` (unless it has a default), and no other.

    Raises InputError that names ``what``, the key, what it must be and what it was.
    """
    if not isinstance(value, dict):
        raise InputError(f"{what}: must be an object, not {brief(value)}")
    for key in value:
        if key not in kinds:
            raise InputError(f"{what}: unknown key {brief(key)}; the keys are {', '.join(kinds)}")
    result: dict[str, Any] = {}
    for key, kind in kinds.items():
        if key not in value:
            if defaults is None or key not in defaults:
                raise InputError(f"{what}: {key} is missing; it must be {kind.says}")
            result[key] = defaults[key]
            continue
        try:
            result[key] = kind.read(value[key])
        except FramevoxError:
            raise
        except ValueError as error:
            reason = f" ({error})" if str(error) and not isinstance(error, UnicodeError) else ""
            raise InputError(f"{what}: {key} must be {kind.says}, not {brief(value[key])}{reason}") from None
    return result


def brief(value: object) -> str:
    """A value for an error message: short, and on one line."""
    shown = ascii(value) if isinstance(value, str) and not value.isprintable() else repr(value)
    return shown if len(shown) <= 60 else shown[:57] + "..."
