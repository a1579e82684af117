"""The plan of a timeline: its placeholders as cues, those that cannot be spoken, and what the editor is warned of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

from msgspec import structs

from framevox.engine_daemon.captions import read_caption
from framevox.engine_daemon.client.given_voices import VoiceFiles
from framevox.engine_daemon.client.launch import silent
from framevox.engine_daemon.client.marking import Marking
from framevox.engine_daemon.emotion.library import user_presets
from framevox.engine_daemon.project.casting import CastLine, Choice, Source, Voices
from framevox.engine_daemon.project.file import NAME
from framevox.engine_daemon.project.film import Film
from framevox.engine_daemon.project.options import Options
from framevox.engine_daemon.project.readings import with_readings
from framevox.engine_daemon.protocol.cues import Output
from framevox.engine_daemon.protocol.errors import InputError
from framevox.plugin.bridge.film import film_folder, film_of
from framevox.plugin.bridge.host_timeline import HostTimeline
from framevox.plugin.bridge.own_words import Beside
from framevox.plugin.bridge.spoken_lines import SpokenLine, WholeTimeline, is_unclear, line_of

HANDLES = 12
"""The least: where a file ends inside a frame, Resolve leaves that frame out, so it is to be one of the handle's."""
_OVERLAPS = 5
"""How many overlaps are named one by one."""
_NEWLY_CAST = 6
"""How many characters are named with the voice that they were given."""

Item = Mapping[str, Any]
"""A placeholder as the host describes it."""


@dataclass
class Plan:
    """What ``speak`` may be asked for. ``problems`` and ``warnings`` are sentences for the editor."""

    timeline: HostTimeline
    output: Output
    folder: Path
    film: Film
    files: VoiceFiles
    marking: Marking
    film_folder: Path = field(default_factory=Path)
    """Where ``framevox.toml`` is."""
    lines: dict[str, SpokenLine] = field(default_factory=dict)
    """By cue, in the order of their starts."""
    keys: dict[str, str] = field(default_factory=dict)
    """The host's key of each cue's placeholder."""
    problems: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    @classmethod
    def make(
        cls,
        told: Mapping[str, Any],
        items: Sequence[Item],
        settings: Mapping[str, Any],
        folder: Path,
        files: VoiceFiles,
    ) -> Plan:
        """Makes cues of the placeholders, without their voices. Raises InputError for a rate, a setting or an option of
        the project's file that cannot be used."""
        from framevox.otio_adapters import whole_handles

        timeline, film = HostTimeline.read(told), film_of(settings, folder)
        presets = film.presets(user_presets())
        options = Options(film)
        # Resolve plays WAV everywhere.
        output = options.output(format="wav", align=bool(told.get("times")))
        handles = whole_handles(max(HANDLES, output.handles), timeline.clip_rate, output.sample_rate)
        plan = cls(timeline, structs.replace(output, handles=handles), folder, film, files, options.marking(silent))
        plan.film_folder = film_folder(settings, folder)
        whole = WholeTimeline(
            options.value("language", "auto"),
            options.fit(),
            options.emotion(files, presets),
            Beside(files, presets, plan.film_folder),
        )
        unclear: list[Item] = []
        dialogues: list[Item] = []
        for item in items:
            try:
                line = line_of(item, timeline, whole)
            except InputError as error:
                plan.problems.append(f"{timeline.where(item)}: {error}")
                continue
            if line is not None:
                plan.lines[line.cue.id] = line
                plan.keys[line.cue.id] = str(item["key"])
                if read_caption(item["text"]).is_unnamed_dialogue:
                    dialogues.append(item)
            elif is_unclear(item):
                unclear.append(item)
        plan.lines = dict(sorted(plan.lines.items(), key=lambda pair: pair[1].start))
        plan.warnings = [*_overlaps(timeline, list(plan.lines.values())), *_left_out(timeline, unclear)]
        plan.warnings += _two_in_one(timeline, dialogues)
        return plan

    def cues(self) -> list[dict[str, Any]]:
        """Returns the cues as the host is told of them."""
        return [
            {
                "cue": id_,
                "key": self.keys[id_],
                "text": line.cue.text,
                "character": line.cue.character,
                "start": line.start,
                "duration": line.duration,
                "take": line.take,
            }
            for id_, line in self.lines.items()
        ]

    def cast(self, voices: Voices) -> tuple[dict[str, Choice], list[str]]:
        """Returns the voice of every line, by cue, and sentences on who was given a voice for the first time.

        Raises InputError for a voice that cannot be given, and DaemonError.
        """
        lines = self.cast_lines()
        before = self.film.record.voices() if self.film.record else {}
        choices = self.film.cast(lines, voices, Source(), self.files.resolve)
        new = {
            line.character: one.voice
            for line, one in zip(lines, choices, strict=True)
            if one.why == "cast" and before.get(line.character) != one.voice
        }
        choices = [self._with_file(one) for one in choices]
        return dict(zip(self.lines, choices, strict=True)), _newly_cast(new, self.film_folder)

    def cast_lines(self) -> list[CastLine]:
        """Returns the lines as casting sees them."""
        return [
            CastLine(
                line.cue.character,
                line.cue.text,
                line.cue.language,
                Fraction(line.cue.duration or 0) / line.cue.rate.fps,
                line.voice,
            )
            for line in self.lines.values()
        ]

    def _with_file(self, choice: Choice) -> Choice:
        """A voice that the placeholder names may be a file, whose path counts from the film's folder."""
        if choice.why != "timeline":
            return choice
        return replace(choice, voice=self.files.resolve(choice.voice, self.film_folder))

    def asked_for(self, one: Mapping[str, Any]) -> SpokenLine:
        """Returns a line as it is asked for: which take, for which slot, and after which its file is named."""
        line = self.lines.get(one["cue"])
        if line is None:
            raise InputError(f"the last plan has no cue {one['cue']}: run the entry again")
        cue = structs.replace(with_readings(line.cue, self.film.project.readings), take_number=one["take"])
        if one["slot"] is not None:
            start, duration = self.timeline.slot(*one["slot"])
            cue = structs.replace(cue, start=start, duration=duration)
        cue.check()
        return SpokenLine(cue, *(one["name"] or (line.start, line.duration)))


def _overlaps(timeline: HostTimeline, lines: Sequence[SpokenLine]) -> list[str]:
    """One sentence for each line, in order of starts, that begins while its character still speaks another."""
    found = []
    last: dict[str, SpokenLine] = {}
    for line in lines:
        who, before = line.cue.character, last.get(line.cue.character)
        if before is not None and line.start < before.start + before.duration:
            here, there = timeline.timecode(line.start), timeline.timecode(before.start)
            found.append(
                f"{who or 'the line'} at {here} overlaps the line at {there}, and both are spoken, on tracks of their "
                "own: move or shorten one of them if that is not meant"
            )
        if before is None or line.start + line.duration > before.start + before.duration:
            last[who] = line
    more = len(found) - _OVERLAPS
    return [*found[:_OVERLAPS], f"{more} more lines overlap others of their characters"] if more > 0 else found


def _left_out(timeline: HostTimeline, items: Sequence[Item]) -> list[str]:
    if not items:
        return []
    return [
        f"{timeline.where(items[0])}, “{items[0]['text']}”{_and_more(items)}: its name does not read as a line, so "
        "it is taken for a clip of yours and not spoken: if it is a line, write who speaks in front (ALICE: …), or "
        "end it with a full stop"
    ]


def _newly_cast(new: Mapping[str, str], folder: Path) -> list[str]:
    if not new:
        return []
    named = [f"{character} ({voice})" for character, voice in list(new.items())[:_NEWLY_CAST]]
    more = f" and {len(new) - _NEWLY_CAST} more" if len(new) > _NEWLY_CAST else ""
    return [
        f"cast: {', '.join(named)}{more}: they keep these voices; to change one, name it under [voices] in "
        f"{folder / NAME}"
    ]


def _two_in_one(timeline: HostTimeline, items: Sequence[Item]) -> list[str]:
    if not items:
        return []
    return [
        f"{timeline.where(items[0])}{_and_more(items)}: two people speak in it without names, so one voice speaks "
        "both: if that is not meant, split it and write who speaks in front of each line (ALICE: …)"
    ]


def _and_more(items: Sequence[Item]) -> str:
    return f" and {len(items) - 1} more" if len(items) > 1 else ""
