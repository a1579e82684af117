"""The add-on's preferences, and what a run takes from them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import bpy

LANGUAGES = ("auto", "zh", "en", "ja", "ko", "es", "fr-fr", "it", "pt-br", "hi")


@dataclass(frozen=True)
class Choices:
    """The preferences of a run. ``settings`` are those that every host has."""

    python: str = ""
    media_dir: str = ""
    mute_text: bool = True
    settings: dict[str, Any] = field(default_factory=dict)


class FramevoxPreferences(bpy.types.AddonPreferences):
    """Edit ▸ Preferences ▸ Add-ons ▸ Framevox."""

    bl_idname = __package__

    python: bpy.props.StringProperty(
        name="Framevox's Python",
        description="The Python that Framevox is installed in; empty for the one that `framevox blender install` wrote",
        subtype="FILE_PATH",
    )
    media_dir: bpy.props.StringProperty(
        name="Takes",
        description="The folder for takes; empty for one beside the blend file, called after it",
        subtype="DIR_PATH",
    )
    voice: bpy.props.StringProperty(
        name="Voice", description="The voice of every line: a name, a blend, female or male; empty for a cast of voices"
    )
    language: bpy.props.EnumProperty(
        name="Language",
        description="The language of lines that do not say it",
        items=[(code, "By its letters" if code == "auto" else code, "") for code in LANGUAGES],
    )
    fit: bpy.props.StringProperty(
        name="Fit", description="fill, natural, or ratio:X for X times the natural length", default="fill"
    )
    use_loudness: bpy.props.BoolProperty(
        name="Level", description="Bring takes to the same loudness; else they keep the model's own", default=True
    )
    loudness: bpy.props.FloatProperty(
        name="Loudness", description="The loudness of takes, in LUFS", default=-23.0, min=-60.0, max=-5.0
    )
    mute_text: bpy.props.BoolProperty(
        name="Mute Text Strips", description="Mute a text strip once its line is spoken", default=True
    )

    def draw(self, context: Any) -> None:
        layout = self.layout
        layout.use_property_split = True
        for name in ("python", "media_dir", "voice", "language", "fit"):
            layout.prop(self, name)
        row = layout.row(heading="Loudness")
        row.prop(self, "use_loudness", text="")
        part = row.row()
        part.active = self.use_loudness
        part.prop(self, "loudness", text="")
        layout.prop(self, "mute_text")


def read_choices(context: Any) -> Choices:
    """Returns what the preferences say; the defaults where the extension has none, as in a script of its own."""
    addon = context.preferences.addons.get(__package__)
    told = addon.preferences if addon is not None else None
    if told is None:
        return Choices()
    settings = {
        "voice": told.voice,
        "language": told.language,
        "fit": told.fit or "fill",
        # Blender holds 32 bits, of which this is the number that was typed.
        "loudness": round(told.loudness, 2) if told.use_loudness else None,
        "voices": {},
    }
    return Choices(bpy.path.abspath(told.python), told.media_dir, told.mute_text, settings)
