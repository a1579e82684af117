"""Fill Placeholder Dialogue, and Re-voice at Playhead."""

from __future__ import annotations

from ...host.errors import HostError
from ...host.progress import Steps
from ...host.takes import Cue
from .app import App
from .scan import Item
from .stream import stream
from .work import Work, selection, work_on

_LISTED = 3
"""How many takes are named one by one."""


def fill(app: App) -> None:
    """Fill Placeholder Dialogue: every placeholder of the timeline."""
    app.open()
    app.work(work_on(app, _fill))


def revoice(app: App) -> None:
    """Re-voice at Playhead: the selected placeholders where Resolve says which, else those under the playhead."""
    app.open()
    app.work(work_on(app, _revoice, at_playhead=True))


def _fill(work: Work) -> Steps:
    takes, progress = work.placer.takes, work.app.progress
    cues = []
    for cue in work.cues:
        if takes.is_moved(cue):
            progress.say(f"{cue.where}: you moved or trimmed its take, so it stays as it is")
        else:
            cues.append(cue)
    orphans = takes.orphans(work.cues)
    if orphans:
        progress.say(_without_placeholders(work, orphans))
    yield from stream(work, cues)


def _without_placeholders(work: Work, takes: list[Item]) -> str:
    where = ", ".join(f"“{work.placer.tracks[item.track].name}” at frame {int(item.start)}" for item in takes[:_LISTED])
    more = f" and {len(takes) - _LISTED} more" if len(takes) > _LISTED else ""
    return (
        f"{where}{more}: the placeholder of this take is gone, was moved or cannot be spoken, and the take is still "
        "enabled: delete or disable it, or put its placeholder back"
    )


def _revoice(work: Work) -> Steps:
    yield from stream(work, _chosen(work), replace_moved=True)


def _chosen(work: Work) -> list[Cue]:
    """The cues whose placeholder or take is selected, else those whose slot holds the playhead."""
    keys = selection(work.session)
    selected = [
        cue for cue in work.cues if cue.key in keys or any(item.uid in keys for item in work.placer.takes.of(cue.id))
    ]
    playhead = work.playhead
    under = [cue for cue in work.cues if playhead is not None and cue.start <= playhead < cue.start + cue.duration]
    if not selected and not under:
        raise HostError("there is no placeholder under the playhead: move it over one and run the entry again")
    return selected or under
