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
from .exchange import write_mended
from .exchange.resolve import is_for_resolve
from .formats import BUNDLES, LINES_ALONE, LOSSLESS, PROJECTS, check_suffix, first_line, no_adapter
from .metadata import TimelineWarning
from .side_file import side_content, side_path, with_ids_in_names


def save(timeline: otio.schema.Timeline, path: Path, *, source: Path | None = None) -> None:
    """Writes a timeline; the file appears whole or not at all.

    ``source`` is the file it was read from: relative media that lie beside it are found again from the new place, and
    a bundle (``.otioz``, ``.otiod``) takes along all media that exist. Warns with TimelineWarning what a format loses.
    Raises InputError naming the file when it cannot be written, or is there and read-only, and DiskError for a file
    that goes with it.
    """
    path = Path(path)
    suffix = path.suffix.lower()
    whole = suffix in (*LOSSLESS, *LINES_ALONE, *PROJECTS)
    for file in (path,) if whole else (path, side_path(path)):
        with _writing(file):
            check_replaceable(file)
    if suffix in PROJECTS:
        with _writing(path):
            _write_aside(path, lambda aside: _write_project(timeline, path, source, aside))
        return
    if not whole:
        warnings.warn(
            f"{path.name}: {suffix or 'this format'} does not hold all of a timeline (docs/timelines.md says what): "
            f"the rest lies in {side_path(path).name}: keep the two together, to fill again or to restore",
            TimelineWarning,
            stacklevel=2,
        )
    with _writing(path):
        if suffix in BUNDLES:
            _write_aside(path, lambda aside: write_bundle(timeline, aside, path, source))
        else:
            moved = with_media_found(timeline, path, source)
            _write_aside(path, lambda aside: _write(moved, aside), "" if whole else side_content(moved, path))


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
        _write(timeline, Path(folder) / f"rehearsal{suffix}")


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
        write_mended(with_ids_in_names(timeline), aside)


def _write_project(timeline: otio.schema.Timeline, path: Path, source: Path | None, aside: Path | None) -> None:
    from .mlt import write_project

    check_suffix(path, source)
    assert source is not None
    write_project(timeline, source, path, aside)


def _write_text(aside: Path, text: str) -> None:
    aside.write_text(text, "utf-8", newline="\n")


def _write_aside(path: Path, write: Callable[[Path], None], beside: str = "") -> None:
    """Writes a file whole or not at all. ``beside`` is the content of its side file, which is put in place with it."""
    aside = path.with_name(f".{path.stem[:60]}.{secrets.token_hex(4)}{path.suffix}")
    try:
        write(aside)
        if beside:
            _write_aside(side_path(path), lambda side: _write_text(side, beside))
        put_in_place(aside, path)
    finally:
        if aside.is_dir():
            shutil.rmtree(aside)
        else:
            aside.unlink(missing_ok=True)
