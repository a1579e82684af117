"""A daemon with this engine, as a client meets it: clips sent along, emotions, and what fails alone."""

from __future__ import annotations

import io
import re
import subprocess
import sys
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from msgspec import structs

from framevox.engine_daemon.client import Client
from framevox.engine_daemon.client.events import Done, Event, Failed, Piece, TakeReady
from framevox.engine_daemon.protocol.cues import Cue, Fit, Output
from framevox.engine_daemon.protocol.emotion import Emotion
from framevox.engine_daemon.protocol.timebase import Rate, slot_samples
from tests.service.conftest import a_home

FILM = Rate.parse("23.976")
OUTPUT = Output(loudness=None, handles=0)


@pytest.fixture(scope="module")
def clips(record: dict[str, Any]) -> dict[str, bytes]:
    """Two voices and a silence, as the files that a client reads."""
    made = {}
    for name, sound in (
        ("anna", record["spk_audio_24k"]),
        ("ben", record["emo_audio_24k"]),
        ("nobody", np.zeros(24000 * 4, np.float32)),
    ):
        file = io.BytesIO()
        soundfile.write(file, sound, 24000, format="WAV")
        made[name] = file.getvalue()
    return made


@pytest.fixture(scope="module")
def client(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    home = a_home(tmp_path_factory.mktemp("indextts2") / "home")
    options = ("--engine", "indextts2", "--model", str(folder), "--threads", "1")
    with Client.connect(home=next(home), options=options) as client:
        yield client
    next(home, None)


def cue(id: str, **changes: Any) -> Cue:
    values: dict[str, Any] = {"voice": "anna", "language": "en", "fit": Fit("natural")} | changes
    return Cue(id, "hello world, the voice of today.", FILM, 86400, 24 * 60, **values)


def events(client: Client, clips: dict[str, bytes], *cues: Cue) -> dict[str, Event]:
    found: dict[str, Event] = {}
    for event in client.render(cues, OUTPUT, voices=clips):
        if isinstance(event, TakeReady):
            found[event.take.cue] = event
        elif isinstance(event, Failed):
            found[event.cue] = event
        elif isinstance(event, Done):
            assert event.counts["placed"] + event.counts["failed"] == len(cues)
    return found


def test_clips_speak_lines_feel_and_what_is_unfit_fails_alone(client: Client, clips: dict[str, bytes]) -> None:
    angry = Emotion.parse("angry=0.9")
    found = events(
        client,
        clips,
        cue("plain"),
        cue("other voice", voice="ben"),
        cue("angry", emotion=angry),
        cue("as ben feels", emotion=Emotion(voice="ben")),
        cue("a second take", take_number=2),
        cue("silent clip", voice="nobody"),
        cue("feels like silence", emotion=Emotion(voice="nobody")),
        cue("described", emotion=Emotion(description="furious")),
        cue("no voice", voice=""),
    )
    failed = {id: event.message for id, event in found.items() if isinstance(event, Failed)}
    assert set(failed) == {"silent clip", "feels like silence", "described", "no voice"}, failed
    assert "silent" in failed["silent clip"] and "silent" in failed["feels like silence"]
    assert "furious" in failed["described"] and "happy=0.6" in failed["described"]
    assert "name a clip" in failed["no voice"]
    takes = {id: event for id, event in found.items() if isinstance(event, TakeReady)}
    sounds = {id: soundfile.read(io.BytesIO(event.media), dtype="int32")[0] for id, event in takes.items()}
    assert {len(sound) for sound in sounds.values()} == {slot_samples(86400, 24 * 60, 48000, FILM)}
    assert len({sound.tobytes() for sound in sounds.values()}) == len(takes) == 5
    # An emotion is what it is, whoever asks, and so is a take.
    again = events(client, clips, cue("angry", emotion=angry), cue("a second take", take_number=2))
    assert all(isinstance(event, TakeReady) and event.cached for event in again.values())


@pytest.mark.parametrize("fit", [Fit("natural"), Fit("ratio", Fraction(11, 10))])
def test_a_live_line_comes_in_pieces_that_are_its_take(client: Client, clips: dict[str, bytes], fit: Fit) -> None:
    """The tiny model's lines last a second a word: one of several segments comes in several pieces."""
    text = " ".join(["hello world, the voice and the world of today."] * 5)
    said = structs.replace(cue("live", fit=fit), text=text, duration=None)
    with client.live(OUTPUT, voices={"anna": clips["anna"]}) as session:
        session.say(said)
        found = list(session.events())
        session.say(said)
        again = list(session.events())
    pieces = [event for event in found if isinstance(event, Piece)]
    take = found[-1]
    assert isinstance(take, TakeReady) and len(pieces) >= 3 and not take.cached
    sound, _ = soundfile.read(io.BytesIO(take.media), dtype="int32")
    joined = np.frombuffer(b"".join(piece.samples for piece in pieces), np.uint8).reshape(-1, 3)
    assert np.array_equal(np.pad(joined, ((0, 0), (1, 0))).copy().view("<i4")[:, 0], sound)
    assert [word.text for word in take.take.words][:2] == ["hello", "world"]
    assert take.take.natural_seconds > 0 and isinstance(again[-1], TakeReady) and again[-1].media == take.media
    if fit.ratio:
        assert abs(take.take.fit_ratio - 1.1) < 0.01


def test_without_a_gpu_a_pulled_model_is_not_used_by_itself_and_everybody_says_so(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from framevox.engine_daemon.engines.choice import gpu_lack

    if not gpu_lack():
        pytest.skip("there is a GPU")
    home = tmp_path / "home"
    (home / "models").mkdir(parents=True)
    (home / "models" / "indextts2").symlink_to(folder)
    says = rf"indextts2 is configured \({home}.*\) but torch finds no GPU.*framevox serve --engine indextts2"
    for _ in a_home(home):
        with Client.connect(home=home) as client:
            status = client.status()
        assert status["engine"] == "kokoro" and re.search(says, status["engine_reason"])
        monkeypatch.setenv("FRAMEVOX_HOME", str(home))
        monkeypatch.setenv("COLUMNS", "1000")
        command = [sys.executable, "-c", "from framevox.plugin.cli.main import main; main()", "doctor"]
        doctor = subprocess.run(command, capture_output=True, text=True, check=False)
        assert re.search(says, doctor.stdout), doctor.stdout


def test_a_card_that_is_not_there_is_named_to_whoever_sends_a_line(
    folder: Path, clips: dict[str, bytes], tmp_path: Path
) -> None:
    options = ("--engine", "indextts2", "--model", str(folder), "--device", "cuda:77")
    home = a_home(tmp_path / "home")
    with Client.connect(home=next(home), options=options) as client:
        failed = events(client, clips, cue("plain"))["plain"]
        assert isinstance(failed, Failed) and "no card for the device cuda:77: use cpu" in failed.message
    next(home, None)
