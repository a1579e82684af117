"""docs/timelines.md: what it has a reader type works as it says."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import opentimelineio as otio
import pytest

from framevox.otio_adapters import find_placeholders
from framevox.otio_adapters.otio_plugin.arguments import NAMES
from tests.e2e.conftest import Framevox, write_timeline
from tests.processes import ROOT, python_path

PAGE = (ROOT / "docs" / "timelines.md").read_text("utf-8")
SECTION = PAGE.partition("## From any program that uses OpenTimelineIO")[2].partition("\n## ")[0]
LINES = [("MEI: Hello there, Jack.", 36), ("JACK: We leave at noon.", 34)]


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="the commands are written for a POSIX shell")
def test_every_command_for_opentimelineios_programs_does_what_it_says(framevox: Framevox, tmp_path: Path) -> None:
    (block,) = re.findall(r"```sh\n(.*?)```", SECTION, re.S)
    write_timeline(tmp_path / "scene.otio", LINES)
    environment = {
        **framevox.environment,
        "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin",
        "PYTHONPATH": python_path(),
        "OTIO_PLUGIN_MANIFEST_PATH": str(ROOT / "otio_adapters" / "plugin_manifest.json"),
    }
    subprocess.run(["sh", "-e"], input=block, text=True, cwd=tmp_path, env=environment, check=True)
    written = re.findall(r"-o (\S+)", block)
    assert len(written) == len(block.splitlines()) == 7
    for name in written:
        read = otio.adapters.read_from_file(str(tmp_path / name))
        clips = read.find_clips()
        assert [clip.name for clip in clips] == [text for text, _ in LINES]
        assert all(isinstance(clip.media_reference, otio.schema.ExternalReference) for clip in clips), name
        if name.endswith(".otio"):
            assert all(placeholder.spoken for placeholder in find_placeholders(read)), name
    loose = otio.adapters.read_from_file(str(tmp_path / "loose.otio"))
    assert [clip.source_range.start_time.value for clip in loose.find_clips()] == [24, 24]
    assert (tmp_path / "test_media").is_dir() and (tmp_path / "takes").is_dir()


def test_every_setting_is_named() -> None:
    (sentence,) = re.findall(r"Settings are those of .*?: (.*?)\. What", SECTION)
    assert tuple(re.findall(r"`(\w+)`", sentence)) == NAMES


def test_every_plug_in_is_named() -> None:
    manifest = (ROOT / "otio_adapters" / "plugin_manifest.json").read_text()
    named = set(re.findall(r'"name": "(\w+)"', manifest)) - {"framevox_linked"}  # that one does nothing to a timeline
    assert {name for name in named if f"`{name}`" not in SECTION} == set()
