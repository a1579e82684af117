"""The helper by itself, over its standard input and output, and what it makes of captions."""

from __future__ import annotations

import json
import subprocess
import sys
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from framevox.engine_daemon.protocol.timebase import Rate
from framevox.otio_adapters import whole_handles
from framevox.plugin.bridge.host_timeline import timeline_rate
from framevox.plugin.host.helper_process import PROTOCOL, Helper
from framevox.plugin.host.settings import SETTINGS
from tests.e2e.conftest import COMMAND, Framevox

ROOT = Path(__file__).parents[2]


def talk(framevox: Framevox, *lines: str) -> list[dict[str, Any]]:
    """Asks one thing after another, and returns all that was said until each was answered."""
    process = subprocess.Popen(
        [sys.executable, "-m", "framevox.plugin.bridge.stdio"],
        cwd=ROOT,
        env=framevox.environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None and process.stdout is not None
    said = []
    try:
        for line in lines:
            process.stdin.write(line + "\n")
            process.stdin.flush()
            while True:
                said.append(json.loads(process.stdout.readline()))
                if "answer" in said[-1]:
                    break
        process.stdin.close()
        assert process.wait(10) == 0, "it ends with its input"
    finally:
        process.kill()
        process.stdout.close()
    return [message for message in said if message.get("event") != "alive"]


def ask(number: int, what: str, **fields: Any) -> str:
    return json.dumps({"id": number, "ask": what, **fields})


def plan(number: int, *texts: str) -> str:
    items = [
        {
            "key": text,
            "kind": "caption",
            "text": text,
            "name": "",
            "track": "Subtitle 1",
            "start": [86400 + 100 * index, 1],
            "duration": [48, 1],
        }
        for index, text in enumerate(texts)
    ]
    timeline = {"rate": "24", "drop_frame": False, "project_rate": "24", "start": 86400}
    return ask(number, "plan", timeline=timeline, project="p", playhead="01:00:01:00", settings=SETTINGS, items=items)


def test_a_conversation(hums: Framevox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    said = talk(
        hums, ask(1, "hello", protocol=PROTOCOL), ask(2, "rate", text="29.97 DF"), plan(3, "ANN: One line.", "[noise]")
    )
    assert [message["re"] for message in said] == [1, 2, 3]
    assert (said[1]["numerator"], said[1]["denominator"]) == (30000, 1001)
    (cue,) = said[2]["cues"]
    assert (cue["character"], cue["text"], cue["start"], cue["duration"]) == ("ANN", "One line.", 86400, 48)
    assert said[2]["playhead"] == 86424 and "describes a sound" in said[2]["problems"][0]
    spoken = talk(
        hums,
        plan(1, "ANN: One line."),
        ask(2, "speak", cues=[{"cue": cue["cue"], "take": 1, "slot": None, "name": None}]),
    )
    (take,) = [message for message in spoken if message.get("event") == "take"]
    assert Path(take["file"]).is_file() and take["head"] == 12 * 2000
    assert spoken[-1]["counts"]["placed"] == 1 and spoken[-1]["reason"] == "finished"


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("not json", "not a JSON object"),
        ("[1]", "not a JSON object"),
        ('{"id": 1, "ask": "sing"}', "does not know 'sing'"),
        ('{"id": 1, "ask": "rate", "text": "12.34"}', "unknown frame rate"),
        ('{"id": 1, "ask": "speak", "cues": []}', "before a plan"),
    ],
)
def test_what_it_does_not_understand_is_answered(hums: Framevox, line: str, says: str) -> None:
    first, second = talk(hums, line, ask(2, "rate", text="25"))
    assert first["answer"] == "error" and says in first["message"] and "trace" not in first
    assert second["re"] == 2 and second["numerator"] == 25, "it goes on"


def test_a_cue_of_another_plan_is_refused(hums: Framevox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    other = {"cue": "fv-0123456789abcdef", "take": 1, "slot": None, "name": None}
    _, refused = talk(hums, plan(1, "ANN: One line."), ask(2, "speak", cues=[other]))
    assert "no cue fv-0123456789abcdef" in refused["message"]


def test_a_fault_of_its_own_comes_with_its_traceback(hums: Framevox) -> None:
    (answer,) = talk(hums, ask(1, "rate"))
    assert "a fault in framevox itself (KeyError: 'text')" in answer["message"]
    assert answer["trace"].startswith("Traceback") and "answers.py" in answer["trace"]


@pytest.mark.slow
def test_what_is_slow_is_told_to_the_host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    framevox = Framevox(tmp_path / "framevox")
    (cue,) = talk(framevox, plan(1, "ANN: One line."))[0]["cues"]
    said = talk(
        framevox,
        plan(1, "ANN: One line."),
        ask(2, "speak", cues=[{"cue": cue["cue"], "take": 1, "slot": None, "name": None}]),
    )
    framevox.run("stop")
    # Loading the model is slow too on a busy machine, and then says so.
    assert "Starting the engine daemon" in [message["text"] for message in said if message.get("event") == "note"]


def test_the_host_says_what_it_waits_for_and_passes_on_what_the_helper_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    helper = (
        "import json, sys, time\n"
        "asked = json.loads(input())\ntime.sleep(0.6)\n"
        "print(json.dumps({'event': 'note', 'text': 'Looking for a GPU'}), flush=True)\n"
        "print(json.dumps({'re': asked['id'], 'answer': 'hello', 'protocol': "
        + str(PROTOCOL)
        + "}), flush=True)\ninput()"
    )
    monkeypatch.setattr("framevox.plugin.host.helper_process._BRIDGE", helper)
    monkeypatch.setattr("framevox.plugin.host.helper_process.SLOW_SECONDS", 0.2)
    with Helper(sys.executable, str(tmp_path)) as helper:
        helper.hello()
    assert capsys.readouterr().out.splitlines() == [
        "Framevox: starting its helper",
        "Framevox: Looking for a GPU",
    ]


def test_the_command_is_the_same_helper(hums: Framevox) -> None:
    done = subprocess.run(
        [COMMAND, "bridge"],
        env=hums.environment,
        input=ask(1, "rate", text="25") + "\n",
        capture_output=True,
        text=True,
        timeout=60,
    )
    # Its input ends at once, so it may leave before or after the answer, but cleanly.
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("told", "drop", "rate"),
    [
        ("29.97 DF", False, Rate(Fraction(30000, 1001), True)),
        ("29.97", True, Rate(Fraction(30000, 1001), True)),
        ("23.976", True, Rate(Fraction(24000, 1001))),
        ("25.0", False, Rate(Fraction(25))),
        ("59.94005994", True, Rate(Fraction(60000, 1001), True)),
    ],
)
def test_rates_as_resolve_writes_them(told: str, drop: bool, rate: Rate) -> None:
    assert timeline_rate(told, drop) == rate


@pytest.mark.parametrize(
    ("rate", "frames"), [("24", 12), ("23.976", 12), ("29.97", 15), ("59.94", 15), ("25", 12), ("119.88", 15)]
)
def test_handles_are_whole_samples(rate: str, frames: int) -> None:
    assert whole_handles(12, Rate.parse(rate), 48000) == frames
