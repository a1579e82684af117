"""Takes onto the timeline: on tracks of their own, on the frame, read back, and never twice."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import Any, Optional

from ...host.errors import CueError
from ...host.helper_process import Helper
from ...host.journal import Journal
from ...host.take_files import file_of, same_sound
from ...host.takes import Cue, Outcome, Take
from .appending import BATCH, Appender
from .enabling import Enabling
from .gateway import Session
from .placed_takes import PlacedTakes
from .pool import Pool
from .scan import Item, Snapshot
from .tracks import Tracks
from .underway import UnderWay
from .verifying import Verifier
from .workplace import Workplace


class Placer:
    """Places takes on the session's timeline. ``close`` puts page, bin and locks back."""

    def __init__(
        self, session: Session, snapshot: Snapshot, helper: Helper, journal: Journal, settings: dict[str, Any]
    ) -> None:
        self.outcome = Outcome()
        self._session = session
        self.under_way = UnderWay(session, journal)
        self._workplace = Workplace(session, journal)
        self.tracks = Tracks(session, snapshot.tracks, journal, self._workplace)
        self.takes = PlacedTakes(snapshot, self.tracks, self.under_way, helper)
        self.enabling = Enabling(session, snapshot, self.takes, self.under_way, self.outcome, settings)
        self._pool = Pool(session, helper)
        rate = Fraction(*helper.rate(snapshot.rate))
        self._appender = Appender(session, self.tracks, self._pool, rate, self.enabling, self.outcome)
        self._verifier = Verifier(
            session, self.tracks, self.takes, self.under_way, self._appender, self.enabling, self.outcome
        )

    def recover(self) -> None:
        """Puts right what a run that was killed on this timeline left behind."""
        left = self.under_way.recover()
        if left:
            self.tracks.recover(left)
            self._put_back()

    def close(self) -> bool:
        """Puts page, bin and locks back as they were; the journal stays where something is left to be done.

        Returns False where Resolve does not put them back now, which the next run does.
        """
        self._put_back()
        self.under_way.close()
        return not self._workplace.is_left

    def settle(self) -> list[str]:
        """Leaves one take enabled where a killed run left two in one place. Returns what could not be done."""
        problems = []
        for item in self.takes.all():
            beside = self.takes.beside(item)
            if self.under_way.was_left(item.cue) and item is self.takes.in_use(item) and len(beside) > 1:
                try:
                    self.enabling.use(item)
                except CueError as error:
                    problems.append(f"the line at frame {int(item.start)}: {error}")
        return problems

    def _put_back(self) -> None:
        self.tracks.locked_again(self._workplace.leave())

    def place(self, takes: Iterable[Take], *, replace_moved: bool = False, keep_old: bool = False) -> None:
        """Places what is not in its place yet, and reads it back now and then.

        The take of the same number is deleted if it lies where it was placed; with ``keep_old`` all stay, and those in
        the same place are disabled. What the editor moved stays, disabled if ``replace_moved``. Raises HostError when
        the session is no longer what it was.
        """
        with self._timed():
            wanted = []
            for take in takes:
                there = None if keep_old else self._in_place(take)
                if there is None:
                    wanted.append(take)
                    continue
                self.outcome.unchanged.append(take.cue.id)
                if self.under_way.was_left(take.cue.id):
                    self._finish_left(take, there)
                else:
                    self.enabling.hide(take, there)
            for first in range(0, len(wanted), BATCH):
                self._place(wanted[first : first + BATCH], replace_moved, keep_old)
            self._verifier.read_if_due()

    def read_back(self) -> None:
        """Reads every track that got takes, places again what is not there, and finishes what is."""
        with self._timed():
            self._verifier.finish()

    def count(self) -> None:
        """After a failure: reads what was placed, for the report, and changes nothing more."""
        self._verifier.count()

    @contextlib.contextmanager
    def _timed(self) -> Iterator[None]:
        begin = time.perf_counter()
        try:
            yield
        finally:
            self.outcome.seconds += time.perf_counter() - begin

    def _in_place(self, take: Take) -> Optional[Item]:
        for item in self.takes.of(take.cue.id):
            if item.start != take.cue.start or not self.takes.is_untouched(item) or not os.path.exists(item.path):
                continue
            if self.tracks.ours(item) and not self.tracks.belongs(item, take.cue.character):
                continue  # the line has another speaker now
            # After a ripple the name says another frame, and so does the file's time reference; the sound is the same.
            if file_of(item.path) == file_of(take.path) or (
                item.number == take.cue.take and same_sound(item.path, take.path)
            ):
                return item
        return None

    def _finish_left(self, take: Take, item: Item) -> None:
        try:
            self.enabling.use(item)
            self.enabling.finish(take)
        except CueError as error:
            self.enabling.fail(take, str(error))

    def _place(self, takes: list[Take], replace_moved: bool, keep_old: bool) -> None:
        self._session.check()
        self._pool.add(self._workplace.enter())
        self.under_way.begin(take.cue.id for take in takes)
        self._pool.bring([take.path for take in takes])
        ready = []
        for take in takes:
            try:
                clip = self._appender.prepared(take, beside=keep_old)
                if not keep_old:
                    self._remove_old(take.cue, replace_moved)
                ready.append(clip)
            except CueError as error:
                self.enabling.fail(take, str(error))
        self._verifier.add(self._appender.append(ready))

    def _remove_old(self, cue: Cue, replace_moved: bool) -> None:
        """Deletes the take that the new one replaces. Others, and what the editor moved, are at most disabled."""
        moved, old = self.takes.is_moved(cue), []
        for item in self.takes.of(cue.id):
            ours = self.takes.is_replaceable(item)
            if ours and item.number == cue.take:
                old.append(item)
            elif (ours or replace_moved) and (
                (item.start < cue.start + cue.duration and cue.start < item.end)
                or (moved and not ours and item.number == cue.take)
            ):
                self.enabling.silence(item)
        for item in old:
            if self.tracks.delete(item):
                self.enabling.silent.add(cue.id)
                self.takes.remove(item)
            elif replace_moved:
                self.enabling.silence(item)
            else:
                raise CueError("you moved or trimmed its take meanwhile, so it stays as it is")
