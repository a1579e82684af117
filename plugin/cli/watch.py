"""``framevox watch``: a timeline, or a file of lines, that is filled again whenever it is saved."""

from __future__ import annotations

import contextlib
import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from framevox.engine_daemon.protocol.errors import InputError
from framevox.plugin.cli import exits

_WRITTEN = ("out", "subtitles", "stem", "ducking", "report_page", "sheet", "mouth")
"""The parameters of ``fill`` that name files to be written."""
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
            help="Look at the files every second: for network shares, of which no system reports changes.",
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
    from framevox.plugin.cli.watching import Watcher, clock

    jobs = _jobs(context.args, project)
    for job in jobs:
        exits.say(f"{clock()}  {job.label}: watched, and filled into {job.out}")
    fills = Fills()
    with contextlib.suppress(KeyboardInterrupt), _ending():
        Watcher(
            jobs,
            fills.fill,
            lambda job: exits.say(f"{clock()}  {job.label}: there is no such file: it will be filled when it appears"),
            quiet=quiet,
            poll=poll,
        ).run()
    exits.say(f"{clock()}  Stopped")


class Fills:
    """Runs of ``framevox fill``, each in a process of its own, so that none can end the watch."""

    def __init__(self) -> None:
        self._media: dict[Any, set[str]] = {}

    def fill(self, job: Any) -> None:
        """Fills a job and says what came of it in one line. Raises KeyboardInterrupt when the fill has ended."""
        from framevox.plugin.cli.watching import clock

        began = time.monotonic()
        code, out, err = _run(job)
        try:
            cues = json.loads(out)["cues"] if code in (exits.PLACED, exits.ATTENTION) else None
        except (ValueError, KeyError):
            cues = None
        said = _failure(err, code) if cues is None else self._outcome(job, cues)
        exits.say(f"{clock()}  {job.label}: {said} ({time.monotonic() - began:.1f} s)")

    def _outcome(self, job: Any, cues: Sequence[Mapping[str, Any]]) -> str:
        if not cues:
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


def _where(cue: Mapping[str, Any]) -> str:
    return f"{cue['character'] or 'the line'} at frame {cue['start_frame']}: {cue['message']}"


def _failure(err: str, code: int) -> str:
    """The message of a fill that wrote nothing."""
    messages = [line.removeprefix("framevox: ") for line in err.splitlines() if line.startswith("framevox: ")]
    return messages[-1] if messages else f"framevox fill ended with {code}: run it to see why"


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


def _jobs(typed: Sequence[str], project: bool) -> list[Any]:
    """The watches that were asked for. Raises InputError for those that cannot be, typer's errors for options."""
    from framevox.engine_daemon.project.file import NAME, read_project

    if not project:
        return _checked([_job(typed, Path.cwd())])
    if typed:
        raise InputError(f"--project watches what {NAME} lists: leave {typed[0]} out, or --project")
    found = read_project(Path.cwd() / NAME)
    if not found.watch:
        raise InputError(f"{Path.cwd() / NAME} lists nothing to watch: write [[watch]], with in and out, into it")
    jobs = []
    for number, entry in enumerate(found.watch, 1):
        place = f"{found.path} [[watch]] {number}"
        try:
            jobs.append(_job(entry, found.folder))
        except InputError as error:
            raise InputError(f"{place}: {error}") from None
        except Exception as error:
            if not hasattr(error, "format_message"):
                raise
            # A usage error: typer has no one public class of them.
            raise InputError(f"{place}: {error.format_message()}") from None
    return _checked(jobs)


def _job(arguments: Sequence[str], folder: Path) -> Any:
    """A watch of ``framevox fill ARGUMENTS`` in a folder."""
    from framevox.engine_daemon.project.file import NAME
    from framevox.plugin.cli.fill import fill
    from framevox.plugin.cli.watching import Job

    alone = typer.Typer(add_completion=False)
    alone.command(context_settings={"help_option_names": []})(fill)
    command = typer.main.get_command(alone)
    given = command.make_context("framevox watch", list(arguments)).params
    if given["json"]:
        raise InputError("--json is for framevox fill: watch says each time in one line what came of it")
    source, out = (folder / given[name] for name in ("source", "out"))
    others = [folder / given[name] for name in ("reference", "picture") if given.get(name)]
    written = {name: folder / str(given[name]) for name in _WRITTEN if given.get(name)}
    watched = {path.resolve() for path in (source, *others)}
    for name, path in written.items():
        if path.resolve() in watched:
            option = "OUT" if name == "out" else f"--{name.removesuffix('_page').replace('_', '-')}"
            raise InputError(f"{option} {path} is what is watched, and that is never written: choose another file")
    others.insert(0, source.absolute().parent / NAME)
    return Job(source, out, tuple(arguments), folder, tuple(others), given["source"].name, tuple(written.values()))


def _checked(jobs: list[Any]) -> list[Any]:
    """The jobs. Raises InputError where a source's folder is missing, or one writes what another reads or writes."""
    for job in jobs:
        if not job.source.absolute().parent.is_dir():
            raise InputError(f"{job.source}: there is no folder {job.source.absolute().parent}")
        if job.source.is_dir() and job.source.suffix.lower() != ".otiod":
            raise InputError(f"{job.source} is a folder: name a file, or list several in framevox.toml (--project)")
        for other in jobs:
            if job is other:
                continue
            watched = {path.resolve() for path in other.files}
            taken = {path.resolve() for path in other.written}
            for path in job.written:
                if path.resolve() in watched:
                    raise InputError(f"{path} is written for {job.source}, and watched: choose another file to write")
                if path.resolve() in taken:
                    raise InputError(f"{path} is written for {job.source} and for {other.source}: name two files")
    return jobs
