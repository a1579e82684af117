"""A filled timeline gives its placeholders back exactly as they were."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path

import opentimelineio as otio
import pytest

from framevox.engine_daemon.protocol.errors import InputError
from framevox.otio_adapters import find_placeholders, for_resolve, load, place, restore, save

from .test_placing import rich
from .timelines import gap, line, marker, span, takes, time, timeline, track

EXAMPLE = Path(__file__).parents[2] / "plugin" / "cli" / "example.otio"


def filled(built: otio.schema.Timeline) -> otio.schema.Timeline:
    found = [p for p in find_placeholders(built) if not p.problem]
    return place(built, found, takes(found))


def odd() -> otio.schema.Timeline:
    """Clips and markers whose state before filling is easily lost."""
    slow = line("Slow", start=12)
    slow.effects.extend([otio.schema.Effect("EQ"), otio.schema.LinearTimeWarp("half", 0.5), otio.schema.FreezeFrame()])
    marked = line("Marked", start=1000)
    marked.markers.extend(
        otio.schema.Marker(name, where)
        for name, where in (
            ("two rates", otio.opentime.TimeRange(time(1010.1), time(0, 48000))),
            ("no number", span(float("nan"), 0)),
            ("of no rate", span(3, 1, 23.5)),
        )
    )
    untrimmed = otio.schema.Clip("Untrimmed", otio.schema.MissingReference(available_range=span(5, 40)))
    slug = otio.schema.Clip("Slug", otio.schema.GeneratorReference(generator_kind="Slug"), span(0, 20))
    said = otio.schema.Clip("Wind", otio.schema.ExternalReference("wind.wav", span(0, 99)), span(7, 30))
    said.metadata["framevox"] = {"text": "Replace me"}
    two = line("Two media")
    two.set_media_references(
        {"a": otio.schema.MissingReference(), "b": otio.schema.ExternalReference("b.wav", span(0, 9))}, "a"
    )
    bare = line("Bare")
    bare.metadata["framevox"] = {}
    copied = line("Copied", cue="fv-kept")
    copied.metadata["framevox"]["take"] = {"of": "somebody else"}
    voices = track("A", slow, marked, untrimmed, slug, said, two, bare, copied, line("Odd length", 24.5), line("", 10))
    voices.append(line("Broken", float("nan")))
    voices.append(line("Behind it"))
    captions = track("C", gap(20), line("Caption", text="BOB: From a caption"), kind="Video")
    captions.markers.append(marker("BOB: On the track", 300, 40, metadata={"framevox": {}}))
    nest = otio.schema.Stack("Nest", children=[track("Inner", line("Cut", 60), line("Whole", 40))])
    nest.source_range = span(30, 70)
    built = timeline(captions, voices, track("N", gap(3), nest), start=86400)
    built.tracks.markers.append(marker("ALICE: A marker", 400, 50))
    built.tracks.source_range = span(10, 2000)
    return built


BUILT: dict[str, Callable[[], otio.schema.Timeline]] = {"rich": rich, "odd": odd, "example": lambda: load(EXAMPLE)}


@pytest.mark.filterwarnings("ignore::framevox.otio_adapters.TimelineWarning")
@pytest.mark.parametrize("build", BUILT.values(), ids=BUILT)
@pytest.mark.parametrize("times", [1, 2])
def test_placeholders_come_back_as_they_were(build: Callable[[], otio.schema.Timeline], times: int) -> None:
    built = build()
    full = built
    for _ in range(times):
        full = filled(full)
    before = full.to_json_string()
    assert before != built.to_json_string()
    result, count = restore(full)
    assert result.to_json_string() == built.to_json_string()
    assert count == len([p for p in find_placeholders(built) if not p.problem]) > 0
    assert full.to_json_string() == before, "the input is left alone"


@pytest.mark.filterwarnings("ignore::framevox.otio_adapters.TimelineWarning")
@pytest.mark.parametrize("build", BUILT.values(), ids=BUILT)
@pytest.mark.parametrize("suffix", [".otio", ".otioz"])
def test_and_so_they_do_through_files(build: Callable[[], otio.schema.Timeline], suffix: str, tmp_path: Path) -> None:
    source, full, back = (tmp_path / f"{name}{suffix}" for name in ("in", "filled", "back"))
    save(build(), source)
    built = load(source)
    found = find_placeholders(built)
    made = takes([p for p in found if not p.problem], tmp_path)
    for placed in made.values():
        placed.media.write_bytes(b"take")
    save(place(built, found, made), full, source=source)
    save(restore(load(full))[0], back, source=full)
    assert load(back).to_json_string() == built.to_json_string()
    if suffix == ".otioz":
        with zipfile.ZipFile(back) as bundle:
            assert not [name for name in bundle.namelist() if name.endswith(".wav")], "no take goes along"


def test_what_was_for_resolve_comes_back_too() -> None:
    built = timeline(track("A", line("Line", 50, start=1000)), start=86400)
    built.tracks[0][0].markers.append(otio.schema.Marker("breath", span(1010, 0)))
    assert restore(for_resolve(filled(built)))[0].to_json_string() == built.to_json_string()
    again = for_resolve(for_resolve(filled(built)))
    assert again.name.endswith(" (Framevox 2)")
    assert restore(again)[0].to_json_string() == built.to_json_string()
    again.name = "My own name"
    assert restore(again)[0].name == "My own name"


def test_media_that_a_line_replaced_are_found_again_from_another_folder(tmp_path: Path) -> None:
    (tmp_path / "wind.wav").write_bytes(b"wind")
    (tmp_path / "out").mkdir()
    save(odd(), tmp_path / "in.otio")
    save(filled(odd()), tmp_path / "out" / "filled.otio", source=tmp_path / "in.otio")
    result, _ = restore(load(tmp_path / "out" / "filled.otio"))
    assert result.tracks[1][4].media_reference.target_url == (tmp_path / "wind.wav").as_uri()


def test_what_somebody_changed_after_filling_stays() -> None:
    built = timeline(track("A", line("Line", 50, start=10), line("Next")), start=0)
    built.tracks[0][0].effects.append(otio.schema.LinearTimeWarp("half", 0.5))
    built.tracks.markers.append(marker("BOB: Marked", 100, 50))
    full = filled(built)
    clip = full.tracks[0][0]
    clip.source_range = otio.opentime.TimeRange(clip.source_range.start_time, span(0, 40).duration)
    clip.effects.append(otio.schema.Effect("EQ"))
    clip.metadata["framevox"]["voice"] = "jm_kumo"
    full.tracks[1].append(otio.schema.Clip("Theirs", otio.schema.ExternalReference("t.wav"), span(0, 9)))
    result, count = restore(full)
    clip = result.tracks[0][0]
    assert count == 3
    assert clip.source_range == span(10, 40) and isinstance(clip.media_reference, otio.schema.MissingReference)
    assert [e.name for e in clip.effects] == ["EQ", "half"]
    assert dict(clip.metadata["framevox"]) == {"voice": "jm_kumo"}
    assert result.tracks[0][1].range_in_parent().start_time.value == 40
    assert [(c.name, c.range_in_parent().start_time.value) for c in result.tracks[1].find_clips()] == [("Theirs", 150)]


def test_what_was_never_filled_is_refused() -> None:
    with pytest.raises(InputError, match="nothing that framevox filled"):
        restore(rich())
