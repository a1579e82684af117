"""docs/hosts.md: the example of a host, run as its page says, in the oldest Python that a host may have."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
import soundfile

from framevox.plugin.host import installation, state
from framevox.plugin.host.errors import HelperError, HostError
from framevox.plugin.host.helper_process import Helper
from tests.e2e.conftest import Framevox
from tests.processes import ROOT
from tests.provenance.marks import signed

EXAMPLE = ROOT / "examples" / "json_host.py"
OLDEST = [*sorted((Path.home() / ".pyenv" / "versions").glob("3.9.*/bin/python")), Path(sys.executable)][0]


def write_edit(path: Path) -> Path:
    clips = [
        {"id": "one", "name": "ALICE: Hello there.", "track": "Dialogue", "start": 90025, "duration": 40},
        {"id": "two", "name": "BOB: And hello to you.", "track": "Dialogue", "start": 90075, "duration": 60},
        {"id": "three", "name": "[door slams]", "track": "Effects", "start": 90200, "duration": 20},
    ]
    path.write_text(json.dumps({"rate": "25", "start": 90000, "clips": clips}), "utf-8")
    return path


def test_the_example_fills_its_timeline_and_changes_nothing_when_run_again(hums: Framevox, tmp_path: Path) -> None:
    edit = write_edit(tmp_path / "edit.json")
    environment = {**hums.environment, "HOME": str(tmp_path)}

    def run() -> str:
        command = [OLDEST, "-S", "-E", "-I", EXAMPLE, edit, sys.executable, ROOT]
        ran = subprocess.run(command, env=environment, capture_output=True, encoding="utf-8", timeout=60)
        assert ran.returncode == 0 and not ran.stderr, ran.stderr
        return ran.stdout

    said = run()
    assert "2 placed, 0 unchanged, 0 not placed" in said and "describes a sound" in said
    filled = json.loads(edit.read_text("utf-8"))
    takes = [clip for clip in filled["clips"] if "file" in clip]
    assert [(c["track"], c["start"], c["duration"]) for c in takes] == [("FV ALICE", 90025, 40), ("FV BOB", 90075, 60)]
    for clip in takes:
        sound = soundfile.info(clip["file"])
        assert signed(Path(clip["file"])).line_matches
        assert sound.frames == clip["head"] * 2 + clip["duration"] * sound.samplerate // 25, "handles at both ends"
    assert "0 placed, 2 unchanged" in run()
    assert json.loads(edit.read_text("utf-8")) == filled


def test_the_example_is_as_short_as_its_page_says() -> None:
    code = [line for line in EXAMPLE.read_text("utf-8").split('"""', 2)[2].splitlines() if line.strip()]
    assert len(code) <= 60


def test_a_host_finds_framevox_where_it_was_told_remembered_or_on_the_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FRAMEVOX_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setattr(state, "HOST", "cut")
    monkeypatch.setattr(installation, "_USUAL", ("~/.local/bin",))
    with pytest.raises(HostError, match="`framevox cut install`"):
        installation.find()
    with pytest.raises(HostError, match="choose another"):
        installation.find("/nowhere/python")
    environment = tmp_path / "environment" / "bin"
    environment.mkdir(parents=True)
    for name in ("python3", "framevox"):
        (environment / name).write_text("#!/bin/sh\n")
        (environment / name).chmod(0o755)
    links = tmp_path / ".local" / "bin"
    links.mkdir(parents=True)
    (links / "framevox").symlink_to(environment / "framevox")
    assert installation.find() == (str(environment / "python3"), str(environment)), "as pipx and uv link it"
    installation.remember(sys.executable, str(ROOT))
    assert installation.find() == (sys.executable, str(ROOT))
    installation.remember("/gone/python", "/gone")
    assert installation.find()[0] == str(environment / "python3"), "what was removed since is not used"


@pytest.mark.parametrize(
    ("script", "says"),
    [
        ("#!/bin/sh\necho 'no module named zmq' >&2\nexit 3\n", "ended unexpectedly .no module named zmq"),
        ("#!/bin/sh\nexec 1>&-\nexec sleep 60\n", "ended unexpectedly"),
        ("#!/bin/sh\nexec sleep 60\n", "has not answered for 0 s"),
        ('#!/bin/sh\nread l\necho \'{"re":1,"answer":"hello","protocol":99}\'\nread l\n', "differ in version"),
    ],
    ids=["dead", "closed", "silent", "another version"],
)
def test_a_helper_that_does_not_work_is_one_sentence_and_no_step_waits_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, says: str
) -> None:
    import time

    monkeypatch.setattr(state, "HOST", "cut")
    monkeypatch.setattr("framevox.plugin.host.helper_process.START_SECONDS", 0.4)
    python = tmp_path / "python"
    python.write_text(script)
    python.chmod(0o755)
    longest = 0.0
    with Helper(str(python), str(tmp_path), step_seconds=0) as helper, pytest.raises(HelperError, match=says):
        steps = helper.greeting()
        while True:
            begin = time.perf_counter()
            next(steps)
            longest = max(longest, time.perf_counter() - begin)
            time.sleep(0.005)
    assert longest < 0.1


def test_a_long_question_does_not_hold_up_the_host(tmp_path: Path) -> None:
    import time

    python = tmp_path / "python"
    python.write_text("#!/bin/sh\nexec sleep 60\n")
    python.chmod(0o755)
    helper = Helper(str(python), str(tmp_path), step_seconds=0)
    begin = time.perf_counter()
    helper.post("plan", items=["x" * 1000] * 5000)  # more than a pipe holds, and nobody reads it
    assert time.perf_counter() - begin < 1 and helper.poll() == []
    helper._process.kill()
    helper.close()
