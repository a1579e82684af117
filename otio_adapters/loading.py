"""Reading timelines from files and writing them to files."""

from __future__ import annotations

import contextlib
import re
import secrets
import shutil
import tempfile
import warnings
import zipfile
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import IO, Any
from urllib.parse import quote, unquote, urlsplit

import numpy as np
import opentimelineio as otio

from framevox.engine_daemon.protocol.errors import InputError

from .aaf import WRITER_OPTIONS, for_aaf
from .media_urls import media_path, media_url
from .placeholders import KEY, TimelineWarning

MAX_BYTES = 256 * 2**20
"""The largest timeline that is read: a 10,000-clip timeline takes about 12 MB."""

_MAX_LEVELS = 1000
LOSSLESS = (".otio", ".otioz", ".otiod")
"""OpenTimelineIO's own formats, which hold all that a timeline has."""
_PACKAGES = {
    ".xml": "otio-fcp-adapter",
    ".aaf": "otio-aaf-adapter",
    ".fcpxml": "otio-fcpx-xml-adapter",
    ".edl": "otio-cmx3600-adapter",
    ".ale": "otio-ale-adapter",
    ".xges": "otio-xges-adapter",
    ".mlt": "otio-mlt-adapter",
    ".kdenlive": "otio-kdenlive-adapter",
}
"""The adapters of OpenTimelineIO's own project, by the suffix that they read or write."""
_BUNDLE_TIMELINE = "content.otio"


def load(path: Path) -> otio.schema.Timeline:
    """The timeline in a file: ``.otio``, ``.otioz``, and what installed OpenTimelineIO adapters read.

    Raises InputError naming the file when it is missing, too large, broken, of a kind that no adapter reads, or holds
    no timeline or several.
    """
    path = Path(path)
    try:
        content = _read(path)
        if content is not None:
            _check_levels(content, path)
            result = otio.adapters.read_from_string(content.decode("utf-8-sig"), "otio_json")
        else:
            result = otio.adapters.read_from_file(str(path))
    except InputError:
        raise
    except FileNotFoundError:
        raise InputError(f"{path}: there is no such file") from None
    except IsADirectoryError:
        raise InputError(f"{path} is a folder: name the timeline's file") from None
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror or error}") from error
    except otio.exceptions.NoKnownAdapterForExtensionError:
        raise _no_adapter(path, "reads") from None
    except Exception as error:  # adapters raise whatever their parser raises
        raise InputError(
            f"{path} is not a timeline that can be read: {_first_line(error)}; export it from the editing program again"
        ) from error
    return _the_timeline(result, path)


def save(timeline: otio.schema.Timeline, path: Path, *, source: Path | None = None) -> None:
    """Writes a timeline; the file appears whole or not at all.

    ``source`` is the file it was read from: relative media that lie beside it are found again from the new place, and
    an ``.otioz`` takes all media that exist along. Warns with TimelineWarning what a format loses. Raises InputError
    naming the file when it cannot be written.
    """
    path = Path(path)
    suffix = path.suffix.lower()
    if suffix not in LOSSLESS:
        warnings.warn(
            f"{path.name}: {suffix or 'this format'} does not hold Framevox's metadata (what a take was made from, the "
            "ids of cues, what a placeholder was) nor all else of a timeline (docs/timelines.md says what); save an "
            ".otio next to it: that is the one to fill again, or to restore",
            TimelineWarning,
            stacklevel=2,
        )
    with _writing(path):
        if suffix == ".otioz":
            _write_aside(path, lambda aside: _write_bundle(timeline, aside, path, source))
        else:
            moved = _with_media_found(timeline, path, source)
            _write_aside(path, lambda aside: _write(moved, aside))


def check_writable(timeline: otio.schema.Timeline, path: Path) -> None:
    """Raises InputError, as ``save`` would, for a timeline that the format of ``path`` cannot hold; writes nothing.

    An adapter says what it cannot write only when it writes: so it does, into a folder that is thrown away.
    """
    suffix = path.suffix.lower()
    with _writing(path), tempfile.TemporaryDirectory() as folder:
        _write(timeline, Path(folder) / f"rehearsal{suffix}")


def check_suffix(path: Path) -> None:
    """Raises InputError for a file of a kind that no installed adapter writes; it names the package that does."""
    if path.suffix.lower() not in _suffixes(write=True):
        raise _no_adapter(path, "writes")


@contextlib.contextmanager
def _writing(path: Path) -> Iterator[None]:
    """Turns what OpenTimelineIO and the system say into an InputError that names ``path``."""
    try:
        yield
    except InputError:
        raise
    except OSError as error:
        raise InputError(f"{path} cannot be written: {error.strerror or error}") from error
    except otio.exceptions.NoKnownAdapterForExtensionError:
        raise _no_adapter(path, "writes") from None
    except Exception as error:
        who = "" if path.suffix.lower() in LOSSLESS else f"the adapter for {path.suffix} says: "
        raise InputError(f"{path} cannot be written: {who}{_first_line(error)}; write an .otio instead") from error


def _read(path: Path) -> bytes | None:
    """The OpenTimelineIO JSON in a file, or None where another adapter is to read it."""
    size = path.stat().st_size
    if path.is_dir() and path.suffix.lower() != ".otiod":
        raise IsADirectoryError(path)
    if size > MAX_BYTES and path.suffix.lower() != ".otioz":
        raise _too_large(path, size)
    if path.suffix.lower() == ".otio":
        return path.read_bytes()
    if path.suffix.lower() == ".otioz":
        with zipfile.ZipFile(path) as bundle:
            try:
                entry = bundle.getinfo(_BUNDLE_TIMELINE)
            except KeyError:
                raise InputError(f"{path} holds no {_BUNDLE_TIMELINE}: it is a zip file but no .otioz") from None
            if entry.file_size > MAX_BYTES:
                raise _too_large(path, entry.file_size)
            return bundle.read(entry)
    return None


def _too_large(path: Path, size: int) -> InputError:
    return InputError(f"{path} holds a timeline of {size >> 20} MB; at most {MAX_BYTES >> 20} MB are read: split it")


def _check_levels(content: bytes, path: Path) -> None:
    """OpenTimelineIO's parser recurses, so a file nested deeply enough ends the process: refuse it before."""
    if _levels(content) > _MAX_LEVELS and _levels(_without_strings(content)) > _MAX_LEVELS:
        raise InputError(f"{path} nests more than {_MAX_LEVELS} levels: that is no timeline")


def _levels(content: bytes) -> int:
    brackets = np.frombuffer(content.translate(None, _NOT_BRACKETS), np.uint8)
    steps = np.where((brackets == ord("{")) | (brackets == ord("[")), 1, -1)
    return int(np.cumsum(steps).max(initial=0))


_NOT_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))
_without_strings: Callable[[bytes], bytes] = partial(re.compile(rb'"(?:[^"\\]|\\.)*"', re.S).sub, b'""')


def _the_timeline(result: Any, path: Path) -> otio.schema.Timeline:
    if isinstance(result, otio.schema.Timeline):
        return result
    timelines = list(_timelines(result))
    if len(timelines) == 1:
        return timelines[0]
    if not timelines:
        found = result.schema_name() if isinstance(result, otio.core.SerializableObject) else type(result).__name__
        raise InputError(f"{path} holds no timeline but a {found}: export the timeline itself")
    names = ", ".join(f"“{t.name}”" for t in timelines[:10])
    raise InputError(f"{path} holds {len(timelines)} timelines ({names}): export the one to fill on its own")


def _timelines(result: Any) -> Iterator[otio.schema.Timeline]:
    if isinstance(result, otio.schema.Timeline):
        yield result
    elif isinstance(result, otio.schema.SerializableCollection):
        for child in result:
            yield from _timelines(child)


def _no_adapter(path: Path, does: str) -> InputError:
    """No installed adapter ``reads`` or ``writes`` the file: which package does, or what there is."""
    suffix = path.suffix.lower()
    package = _PACKAGES.get(suffix)
    if package is not None and does == "writes" and suffix in _suffixes(read=True):
        package = None  # it is there, and only reads
    named = f"no installed adapter {does} {suffix or 'files without a suffix'}"
    if package is not None:
        return InputError(f"{path}: {named}: pip install {package}, and run the command again")
    known = ", ".join(sorted(_suffixes(read=does == "reads", write=does == "writes")))
    what = "export the timeline as one of" if does == "reads" else "name a file that ends in one of"
    return InputError(f"{path}: {named}: {what} {known}")


def _suffixes(*, read: bool = False, write: bool = False) -> set[str]:
    return {f".{s}" for s in otio.adapters.suffixes_with_defined_adapters(read=read, write=write)}


def _first_line(error: Exception) -> str:
    text = str(error.args[0]) if isinstance(error, KeyError) and error.args else str(error)
    return next((line.strip() for line in text.splitlines() if line.strip()), type(error).__name__)[:300]


def _write(timeline: otio.schema.Timeline, aside: Path) -> None:
    if aside.suffix.lower() == ".otio":
        # OpenTimelineIO's own writer says nothing when the disk is full.
        aside.write_text(otio.adapters.write_to_string(timeline, "otio_json"), "utf-8", newline="\n")
    elif aside.suffix.lower() == ".aaf":
        otio.adapters.write_to_file(for_aaf(timeline), str(aside), **WRITER_OPTIONS)
    else:
        otio.adapters.write_to_file(timeline, str(aside))


def _write_aside(path: Path, write: Callable[[Path], None]) -> None:
    aside = path.with_name(f".{path.stem[:60]}.{secrets.token_hex(4)}{path.suffix}")
    try:
        write(aside)
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)


# Media that go along.


def _references(timeline: otio.schema.Timeline) -> Iterator[otio.schema.ExternalReference]:
    """Every reference to a file, those included that clips had before they were filled."""
    for clip in timeline.find_clips():
        data = clip.metadata.get(KEY)
        kept = data.get("placeholder") if isinstance(data, Mapping) else None
        before = kept.get("media_reference") if isinstance(kept, Mapping) else None
        for reference in (*clip.media_references().values(), before):
            if isinstance(reference, otio.schema.ExternalReference):
                yield reference


def _with_media_found(timeline: otio.schema.Timeline, path: Path, source: Path | None) -> otio.schema.Timeline:
    """``timeline``, or a copy whose relative media are found from ``path`` as they were from ``source``.

    What is offline stays as it is written. Media in a bundle are unpacked next to ``path``.
    """
    if source is None:
        return timeline
    folder, home = path.resolve().parent, source.resolve().parent
    bundle = source.suffix.lower() == ".otioz"
    if folder == home and not bundle:
        return timeline
    moved: dict[str, str] = {}
    members = _bundled(source) if bundle else frozenset()
    for url in {r.target_url for r in _references(timeline)}:
        if urlsplit(url).scheme or unquote(url).startswith("/"):
            continue
        here = media_path(url, folder)
        if here is None or here.exists():
            continue
        if bundle and unquote(url) in members:
            unpacked = folder / f"{path.stem}.media" / Path(unquote(url)).name
            _unpack(source, unquote(url), unpacked)
            moved[url] = media_url(unpacked)
        elif not bundle and (there := media_path(url, home)) is not None and there.exists():
            moved[url] = media_url(there)
    if not moved:
        return timeline
    result = timeline.deepcopy()
    for reference in _references(result):
        reference.target_url = moved.get(reference.target_url, reference.target_url)
    return result


def _bundled(source: Path) -> frozenset[str]:
    with zipfile.ZipFile(source) as bundle:
        return frozenset(bundle.namelist())


def _unpack(source: Path, member: str, target: Path) -> None:
    target.parent.mkdir(exist_ok=True)
    with zipfile.ZipFile(source) as bundle, bundle.open(member) as packed:
        _write_aside(target, lambda aside: _copy(packed, aside))


def _copy(packed: IO[bytes], aside: Path) -> None:
    with aside.open("wb") as file:
        shutil.copyfileobj(packed, file, 2**20)


def _write_bundle(timeline: otio.schema.Timeline, aside: Path, path: Path, source: Path | None) -> None:
    """An ``.otioz`` as OpenTimelineIO defines it: version, timeline, and under ``media/`` every file that exists.

    OpenTimelineIO's own writer turns offline media into missing ones, or refuses them; here they stay as they are.
    """
    result = timeline.deepcopy()
    home = (source or path).resolve().parent
    inner = _bundled(source) if source is not None and source.suffix.lower() == ".otioz" else frozenset()
    packed: dict[str, str] = {}
    names: set[str] = set()
    with zipfile.ZipFile(aside, "x", allowZip64=True) as bundle:
        for reference in _references(result):
            url = reference.target_url
            if url not in packed:
                packed[url] = _pack(bundle, url, names, (path.resolve().parent, home), inner, source)
            reference.target_url = packed[url]
        bundle.writestr("version.txt", "1.0.0", zipfile.ZIP_DEFLATED)
        bundle.writestr(_BUNDLE_TIMELINE, otio.adapters.write_to_string(result, "otio_json"), zipfile.ZIP_DEFLATED)


def _pack(
    bundle: zipfile.ZipFile,
    url: str,
    names: set[str],
    folders: tuple[Path, ...],
    inner: frozenset[str],
    source: Path | None,
) -> str:
    """Puts the file behind ``url`` into the bundle and returns its URL there; an offline one keeps its URL."""
    member = unquote(url)
    files = [media for folder in folders if (media := media_path(url, folder)) is not None and media.is_file()]
    if not files and member not in inner:
        return url
    wanted = Path(files[0].name if files else member)
    name, number = wanted.name, 1
    while name.casefold() in names:
        number += 1
        name = f"{wanted.stem}-{number}{wanted.suffix}"
    names.add(name.casefold())
    if files:
        bundle.write(files[0], f"media/{name}")
    else:
        assert source is not None
        with zipfile.ZipFile(source) as old, old.open(member) as packed, bundle.open(f"media/{name}", "w") as target:
            shutil.copyfileobj(packed, target, 2**20)
    return quote(f"media/{name}")
