"""Formats whose adapters break something: mended on our side, before the adapter or behind it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import opentimelineio as otio

from framevox.engine_daemon.protocol.errors import InputError
from framevox.engine_daemon.protocol.timebase import Rate
from framevox.otio_adapters.formats import first_line, timelines_in
from framevox.otio_adapters.rates import timeline_rate
from framevox.otio_adapters.xml_files import check_xml

from .edl import rate_is_needed, read_edl, write_edl
from .fcpx import read_fcpx, write_fcpx
from .left_out import leave_out_transitions, read_switched_off, switch_off
from .nests import lay_out_nests
from .whole_frames import in_whole_frames, lay_on_frames

WHOLE_FRAMES = (".xml", ".aaf", ".fcpxml", ".edl")
"""Formats that count in whole frames of one rate."""

_PLAIN_XML = (".xml", ".xges", ".mlt", ".kdenlive")
"""Formats whose adapters parse XML with whatever entities it declares."""


def read_mended(path: Path, rate: Rate | None, **arguments: Any) -> Any:
    """What the installed adapter for a file reads of it, mended. ``rate`` is that of a file that does not say it.

    Raises InputError, and whatever the adapter raises.
    """
    suffix = path.suffix.lower()
    if suffix in _PLAIN_XML and path.is_file():
        otio.adapters.from_filepath(str(path))
        check_xml(path)
    if suffix not in (".edl", ".fcpxml") or not path.is_file():
        read = otio.adapters.read_from_file(str(path), **arguments)
        for timeline in timelines_in(read) if suffix == ".xml" else ():
            read_switched_off(timeline)
        return read
    # Raises what otio.adapters.read_from_file would where the adapter is not installed.
    otio.adapters.from_filepath(str(path))
    if suffix == ".fcpxml":
        return read_fcpx(path, **arguments)
    if rate is None:
        raise rate_is_needed(path)
    return read_edl(path, rate, **arguments)


def mended(timeline: otio.schema.Timeline, suffix: str) -> tuple[otio.schema.Timeline, list[str]]:
    """A copy of ``timeline`` with nothing in it that a format or its adapter drops, refuses or moves, as far as that
    can be without moving a line, and what was done to it, in words."""
    laid = timeline.deepcopy()
    if suffix not in WHOLE_FRAMES:
        return laid, []
    rate = timeline_rate(laid)
    done = (
        (lay_out_nests(laid, suffix, rate), "nest{s} laid out on tracks beside {its}"),
        (switch_off(laid, suffix, rate), "disabled clip{s} or track{s} left out"),
        (leave_out_transitions(laid, suffix, rate), "transition{s} left out"),
        (lay_on_frames(laid, rate), "clip{s} moved to whole frames"),
    )
    said = [f"{n} {what.format(s='s' if n > 1 else '', its='theirs' if n > 1 else 'its own')}" for n, what in done if n]
    return laid, said


def write_mended(timeline: otio.schema.Timeline, aside: Path) -> None:
    """Has the installed adapter write a timeline to the file ``aside``, mended. Raises whatever the adapter raises."""
    suffix = aside.suffix.lower()
    if suffix in WHOLE_FRAMES:
        timeline = in_whole_frames(timeline, suffix)
    if suffix in (".edl", ".fcpxml"):
        otio.adapters.from_filepath(str(aside))
        (write_edl if suffix == ".edl" else write_fcpx)(timeline, aside)
    else:
        # It is mended: Framevox's own hook need not do that again.
        otio.adapters.write_to_file(timeline, str(aside), hook_function_argument_map={"framevox_mend": False})


def read_again(aside: Path, rate: Rate, **arguments: Any) -> otio.schema.Timeline | None:
    """The timeline in a file that was just written; None where the adapter does not read, or reads several.

    Adapters write some files that they cannot read. Raises InputError.
    """
    if not otio.adapters.from_filepath(str(aside)).has_feature("read"):
        return None
    try:
        read = list(timelines_in(read_mended(aside, rate, **arguments)))
    except Exception as error:
        raise InputError(
            f"it makes a file that its adapter cannot read again ({first_line(error)}): write an .otio instead"
        ) from error
    return read[0] if len(read) == 1 else None
