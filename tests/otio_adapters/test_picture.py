"""The rate, start and length of a timeline out of a movie: small ones that ffmpeg makes."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from framevox.engine_daemon.protocol.errors import InputError
from framevox.engine_daemon.protocol.timebase import Rate, format_timecode
from framevox.otio_adapters import origin, timeline_rate
from framevox.otio_adapters.picture import read_picture
from framevox.otio_adapters.sources import SourceOptions, read_source

CAPTION = "1\n00:00:00,500 --> 00:00:01,000\nALICE: Hello.\n"
pytestmark = pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="ffmpeg makes the movies")


def movie(path: Path, rate: str, *options: str, seconds: int = 2) -> Path:
    size = "720x576" if path.suffix == ".mxf" else "16x16"
    codec = "mpeg2video" if path.suffix == ".mxf" else "mpeg4"
    source = f"color=c=black:s={size}:r={rate}:d={seconds}"
    command = ["ffmpeg", "-v", "error", "-y", "-f", "lavfi", "-i", source, *options, "-c:v", codec, str(path)]
    subprocess.run(command, check=True)
    return path


@pytest.mark.parametrize(
    ("name", "fps", "timecode", "rate", "frames"),
    [
        ("a.mov", "24000/1001", "00:59:52:00", "23.976", 48),
        ("a.mov", "24", "", "24", 48),
        ("a.mp4", "25", "10:00:00:00", "25", 50),
        ("a.mxf", "25", "10:00:00:00", "25", 50),
        ("a.mov", "30000/1001", "01:00:00;00", "29.97 DF", 60),
        ("a.mov", "30000/1001", "01:00:00:00", "29.97", 60),
        ("a.mov", "60000/1001", "01:00:00;00", "59.94 DF", 120),
        ("a.mkv", "24000/1001", "", "23.976", 48),
        ("a.avi", "50", "", "50", 100),
    ],
)
def test_rate_start_and_length_are_exact(
    name: str, fps: str, timecode: str, rate: str, frames: int, tmp_path: Path
) -> None:
    path = movie(tmp_path / name, fps, *(["-timecode", timecode] if timecode else []))
    found = read_picture(path)
    assert (found.rate, found.frames) == (Rate.parse(rate), frames)
    assert (format_timecode(found.start, found.rate) if found.start is not None else "") == timecode


def test_a_timeline_has_the_pictures_rate_start_and_length(tmp_path: Path) -> None:
    path = movie(tmp_path / "film.mov", "30000/1001", "-timecode", "01:00:00;00")
    (tmp_path / "a.srt").write_text(CAPTION)
    made = read_source(tmp_path / "a.srt", SourceOptions(picture=path))
    rate = timeline_rate(made)
    assert rate == Rate.parse("29.97 DF")
    assert format_timecode(int(origin(made, rate)), rate) == "01:00:00;00"
    assert made.duration().value == 60
    given = SourceOptions(picture=path, start_timecode="02:00:00:00", length="90", rate=Rate.parse("29.97"))
    made = read_source(tmp_path / "a.srt", given)
    rate = timeline_rate(made)
    assert (format_timecode(int(origin(made, rate)), rate), made.duration().value) == ("02:00:00:00", 90)


def test_what_a_rate_cannot_be_taken_from(tmp_path: Path) -> None:
    (tmp_path / "a.srt").write_text(CAPTION)
    good = movie(tmp_path / "good.mov", "25")
    broken = tmp_path / "broken.mov"
    broken.write_bytes(good.read_bytes()[:40])
    variable = movie(
        tmp_path / "variable.mp4", "30", "-vf", "setpts='if(lt(N,30),N/30/TB,(1+(N-30)/15)/TB)'", "-fps_mode", "vfr"
    )  # fmt: skip
    odd = movie(tmp_path / "odd.mov", "12.5")
    for options, said in (
        (SourceOptions(picture=variable), r"--picture .*variable.mp4 has a variable frame rate.*--rate"),
        (SourceOptions(picture=odd), r"odd.mov: unknown frame rate '12.5.*give --rate"),
        (SourceOptions(picture=broken), r"broken.mov holds no picture"),
        (SourceOptions(picture=tmp_path / "a.srt"), r"a.srt holds no picture"),
        (SourceOptions(picture=tmp_path / "no.mov"), r"no.mov: there is no such file"),
        (SourceOptions(picture=tmp_path), r"is a folder"),
        (SourceOptions(picture=good, rate=Rate.parse("24")), r"has 25 frames per second, and --rate says 24"),
        (SourceOptions(picture=good, reference=tmp_path / "a.otio"), r"--picture and --reference both"),
        (SourceOptions(), r"--rate 25 .*--picture and a movie"),
    ):
        with pytest.raises(InputError, match=said):
            read_source(tmp_path / "a.srt", options)
    (tmp_path / "cut.otio").write_text("{}")
    with pytest.raises(InputError, match="--picture is for subtitles"):
        read_source(tmp_path / "cut.otio", SourceOptions(picture=good))
