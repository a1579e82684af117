"""``framevox watch``: a timeline, or a file of lines, that is filled again whenever it is saved."""

from __future__ import annotations

import contextlib
import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any

import typer

from framevox.engine_daemon.protocol.errors import DaemonError, OptionError
from framevox.plugin.cli import exits

_SHOWN = 120
"""Most characters of a message about one cue; a fill that wrote nothing is said whole, for its end is what to do."""


def watch(
    context: typer.Context,
    project: Annotated[
        bool,
        typer.Option(
            "--project", help="Watch what [[watch]] in the framevox.toml of this folder lists.", show_default=False
        ),
    ] = False,
    poll: Annotated[
        bool,
        typer.Option(
            "--poll",
            help="Only look at the files every second, and ask the system for no reports of changes.",
            show_default=False,
        ),
    ] = False,
    quiet: Annotated[
        float,
        typer.Option("--quiet", metavar="S", min=0.05, help="How long a file must be unchanged for a save to be over."),
    ] = 0.5,
) -> None:
    """Fill IN into OUT now, and again whenever IN is saved, until Ctrl-C. Only lines that changed are spoken.

    IN, OUT and all other options are those of `framevox fill`. IN itself is never written. The framevox.toml beside
    it, and the files of --reference and --picture, are watched too. Each fill is one line.
    """
    from framevox.engine_daemon.client.outputs import other_writers, reserving
    from framevox.plugin.cli.watch_jobs import check_chains, jobs_of, reads_of
    from framevox.plugin.cli.watching import Watcher, clock

    jobs = jobs_of(context.args, project)
    fills = Fills()
    with contextlib.ExitStack() as held:
        for job in jobs:
            what = f"framevox watch of {job.source.absolute()}"
            held.enter_context(reserving(job.written, what, reads=reads_of(job)))
        check_chains(jobs, other_writers())
        for job in jobs:
            exits.say(f"{clock()}  {job.label}: watched, and filled into {job.out}")
        with contextlib.suppress(KeyboardInterrupt), _ending():
            Watcher(jobs, fills.fill, fills.gone, quiet=quiet, poll=poll).run()
    exits.say(f"{clock()}  Stopped")


class Fills:
    """Runs of ``framevox fill``, each in a process of its own, so that none can end the watch.

    Should the watch be killed, a fill ends with the next word that it says, for nobody hears it any more.

    A daemon that was killed, or went for want of work, gets a successor with the same options, as it does in a fill.
    """

    def __init__(self) -> None:
        self._media: dict[Any, set[str]] = {}
        self._daemon: tuple[str, ...] | None = None
        """The options of the daemon that the last fill used."""

    def gone(self, job: Any) -> None:
        """Says that a job's source is not there. Raises OptionError, as ``fill`` does."""
        from framevox.plugin.cli.watching import clock

        if job not in self._media:
            code, _, err = _run(job)
            _check_options(job, code, err)
        exits.say(f"{clock()}  {job.label}: there is no such file: it will be filled when it appears")

    def fill(self, job: Any) -> None:
        """Fills a job and says what came of it in one line. Raises KeyboardInterrupt when the fill has ended, and
        OptionError where it never was filled and its options are to blame."""
        from framevox.plugin.cli.watching import clock

        began = time.monotonic()
        # A fill says itself what is wrong with a daemon.
        with contextlib.suppress(DaemonError):
            _succeed(self._daemon)
        code, out, err = _run(job)
        with contextlib.suppress(DaemonError):
            self._daemon = _serving() or self._daemon
        if job not in self._media:
            _check_options(job, code, err)
        try:
            cues = json.loads(out)["cues"] if code in (exits.PLACED, exits.ATTENTION) else None
        except (ValueError, KeyError):
            cues = None
        said = _failure(err, code) if cues is None else self._outcome(job, cues)
        exits.say(f"{clock()}  {job.label}: {said} ({time.monotonic() - began:.1f} s)")

    def _outcome(self, job: Any, cues: Sequence[Mapping[str, Any]]) -> str:
        if not cues:
            self._media.setdefault(job, set())
            return "no placeholders, so nothing to speak"
        media = {cue["media"] for cue in cues if cue["media"]}
        numbers = {status: sum(cue["status"] == status for cue in cues) for status in ("placed", "attention", "failed")}
        said = [f"{numbers['placed']} placed"]
        if job in self._media:
            said.append(f"{len(media - self._media[job])} of them new")
        self._media[job] = media
        if numbers["attention"]:
            said.append(f"{numbers['attention']} need{'s' if numbers['attention'] == 1 else ''} attention")
        if numbers["failed"]:
            said.append(f"{numbers['failed']} failed")
        wrong = next((cue for cue in cues if cue["status"] != "placed"), None)
        return ", ".join(said) + (f": {_short(_where(wrong))}" if wrong else "")


def _serving() -> tuple[str, ...] | None:
    """The options of the daemon that lives, None where none does."""
    from framevox.engine_daemon.protocol.connection import Connection, Home, daemon_lives

    connection = Connection.read(Home.find()) if daemon_lives(Home.find()) else None
    return connection.options if connection is not None else None


def _succeed(options: tuple[str, ...] | None) -> None:
    """Starts a daemon with the options of the last one, if none lives."""
    if options is not None and _serving() is None:
        from framevox.engine_daemon.client import Client

        Client.connect(options=options).close()


def _where(cue: Mapping[str, Any]) -> str:
    return f"{cue['character'] or 'the line'} at frame {cue['start_frame']}: {cue['message']}"


def _failure(err: str, code: int) -> str:
    """The message of a fill that wrote nothing."""
    messages = [line.removeprefix("framevox: ") for line in err.splitlines() if line.startswith("framevox: ")]
    return messages[-1] if messages else f"framevox fill ended with {code}: run it to see why"


def _check_options(job: Any, code: int, err: str) -> None:
    if code == exits.HOPELESS:
        said = _failure(err, code)
        raise OptionError(said if said.startswith(str(job.label)) else f"{job.label}: {said}")


def _short(text: str) -> str:
    from framevox.plugin.cli.screen import shortened

    return shortened(text, _SHOWN)


def _run(job: Any) -> tuple[int, str, str]:
    """Runs ``framevox fill``; Ctrl-C is handed on once, and raised when the fill has kept what it finished."""
    windows = sys.platform == "win32"
    process = subprocess.Popen(
        # --json comes first: what is typed may end with "--" and the files.
        [sys.executable, "-m", "framevox", "fill", "--json", *job.arguments],
        cwd=job.folder,
        env=exits.under_watch(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        errors="replace",
        # In a group of its own: a terminal's Ctrl-C would reach it too, and a second one ends a fill at once.
        start_new_session=not windows,
        creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
    )
    try:
        out, err = process.communicate()
    except KeyboardInterrupt:
        process.send_signal(signal.CTRL_BREAK_EVENT if windows else signal.SIGINT)  # type: ignore[attr-defined,unused-ignore]
        process.communicate()
        raise
    return process.returncode, out, err


@contextlib.contextmanager
def _ending() -> Iterator[None]:
    """Inside the block, being asked to end is Ctrl-C, whoever asks; not what ``nohup`` has the process ignore."""

    def interrupt(_signal: int, _frame: object) -> None:
        raise KeyboardInterrupt

    numbers = [getattr(signal, name) for name in ("SIGTERM", "SIGBREAK", "SIGHUP") if hasattr(signal, name)]
    heard = [number for number in numbers if signal.getsignal(number) is not signal.SIG_IGN]
    before = {number: signal.signal(number, interrupt) for number in heard}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
