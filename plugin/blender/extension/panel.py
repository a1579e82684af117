"""The panel *Framevox* in the sequencer's sidebar, and the entries in its menus."""

from __future__ import annotations

import textwrap
from typing import Any

import bpy

from . import work as works
from .compat import bar, scene_of
from .reopened import interrupted
from .scan import TAKE

_LETTER = 7
"""Pixels of a letter, on average."""


class FRAMEVOX_PT_sequencer(bpy.types.Panel):
    """Lines, takes and voices of the scene."""

    bl_label = "Framevox"
    bl_category = "Framevox"
    bl_space_type = "SEQUENCE_EDITOR"
    bl_region_type = "UI"

    @classmethod
    def poll(cls, context: Any) -> bool:
        return context.space_data is None or context.space_data.view_type in {"SEQUENCER", "SEQUENCER_PREVIEW"}

    def draw(self, context: Any) -> None:
        draw(self.layout, context)


def draw(layout: Any, context: Any) -> None:
    if works.current is not None:
        work = works.current.work
        bar(layout, work.part, work.title)
        _sentence(layout, context, work.line)
        layout.operator("framevox.cancel", icon="CANCEL")
        return
    column = layout.column(align=True)
    column.operator("framevox.fill", icon="PLAY_SOUND")
    column.operator("framevox.revoice", icon="FILE_REFRESH")
    row = layout.row(align=True)
    row.operator("framevox.take_previous", icon="TRIA_LEFT")
    row.operator("framevox.take_next", icon="TRIA_RIGHT")
    column = layout.column(align=True)
    column.operator("framevox.cast", icon="COMMUNITY")
    column.operator("framevox.voice_from_strip", icon="SPEAKER")
    column.operator("framevox.mouth", icon="SHAPEKEY_DATA")
    scene = scene_of(context)
    editor = scene.sequence_editor if scene is not None else None
    active = editor.active_strip if editor is not None else None
    told = active.get(TAKE) if active is not None else None
    if told is not None:
        layout.label(text=f"Take {told.get('take', 1)}: {told.get('character', '')}")
    for sentence in [*interrupted(scene), *works.last]:
        _sentence(layout, context, sentence)
    layout.operator("framevox.settings", icon="PREFERENCES")


def _sentence(layout: Any, context: Any, text: str) -> None:
    """Draws a sentence on as many lines as the sidebar needs for it."""
    width = context.region.width if context.region is not None else 300
    column = layout.column(align=True)
    column.scale_y = 0.8
    scale = context.preferences.system.ui_scale or 1.0  # 0 without a window
    for line in textwrap.wrap(text, max(20, int(width / (_LETTER * scale)) - 4)):
        column.label(text=line)


class FRAMEVOX_MT_sequencer(bpy.types.Menu):
    """The operators, in the sequencer's menu bar."""

    bl_label = "Framevox"

    def draw(self, context: Any) -> None:
        layout = self.layout
        # From a menu, operators are invoked: they run beside the window.
        layout.operator_context = "INVOKE_DEFAULT"
        for name in ("fill", "revoice", "take_next", "take_previous"):
            layout.operator(f"framevox.{name}")
        layout.separator()
        for name in ("cast", "voice_from_strip", "mouth"):
            layout.operator(f"framevox.{name}")
        layout.separator()
        layout.operator("framevox.settings")


def menu_entry(self: Any, context: Any) -> None:
    self.layout.menu("FRAMEVOX_MT_sequencer")


CLASSES = (FRAMEVOX_PT_sequencer, FRAMEVOX_MT_sequencer)
