"""``framevox live`` and ``framevox preset``, as a streamer runs them."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from framevox.engine_daemon.client import Client
from tests.processes import interrupt, rest
from tests.provenance.marks import signed

from .conftest import COMMAND, Framevox, wait_for

THANKS = "感谢老铁送的火箭!"


@pytest.fixture
def girl(served: Framevox) -> Iterator[str]:
    """A preset."""
    served.run("preset", "add", "girl", "--voice", "alto", "--fit", "ratio:1.1", "--language", "zh", "--replace")
    yield "girl"


def live(framevox: Framevox, *options: str | Path, code: int | None = 0, stdin: bytes = b"") -> tuple[bytes, str]:
    """What a command printed, as bytes, and what it said."""
    done = subprocess.run(
        [COMMAND, "live", *map(str, options)], env=framevox.environment, input=stdin, capture_output=True, timeout=100
    )
    said = done.stderr.decode()
    assert "Traceback" not in said and "Fatal" not in said, said
    assert code is None or done.returncode == code, f"{done.returncode}\n{said}"
    return done.stdout, said


def read(stream: bytes) -> list[tuple[dict[str, Any], bytes]]:
    """The lines of JSON in a stream, each with the bytes behind it."""
    file, found = io.BytesIO(stream), []
    while header := file.readline():
        about = json.loads(header)
        content = file.read(about["bytes"])
        assert len(content) == about["bytes"]
        found.append((about, content))
    return found


def samples(content: bytes, form: str) -> Any:
    """Samples as whole numbers of 24 bits."""
    if form == "s24le":
        wide = np.zeros((len(content) // 3, 4), np.uint8)
        wide[:, 1:] = np.frombuffer(content, np.uint8).reshape(-1, 3)
        return wide.view("<i4")[:, 0] >> 8
    if form == "f32le":
        return np.rint(np.frombuffer(content, "<f4") * 2.0**23).astype(np.int64)
    return np.frombuffer(content, "<i2").astype(np.int64) << 8


# --- where it goes ---


@pytest.mark.parametrize(("form", "off"), [("s24le", 0), ("f32le", 0), ("s16le", 128)])
def test_a_pipe_has_what_speak_makes_of_the_line_in_pieces(
    served: Framevox, girl: str, tmp_path: Path, form: str, off: int
) -> None:
    text = f"{form} PART and PART and the rest of a line"
    out, _ = live(served, "--preset", girl, "-o", "-", "--pcm", form, stdin=f"{text}\n".encode())
    *pieces, (end, _) = read(out)
    assert len(pieces) == 3
    assert [about["piece"] for about, _ in pieces] == [1, 2, 3]
    at = 0
    for about, content in pieces:
        wanted = {
            "line": "1",
            "start_sample": at,
            "sample_rate": 48000,
            "channels": 1,
            "format": form,
            "synthetic": True,
        }
        assert {key: about[key] for key in wanted} == wanted
        assert about["samples"] * {"s24le": 3, "f32le": 4, "s16le": 2}[form] == len(content)
        at += about["samples"]
    assert end == {"line": "1", "status": "placed", "message": "", "pieces": 3, "samples": at, "bytes": 0}
    served.run(
        *("speak", text, "-o", tmp_path / "line.wav", "--voice", "alto", "--fit", "ratio:1.1", "--language", "zh")
    )
    whole = soundfile.read(tmp_path / "line.wav", dtype="int32")[0] >> 8
    heard = samples(b"".join(content for _, content in pieces), form)
    assert len(heard) == len(whole) and np.abs(heard - whole).max() <= off


def test_a_folder_has_a_file_for_each_line_and_loses_none(served: Framevox, girl: str, tmp_path: Path) -> None:
    folder = tmp_path / "a folder"
    lines = f'{THANKS}\n{{"text": "Good night.", "id": "bye/now"}}\nMEI: Tomorrow again.'.encode()
    out, _ = live(served, "--preset", girl, "-o", folder, stdin=lines)
    names = ["0001.wav", "bye-now.wav", "0003.wav"]
    assert out.decode().splitlines() == [str(folder / name) for name in names]
    assert all(soundfile.info(folder / name).frames > 10_000 for name in names)
    assert all(signed(folder / name).line_matches for name in names)
    out, _ = live(served, "--preset", girl, "-o", folder, stdin=b"Another first line.")
    assert out.decode().strip() == str(folder / "0001_v2.wav")
    assert soundfile.info(folder / "0001.wav").frames != soundfile.info(folder / "0001_v2.wav").frames


@pytest.fixture
def silence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A sound device that plays to nobody."""
    if sys.platform != "linux":
        pytest.skip("a device without a machine for it takes ALSA")
    try:
        import sounddevice  # noqa: F401
    except (ImportError, OSError) as error:  # its wheel for Linux brings no PortAudio
        pytest.skip(f"needs sounddevice and PortAudio: {error}")
    path = tmp_path / "asound.conf"
    # PortAudio aborts where ALSA has no default.
    named = 'pcm.{} {{ type null hint {{ show on description "Nothing" }} }}\n'
    path.write_text(named.format("silence") + named.format("!default"))
    monkeypatch.setenv("ALSA_CONFIG_PATH", str(path))
    return "silence"


def test_lines_are_played_on_a_device(served: Framevox, girl: str, silence: str) -> None:
    for device in (silence, "0", "default"):
        out, said = live(served, "--preset", girl, "--device", device, stdin=b"One.\nFAIL\nTwo PART lines.", code=3)
        assert out == b"" and "cannot hum" in said


def test_a_device_that_is_not_there_is_named_with_those_that_are(served: Framevox, girl: str, silence: str) -> None:
    for device in ("no such device", "999"):
        _, said = live(served, "--preset", girl, "--device", device, code=2)
        assert said.startswith(f"framevox: --device {device}: ") and said.endswith(
            ": the devices are 0 silence, 1 default\n"
        ), said


def test_it_must_be_said_where_the_sound_goes(served: Framevox, girl: str) -> None:
    for options in ([], ["-o", "-", "--device", "default"]):
        _, said = live(served, "--preset", girl, *options, code=2)
        assert "say where the sound goes" in said


# --- lines ---


def test_bad_lines_are_named_and_the_others_are_spoken(served: Framevox, girl: str) -> None:
    bad = {
        b"": "it is empty",
        b"   ": "it is empty",
        b"\xff\xfe is not text": "byte 1 is not UTF-8: convert the text first",
        "感谢".encode("gb18030"): "is not UTF-8",
        b'{"text": "no end"': "it is not JSON (Expecting ',' delimiter, column",
        b'{"text": "hi", "language": "xx"}': "'xx' is not one of auto, zh, en",
        b'{"text": 3}': "text is missing, or is not text",
        b'{"txet": "hi"}': "there is no key 'txet': did you mean 'text'?",
        b'{"text": "hi", "emotion": "happy=9"}': "happy",
        b'{"text": "hi", "fit": "fill"}': "a live line has none: use natural or ratio:X",
        b'{"text": "hi", "fit": "ratio:9"}': "ratio:9 lies outside of the limits",
        b'{"text":' + b"[" * 100_000: "it is not JSON (it nests too deep)",
        b"x" * 10_000: "the line has 10000 characters; the longest allowed is 2000",
        b"y" * 3_000_000: "it is longer than 1 MiB: split it",
        b"FAIL": "cannot hum",
        b"...": "is empty",
        "привет".encode(): "nothing in the line can be spoken: 'привет'",
        b"[door slams]": "describes a sound and says nothing",
    }
    stdin = b"\n".join([b"The first.", *bad, b"The last."])
    out, said = live(served, "--preset", girl, "-o", "-", stdin=stdin, code=3)
    ends = {about["line"]: about for about, _ in read(out) if "status" in about}
    assert list(ends) == [str(number + 1) for number in range(len(bad) + 2)]
    assert ends["1"]["status"] == ends[str(len(bad) + 2)]["status"] == "placed"
    for number, what in enumerate(bad.values(), 2):
        message = ends[str(number)]["message"]
        assert ends[str(number)]["status"] == "failed"
        assert message.startswith(f"line {number}: ") and what in message, message
        assert f"framevox: {message}" in said


def test_a_line_may_say_how_it_is_spoken(served: Framevox, girl: str) -> None:
    lines = (
        '{"text": "The same words.", "fit": "natural"}\n{"text": "The same words.", "fit": "ratio:1.3", "id": 7}\n'
        '{"text": "The same words.", "take": 3, "fit": "natural"}\n'
    )
    out, _ = live(served, "--preset", girl, "-o", "-", stdin=lines.encode())
    assert [about["line"] for about, _ in read(out) if "status" in about] == ["1", "7", "3"]
    natural, drawn, take = (content for about, content in read(out) if "piece" in about)
    assert len(drawn) > 1.2 * len(natural) and take != natural


def test_nothing_in_is_nothing_out(served: Framevox, girl: str) -> None:
    assert live(served, "--preset", girl, "-o", "-")[0] == b""


# --- while it runs ---


def sessions(framevox: Framevox) -> int:
    """The daemon's open live sessions."""
    with Client.connect(start=False, home=framevox.home) as client:
        return int(client.status()["live"])


class Running:
    """A ``live`` that is spoken to while it runs, on a daemon whose every piece takes a quarter of a second."""

    def __init__(self, framevox: Framevox, *options: str) -> None:
        framevox.run("preset", "add", "girl", "--voice", "alto", "--replace")
        self.process = subprocess.Popen(
            [COMMAND, "live", "--preset", "girl", "-o", "-", *options],
            env=framevox.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        assert self.process.stdin and self.process.stdout and self.process.stderr
        while b"Speaking with" not in self.process.stderr.readline():
            pass

    def say(self, line: str) -> None:
        assert self.process.stdin
        self.process.stdin.write(line.encode() + b"\n")
        self.process.stdin.flush()

    def hear(self) -> dict[str, Any]:
        assert self.process.stdout
        about: dict[str, Any] = json.loads(self.process.stdout.readline())
        self.process.stdout.read(about["bytes"])
        return about

    def end(self) -> tuple[list[dict[str, Any]], str]:
        """What it says after its last line."""
        assert self.process.stdin
        self.process.stdin.close()
        return self.rest()

    def rest(self) -> tuple[list[dict[str, Any]], str]:
        """What it says until it ends by itself."""
        out, said = rest(self.process)
        assert out is not None and said is not None and b"Traceback" not in said and b"Fatal" not in said, said.decode()
        return [about for about, _ in read(out)], said.decode()


LONG = "a long line " + "PART " * 30


def test_a_line_is_heard_before_the_next_one_is_written(alone: Framevox) -> None:
    running = Running(alone)
    for number in ("1", "2"):
        running.say("a line")
        assert running.hear()["piece"] == 1
        assert running.hear() | {"samples": 0} == {
            **{"line": number, "status": "placed", "message": "", "pieces": 1, "samples": 0, "bytes": 0}
        }
    assert running.end()[0] == [] and running.process.returncode == 0


def test_a_new_line_stops_the_running_one(alone: Framevox) -> None:
    running = Running(alone, "--barge-in")
    running.say(LONG)
    assert running.hear()["piece"] == 1
    running.say("skipped\nanother")
    heard, _ = running.end()
    ends = {about["line"]: about["status"] for about in heard if "status" in about}
    assert ends["1"] == "stopped" and ends["3"] == "placed" and ends["2"] in ("stopped", "placed")
    assert running.process.returncode == 0


@pytest.mark.slow
def test_a_line_can_ask_for_silence(alone: Framevox) -> None:
    running = Running(alone)
    running.say(LONG)
    assert running.hear()["piece"] == 1
    running.say('dropped\n{"stop": true}\nspoken')
    heard, _ = running.end()
    ends = {about["line"]: about["status"] for about in heard if "status" in about}
    assert ends == {"1": "stopped", "2": "stopped", "4": "placed"}


@pytest.mark.slow
def test_a_reader_that_goes_ends_the_command_and_not_the_daemon(alone: Framevox) -> None:
    running = Running(alone)
    pid = alone.daemon_pid()
    running.say(LONG)
    running.hear()
    assert running.process.stdout and running.process.stderr
    running.process.stdout.close()
    assert running.process.wait(30) == 1
    said = running.process.stderr.read().decode()
    assert "whoever read the sound is gone" in said and "Traceback" not in said and "Exception" not in said
    wait_for(lambda: sessions(alone) == 0)
    assert alone.daemon_pid() == pid
    assert live(alone, "--preset", "girl", "-o", "-", stdin=b"again")[0]


@pytest.mark.skipif(sys.platform == "win32", reason="a console of its own is needed to send Ctrl-C")
@pytest.mark.parametrize("talking", [True, False])
def test_ctrl_c_ends_it(alone: Framevox, talking: bool) -> None:
    running = Running(alone)
    if talking:
        running.say(LONG)
        running.hear()
    interrupt(running.process)
    _, said = running.rest()
    assert running.process.returncode == 1 and "stopped by Ctrl-C" in said
    wait_for(lambda: sessions(alone) == 0)


@pytest.mark.slow
def test_a_daemon_that_dies_in_the_middle_is_replaced_and_the_line_goes_on(alone: Framevox) -> None:
    running = Running(alone)
    running.say("one PART two PART three")
    first = running.hear()
    alone.kill_daemon()
    heard, said = running.end()
    assert running.process.returncode == 0, said
    pieces = [first, *(about for about in heard if "piece" in about)]
    at = 0
    for piece in pieces:
        assert piece["start_sample"] == at
        at += piece["samples"]
    assert heard[-1]["status"] == "placed" and heard[-1]["samples"] == at


@pytest.mark.slow
def test_a_daemon_that_is_stopped_is_said_to_be(alone: Framevox) -> None:
    running = Running(alone)
    running.say(LONG)
    running.hear()
    alone.run("stop")
    _, said = running.end()
    assert running.process.returncode == 1 and "the daemon was stopped: run the command again" in said


@pytest.mark.slow
def test_lines_are_not_read_far_ahead(alone: Framevox) -> None:
    """A program that writes without end is held up, instead of filling the memory."""
    running = Running(alone)
    assert running.process.stdin
    os.set_blocking(running.process.stdin.fileno(), False)
    written, deadline = 0, time.monotonic() + 5
    block = b"a line that is never heard\n" * 1000
    while time.monotonic() < deadline and written < 10**7:
        try:
            written += os.write(running.process.stdin.fileno(), block)
        except BlockingIOError:
            time.sleep(0.05)
    assert written < 10**6
    interrupt(running.process)
    rest(running.process)


# --- presets ---


def test_a_preset_is_kept_shown_and_forgotten(served: Framevox, tmp_path: Path) -> None:
    served.run(
        *("preset", "add", "quiet", "--voice", "tenor", "--emotion", "sad=0.4", "--fit", "ratio:0.9"),
        *("--language", "en", "--loudness", "-18", "--take", "2", "--min-ratio", "0.8"),
    )
    shown = served.run("preset", "show", "quiet", "--json").json
    assert shown == {
        "name": "quiet",
        "voice": "tenor",
        "language": "en",
        "emotion": "sad=0.4",
        "fit": "ratio:9/10",
        "min_ratio": "4/5",
        "take": "2",
        "loudness": "-18.0",
    }
    assert shown in served.run("preset", "list", "--json").json["presets"]
    assert "emotion          sad=0.4" in served.run("preset", "show", "quiet").out
    assert "quiet: voice tenor" in served.run("preset", "list").out
    out, _ = live(served, "--preset", "quiet", "-o", tmp_path, stdin=b"Hello there.")
    assert soundfile.info(out.decode().strip()).frames
    assert "already: use --replace" in served.run("preset", "add", "quiet", code=2).err
    served.run("preset", "add", "quiet", "--replace")
    assert served.run("preset", "show", "quiet", "--json").json == {"name": "quiet"}
    served.run("preset", "remove", "quiet")
    assert "there is no preset 'quiet'" in served.run("preset", "remove", "quiet", code=2).err


def test_a_preset_that_does_not_exist_is_answered_with_the_nearest(served: Framevox, girl: str) -> None:
    _, said = live(served, "--preset", "grl", "-o", "-", code=2)
    assert said == "framevox: there is no preset 'grl': did you mean 'girl'?\n"


def test_a_preset_that_cannot_speak_is_not_kept(served: Framevox) -> None:
    said = served.run("preset", "add", "bad", "--voice", "nobody", code=2).err
    assert "preset bad: unknown voice 'nobody': the voices are alto, tenor" in said
    assert "needs a slot, and a live line has none" in served.run("preset", "add", "bad", "--fit", "fill", code=2).err
    assert "is no name for a preset" in served.run("preset", "add", "../x", code=2).err
    assert "cannot be read" in served.run("preset", "add", "bad", "--voice", "./gone.bin", code=2).err
    assert "'bad'" in served.run("preset", "show", "bad", code=2).err


def test_a_damaged_preset_costs_no_other(served: Framevox, girl: str) -> None:
    path = served.home / "presets" / "broken.json"
    path.write_text("{")
    try:
        ran = served.run("preset", "list")
        assert "girl" in ran.out and "broken.json is no preset" in ran.err
        _, said = live(served, "--preset", "broken", "-o", "-", code=2)
        assert "broken.json is no preset" in said and "add it again" in said
    finally:
        path.unlink()


def test_a_voice_file_of_a_preset_is_found_from_every_folder(tmp_path: Path) -> None:
    framevox = Framevox(tmp_path / "home")
    daemon = framevox.serve("tests.e2e.engine:pitch_files")
    (tmp_path / "voices").mkdir()
    (tmp_path / "voices" / "high.bin").write_text("440")
    framevox.run("preset", "add", "high", "--voice", "high.bin", cwd=tmp_path / "voices")
    (tmp_path / "elsewhere").mkdir()
    ran = subprocess.run(
        [COMMAND, "live", "--preset", "high", "-o", "."],
        env=framevox.environment,
        input=b"Hello there.",
        cwd=tmp_path / "elsewhere",
        check=True,
    )
    assert ran.returncode == 0
    sound, rate = soundfile.read(tmp_path / "elsewhere" / "0001.wav")
    peak = np.abs(np.fft.rfft(sound)).argmax() * rate / len(sound)
    assert abs(peak - 440) < 2
    framevox.run("stop")
    daemon.wait(20)
