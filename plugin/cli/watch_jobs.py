"""What ``framevox watch`` was asked to watch: which files, what each is filled into, and what cannot be."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typer

from framevox.engine_daemon.client.outputs import Writer
from framevox.engine_daemon.project.file import NAME, read_project
from framevox.engine_daemon.protocol.errors import InputError
from framevox.engine_daemon.protocol.files import place_of
from framevox.plugin.cli.watching import Job

_WRITTEN = ("out", "subtitles", "stem", "ducking", "report_page", "sheet", "mouth")
"""The parameters of ``fill`` that name files to be written."""


def jobs_of(typed: Sequence[str], project: bool) -> list[Job]:
    """The watches that were asked for. Raises InputError for those that cannot be, typer's errors for options."""
    if not project:
        return _checked([_job(typed, Path.cwd())])
    if typed:
        raise InputError(f"--project watches what {NAME} lists: leave {typed[0]} out, or --project")
    if not (Path.cwd() / NAME).exists():
        raise InputError(
            f"there is no {NAME} in {Path.cwd()}: go to the film's folder, or write one, with [[watch]] in it"
        )
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


def _job(arguments: Sequence[str], folder: Path) -> Job:
    """A watch of ``framevox fill ARGUMENTS`` in a folder."""
    from framevox.otio_adapters.saving import written_for
    from framevox.plugin.cli.fill import fill

    alone = typer.Typer(add_completion=False)
    alone.command(context_settings={"help_option_names": []})(fill)
    command = typer.main.get_command(alone)
    given = command.make_context("framevox watch", list(arguments)).params
    if given["json"]:
        raise InputError("--json is for framevox fill: watch says each time in one line what came of it")
    source, out = (folder / given[name] for name in ("source", "out"))
    others = [folder / given[name] for name in ("reference", "picture") if given.get(name)]
    written = [(name, folder / str(path)) for name in _WRITTEN for path in _each(given.get(name))]
    beside = written_for(out)[1:]
    watched = {path.resolve() for path in (source, *others)}
    for name, path in written:
        if path.resolve() in watched:
            option = "OUT" if name == "out" else f"--{name.removesuffix('_page').replace('_', '-')}"
            raise InputError(f"{option} {path} is what is watched, and that is never written: choose another file")
    others.insert(0, source.absolute().parent / NAME)
    return Job(
        source,
        out,
        tuple(arguments),
        folder,
        tuple(others),
        given["source"].name,
        (*(path for _, path in written), *beside),
    )


def _each(value: Any) -> list[Any]:
    """What an option names, whether it may be repeated or not."""
    return value if isinstance(value, list) else [value] if value else []


def _checked(jobs: list[Job]) -> list[Job]:
    """The jobs. Raises InputError where a source's folder is missing, or two write one file."""
    places = [[(place_of(path), path) for path in job.written] for job in jobs]
    for job, own in zip(jobs, places, strict=True):
        if not job.source.absolute().parent.is_dir():
            raise InputError(f"{job.source}: there is no folder {job.source.absolute().parent}")
        if job.source.is_dir() and job.source.suffix.lower() != ".otiod":
            raise InputError(f"{job.source} is a folder: name a file, or list several in framevox.toml (--project)")
        for other, others in zip(jobs, places, strict=True):
            taken = {place for place, _ in others} if other is not job else ()
            for place, path in own:
                if place in taken:
                    raise InputError(f"{path} is written for {job.source} and for {other.source}: name two files")
    return jobs


# A file that is filled may be watched itself; only then not if that leads back to where it began.


@dataclass(frozen=True)
class _Step:
    """What a watch reads and writes, as places, and how it is called."""

    label: str
    reads: frozenset[str]
    writes: frozenset[str]

    def leads_to(self, other: _Step) -> bool:
        return not self.writes.isdisjoint(other.reads)


def reads_of(job: Job) -> list[Path]:
    """The files that a watch reads; of a link, what it leads to as well."""
    return [file for path in (job.source, *job.files) for file in (path, path.resolve())]


def check_chains(jobs: Sequence[Job], others: Sequence[Writer] = ()) -> None:
    """Raises InputError where watches fill into each other's sources in a circle, so that they would never end.

    ``others`` are processes that write files, watches among them; they were there before.
    """
    steps = [_Step(f"{job.source} → {job.out}", _places(reads_of(job)), _places(job.written)) for job in jobs] + [
        _Step(str(other), frozenset(other.reads), frozenset(other.writes)) for other in others
    ]
    for step in steps[: len(jobs)]:
        circle = _circle(step, steps)
        if circle:
            raise InputError(
                f"these would fill each other for ever: {', '.join(one.label for one in circle)}: let one of them "
                "write another file"
            )


def _places(paths: Iterable[Path]) -> frozenset[str]:
    return frozenset(place_of(path) for path in paths)


def _circle(first: _Step, steps: Sequence[_Step]) -> list[_Step]:
    """The shortest way from a step back to itself, empty where there is none."""
    ways, seen = [[first]], set[str]()
    while ways:
        way = ways.pop(0)
        for step in steps:
            if way[-1].leads_to(step):
                if step is first:
                    return way
                if step.label not in seen:
                    seen.add(step.label)
                    ways.append([*way, step])
    return []
