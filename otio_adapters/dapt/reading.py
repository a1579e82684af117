"""DAPT scripts as lines: the script events, the text to speak of each, and who speaks it."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from framevox.engine_daemon.protocol.errors import InputError
from framevox.engine_daemon.protocol.timebase import Rate, parse_timecode

from ..metadata import TimelineWarning
from ..subtitles import Caption
from ..xml_files import read_xml
from .vocabulary import DAPTM, KEY, TT, TTM, TTP, XML, language_of

if TYPE_CHECKING:
    from lxml import etree

_SNIFFED = 65_536
_BREAK = "\v"
"""Stands for a br: XML cannot hold it."""


@dataclass(frozen=True)
class Script:
    """A DAPT script. ``rate`` is the one that its times are counted in, None where they are counted in seconds;
    ``origin`` the timecode of its zero as it is written; ``kept`` what its timeline keeps of it."""

    path: Path
    captions: list[Caption]
    rate: Rate | None
    origin: str
    kept: Mapping[str, Any]

    def start(self, rate: Rate) -> int:
        """The frame number of the script's zero. Raises InputError for a timecode that does not exist."""
        if not self.origin:
            return 0
        # DAPT writes colons alone, also where the counting is drop-frame.
        head, _, frames = self.origin.rpartition(":")
        try:
            return parse_timecode(f"{head}{';' if rate.drop_frame else ':'}{frames}", rate)
        except InputError as error:
            raise InputError(f"{self.path}: its daptOriginTimecode: {error}; or give --start-timecode") from None


@dataclass(frozen=True)
class _Around:
    """What an element has from the elements around it."""

    begin: Fraction = Fraction(0)
    end: Fraction | None = None
    language: str = ""
    source: str = ""
    represents: str = ""


def is_dapt(path: Path) -> bool:
    """Whether a file's beginning says that it is a DAPT script; False for one that cannot be read."""
    try:
        with path.open("rb") as file:
            head = file.read(_SNIFFED)
    except OSError:
        return False
    text = head.decode("utf-16", "ignore") if head[:2] in (b"\xff\xfe", b"\xfe\xff") else head.decode("utf-8", "ignore")
    return TT in text and "ns/ttml/profile/dapt" in text


def read_dapt(path: Path) -> Script:
    """Reads a DAPT script.

    The text of an event is the one in the script's own language that is a translation, else any in that language, else
    the last translation, else the first. Events that stand for sounds are no lines, with a TimelineWarning. Raises
    InputError that names the file, and the line of what is wrong.
    """
    root = read_xml(path, "DAPT script")
    if root.tag != f"{{{TT}}}tt":
        raise InputError(f"{path}: line {root.sourceline}: its root is no <tt>: is it a DAPT script?")
    reader = _Reader(path, root)
    captions = list(reader.captions())
    if reader.sounds:
        _warn(f"{path}: {reader.sounds} script events stand for sounds and are passed over")
    if not captions:
        raise InputError(f"{path} holds no script events with a text to speak: is it the right script?")
    return Script(path, captions, reader.rate, reader.origin(), {KEY: reader.about()})


class _Reader:
    def __init__(self, path: Path, root: etree._Element) -> None:
        from ttconv.imsc.attributes import FrameRateAttribute, TemporalAttributeParsingContext, TickRateAttribute

        self._path, self._root = path, root
        self.sounds = 0
        self._language = root.get(f"{{{XML}}}lang", "")
        logging.getLogger("ttconv").setLevel(logging.CRITICAL)  # what matters raises
        fps = FrameRateAttribute.extract(root)
        self._context = TemporalAttributeParsingContext(fps, TickRateAttribute.extract(root))
        self.rate = Rate.parse(fps) if root.get(f"{{{TTP}}}frameRate") else None
        self._names = self._agents()

    def origin(self) -> str:
        found = self._root.find(f"./{{{TT}}}head/{{{TT}}}metadata/{{{DAPTM}}}daptOriginTimecode")
        return (found.text or "").strip() if found is not None else ""

    def about(self) -> dict[str, str]:
        """What the script says of itself, for the day when it is written again."""
        about = {"lang": self._language}
        for name in ("scriptType", "scriptRepresents", "langSrc"):
            if (value := self._root.get(f"{{{DAPTM}}}{name}")) is not None:
                about[name] = value
        return about

    def captions(self) -> Iterator[Caption]:
        body = self._root.find(f"{{{TT}}}body")
        if body is None:
            return
        root = self._inherit(self._root, _Around())
        events = self._events(body, self._inherit(body, self._timed(body, root)))
        for number, (event, around) in enumerate(events, 1):
            found = self._caption(number, event, around)
            if found is not None:
                yield found

    def _events(self, element: etree._Element, around: _Around) -> Iterator[tuple[etree._Element, _Around]]:
        """The script events: ``div`` elements that have an id and no ``div`` inside (DAPT, section 5.4)."""
        for div in element.iterfind(f"{{{TT}}}div"):
            inside = self._inherit(div, self._timed(div, around))
            if div.find(f"{{{TT}}}div") is not None:
                yield from self._events(div, inside)
            elif div.get(f"{{{XML}}}id"):
                yield div, inside

    def _caption(self, number: int, event: etree._Element, around: _Around) -> Caption | None:
        identity = event.get(f"{{{XML}}}id", "")
        if around.represents.startswith("audio.nonDialogueSounds"):
            self.sounds += 1
            return None
        texts = [(p, self._inherit(p, around)) for p in event.iterfind(f"{{{TT}}}p") if _text(p)]
        if not texts:
            return None
        _, (spoken, own) = min(enumerate(texts), key=lambda text: self._distance(text[1][1], text[0]))
        if around.end is None:
            raise InputError(f"{self._at(event)}: the event {identity!r} has no end: give it an end or a dur")
        if around.end <= around.begin:
            _warn(f"{self._at(event)}: the event {identity!r} does not end after it begins: its cue fails")
        keys = {"cue": identity} if identity.isascii() and len(identity) <= 32 else {}
        if language := language_of(own.language):
            keys["language"] = language
        elif own.language:
            _warn(f"{self._at(spoken)}: no voice speaks {own.language!r}: the line is read by its letters")
        kept: dict[str, Any] = {"id": identity, "lang": own.language, "langSrc": own.source}
        kept |= {name: value for name in ("onScreen", "represents") if (value := event.get(f"{{{DAPTM}}}{name}"))}
        kept["texts"] = [
            {"lang": found.language, "langSrc": found.source, "text": _text(p)} for p, found in texts if p is not spoken
        ]
        kept["descriptions"] = [
            {"type": desc.get(f"{{{DAPTM}}}descType", ""), "text": " ".join("".join(desc.itertext()).split())}
            for desc in event.iterfind(f"{{{TTM}}}desc")
        ]
        agents = [agent for agent in event.get(f"{{{TTM}}}agent", "").split() if agent]
        who = " & ".join(filter(None, (self._names.get(agent, "") for agent in agents)))
        return Caption(
            number, around.begin, around.end, _text(spoken), who, f"the event {identity!r}", keys, {KEY: kept}
        )

    def _distance(self, text: _Around, place: int) -> tuple[int, int]:
        """How far a text is from the one to speak: the one in the script's language, and rather a translation."""
        translated = text.source not in ("", "und", "zxx", text.language)
        if text.language == self._language:
            return (0 if translated else 1), place
        return (2, -place) if translated else (3, place)

    def _agents(self) -> dict[str, str]:
        """The name of every character, by the id of its agent."""
        names = {}
        for agent in self._root.iterfind(f"./{{{TT}}}head/{{{TT}}}metadata/{{{TTM}}}agent"):
            found = {name.get("type", ""): (name.text or "").strip() for name in agent.iterfind(f"{{{TTM}}}name")}
            names[agent.get(f"{{{XML}}}id", "")] = found.get("alias") or next(filter(None, found.values()), "")
        return names

    def _timed(self, element: etree._Element, around: _Around) -> _Around:
        """When an element is active. Its times count from the beginning of the one around it."""
        begin = self._time(element, "begin") or Fraction(0)
        end, length = self._time(element, "end"), self._time(element, "dur")
        ends = [around.begin + end] if end is not None else []
        if length is not None:
            ends.append(around.begin + begin + length)
        if not ends and around.end is not None:
            ends.append(around.end)
        return _Around(
            around.begin + begin, min(ends) if ends else None, around.language, around.source, around.represents
        )

    def _time(self, element: etree._Element, name: str) -> Fraction | None:
        from ttconv.imsc.attributes import parse_time_expression

        written = element.get(name)
        if written is None:
            return None
        kind = str(element.tag).rpartition("}")[2]
        if written.strip().endswith("f") and self.rate is None:
            raise InputError(
                f"{self._at(element)}: {kind} {name}={written!r} counts frames and <tt> has no ttp:frameRate: add it"
            )
        if written.count(":") == 3:
            raise InputError(
                f"{self._at(element)}: {kind} {name}={written!r} is timecode, which DAPT does not have: write seconds, "
                "or frames as 125f"
            )
        try:
            return Fraction(parse_time_expression(self._context, written.strip()))
        except (ValueError, ZeroDivisionError) as error:
            raise InputError(
                f"{self._at(element)}: {kind} {name}={written!r} is no time ({error}): correct it"
            ) from None

    def _inherit(self, element: etree._Element, around: _Around) -> _Around:
        return _Around(
            around.begin,
            around.end,
            element.get(f"{{{XML}}}lang", around.language),
            element.get(f"{{{DAPTM}}}langSrc", around.source),
            element.get(f"{{{DAPTM}}}represents", around.represents),
        )

    def _at(self, element: etree._Element) -> str:
        return f"{self._path}: line {element.sourceline}"


def _text(element: etree._Element) -> str:
    """The words of a ``p``: those of its spans as well, none of its metadata and audio. Only ``br`` breaks a line."""
    return "\n".join(" ".join(line.split()) for line in _raw(element).split(_BREAK)).strip()


def _raw(element: etree._Element) -> str:
    parts: list[str] = [element.text or ""]
    for child in element:
        if child.tag == f"{{{TT}}}br":
            parts.append(_BREAK)
        elif child.tag == f"{{{TT}}}span":
            parts.append(_raw(child))
        parts.append(child.tail or "")
    return "".join(parts)


def _warn(message: str) -> None:
    warnings.warn(message, TimelineWarning, stacklevel=3)
