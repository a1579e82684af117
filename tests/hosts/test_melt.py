"""Filled projects of Shotcut and Kdenlive, rendered by the program that renders them for both."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from framevox.engine_daemon.protocol.timebase import Rate, edge
from framevox.otio_adapters import load, save
from tests.otio_adapters.mlt import mixed, projects

from . import melt

pytestmark = [
    pytest.mark.hosts,
    pytest.mark.slow,
    pytest.mark.timeout(900),
    pytest.mark.skipif(bool(melt.missing()), reason=melt.missing() or "installed"),
]

LINES = [(20, 47), (60, 99), (113, 150), (201, 260)]
SHIFTED = {"23.976": 1, "29.97": 1, "59.94": 1}
"""By how many samples melt itself may be off, at rates whose frames are no whole number of samples."""


def judge(out: Path, rate: str, heard: dict[int, np.ndarray]) -> None:
    exact = Rate.parse(rate)
    frames = 300
    rendered = melt.sound(out, out.with_name("rendered.wav"), frames)
    light = melt.brightness(out, out.with_name("rendered.yuv"), frames, exact)
    most = SHIFTED.get(rate, 0)
    for start, end in LINES:
        first = edge(start, 48000, exact)
        off = melt.offset(rendered, heard[first] / 2**23, first, most)
        assert off is not None, f"the take at frame {start} is not within {most} samples of sample {first}"
        # The picture turns white on the frame in which the sound begins.
        assert light[start - 1] < 20 and light[start] > 200 and light[end - 1] > 200 and light[end] < 20
        onset = first - 200 + int(np.flatnonzero(np.abs(rendered[first - 200 : first + 200]) > 2**-12)[0])
        assert abs(onset - first) <= most + 3
    spoken = np.zeros(len(rendered), bool)
    for first, samples in heard.items():
        spoken[max(0, first - most) : first + len(samples) + most + 1] = True
    assert np.abs(rendered[~spoken[: len(rendered)]]).max() < 2**-14


@pytest.mark.parametrize("rate", ["23.976", "24", "25", "29.97", "30", "50", "59.94"])
@pytest.mark.parametrize("suffix", [".mlt", ".kdenlive", "nested.kdenlive"])
def test_flash_and_onset_are_on_one_frame(tmp_path: Path, rate: str, suffix: str) -> None:
    folder = tmp_path / "a folder 带空格 & more"
    folder.mkdir()
    exact = Rate.parse(rate)
    if suffix == ".mlt":
        marked = [(start, end, f"ALICE: Line {start}.") for start, end in LINES]
        source = projects.shotcut(folder / "edit.mlt", exact, marked, flashes=LINES)
    else:
        guides = [guide for start, end in LINES for guide in ((start, f"ALICE: Line {start}."), (end, "/"))]
        source = projects.kdenlive(folder / "edit.kdenlive", exact, guides, flashes=LINES, nested="nested" in suffix)
    filled, heard = projects.noise_takes(load(source), folder / "takes 一")
    out = folder / f"out & 二{source.suffix}"
    save(filled, out, source=source)
    assert len(heard) == len(LINES)
    judge(out, rate, heard)


@pytest.mark.parametrize("rate", ["24", "25", "50"])
@pytest.mark.parametrize("make", [mixed.shotcut, mixed.kdenlive])
def test_beside_mixes_the_takes_are_heard_and_all_else_is_as_it_was(
    tmp_path: Path, rate: str, make: Callable[[Path, Rate], Path]
) -> None:
    exact, frames = Rate.parse(rate), 360
    source = make(tmp_path / ("edit.mlt" if make is mixed.shotcut else "edit.kdenlive"), exact)
    filled, heard = projects.noise_takes(load(source), tmp_path / "takes")
    out = source.with_name(f"out{source.suffix}")
    save(filled, out, source=source)
    before, after = (melt.brightness(path, path.with_suffix(".yuv"), frames, exact) for path in (source, out))
    assert np.array_equal(before, after)
    assert before[79] < 20 < before[85] < before[90] < before[95] < 200 < before[100], "the picture fades"
    # In stereo, as both programs play it: with one channel melt sums what has two otherwise beside a take than alone.
    quiet, loud = (melt.sound(path, path.with_suffix(".wav"), frames, 2) for path in (source, out))
    assert np.abs(quiet[edge(262, 48000, exact) : edge(278, 48000, exact)]).max() > 0.07, "the tones are mixed"
    added = loud - quiet
    for first, samples in heard.items():
        # melt gives either side of a mono file half its power, and rounds each rendering to 16 bits.
        assert melt.offset(added, samples / 2**23 * 0.5**0.5, first, 0, within=2**-13) is not None, first
        added[first : first + len(samples)] = 0
    assert len(heard) == len(mixed.lines()) and np.abs(added).max() < 2**-13


def test_the_judge_notices_a_take_that_is_a_frame_late(tmp_path: Path) -> None:
    marked = [(start, end, f"ALICE: Line {start}.") for start, end in LINES]
    source = projects.shotcut(tmp_path / "edit.mlt", Rate.parse("25"), marked, flashes=LINES)
    filled, heard = projects.noise_takes(load(source), tmp_path / "takes")
    out = tmp_path / "out.mlt"
    save(filled, out, source=source)
    late = out.read_text("utf-8").replace('<blank length="00:00:00.800"/>', '<blank length="00:00:00.840"/>')
    assert late != out.read_text("utf-8")
    out.write_text(late, "utf-8")
    with pytest.raises(AssertionError, match="not within 0 samples"):
        judge(out, "25", heard)
