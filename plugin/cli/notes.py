"""What a command has to say that stops nothing: on standard error at once, and in ``--json``."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from framevox.engine_daemon.client.launch import Remark
from framevox.engine_daemon.client.speaking import Result
from framevox.engine_daemon.protocol.timebase import Frames, format_frames
from framevox.plugin.cli import exits

if TYPE_CHECKING:
    from framevox.otio_adapters import About, Placeholder, TimelineWarning


@dataclass
class Notes:
    """Says notes through ``say``, and keeps them in the order in which they were said."""

    say: Callable[[str], None] = exits.say
    _kept: list[tuple[str, About | None]] = field(default_factory=list)

    def add(self, text: str, about: About | None = None) -> None:
        """Says a note, and keeps it."""
        self.say(f"note: {text}")
        self.keep(text, about)

    def keep(self, text: str, about: About | None = None) -> None:
        """Keeps a note that the user is told in another way."""
        self._kept.append((text, about))

    def warn(self, warning: TimelineWarning) -> None:
        """For ``warnings_heard``."""
        self.add(str(warning), warning.about)

    def told(self, text: str) -> None:
        """A ``Say`` for what the client has to say, of which remarks are notes."""
        self.say(text)
        if isinstance(text, Remark):
            self.keep(text.removeprefix("Note: "))

    def to_json(self, lines: Iterable[Result | Placeholder] = ()) -> list[dict[str, Any]]:
        """``notes`` of ``--json``, every key always there. ``lines`` are those that notes may be about."""
        known = [_line(line) for line in lines]
        return [_note(text, about, known) for text, about in self._kept]


_Line = tuple[str, str | None, Frames, Frames | None]
"""The id, track, start and duration of a line."""


def _line(line: Result | Placeholder) -> _Line:
    if isinstance(line, Result):
        return line.cue.id, line.track, line.cue.start, line.cue.duration
    return line.cue_id, line.track, line.start, line.duration


def _note(text: str, about: About | None, lines: list[_Line]) -> dict[str, Any]:
    if about is None:
        return {"text": text, "id": None, "track": None, "start_frame": None, "duration_frames": None}
    # What was said before lines had their ids is about the one in that slot.
    there = [
        (id, track)
        for id, track, *slot in lines
        if slot == [about.start, about.duration] and about.track in (None, track)
    ]
    id, track = there[0] if len(there) == 1 else (None, about.track)
    return {
        "text": text,
        "id": about.cue or id,
        "track": track,
        "start_frame": format_frames(about.start),
        "duration_frames": format_frames(about.duration),
    }
