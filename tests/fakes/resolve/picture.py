"""Draws the progress window of docs/resolve.md, out of the window that the entry opens in the fake.

    pip install PySide6-Essentials
    python -m tests.fakes.resolve.picture docs/resolve-progress.png

The elements are those of the entry; how they look is Qt's, which Resolve is made with.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from typing import Any

from framevox.plugin.resolve.install import ENTRIES, install
from tests.e2e.conftest import serving

from . import World, run_entry

LINES = (
    "ALICE: Did you send the letter?",
    "BOB: Not yet. I was waiting for you.",
    "ALICE: Then send it now.",
    "BOB: And what if nobody answers?",
)
STYLE = """
    QWidget { background: #28282e; color: #d0d0d6; font: 13px "DejaVu Sans"; }
    QPushButton { background: #3a3a42; border: 1px solid #15151a; border-radius: 4px; padding: 5px; }
    QPushButton:disabled { color: #75757d; }
    QLineEdit { background: #1f1f24; border: 1px solid #15151a; padding: 4px; }
    #title { background: #1f1f24; padding: 5px; }
"""


def record() -> dict[str, Any]:
    """The window as it is when about half of forty lines are placed."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        with serving(home / "framevox") as framevox:
            install(home / "scripts")
            world = World()
            for index in range(40):
                world.caption(LINES[index % len(LINES)], 90 * index, 80)
            environment = {"FRAMEVOX_HOME": str(framevox.home), "HOME": folder}
            entry = home / "scripts" / ENTRIES["fill.py"]
            ran = run_entry(world, entry, environment)
    windows = [window for shown in ran.windows for window in shown if " of 40" in str(window)]
    return min(windows, key=lambda window: abs(_text(window, "Bar").count("█") - 13))


def _text(window: dict[str, Any], name: str) -> str:
    if window.get("ID") == name and "Text" in window:
        return str(window["Text"])
    return next((text for child in window["children"] if (text := _text(child, name))), "")


def draw(window: dict[str, Any], path: Path) -> None:
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from PySide6 import QtCore, QtWidgets

    application = QtWidgets.QApplication([])
    application.setStyleSheet(STYLE)

    def element(seen: dict[str, Any]) -> Any:
        kind = seen["kind"]
        if kind in ("VGroup", "HGroup"):
            made = QtWidgets.QWidget()
            layout = QtWidgets.QVBoxLayout(made) if kind == "VGroup" else QtWidgets.QHBoxLayout(made)
            for child in seen["children"]:
                layout.addWidget(element(child))
            return made
        made = {"Label": QtWidgets.QLabel, "Button": QtWidgets.QPushButton, "LineEdit": QtWidgets.QLineEdit}[kind]()
        made.setText(seen.get("Text", ""))
        made.setEnabled(seen.get("Enabled", True))
        return made

    frame = QtWidgets.QWidget()
    column = QtWidgets.QVBoxLayout(frame)
    column.setContentsMargins(0, 0, 0, 0)
    title = QtWidgets.QLabel(window["WindowTitle"], objectName="title")
    title.setAlignment(QtCore.Qt.AlignmentFlag.AlignCenter)
    column.addWidget(title)
    (content,) = window["children"]
    column.addWidget(element(content), 1)
    frame.resize(*window["Geometry"][2:])
    frame.grab().save(str(path), "PNG")


if __name__ == "__main__":
    draw(record(), Path(sys.argv[1]))
