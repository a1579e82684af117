"""Final Draft's FDX: XML whose paragraphs say what they are."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from framevox.engine_daemon.protocol.errors import InputError

from ..xml_files import read_xml
from .screenplay import Screenplay, Writer

if TYPE_CHECKING:
    from lxml import etree


def read(path: Path) -> Screenplay:
    """The scenes and speeches of an FDX file. Raises InputError that names the file and the line."""
    root = read_xml(path, "Final Draft script")
    if root.tag != "FinalDraft":
        raise InputError(f"line {root.sourceline}: its root is <{root.tag}>, not <FinalDraft>: save it as .fdx")
    content = root.find("Content")
    writer = Writer()
    reader = _Reader(writer)
    for paragraph in content.iterfind("Paragraph") if content is not None else ():
        reader.take(paragraph)
        dual = paragraph.find("DualDialogue")
        if dual is not None:
            reader.flush()
            reader.dual = 1
            for inside in dual.iterfind("Paragraph"):
                reader.take(inside)
            reader.flush()
            reader.dual = 0
    reader.flush()
    return writer.done()


class _Reader:
    """Collects the paragraphs of a speech until another one begins."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self._character = ""
        self._blocks: list[tuple[bool, str]] = []
        self.dual = 0
        """Which speech of a dual dialogue comes next, from 1; 0 outside of one."""

    def take(self, paragraph: etree._Element) -> None:
        kind, text = paragraph.get("Type", ""), "".join(_words(paragraph))
        if kind == "Scene Heading":
            self.flush()
            if text.strip():
                self._writer.scene(text)
        elif kind == "Character":
            self.flush()
            self._character = text
        elif kind in ("Dialogue", "Parenthetical", "Singing") and self._character:
            # What is sung is marked as Fountain marks it.
            self._blocks.append((kind == "Parenthetical", f"~{text}" if kind == "Singing" else text))
        elif text.strip():
            self.flush()

    def flush(self) -> None:
        """The speech so far is whole."""
        if self._character and self._blocks:
            self._writer.speech(self._character, self._blocks, with_previous=self.dual > 1)
            self.dual += self.dual > 0
        self._character, self._blocks = "", []


def _words(paragraph: etree._Element) -> Iterator[str]:
    """A paragraph's own words, without its notes'; capitals are a style."""
    for text in paragraph.iterfind("Text"):
        words = text.text or ""
        yield words.upper() if "AllCaps" in text.get("Style", "") and paragraph.get("Type") == "Character" else words
