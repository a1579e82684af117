"""Where Blender's versions differ."""

from __future__ import annotations

from typing import Any

import bpy


def strips_of(owner: Any) -> Any:
    """Returns the strips of a sequence editor or a meta strip; before 4.4 they were called sequences."""
    return owner.strips if hasattr(owner, "strips") else owner.sequences


def all_strips(editor: Any) -> Any:
    """Returns the strips of an editor, those inside meta strips included."""
    return editor.strips_all if hasattr(editor, "strips_all") else editor.sequences_all


def scene_of(context: Any) -> Any:
    """Returns the scene that the sequencer shows. From 5.0 on a workspace may show another than the window."""
    return getattr(context, "sequencer_scene", None) or context.scene


def bar(layout: Any, part: float, text: str) -> None:
    """Draws a progress bar, or its text where there are none (before 4.0)."""
    if hasattr(layout, "progress"):
        layout.progress(factor=part, text=text)
    else:
        layout.label(text=text)


def file_of(sound: Any) -> str:
    """Returns the absolute path of a sound's file."""
    return str(bpy.path.abspath(sound.filepath, library=sound.library)) if sound is not None else ""
