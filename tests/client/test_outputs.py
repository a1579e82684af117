"""Files that are written by one process at a time. Real processes hold the locks."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from framevox.engine_daemon.client.outputs import Writer, other_writers, reserving, writing
from framevox.engine_daemon.protocol.connection import Home
from framevox.engine_daemon.protocol.errors import InputError
from framevox.engine_daemon.protocol.files import place_of
from tests.processes import kill, python_path

HOLD = """
import sys
from pathlib import Path
from framevox.engine_daemon.client.outputs import reserving, writing
def hold(how, what, names, **more):
    with how([Path(name) for name in names], what, **more):
        print("held", flush=True)
        sys.stdin.read()
"""
FILL = 'hold(writing, "framevox fill of a.srt", sys.argv[1:], reads=[Path("a.srt")])'
WATCH = 'hold(reserving, "framevox watch of a.srt", sys.argv[1:], reads=[Path("a.srt")])'
FILL_UNDER = 'hold(writing, "framevox fill of a.srt", sys.argv[2:], under=int(sys.argv[1]))'


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    monkeypatch.setenv("FRAMEVOX_HOME", str(tmp_path / "home"))
    return Home.find()


@pytest.fixture
def hold(home: Home, tmp_path: Path) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    started: list[subprocess.Popen[str]] = []

    def start(*names: Path | int, code: str = FILL) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-c", HOLD + code, *map(str, names)],
            env={**os.environ, "PYTHONPATH": python_path()},
            cwd=tmp_path,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            encoding="utf-8",
        )
        started.append(process)
        assert process.stdout is not None and process.stdout.readline() == "held\n"
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def test_a_file_that_another_process_writes(hold: Callable[..., subprocess.Popen[str]], tmp_path: Path) -> None:
    out, other = tmp_path / "out.otio", tmp_path / "a.wav"
    holder = hold(other, out)
    said = rf"out\.otio is being written by framevox fill of a\.srt \(process {holder.pid}, since \d\d:\d\d:\d\d\)"
    for path in (out, tmp_path / "x" / ".." / "out.otio"):
        with pytest.raises(InputError, match=said), writing([path], "framevox fill"):
            raise AssertionError
    with writing([tmp_path / "free.otio"], "framevox fill"):
        pass
    # Nothing is held of several files of which one is somebody's.
    with pytest.raises(InputError, match="out"), writing([tmp_path / "b.otio", out, tmp_path / "y.otio"], "framevox"):
        raise AssertionError
    with writing([tmp_path / "b.otio", tmp_path / "y.otio"], "framevox fill"):
        pass
    (known,) = other_writers()
    assert known.pid == holder.pid and known.reads == (place_of(tmp_path / "a.srt"),)
    assert set(known.writes) == {place_of(out), place_of(other)}


def test_what_a_process_does_for_the_holder(hold: Callable[..., subprocess.Popen[str]], tmp_path: Path) -> None:
    out = tmp_path / "out.otio"
    holder = hold(out, code=WATCH)
    with writing([out], "framevox fill", under=holder.pid):
        # One at a time, and not the holder's lock is freed.
        for _ in range(2):
            with pytest.raises(InputError, match=rf"framevox watch .*{holder.pid}"), writing([out], "framevox fill"):
                raise AssertionError
    with pytest.raises(InputError, match=rf"framevox watch .*{holder.pid}"), writing([out], "framevox fill"):
        raise AssertionError
    (known,) = other_writers()
    assert (known.pid, known.reads) == (holder.pid, (place_of(tmp_path / "a.srt"),))


@pytest.mark.parametrize("how", [writing, reserving])
def test_what_is_done_for_a_holder_that_was_killed_is_done_alone(
    hold: Callable[..., subprocess.Popen[str]], tmp_path: Path, how: Callable[..., AbstractContextManager[Writer]]
) -> None:
    out = tmp_path / "out.otio"
    watch = hold(out, code=WATCH)
    fill = hold(watch.pid, out, code=FILL_UNDER)
    kill(watch.pid)
    watch.wait()
    for _ in range(2):
        with pytest.raises(InputError, match=rf"framevox fill of a\.srt \(process {fill.pid}"), how([out], "framevox"):
            raise AssertionError
    assert [writer.pid for writer in other_writers()] == [fill.pid]
    fill.communicate()
    with how([out], "framevox"):
        assert not other_writers()


def test_what_a_killed_process_wanted_done_is_not_done_where_another_is(
    hold: Callable[..., subprocess.Popen[str]], tmp_path: Path
) -> None:
    out = tmp_path / "out.otio"
    killed = hold(out, code=WATCH)
    kill(killed.pid)
    killed.wait()
    watch = hold(out, code=WATCH)
    with pytest.raises(InputError, match=str(watch.pid)), writing([out], "framevox fill", under=killed.pid):
        raise AssertionError


def test_a_holder_that_died_is_no_hindrance(
    hold: Callable[..., subprocess.Popen[str]], tmp_path: Path, home: Home
) -> None:
    holder = hold(tmp_path / "out.otio")
    kill(holder.pid)
    holder.wait()
    records = home.run / "outputs"
    assert list(records.glob("*.json")) and other_writers() == []
    assert not list(records.glob("*.json"))
    with writing([tmp_path / "out.otio"], "framevox fill"):
        assert len(list(records.glob("*.json"))) == 2
    assert not list(records.glob("*.json"))


def test_a_link_is_a_file_of_its_own(tmp_path: Path) -> None:
    link = tmp_path / "link.otio"
    try:
        link.symlink_to(tmp_path / "out.otio")
    except OSError:
        pytest.skip("making links takes a right of its own here")
    assert place_of(link) != place_of(tmp_path / "out.otio")
    (tmp_path / "folder").symlink_to(tmp_path)
    assert place_of(tmp_path / "folder" / "out.otio") == place_of(tmp_path / "out.otio")
