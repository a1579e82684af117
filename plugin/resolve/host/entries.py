"""The menu entries."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import traceback
from pathlib import Path
from typing import Any, Optional

from .bridge import Bridge, checked
from .errors import CancelledError, HostError
from .files import Journal, OneAtATime, read_settings, settings_file
from .gateway import Session, ask, has, maybe
from .place import Cue, Placer, Take
from .progress import Progress, Steps, run_in_console, run_in_window, show_message
from .scan import Snapshot, scan

_POLL_SECONDS = 0.1


def run(entry: str, python: str, root: str, globals_: dict[str, Any]) -> None:
    """Runs a menu entry. Whatever happens, the editor reads one sentence that says what to do next."""
    app = App(python, root, globals_)
    try:
        with OneAtATime():
            ENTRIES[entry](app)
    except CancelledError as error:
        app.tell(str(error))
    except HostError as error:
        app.tell(str(error))
    except Exception as error:
        traceback.print_exc()
        app.tell(
            f"a fault in Framevox itself ({type(error).__name__}: {error}); what was placed stays. Report what the "
            "console shows (Workspace ▸ Console)"
        )


class App:
    """What an entry works with: Resolve's globals, where our Python is, and how to show things."""

    def __init__(self, python: str, root: str, globals_: dict[str, Any]) -> None:
        self.python, self.root = python, root
        self.resolve = globals_.get("resolve")
        self.fusion, self.bmd = globals_.get("fusion"), globals_.get("bmd")
        self.session: Optional[Session] = None
        self.progress = Progress()

    def open(self) -> Session:
        self.session = Session(self.resolve)
        return self.session

    @property
    def windows(self) -> bool:
        """Whether windows are allowed: asking for one in the free edition raises a dialog (trap 15)."""
        if self.session is not None:
            return self.session.studio and self.fusion is not None and self.bmd is not None
        name = maybe(self.resolve, "GetProductName") if self.resolve is not None else None
        return "Studio" in str(name) and self.fusion is not None and self.bmd is not None

    def work(self, steps: Steps) -> None:
        if self.windows:
            run_in_window(steps, self.progress, self.fusion, self.bmd)
        else:
            run_in_console(steps)

    def tell(self, sentence: str) -> None:
        self.progress.say(sentence)
        if self.windows:
            show_message(sentence, self.fusion, self.bmd)


def fill(app: App) -> None:
    """Fill Placeholder Dialogue: every placeholder of the timeline."""
    app.open()
    app.work(_speak(app, at_playhead=False))


def revoice(app: App) -> None:
    """Re-voice at Playhead: the selected placeholders where Resolve says which, else those under the playhead."""
    app.open()
    app.work(_speak(app, at_playhead=True))


def _speak(app: App, *, at_playhead: bool) -> Steps:
    session, progress = app.session, app.progress
    assert session is not None
    settings = read_settings()
    yield
    snapshot = scan(session)
    if not snapshot.placeholders:
        raise HostError(
            "there are no placeholders on this timeline: add captions, markers with a length and a note, or empty "
            "audio clips named with a line"
        )
    yield
    with Bridge(app.python, app.root) as bridge:
        bridge.hello()
        yield
        cues, timecode = _cues(session, snapshot, settings, bridge, progress, at_playhead)
        journal = Journal()
        placer = Placer(session, snapshot, bridge, journal, settings)
        placer.recover()
        if at_playhead:
            cues = _chosen(session, cues, placer, timecode)
        else:
            for cue in [cue for cue in cues if placer.moved(cue)]:
                progress.say(f"{_where(cue)}: you moved or trimmed its take, so it stays as it is")
                cues.remove(cue)
        try:
            if cues:
                yield from _stream(app, bridge, placer, cues, at_playhead)
        finally:
            placer.close()


def _cues(
    session: Session, snapshot: Snapshot, settings: dict[str, Any], bridge: Bridge, progress: Progress, playhead: bool
) -> tuple[list[Cue], Optional[int]]:
    """The cues that the helper makes of the placeholders, and the playhead's frame where it is asked for."""
    timecode = ask(session.timeline, "GetCurrentTimecode") if playhead else None
    answer = bridge.ask(
        "plan",
        timeline={
            "rate": snapshot.rate,
            "drop_frame": snapshot.drop_frame,
            "project_rate": snapshot.project_rate,
            "start": snapshot.start,
        },
        project=session.project_name,
        playhead=timecode,
        settings=settings,
        items=snapshot.placeholders,
    )
    problems = answer["problems"]
    if not playhead:
        for problem in problems:
            progress.say(problem)
    if not answer["cues"]:
        raise HostError(
            problems[0] if len(problems) == 1 else f"none of the {len(problems)} placeholders can be spoken; see above"
        )
    cues = [Cue(c["cue"], c["key"], c["character"], c["start"], c["duration"], c["text"]) for c in answer["cues"]]
    return cues, answer["playhead"]


def _chosen(session: Session, cues: list[Cue], placer: Placer, playhead: Optional[int]) -> list[Cue]:
    """The selected cues (Resolve 21.0.4 and later), else those whose slot holds the playhead."""
    if session.version >= (21, 0, 4) and has(session.timeline, "GetSelectedClips"):
        keys = {maybe(clip, "GetUniqueId") for clip in maybe(session.timeline, "GetSelectedClips") or []}
        selected = [cue for cue in cues if cue.key in keys]
        if selected:
            return selected
    under = [cue for cue in cues if playhead is not None and cue.start <= playhead < cue.start + cue.duration]
    if not under:
        raise HostError("there is no placeholder under the playhead: put it inside of one and run the entry again")
    return under


def _stream(app: App, bridge: Bridge, placer: Placer, cues: list[Cue], replace_moved: bool) -> Steps:
    progress = app.progress
    by_id = {cue.id: cue for cue in cues}
    progress.total = len(cues)
    marking = not app.windows
    number = bridge.post("speak", cues=list(by_id))
    reason, problem, cancelled = "", None, False
    if marking:
        placer.mark_waiting(cues)
    try:
        while not reason:
            if progress.cancelled and not cancelled:
                cancelled = True
                bridge.post("cancel")
            takes = []
            for message in bridge.events(_POLL_SECONDS):
                if message.get("answer") and message.get("re") == number:
                    done = checked(message)
                    reason = done["reason"]
                    for warning in done["warnings"]:
                        progress.say(warning)
                    continue
                cue = by_id.get(str(message.get("cue")))
                if cue is None:
                    continue
                if message["event"] == "started":
                    progress.line = f"{_where(cue)}: {cue.text}"
                elif message["event"] == "take":
                    takes.append(
                        Take(cue, message["file"], message["head"], message["sample_rate"], message["message"])
                    )
                else:
                    placer.outcome.failed[cue.id] = message["message"]
                    progress.done += 1
            if takes:
                placer.place(takes, replace_moved=replace_moved)
                progress.done += len(takes)
            yield
        placer.read_back()
    except HostError as error:
        problem = error
    finally:
        if marking:
            placer.mark_placed()
        _report(progress, placer, by_id)
    if problem is not None:
        raise problem
    if reason != "finished":
        raise CancelledError(
            f"stopped: {len(placer.outcome.placed)} of {len(cues)} lines were placed and stay; run the entry again and "
            "only the rest is made"
        )


def _report(progress: Progress, placer: Placer, by_id: dict[str, Cue]) -> None:
    outcome = placer.outcome
    for id_, message in [*outcome.notes.items(), *outcome.failed.items()]:
        if id_ in by_id:
            progress.say(f"{_where(by_id[id_])}: {message}")
    progress.say(
        f"{len(outcome.placed)} placed, {len(outcome.unchanged)} unchanged, {len(outcome.failed)} not placed "
        f"({outcome.checks} clips read back; placing took {outcome.seconds:.1f} s)"
    )


def _where(cue: Cue) -> str:
    return f"{cue.character or 'the line'} at frame {cue.start}"


def settings(app: App) -> None:
    """Settings: opens the settings file in the system's editor."""
    path = settings_file()
    read_settings()
    opener = {"darwin": ["open", "-t"], "win32": ["notepad"]}.get(sys.platform, ["xdg-open"])
    try:
        subprocess.Popen([*opener, str(path)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    except OSError:
        app.tell(f"the settings are in {path}: open it in a text editor")
    else:
        app.progress.say(f"the settings are in {path}")


def export(app: App) -> None:
    """Export for Framevox: the timeline as OTIO, for the route without scripting."""
    session = app.open()
    folder = Path(read_settings()["media_dir"] or Path.home() / "Framevox").expanduser()
    name = re.sub(r"[^A-Za-z0-9]+", "-", session.timeline_name).strip("-") or "timeline"
    path = folder / f"{name}.otio"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise HostError(f"cannot write {folder} ({error.strerror}): set “media_dir” in Framevox's settings") from None
    # The constants are those of the running Resolve; numbers written down differ between versions.
    kind, plain = session.resolve.EXPORT_OTIO, session.resolve.EXPORT_NONE
    if not maybe(session.timeline, "Export", str(path), kind, plain) or not os.path.exists(path):
        raise HostError(f"Resolve does not export {path}: use File ▸ Export ▸ Timeline and choose OTIO")
    app.tell(
        f"exported. Now run: framevox fill --for resolve “{path}” “{folder / (name + '-filled.otio')}”, then import "
        "that file with File ▸ Import ▸ Timeline"
    )


ENTRIES = {"fill": fill, "revoice": revoice, "settings": settings, "export": export}
