"""Next Take and Previous Take.

A place on a track holds one clip, so the takes of a line lie above each other on the tracks of its character, and one
of them is enabled.
"""

from __future__ import annotations

import os
from dataclasses import replace
from typing import Optional

from ...host.errors import CueError, HostError
from ...host.progress import Steps
from ...host.takes import Cue
from .app import App
from .gateway import ask
from .scan import Item
from .stream import stream
from .work import Work, selection, work_on

MOST = 999


def next_take(app: App) -> None:
    """Next Take: the take after the one at the playhead, made if it never was."""
    app.open()
    app.work(work_on(app, lambda work: _step(work, 1), at_playhead=True, on_takes=True))


def previous_take(app: App) -> None:
    """Previous Take: the take before it."""
    app.open()
    app.work(work_on(app, lambda work: _step(work, -1), at_playhead=True, on_takes=True))


def _step(work: Work, by: int) -> Steps:
    progress, placer, takes = work.app.progress, work.placer, work.placer.takes
    there: list[Item] = []
    to_make: list[Cue] = []
    # Everything is checked before anything is changed.
    for item in _in_use(work):
        # Where a killed run left two takes enabled, the later one is kept, and nothing else is done.
        number = item.number + (0 if placer.under_way.was_left(item.cue) else by)
        if not 1 <= number <= MOST:
            raise HostError(f"{_where(work, item)} is at its {'first' if by < 0 else 'last'} take")
        made = [one for one in takes.beside(item) if one.number == number and os.path.exists(one.path)]
        locked = [one for one in takes.beside(item) if placer.tracks[one.track].locked]
        if locked:
            name = placer.tracks[locked[0].track].name
            raise HostError(f"{_where(work, item)}: the track “{name}” is locked: unlock it and run the entry again")
        if not made and any(cue.id == item.cue for cue in to_make):
            raise HostError(f"{_where(work, item)}: another take of its line is chosen too: choose only one of them")
        if made:
            there.append(made[0])
        else:
            to_make.append(_cue(work, item, number))
    yield
    for item in there:
        try:
            placer.enabling.use(item)
        except CueError as error:
            raise HostError(f"{_where(work, item)}: {error}") from None
        progress.say(f"{_where(work, item)}: take {item.number}")
    yield from stream(work, to_make, keep_old=True)
    for cue in to_make:
        if cue.id in placer.outcome.placed:
            progress.say(f"{cue.where}: take {cue.take}")
    progress.stay = bool(placer.outcome.failed or placer.outcome.notes)


def _in_use(work: Work) -> list[Item]:
    """The take in use at every place that is selected, else at every place under the playhead."""
    keys, playhead = selection(work.session), work.playhead
    items = work.placer.takes.all()
    found = [item for item in items if item.uid in keys]
    found = found or [item for item in items if playhead is not None and item.start <= playhead < item.end]
    if not found:
        raise HostError(
            "there is no take under the playhead: move it over one and run the entry again, or use Re-voice at "
            "Playhead if the line has no take yet"
        )
    # A disabled take is left out where another of its cue is enabled, perhaps with another length by now.
    sounding = [item for item in found if ask(item.handle, "GetClipEnabled")]
    heard = {item.cue for item in sounding}
    sounding += [item for item in found if item.cue not in heard]
    places = {(item.cue, item.start, item.duration): item for item in sounding}
    return [work.placer.takes.in_use(item) for item in places.values()]


def _cue(work: Work, item: Item, number: int) -> Cue:
    """The cue as it has to be spoken where its clip lies."""
    cue = _find(work, item)
    if cue is None:
        raise HostError(
            f"{_where(work, item)}: its placeholder is gone, and so is its text: put it back, and run the entry again"
        )
    if item.start.denominator != 1 or item.duration.denominator != 1:
        raise HostError(f"{cue.where}: its take begins or ends inside a frame: move it to whole frames")
    # An untouched clip may be shorter than its slot, where that cannot be hit.
    start, duration = work.placer.takes.slot(item) or (int(item.start), int(item.duration))
    return replace(cue, start=start, duration=duration, take=number, belongs=item.meant)


def _find(work: Work, item: Item) -> Optional[Cue]:
    return next((cue for cue in work.cues if cue.id == item.cue), None)


def _where(work: Work, item: Item) -> str:
    cue = _find(work, item)
    return f"{(cue and cue.character) or 'the line'} at frame {int(item.start)}"
