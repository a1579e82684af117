"""docs/protocol.md is what the code does: its tables and the code's are compared, both ways."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import pytest

from framevox.engine_daemon.protocol import cues, messages
from framevox.engine_daemon.protocol.connection import CONNECTION_KEYS, Connection
from framevox.engine_daemon.protocol.emotion import EMOTION_KEYS, Emotion
from framevox.engine_daemon.protocol.errors import DaemonError, FramevoxError, InputError
from framevox.engine_daemon.protocol.fields import Kind
from framevox.engine_daemon.protocol.wire import TYPE, ProtocolError

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


def told(kinds: dict[str, Kind]) -> dict[str, str]:
    codes = messages.CODE.says
    return {key: "code" if kind.says == codes else kind.says for key, kind in kinds.items()}


@pytest.mark.parametrize("type", messages.SHAPES)
def test_every_message_is_on_the_page_as_it_is(type: str) -> None:
    shape = messages.SHAPES[type]
    other = "daemon" if shape.sender == "client" else "client"
    text = section(type)
    assert text.splitlines()[0] == (
        f"{shape.sender} → {other}, {shape.socket}, {shape.frames} binary frame{'' if shape.frames == 1 else 's'}"
    )
    assert rows(text) == told(shape.fields)
    assert ("No further keys." in text) == (not shape.fields)


def test_the_page_has_no_message_that_the_code_lacks() -> None:
    part = PAGE.split("\n## Messages\n")[1].split("\n## ")[0]
    assert re.findall(r"^### (\S+)$", part, re.MULTILINE) == list(messages.SHAPES)


OBJECTS = {
    "cue": (cues.CUE_KEYS, cues.Cue),
    "emotion": (EMOTION_KEYS, Emotion),
    "fit": (cues.FIT_KEYS, cues.Fit),
    "output": (cues.OUTPUT_KEYS, cues.Output),
    "take": (cues.TAKE_KEYS, cues.Take),
    "timing": (cues.TIMING_KEYS, cues.WordTiming),
}


@pytest.mark.parametrize("name", OBJECTS)
def test_every_object_is_on_the_page_and_has_the_keys_of_its_class(name: str) -> None:
    kinds, cls = OBJECTS[name]
    text = re.search(rf"^### {name}\n\n(\|.*?)\n\n", PAGE.split("\n## Objects\n")[1], re.MULTILINE | re.DOTALL)
    assert text is not None
    assert rows(text[1]) == {key: "fit" if key == "fit" else says for key, says in told(kinds).items()}
    assert list(kinds) == [field.name for field in dataclasses.fields(cls)]


def test_the_page_has_no_object_that_the_code_lacks() -> None:
    part = PAGE.split("\n## Objects\n")[1].split("\n## ")[0]
    assert set(re.findall(r"^### (\S+)$", part, re.MULTILINE)) == {*OBJECTS, "refusal", "counts", "status"}


def test_refusals_and_counts_are_as_on_the_page() -> None:
    objects = PAGE.split("\n## Objects\n")[1]
    refusal = re.search(r"^### refusal\n\n(\|.*?)\n\n", objects, re.MULTILINE | re.DOTALL)
    counts = re.search(r"^### counts\n\n(\|.*?)\n\n", objects, re.MULTILINE | re.DOTALL)
    assert refusal and rows(refusal[1]) == told(messages.REFUSAL_KEYS)
    assert counts and rows(counts[1]) == dict.fromkeys(messages.COUNTS, messages.COUNT.says)


def test_the_status_is_as_on_the_page() -> None:
    from framevox.engine_daemon.protocol.connection import Home
    from framevox.engine_daemon.rendering.store import Store
    from framevox.engine_daemon.service.server import Server

    text = re.search(r"^### status\n\n(\|.*?)\n\n", PAGE.split("\n## Objects\n")[1], re.MULTILINE | re.DOTALL)
    server = Server(
        Home.find(Path("nowhere")), lambda: 1 / 0, engine="x", engine_reason="y", store=Store(Path("nowhere"))
    )  # type: ignore
    assert text and list(rows(text[1])) == list(server.status())


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
    assert rows(PAGE[PAGE.index("| `protocol` |") :]) == told(CONNECTION_KEYS)
    assert list(CONNECTION_KEYS) == [field.name for field in dataclasses.fields(Connection)]


def test_the_envelope_is_as_on_the_page() -> None:
    found = rows(section("Frames"))
    assert found == {
        "framevox": "the protocol's version",
        "type": TYPE.says,
        "id": messages.NAME.says,
        "re": messages.NAME.says,
    }


def test_the_page_names_the_version() -> None:
    assert f"version **{messages.VERSION}**" in PAGE
