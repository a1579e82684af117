"""A voice from a clip on the built-in engine, through a real daemon: approximate, and said to be so."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import opentimelineio as otio
import pytest
import soundfile

from tests.audio.test_enrolment import bad

from .conftest import Framevox, write_timeline

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

TEXT = "We read the letter twice by the window. Nobody in the house wanted to say anything about the old man's boat."
LINES = [("MEI: We leave at noon.", 60), ("BOB: Not without me.", 60)]


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Framevox]:
    """A command with a voice MEI of its own, spoken by none of the voices alone, and a daemon with the real model."""
    framevox = Framevox(tmp_path_factory.mktemp("home"))
    clip = framevox.home / "clip.wav"
    framevox.run("speak", TEXT, "-o", clip, "--voice", "am_puck:0.5+bm_george:0.5")
    framevox.run("voice", "add", "MEI", clip, "--consent", "made for a test")
    yield framevox
    framevox.run("stop")


@pytest.mark.slow
def test_fill_and_speak_give_an_approximate_voice_and_say_so(real: Framevox, tmp_path: Path) -> None:
    film = write_timeline(tmp_path / "cut.otio", LINES)
    (tmp_path / "framevox.toml").write_text('[voices]\nMEI = "MEI"\nBOB = "am_michael"\n')
    report = real.run("fill", film, tmp_path / "out.otio", "--json").json
    mei, bob = report["cues"]
    assert (mei["voice"], bob["voice"]) == ("MEI", "am_michael")
    assert "approximate: the engine does not clone, the nearest voice is " in mei["message"]
    assert "approximate" not in (bob["message"] or "")
    filled = otio.adapters.read_from_file(str(tmp_path / "out.otio"))
    (take,) = [dict(clip.metadata["framevox"]["take"]) for clip in filled.find_clips() if clip.name == LINES[0][0]]
    assert take["voice"] == "MEI" and take["message"] == mei["message"]

    heard = {}
    for name, options in {
        "plain": (),
        "angry": ("--emotion", "angry"),
        "stock": ("--voice", "am_puck"),
        "blend": ("--voice", "MEI:0.5+af_heart:0.5"),
        "clip": ("--voice", str(real.home / "clip.wav")),
    }.items():
        out = tmp_path / f"{name}.wav"
        ran = real.run("speak", "MEI: We leave at noon.", "-o", out, "--seconds", "2", "--json", *options, cwd=tmp_path)
        (cue,) = ran.json["cues"]
        assert cue["status"] == "placed" and soundfile.info(out).frames == 96000
        assert ("approximate" in (cue["message"] or "")) == (name != "stock")
        heard[name] = soundfile.read(out)[0].tobytes()
    # The clip that is named by its path is the whole recording, and the voice its best part without silence: both are
    # approximated, perhaps alike.
    del heard["clip"]
    assert len(set(heard.values())) == len(heard)


def test_the_daemon_says_that_it_does_not_clone_and_lists_the_voice_as_approximate(real: Framevox) -> None:
    assert "clones False" in " ".join(real.run("status").out.split())
    known = {voice["name"]: voice for voice in real.run("voices", "--json").json["voices"]}
    assert known["MEI"]["about"] == "approximate, after a clip of yours"


@pytest.mark.slow
def test_what_was_found_is_kept_when_the_daemon_is_gone(real: Framevox, tmp_path: Path) -> None:
    def speak(text: str) -> None:
        real.run("speak", text, "-o", tmp_path / "a.wav", "--voice", "MEI")

    speak("And that is that.")
    real.run("stop")
    found = list((real.home / "cache").rglob("*.json"))
    before = {path: path.stat().st_mtime_ns for path in found if "shares" in path.read_text()}
    assert before
    speak("And that was that.")
    assert {path: path.stat().st_mtime_ns for path in before} == before


@pytest.mark.slow
def test_a_voice_that_is_removed_while_lines_use_it_fails_by_its_name(real: Framevox, tmp_path: Path) -> None:
    film = write_timeline(tmp_path / "cut.otio", LINES)
    timeline = otio.adapters.read_from_file(str(film))
    first = next(iter(timeline.find_clips()))
    first.metadata["framevox"] = {"voice": "LEA"}
    otio.adapters.write_to_file(timeline, str(film))
    real.run("voice", "export", "MEI", "-o", tmp_path / "mei.fvoice")
    real.run("voice", "import", tmp_path / "mei.fvoice", "--name", "LEA")
    report = real.run("fill", film, tmp_path / "out.otio", "--json", "--voice", "BOB=am_michael").json
    media = Path(report["cues"][0]["media"])
    real.run("voice", "remove", "LEA")
    again = real.run("fill", film, tmp_path / "out.otio", "--json", "--voice", "BOB=am_michael", code=3).json
    assert [cue["status"] for cue in again["cues"]] == ["failed", "placed"]
    assert "unknown voice 'LEA'" in again["cues"][0]["message"] and media.is_file()
    (tmp_path / "framevox.toml").write_text('[voices]\nMEI = "LEA"\n')
    first.metadata["framevox"] = {}
    otio.adapters.write_to_file(timeline, str(film))
    said = real.run("fill", film, tmp_path / "new.otio", code=2).err
    assert "[voices] MEI: unknown voice 'LEA'" in said and not (tmp_path / "new.otio").exists()


@pytest.mark.slow
def test_json_names_the_voice_as_it_was_given(real: Framevox, tmp_path: Path) -> None:
    cue = json.loads(real.run("speak", "Good.", "-o", tmp_path / "a.wav", "--voice", "MEI", "--json").out)["cues"][0]
    assert cue["voice"] == "MEI"


@pytest.mark.parametrize(
    ("what", "says"),
    [
        ("empty", "bad.wav is empty: export it again"),
        ("no sound", "bad.wav: not a Kokoro voice.* A clip is WAV, FLAC"),
        ("hours", "larger than 16 MiB, too large for a voice: cut a clip to 15 s"),
        ("silent", "bad.wav is silent"),
        ("short", "0.50 s long, too short for a voice"),
        ("six", "6 channels: export the one with the dialogue"),
    ],
)
def test_a_clip_that_is_no_voice_is_refused_by_its_path(real: Framevox, tmp_path: Path, what: str, says: str) -> None:
    clip = bad(tmp_path, what)
    said = real.run("speak", "Hello.", "-o", tmp_path / "a.wav", "--voice", clip, code=2).err
    assert re.search(says, said), said
    assert not (tmp_path / "a.wav").exists()
