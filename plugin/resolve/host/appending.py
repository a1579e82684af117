"""Appending takes to the timeline: which frames of a clip, on which track, and in one call for many."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction

from ...host.errors import CueError
from ...host.takes import Outcome, Take
from .enabling import Enabling
from .frames import best_length, head_frame
from .gateway import Session, maybe
from .pool import Media, Pool
from .tracks import Tracks

BATCH = 25
"""How many clips are appended in one call: if it fails, few are lost, and thousands in one call do fail."""
_TRIES = 3
"""How often a clip is appended to a track on which it is not found afterwards. Then another track is tried."""


@dataclass
class Clip:
    """A take on its way: which frames of its media, and the length on the timeline that they give."""

    take: Take
    media: Media
    first: int
    frames: int
    length: int
    beside: bool
    """Whether the takes that are there stay, disabled."""
    tried: list[str] = field(default_factory=list)
    """The names of the tracks that it was appended to, the latest last."""
    corrected: bool = False

    @property
    def refused(self) -> set[str]:
        return {track for track in self.tried if self.tried.count(track) >= _TRIES}


class Appender:
    """Appends clips to the tracks of their characters."""

    def __init__(
        self, session: Session, tracks: Tracks, pool: Pool, rate: Fraction, enabling: Enabling, outcome: Outcome
    ) -> None:
        self._session = session
        self._tracks = tracks
        self._pool = pool
        self._rate = rate
        self._enabling = enabling
        self._outcome = outcome

    def prepared(self, take: Take, *, beside: bool) -> Clip:
        """Returns the clip that a take becomes. Raises CueError where it cannot become one."""
        cue, media = take.cue, self._pool.get(take.path)
        if media is None:
            raise CueError(f"Resolve does not import {take.path}: check that it plays there")
        frames, length = best_length(cue.duration, media.fps, self._rate)
        if length < 1:
            raise CueError("its slot is shorter than a frame of the project: make it longer")
        if length != cue.duration:
            self._outcome.notes[cue.id] = (
                f"its slot of {cue.duration} frames cannot be hit in a project of another rate: {length} were placed"
            )
        return Clip(take, media, head_frame(take.head, take.sample_rate, media.fps), frames, length, beside)

    def append(self, clips: list[Clip]) -> list[Clip]:
        """Appends clips, each to a free track. Returns those that Resolve was asked for; the others have failed."""
        if not clips:
            return []
        self._tracks.check()
        found = []
        for clip in clips:
            cue = clip.take.cue
            try:
                track = self._tracks.free(cue.character, cue.start, cue.start + clip.length, clip.refused)
            except CueError as error:
                self._enabling.fail(clip.take, str(error))
                continue
            track.reserve(cue.start, cue.start + clip.length)
            clip.tried.append(track.name)
            found.append(clip)
        asked = [
            {
                "mediaPoolItem": clip.media.handle,
                # Whole numbers, or nothing at all is appended; the end is exclusive (traps 2 and 4).
                "startFrame": int(clip.first),
                "endFrame": int(clip.first + clip.frames),
                "mediaType": 2,
                "trackIndex": on.index,
                # Absolute, as the slot is (trap 1).
                "recordFrame": int(clip.take.cue.start),
            }
            for clip in found
            if (on := self._tracks.named(clip.tried[-1])) is not None
        ]
        if not asked:
            return []
        self._session.check()
        # The answer may be nothing, or clips that are gone a moment later (trap 7): the tracks are read instead.
        maybe(self._session.pool, "AppendToTimeline", asked)
        return found
