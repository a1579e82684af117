"""``framevox watch`` as it is run: beside other processes, with options that cannot work, and when the daemon dies."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import opentimelineio as otio
import psutil
import pytest

from framevox.engine_daemon.client.outputs import other_writers
from framevox.engine_daemon.protocol.connection import Home
from tests.e2e.conftest import Framevox, wait_for
from tests.processes import interrupt, is_gone, kill

HELLO = "1\n00:00:01,000 --> 00:00:03,000\nALICE: Hello there.\n\n"
OPTIONS = ("--rate", "25", "--voice", "alto")


@contextmanager
def watching(
    framevox: Framevox, *arguments: str | Path, cwd: Path
) -> Iterator[tuple[subprocess.Popen[str], list[str]]]:
    """A watch at work, and the lines that it says, as it says them."""
    process = framevox.start("watch", *arguments, cwd=cwd)
    said: list[str] = []
    assert process.stderr is not None
    reader = threading.Thread(target=lambda: said.extend(iter(process.stderr.readline, "")))  # type: ignore[union-attr]
    reader.start()
    try:
        yield process, said
    finally:
        process.kill()
        process.wait()
        reader.join(5)
        assert process.stdout is not None
        process.stdout.close()
        process.stderr.close()


def heard(said: list[str], words: str, times: int = 1) -> None:
    wait_for(lambda: sum(words in line for line in said) >= times, 60)


@pytest.mark.slow
def test_one_process_at_a_time_fills_an_out(served: Framevox, tmp_path: Path) -> None:
    (tmp_path / "a.srt").write_text(HELLO)
    (tmp_path / "b.srt").write_text(HELLO)
    out = tmp_path / "out.otio"
    with watching(served, "a.srt", "out.otio", *OPTIONS, cwd=tmp_path) as (process, said):
        heard(said, "1 placed")
        before = out.read_bytes()
        holder = f"is being written by framevox watch of {tmp_path / 'a.srt'} (process "
        for command in (
            ("watch", tmp_path / "b.srt", out, *OPTIONS),
            ("fill", tmp_path / "b.srt", out, *OPTIONS),
            ("restore", out, out),
        ):
            refused = served.run(*command, code=2).err
            assert f"out.otio {holder}" in refused
            assert "let it end or stop it, or name another file" in refused
        assert out.read_bytes() == before and process.poll() is None
        # The watch itself fills on.
        (tmp_path / "a.srt").write_text(HELLO.replace("Hello", "Well, hello"))
        heard(said, "1 of them new")
        kill(process.pid)
        process.wait()
    # What died holds nothing.
    served.run("fill", tmp_path / "b.srt", out, *OPTIONS)


@pytest.mark.slow
def test_a_fill_whose_watch_was_killed_is_alone_with_its_files_until_it_ends(alone: Framevox, tmp_path: Path) -> None:
    lines = [
        f"{n}\n00:00:{2 * n:02},000 --> 00:00:{2 * n + 1:02},500\nJACK: And this is line {n}.\n\n" for n in range(1, 21)
    ]
    (tmp_path / "a.srt").write_text("".join(lines))
    (tmp_path / "b.srt").write_text(HELLO)
    alone.run("fill", tmp_path / "b.srt", tmp_path / "b.otio", *OPTIONS)
    out, media = tmp_path / "out.otio", tmp_path / "out_media"
    with watching(alone, "a.srt", "out.otio", *OPTIONS, cwd=tmp_path) as (process, _):
        wait_for(lambda: len(list(media.glob("*.wav"))) >= 2, 60)  # in the middle of its fill
        writers = {one.what.split()[1]: one.pid for one in other_writers(Home.find(alone.home))}
        fill = psutil.Process(writers["fill"])
        fill.suspend()
        kill(writers["watch"])
        process.wait()
    writer = f"is being written by framevox fill of {tmp_path / 'a.srt'} (process {fill.pid}, since "
    for command in (
        ("fill", tmp_path / "b.srt", out, *OPTIONS),
        ("watch", tmp_path / "b.srt", out, *OPTIONS),
        ("restore", tmp_path / "b.otio", out),
    ):
        assert f"out.otio {writer}" in alone.run(*command, code=2).err
    assert not out.exists()
    fill.resume()
    # Nobody hears what it says any more: it ends as on Ctrl-C.
    wait_for(lambda: is_gone(fill.pid), 60)
    assert not out.exists() and not list(tmp_path.glob(".*")) and not list(media.glob(".*"))
    assert len(list(media.glob("*.wav"))) < 20
    # What it finished was kept, and nobody is in the way.
    with watching(alone, "a.srt", "out.otio", *OPTIONS, cwd=tmp_path) as (_, said):
        heard(said, "20 placed")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("a.srt", "out.otio"), "a.srt does not say its frame rate: give --rate 25"),
        (("a.srt", "out.otio", "--rate", "7.5"), "unknown frame rate"),
        (("a.srt", "out.otio", *OPTIONS, "--voice", "nobody"), "two voices for every line"),
        (("a.srt", "out.otio", "--rate", "25", "--voice", "nobody"), "a.srt: --voice: unknown voice 'nobody'"),
        (("a.srt", "out.otio", "--rate", "25", "--voice", "./none.wav"), "none.wav: the file cannot be read"),
        (("a.srt", "out.otio", *OPTIONS, "--fit", "squeeze"), "is not a fit"),
        (("a.srt", "out.otio", *OPTIONS, "--min-ratio", "2"), "give at most 1"),
        (("a.srt", "out.otio", *OPTIONS, "--columns", "line=A"), "--columns is for cue sheets"),
        (("a.srt", "out.otio", *OPTIONS, "--offset", "soon"), "--offset soon"),
        (("a.srt", "out.otio", *OPTIONS, "--stem-loudness", "ebu"), "say with --stem where the stem goes"),
        (("a.srt", "out.srt", *OPTIONS), "subtitles hold no timeline"),
        (("b.otio", "out.otio", "--rate", "25"), "--rate is for subtitles, sheets and scripts"),
        (("later.srt", "out.otio"), "later.srt does not say its frame rate"),
        (("later.srt", "out.mlt", *OPTIONS), "a project is filled in place"),
    ],
)
def test_options_that_cannot_work_end_it_at_once(
    served: Framevox, tmp_path: Path, arguments: tuple[str, ...], message: str
) -> None:
    (tmp_path / "a.srt").write_text(HELLO)
    otio.adapters.write_to_file(otio.schema.Timeline("b"), str(tmp_path / "b.otio"))
    process = served.start("watch", *arguments, cwd=tmp_path)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 2, err
    # A usage error is broken into the lines of a box.
    assert message in " ".join(err.replace("│", " ").split()) and "Traceback" not in err
    assert "Stopped" not in err and not (tmp_path / "out.otio").exists()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("broken", "mended", "more", "message"),
    [
        ("1\n00:00", HELLO, (), "a.srt"),
        # This character comes with the next save.
        (HELLO, HELLO.replace("ALICE", "MEI"), ("--voice", "MEI=tenor"), "no line is spoken by 'MEI'"),
    ],
)
def test_what_an_editor_will_mend_does_not_end_it(
    served: Framevox, tmp_path: Path, broken: str, mended: str, more: tuple[str, ...], message: str
) -> None:
    (tmp_path / "a.srt").write_text(broken)
    with watching(served, "a.srt", "out.otio", *OPTIONS, *more, cwd=tmp_path) as (process, said):
        wait_for(lambda: any(message in line and " s)" in line for line in said), 60)
        assert process.poll() is None and not (tmp_path / "out.otio").exists()
        (tmp_path / "a.srt").write_text(mended)
        heard(said, "1 placed")


@pytest.mark.slow
def test_a_project_file_that_is_mended(served: Framevox, tmp_path: Path) -> None:
    (tmp_path / "a.srt").write_text(HELLO)
    toml = tmp_path / "framevox.toml"
    for wrong in ('[fill]\nfit = "squeeze"\n', '[voices]\nALICE = "nobody"\n'):
        toml.write_text(wrong)
        with watching(served, "a.srt", "out.otio", "--rate", "25", cwd=tmp_path) as (process, said):
            heard(said, "framevox.toml [")
            assert process.poll() is None
            toml.write_text("version = 1\n")
            heard(said, "1 placed")


@pytest.mark.slow
def test_a_chain_is_filled_to_its_end(served: Framevox, tmp_path: Path) -> None:
    (tmp_path / "a.srt").write_text(HELLO)
    (tmp_path / "framevox.toml").write_text(
        # The end of the chain comes first.
        '[[watch]]\nin = "b.otio"\nout = "c.otioz"\n'
        '[[watch]]\nin = "a.srt"\nout = "b.otio"\nrate = 25\nvoice = "alto"\n'
    )

    def lines() -> str:
        timeline = otio.adapters.read_from_file(str(tmp_path / "c.otioz"))
        return " ".join(clip.name for clip in timeline.find_clips())

    with watching(served, "--project", cwd=tmp_path) as (process, said):
        heard(said, "b.otio: 1 placed")
        assert "Hello there." in lines()
        (tmp_path / "a.srt").write_text(HELLO.replace("Hello there", "Good to know"))
        wait_for(lambda: "Good to know." in lines(), 60)
        # It comes to an end.
        time.sleep(3)
        number = len(said)
        time.sleep(3)
        assert len(said) == number and process.poll() is None


@pytest.mark.slow
def test_a_daemon_that_is_killed_does_not_end_a_watch(alone: Framevox, tmp_path: Path) -> None:
    captions = [
        f"{n}\n00:00:{2 * n:02},000 --> 00:00:{2 * n + 1:02},500\nJACK: And this is line {n}.\n\n" for n in range(1, 9)
    ]
    (tmp_path / "a.srt").write_text("".join(captions))
    media, out = tmp_path / "out_media", tmp_path / "out.otio"

    def files() -> list[Path]:
        return list(media.glob("*.wav"))

    def whole(number: int) -> None:
        clips = otio.adapters.read_from_file(str(out)).find_clips()
        takes = [clip for clip in clips if isinstance(clip.media_reference, otio.schema.ExternalReference)]
        assert len(takes) == number and len({clip.media_reference.target_url for clip in takes}) == number
        assert not list(tmp_path.glob(".*")) and not list(media.glob(".*"))

    with watching(alone, "a.srt", "out.otio", *OPTIONS, cwd=tmp_path) as (process, said):
        wait_for(lambda: len(files()) >= 2, 60)  # in the middle of a fill
        alone.kill_daemon()
        heard(said, "8 placed")
        whole(8)
        before = out.read_bytes()
        alone.kill_daemon()  # while nothing is filled
        captions.append(captions[0].replace("1\n", "9\n", 1).replace(":02,", ":30,").replace(":03,", ":31,"))
        (tmp_path / "a.srt").write_text("".join(captions))
        heard(said, "9 placed, 1 of them new")
        whole(9)
        assert out.read_bytes() != before
        if sys.platform != "win32":
            interrupt(process)
            assert process.wait(20) == 0
    assert not any("Traceback" in line for line in said)


def test_a_fill_says_no_more_than_before_without_a_watch(served: Framevox, tmp_path: Path) -> None:
    """The exit code that a watch is told does not reach anybody else."""
    (tmp_path / "a.srt").write_text(HELLO)
    served.run("fill", tmp_path / "a.srt", tmp_path / "out.otio", code=2)
    done: Any = served.run("fill", tmp_path / "a.srt", tmp_path / "out.otio", *OPTIONS, "--json")
    assert json.loads(done.out)["counts"]["placed"] == 1
