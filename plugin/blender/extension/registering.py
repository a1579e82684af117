"""Registers classes, menu entries, shortcuts and handlers, and takes them out again."""

from __future__ import annotations

from typing import Any

import bpy

from . import cast, enrol, mouth, operators, panel, preferences, reopened

CLASSES = (
    preferences.FramevoxPreferences,
    *cast.CLASSES,
    *enrol.CLASSES,
    *mouth.CLASSES,
    *operators.CLASSES,
    *panel.CLASSES,
)
SHORTCUTS = (
    ("framevox.fill", {"type": "F", "value": "PRESS", "ctrl": True, "alt": True}),
    ("framevox.revoice", {"type": "R", "value": "PRESS", "ctrl": True, "alt": True}),
    ("framevox.take_next", {"type": "RIGHT_BRACKET", "value": "PRESS", "ctrl": True, "alt": True}),
    ("framevox.take_previous", {"type": "LEFT_BRACKET", "value": "PRESS", "ctrl": True, "alt": True}),
)
"""Ctrl+Alt with F, R, ] and [, which Blender's sequencer leaves free; they can be changed under Keymap."""
_keys: list[tuple[Any, Any]] = []


def register() -> None:
    for one in CLASSES:
        bpy.utils.register_class(one)
    bpy.types.SEQUENCER_MT_editor_menus.append(panel.menu_entry)
    keymaps = bpy.context.window_manager.keyconfigs.addon if bpy.context.window_manager else None
    if keymaps is not None:  # there are none without a window
        keymap = keymaps.keymaps.new(name="Sequencer", space_type="SEQUENCE_EDITOR")
        for name, keys in SHORTCUTS:
            _keys.append((keymap, keymap.keymap_items.new(name, **keys)))
    cast.register()
    reopened.register()


def unregister() -> None:
    reopened.unregister()
    cast.unregister()
    for keymap, item in _keys:
        keymap.keymap_items.remove(item)
    _keys.clear()
    bpy.types.SEQUENCER_MT_editor_menus.remove(panel.menu_entry)
    for one in reversed(CLASSES):
        bpy.utils.unregister_class(one)
