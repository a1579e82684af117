"""Which timeline formats can be read and written here, and how errors name what is missing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import opentimelineio as otio

from framevox.engine_daemon.protocol.errors import InputError

LOSSLESS = (".otio", ".otioz", ".otiod")
"""OpenTimelineIO's own formats, which hold everything that a timeline has."""
BUNDLES = (".otioz", ".otiod")
"""Those that hold the media too: a zip file and a folder."""

LINES_ALONE = (".dapt", ".ttml", ".csv", ".tsv", ".tab", ".xlsx", ".xlsm")
"""Formats that are lists of lines, which is all that they are meant to hold."""

PROJECTS = (".mlt", ".kdenlive")
"""Projects of Shotcut and Kdenlive, which are filled in place: OUT is IN with takes added."""

_PACKAGES = {
    ".xml": "otio-fcp-adapter",
    ".aaf": "otio-aaf-adapter",
    ".fcpxml": "otio-fcpx-xml-adapter",
    ".edl": "otio-cmx3600-adapter",
    ".ale": "otio-ale-adapter",
    ".xges": "otio-xges-adapter",
}
"""The adapters of OpenTimelineIO's own project, by the suffix that they read or write."""


def check_suffix(path: Path, source: Path | None = None) -> None:
    """Raises InputError for a file of a kind that no installed adapter writes; it names the package that does.

    ``source`` is what is read: projects are written where they are filled in place.
    """
    suffix = path.suffix.lower()
    if suffix in PROJECTS:
        if source is None or source.suffix.lower() != suffix:
            raise InputError(
                f"{path}: a project is filled in place, so IN must be one that ends in {suffix} too: name that, or an "
                "OUT that ends in .otio"
            )
        if path.resolve() == source.resolve():
            raise InputError(f"{path} is what is read: choose another OUT, so that your project stays as it is")
        return
    if path.suffix.lower() not in _suffixes(write=True):
        raise no_adapter(path, "writes")


def is_timeline_name(name: str) -> bool:
    """Whether ``name`` ends as timelines' and files of lines do, whether their adapter is installed or not."""
    from . import scripts, sheets, subtitles

    lines = {*subtitles.SUFFIXES, *sheets.SUFFIXES, *scripts.SUFFIXES}
    return Path(name).suffix.lower() in {*LOSSLESS, *lines, *PROJECTS, *_PACKAGES, *_suffixes(read=True)} - {".txt"}


def no_adapter(path: Path, does: str) -> InputError:
    """No installed adapter ``reads`` or ``writes`` the file: which package does, or what there is."""
    from . import subtitles

    suffix = path.suffix.lower()
    projects = PROJECTS if does == "reads" else ()
    package = _PACKAGES.get(suffix)
    if package is not None and does == "writes" and suffix in _suffixes(read=True):
        package = None  # it is installed, and only reads
    named = f"no installed adapter {does} {suffix or 'files without a suffix'}"
    if package is not None:
        return InputError(f"{path}: {named}: pip install {package}, and run the command again")
    if does == "writes" and suffix in subtitles.SUFFIXES:
        return InputError(
            f"{path}: subtitles hold no timeline: name an OUT that ends in .otio; framevox fill writes subtitles to "
            "the file of --subtitles"
        )
    known = ", ".join(sorted({*_suffixes(read=does == "reads", write=does == "writes"), *projects}))
    what = "export the timeline as one of" if does == "reads" else "name a file that ends in one of"
    return InputError(f"{path}: {named}: {what} {known}")


def _suffixes(*, read: bool = False, write: bool = False) -> set[str]:
    return {f".{s}" for s in otio.adapters.suffixes_with_defined_adapters(read=read, write=write)}


def first_line(error: Exception) -> str:
    """What an adapter's exception says, in one line of at most 300 characters."""
    text = str(error.args[0]) if isinstance(error, KeyError) and error.args else str(error)
    return next((line.strip() for line in text.splitlines() if line.strip()), type(error).__name__)[:300]


def timelines_in(result: Any) -> Iterator[otio.schema.Timeline]:
    """The timelines in what an adapter read: one, or a collection of them."""
    if isinstance(result, otio.schema.Timeline):
        yield result
    elif isinstance(result, otio.schema.SerializableCollection):
        for child in result:
            yield from timelines_in(child)
