"""Timelines filled by OpenTimelineIO's own programs, which find Framevox by its entry point."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import opentimelineio as otio
import pytest

from framevox.otio_adapters import find_placeholders
from framevox.otio_adapters.media_urls import media_path
from tests.processes import ROOT, python_path
from tests.provenance.marks import signed

from .conftest import RATE, Framevox, write_timeline

Ended = subprocess.CompletedProcess
LINES = [("MEI: Hello there, Jack.", 36), ("JACK: We leave at noon.", 34), ("MEI: Good.", 12)]


@pytest.fixture(scope="session")
def metadata(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the entry point as installing this checkout writes it (tests/resolve/test_wheel.py shows that)."""
    group = re.search(r'\[project\.entry-points\."(.+?)"\]\n(\w+) = "(.+?)"', (ROOT / "pyproject.toml").read_text())
    assert group is not None
    folder = tmp_path_factory.mktemp("metadata")
    installed = folder / "framevox-0.1.0.dist-info"
    installed.mkdir()
    (installed / "METADATA").write_text("Metadata-Version: 2.1\nName: framevox\nVersion: 0.1.0\n")
    (installed / "entry_points.txt").write_text(f"[{group[1]}]\n{group[2]} = {group[3]}\n")
    return folder


class Programs:
    """otioconvert, otiotool and Python, with Framevox installed beside them."""

    def __init__(self, framevox: Framevox, metadata: Path, folder: Path) -> None:
        self.framevox, self.folder = framevox, folder
        self.environment = {**framevox.environment, "PYTHONPATH": os.pathsep.join([str(metadata), python_path()])}
        for name in ("OTIO_PLUGIN_MANIFEST_PATH", "OTIO_DEFAULT_MEDIA_LINKER"):
            self.environment.pop(name, None)

    def run(
        self, program: str, *arguments: str | Path, code: int = 0, **environment: str
    ) -> subprocess.CompletedProcess:
        folder = str(Path(sys.executable).parent)
        command = [sys.executable] if program == "python" else [shutil.which(program, path=folder)]
        done = subprocess.run(
            [*command, *map(str, arguments)],
            env={**self.environment, **environment},
            cwd=self.folder,
            capture_output=True,
            encoding="utf-8",
            timeout=120,
        )
        assert done.returncode == code, done.stderr
        return done


@pytest.fixture
def programs(served: Framevox, metadata: Path, tmp_path: Path) -> Programs:
    return Programs(served, metadata, tmp_path)


@pytest.fixture
def idle(metadata: Path, tmp_path: Path) -> Programs:
    """Programs whose daemon does not run, and must not be started."""
    return Programs(Framevox(tmp_path / "home"), metadata, tmp_path)


def as_json(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text("utf-8"))


def with_marker(source: Path) -> Path:
    timeline = otio.adapters.read_from_file(str(source))
    span = otio.opentime.TimeRange(otio.opentime.RationalTime(200, RATE), otio.opentime.RationalTime(36, RATE))
    timeline.tracks.markers.append(otio.schema.Marker(marked_range=span, comment="ANN: And I stay here."))
    otio.adapters.write_to_file(timeline, str(source))
    return source


def test_the_hook_fills_as_the_command_does(programs: Programs, tmp_path: Path) -> None:
    source = with_marker(write_timeline(tmp_path / "in.otio", LINES))
    programs.framevox.run(
        "fill", source, tmp_path / "command.otio", "--media-dir", tmp_path / "takes", "--voice", "alto"
    )
    converted = programs.run(
        "otioconvert", "-i", source, "-o", tmp_path / "h.otio",
        "-H", f"framevox_fill={{'media_dir': '{tmp_path}/takes', 'voice': 'alto'}}",
    )  # fmt: skip
    programs.run("otiotool", "-i", source, "-o", tmp_path / "e.otio", FRAMEVOX_FILL="media_dir=takes voice=alto")
    command = as_json(tmp_path / "command.otio")
    assert as_json(tmp_path / "h.otio") == command == as_json(tmp_path / "e.otio")
    assert converted.stderr.splitlines() == [
        "framevox: speaking 4 lines",
        f"framevox: 4 cues: 4 placed; takes are in {tmp_path}/takes",
    ]


def test_the_media_linker_links_clips_as_the_command_fills_them(programs: Programs, tmp_path: Path) -> None:
    source = with_marker(write_timeline(tmp_path / "in.otio", LINES))
    programs.framevox.run(
        "fill", source, tmp_path / "command.otio", "--media-dir", tmp_path / "takes", "--voice", "alto"
    )
    named = programs.run(
        "otioconvert", "-i", source, "-o", tmp_path / "l.otio", "--media-linker", "framevox",
        "-M", f"media_dir={tmp_path}/takes", "-M", "voice=alto",
    )  # fmt: skip
    programs.run(
        "otiotool", "-i", source, "-o", tmp_path / "d.otio",
        OTIO_DEFAULT_MEDIA_LINKER="framevox", FRAMEVOX_LINK="media_dir=takes voice=alto",
    )  # fmt: skip
    linked, command = as_json(tmp_path / "l.otio"), as_json(tmp_path / "command.otio")
    assert linked == as_json(tmp_path / "d.otio")
    assert linked["tracks"]["children"] == command["tracks"]["children"][:1], "clips are filled, and no track is added"
    assert [line.partition(":")[2][:30] for line in named.stderr.splitlines()] == [
        " note: 1 line has no whole aud", " speaking 3 lines", " 3 cues: 3 placed; takes are i",
    ]  # fmt: skip


@pytest.mark.parametrize("asked", [{}, {"FRAMEVOX_FILL": "off"}])
def test_who_does_not_ask_is_left_alone(idle: Programs, tmp_path: Path, asked: dict[str, str]) -> None:
    source = with_marker(write_timeline(tmp_path / "in.otio", LINES))
    for program in ("otioconvert", "otiotool"):
        done = idle.run(program, "-i", source, "-o", tmp_path / "out.otio", **asked)
        assert (done.stdout, done.stderr) == ("", "")
        assert as_json(tmp_path / "out.otio") == as_json(source)
    idle.run("otioconvert", "-i", source, "-o", tmp_path / "out.otio", "-H", "framevox_fill=False", FRAMEVOX_FILL="1")
    assert as_json(tmp_path / "out.otio") == as_json(source)
    assert not (tmp_path / "home").exists()


def test_who_does_not_ask_waits_for_nothing(idle: Programs, tmp_path: Path) -> None:
    source = write_timeline(tmp_path / "in.otio", LINES)
    script = (
        "import sys, opentimelineio as otio\n"
        f"timeline = otio.adapters.read_from_file({str(source)!r})\n"
        f"otio.adapters.write_to_file(timeline, {str(tmp_path / 'out.otio')!r})\n"
        "assert 'framevox_fill' in otio.hooks.available_hookscript_names()\n"
        "print(*(m for m in sys.modules if m.partition('.')[0] in ('framevox', 'zmq', 'numpy', 'onnxruntime')))"
    )
    assert idle.run("python", "-c", script).stdout.split() == ["framevox", "framevox.otio_adapters"]


def test_lines_that_cannot_be_placed_are_said_and_the_rest_is(programs: Programs, tmp_path: Path) -> None:
    source = write_timeline(tmp_path / "in.otio", [*LINES, ("MEI: Far too many words for so few frames.", 4)])
    for asked in (["-H", "framevox_fill=1"], ["-m", "framevox"]):
        done = programs.run("otioconvert", "-i", source, "-o", tmp_path / "out.otio", *asked)
        assert "framevox: attention: MEI at 01:00:04:07: " in done.stderr
        assert f"framevox: 4 cues: 3 placed, 1 needs attention; takes are in {tmp_path}/test_media" in done.stderr
        assert [p.spoken for p in find_placeholders(otio.adapters.read_from_file(str(tmp_path / "out.otio")))] == [
            True, True, True, False,
        ]  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["-H", "framevox_fill=voice=nobody"], "framevox: voice: unknown voice 'nobody'"),
        (["-H", "framevox_fill=pitch=3"], "framevox: 'pitch' is no argument of Framevox: use one of voice, fit,"),
        (["-H", "framevox_fill=please"], "framevox: 'please' is no name=value: write 1, or settings such as"),
        (["-H", "framevox_fill=fit=wide"], "framevox: fit: 'wide' is not a fit"),
        (["-H", "framevox_fill=voice='a"], "cannot be read (No closing quotation)"),
        (["-H", "framevox_fill=voice=BOB=alto"], "framevox: voice: no line is spoken by 'BOB'"),
        (["-m", "framevox", "-M", "handles=-1"], "framevox: handles: '-1' is not a number of frames from 0 to 10000"),
        (["-m", "framevox", "-M", "loudness=loud"], "framevox: loudness: 'loud' is not a loudness"),
        (["-m", "framevox", "-M", "sample_rate=1"], "framevox: sample_rate: '1' is not a sample rate"),
        (["-m", "framevox", "-M", "media_dir=/dev/null/x"], "framevox: cannot write /dev/null/x"),
    ],
)
def test_what_cannot_be_used_ends_the_program_with_the_reason(
    programs: Programs, tmp_path: Path, arguments: list[str], said: str
) -> None:
    source = write_timeline(tmp_path / "in.otio", LINES)
    done = programs.run("otioconvert", "-i", source, "-o", tmp_path / "out.otio", *arguments, code=1)
    assert said in done.stderr.splitlines()[-1], done.stderr
    assert not (tmp_path / "out.otio").exists()


def test_the_timelines_own_settings_come_first_and_a_characters_voice_before_them(
    programs: Programs, tmp_path: Path
) -> None:
    source = write_timeline(tmp_path / "in.otio", LINES)
    timeline = otio.adapters.read_from_file(str(source))
    for clip in timeline.find_clips():
        clip.metadata["framevox"] = {"voice": "alto", "fit": "natural"}
    otio.adapters.write_to_file(timeline, str(source))
    programs.run(
        "otioconvert", "-i", source, "-o", tmp_path / "out.otio",
        "-H", "framevox_fill=voice=tenor voice=JACK=tenor fit=fill handles=5 sample_rate=44100",
    )  # fmt: skip
    (layer,) = as_json(tmp_path / "out.otio")["tracks"]["children"]
    takes = [item["metadata"]["framevox"]["take"] for item in layer["children"] if item["metadata"]]
    assert [take["voice"] for take in takes] == ["alto", "tenor", "alto"]
    assert {take["settings"]["fit"]["policy"] for take in takes} == {"natural"}
    assert {(take["sample_rate"], take["settings"]["handles"]) for take in takes} == {(44100, 5)}


@pytest.mark.parametrize("asked", [["-H", "framevox_fill={0}"], ["-m", "framevox", "-M", "{0}"]])
def test_the_file_of_the_current_folder_holds_where_no_argument_does(
    programs: Programs, tmp_path: Path, asked: list[str]
) -> None:
    source = write_timeline(tmp_path / "films" / "in.otio", LINES)
    (tmp_path / "framevox.toml").write_text(
        '[voices]\nMEI = "tenor"\n[fill]\nsample-rate = 44100\nhandles = 5\nmedia-dir = "takes"\n'
    )
    arguments = [word.format("handles=3") for word in asked]
    programs.run("otioconvert", "-i", source, "-o", tmp_path / "out.otio", *arguments)
    filled = otio.adapters.read_from_file(str(tmp_path / "out.otio"))
    takes = [clip.metadata["framevox"]["take"] for clip in filled.find_clips()]
    # Jack is cast, with the voice that is not Mei's.
    assert [take["voice"] for take in takes] == ["tenor", "alto", "tenor"]
    assert {(take["sample_rate"], take["settings"]["handles"]) for take in takes} == {(44100, 3)}
    assert len(list((tmp_path / "takes").iterdir())) == 3
    (tmp_path / "framevox.toml").write_text("[fill]\nhandels = 5\n")
    ended = programs.run("otioconvert", "-i", source, "-o", tmp_path / "no.otio", *arguments, code=1)
    assert "unknown key 'handels'" in ended.stderr and not (tmp_path / "no.otio").exists()


@pytest.mark.parametrize("suffix", [".xml", ".aaf"])
@pytest.mark.parametrize("rate", [30000 / 1001, pytest.param(25.0, marks=pytest.mark.slow)])
def test_any_program_writes_takes_to_formats_of_whole_frames(
    programs: Programs, tmp_path: Path, suffix: str, rate: float
) -> None:
    source = write_timeline(tmp_path / "in.otio", LINES, rate, 0)
    programs.run("otioconvert", "-i", source, "-o", tmp_path / "filled.otio", "-H", "framevox_fill=1")
    takes = list(tmp_path.glob("*_media/*.wav"))
    assert takes and all(signed(take) for take in takes)
    programs.run("otioconvert", "-i", tmp_path / "filled.otio", "-o", tmp_path / f"out{suffix}")
    programs.run("otioconvert", "-i", source, "-o", tmp_path / f"at-once{suffix}", "-m", "framevox")
    for out in ("out", "at-once"):
        clips = otio.adapters.read_from_file(str(tmp_path / f"{out}{suffix}")).find_clips()
        read = [(c.name, c.source_range.start_time.value, c.source_range.duration.value) for c in clips]
        assert read == [(name, 12 if index else 0, frames) for index, (name, frames) in enumerate(LINES)]
    for clip in otio.adapters.read_from_file(str(tmp_path / f"out{suffix}")).find_clips():
        media = media_path(clip.media_reference.target_url, tmp_path)
        assert media is not None and media.is_file()


def test_framevox_itself_fills_once_whatever_the_environment_asks_for(programs: Programs, tmp_path: Path) -> None:
    source = write_timeline(tmp_path / "in.otio", LINES)
    framevox = Framevox(
        programs.framevox.home,
        {
            "PYTHONPATH": programs.environment["PYTHONPATH"],
            "FRAMEVOX_FILL": "voice=nobody",
            "OTIO_DEFAULT_MEDIA_LINKER": "framevox",
            "FRAMEVOX_LINK": "voice=nobody",
        },
    )
    assert framevox.run("fill", source, tmp_path / "out.otio", "--json").json["counts"]["placed"] == 3
    framevox.run("restore", tmp_path / "out.otio", tmp_path / "back.otio")
    assert as_json(tmp_path / "back.otio") == as_json(source)


def test_every_timeline_of_a_collection_is_filled(programs: Programs, tmp_path: Path) -> None:
    one = otio.adapters.read_from_file(str(write_timeline(tmp_path / "one.otio", LINES)))
    two = otio.adapters.read_from_file(str(write_timeline(tmp_path / "two.otio", [("MEI: Another one.", 50)], 25.0)))
    two.name = "Other"
    otio.adapters.write_to_file(otio.schema.SerializableCollection("reel", [one, two]), str(tmp_path / "reel.otio"))
    for asked in (["-H", "framevox_fill=media_dir=takes"], ["-m", "framevox", "-M", "media_dir=takes"]):
        done = programs.run("otioconvert", "-i", tmp_path / "reel.otio", "-o", tmp_path / "out.otio", *asked)
        assert "3 cues: 3 placed" in done.stderr and "1 cue: 1 placed" in done.stderr
        assert done.stderr.count("speaking") == 2
        read = otio.adapters.read_from_file(str(tmp_path / "out.otio"))
        assert [p.spoken for timeline in read for p in find_placeholders(timeline)] == [True] * 4


def test_a_program_may_link_a_single_clip(programs: Programs, tmp_path: Path) -> None:
    source = write_timeline(tmp_path / "in.otio", LINES)
    script = """
import sys, opentimelineio as otio
timeline = otio.adapters.read_from_file(sys.argv[1])
link = lambda clip: otio.media_linker.linked_media_reference(clip, "framevox", {"media_dir": "takes"})
clip = timeline.tracks[0][2]
print(link(clip).target_url, clip.source_range.start_time.value, clip.metadata["framevox"]["take"]["slot_start_sample"])
print(link(timeline.tracks[0][0].deepcopy()).name)
track = timeline.tracks[0].deepcopy()
print(link(track[4]).name)
music = otio.schema.Clip("music", otio.schema.ExternalReference("m.wav"))
print(link(music))
"""
    done = programs.run("python", "-c", script, source)
    linked, alone, in_track, music = done.stdout.splitlines()
    url, start, slot = linked.split()
    media = media_path(url, tmp_path)
    assert media is not None and media.is_file() and media.parent == tmp_path / "takes"
    assert float(start) == 12 and int(slot) == 43 * 2002
    assert alone.startswith("MEI_") and in_track.startswith("MEI_") and music == "None"
    assert done.stderr.count("speaking 1 line\n") == 3


def test_a_manifest_that_is_found_twice_fills_once(programs: Programs, tmp_path: Path) -> None:
    source = write_timeline(tmp_path / "in.otio", LINES)
    manifest = tmp_path / "elsewhere.json"
    manifest.write_text((ROOT / "otio_adapters" / "plugin_manifest.json").read_text().replace(
        "otio_plugin/", f"{ROOT}/otio_adapters/otio_plugin/"
    ))  # fmt: skip
    done = programs.run(
        "otioconvert", "-i", source, "-o", tmp_path / "out.otio", "-H", "framevox_fill=1",
        OTIO_PLUGIN_MANIFEST_PATH=str(manifest),
    )  # fmt: skip
    assert done.stderr.count("speaking") == 1


def test_a_path_by_the_environment_gives_the_same_plug_ins_as_the_entry_point(idle: Programs) -> None:
    script = (
        "import opentimelineio as otio; m = otio.plugins.ActiveManifest(); "
        "print(sorted((p.name, p.module_abs_path().rpartition('otio_adapters')[2]) "
        "for p in [*m.media_linkers, *m.hook_scripts]), dict(m.hooks))"
    )
    entry_point = idle.run("python", "-c", script).stdout
    by_path = idle.run(
        "python", "-c", script,
        OTIO_DISABLE_ENTRYPOINTS_PLUGINS="1",
        OTIO_PLUGIN_MANIFEST_PATH=str(ROOT / "otio_adapters/plugin_manifest.json"),
    ).stdout  # fmt: skip
    named = ("framevox", "framevox_fill", "framevox_linked", "framevox_exchange")
    assert all(f"('{name}', '/otio_plugin/" in by_path for name in named)
    assert all(f"('{name}', '/otio_plugin/" in entry_point for name in named)
