"""XML as a tree that knows where in the file's bytes each element lies, so that the file can be patched."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from xml.parsers import expat

from framevox.engine_daemon.protocol.errors import InputError


@dataclass(eq=False)
class Element:
    """An element. ``[start, end)`` are its bytes; ``inner`` is where its content begins and ``close`` where its end tag
    does (both ``end`` for an element without content)."""

    tag: str
    attributes: dict[str, str]
    start: int
    children: list[Element] = field(default_factory=list)
    text: str = ""
    inner: int = -1
    close: int = -1
    end: int = -1

    def all(self, *tags: str) -> list[Element]:
        """The children with one of ``tags``."""
        return [child for child in self.children if child.tag in tags]

    def walk(self) -> Iterator[Element]:
        """It, and all that is in it, in the order of the file."""
        yield self
        for child in self.children:
            yield from child.walk()

    def get(self, name: str, otherwise: str = "") -> str:
        """The value of a child ``<property name="…">``."""
        found = self.property(name)
        return otherwise if found is None else found.text

    def property(self, name: str) -> Element | None:
        """The child ``<property name="…">``."""
        return next((p for p in self.children if p.tag == "property" and p.attributes.get("name") == name), None)


def parse(content: bytes, path: Path) -> Element:
    """The root element of ``content``. Raises InputError that names ``path`` for what is broken, cut short, or declares
    a DTD, in which entities and bombs are."""
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise InputError(f"{path} is written in UTF-16: save it as UTF-8")
    parser = expat.ParserCreate()
    parser.buffer_text = True
    stack: list[Element] = []
    roots: list[Element] = []
    texts: list[list[str]] = []

    def refuse(*_: object) -> None:
        raise InputError(
            f"{path} declares a DTD or entities, as no project does: it is not read, for this may be an attack"
        )

    def declared(_version: str, encoding: str | None, _standalone: int) -> None:
        # Takes are added to the project's own bytes, as UTF-8.
        if encoding is not None and encoding.lower() not in ("utf-8", "utf8", "us-ascii"):
            raise InputError(f"{path} is written in {encoding}: save it as UTF-8")

    def begin(tag: str, attributes: dict[str, str]) -> None:
        element = Element(tag, attributes, parser.CurrentByteIndex)
        (stack[-1].children if stack else roots).append(element)
        stack.append(element)
        texts.append([])
        if len(stack) > 100:
            raise InputError(f"{path} nests more than 100 levels: that is no project")

    def characters(data: str) -> None:
        texts[-1].append(data)

    def finish(_: str) -> None:
        element = stack.pop()
        element.text = "".join(texts.pop())
        at = parser.CurrentByteIndex
        element.inner = element.close = element.end = _end_of_tag(content, element.start)
        if content[at : at + 2] == b"</":
            element.close, element.end = at, content.index(b">", at) + 1

    parser.StartDoctypeDeclHandler = parser.EntityDeclHandler = refuse
    parser.XmlDeclHandler = declared
    parser.StartElementHandler = begin
    parser.EndElementHandler = finish
    parser.CharacterDataHandler = characters
    try:
        parser.Parse(content, True)
    except expat.ExpatError as error:
        raise InputError(
            f"{path} is no project that can be read ({expat.ErrorString(error.code)}, line {error.lineno}): save it "
            "again"
        ) from None
    return roots[0]


def _end_of_tag(content: bytes, start: int) -> int:
    """Behind the ``>`` of the tag that begins at ``start``; a ``>`` may stand inside of a value."""
    quote = 0
    for at in range(start, len(content)):
        byte = content[at]
        if quote:
            quote = 0 if byte == quote else quote
        elif byte in b"\"'":
            quote = byte
        elif byte == 0x3E:
            return at + 1
    raise AssertionError("the parser has seen the end of the tag")
