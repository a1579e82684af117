"""Markers on a placeholder that put words of its line on frames.

Such a marker's comment, else its name, is one or several whole words of the line, as ``protocol.sync`` compares them,
and not the whole line where that has several. Every other marker is what it was: a note, a line of its own, or the
line.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping

from framevox.engine_daemon.captions import is_default_marker_name, read_caption
from framevox.engine_daemon.protocol.errors import InputError
from framevox.engine_daemon.protocol.sync import SyncPoint, bears_words, parse_word, read_points
from framevox.engine_daemon.protocol.timebase import Rate

from .metadata import KEY, TimelineWarning
from .times import in_frames, whole
from .walk import Found, about, name_of
from .written_lines import comment_of


def words_on_markers(found: Found, written: str) -> dict[int, str]:
    """The words of the line ``written`` that markers on its clip bear, by the marker's index.

    ``written`` is the line as the clip has it, name in front and markup included; where it stands in a marker, that
    marker bears the line, and no word of it.
    """
    if found.marker is not None or not found.item.markers:
        return {}
    text = read_caption(written).text
    words: dict[int, str] = {}
    for index, marker in enumerate(found.item.markers):
        if KEY in marker.metadata or (found.item.name != written and comment_of(marker) == written):
            continue
        name = "" if is_default_marker_name(marker.name) else marker.name
        said = next((said for said in (comment_of(marker), name) if said and bears_words(text, said)), None)
        if said is not None:
            words[index] = said
    return words


def points_of(found: Found, words: Mapping[int, str], rate: Rate) -> tuple[SyncPoint, ...]:
    """The points of a placeholder: those in its metadata, else those of its markers (see ``words_on_markers``).

    Warns of markers that lie outside of what is seen of the clip, which are left out. Raises InputError for metadata
    that are no points.
    """
    data = found.data
    if isinstance(data, dict) and data.get("sync") is not None:
        try:
            return read_points(data["sync"])
        except InputError as error:
            raise InputError(f'metadata["{KEY}"]["sync"]: {error}') from None
    points = []
    for index, said in words.items():
        try:
            at = found.place.zero + in_frames(found.item.markers[index].marked_range.start_time, rate)
        except InputError as error:
            raise InputError(f"the marker “{said}” on it: {error}") from None
        if found.start <= at < found.end:
            word, nth = parse_word(said)
            points.append(SyncPoint(word, whole(at - found.start), nth))
        else:
            warnings.warn(
                TimelineWarning(
                    f"{name_of(found.item)}: its marker “{said}” lies outside of what is seen of it, so the word is "
                    "put on no frame: move the marker, or delete it",
                    about(found),
                ),
                stacklevel=4,
            )
    return tuple(points)
