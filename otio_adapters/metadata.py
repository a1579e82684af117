"""What Framevox keeps in an object's metadata, what users write there, and the warnings about it."""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

from framevox.engine_daemon.protocol.timebase import Frames

KEY = "framevox"
"""Where Framevox keeps what it knows of an object: ``object.metadata["framevox"]``."""

USER_KEYS = (
    "text", "character", "voice", "language", "fit", "emotion", "emotion_voice", "emotion_strength", "take_number",
)  # fmt: skip
NUMBER_KEYS = ("emotion_strength", "take_number")
"""User keys that may also hold a number."""
OWN_KEYS = ("cue", "take", "placeholder", "role", "fault")


def kept_of(item: Any) -> Any:
    """What Framevox keeps of a clip or a marker: a dictionary, or whatever else stands there; None for nothing."""
    kept = item.metadata.get(KEY)
    if not isinstance(kept, Mapping):
        return kept
    # The end of one of OpenTimelineIO's iterators is an exception in C++, dearer than all the keys before it.
    return {key: kept[key] for key in islice(kept, len(kept))}


@dataclass(frozen=True)
class About:
    """A line that a warning is about: its slot, in frames from the timeline's first, its track, and the id of its cue,
    None where they are not known yet."""

    start: Frames
    duration: Frames
    track: str | None = None
    cue: str | None = None


class TimelineWarning(UserWarning):
    """Something in a timeline that the user should know of and that stops nothing. ``about`` is the line that it is
    about, None where it is about no line, or several."""

    def __init__(self, text: str, about: About | None = None) -> None:
        super().__init__(text)
        self.about = about


@contextlib.contextmanager
def warnings_said(say: Callable[[str], None]) -> Iterator[None]:
    """As ``warnings_heard``, for the text alone."""
    with warnings_heard(lambda warning: say(str(warning))):
        yield


@contextlib.contextmanager
def warnings_heard(hear: Callable[[TimelineWarning], None]) -> Iterator[None]:
    """Inside the block, ``hear`` is given each TimelineWarning, which is not shown with the line of code that it comes
    from.

    Warnings of other kinds are the concern of who writes programs, and are not shown.
    """

    def show(message: Warning | str, *_: object) -> None:
        if isinstance(message, TimelineWarning):
            hear(message)

    with warnings.catch_warnings():
        warnings.simplefilter("always", TimelineWarning)
        warnings.showwarning = show  # type: ignore[assignment]
        yield
