"""``fill --for resolve``: the one shape of OTIO that Resolve reads, and FCP 7 XML, which it relinks."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import opentimelineio as otio
import pytest
from msgspec import structs

from framevox.engine_daemon.protocol.errors import InputError
from framevox.engine_daemon.protocol.timebase import edge
from framevox.otio_adapters import check_for_resolve, find_placeholders, for_resolve, load, place, restore, save
from tests.fakes.resolve.otio_shape import faults
from tests.otio_adapters.timelines import gap, line, marker, span, takes, timeline, track


def cut() -> otio.schema.Timeline:
    """From another program: named tracks, file:// URLs, media without a length, a nest, two references, no start."""
    picture = track(
        "Reel 1", otio.schema.Clip("A001", otio.schema.ExternalReference("file:///rushes/a%20b.mov")), kind="Video"
    )
    picture[0].source_range = span(86400, 300)
    whole = otio.schema.Clip("wind", otio.schema.ExternalReference("file:///rushes/wind.wav", span(0, 90)))
    two = otio.schema.Clip("two", source_range=span(0, 20))
    two.set_media_references(
        {"proxy": otio.schema.ExternalReference("file:///p.mov", span(0, 20)), "full": otio.schema.MissingReference()},
        "proxy",
    )
    nest = otio.schema.Stack("Nest", children=[track("Inner", line("BOB: Inside.", 40))])
    voices = track("Dialogue", line("ALICE: Hello.", 50), gap(10), line("ALICE: Too short.", 9), whole, two)
    built = timeline(picture, voices, track("Nests", nest))
    built.tracks.markers.append(marker("CARL: Marked.", 100, 40))
    return built


def filled(built: otio.schema.Timeline) -> otio.schema.Timeline:
    found = find_placeholders(built)
    made = takes([p for p in found if "short" not in p.text])
    for placeholder in found:
        if placeholder.cue_id in made:
            placed = made[placeholder.cue_id]
            # As a Broadcast WAV has it: the sample since midnight at which the file begins, 12 frames before its slot.
            first = edge(placeholder.origin + placeholder.start - 12, 48000, placeholder.rate)
            take = structs.replace(placed.take, time_reference=first)
            made = {**made, placeholder.cue_id: replace(placed, take=take)}
    return place(built, found, made)


def written(made: otio.schema.Timeline, tmp_path: Path) -> str:
    save(made, tmp_path / "out.otio")
    return (tmp_path / "out.otio").read_text("utf-8")


def test_what_is_written_has_resolves_shape(tmp_path: Path) -> None:
    assert set(faults(written(filled(cut()), tmp_path))) == {
        "no global_start_time", "a track's name", "a URL", "no available_range", "no source_range"
    }  # fmt: skip
    made = for_resolve(filled(cut()))
    assert faults(written(made, tmp_path)) == []
    assert [t.name for t in made.tracks] == ["Video 1", "Audio 1", "Audio 2", "Audio 3"]
    assert made.tracks[0][0].media_reference.target_url == str(Path("/rushes/a b.mov"))
    assert len([p for p in find_placeholders(made) if "take" not in p.text]) == len(find_placeholders(cut()))


def test_what_resolve_does_not_read_is_found_even_where_an_older_schema_is_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTIO_DEFAULT_TARGET_VERSION_FAMILY_LABEL", "OTIO_CORE:0.14.0")
    assert "not Clip.2" in faults(written(filled(cut()), tmp_path))
    assert faults(written(for_resolve(filled(cut())), tmp_path)) == []


def spoilt(change: Callable[[dict[str, Any], dict[str, Any]], object]) -> Callable[[str], str]:
    def spoil(text: str) -> str:
        whole = json.loads(text)
        clip = next(c for c in whole["tracks"]["children"][1]["children"] if c["OTIO_SCHEMA"] == "Clip.2")
        change(whole, clip)
        return json.dumps(whole)

    return spoil


def reference(clip: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = clip["media_references"][clip["active_media_reference_key"]]
    return found


BROKEN = {
    "no global_start_time": spoilt(lambda whole, _clip: whole.update(global_start_time=None)),
    "a track's name": spoilt(lambda whole, _clip: whole["tracks"]["children"][2].update(name="FV ALICE")),
    "not Clip.2": spoilt(lambda _whole, clip: clip.update(OTIO_SCHEMA="Clip.1")),
    "no active media reference": spoilt(lambda _whole, clip: clip.update(active_media_reference_key="other")),
    "a URL": spoilt(lambda _whole, clip: reference(clip).update(target_url="file:///takes/a.wav")),
    "no available_range": spoilt(lambda _whole, clip: reference(clip).update(available_range=None)),
    "no source_range": spoilt(lambda _whole, clip: clip.update(source_range=None)),
    "a range outside of its media's own timecode": spoilt(
        lambda _whole, clip: clip["source_range"]["start_time"].update(value=12.0)
    ),
}


@pytest.mark.parametrize("rule", BROKEN)
def test_each_rule_is_held_by_a_sample_that_breaks_it(rule: str, tmp_path: Path) -> None:
    built = cut()
    built.global_start_time = otio.opentime.RationalTime(86400, 24000 / 1001)
    good = written(for_resolve(filled(built)), tmp_path)
    assert faults(good) == []
    assert faults(BROKEN[rule](good)) == [rule]


def test_restore_takes_back_all_but_what_was_changed_since() -> None:
    built = cut()
    assert restore(for_resolve(filled(built)))[0].to_json_string() == built.to_json_string()
    twice = for_resolve(for_resolve(filled(built)))
    assert restore(twice)[0].to_json_string() == built.to_json_string()
    mine = for_resolve(filled(built))
    mine.tracks[1].name = "My own name"
    back, _ = restore(mine)
    assert [t.name for t in back.tracks] == ["Reel 1", "My own name", "Nests"]


def test_fcp7_xml_is_the_second_route_with_urls_that_resolve_relinks(tmp_path: Path) -> None:
    pytest.importorskip("otio_fcp_adapter")
    built = timeline(track("Dialogue", line("ALICE: Hello.", 50)), start=86400)
    made = for_resolve(filled(built), ".xml")
    out = tmp_path / "out.xml"
    with pytest.warns(UserWarning):
        save(made, out)
    root = ET.parse(out).getroot()
    assert root.findtext(".//sequence/name") == "Test (Framevox)"
    file = next(e for e in root.iter("file") if e.find("pathurl") is not None)
    assert (file.findtext("pathurl") or "").startswith("file://")
    # In and out count from the file's first frame, whose timecode is that of the time reference: 12 frames of handle.
    item = next(root.iter("clipitem"))
    assert (item.findtext("in"), item.findtext("out")) == ("12", "62")
    assert file.findtext("timecode/string") == "00:59:59:12"
    assert restore(load(out))[0].name == "Test"


@pytest.mark.parametrize("name", ["out.aaf", "out.otioz", "out.edl"])
def test_other_formats_are_refused_for_resolve(name: str) -> None:
    with pytest.raises(InputError, match=r"--for resolve writes \.otio, or \.xml"):
        check_for_resolve(Path(name))
