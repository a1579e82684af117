"""This engine and the built-in one in one daemon: as a film's lines, voice by voice, and with memory given back."""

from __future__ import annotations

import gc
import io
import os
import subprocess
import sys
import weakref
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import opentimelineio as otio
import pytest
import soundfile

from framevox.engine_daemon.client import Client
from framevox.engine_daemon.client.events import Done, Event, Failed, TakeReady
from framevox.engine_daemon.engines.base import PLAIN, unwrap
from framevox.engine_daemon.protocol.connection import Home
from framevox.engine_daemon.protocol.cues import Cue, Fit, Output
from framevox.engine_daemon.protocol.timebase import Rate
from framevox.engine_daemon.text import read_line
from tests.e2e.conftest import Framevox
from tests.service.conftest import a_home

OUTPUT = Output(loudness=None, handles=0)
TEXT = "hello world, the voice of today."


@pytest.fixture(scope="module")
def clip(record: dict[str, Any]) -> bytes:
    file = io.BytesIO()
    soundfile.write(file, record["spk_audio_24k"], 24000, format="WAV")
    return file.getvalue()


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    yield from a_home(tmp_path / "home")


def told(event: Event) -> bool:
    """Whether an event is the outcome of a cue, or the last of a batch."""
    return isinstance(event, (TakeReady, Failed, Done))


def cue(id: str, voice: str) -> Cue:
    return Cue(id, TEXT, Rate(Fraction(24)), 0, None, voice=voice, language="en", fit=Fit("natural"))


def test_a_built_in_line_is_answered_while_the_model_loads(folder: Path, clip: bytes, home: Path) -> None:
    options = ("--engine", "tests.engines.indextts2.slow:create", "--beside", "kokoro", "--model", str(folder))
    takes: list[TakeReady] = []
    cues = [cue("cloned", "anna"), cue("built in", "af_heart")]
    with (
        Client.connect(home=home, options=(*options, "--threads", "1")) as client,
        Client.connect(home=home) as other,
    ):
        for event in client.render(cues, OUTPUT, voices={"anna": clip}):
            if isinstance(event, TakeReady):
                takes.append(event)
                if len(takes) == 1:
                    status = other.status()
                    assert (status["engine_state"], status["beside_state"]) == ("loading", "ready")
                    (home / "cache" / "go").touch()
    assert [take.take.cue for take in takes] == ["built in", "cloned"]
    assert [take.take.engine.split()[0] for take in takes] == ["kokoro", "indextts2"]


@pytest.mark.slow
def test_one_fill_has_lines_for_both_engines(folder: Path, clip: bytes, tmp_path: Path) -> None:
    framevox = Framevox(tmp_path / "home")
    (tmp_path / "home" / "voices").mkdir(parents=True)
    (tmp_path / "home" / "voices" / "mei.wav").write_bytes(clip)
    (tmp_path / "anna.wav").write_bytes(clip)
    voices = {"ANNA": "anna.wav", "BEN": "am_michael", "CAROL": "female", "MEI": "mei", "NOBODY": ""}
    timeline = otio.schema.Timeline("film", global_start_time=otio.opentime.RationalTime(0, 24))
    track = otio.schema.Track("lines", kind=otio.schema.TrackKind.Audio)
    timeline.tracks.append(track)
    for name, voice in voices.items():
        about = {"text": TEXT, "fit": "natural", **({"voice": voice} if voice else {})}
        length = otio.opentime.TimeRange(otio.opentime.RationalTime(0, 24), otio.opentime.RationalTime(24 * 60, 24))
        track.append(otio.schema.Clip(name, source_range=length, metadata={"framevox": about}))
    otio.adapters.write_to_file(timeline, str(tmp_path / "film.otio"))
    daemon = framevox.serve("indextts2", "--model", str(folder), "--threads", "1")
    try:
        # Before any model is there, every voice says which engine it needs.
        listed = {voice["name"]: voice for voice in framevox.run("voices", "--json").json["voices"]}
        assert (listed["mei"]["engine"], listed["mei"]["beside"]) == ("indextts2", False)
        assert (listed["af_heart"]["engine"], listed["af_heart"]["beside"]) == ("kokoro", True)
        assert next(iter(listed)) == "mei" and listed["mei"]["languages"] == ["zh", "en"]
        assert "engine state not loaded" in " ".join(framevox.run("status").out.split())
        framevox.run("fill", "film.otio", "out.otio", "--loudness", "off", cwd=tmp_path)
    finally:
        framevox.run("stop")
        daemon.wait(20)
    filled = otio.adapters.read_from_file(str(tmp_path / "out.otio"))
    takes = [clip for clip in filled.find_clips() if "take" in clip.metadata["framevox"]]
    spoke = {clip.name: clip.metadata["framevox"]["take"]["engine"].split()[0] for clip in takes}
    assert spoke == {
        "ANNA": "indextts2", "BEN": "kokoro", "CAROL": "kokoro", "MEI": "indextts2", "NOBODY": "indextts2",
    }  # fmt: skip


@pytest.mark.slow
def test_the_release_as_it_is_can_be_asked_for(folder25: Path, clip: bytes, home: Path) -> None:
    """Random weights of this release make no sound; what is loaded says what it is."""
    options = ("--engine", "indextts2", "--model", str(folder25), "--threads", "1", "--as-released")
    with Client.connect(home=home, options=options) as client:
        list(client.render([cue("a", "anna")], OUTPUT, voices={"anna": clip}))
    assert "-as-released loaded" in Home.find(home).log_file.read_text()


def test_a_voice_that_nobody_has_is_refused_without_the_model(folder: Path, home: Path) -> None:
    with Client.connect(home=home, options=("--engine", "indextts2", "--model", str(folder))) as client:
        [failed, _] = [e for e in client.render([cue("a", "af_hart")], OUTPUT) if told(e)]
        assert (
            isinstance(failed, Failed) and "unknown voice 'af_hart'" in failed.message and "af_heart" in failed.message
        )
        assert client.status()["engine_state"] == "not loaded"


def test_voices_are_listed_without_torch(folder: Path, folder25: Path, tmp_path: Path, clip: bytes) -> None:
    (tmp_path / "anna.wav").write_bytes(clip)
    for model, languages in ((folder, "zh,en"), (folder25, "zh,en,ja,es,ar")):
        code = (
            "import sys; from pathlib import Path; from framevox.engine_daemon.engines.which import listing; "
            f"[voice] = listing('indextts2')(Path({str(tmp_path)!r})); "
            "print(voice.name, ','.join(voice.languages), 'torch' in sys.modules)"
        )
        environment = {**os.environ, "FRAMEVOX_MODEL": str(model), "PYTHONPATH": os.pathsep.join(sys.path)}
        ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=True)
        assert ran.stdout.split() == ["anna", languages, "False"]


def test_a_closed_engine_keeps_nothing_of_its_model(
    folder: Path, clip: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from framevox.engine_daemon.engines.indextts2.engine import create
    from framevox.engine_daemon.engines.indextts2.listing import voices as listed_voices

    monkeypatch.setenv("FRAMEVOX_MODEL", str(folder))
    (tmp_path / "anna.wav").write_bytes(clip)
    engine = create(tmp_path, tmp_path / "cache", 1)
    assert list(engine.voices()) == list(listed_voices(tmp_path))
    assert engine.free_memory() is None  # on a CPU that is the machine's own
    plan = unwrap(engine.plan([(read_line(TEXT, "en"), engine.voice("anna"), PLAIN)])[0])
    for _, speech in engine.speak([(plan, None)]):
        unwrap(speech)
    weights = weakref.ref(next(engine._model.gpt.parameters()))
    engine.close()
    del plan
    gc.collect()
    assert weights() is None


def test_a_card_that_fails_while_the_model_is_loaded_loses_the_engine(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from framevox.engine_daemon.engines.indextts2 import engine as module
    from framevox.engine_daemon.protocol.errors import EngineLostError

    def fail(*_: object) -> None:
        raise RuntimeError("CUDA error: no CUDA-capable device is detected")

    monkeypatch.setenv("FRAMEVOX_MODEL", str(folder))
    monkeypatch.setattr(module.IndexTTS2Model, "from_pretrained", fail)
    with pytest.raises(EngineLostError, match="cannot be used by this process any more: CUDA error: no CUDA-capable"):
        module.create(tmp_path, tmp_path / "cache", 1)


def test_how_much_of_a_card_is_free_is_asked_of_torch(monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    from framevox.engine_daemon.engines.indextts2.loading.device import free_share

    card = torch.device("cuda", 1)
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda device: (3, 12) if device == card else None)
    assert free_share(card) == 0.25 and free_share(torch.device("cpu")) is None

    def broken(device: object) -> None:
        raise RuntimeError("CUDA error: unspecified launch failure")

    monkeypatch.setattr(torch.cuda, "mem_get_info", broken)
    assert free_share(card) is None
