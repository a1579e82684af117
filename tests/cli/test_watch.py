"""Watched files: what is filled again, when, and what never is. Real files, real notifications."""

from __future__ import annotations

import os
import shutil
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import typer

from framevox.engine_daemon.project.file import read_project
from framevox.engine_daemon.protocol.errors import InputError
from framevox.plugin.cli import watch
from framevox.plugin.cli.watch import Fills
from framevox.plugin.cli.watch_jobs import jobs_of
from framevox.plugin.cli.watching import Job, Watcher
from tests.e2e.conftest import Framevox, served, wait_for
from tests.processes import interrupt

__all__ = ["served"]

QUIET = 0.1


@contextmanager
def watching(*jobs: Job, fill: Callable[[Job], object] = lambda _job: None, poll: bool = False) -> Iterator[list[str]]:
    """A watcher at work; yields what it did, as it does it."""
    done: list[str] = []

    def filled(job: Job) -> None:
        done.append(f"fill {job.source.name}")
        fill(job)

    stop = threading.Event()
    gone = lambda job: done.append(f"gone {job.source.name}")  # noqa: E731
    watcher = Watcher(jobs, filled, gone, quiet=QUIET, poll=poll, stop=stop)
    thread = threading.Thread(target=watcher.run)
    thread.start()
    try:
        yield done
    finally:
        stop.set()
        thread.join(5)
    assert not thread.is_alive()


def job(path: Path, *others: Path) -> Job:
    return Job(path, path.with_suffix(".otio"), (), path.parent, others)


def save_by_renaming(path: Path, text: str) -> None:
    aside = path.with_name(f".{path.name}.tmp")
    aside.write_text(text)
    aside.replace(path)


def settled(done: list[str], number: int) -> None:
    """Waits for so many things done, and that nothing follows."""
    wait_for(lambda: len(done) >= number, 5)
    time.sleep(4 * QUIET)
    assert len(done) == number, done


@pytest.mark.parametrize("poll", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_each_save_is_filled_once(tmp_path: Path, poll: bool) -> None:
    path = tmp_path / "a.srt"
    path.write_text("1")
    with watching(job(path), poll=poll) as done:
        settled(done, 1)  # at the start
        save_by_renaming(path, "22")
        settled(done, 2)
        for text in ("333", "4444"):  # two saves that follow each other are one
            path.write_text(text)
        settled(done, 3)
        (tmp_path / "b.srt").write_text("not watched")
        (tmp_path / "a.otio").write_text("the output, in the same folder")
        settled(done, 3)
    assert done == ["fill a.srt"] * 3


def test_a_save_that_nobody_reports_is_seen_in_a_busy_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a network share: what this machine writes there is reported, what another one writes is not."""
    busy, path = tmp_path / "busy", tmp_path / "a.srt"
    busy.mkdir()
    path.write_text("1")
    monkeypatch.setattr(Watcher, "_folders", lambda _watcher: {busy})
    quiet = threading.Event()

    def write() -> None:
        while not quiet.wait(0.02):
            (busy / "take.wav").write_text(str(time.monotonic()))

    writer = threading.Thread(target=write)
    writer.start()
    try:
        with watching(job(path)) as done:
            settled(done, 1)
            path.write_text("22")
            settled(done, 2)
    finally:
        quiet.set()
        writer.join()


def test_a_save_while_it_is_filled_is_filled_afterwards(tmp_path: Path) -> None:
    path = tmp_path / "a.srt"
    path.write_text("1")

    def fill(_job: Job) -> None:
        if len(path.read_text()) == 1:
            path.write_text("22")

    with watching(job(path), fill=fill) as done:
        settled(done, 2)


def test_a_file_that_is_written_for_long_is_filled_when_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.srt"
    path.write_text("")
    seen: list[int] = []
    with watching(job(path), fill=lambda _job: seen.append(path.stat().st_size)) as done:
        settled(done, 1)
        with path.open("a") as file:
            for _ in range(8):
                file.write("x")
                file.flush()
                time.sleep(QUIET / 2)
        settled(done, 2)
    assert seen == [0, 8]


@pytest.mark.slow
def test_a_file_that_is_deleted_and_comes_back(tmp_path: Path) -> None:
    path = tmp_path / "film" / "a.srt"
    path.parent.mkdir()
    path.write_text("1")
    with watching(job(path)) as done:
        settled(done, 1)
        path.unlink()
        settled(done, 2)
        path.write_text("1")
        settled(done, 3)
        # The whole folder, of which the system reports nothing more.
        shutil.rmtree(path.parent)
        settled(done, 4)
        path.parent.mkdir()
        path.write_text("1")
        settled(done, 5)
    assert done == ["fill a.srt", "gone a.srt", "fill a.srt", "gone a.srt", "fill a.srt"]


@pytest.mark.slow
def test_what_is_behind_a_link_and_files_beside_it_count_too(tmp_path: Path) -> None:
    (tmp_path / "share").mkdir()
    real, link, project = tmp_path / "share" / "a.srt", tmp_path / "a.srt", tmp_path / "framevox.toml"
    real.write_text("1")
    try:
        link.symlink_to(real)
    except OSError:
        pytest.skip("making links takes a right of its own here")
    other = tmp_path / "b.srt"
    other.write_text("b")
    with watching(job(link, project), job(other)) as done:
        settled(done, 2)
        real.write_text("22")
        settled(done, 3)
        project.write_text("version = 1")
        settled(done, 4)
    assert done == ["fill a.srt", "fill b.srt", "fill a.srt", "fill a.srt"]


def test_one_line_for_each_fill(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    cue = {"status": "placed", "media": "1.wav", "character": "MEI", "start_frame": 12, "message": None}
    late = {**cue, "media": None, "status": "attention", "message": "too short"}
    answers = [
        (0, [cue], ""), (0, [cue, {**cue, "media": "2.wav"}], ""), (3, [cue, late], ""), (0, [], ""),
        (2, None, f"note: one\nframevox: a.srt is {'very ' * 40}broken: export it again\n"), (-9, None, ""),
    ]  # fmt: skip
    fills, at = Fills(), job(tmp_path / "a.srt")
    for code, cues, err in answers:
        out = "" if cues is None else watch.json.dumps({"cues": cues, "counts": {}})
        monkeypatch.setattr(watch, "_run", lambda _job, answer=(code, out, err): answer)
        fills.fill(at)
    said = [line.split(": ", 1)[1].rsplit(" (", 1)[0] for line in capsys.readouterr().err.splitlines()]
    assert said == [
        "1 placed",
        "2 placed, 1 of them new",
        "1 placed, 0 of them new, 1 needs attention: MEI at frame 12: too short",
        "no placeholders, so nothing to speak",
        f"a.srt is {'very ' * 40}broken: export it again",  # whole: what to do stands at the end
        "framevox fill ended with -9: run it to see why",
    ]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["a.srt", "a.srt"], "never written"),
        (["a.srt", "b.otio", "--subtitles", "a.srt"], "--subtitles .* never written"),
        (["a.srt", "b.otio", "--stem", "a.srt"], "--stem .* never written"),
        (["a.srt", "b.otio", "--reference", "b.otio"], "OUT .* never written"),
        (["a.srt", "b.otio", "--json"], "--json is for framevox fill"),
        (["no/a.srt", "b.otio"], "there is no folder"),
        (["film", "b.otio"], "is a folder"),
    ],
)
def test_what_cannot_be_watched(
    arguments: list[str], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "film").mkdir()
    with pytest.raises(InputError, match=said):
        jobs_of(arguments, project=False)
    with pytest.raises(typer.BadParameter, match="unknown frame rate"):
        jobs_of(["a.srt", "b.otio", "--rate", "7.5"], project=False)


def test_watches_of_a_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "framevox.toml"
    file.write_text(
        '[[watch]]\nin = "a.srt"\nout = "a.otio"\nrate = 25\noffset = "-12"\nvoice = ["MEI=alto", "BOB=tenor"]\n'
        '[[watch]]\nin = "b.otio"\nout = "out/b.otio"\n'
    )
    first, second = jobs_of([], project=True)
    assert (first.source, first.out) == (tmp_path / "a.srt", tmp_path / "a.otio")
    assert first.arguments == (
        "--rate=25",
        "--offset=-12",
        "--voice=MEI=alto",
        "--voice=BOB=tenor",
        "--",
        "a.srt",
        "a.otio",
    )
    assert second.out == tmp_path / "out" / "b.otio" and second.folder == tmp_path
    # The command's own parser takes what it is given: here the missing file is the first thing that it minds.
    code, _, err = watch._run(second)
    assert code == 2 and "b.otio: there is no such file" in err, err
    for text, said in (
        ('[[watch]]\nin = "a.srt"', r"\[\[watch\]\] 1: out is missing"),
        ('[watch]\nin = "a.srt"', r"write \[\[watch\]\]"),
        ('[[watch]]\nin = "a.srt"\nout = "b.otio"\nrate = true', "neither text nor a number"),
        ('[[watch]]\nin = "a.srt"\nout = "b.otio"\nbogus = 1', r"\[\[watch\]\] 1: .*bogus"),
        (
            '[[watch]]\nin = "a.srt"\nout = "c.otio"\n[[watch]]\nin = "b.srt"\nout = "d.otio"\nsheet = "c.otio"',
            "name two",
        ),
        (
            # The side files are one.
            '[[watch]]\nin = "a.srt"\nout = "c.xml"\n[[watch]]\nin = "b.srt"\nout = "c.edl"',
            "c.framevox.json is written for .* name two",
        ),
        ('[[watch]]\nin = 3\nout = "b.otio"', "in is not a file's name"),
        (
            '[[watch]]\nin = "a.srt"\nout = "c.otio"\n[[watch]]\nin = "b.srt"\nout = "./x/../c.otio"',
            r"\[\[watch\]\] 2: out is that of \[\[watch\]\] 1: name two files",
        ),
        ("", "lists nothing to watch"),
    ):
        file.write_text(text)
        with pytest.raises(InputError, match=said):
            jobs_of([], project=True)
    file.write_text("")
    assert read_project(file).watch == ()
    with pytest.raises(InputError, match=r"leave .* out"):
        jobs_of(["a.srt"], project=True)
    file.unlink()
    with pytest.raises(InputError, match=r"there is no framevox\.toml in .*with \[\[watch\]\] in it"):
        jobs_of([], project=True)


@pytest.mark.skipif(not hasattr(signal, "SIGHUP"), reason="Windows has no SIGHUP")
def test_a_watch_under_nohup_outlives_its_terminal() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with watch._ending():
            os.kill(os.getpid(), signal.SIGHUP)
            with pytest.raises(KeyboardInterrupt):
                os.kill(os.getpid(), signal.SIGTERM)
    finally:
        signal.signal(signal.SIGHUP, before)


@pytest.mark.slow
def test_the_command_fills_survives_and_ends(served: Framevox, tmp_path: Path) -> None:
    path, out = tmp_path / "a.srt", tmp_path / "out.otio"
    caption = "1\n00:00:01,000 --> 00:00:03,000\nALICE: Hello there.\n\n"
    path.write_text(caption)
    process = served.start("watch", path, out, "--rate", "25", "--voice", "alto", cwd=tmp_path)
    lines: list[str] = []
    assert process.stderr is not None
    reader = threading.Thread(target=lambda: lines.extend(iter(process.stderr.readline, "")))  # type: ignore[union-attr]
    reader.start()
    wait_for(lambda: any("1 placed" in line for line in lines), 60)
    written = path.stat()
    first = out.read_bytes()
    save_by_renaming(path, caption + "2\n00:00:04,000 --> 00:00:06,000\nBOB: And")
    wait_for(lambda: any("2 placed, 1 of them new" in line for line in lines), 60)
    path.write_text("1\n00:00")
    wait_for(
        lambda: any("holds no caption" in line or ("a.srt" in line and "placed" not in line) for line in lines[3:]), 60
    )
    assert out.read_bytes() != first and "BOB" in out.read_text()
    path.write_text(caption)
    wait_for(lambda: sum("1 placed" in line for line in lines) == 2, 60)
    assert path.stat().st_size == written.st_size
    if sys.platform != "win32":
        os.kill(process.pid, signal.SIGINT)
    else:
        interrupt(process)
    assert process.wait(20) == 0
    reader.join(5)
    assert lines[-1].endswith("Stopped\n") and len(lines) == 6, lines
    assert not any("Traceback" in line for line in lines)
