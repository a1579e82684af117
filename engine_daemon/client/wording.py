"""What the daemon says in codes and figures, in words: the one place where a user's sentences about cues are made."""

from __future__ import annotations

from collections.abc import Mapping

from framevox.engine_daemon.client.events import Attention, Failed
from framevox.engine_daemon.client.given_voices import VoiceFiles
from framevox.engine_daemon.protocol.cues import Note, Take
from framevox.engine_daemon.protocol.errors import FramevoxError, filled_in
from framevox.engine_daemon.protocol.messages import Scalar


def say_take(take: Take, *, frames: bool = True) -> str:
    """What there is to say of a take; empty if nothing. ``frames`` False where the user counts in seconds alone."""
    return "; ".join(say_note(note, frames=frames) for note in take.notes)


def say_note(note: Note, *, frames: bool = True) -> str:
    """One note in words."""
    fields = note.fields
    if note.code == "loose" and fields.get("points"):
        return (
            f"the slot is loose: {_slot(fields, frames)} for a line of {_seconds(fields, 'natural_seconds')} at the "
            "voice's own pace; its words before the first point or after the last are spoken at that pace"
        )
    if note.code == "off-point":
        seconds = _number(fields, "seconds")
        return (
            f"“{fields.get('word')}” begins {1000 * abs(seconds):.0f} ms {'after' if seconds > 0 else 'before'} frame "
            f"{_short(_number(fields, 'frame'))}: listen to it, or put it a frame further away"
        )
    if note.code == "loose":
        times = _number(fields, "slot_seconds") / max(_number(fields, "natural_seconds"), 1e-9)
        return (
            f"the slot is loose: {_slot(fields, frames)}, {_short(times)} times the natural "
            f"{_seconds(fields, 'natural_seconds')}; spoken at the voice's own pace from the slot's start"
        )
    if note.code == "weights-scaled":
        return f"the emotion's weights add up to {_short(_number(fields, 'sum'))}: they were scaled down to 1"
    if note.code == "approximate":
        how = "" if fields.get("embedded") else "; `pip install framevox[likeness]` finds a nearer one"
        return f"approximate: the engine does not clone, the nearest voice is {fields.get('nearest')}{how}"
    if note.code == "no-emotions":
        return f"the voices of the engine {fields.get('engine')} have no emotions: spoken in the voice's neutral tone"
    if note.code == "times-estimated":
        return f"the times of its words are estimated: {_why_estimated(fields)}"
    if note.code == "other-engine":
        engine, why = fields.get("engine"), fields.get("why")
        return f"spoken by the built-in engine instead of {engine}, which cannot be used: {why}"
    return str(fields.get("said", note.code))


def _why_estimated(fields: Mapping[str, Scalar]) -> str:
    why, said = fields.get("why"), fields.get("said")
    if why == "unspoken":
        return f"the built-in engine, which they are compared with, cannot say the line ({said})"
    if why == "failed":
        return f"the built-in engine, which they are compared with, failed ({said}): fill again"
    if why == "words":
        return "the built-in engine, which they are compared with, leaves out other words of the line"
    return "it does not sound like the built-in engine's reading of the line: listen to it"


def say_attention(event: Attention, *, frames: bool = True) -> str:
    """Why a line stays a placeholder, and what would help."""
    fields = event.fields
    if event.code == "too-short":
        return (
            f"the slot is too short: {_slot(fields, frames)} for a line of {_seconds(fields, 'natural_seconds')} at "
            f"the voice's own pace, which can be shortened to {_short(_number(fields, 'least_ratio'))} of that, "
            f"{_seconds(fields, 'least_seconds')}: make the slot {_missing(fields, frames)} longer, or the line shorter"
        )
    if event.code == "ratio-out-of-reach":
        return (
            f"the voice cannot speak this line at ratio:{_short(_number(fields, 'ratio'))}, it reaches "
            f"{_short(_number(fields, 'lowest'))} to {_short(_number(fields, 'highest'))}: choose such a ratio"
        )
    if event.code == "ratio-too-long":
        return (
            f"ratio:{_short(_number(fields, 'ratio'))} of {_seconds(fields, 'natural_seconds')} is "
            f"{_seconds(fields, 'seconds')}, and the slot is {_slot(fields, frames)}: make the slot "
            f"{_missing(fields, frames)} longer, or choose a smaller ratio"
        )
    if event.code in ("point-early", "point-late", "point-end"):
        return _say_point(event.code, fields)
    return f"the line needs attention ({event.code}): update Framevox to be told more"


def _say_point(code: str, fields: Mapping[str, Scalar]) -> str:
    """Which point cannot be reached, by how much, and what would help."""
    point = f"“{fields.get('word')}” on frame {_short(_number(fields, 'frame'))}"
    off = f"{_frames(_number(fields, 'off_frames'))} ({_seconds(fields, 'off_seconds')})"
    nearest = fields.get("nearest_frame")
    at = "" if nearest is None else f"put it on frame {nearest} or "
    if code == "point-early":
        move = f"{at}later, " if at else ""
        return f"{point} comes {off} too early for the words before it: {move}make them fewer, or lower the least ratio"
    if code == "point-late":
        move = f"{at}earlier, " if at else ""
        return (
            f"{point} comes {off} too late for the words before it: {move}write a pause (…) in front of it, or raise "
            "the greatest ratio"
        )
    move = f"{at}earlier, or " if at else ""
    missing = _frames(_number(fields, "off_frames"))
    return f"{point} comes {off} too late for the words from it on: {move}make the slot {missing} longer"


def say_failure(event: Failed, files: VoiceFiles | None = None) -> str:
    """Why a cue failed, with voice files called as the user wrote them."""
    fields = event.fields
    if files is not None:
        fields = {name: files.spec_as_written(value) for name, value in fields.items()}
    return filled_in(event.message, fields)


def say_error(error: FramevoxError, files: VoiceFiles) -> str:
    """An error in words, with voice files called as the user wrote them."""
    return filled_in(error.message, {name: files.spec_as_written(value) for name, value in error.fields.items()})


def _slot(fields: Mapping[str, Scalar], frames: bool) -> str:
    shown = _seconds(fields, "slot_seconds")
    return f"{shown} ({_frames(_number(fields, 'slot_frames'))})" if frames else shown


def _missing(fields: Mapping[str, Scalar], frames: bool) -> str:
    shown = _seconds(fields, "missing_seconds")
    return f"{shown} ({_frames(_number(fields, 'missing_frames'))})" if frames else shown


def _frames(number: float) -> str:
    shown = _short(number)
    return f"{shown} frame{'s' if shown != '1' else ''}"


def _seconds(fields: Mapping[str, Scalar], name: str) -> str:
    return f"{_number(fields, name):.2f} s"


def _short(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")


def _number(fields: Mapping[str, Scalar], name: str) -> float:
    value = fields.get(name)
    return float(value) if isinstance(value, (int, float)) else 0.0
