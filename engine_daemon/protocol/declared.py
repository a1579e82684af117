"""How a value is declared once, and read and written from that declaration.

Everything that crosses a border (messages, cues, takes, the connection file) is a msgspec struct: its fields, their
types and bounds stand there and nowhere else. What JSON has no type for is text: a rate ``24000/1001 DF``, a ratio
``11/10``, a position inside a frame ``49/2``; never a float.
"""

from __future__ import annotations

import re
from fractions import Fraction
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import msgspec
from msgspec import Meta

from .errors import FramevoxError, InputError
from .timebase import Frames, Rate, parse_frames

MAX_FRAME = 10**12
"""Frame positions lie between minus and plus this: 24 hours at the highest rate is less than a tenth of it."""

_FRACTION = re.compile(r"-?[0-9]{1,15}(/[0-9]{1,15})?")
_SHOWN = 300

if TYPE_CHECKING:
    Position = Frames
    Ratio = Fraction
else:  # msgspec tells by the type how a value is read

    class Position(Fraction):
        """Frames: whole, or inside a frame. A type of its own, because ratios are written otherwise."""

    class Ratio(Fraction):
        """A share of a line's natural length."""


Name = Annotated[str, Meta(min_length=1, max_length=64)]
CueId = Annotated[str, Meta(min_length=1, max_length=200)]
VoiceSpec = Annotated[str, Meta(max_length=500)]
Samples = Annotated[int, Meta(ge=-(10**15), le=10**15)]
Share = Annotated[float, Meta(ge=0, le=1)]

Struct = TypeVar("Struct", bound=msgspec.Struct)


class Declared(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What every declaration shares: it never changes, and keys that it does not have are refused."""


def to_json(value: msgspec.Struct) -> bytes:
    """The JSON of a struct."""
    return _encoder.encode(value)


def to_plain(value: Any) -> Any:
    """A struct as dicts, lists, text and numbers: what it is in JSON."""
    return msgspec.to_builtins(value, enc_hook=_encode)


def from_json(kind: type[Struct], what: str, content: bytes) -> Struct:
    """The struct that JSON holds. Raises InputError that names ``what``, the key, and what it must be."""
    try:
        return msgspec.json.decode(content, type=kind, dec_hook=decode_hook)
    except (msgspec.MsgspecError, RecursionError, UnicodeError) as error:
        raise InputError(explained(what, error)) from None


def from_plain(kind: type[Struct], what: str, value: Any) -> Struct:
    """As ``from_json``, from what ``to_plain`` gives."""
    try:
        return msgspec.convert(value, kind, dec_hook=decode_hook)
    except (msgspec.MsgspecError, RecursionError, UnicodeError) as error:
        raise InputError(explained(what, error)) from None


def checked(value: Struct, what: str) -> Struct:
    """The same struct once it has been proved to be what it is declared as. Raises InputError."""
    try:
        content = to_json(value)
    except (TypeError, ValueError, UnicodeError) as error:
        raise InputError(f"{what}: {brief(str(error))}") from None
    return from_json(type(value), what, content)


def explained(what: str, error: Exception) -> str:
    """What is wrong with a value, on one line: ``cue.start: expected …``."""
    reason, _, path = str(error).partition(" - at `$")
    path = path.rstrip("`")
    if reason[1:2].islower():
        reason = reason[0].lower() + reason[1:]
    return brief(f"{what}{path}: {reason}", _SHOWN)


def brief(value: object, most: int = 60) -> str:
    """A value for an error message: short, and on one line."""
    if isinstance(value, str) and most == _SHOWN:
        shown = " ".join(value.split()) if value.isprintable() else ascii(value)[1:-1]
    else:
        shown = ascii(value) if isinstance(value, str) and not value.isprintable() else repr(value)
    return shown if len(shown) <= most else shown[: most - 3] + "..."


def _encode(value: Any) -> Any:
    if isinstance(value, Rate):
        return value.fraction + (" DF" if value.drop_frame else "")
    if isinstance(value, Fraction):
        # A whole position is a number; of a ratio and of a plain fraction the text is always n/d, which both read.
        whole = type(value).__name__ == "Position" and value.denominator == 1
        return value.numerator if whole else f"{value.numerator}/{value.denominator}"
    raise TypeError(f"{type(value).__name__} has no JSON")


def decode_hook(kind: type[Any], value: Any) -> Any:
    """Reads what JSON has no type for; raises ValueError, which msgspec turns into one that names the key."""
    if kind is Rate:
        return _rate(value)
    if kind.__name__ == "Position":
        return _position(value)
    if kind.__name__ == "Ratio":
        return _ratio(value)
    raise NotImplementedError(kind)


def _rate(value: Any) -> Rate:
    if not isinstance(value, str) or len(value) > 40:
        raise ValueError(f"must be a rate as text, such as 24000/1001 or 30000/1001 DF, not {brief(value)}")
    try:
        return Rate.parse(value)
    except FramevoxError as error:
        raise ValueError(str(error)) from None


def _position(value: Any) -> Any:
    # Fraction() also reads "1e999999999", and would work on that for hours.
    try:
        if isinstance(value, str) and not _FRACTION.fullmatch(value):
            raise InputError("")
        frames = _POSITION(parse_frames(value))
    except (FramevoxError, ZeroDivisionError):
        raise ValueError(f"must be frames: a whole number, or a fraction as text, not {brief(value)}") from None
    if not -MAX_FRAME <= frames <= MAX_FRAME:
        raise ValueError(f"must be frames between -{MAX_FRAME} and {MAX_FRAME}")
    return frames


def _ratio(value: Any) -> Any:
    try:
        ratio: Any = _RATIO(value) if isinstance(value, str) and _FRACTION.fullmatch(value) else None
    except ZeroDivisionError:
        ratio = None
    if ratio is None or not Fraction(1, 100) <= ratio <= 100:
        raise ValueError(f"must be a fraction as text, 1/100 to 100, not {brief(value)}")
    return ratio


_POSITION: Any = Position
_RATIO: Any = Ratio
_encoder = msgspec.json.Encoder(enc_hook=_encode)
