"""Without scripting: export, ``framevox fill --for resolve``, import. The same lines on the same frames."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import opentimelineio as otio
import pytest
from wavinfo import WavInfoReader

from tests.e2e.conftest import Framevox
from tests.fakes.resolve import World
from tests.resolve.conftest import Editor


@pytest.mark.parametrize("rate", [Fraction(24), Fraction(24000, 1001), Fraction(30000, 1001)], ids=float)
def test_export_fill_import(editor: Editor, hums: Framevox, rate: Fraction) -> None:
    world = World("21.1", studio=False, rate=rate, start=round(rate) * 3600)
    world.clip("CARL: An empty clip.", 200, 53)
    world.marker("BOB: Over here.", 300, 41)
    world.clip("boom.wav", 10, 50, media=world.add_media("/rushes/boom.wav"))
    ran = editor.run(world, "export_for_framevox")
    exported = editor.home / "Framevox" / "Scene-1.otio"
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


def test_an_export_that_resolve_refuses_ends_in_a_sentence(editor: Editor) -> None:
    world = World()
    world.answers_none = lambda name: name == "Export"
    assert "File ▸ Export ▸ Timeline" in editor.run(world, "export_for_framevox").out
