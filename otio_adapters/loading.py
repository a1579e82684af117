"""Reading timelines from files."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import opentimelineio as otio

from framevox.engine_daemon.protocol.errors import InputError

from .bundles import MAX_BYTES, read_content, too_large
from .formats import BUNDLES, first_line, no_adapter

LINKER = "framevox"
"""The name of Framevox's media linker in plugin_manifest.json."""
_MAX_LEVELS = 1000


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
            result = otio.adapters.read_from_string(content.decode("utf-8-sig"), "otio_json", **_own_plugins_off())
        else:
            result = otio.adapters.read_from_file(str(path), **_own_plugins_off())
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
        raise InputError(
            f"{path} is not a timeline that can be read: {first_line(error)}; export it from the editing program again"
        ) from error
    return _the_timeline(result, path)


def _own_plugins_off() -> dict[str, Any]:
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
    timelines = list(timelines_in(result))
    if len(timelines) == 1:
        return timelines[0]
    if not timelines:
        found = result.schema_name() if isinstance(result, otio.core.SerializableObject) else type(result).__name__
        raise InputError(f"{path} holds no timeline but a {found}: export the timeline itself")
    names = ", ".join(f"“{t.name}”" for t in timelines[:10])
    raise InputError(f"{path} holds {len(timelines)} timelines ({names}): export the one to fill on its own")


def timelines_in(result: Any) -> Iterator[otio.schema.Timeline]:
    """The timelines in what an adapter read: one, or a collection of them."""
    if isinstance(result, otio.schema.Timeline):
        yield result
    elif isinstance(result, otio.schema.SerializableCollection):
        for child in result:
            yield from timelines_in(child)
