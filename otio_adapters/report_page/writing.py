"""The page's bytes, in pieces, so that the sound of a thousand lines is never held at once."""

from __future__ import annotations

import html
import json
from base64 import b64encode
from collections.abc import Iterator, Sequence
from importlib.resources import files
from string import Template

import numpy as np
import numpy.typing as npt
from opentimelineio.schema import Timeline

from framevox.engine_daemon.client.marking import Marking
from framevox.engine_daemon.client.speaking import Result

from .data import page_data
from .sound import label_of, listening_copy, peaks, slot_sound

_SOUNDS = "$sounds"


def report_page(timeline: Timeline, results: Sequence[Result], title: str, marking: Marking) -> Iterator[bytes]:
    """The report of a fill, one HTML page in pieces; ``timeline`` as it was read, ``results`` in its order.

    Raises InputError for a take that cannot be read.
    """
    data = page_data(timeline, results, title)
    sounds: list[tuple[int, Result]] = []
    for index, (cue, result) in enumerate(zip(data["cues"], results, strict=True)):
        found = _slot(result)
        cue["sound"] = found is not None
        cue["peaks"] = b64encode(peaks(*found)).decode() if found else ""
        if found:
            sounds.append((index, result))
    before, after = _frame(title, data).split(_SOUNDS)
    yield before.encode()
    for index, result in sounds:
        found, take = _slot(result), result.take
        assert found is not None and take is not None
        facts = marking.facts(f"{take.id}.mp3", take.id, [(result.cue.text, take)])
        copy = b64encode(marking.marked(listening_copy(*found, label_of(result.cue, take)), "mp3", facts))
        yield b'<script type="text/plain" id="sound-%d">%s</script>\n' % (index, copy)
    yield after.encode()


def _slot(result: Result) -> tuple[npt.NDArray[np.float32], int] | None:
    """The sound of a line's slot and its rate, None where it has none."""
    take, media = result.take, result.media
    if take is None or media is None:
        return None
    return slot_sound(media, take.media_slot_start_sample, take.slot_end_sample - take.slot_start_sample)


def _frame(title: str, data: dict[str, object]) -> str:
    folder = files("framevox.otio_adapters.report_page")
    style, script, page = (folder.joinpath(name).read_text("utf-8") for name in ("page.css", "page.js", "page.html"))
    # In a script element only "</" and "<!--" end anything.
    packed = json.dumps(data, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
    return Template(page).substitute(title=html.escape(title), style=style, script=script, data=packed, sounds=_SOUNDS)
