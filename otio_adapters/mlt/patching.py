"""Changes to a file's bytes: elements taken out and put in so that taking out what was put in gives the same file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from xml.sax.saxutils import escape, quoteattr

from .tree import Element

_SPACE = b" \t\r\n"


@dataclass
class New:
    """An element to be written."""

    tag: str
    attributes: dict[str, str] = field(default_factory=dict)
    children: list[New] = field(default_factory=list)
    text: str = ""

    @classmethod
    def property(cls, name: str, value: object) -> New:
        """A ``<property>``."""
        return cls("property", {"name": name}, [], str(value))

    def written(self, lead: str, step: str) -> str:
        """Its XML; ``lead`` is the line break and indentation in front of it, ``step`` how much deeper children lie."""
        tag = " ".join([self.tag, *(f"{name}={quoteattr(value)}" for name, value in self.attributes.items())])
        inside = "".join(child.written(lead + step, step) for child in self.children)
        if not inside and not self.text:
            return f"{lead}<{tag}/>"
        return f"{lead}<{tag}>{_text(self.text)}{inside}{lead if inside else ''}</{self.tag}>"


def _text(text: str) -> str:
    # XML 1.0 has no other control characters, not even as references.
    return escape("".join(c for c in text if c >= " " or c in "\t\n"))


class Patch:
    """Edits of ``content``, which are made all at once."""

    def __init__(self, content: bytes, step: str) -> None:
        self._content, self._step = content, step
        self._edits: dict[tuple[int, int], bytes] = {}
        self._added: dict[int, list[bytes]] = {}

    def remove(self, element: Element) -> None:
        """Takes out an element and the white space in front of it."""
        self._edits[self._lead_start(element), element.end] = b""

    def add_after(self, element: Element, new: Sequence[New]) -> None:
        """Puts elements behind another one, each on a line of its own, as deep as that one. What stands behind an
        element that is taken out takes its place."""
        self._add(element.end, self._lead(element), new)

    def add_before(self, element: Element, new: Sequence[New]) -> None:
        """As ``add_after``, in front of an element."""
        self._add(self._lead_start(element), self._lead(element), new)

    def add_last(self, element: Element, new: Sequence[New]) -> None:
        """Puts elements at the end of what is in another one, which is not empty."""
        self.add_after(element.children[-1], new)

    def replace_text(self, element: Element, value: bytes) -> None:
        """Changes what stands between an element's tags."""
        if self._content[element.inner : element.close] != value:
            self._edits[element.inner, element.close] = value

    def replace(self, element: Element, new: New) -> None:
        """Puts another element in an element's place."""
        self._edits[element.start, element.end] = new.written("", self._step).encode()

    def text_of(self, element: Element) -> bytes:
        """The bytes between an element's tags."""
        return self._content[element.inner : element.close]

    def applied(self) -> bytes:
        """The content with all edits."""
        parts, position = [], 0
        edits = [(start, end, value) for (start, end), value in self._edits.items()]
        edits += [(at, at, b"".join(values)) for at, values in self._added.items()]
        for start, end, value in sorted(edits, key=lambda edit: (edit[0], edit[1])):
            if start < position:
                continue  # inside of what was taken out
            parts += [self._content[position:start], value]
            position = end
        return b"".join([*parts, self._content[position:]])

    def _add(self, at: int, lead: str, new: Sequence[New]) -> None:
        written = [one.written(lead, self._step).encode("utf-8", "xmlcharrefreplace") for one in new]
        self._added.setdefault(at, []).extend(written)

    def _lead_start(self, element: Element) -> int:
        at = element.start
        while at and self._content[at - 1] in _SPACE:
            at -= 1
        return at

    def _lead(self, element: Element) -> str:
        space = self._content[self._lead_start(element) : element.start].decode()
        return _line(space)


def _line(space: str) -> str:
    """The last line break of ``space`` and what follows it."""
    at = space.rfind("\n")
    return "" if at < 0 else ("\r" if space[at - 1 : at] == "\r" else "") + space[at:]
