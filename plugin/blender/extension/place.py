"""Takes onto the timeline: on channels of their own, exactly over their slots, and never twice."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from fractions import Fraction
from typing import Any, Optional

import bpy

from .channels import Channels, belongs
from .compat import strips_of
from .scan import MUTED, TAKE, Placed, Placeholder, Snapshot, find_strip, owner_of, read_take, scene_called
from .shared.errors import CueError
from .shared.progress import Progress, Steps
from .shared.steps import Pace
from .shared.take_files import file_of as name_of
from .shared.take_files import same_sound
from .shared.takes import Cue, Outcome, Take

_ASIDE = 1000
"""Frames behind everything, where a strip is trimmed: over others, Blender would push it to another channel."""
_KEPT = ("volume", "pan", "color_tag", "show_waveform", "mute")
"""What a take's strip hands on to the strip in its place."""


class Placer:
    """Places takes in the scene that ``snapshot`` was read from."""

    def __init__(self, snapshot: Snapshot, fps: Fraction, *, mute_text: bool) -> None:
        self.outcome = Outcome()
        self._scene = snapshot.scene
        self._fps = fps
        self._placeholders = snapshot.placeholders
        self._mute_text = mute_text
        self._takes: dict[str, list[Placed]] = {}
        self._channels: dict[str, Channels] = {}
        """By the meta strip whose channels they are, "" for the editor's."""
        self._looked: set[str] = set()
        """Whose channels were looked at in this step."""
        self._slots: dict[str, tuple[int, int]] = {}
        self.adopted: dict[str, str] = {}
        """The cue that a take belongs to now, by the name of its strip, where it was made for another."""
        for take in snapshot.takes:
            self._takes.setdefault(take.cue, []).append(take)

    def assign(self, cues: Iterable[Cue]) -> None:
        """Notes the cues' slots, and gives a cue without a take the one that lies exactly on its slot.

        A placeholder that was renamed or pasted has another name and so another cue; its take stays where it is.
        """
        by_id = {cue.id: cue for cue in cues}
        self._slots = {cue.id: (cue.start, cue.duration) for cue in by_id.values()}
        bare = {(cue.start, cue.duration): cue for cue in by_id.values() if not self._takes.get(cue.id)}
        for take in [one for takes in list(self._takes.values()) for one in takes]:
            own = self._slots.get(take.cue)
            cue = bare.get((take.start, take.duration))
            if cue is None or not belongs(take.channel_name, cue.character):
                continue
            if own is None or (own != (take.start, take.duration) and len(self._takes[take.cue]) > 1):
                self._takes[take.cue].remove(take)
                self.adopted[take.name] = take.cue = cue.id
                self._takes.setdefault(cue.id, []).append(take)
                del bare[take.start, take.duration]

    def of(self, cue: str) -> list[Placed]:
        return self._takes.get(cue, [])

    def in_place(self, cue: Cue) -> Optional[Placed]:
        """The take of a cue that nobody moved: over the placeholder's slot, else where it was placed."""
        there = [one for one in self.of(cue.id) if (one.start, one.duration) == (cue.start, cue.duration)]
        there = there or [one for one in self.of(cue.id) if (one.start, one.duration) == one.meant]
        return there[0] if there else None

    def is_moved(self, cue: Cue) -> bool:
        """Returns whether the user moved or trimmed the take of a cue."""
        return bool(self.of(cue.id)) and self.in_place(cue) is None

    def number(self, cue: Cue) -> int:
        """Returns which take of a cue is in use, the placeholder's own choice if there is none."""
        take = self.in_place(cue)
        return take.number if take else max((one.number for one in self.of(cue.id)), default=cue.take)

    def orphans(self, cues: Iterable[Cue]) -> list[Placed]:
        """Returns the takes that sound and belong to none of the cues."""
        known = {cue.id for cue in cues}
        return [one for takes in self._takes.values() for one in takes if one.cue not in known and not one.muted]

    def place(
        self, takes: list[Take], progress: Progress, *, replace_moved: bool = False,
        instead: Optional[dict[str, str]] = None,
    ) -> Steps:  # fmt: skip
        """Places takes in steps, each whole or not at all; ``instead`` names the strips that they replace, by cue.

        Counts them in ``progress``, and ends early where that is cancelled. Raises HostError where the scene is gone.
        """
        instead = instead or {}
        pace = Pace()
        self._looked.clear()
        for take in takes:
            if (yield from pace.rest()):
                self._looked.clear()
            if progress.cancelled:
                return
            behind = self._placeholders.get(take.cue.key)
            old = self.in_place(take.cue)
            meta = old.meta if old else behind.meta if behind else ""
            if meta not in self._looked:
                yield from self._look(meta, pace)
                self._looked = {meta}
            try:
                self._place(scene_called(self._scene), take, replace_moved, instead.get(take.cue.id, ""))
            except CueError as error:
                self.outcome.failed[take.cue.id] = str(error)
                self._looked.clear()
            progress.done += 1

    def _look(self, meta: str, pace: Pace) -> Steps:
        """Takes in what was edited in the editor or a meta strip. No step has ended since, when it returns."""
        channels = self._channels.setdefault(meta, Channels())
        while True:
            scene = scene_called(self._scene)
            owner = owner_of(scene, meta)
            rested = False
            for name in channels.look(owner) if owner is not None else ():
                if (yield from pace.rest()):
                    scene, rested = scene_called(self._scene), True
                take = read_take(scene, name)
                if take is not None:
                    self._note(take)
            if not rested:
                return

    def _note(self, take: Placed) -> None:
        """Notes a take that was renamed, pasted, or came back by an undo."""
        take.cue = self.adopted.get(take.name, take.cue)
        known = self._takes.setdefault(take.cue, [])
        if all(one.name != take.name for one in known):
            known.append(take)

    def _read_again(self, scene: Any, cue: str) -> None:
        """Reads the takes of a cue as they are now."""
        found = []
        for one in self._takes.get(cue, ()):
            now = read_take(scene, one.name)
            if now is not None:
                now.cue = self.adopted.get(now.name, now.cue)
                if now.cue == cue:
                    found.append(now)
        self._takes[cue] = found

    def _place(self, scene: Any, take: Take, replace_moved: bool, instead: str) -> None:
        cue = take.cue
        self._read_again(scene, cue.id)
        behind = self._placeholders.get(cue.key)
        old = self._chosen(take, instead) if instead else self.in_place(cue)
        if not instead:
            self._check_slot(scene, behind, cue)
        if old is None and not instead and self.of(cue.id) and not replace_moved:
            raise CueError("you moved or trimmed its take meanwhile, so it stays as it is")
        if old is not None and self._is_there(old, take):
            self._describe(find_strip(scene, old.name), take, self._fps)
            self.outcome.unchanged.append(cue.id)
        else:
            self._put(scene, old.meta if old else behind.meta if behind else "", old, take)
            self.outcome.placed.append(cue.id)
            if take.message:
                self.outcome.notes[cue.id] = take.message
        if replace_moved:
            for moved in self.of(cue.id):
                if moved is not old and (moved.start, moved.duration) != moved.meant and not moved.locked:
                    find_strip(scene, moved.name).mute = True
        self._mute(scene, behind, cue)

    def _chosen(self, take: Take, instead: str) -> Optional[Placed]:
        found = next((one for one in self.of(take.cue.id) if one.name == instead), None)
        if found is None or (found.start, found.duration) != (take.cue.start, take.cue.duration):
            raise CueError("you moved, trimmed or deleted its take meanwhile, so it stays as it is")
        return found

    def _check_slot(self, scene: Any, behind: Optional[Placeholder], cue: Cue) -> None:
        """Raises CueError where the placeholder is no longer what the line was spoken for."""
        if behind is None or behind.kind == "marker":
            return
        strip = find_strip(scene, behind.name)
        if strip is None:
            raise CueError("you deleted or renamed its placeholder meanwhile: run the operator again")
        if behind.meta:
            return  # what a meta strip shows of it was read with the scene
        if (int(strip.frame_final_start), int(strip.frame_final_duration)) != (cue.start, cue.duration):
            raise CueError("you moved or trimmed its placeholder meanwhile: run the operator again")

    def _is_there(self, old: Placed, take: Take) -> bool:
        cue = take.cue
        if (old.start, old.duration) != (cue.start, cue.duration) or not os.path.exists(old.path):
            return False
        if name_of(old.path) == name_of(take.path):
            return True
        # After a ripple the file's name says another frame; the sound is the same.
        return old.number == cue.take and same_sound(old.path, take.path)

    def _put(self, scene: Any, meta: str, old: Optional[Placed], take: Take) -> None:
        cue, owner = take.cue, owner_of(scene, meta)
        if owner is None:
            raise CueError(f"its meta strip “{meta}” is gone: run the operator again")
        channels = self._channels.setdefault(meta, Channels())
        if meta not in self._looked:
            channels.look(owner)
        exact = Fraction(take.head) * self._fps / take.sample_rate
        head = round(exact)
        if abs(exact - head) * take.sample_rate / self._fps > 1:
            raise CueError("its take was made for another frame rate: run the operator again")
        if old is not None and old.locked:
            raise CueError(f"the strip “{old.name}” of its take, or its channel, is locked: unlock it")
        was = find_strip(scene, old.name) if old is not None else None
        path = self._written(take.path)
        same_place = old is not None and (old.start, old.duration) == (cue.start, cue.duration)
        if same_place and int(was.frame_offset_start) == head and was.sound is not None:
            before = was.sound
            was.sound = bpy.data.sounds.load(path, check_existing=True)
            self._describe(was, take, self._fps)
            if before.users == 0:
                bpy.data.sounds.remove(before)
            return
        end, instead = cue.start + cue.duration, old.name if old else ""
        index = 0
        if old is not None and belongs(old.channel_name, cue.character):
            index = old.channel if channels.is_free(old.channel, cue.start, end, instead) else 0
        index = index or channels.free(owner, cue.character, cue.start, end, instead=instead)
        strip = strips_of(owner).new_sound(_strip_name(cue), path, index, channels.end + _ASIDE)
        try:
            strip.frame_offset_start = head
            strip.frame_offset_end = strip.frame_duration - head - cue.duration
            if was is not None:
                for key in _KEPT:
                    setattr(strip, key, getattr(was, key))
                before = was.sound
                strips_of(owner).remove(was)
                was = None
                if before is not None and before.users == 0:
                    bpy.data.sounds.remove(before)
            strip.frame_start = cue.start - head
            self._check(strip, cue, index)
        except BaseException:
            strips_of(owner).remove(strip)
            raise
        strip.select = False
        self._describe(strip, take, self._fps)
        channels.changed(owner, strip.name, (index, cue.start, end), gone=instead)

    @staticmethod
    def _check(strip: Any, cue: Cue, index: int) -> None:
        found = (int(strip.frame_final_start), int(strip.frame_final_duration), int(strip.channel))
        if found != (cue.start, cue.duration, index):
            raise CueError(
                f"Blender put its take at frame {found[0]} of channel {found[2]} for {found[1]} frames: report it"
            )

    @staticmethod
    def _written(path: str) -> str:
        """The path as it is kept in the blend file: relative to it, where the user has that set and it can be."""
        if bpy.data.filepath and bpy.context.preferences.filepaths.use_relative_paths:
            try:
                return str(bpy.path.relpath(path))
            except ValueError:  # on another drive
                return path
        return path

    @staticmethod
    def _describe(strip: Any, take: Take, fps: Fraction) -> None:
        cue, head = take.cue, round(Fraction(take.head) * fps / take.sample_rate)
        told = {
            "cue": cue.id, "take": cue.take, "start": cue.start, "duration": cue.duration,
            "character": cue.character, "text": cue.text, "sample_rate": take.sample_rate,
            "words": json.dumps(take.told["words"], ensure_ascii=False),
            "mouth": json.dumps(take.told["mouth"]), "head": head,
        }  # fmt: skip
        if strip.get(TAKE) is None or strip[TAKE].to_dict() != told:
            strip[TAKE] = told

    def _mute(self, scene: Any, behind: Optional[Placeholder], cue: Cue) -> None:
        if behind is None or behind.kind == "marker":
            return
        strip = find_strip(scene, behind.name)
        if strip is None or strip.mute or (strip.type == "TEXT" and not self._mute_text):
            return
        if behind.locked:
            self.outcome.notes[cue.id] = "its placeholder, or its channel, is locked: mute it by hand"
            return
        strip.mute = True
        strip[MUTED] = True


def _strip_name(cue: Cue) -> str:
    name = f"{cue.character}: {cue.text}" if cue.character else cue.text
    return " ".join(name.split())[:40]
