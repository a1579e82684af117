"""What happens when files are opened: a run ends, and what it did not finish is named when its file is open again."""

from __future__ import annotations

from typing import Any

import bpy
from bpy.app.handlers import persistent

from . import work as works
from .shared.errors import HostError
from .shared.journal import Journal


def interrupted(scene: Any) -> list[str]:
    """Returns a sentence on a fill of this scene that was broken off; none where it ended."""
    if scene is None or works.current is not None:
        return []
    key = f"{bpy.data.filepath}\n{scene.name}"
    if key not in works.broken_off:
        works.broken_off[key] = _read(scene.name)
    return [works.broken_off[key]] if works.broken_off[key] else []


def _read(scene: str) -> str:
    try:
        left = Journal(bpy.data.filepath, scene).left_behind()
    except HostError:
        return ""
    if not left.get("total"):
        return ""
    return f"A run was broken off at {left.get('done', 0)} of {left['total']} lines: Fill makes the rest"


def forget(*_: Any) -> None:
    works.broken_off.clear()


@persistent
def before_opening(*_: Any) -> None:
    works.abandon()


@persistent
def after_opening(*_: Any) -> None:
    forget()
    works.last.clear()


def register() -> None:
    bpy.app.handlers.load_pre.append(before_opening)
    bpy.app.handlers.load_post.append(after_opening)


def unregister() -> None:
    works.abandon()
    bpy.app.handlers.load_pre.remove(before_opening)
    bpy.app.handlers.load_post.remove(after_opening)
