"""Avid Log Exchange: clips that say something are cues, at the rate of the log's heading."""

from __future__ import annotations

from pathlib import Path

import pytest

from framevox.engine_daemon.protocol.errors import InputError
from framevox.engine_daemon.protocol.timebase import Rate
from framevox.otio_adapters import TimelineWarning, find_placeholders, timeline_rate
from framevox.otio_adapters.sheets import Outcome, check_sheet_path, read_sheet, write_back
from framevox.otio_adapters.sources import SourceOptions, read_source

COLUMNS = "Name\tTracks\tStart\tEnd\tTape\tComments"
ROWS = (
    "A001\tVA1\t01:00:05:12\t01:00:07:20\tT1\tMEI: Then send it now.",
    "A002\tVA1\t01:00:10:00\t01:00:12:00\tT1\t",
    'A003\tVA1\t01:00:13:00\t01:00:15:00\tT1\t"Quite so," he said.',
)


def log(path: Path, columns: str = COLUMNS, rows: tuple[str, ...] = ROWS, fps: str = "FPS\t23.976\n") -> Path:
    head = f"Heading\nFIELD_DELIM\tTABS\n{fps}\nColumn\n{columns}\n\nData\n"
    path.write_bytes((head + "\n".join(rows) + "\n").replace("\n", "\r\n").encode("utf-8"))
    return path


def cues(path: Path, options: SourceOptions | None = None) -> list[tuple[str, str, object, object]]:
    timeline = read_source(path, options or SourceOptions())
    return [(p.character, p.text, p.start, p.duration) for p in find_placeholders(timeline)]


def test_clips_with_a_comment_are_cues_at_the_logs_own_rate(tmp_path: Path) -> None:
    path = log(tmp_path / "log.ale")
    with pytest.warns(TimelineWarning) as noted:
        assert cues(path) == [("MEI", "Then send it now.", 132, 56), ("", '"Quite so," he said.', 312, 48)]
    said = [str(warning.message) for warning in noted]
    assert any("lines are in column 'Comments'" in message for message in said)
    assert any("1 clip without a line" in message for message in said)
    assert not any("passed over, for they have neither" in message for message in said)
    with pytest.warns(TimelineWarning):
        assert timeline_rate(read_source(path, SourceOptions(rate=Rate.parse("25")))) == Rate.parse("25")


@pytest.mark.filterwarnings("ignore::framevox.otio_adapters.TimelineWarning")
def test_a_column_of_lines_goes_first_and_any_other_is_named(tmp_path: Path) -> None:
    columns = COLUMNS.replace("Tape", "Dialogue")
    rows = ("A001\tV\t01:00:00;00\t01:00:02;00\tBOB: Said.\tgood take",)
    path = log(tmp_path / "log.ale", columns, rows, "FPS\t29.97\n")
    assert [cue[:2] for cue in cues(path)] == [("BOB", "Said.")]
    assert timeline_rate(read_source(path, SourceOptions())) == Rate.parse("29.97 DF")
    named = SourceOptions(columns="line=Name,character=Dialogue")
    assert cues(log(tmp_path / "named.ale"), SourceOptions(columns="line=Name"))[0][1] == "A001"
    assert cues(path, named)[0][:2] == ("BOB: Said.", "A001")


@pytest.mark.filterwarnings("ignore::framevox.otio_adapters.TimelineWarning")
def test_what_is_wrong_with_a_log_is_named(tmp_path: Path) -> None:
    for content, said in (
        ("Name\tStart\tEnd\tComments\nA\t1\t2\tx\n", "sections Heading, Column and Data"),
        (log(tmp_path / "x.ale", "Name\tStart\tEnd", ("A\t01:00:00:00\t01:00:01:00",)).read_text(), "line"),
        (log(tmp_path / "x.ale", fps="FPS\t12.5\n").read_text(), "unknown frame rate '12.5'"),
        (log(tmp_path / "x.ale", fps="").read_text(), "--rate 25"),
    ):
        path = tmp_path / "a.ale"
        path.write_text(content)
        with pytest.raises(InputError, match=said):
            cues(path)


@pytest.mark.filterwarnings("ignore::framevox.otio_adapters.TimelineWarning")
def test_it_is_written_back_as_a_log_with_all_else_kept(tmp_path: Path) -> None:
    path = log(tmp_path / "log.ale")
    sheet = read_sheet(path)
    row = next(number for number, cells in enumerate(sheet.table.rows, 1) if cells[:1] == ["A003"])
    content = write_back(sheet, {row: [Outcome("placed", note="a\ttab")]}, tmp_path / "done.ale")
    before, after = path.read_bytes().split(b"\r\n"), content.split(b"\r\n")
    changed = [(old, new) for old, new in zip(before, after, strict=True) if old != new]
    assert [new.startswith(old) for old, new in changed] == [True, True]
    assert changed[0][1].endswith(b"Framevox note") and changed[1][1].endswith(b"placed\t\t\t\ta tab")
    (tmp_path / "done.ale").write_bytes(content)
    assert cues(tmp_path / "done.ale") == cues(path)
    with pytest.raises(InputError, match="sheets are written as"):
        check_sheet_path(tmp_path / "new.ale", tmp_path / "cut.otio")
