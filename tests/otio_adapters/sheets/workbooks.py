"""XLSX files as the tests need them."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import openpyxl

HEAD = ("Cue", "Character", "TC In", "TC Out", "Line", "Notes")
ROWS = (
    ("A001", "ALICE", "01:00:05:00", "01:00:08:00", "Good to know, thank you very much.", "tired"),
    ("A002", "BOB", "01:00:08:00", "01:00:10:12", "Then we go home.", None),
)


def workbook(rows: Sequence[Sequence[Any]] = (HEAD, *ROWS), change: Callable[[Any], None] = lambda _: None) -> bytes:
    """An XLSX file with one sheet of these rows; ``change`` is given the workbook before it is saved."""
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(list(row))
    change(book)
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def parts(content: bytes) -> dict[str, bytes]:
    """Every part of a package by its name."""
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        return {name: package.read(name) for name in package.namelist()}


def package(found: Mapping[str, bytes]) -> bytes:
    """The package of these parts."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as written:
        for name, part in found.items():
            written.writestr(name, part)
    return content.getvalue()
