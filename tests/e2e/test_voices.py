"""``framevox voices``, and who speaks a line that names no voice."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest
import soundfile

from .conftest import Framevox


def test_voices_are_listed_with_what_is_known_of_them(served: Framevox) -> None:
    out = served.run("voices").out
    assert "alto" in out and "tenor" in out and "female" in out and "--voice PATH" in out
    assert "Default for" in out and "en, zh" in out
    listed = served.run("voices", "--language", "ja", "--json").json["voices"]
    assert [(voice["name"], voice["gender"], voice["tier"]) for voice in listed] == [
        ("alto", "female", 0),
        ("tenor", "male", 0),
    ]
    assert "ja" in listed[0]["languages"] and listed[0]["default_for"] == ["en", "zh"]


def test_with_two_engines_each_voice_says_which_it_needs(served: Framevox, tmp_path: Path) -> None:
    assert "Engine" not in served.run("voices").out
    framevox = Framevox(tmp_path / "home")
    daemon = framevox.serve("tests.e2e.engine:tone", "--beside", "kokoro")
    try:
        out = " ".join(framevox.run("voices", "--language", "en").out.split())
        assert "Engine" in out and "alto tests.e2e" in out and "af_heart kokoro" in out
        listed = framevox.run("voices", "--json").json["voices"]
        assert {(voice["engine"], voice["beside"]) for voice in listed} == {
            ("tests.e2e.engine:tone", False),
            ("kokoro", True),
        }
        status = " ".join(framevox.run("status").out.split())
        assert "engine state ready" in status and "beside kokoro beside state ready" in status
    finally:
        framevox.run("stop")
        daemon.wait(20)


def test_a_sample_is_written_to_a_file(served: Framevox, tmp_path: Path) -> None:
    out = served.run("voices", "--play", "tenor", "-o", tmp_path / "new" / "tenor.wav").out
    assert "tenor" in out
    assert soundfile.info(str(tmp_path / "new" / "tenor.wav")).frames > 48000


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--language", "hi"], "no voice speaks hi: there are voices of en, ja, ko, zh"),
        (["--language", "klingon"], "unknown language 'klingon': use one of zh, en, ja, ko, es, fr-fr"),
        (["-o", "a.wav"], "-o goes with --play VOICE"),
        (["--play", "tenor", "-o", "a.ogg"], "the name must end in .wav, .flac, .mp3"),
        (["--play", "nobody", "-o", "a.wav"], "--play: unknown voice 'nobody'"),
    ],
)
def test_what_cannot_be_done_ends_with_2_and_says_why(
    served: Framevox, tmp_path: Path, arguments: list[str], said: str
) -> None:
    ran = served.run("voices", *arguments, code=2, cwd=tmp_path)
    assert said in ran.err
    assert not list(tmp_path.glob("a.*"))


def test_without_a_way_to_play_the_file_is_named_as_the_other_one(served: Framevox) -> None:
    try:
        importlib.import_module("sounddevice")
    except (ImportError, OSError):
        assert "-o FILE" in served.run("voices", "--play", "tenor", code=2).err
    else:
        pytest.skip("this machine can play sound")


def test_a_gender_chooses_among_the_defaults_and_the_take_says_who_spoke(served: Framevox, tmp_path: Path) -> None:
    spoke = [
        served.run("speak", "Hello.", "-o", tmp_path / "a.wav", "--json", *said).json["cues"][0]["voice"]
        for said in ([], ["--voice", "female"], ["--voice", "male"])
    ]
    assert spoke == ["alto", "alto", "tenor"]
