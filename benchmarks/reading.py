"""How long it takes to read very long lists of cues, and in how much memory.

    python -m benchmarks.reading                  # 100,000 cues and ten hours, of every kind
    python -m benchmarks.reading --cues 20000

Every file is read in a process of its own, up to the placeholders that ``fill`` would speak. Times are of the
processor, so that what else the machine does counts less, and then by the clock; the memory is the most that the
process held (its peak resident set), Python and OpenTimelineIO included. The last row is openpyxl alone, which only
walks over the rows of the XLSX file.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

RATE = "25"


def clock(frame: int, mark: str) -> str:
    """A time of whole frames at 25 fps, in milliseconds behind ``mark``."""
    seconds, frames = divmod(frame, 25)
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}{mark}{frames * 40:03}"


def timecode(frame: int) -> str:
    seconds, frames = divmod(frame, 25)
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}:{frames:02}"


def cues(number: int, hours: float) -> list[tuple[int, int, str, str]]:
    """``number`` cues spread over so many hours: begin, end, character, line."""
    step = int(hours * 3600 * 25 / number)
    return [
        (n * step, n * step + max(step - 2, 1), ("ANNA", "BOB")[n % 2], f"Line {n}, as it is.") for n in range(number)
    ]


def srt(path: Path, lines: list[tuple[int, int, str, str]]) -> None:
    blocks = (
        f"{n}\n{clock(a, ',')} --> {clock(b, ',')}\n{who}: {text}\n" for n, (a, b, who, text) in enumerate(lines, 1)
    )
    path.write_text("\n".join(blocks), "utf-8")


def vtt(path: Path, lines: list[tuple[int, int, str, str]]) -> None:
    blocks = (f"{clock(a, '.')} --> {clock(b, '.')}\n<v {who}>{text}\n" for a, b, who, text in lines)
    path.write_text("WEBVTT\n\n" + "\n".join(blocks), "utf-8")


def ass(path: Path, lines: list[tuple[int, int, str, str]]) -> None:
    head = "[Script Info]\nScriptType: v4.00+\n\n[Events]\nFormat: Layer, Start, End, Style, Name, Text\n"
    rows = (
        f"Dialogue: 0,{clock(a, '.')[1:-1]},{clock(b, '.')[1:-1]},Default,{who},{text}\n" for a, b, who, text in lines
    )
    path.write_text(head + "".join(rows), "utf-8")


def csv(path: Path, lines: list[tuple[int, int, str, str]]) -> None:
    rows = (f'{n},{who},{timecode(a)},{timecode(b)},"{text}"\n' for n, (a, b, who, text) in enumerate(lines, 1))
    path.write_text("Cue,Character,In,Out,Line\n" + "".join(rows), "utf-8")


def xlsx(path: Path, lines: list[tuple[int, int, str, str]]) -> None:
    import openpyxl

    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("Cues")
    sheet.append(["Cue", "Character", "In", "Out", "Line"])
    for number, (begin, end, who, text) in enumerate(lines, 1):
        sheet.append([number, who, timecode(begin), timecode(end), text])
    book.save(path)


WRITERS: dict[str, Callable[[Path, list[tuple[int, int, str, str]]], None]] = {
    ".srt": srt, ".vtt": vtt, ".ass": ass, ".csv": csv, ".xlsx": xlsx,
}  # fmt: skip


def seconds() -> tuple[float, float]:
    return time.process_time(), time.perf_counter()


def between(before: tuple[float, float], after: tuple[float, float]) -> str:
    return f"{after[0] - before[0]:.1f} s ({after[1] - before[1]:.1f} s)"


def memory() -> str:
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return f"{most / (1024 * 1024 if sys.platform == 'darwin' else 1024):.0f} MB"


def read(path: Path) -> None:
    """Reads one file and prints its row of the table."""
    began = seconds()
    from framevox.engine_daemon.protocol.timebase import Rate
    from framevox.otio_adapters import find_placeholders
    from framevox.otio_adapters.sources import SourceOptions, read_source

    timeline = read_source(path, SourceOptions(rate=Rate.parse(RATE)))
    laid = seconds()
    found = len(find_placeholders(timeline))
    print(f"| `{path.suffix}` | {found:,} | {between(began, laid)} | {between(laid, seconds())} | {memory()} |")


def walk_over(path: Path) -> None:
    """Has openpyxl read the rows of an XLSX file, and prints the row of the table."""
    began = seconds()
    import openpyxl

    rows = sum(1 for _ in openpyxl.load_workbook(path, read_only=True).active.iter_rows(values_only=True))
    print(f"| openpyxl alone | {rows - 1:,} | {between(began, seconds())} | | {memory()} |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cues", type=int, default=100_000)
    parser.add_argument("--hours", type=float, default=10)
    parser.add_argument("--kinds", nargs="*", default=list(WRITERS))
    parser.add_argument("--read", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--walk-over", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.read:
        read(given.read)
        return
    if given.walk_over:
        walk_over(given.walk_over)
        return
    print("| file | cues | read | placeholders found | most memory |\n| --- | --- | --- | --- | --- |", flush=True)
    lines = cues(given.cues, given.hours)
    with tempfile.TemporaryDirectory() as folder:
        for kind in given.kinds:
            path = Path(folder) / f"cues{kind}"
            WRITERS[kind](path, lines)
            for step in ("--read", "--walk-over") if kind == ".xlsx" else ("--read",):
                subprocess.run(
                    [sys.executable, "-W", "ignore", "-m", "benchmarks.reading", step, str(path)], check=True
                )


if __name__ == "__main__":
    main()
