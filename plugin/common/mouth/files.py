"""Mouth cues in the formats of Rhubarb Lip Sync: JSON, TSV, and the switch data of Moho and OpenToonz."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from fractions import Fraction
from math import floor
from pathlib import Path

from framevox.engine_daemon.protocol.errors import InputError
from framevox.engine_daemon.protocol.timebase import Rate

from .animation import HUNDREDTHS, MouthCue
from .shapes import REST


def mouth_file(cues: Sequence[MouthCue], suffix: str, rate: Rate, sound: Path | None = None) -> bytes:
    """The content of a file of mouth cues: ``.json``, ``.tsv`` or ``.dat``.

    ``cues`` follow each other from 0. ``rate`` is what ``.dat`` counts frames in; ``sound`` is the file that JSON says
    the cues belong to. Raises InputError for another format.
    """
    writer = _WRITERS.get(suffix.lower())
    if writer is None:
        raise InputError(f"mouth cues cannot be written as {suffix or 'that'}: use {', '.join(_WRITERS)}")
    return writer(cues, rate, sound).encode("utf-8")


def check_mouth_path(name: str) -> None:
    """Raises InputError for a file whose name says no format that can be written."""
    if Path(name).suffix.lower() not in _WRITERS:
        raise InputError(f"--mouth {name}: mouth cues are written as {', '.join(_WRITERS)}: choose one of these")


def _json(cues: Sequence[MouthCue], _rate: Rate, sound: Path | None) -> str:
    listed = ",\n".join(
        f'    {{ "start": {_time(cue.start)}, "end": {_time(cue.end)}, "value": "{cue.shape}" }}' for cue in cues
    )
    name = json.dumps(str(sound) if sound is not None else "", ensure_ascii=False)
    return (
        f'{{\n  "metadata": {{\n    "soundFile": {name},\n    "duration": {_time(cues[-1].end)}\n  }},\n'
        f'  "mouthCues": [\n{listed}\n  ]\n}}\n'
    )


def _tsv(cues: Sequence[MouthCue], _rate: Rate, _sound: Path | None) -> str:
    lines = [f"{_time(cue.start)}\t{cue.shape}\n" for cue in cues]
    return "".join([*lines, f"{_time(cues[-1].end)}\t{REST}\n"])


def _dat(cues: Sequence[MouthCue], rate: Rate, _sound: Path | None) -> str:
    """Moho counts frames from 1; a shape that begins in the frame of the one before it is not written."""
    lines, last = ["MohoSwitch1"], 0
    for cue in cues:
        frame = _frame(cue.start, rate)
        if frame != last:
            lines.append(f"{frame} {cue.shape}")
            last = frame
    end = _frame(cues[-1].end, rate)
    lines.append(f"{end if end != last else end + 1} {REST}")
    return "\n".join([*lines, ""])


def _time(hundredths: int) -> str:
    return f"{hundredths // HUNDREDTHS}.{hundredths % HUNDREDTHS:02}"


def _frame(hundredths: int, rate: Rate) -> int:
    return 1 + floor(Fraction(hundredths, HUNDREDTHS) * rate.fps)


_WRITERS: dict[str, Callable[[Sequence[MouthCue], Rate, Path | None], str]] = {
    ".json": _json,
    ".tsv": _tsv,
    ".dat": _dat,
}
SUFFIXES = tuple(_WRITERS)
"""The formats that are written, by how files' names end."""
