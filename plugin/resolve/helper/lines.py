"""What lies on a timeline as cues: lines, characters, rates, slots, and the names of takes."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from framevox.engine_daemon.captions import is_default_marker_name, is_file_name, read_caption
from framevox.engine_daemon.client.disk import slug
from framevox.engine_daemon.client.given_voices import VoiceFiles
from framevox.engine_daemon.client.values import parse_fit
from framevox.engine_daemon.protocol.cues import Cue, Take
from framevox.engine_daemon.protocol.errors import InputError
from framevox.engine_daemon.protocol.timebase import Frames, Rate, format_timecode, parse_timecode

_TAKE_DIGITS = 12
_OVERLAPS = 5
"""How many overlaps are told one by one."""

_SENTENCE = re.compile(r"\w[,.;!?…][\"'”’»)]*(?:\s|$)|[，。；！？、…]")
_DEFAULT_TRACK = re.compile(
    r"(?:audio|subtitle|video|track|音频|字幕|オーディオ|オーディオトラック|字幕トラック)\s*\d*", re.IGNORECASE
)


@dataclass(frozen=True)
class Line:
    """A cue as the daemon gets it, and what its file is named after: absolute timeline frames.

    They are those of its placeholder, also where the editor has its take lie elsewhere.
    """

    cue: Cue
    start: int
    duration: int


@dataclass(frozen=True)
class Timeline:
    """Its rate, the rate at which the host counts sound files on it, and its first frame.

    Cues are counted in frames of the clip that the file becomes, for its handles must be whole frames there.
    """

    rate: Rate
    clip_rate: Rate
    origin: int

    @classmethod
    def read(cls, told: Mapping[str, Any]) -> Timeline:
        """The timeline that a host tells of. Raises InputError for a rate that nobody knows."""
        rate = timeline_rate(told["rate"], told["drop_frame"])
        clip_rate = Rate.parse(str(told["project_rate"]), drop_frame=False)
        return cls(rate, rate if clip_rate.fps == rate.fps else clip_rate, int(told["start"]))

    def slot(self, start: int, duration: int) -> tuple[Frames, Frames]:
        """A cue's start and duration, of absolute timeline frames."""
        factor = self.clip_rate.fps / self.rate.fps
        return _whole((start - self.origin) * factor), _whole(duration * factor)

    def line(self, item: Mapping[str, Any], settings: Mapping[str, Any], files: VoiceFiles) -> Line | None:
        """The line of a placeholder; None for a clip whose name is no line. Raises InputError.

        None for a clip that ``is_unclear``, too.
        """
        if item["kind"] == "clip" and (is_file_name(item["text"]) or not item["text"].strip()):
            return None
        if is_unclear(item):
            return None
        start, duration = Fraction(*item["start"]), Fraction(*item["duration"])
        if start.denominator != 1 or duration.denominator != 1:
            raise InputError("it begins or ends inside a frame: trim it to whole frames")
        caption = read_caption(item["text"])
        if caption.different_speakers:
            raise InputError(f"{caption.different_speakers} speak in it: split it so that each has their own")
        character, text = caption.character, caption.text
        if caption.is_sound_only:
            raise InputError("it describes a sound and has nothing to say: write a line, or leave it as it is")
        if not text:
            raise InputError("it has nothing to say: write a line, or leave it as it is")
        if not character and item["kind"] == "marker" and not is_default_marker_name(item["name"]):
            character = " ".join(item["name"].split())
        if not character and not is_default_track(item["track"]):
            character = " ".join(item["track"].split())
        place = self.slot(int(start), int(duration))
        voice = settings["voices"].get(character, settings["voice"])
        cue = Cue(
            id="fv-" + hashlib.blake2b(str(item["key"]).encode(), digest_size=8).hexdigest(),
            text=text,
            rate=self.clip_rate,
            start=place[0],
            duration=place[1],
            origin=_whole(self.origin * self.clip_rate.fps / self.rate.fps),
            character=character[:200],
            voice=files.resolve(str(voice), Path.home()),
            language=settings["language"],
            fit=parse_fit(str(settings["fit"])),
        )
        cue.check()
        return Line(cue, int(start), int(duration))

    def where(self, item: Mapping[str, Any]) -> str:
        kind = {"caption": "the caption", "marker": "the marker", "clip": "the clip"}[item["kind"]]
        return f"{kind} at {format_timecode(int(Fraction(*item['start'])), self.rate)}"

    def overlaps(self, lines: Sequence[Line]) -> list[str]:
        """One sentence for each line, in order of starts, that begins while its character still speaks another."""
        found = []
        last: dict[str, Line] = {}
        for line in lines:
            who, before = line.cue.character, last.get(line.cue.character)
            if before is not None and line.start < before.start + before.duration:
                here, there = (format_timecode(one.start, self.rate) for one in (line, before))
                found.append(
                    f"{who or 'the line'} at {here} overlaps the line at {there}: both are spoken, on tracks of their "
                    "own; move or shorten one of them if that is not meant"
                )
            if before is None or line.start + line.duration > before.start + before.duration:
                last[who] = line
        more = len(found) - _OVERLAPS
        return [*found[:_OVERLAPS], f"{more} more lines overlap others of their characters"] if more > 0 else found


def file_name(take: Take, line: Line) -> str:
    """Who speaks, where it belongs, its cue, which take, and its content: ``Alice_f86472-60_fv-…_t1_3f9a2b7c01d4.wav``.

    The host finds takes again by this name, and sees by its frames whether the editor moved them.
    """
    who = slug(line.cue.character) or "line"
    content = slug(take.id)[:_TAKE_DIGITS]
    return f"{who}_f{line.start}-{line.duration}_{take.cue}_t{line.cue.take_number}_{content}.{take.format}"


def timeline_rate(told: str, drop_frame: bool) -> Rate:
    """The rate of a timeline as Resolve writes it: ``23.976``, ``29.97 DF``, ``25``. Raises InputError."""
    rate = Rate.parse(told, drop_frame=False)
    possible = rate.fps.denominator == 1001 and rate.nominal in (30, 60)
    return Rate(rate.fps, possible and (drop_frame or told.upper().endswith(" DF")))


def timecode_frame(text: str, rate: Rate) -> int:
    """The frame that a timecode names. Raises InputError."""
    # The sign before the frames says whether the text is drop-frame, whatever the setting said.
    return parse_timecode(text, Rate(rate.fps, ";" in text))


def is_unclear(item: Mapping[str, Any]) -> bool:
    """Whether an enabled clip without media (``sounding``) may be the editor's, whose media were deleted.

    It is a placeholder where somebody's name stands in front, or a sentence's punctuation says that it is a line.
    """
    name = item["text"]
    if not item.get("sounding") or is_file_name(name) or not name.strip():
        return False
    return not read_caption(name).character and _SENTENCE.search(name) is None


def is_default_track(name: str) -> bool:
    """Whether a track is called what every track is called, and so by nobody's name."""
    return _DEFAULT_TRACK.fullmatch(name.strip()) is not None


def _whole(value: Fraction) -> Frames:
    return value.numerator if value.denominator == 1 else value
