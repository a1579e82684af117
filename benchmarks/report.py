"""What every benchmark prints around its figures: the machine, the versions, the command, and plain markdown tables."""

from __future__ import annotations

import os
import platform
import shlex
import sys
import time
from collections.abc import Iterable, Sequence
from importlib import metadata
from pathlib import Path


def machine() -> str:
    """The machine in one line: processor, usable cores, memory, system and Python."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    parts = [_processor(), f"{cores} cores", f"{memory:.0f} GiB", f"{platform.system()} {platform.machine()}"]
    return ", ".join([*parts, f"Python {platform.python_version()}"])


def _processor() -> str:
    listing = Path("/proc/cpuinfo")
    if listing.exists():
        for line in listing.read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or "unknown processor"


def heading(title: str, *distributions: str) -> None:
    """Prints what a reader needs to run the benchmark again; ``distributions`` are packages whose version counts."""
    print(f"## {title}\n")
    print(f"- machine: {machine()}; load {os.getloadavg()[0]:.1f} at the start")
    print(f"- date: {time.strftime('%Y-%m-%d %H:%M', time.gmtime())} UTC")
    print(f"- versions: {', '.join(f'{name} {_version(name)}' for name in ('framevox', *distributions))}")
    print(f"- command: `python {shlex.join([os.path.relpath(sys.argv[0]), *sys.argv[1:]])}`\n")


def _version(distribution: str) -> str:
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return "not installed"


def table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Prints a markdown table; numbers line up on the right."""
    cells = [[_cell(value) for value in row] for row in rows]
    widths = [max(len(name), *(len(row[i]) for row in cells)) if cells else len(name) for i, name in enumerate(columns)]
    right = [bool(cells) and all(_is_number(row[i]) for row in cells) for i in range(len(columns))]
    print(_row(columns, widths, right))
    print("|" + "|".join("-" * (w + 1) + (":" if r else "-") for w, r in zip(widths, right, strict=True)) + "|")
    for row in cells:
        print(_row(row, widths, right))
    print(flush=True)


def _row(values: Sequence[str], widths: Sequence[int], right: Sequence[bool]) -> str:
    padded = (v.rjust(w) if r else v.ljust(w) for v, w, r in zip(values, widths, right, strict=True))
    return "| " + " | ".join(padded) + " |"


def _cell(value: object) -> str:
    return f"{value:.2f}" if isinstance(value, float) else str(value)


def _is_number(text: str) -> bool:
    return text == "" or text[0].isdigit() or (text[:1] == "-" and text[1:2].isdigit()) or text == "–"


def verdict(claim: str, met: bool) -> bool:
    """Prints whether a target was met; returns ``met``, for the exit code."""
    print(f"- {'met' if met else 'MISSED'}: {claim}", flush=True)
    return met
