"""A voice file that the command line names speaks the lines it was named for, whatever other files are called."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import opentimelineio as otio
import pytest
import soundfile

from tests.e2e.conftest import Framevox, serving


@pytest.fixture(scope="module")
def framevox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Framevox]:
    with serving(tmp_path_factory.mktemp("home"), "tests.e2e.engine:pitch_files") as command:
        yield command


def pitch(path: str) -> int:
    """The strongest frequency of a take, in Hz."""
    sound, rate = soundfile.read(path)
    return round(np.argmax(np.abs(np.fft.rfft(sound))) * rate / len(sound))


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("./mei_2.wav", "./mei.wav"),
        ("./mei.wav", "./mei_2.wav"),
        ("mei.WAV", "mei.npy"),
        ("mei.npz", "Mei.npz"),
        ("alto.bin", "alto"),
        ("alto", "alto.bin"),
    ],
)
def test_each_character_speaks_with_the_file_that_was_named(
    framevox: Framevox, tmp_path: Path, first: str, second: str
) -> None:
    wanted = {"A": 300, "B": 200}
    for name, hertz in ((first, 300), (second, 200)):
        if name == "alto":
            wanted["A" if name == first else "B"] = 220  # the engine's own
        else:
            (tmp_path / name).write_text(str(hertz))
    track = otio.schema.Track("Dialogue", kind=otio.schema.TrackKind.Audio)
    for index, who in enumerate("AB"):
        span = otio.opentime.TimeRange(otio.opentime.RationalTime(0, 24), otio.opentime.RationalTime(48, 24))
        track.append(otio.schema.Clip(f"{who}: Line number {index}.", source_range=span))
    timeline = otio.schema.Timeline("cut")
    timeline.tracks.append(track)
    otio.adapters.write_to_file(timeline, str(tmp_path / "cut.otio"))
    voices = ["--voice", f"A={first}", "--voice", f"B={second}"]
    report = framevox.run("fill", "cut.otio", "filled.otio", *voices, "--json", cwd=tmp_path).json
    assert {cue["character"]: pytest.approx(pitch(cue["media"]), abs=2) for cue in report["cues"]} == wanted
    assert {cue["character"]: cue["voice"] for cue in report["cues"]} == {"A": first, "B": second}
