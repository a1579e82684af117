"""Without scripting: export, ``framevox fill --for resolve``, import. The same lines on the same frames."""

from __future__ import annotations

import re
import shlex
from fractions import Fraction
from pathlib import Path

import opentimelineio as otio
import pytest
import soundfile
from wavinfo import WavInfoReader

from framevox.otio_adapters import for_resolve
from tests.e2e.conftest import Framevox
from tests.fakes.resolve import World, objects
from tests.fakes.resolve.objects import MediaPool
from tests.resolve.conftest import Editor

RATES = [Fraction(24), Fraction(24000, 1001), Fraction(30000, 1001)]


def prepared(rate: Fraction, start: int) -> World:
    world = World("21.1", studio=False, rate=rate, start=start)
    world.clip("CARL: An empty clip.", 200, 53)
    world.marker("BOB: Over here.", 300, 41)
    world.marker("BOB: And there.", 320, 41)
    world.clip("boom.wav", 10, 50, media=world.add_media("/rushes/boom.wav", 200))
    return world


def heard(world: World) -> list[tuple[int, int, list[int]]]:
    """Where each take lies, and the samples that it shows there."""
    found = []
    for track in world.timeline.tracks["audio"]:
        for item in track.items:
            if item.media is None or item.media.path.startswith("/rushes") or not item.enabled:
                continue
            sound, sample_rate = soundfile.read(item.media.path, dtype="int32")
            first, last = (
                int((2 * (frame * sample_rate / item.media.fps) + 1) // 2)
                for frame in (item.source_start, item.source_start + item.duration)
            )
            found.append((int(item.start), int(item.duration), sound[first:last].tolist()))
    return sorted(found)


@pytest.mark.parametrize("start", [0, pytest.param(3600, marks=pytest.mark.slow)])
@pytest.mark.parametrize("rate", [pytest.param(RATES[0], marks=pytest.mark.slow), *RATES[1:]], ids=float)
def test_the_result_is_that_of_the_menu_entry(editor: Editor, hums: Framevox, rate: Fraction, start: int) -> None:
    by_entry, by_file = (prepared(rate, start * round(rate)) for _ in range(2))
    editor.run(by_entry)

    editor.run(by_file, "export")
    exported = editor.home / "Framevox" / "Rooftop" / "Scene-1.otio"
    filled = exported.with_name("filled.otio")
    hums.run("fill", exported, filled, "--for", "resolve")
    before, pool = by_file.users(), MediaPool(by_file)
    assert pool.ImportTimelineFromFile(str(exported)) is None, "there is a timeline of its name"
    assert pool.ImportTimelineFromFile(str(filled)) is not None
    assert by_file.timeline.name == "Scene 1 (Framevox)"
    result = heard(by_file)
    assert [(at - start * round(rate), length) for at, length, _ in result] == [(200, 53), (300, 41), (320, 41)]
    assert result == heard(by_entry), "the same samples on the same frames"
    (user,) = [item for item in by_file.timeline.tracks["audio"][0].items if item.name == "boom.wav"]
    assert user.media is not None and (user.start - by_file.timeline.start, user.duration) == (10, 50)
    by_file.timelines.pop()
    assert by_file.users() == before


@pytest.mark.parametrize("rate", RATES, ids=float)
def test_export_fill_import(editor: Editor, hums: Framevox, rate: Fraction) -> None:
    world = World("21.1", studio=False, rate=rate, start=round(rate) * 3600)
    world.clip("CARL: An empty clip.", 200, 53)
    world.marker("BOB: Over here.", 300, 41)
    world.clip("boom.wav", 10, 50, media=world.add_media("/rushes/boom.wav"))
    ran = editor.run(world, "export")
    exported = editor.home / "Framevox" / "Rooftop" / "Scene-1.otio"
    assert str(exported) in ran.out and "--for resolve" in ran.out

    filled = exported.with_name("filled.otio")
    hums.run("fill", exported, filled, "--for", "resolve", "--voice", "alto")

    timeline = otio.adapters.read_from_file(str(filled))
    found = {}
    for track in timeline.audio_tracks():
        for clip in track:
            take = clip.metadata.get("framevox", {}).get("take") if isinstance(clip, otio.schema.Clip) else None
            if take is None:
                continue
            reference, span = clip.media_reference, clip.source_range
            assert reference.target_url.startswith("/") and Path(reference.target_url).is_file()
            # Resolve reads the file's timecode from its time reference, and counts from there.
            first = Fraction(WavInfoReader(reference.target_url).bext.time_reference) * rate / 48000
            assert reference.available_range.start_time.value == pytest.approx(float(first), abs=1e-3)
            assert reference.available_range.start_time.value.is_integer()
            found[take["settings"]["character"]] = (
                span.start_time.value - world.timeline.start,
                span.duration.value,
                track.range_of_child(clip).start_time.value,
            )
    assert found == {"CARL": (200, 53, 200), "BOB": (300, 41, 300)}
    (user,) = [clip for clip in timeline.find_clips() if clip.name == "boom.wav"]
    assert user.media_reference.target_url == "/rushes/boom.wav"


def test_a_timeline_that_was_filled_gets_a_name_of_its_own_again() -> None:
    names = ["", "Scene 1", "Scene 1 (Framevox)", "Scene 1 (Framevox 2)"]
    assert [for_resolve(otio.schema.Timeline(name)).name for name in names] == [
        "Timeline (Framevox)",
        "Scene 1 (Framevox)",
        "Scene 1 (Framevox 2)",
        "Scene 1 (Framevox 3)",
    ]


def test_an_export_overwrites_nothing_and_can_be_pasted(editor: Editor) -> None:
    world = prepared(Fraction(24), 0)
    world.timeline.name, world.project_name = "场景 一", "Mara's film"
    editor.environment = {**editor.environment, "HOME": str(editor.home / "a b")}
    for version in ("", "_v2"):
        out = editor.run(world, "export").out
        command = re.search(r"now run (.*) and then", out)
        assert command is not None
        *words, exported, filled = shlex.split(command[1])
        assert words == ["framevox", "fill", "--for", "resolve"]
        folder = editor.home / "a b" / "Framevox" / "Mara-s-film"
        assert (Path(exported), Path(filled)) == tuple(
            folder / f"ChangJing-Yi{version}{kind}.otio" for kind in ("", "-filled")
        )
        Path(exported).write_text("mine")
    assert {path.read_text() for path in folder.iterdir()} == {"mine"}


def test_an_export_that_says_it_worked_and_wrote_nothing_is_no_export(
    editor: Editor, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = prepared(Fraction(24), 0)
    assert "exported" in editor.run(world, "export").out
    monkeypatch.setattr(objects.Timeline, "Export", lambda *_: True)
    assert "does not export" in editor.run(world, "export").out


def test_an_export_that_resolve_refuses_ends_in_a_sentence(editor: Editor) -> None:
    world = World()
    world.answers_none = lambda name: name == "Export"
    assert "File ▸ Export ▸ Timeline" in editor.run(world, "export").out
