"""Guides and markers that bear a line: those with a length, and those up to the next one that is called ``/``."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from .project import Project

END = "/"


@dataclass(frozen=True)
class Guide:
    """A guide from ``start`` to ``end`` in frames; the two are equal for one that marks a point."""

    start: int
    end: int
    text: str


def lines(guides: Iterable[Guide]) -> Iterator[Guide]:
    """Those that bear a line, each with the end that it means."""
    ordered = sorted(guides, key=lambda guide: guide.start)
    for guide, following in itertools.zip_longest(ordered, ordered[1:]):
        if not guide.text.strip() or guide.text.strip() == END:
            continue
        if guide.end > guide.start:
            yield guide
        elif following is not None and following.text.strip() == END and following.start > guide.start:
            yield Guide(guide.start, following.start, guide.text)


def all_guides(project: Project) -> list[Guide]:
    """The guides of a Kdenlive document, or the markers of a Shotcut project."""
    if not project.is_kdenlive:
        return list(_markers(project))
    written = project.tractor.get("kdenlive:sequenceproperties.guides") or project.document("guides")
    read = project.json(written)
    return [guide for one in (read if isinstance(read, list) else []) if (guide := _guide(one)) is not None]


def _guide(one: Any) -> Guide | None:
    if not isinstance(one, dict) or not isinstance(one.get("pos"), int):
        return None
    length = one.get("duration", 0)
    return Guide(one["pos"], one["pos"] + (length if isinstance(length, int) else 0), str(one.get("comment", "")))


def _markers(project: Project) -> Iterator[Guide]:
    for group in project.tractor.all("properties"):
        if group.attributes.get("name") == "shotcut:markers":
            for one in group.all("properties"):
                start, end = (project.frames(one.get(key) or "0") for key in ("start", "end"))
                yield Guide(start, end, one.get("text"))
