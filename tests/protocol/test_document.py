"""docs/protocol.md is what the code does: its tables and the code's are compared, both ways."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import pytest
from msgspec import inspect

from framevox.engine_daemon.protocol import cues, messages, sync
from framevox.engine_daemon.protocol.connection import Connection
from framevox.engine_daemon.protocol.emotion import Emotion
from framevox.engine_daemon.protocol.errors import DaemonError, FramevoxError, InputError
from framevox.engine_daemon.protocol.rules import Rule
from framevox.engine_daemon.protocol.wire import ProtocolError

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "protocol.md").read_text(encoding="utf-8")


def section(title: str) -> str:
    """What stands under a heading, up to the next of any level."""
    found = re.search(rf"^#+ {re.escape(title)}\n(.*?)(?=^#|\Z)", PAGE, re.MULTILINE | re.DOTALL)
    assert found is not None, f"docs/protocol.md has no section {title}"
    return found[1]


def rows(text: str) -> dict[str, str]:
    """The first table's rows: first cell without backquotes -> second cell."""
    found: dict[str, str] = {}
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if not line.startswith("|"):
            if found:
                break
        elif set(line) - set("|- "):
            found[cells[0].strip("`")] = cells[1]
    first = next(iter(found), None)
    if first in ("key", "bound", "code"):
        del found[first]
    return found


def says(kind: inspect.Type) -> str:
    """A declared type in the words of the page."""
    match kind:
        case inspect.StrType(min_length=least, max_length=most):
            return "text" if most is None else f"text, {least or 0} to {most} characters"
        case inspect.IntType(ge=least, le=most):
            return "whole number" if most is None else f"whole number, {least} to {most}"
        case inspect.FloatType(ge=least, le=most):
            return "number" if most is None else f"number, {least:g} to {most:g}"
        case inspect.BoolType():
            return "true or false"
        case inspect.LiteralType(values=values):
            return "one of " + ", ".join(f"`{value}`" for value in values)
        case inspect.UnionType(types=types):
            return "; or ".join(says(each) for each in types if not isinstance(each, inspect.NoneType)) + "; or null"
        case inspect.ListType() | inspect.VarTupleType():
            bounds = f"{kind.min_length or 0} to {kind.max_length}"
            return f"list of {bounds}: {says(kind.item_type)}"
        case inspect.DictType(value_type=inspect.AnyType()):
            return "object"
        case inspect.DictType(value_type=value):
            return f"object of {says(value)}"
        case inspect.StructType(cls=cls):
            return NAMES[cls]
        case inspect.CustomType(cls=cls):
            return CUSTOM[cls.__name__]
    raise AssertionError(f"the page has no words for {kind}")


OBJECTS = {
    "cue": cues.Cue,
    "emotion": Emotion,
    "fit": cues.Fit,
    "output": cues.Output,
    "take": cues.Take,
    "timing": cues.WordTiming,
    "rule": Rule,
    "point": sync.SyncPoint,
    "point timing": sync.SyncTiming,
    "note": cues.Note,
    "refusal": messages.Refusal,
    "counts": messages.Counts,
}
NAMES = {**{cls: name for name, cls in OBJECTS.items()}, messages.Status: "status"}
CUSTOM = {
    "Rate": "rate as text, such as `24000/1001` or `30000/1001 DF`",
    "Position": "frames: whole number, or fraction as text",
    "Ratio": "fraction as text, 1/100 to 100",
}
ENVELOPE = ("framevox", "id", "re")


def told(cls: type[msgspec.Struct]) -> dict[str, str]:
    """The keys of a struct, and what they are, in the page's words."""
    info = inspect.type_info(cls)
    assert isinstance(info, inspect.StructType)
    found = {field.encode_name: says(field.type) for field in info.fields if field.encode_name not in ENVELOPE}
    if issubclass(cls, messages.Message):
        return found
    return {field.encode_name: says(field.type) for field in info.fields}


@pytest.mark.parametrize("type", [*messages.REQUESTS, *messages.ANSWERS])
def test_every_message_is_on_the_page_as_it_is(type: str) -> None:
    sender, other = ("client", "daemon") if type in messages.REQUESTS else ("daemon", "client")
    kind = (messages.REQUESTS | messages.ANSWERS)[type]
    text = section(type)
    assert text.splitlines()[0] == (
        f"{sender} → {other}, {kind.SOCKET}, {kind.BINARY_FRAMES} binary frame{'' if kind.BINARY_FRAMES == 1 else 's'}"
    )
    assert rows(text) == told(kind)
    assert ("No further keys." in text) == (not told(kind))


def test_the_page_has_no_message_that_the_code_lacks() -> None:
    part = PAGE.split("\n## Messages\n")[1].split("\n## ")[0]
    assert set(re.findall(r"^### (\S+)$", part, re.MULTILINE)) == {*messages.REQUESTS, *messages.ANSWERS}


@pytest.mark.parametrize("name", OBJECTS)
def test_every_object_is_on_the_page_and_has_the_keys_of_its_class(name: str) -> None:
    text = re.search(rf"^### {name}\n\n(\|.*?)\n\n", PAGE.split("\n## Objects\n")[1], re.MULTILINE | re.DOTALL)
    assert text is not None
    assert rows(text[1]) == told(OBJECTS[name])


def test_the_page_has_no_object_that_the_code_lacks() -> None:
    part = PAGE.split("\n## Objects\n")[1].split("\n## ")[0]
    assert set(re.findall(r"^### (.+)$", part, re.MULTILINE)) == {*OBJECTS, "status"}


def test_the_status_is_as_on_the_page() -> None:
    text = re.search(r"^### status\n\n(\|.*?)\n\n", PAGE.split("\n## Objects\n")[1], re.MULTILINE | re.DOTALL)
    assert text and list(rows(text[1])) == list(told(messages.Status))


def test_notes_and_reasons_for_attention_are_as_on_the_page() -> None:
    assert rows(section("Notes")) == cues.NOTES
    assert rows(section("Attention")) == messages.ATTENTION


def test_bounds_are_as_on_the_page() -> None:
    bounds = {**messages.BOUNDS, "characters in a line": cues.MAX_TEXT, "slot seconds": cues.MAX_SLOT_SECONDS}
    assert rows(section("Bounds")) == {
        name: f"{value:g}" if isinstance(value, float) else str(value) for name, value in bounds.items()
    }


def test_codes_are_as_on_the_page() -> None:
    assert rows(section("Codes")) == messages.CODES


def test_every_code_in_the_source_is_on_the_page() -> None:
    used = {cls.code for cls in (FramevoxError, InputError, DaemonError, ProtocolError)}
    for folder in ("engine_daemon", "otio_adapters", "plugin"):
        for path in (ROOT / folder).rglob("*.py"):
            used |= set(re.findall(r'\bcode="([a-z-]+)"', path.read_text(encoding="utf-8")))
    assert used <= set(messages.CODES), f"not on the page: {used - set(messages.CODES)}"
    assert set(messages.CODES) <= used | {"deadline"}, f"on the page, and nowhere used: {set(messages.CODES) - used}"


def test_the_connection_file_is_as_on_the_page() -> None:
    assert rows(PAGE[PAGE.index("| `protocol` |") :]) == told(Connection)


def test_the_envelope_is_as_on_the_page() -> None:
    name = "text, 1 to 64 characters"
    assert rows(section("Frames")) == {"framevox": "the protocol's version", "type": "text", "id": name, "re": name}


def test_the_page_names_the_version() -> None:
    assert f"version **{messages.VERSION}**" in PAGE
