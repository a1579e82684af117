"""How much memory is free of what this process may use: the machine's, or less where a container sets a limit.

psutil knows the machine's memory alone. Linux keeps the limits of control groups in small files (its documentation:
Documentation/admin-guide/cgroup-v2.rst, cgroup-v1/memory.rst); a group's limit holds for all groups inside of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import NamedTuple

import psutil

MACHINE = "the machine's memory"


class Free(NamedTuple):
    """The ``share`` of a memory that is free, from 0 to 1, and whose that is."""

    share: float
    of: str


@dataclass(frozen=True)
class _Version:
    """Of control groups: its file system, and its files. What the kernel gives back for the asking, the pages of files,
    counts as free, as it does for the machine."""

    limits: tuple[str, ...]
    used: str
    reclaimable: tuple[str, ...]


_VERSIONS = {
    "cgroup2": _Version(("memory.max", "memory.high"), "memory.current", ("active_file", "inactive_file")),
    "cgroup": _Version(
        ("memory.limit_in_bytes",), "memory.usage_in_bytes", ("total_active_file", "total_inactive_file")
    ),
}


def free_memory(root: Path = Path("/")) -> Free:
    """Returns whichever is scarcer, the machine's memory or what a control group of this process may use.

    ``root`` is where the system's files are looked for.
    """
    machine = psutil.virtual_memory()
    found = [Free(machine.available / machine.total, MACHINE)]
    for kind, group in _groups(root):
        version = _VERSIONS[kind]
        limits = [limit for name in version.limits if (limit := _number(group / name)) is not None]
        used = _number(group / version.used)
        # Without a limit a file says "max", or a number that no machine has.
        if limits and used is not None and min(limits) < machine.total:
            held = _statistics(group / "memory.stat")
            used -= sum(held.get(name, 0) for name in version.reclaimable)
            found.append(Free(min(1.0, max(0.0, 1 - used / max(1, min(limits)))), f"the memory limit of {group}"))
    return min(found, key=lambda free: free.share)


def _groups(root: Path) -> Iterator[tuple[str, Path]]:
    """The folders of this process's groups that may limit memory, with the kind of file system, inner groups first."""
    own = _own_groups(_lines(root / "proc/self/cgroup"))
    for line in _lines(root / "proc/self/mountinfo"):
        before, _, after = line.partition(" - ")
        fields, (kind, *_, options) = before.split(" "), after.split(" ") if after else ("", "")
        if len(fields) < 5 or kind not in own or (kind == "cgroup" and "memory" not in options.split(",")):
            continue
        mounted, folder = (PurePosixPath(_unescaped(field)) for field in fields[3:5])
        top = root / folder.relative_to("/")
        try:
            inside = own[kind].relative_to(mounted)
        except ValueError:  # a container that sees its own group alone, by a path from outside
            inside = PurePosixPath()
        group = top if ".." in inside.parts else top / inside
        yield kind, group
        while group != top:
            group = group.parent
            yield kind, group


def _own_groups(lines: Iterator[str]) -> Mapping[str, PurePosixPath]:
    """The path of this process's group in each kind of file system."""
    own: dict[str, PurePosixPath] = {}
    for line in lines:
        number, _, rest = line.partition(":")
        controllers, _, path = rest.partition(":")
        if number == "0" and not controllers:
            own["cgroup2"] = PurePosixPath(path)
        elif "memory" in controllers.split(","):
            own["cgroup"] = PurePosixPath(path)
    return own


def _lines(path: Path) -> Iterator[str]:
    """The lines of a file; none where there is no such file, as on other systems."""
    try:
        yield from path.read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    except OSError:
        return


def _number(path: Path) -> int | None:
    """The number in a file; None where there is none."""
    text = next(_lines(path), "").strip()
    return int(text) if text.isdecimal() else None


def _statistics(path: Path) -> Mapping[str, int]:
    pairs = (line.partition(" ") for line in _lines(path))
    return {name: int(value) for name, _, value in pairs if value.isdecimal()}


def _unescaped(field: str) -> str:
    """A path of mountinfo, which writes spaces and the like as three octal digits."""
    return re.sub(r"\\([0-7]{3})", lambda found: chr(int(found[1], 8)), field)
