"""Writing timelines to files."""

from __future__ import annotations

import contextlib
import secrets
import shutil
import tempfile
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import opentimelineio as otio

from framevox.engine_daemon.protocol.errors import FramevoxError, InputError
from framevox.engine_daemon.protocol.files import check_replaceable

from .bundles import put_in_place, with_media_found, write_bundle
from .exchange import mended, read_again, write_mended
from .exchange.resolve import is_for_resolve
from .formats import BUNDLES, LINES_ALONE, LOSSLESS, PROJECTS, check_suffix, first_line, no_adapter
from .loading import own_plugins_off
from .metadata import TimelineWarning
from .rates import timeline_rate
from .reading_back import strayed
from .side_file import side_content, side_path, with_ids_in_names, with_side_file


def save(timeline: otio.schema.Timeline, path: Path, *, source: Path | None = None) -> None:
    """Writes a timeline; the file appears whole or not at all.

    ``source`` is the file it was read from: relative media that lie beside it are found again from the new place, and
    a bundle (``.otioz``, ``.otiod``) takes along all media that exist. Warns with TimelineWarning what a format loses.
    Raises InputError naming the file when it cannot be written, or is there and read-only, and DiskError for a file
    that goes with it.
    """
    path = Path(path)
    suffix = path.suffix.lower()
    for file in written_for(path):
        with _writing(file):
            check_replaceable(file)
    if suffix in PROJECTS:
        with _writing(path):
            _write_aside(path, lambda aside: _write_project(timeline, path, source, aside))
        return
    with _writing(path):
        if suffix in BUNDLES:
            _write_aside(path, lambda aside: write_bundle(timeline, aside, path, source))
        elif suffix in (*LOSSLESS, *LINES_ALONE):
            moved = with_media_found(timeline, path, source)
            _write_aside(path, lambda aside: _write(moved, aside))
        else:
            _save_elsewhere(with_media_found(timeline, path, source), path)


def _save_elsewhere(timeline: otio.schema.Timeline, path: Path) -> None:
    """Writes a format that does not hold all of a timeline, with the rest beside it, and reads it back.

    Warns of what was done so that the format can hold it, and of every line whose slot it does not hold.
    """
    suffix = path.suffix.lower()
    laid, done = mended(timeline, suffix)
    _warn(
        f"{path.name}: {suffix or 'this format'} does not hold all of a timeline (docs/timelines.md says what): "
        f"the rest lies in {side_path(path).name}: keep the two together, to fill again or to restore"
    )
    if done:
        _warn(f"{path.name}: {', '.join(done)}")
    lost: list[TimelineWarning] = []

    def write(aside: Path) -> str:
        write_mended(with_ids_in_names(laid), aside)
        lost.extend(_lost(timeline, aside, path))
        return side_content(timeline, laid, path, aside)

    _write_aside(path, write)
    for said in lost:
        warnings.warn(said, stacklevel=3)


def _lost(timeline: otio.schema.Timeline, aside: Path, path: Path) -> list[TimelineWarning]:
    """A warning about each line whose slot is not in the file that was written."""
    read = read_again(aside, timeline_rate(timeline), **own_plugins_off())
    return [] if read is None else strayed(timeline, with_side_file(read, path, None), path)


def _warn(message: str) -> None:
    warnings.warn(message, TimelineWarning, stacklevel=4)


def written_for(path: Path) -> list[Path]:
    """The files that ``save`` writes, beside media: the timeline and, where its format does not hold all, its side
    file."""
    whole = path.suffix.lower() in (*LOSSLESS, *LINES_ALONE, *PROJECTS)
    return [path] if whole else [path, side_path(path)]


def check_writable(timeline: otio.schema.Timeline, path: Path, source: Path | None = None) -> None:
    """Raises InputError, as ``save`` would, for a timeline that the format of ``path`` cannot hold; writes nothing.

    An adapter says what it cannot write only when it writes: so it does, into a folder that is thrown away.
    """
    suffix = path.suffix.lower()
    if suffix in PROJECTS:
        with _writing(path):
            _write_project(timeline, path, source, None)
        return
    with _writing(path), tempfile.TemporaryDirectory() as folder:
        aside = Path(folder) / f"rehearsal{suffix}"
        _write(timeline, aside)
        if suffix not in (*LOSSLESS, *LINES_ALONE):
            read_again(aside, timeline_rate(timeline), **own_plugins_off())


@contextlib.contextmanager
def _writing(path: Path) -> Iterator[None]:
    """Turns what OpenTimelineIO and the system say into an InputError that names ``path``."""
    try:
        yield
    except FramevoxError:
        raise
    except OSError as error:
        raise InputError(f"{path} cannot be written: {error.strerror or error}") from error
    except otio.exceptions.NoKnownAdapterForExtensionError:
        raise no_adapter(path, "writes") from None
    except Exception as error:
        if isinstance(error.__cause__, InputError):
            raise error.__cause__ from None  # our own adapter, which has said it as OpenTimelineIO's error
        suffix = path.suffix.lower()
        who = "" if suffix in (*LOSSLESS, *PROJECTS) else f"the adapter for {suffix} says: "
        instead = "" if suffix == ".otio" else "; write an .otio instead"
        raise InputError(f"{path} cannot be written: {who}{first_line(error)}{instead}") from error


def _write(timeline: otio.schema.Timeline, aside: Path) -> None:
    suffix = aside.suffix.lower()
    if suffix == ".otio":
        # OpenTimelineIO's own writer says nothing when the disk is full.
        # An environment may ask for older schemas (OTIO_DEFAULT_TARGET_VERSION_FAMILY_LABEL), which Resolve refuses.
        newest: dict[str, Any] = {"target_schema_versions": {}} if is_for_resolve(timeline) else {}
        _write_text(aside, otio.adapters.write_to_string(timeline, "otio_json", **newest))
        return
    if suffix in (*LOSSLESS, *LINES_ALONE):
        otio.adapters.write_to_file(timeline, str(aside))
    else:
        write_mended(with_ids_in_names(mended(timeline, suffix)[0]), aside)


def _write_project(timeline: otio.schema.Timeline, path: Path, source: Path | None, aside: Path | None) -> None:
    from .mlt import write_project

    check_suffix(path, source)
    assert source is not None
    write_project(timeline, source, path, aside)


def _write_text(aside: Path, text: str) -> None:
    aside.write_text(text, "utf-8", newline="\n")


def _write_aside(path: Path, write: Callable[[Path], str | None]) -> None:
    """Writes a file whole or not at all. ``write`` may return the content of its side file, put in place with it."""
    aside = path.with_name(f".{path.stem[:60]}.{secrets.token_hex(4)}{path.suffix}")
    try:
        beside = write(aside)
        if beside:
            _write_aside(side_path(path), lambda side: _write_text(side, beside))
        put_in_place(aside, path)
    finally:
        if aside.is_dir():
            shutil.rmtree(aside)
        else:
            aside.unlink(missing_ok=True)
