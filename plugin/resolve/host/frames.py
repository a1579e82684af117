"""From samples and timeline frames to frames of a clip, in exact fractions."""

from __future__ import annotations

from fractions import Fraction

from ...host.errors import CueError


def head_frame(head: int, sample_rate: int, fps: Fraction) -> int:
    """Returns the frame of the clip, at its own rate, on which the slot begins; CueError if none does (trap 12)."""
    exact = Fraction(head) * fps / sample_rate
    frame = round(exact)
    if abs(exact - frame) * sample_rate / fps > 1:
        raise CueError(
            f"Resolve reads the file at {float(fps):g} fps, which is not the project's rate: delete it from the media "
            "pool and run the entry again"
        )
    return frame


def best_length(slot: int, fps: Fraction, rate: Fraction) -> tuple[int, int]:
    """Returns how many frames of the clip fill a slot, and how many timeline frames they give (Resolve rounds down).

    That is the smallest number that gives the slot's length; if none does (trap 11), the largest that stays within it.
    """
    frames = -(-slot * fps // rate)
    length = frames * rate // fps
    if length > slot:
        frames -= 1
        length = frames * rate // fps
    return int(frames), int(length)
