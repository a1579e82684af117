"""A cue's ``ratio:X`` is the engine's duration ratio: the take spans X times what the model says by itself."""

from __future__ import annotations

import io
import os
import shutil
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import soundfile

from framevox.engine_daemon.client import Client
from framevox.engine_daemon.client.events import TakeReady
from framevox.engine_daemon.engines.base import PLAIN, unwrap
from framevox.engine_daemon.protocol.cues import Cue, Fit, Output
from framevox.engine_daemon.protocol.timebase import Rate
from framevox.engine_daemon.text import read_line
from tests.service.conftest import a_home

if TYPE_CHECKING:
    from framevox.engine_daemon.engines.indextts2.engine import IndexTTS2Engine

LOUD = 10 ** (-60 / 20)
HALF_A_FRAME = 128 / 22050
RATIOS = [Fraction(3, 4), Fraction(9, 10), Fraction(11, 10), Fraction(27, 20)]
TEXT = "hello world, the voice of today."


@pytest.fixture(scope="module", params=["2", "2.5"])
def model_folder(request: pytest.FixtureRequest, folder: Path, folder25: Path, tmp_path_factory: Any) -> Path:
    """A folder of either release. Random weights of 2.5 end many a line at once; these do so later."""
    import torch

    if request.param == "2":
        return folder
    copy: Path = tmp_path_factory.mktemp("ratio25")
    shutil.copytree(folder25, copy, copy_function=os.link, dirs_exist_ok=True)
    state = torch.load(folder25 / "gpt.pth", weights_only=True)
    state["mel_head.bias"][-1] -= 2.0
    (copy / "gpt.pth").unlink()  # a link: never written through
    torch.save(state, copy / "gpt.pth")
    return copy


@pytest.fixture(scope="module")
def engine(model_folder: Path, record: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> IndexTTS2Engine:
    from framevox.engine_daemon.engines.indextts2 import IndexTTS2Model
    from framevox.engine_daemon.engines.indextts2.engine import IndexTTS2Engine

    voices = tmp_path_factory.mktemp("voices")
    soundfile.write(voices / "anna.wav", record["spk_audio_24k"], 24000)
    return IndexTTS2Engine(
        IndexTTS2Model.from_pretrained(model_folder), voices, tmp_path_factory.mktemp("cache"), steps=2
    )


def test_the_codes_asked_for_and_the_map_make_the_span(
    engine: IndexTTS2Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    from framevox.engine_daemon.engines.indextts2 import decode_lines
    from framevox.engine_daemon.engines.indextts2.parts import STEP

    asked: list[int] = []
    steered = decode_lines.decode_to_length

    def spy(model: Any, wanted: Any, *how: Any, **more: Any) -> Any:
        asked.extend(line.codes for line in wanted)
        return steered(model, wanted, *how, **more)

    monkeypatch.setattr(decode_lines, "decode_to_length", spy)
    plan = unwrap(engine.plan([(read_line(TEXT, "en"), engine.voice("anna"), PLAIN)])[0])
    own = [len(part.codes) for part in plan.state.parts]
    for ratio in RATIOS:
        asked.clear()
        span = round(ratio * plan.natural)
        ((_, outcome),) = engine.speak([(plan, span)])
        speech = unwrap(outcome)
        assert abs((speech.end - speech.start) - ratio * plan.natural) <= STEP / 2 + 1
        # Far from its own length a line is decoded to as many times its codes; near to it the map alone stretches it.
        assert asked == ([] if abs(ratio - 1) < Fraction(15, 100) else [max(2, round(n * ratio)) for n in own])


@pytest.fixture(scope="module")
def client(model_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    home = a_home(tmp_path_factory.mktemp("ratio") / "home")
    options = ("--engine", "indextts2", "--model", str(model_folder), "--threads", "1")
    with Client.connect(home=next(home), options=options) as client:
        yield client
    next(home, None)


@pytest.mark.slow
def test_a_take_of_a_ratio_spans_so_many_times_the_natural_length_it_names(
    client: Client, record: dict[str, Any]
) -> None:
    clip = io.BytesIO()
    soundfile.write(clip, record["spk_audio_24k"], 24000, format="WAV")
    film = Rate.parse("23.976")
    cues = [
        Cue(str(ratio), TEXT, film, 86400, 24 * 60, voice="anna", language="en", fit=Fit("ratio", ratio))
        for ratio in RATIOS
    ]
    events = client.render(cues, Output(loudness=None, handles=0), voices={"anna": clip.getvalue()})
    takes = {event.take.cue: event for event in events if isinstance(event, TakeReady)}
    assert set(takes) == {cue.id for cue in cues}
    for ratio in RATIOS:
        event = takes[str(ratio)]
        sound, rate = soundfile.read(io.BytesIO(event.media))
        loud = np.flatnonzero(np.abs(sound) > LOUD)
        seconds = (loud[-1] + 1 - loud[0]) / rate
        assert abs(seconds - float(ratio) * event.take.natural_seconds) <= HALF_A_FRAME + 2 / rate
