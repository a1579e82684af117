"""Every subtitle format as one list of captions, with exact times.

The parsing is that of well-kept libraries: pysubs2 for SubRip and ASS, webvtt-py for WebVTT (voices, notes and
identifiers), ttconv for TTML and EBU STL. XML is read through defusedxml, so entities and bombs are refused.
"""

from __future__ import annotations

import io
import logging
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

from framevox.engine_daemon.protocol.errors import InputError
from framevox.otio_adapters.encodings import text_of
from framevox.otio_adapters.whole_files import read_whole

MOST_BYTES = 256 * 2**20
"""A day of captions is a few megabytes."""
_SPEAKER = "\ue000"
"""A character for private use, which no caption has."""


@dataclass(frozen=True, slots=True)
class Caption:
    """One caption as its file has it. ``start`` and ``end`` are exact seconds from the file's zero.

    ``text`` is raw, markup and line breaks (``\\n``) included. ``speaker`` is who the format itself says speaks (ASS's
    Actor), empty where it does not. ``number`` counts the file's captions from 1 in the file's order; messages write
    ``called`` before it. ``keys`` are keys of ``metadata["framevox"]`` that the file gives (``cue``, ``language`` ...),
    ``kept`` other metadata of the clip, by their own names.
    """

    number: int
    start: Fraction
    end: Fraction
    text: str
    speaker: str = ""
    called: str = "caption"
    keys: Mapping[str, str] = field(default_factory=dict)
    kept: Mapping[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """How messages name it."""
        return f"{self.called} {self.number}"


def read_captions(path: Path) -> list[Caption]:
    """The captions of a subtitle file, in the file's order.

    Raises InputError, naming the file, for one that is missing, too large, broken, or holds no captions.
    """
    content = read_whole(path, MOST_BYTES, "subtitle file")
    try:
        captions = [
            Caption(number, start, end, text, speaker)
            for number, (start, end, text, speaker) in enumerate(_READERS[path.suffix.lower()](content), 1)
        ]
    except InputError as error:
        raise InputError(f"{path}: {error}") from None
    except Exception as error:  # each parser raises errors of its own
        raise InputError(
            f"{path} is no {_kind(path)} file that can be read ({_first_line(error)}): export it again"
        ) from error
    if not captions:
        raise InputError(f"{path} holds no captions: is it a {_kind(path)} file?")
    return captions


def from_programme_start(path: Path, captions: list[Caption]) -> tuple[list[Caption], str]:
    """The captions counted from where the programme starts, and the timecode of that, empty where the file says none.

    EBU STL says it, 10:00:00:00 as a rule, and writes the captions' times as timecode. A start that captions lie before
    is none.
    """
    if path.suffix.lower() != ".stl":
        return captions, ""
    with path.open("rb") as file:
        header = file.read(1024)
    rate, written = header[6:8], header[256:264]
    if not (written.isdigit() and rate.isdigit() and int(rate)):
        return captions, ""
    hours, minutes, seconds, frames = (int(written[at : at + 2]) for at in (0, 2, 4, 6))
    start = hours * 3600 + minutes * 60 + seconds + Fraction(frames, int(rate))
    if any(caption.start < start for caption in captions):
        return captions, ""
    counted = [replace(caption, start=caption.start - start, end=caption.end - start) for caption in captions]
    return counted, f"{hours:02}:{minutes:02}:{seconds:02}:{frames:02}"


_Row = tuple[Fraction, Fraction, str, str]


def _subrip(content: bytes) -> Iterator[_Row]:
    import pysubs2

    subs = pysubs2.SSAFile.from_string(text_of(content), format_="srt", keep_html_tags=True)
    for event in subs:
        yield _ms(event.start), _ms(event.end), event.text.replace("\\N", "\n"), ""


def _webvtt(content: bytes) -> Iterator[_Row]:
    import webvtt

    for caption in webvtt.from_buffer(io.StringIO(text_of(content))).captions:
        yield _clock(caption.start), _clock(caption.end), caption.raw_text, ""


def _substation(content: bytes) -> Iterator[_Row]:
    import pysubs2

    text = text_of(content)
    form = "ssa" if re.search(r"^\[V4 Styles\]", text, re.IGNORECASE | re.MULTILINE) else "ass"
    for event in pysubs2.SSAFile.from_string(text, format_=form):
        if event.is_drawing or event.type != "Dialogue":
            continue  # shapes and comments
        # \h is a hard space, \n a soft break; overrides stay for the cleaner of captions.
        said = re.sub(r"\\[Nn]", "\n", event.text).replace("\\h", " ")
        yield _ms(event.start), _ms(event.end), said, event.name.strip()


def _ttml(content: bytes) -> Iterator[_Row]:
    import ttconv.imsc.reader
    from defusedxml import DefusedXmlException, ElementTree

    try:
        tree = ElementTree.parse(io.BytesIO(content))
    except DefusedXmlException:
        raise InputError(
            "it declares entities, as no TTML file does: it is not read, for this may be an attack"
        ) from None
    _write_speakers_in(tree.getroot())
    with _quiet():
        document = ttconv.imsc.reader.to_model(tree)
    if document is None:
        raise InputError("its root is no <tt>: is it a TTML file?")
    yield from _paragraphs(document)


def _write_speakers_in(root: Any) -> None:
    """Puts who speaks a paragraph in front of its text, between two marks: ttconv keeps nothing else of it."""
    ttm, identity = "{http://www.w3.org/ns/ttml#metadata}", "{http://www.w3.org/XML/1998/namespace}id"
    names = {}
    for agent in root.iter(f"{ttm}agent"):
        found = {name.get("type", ""): " ".join((name.text or "").split()) for name in agent.iter(f"{ttm}name")}
        names[agent.get(identity, "")] = found.get("alias") or next(filter(None, found.values()), "")
    waiting = [(root, "")]
    while waiting:
        element, around = waiting.pop()
        agents = element.get(f"{ttm}agent", around)
        who = " & ".join(filter(None, (names.get(agent, "") for agent in agents.split())))
        if who and str(element.tag).endswith("}p"):
            element.text = f"{_SPEAKER}{who}{_SPEAKER}{element.text or ''}"
        waiting.extend((child, agents) for child in element)


def _ebu_stl(content: bytes) -> Iterator[_Row]:
    import ttconv.stl.reader

    if len(content) < 1024 or content[3:6] != b"STL":
        raise InputError("it is no EBU STL file: the header does not say STL")
    with _quiet():
        yield from _paragraphs(ttconv.stl.reader.to_model(io.BytesIO(content)))


def _paragraphs(document: Any) -> Iterator[_Row]:
    """The paragraphs of a ttconv document, whose times are counted from those of what is around them."""
    from ttconv import model

    def walk(element: Any, zero: Fraction) -> Iterator[_Row]:
        begin = zero + (element.get_begin() or 0)
        if not isinstance(element, model.P):
            # The ends of what is around paragraphs are not asked: ttconv makes them up where the file has none.
            for child in element:
                yield from walk(child, begin)
            return
        text = "".join(
            "\n" if isinstance(part, model.Br) else part.get_text() if isinstance(part, model.Text) else ""
            for part in element.dfs_iterator()
        )
        _, speaker, text = text.split(_SPEAKER, 2) if text.lstrip().startswith(_SPEAKER) else ("", "", text)
        if element.get_end() is not None and text.strip():
            yield begin, zero + element.get_end(), text.strip(), speaker

    if document.get_body() is not None:
        yield from walk(document.get_body(), Fraction(0))


_READERS: dict[str, Callable[[bytes], Iterator[_Row]]] = {
    ".srt": _subrip,
    ".vtt": _webvtt,
    ".ass": _substation,
    ".ssa": _substation,
    ".ttml": _ttml,
    ".dfxp": _ttml,
    ".stl": _ebu_stl,
}
SUFFIXES = tuple(_READERS)
"""The files that are read, by how their names end."""
_KINDS = {".srt": "SubRip", ".vtt": "WebVTT", ".ass": "ASS", ".ssa": "SSA", ".stl": "EBU STL"}


def _kind(path: Path) -> str:
    return _KINDS.get(path.suffix.lower(), "TTML")


def _ms(milliseconds: int) -> Fraction:
    return Fraction(milliseconds, 1000)


def _clock(written: str) -> Fraction:
    hours, minutes, seconds = written.split(":")
    return (int(hours) * 60 + int(minutes)) * 60 + Fraction(seconds)


class _quiet:  # noqa: N801
    """ttconv logs whatever it does not follow to a logger that prints; what matters raises."""

    def __enter__(self) -> None:
        logging.getLogger("ttconv").setLevel(logging.CRITICAL)

    def __exit__(self, *_: object) -> None:
        logging.getLogger("ttconv").setLevel(logging.NOTSET)


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
