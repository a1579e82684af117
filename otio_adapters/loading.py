"""Reading timelines from files."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import opentimelineio as otio

from framevox.engine_daemon.protocol.errors import InputError
from framevox.engine_daemon.protocol.timebase import Rate

from .bundles import MAX_BYTES, read_content, too_large
from .exchange import read_mended
from .formats import BUNDLES, LOSSLESS, PROJECTS, first_line, no_adapter, timelines_in
from .nesting import check_levels
from .rates import timeline_rate
from .side_file import read_side, unchanged, with_side_file

LINKER = "framevox"
"""The name of Framevox's media linker in plugin_manifest.json."""


def load(path: Path, rate: Rate | None = None) -> otio.schema.Timeline:
    """The timeline in a file: ``.otio``, ``.otioz``, and what installed OpenTimelineIO adapters read.

    What its format does not hold comes from the side file beside it, if there is one; of a file that is as it was
    written, all of it. ``rate`` is that of a file that
    does not say it, an EDL. Raises InputError naming the file when it is missing, too large, broken, of a kind that no
    adapter reads, does not say its rate, or holds no timeline or several.
    """
    path = Path(path)
    if path.suffix.lower() in PROJECTS:
        from .mlt import read_project

        return read_project(path)
    side: otio.schema.Timeline | None = None
    try:
        content = _read(path)
        if content is not None:
            check_levels(content, path)
            result = otio.adapters.read_from_string(content.decode("utf-8-sig"), "otio_json", **own_plugins_off())
        else:
            side = read_side(path)
            if side is not None and (kept := unchanged(path, side)) is not None:
                return kept
            result = read_mended(path, rate or (timeline_rate(side) if side else None), **own_plugins_off())
    except InputError:
        raise
    except FileNotFoundError:
        raise InputError(f"{path}: there is no such file") from None
    except IsADirectoryError:
        raise InputError(f"{path} is a folder: name the timeline's file") from None
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror or error}") from error
    except otio.exceptions.NoKnownAdapterForExtensionError:
        raise no_adapter(path, "reads") from None
    except Exception as error:  # adapters raise whatever their parser raises
        if isinstance(error.__cause__, InputError):
            raise error.__cause__ from None  # our own adapter, which has said it as OpenTimelineIO's error
        raise InputError(
            f"{path} is not a timeline that can be read: {first_line(error)}; export it from the editing program again"
        ) from error
    timeline = _the_timeline(result, path)
    return timeline if path.suffix.lower() in LOSSLESS else with_side_file(timeline, path, side)


def own_plugins_off() -> dict[str, Any]:
    """Arguments of OpenTimelineIO's readers that keep Framevox's own plug-ins from filling what is about to be filled.

    Other programs' hooks and media linkers run as everywhere.
    """
    arguments: dict[str, Any] = {"hook_function_argument_map": {"framevox_fill": False}}
    if os.environ.get("OTIO_DEFAULT_MEDIA_LINKER") == LINKER:
        arguments["media_linker_name"] = otio.media_linker.MediaLinkingPolicy.DoNotLinkMedia
    return arguments


def _read(path: Path) -> bytes | None:
    """The OpenTimelineIO JSON in a file, or None where another adapter is to read it."""
    size = path.stat().st_size
    if path.is_dir() and path.suffix.lower() != ".otiod":
        raise IsADirectoryError(path)
    if path.suffix.lower() in BUNDLES:
        return read_content(path)
    if size > MAX_BYTES:
        raise too_large(path, size)
    return path.read_bytes() if path.suffix.lower() == ".otio" else None


def _the_timeline(result: Any, path: Path) -> otio.schema.Timeline:
    if isinstance(result, otio.schema.Timeline):
        return result
    timelines = list(timelines_in(result))
    if len(timelines) == 1:
        return timelines[0]
    if not timelines:
        found = result.schema_name() if isinstance(result, otio.core.SerializableObject) else type(result).__name__
        raise InputError(f"{path} holds no timeline but a {found}: export the timeline itself")
    names = ", ".join(f"“{t.name}”" for t in timelines[:10])
    raise InputError(f"{path} holds {len(timelines)} timelines ({names}): export the one to fill on its own")
