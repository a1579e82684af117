"""docs/resolve.md and docs/bridge.md say what is there."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from framevox.plugin.bridge import answers as bridge
from framevox.plugin.host.helper_process import PROTOCOL, SILENT_SECONDS
from framevox.plugin.host.settings import SETTINGS
from framevox.plugin.resolve.install import ENTRIES

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "resolve.md").read_text()
BRIDGE = (ROOT / "docs" / "bridge.md").read_text()


def section(page: str, heading: str) -> str:
    return page.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]


def test_every_entry_has_a_row() -> None:
    rows = [line.split("|")[1].strip() for line in section(PAGE, "The entries").splitlines() if line.startswith("| ")]
    assert set(rows) - {"entry", "---"} == {
        name.removeprefix("Framevox – ").removesuffix(".py") for name in ENTRIES.values()
    }


def test_every_setting_has_a_row() -> None:
    assert re.findall(r"^\| `(\w+)` \|", section(PAGE, "Settings"), re.M) == list(SETTINGS)


def test_every_oddity_has_a_test_under_its_number() -> None:
    numbers = re.findall(r"^(\d+)\. ", section(PAGE, "Oddities of Resolve"), re.M)
    tests = (ROOT / "tests" / "resolve" / "test_traps.py").read_text()
    tested = {n for name in re.findall(r"def test_((?:\d+_(?:and_)?)+)", tests) for n in re.findall(r"\d+", name)}
    assert numbers == [str(n) for n in range(1, 17)] and set(numbers) <= tested


def test_both_sides_of_the_bridge_are_of_the_documents_version() -> None:
    assert bridge.PROTOCOL == PROTOCOL and f"version **{PROTOCOL}**" in BRIDGE
    assert f"hears nothing for {SILENT_SECONDS:.0f} s" in BRIDGE


def test_another_message_is_another_version() -> None:
    """What is sent, as the page has it: every name in the tables, and the fields of what is nested in them."""
    tables = [line for line in BRIDGE.splitlines() if line.startswith("| `")]
    nested = re.findall(r"`\{[^`]*\}`", " ".join(section(BRIDGE, "Questions").split()))
    sent = re.findall(r"`([^`]*)`", " ".join([*tables, *nested]))
    digest = hashlib.sha256("\n".join(sent).encode()).hexdigest()[:12]
    assert (PROTOCOL, digest) == (3, "b0f6e5fffdd9"), (
        "raise PROTOCOL on both sides and in docs/bridge.md, and note both here"
    )


def test_every_question_is_documented() -> None:
    rows = re.findall(r"^\| `(\w+)` \|", section(BRIDGE, "Questions"), re.M)
    assert rows == ["hello", "rate", "frame", "plan", "speak", "enrol", "export", "cast", "recast", "cancel"]
