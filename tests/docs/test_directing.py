"""Every command of docs/directing.md runs as it stands, in the order of the page, with the built-in engine."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import opentimelineio as otio
import pytest
import soundfile

from framevox.engine_daemon.project.film import Film
from framevox.engine_daemon.project.options import Options
from framevox.otio_adapters import find_placeholders
from tests.audio.voices import RATE, voice
from tests.docs.pages import commands, page
from tests.e2e.conftest import Framevox, write_timeline

PAGE = page("directing")


@pytest.fixture(scope="module")
def framevox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Framevox]:
    framevox = Framevox(tmp_path_factory.mktemp("home"))
    yield framevox
    framevox.run("stop")


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_commands_run_in_the_order_of_the_page(framevox: Framevox, tmp_path: Path) -> None:
    write_timeline(tmp_path / "film.otio", [("ALICE: We leave at noon.", 40), ("BOB: Not without me!", 40)])
    soundfile.write(tmp_path / "interview.wav", voice(14), RATE)
    said = {command: framevox.run(*shlex.split(command)[1:], cwd=tmp_path) for command in commands(PAGE)}
    assert "approximate" in said["framevox fill film.otio spoken.otio --voice ALICE=MEI"].out
    assert 'ALICE = "bf_emma"' in (tmp_path / "framevox.toml").read_text("utf-8")
    heard = [soundfile.read(tmp_path / f"{name}.wav")[0] for name in ("plain", "loud", "soft")]
    assert len({np.asarray(sound).tobytes() for sound in heard}) == 3


def test_what_stands_on_a_clip_can_be_read(tmp_path: Path) -> None:
    [written] = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)
    film = write_timeline(tmp_path / "film.otio", [("ALICE: We leave at noon.", 40)])
    timeline = otio.adapters.read_from_file(str(film))
    next(iter(timeline.find_clips())).metadata.update(json.loads(f"{{{written}}}")["metadata"])
    [line] = find_placeholders(timeline)
    assert not line.problem and (line.voice, line.emotion) == ("bf_emma", "furious, whispering")
    assert (line.emotion_strength, line.take_number) == ("0.7", "2")


def test_the_file_can_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FRAMEVOX_HOME", str(tmp_path / "home"))
    [text] = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
    (tmp_path / "framevox.toml").write_text(text, "utf-8")
    film = Film.of(tmp_path)
    assert film.project.voices == {"ALICE": "bf_emma", "BOB": "male"}
    assert Options(film).fit().policy == "natural" and film.presets({})["tired"] == "weary, slowly"


def test_every_page_that_it_links_to_is_there() -> None:
    folder = Path(__file__).parents[2] / "docs"
    targets = re.findall(r"\]\(([\w-]+\.md)(?:#[\w-]+)?\)", PAGE)
    assert len(targets) >= 5 and all((folder / name).is_file() for name in targets)
