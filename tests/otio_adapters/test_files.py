"""Files in and out: what is read, what is refused and why, and that nothing is half written."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import opentimelineio as otio
import pytest

from framevox.engine_daemon.protocol.errors import InputError
from framevox.engine_daemon.protocol.timebase import Rate
from framevox.otio_adapters import TimelineWarning, find_placeholders, load, place, rehearse, save
from framevox.otio_adapters.media_urls import media_path, media_url

from .timelines import FILM, gap, line, span, takes, time, timeline, track, written_anew


def example() -> otio.schema.Timeline:
    return timeline(track("A", gap(10), line("Line")), start=0)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty"),
        (b"{}", "no timeline"),
        (b"[]", "no timeline"),
        (b"not json", "not a timeline"),
        (b"\xff\xfe\x00", "not a timeline"),
        (b'{"OTIO_SCHEMA": "Timeline.1"}', "tracks"),
        (b'{"OTIO_SCHEMA": "Timeline.99"}', "not a timeline"),
        (b'{"OTIO_SCHEMA": "Gap.1", "name": "x", "metadata": {}}', "not a timeline|no timeline"),
        (b"[" * 100_000, "nests"),
        (b'{"a":' * 100_000, "nests"),
    ],
)
def test_a_broken_file_is_an_error_that_names_it(tmp_path: Path, content: bytes, reason: str) -> None:
    path = tmp_path / "broken.otio"
    path.write_bytes(content)
    with pytest.raises(InputError, match=reason) as error:
        load(path)
    assert "broken.otio" in str(error.value)


def test_a_truncated_file_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "cut.otio"
    save(example(), path)
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(InputError, match=r"cut\.otio"):
        load(path)


def test_brackets_in_text_are_no_nesting(tmp_path: Path) -> None:
    built = timeline(track("A", line("[[{" * 2000 + '\\"')), start=0)
    save(built, tmp_path / "a.otio")
    assert load(tmp_path / "a.otio").is_equivalent_to(built)


def test_missing_files_folders_and_unknown_kinds_are_errors(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        load(tmp_path / "none.otio")
    with pytest.raises(InputError, match="folder"):
        load(tmp_path)
    (tmp_path / "cut.prproj").write_text("x")
    with pytest.raises(InputError, match=r"no installed adapter reads \.prproj: export .* \.otio, "):
        load(tmp_path / "cut.prproj")


def test_a_file_past_the_bound_is_refused_before_it_is_read(tmp_path: Path) -> None:
    huge = tmp_path / "huge.otio"
    with huge.open("wb") as file:
        file.truncate(2**29)
    with pytest.raises(InputError, match="512 MB"):
        load(huge)
    with zipfile.ZipFile(tmp_path / "bomb.otioz", "w", zipfile.ZIP_DEFLATED, compresslevel=1) as bundle:
        bundle.writestr("content.otio", b" " * (2**28 + 1))
    with pytest.raises(InputError, match="at most 256 MB"):
        load(tmp_path / "bomb.otioz")


def test_a_bundle_without_a_timeline_is_an_error(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.otioz", "w") as bundle:
        bundle.writestr("readme.txt", "x")
    with pytest.raises(InputError, match=r"content\.otio"):
        load(tmp_path / "a.otioz")
    (tmp_path / "b.otioz").write_bytes(b"no zip")
    with pytest.raises(InputError, match=r"b\.otioz"):
        load(tmp_path / "b.otioz")


def test_of_a_collection_the_one_timeline_is_taken_and_several_are_an_error(tmp_path: Path) -> None:
    collection = otio.schema.SerializableCollection("bin", [example()])
    otio.adapters.write_to_file(collection, str(tmp_path / "one.otio"))
    assert [p.text for p in find_placeholders(load(tmp_path / "one.otio"))] == ["Line"]
    collection.append(example())
    otio.adapters.write_to_file(collection, str(tmp_path / "two.otio"))
    with pytest.raises(InputError, match="2 timelines"):
        load(tmp_path / "two.otio")


def test_a_file_with_a_byte_order_mark_is_read(tmp_path: Path) -> None:
    (tmp_path / "a.otio").write_bytes(b"\xef\xbb\xbf" + example().to_json_string().encode())
    assert load(tmp_path / "a.otio").name == "Test"


def test_what_cannot_be_written_leaves_what_was_there(tmp_path: Path) -> None:
    out = tmp_path / "out.otio"
    out.write_text("before")
    broken = example()
    broken.tracks[0].metadata["x"] = float("nan")
    with pytest.raises(InputError, match=r"none/out\.otio"):
        save(example(), tmp_path / "none" / "out.otio")
    with pytest.raises(InputError, match=r"out\.prproj"), pytest.warns(TimelineWarning):
        save(example(), tmp_path / "out.prproj")
    (tmp_path / "taken.otio").mkdir()
    with pytest.raises(InputError, match=r"taken\.otio"):
        save(example(), tmp_path / "taken.otio")
    assert out.read_text() == "before"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["out.otio", "taken.otio"]


def test_a_full_disk_leaves_nothing_half_written(tmp_path: Path) -> None:
    # A limit on the size of files is what a full disk looks like to a program, and needs no disk.
    out = tmp_path / "out.otio"
    out.write_text("before")
    script = (
        "import resource, signal, sys; from pathlib import Path\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "from framevox.otio_adapters import save\n"
        "from tests.otio_adapters.test_files import example\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\n"
        "save(example(), Path(sys.argv[1]))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(out)], capture_output=True, text=True, cwd=Path(__file__).parents[2]
    )
    assert "InputError" in done.stderr and "out.otio" in done.stderr
    assert out.read_text() == "before" and [p.name for p in tmp_path.iterdir()] == ["out.otio"]


def test_a_written_file_has_the_permissions_of_any_new_file(tmp_path: Path) -> None:
    (tmp_path / "plain").touch()
    save(example(), tmp_path / "a.otio")
    assert (tmp_path / "a.otio").stat().st_mode == (tmp_path / "plain").stat().st_mode


# Media.


def test_urls_of_takes_lead_back_to_their_files_also_for_opentimelineio(tmp_path: Path) -> None:
    media = tmp_path / "a folder 带空格 #1 100%" / "take.wav"
    url = media_url(media)
    assert url.isascii() and " " not in url and url.startswith("file:///")
    assert media_path(url, Path("/elsewhere")) == media
    assert Path(otio.url_utils.filepath_from_url(url)) == media


def test_a_bundle_holds_every_file_and_opentimelineios_own_reader_finds_them(tmp_path: Path) -> None:
    built = example()
    music = track("M", otio.schema.Clip("Music", otio.schema.ExternalReference("m%20u.wav", span(0, 9)), span(0, 9)))
    same_name = otio.schema.Clip("Else", otio.schema.ExternalReference("sub/m u.wav", span(0, 9)), span(0, 9))
    offline = otio.schema.Clip("Gone", otio.schema.ExternalReference("gone.wav", span(0, 9)), span(0, 9))
    music.extend([same_name, offline])
    built.tracks.append(music)
    (tmp_path / "m u.wav").write_bytes(b"music")
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "m u.wav").write_bytes(b"other music")
    found = find_placeholders(built)
    made = takes(found, tmp_path / "takes")
    (tmp_path / "takes").mkdir()
    for placed in made.values():
        placed.media.write_bytes(b"take")

    save(place(built, found, made), tmp_path / "out.otioz", source=tmp_path / "in.otio")

    unpacked = tmp_path / "unpacked"
    unpacked.mkdir()
    read = otio.adapters.read_from_file(str(tmp_path / "out.otioz"), extract_to_directory=str(unpacked))
    contents = []
    for clip in read.find_clips():
        file = unpacked / otio.url_utils.filepath_from_url(clip.media_reference.target_url)
        contents.append(file.read_bytes() if file.exists() else None)
    assert contents == [b"take", b"music", b"other music", None]
    assert read.tracks[1][2].media_reference.target_url == "gone.wav"


def test_a_bundle_in_gives_a_bundle_out_and_its_media_go_along(tmp_path: Path) -> None:
    built = timeline(track("M", otio.schema.Clip("m", otio.schema.ExternalReference("m.wav", span(0, 9)), span(0, 9))))
    (tmp_path / "m.wav").write_bytes(b"music")
    save(built, tmp_path / "in.otioz", source=tmp_path / "in.otio")
    (tmp_path / "m.wav").unlink()
    again = load(tmp_path / "in.otioz")

    save(again, tmp_path / "out.otioz", source=tmp_path / "in.otioz")
    with zipfile.ZipFile(tmp_path / "out.otioz") as bundle:
        assert bundle.read("media/m.wav") == b"music"

    save(again, tmp_path / "out.otio", source=tmp_path / "in.otioz")
    url = load(tmp_path / "out.otio").tracks[0][0].media_reference.target_url
    found = media_path(url, tmp_path)
    assert found is not None and found.read_bytes() == b"music"


def test_relative_media_are_found_from_another_folder_and_offline_ones_stay_as_written(tmp_path: Path) -> None:
    there = otio.schema.Clip("m", otio.schema.ExternalReference("m.wav", span(0, 9)), span(0, 9))
    gone = otio.schema.Clip("g", otio.schema.ExternalReference("gone.wav", span(0, 9)), span(0, 9))
    built = timeline(track("M", there, gone), start=0)
    (tmp_path / "m.wav").write_bytes(b"music")
    (tmp_path / "out").mkdir()
    save(built, tmp_path / "out" / "out.otio", source=tmp_path / "in.otio")
    urls = [c.media_reference.target_url for c in load(tmp_path / "out" / "out.otio").find_clips()]
    assert urls == [(tmp_path / "m.wav").as_uri(), "gone.wav"]
    save(built, tmp_path / "out.otio", source=tmp_path / "in.otio")
    assert load(tmp_path / "out.otio").is_equivalent_to(built)


def test_an_aaf_holds_takes_between_frames_and_placeholders_without_media(tmp_path: Path) -> None:
    rate = 60000 / 1001  # twelve frames of handle are no whole number of samples
    built = timeline(
        track("A", gap(10, 59.94), line("Line", 31, rate), line("Left alone", 20, rate)), start=0, rate=rate
    )
    found = find_placeholders(built)
    made = takes(found[:1], tmp_path)
    with pytest.warns(TimelineWarning):
        save(place(built, found, made), tmp_path / "out.aaf")
    line_read, left = load(tmp_path / "out.aaf").find_clips()
    assert line_read.name == "Line" and line_read.media_reference.target_url == next(iter(made.values())).media.as_uri()
    assert (line_read.source_range.start_time.value, line_read.duration().value) == (12, 31)
    assert left.name == "Left alone" and left.duration().value == 20


@pytest.mark.parametrize("suffix", [".xml", ".aaf"])
@pytest.mark.parametrize("name", ["29.97", "59.94", "23.976", "25"])
def test_slots_whose_edges_are_no_whole_samples_are_written_in_whole_frames(
    tmp_path: Path, suffix: str, name: str
) -> None:
    """At 29.97 fps a frame is 1601.6 samples, so a take's file ends inside of one."""
    rate = float(Rate.parse(name).fps)
    built = timeline(track("A", *(line(f"Line {i}.", 31 + i, rate) for i in range(6))), start=0, rate=rate)
    out = tmp_path / f"out{suffix}"
    found = find_placeholders(built)
    rehearse(built, found, out, sample_rate=48000, handles=12)
    with pytest.warns(TimelineWarning):
        save(place(built, found, takes(found, tmp_path)), out)
    written_anew(out)
    read = [(c.source_range.start_time.value, c.source_range.duration.value) for c in load(out).find_clips()]
    assert read == [(12, 31 + i) for i in range(6)]


def test_a_take_between_frames_of_its_file_is_written_from_the_nearest_one_and_what_is_not_ours_too(
    tmp_path: Path,
) -> None:
    built = timeline(track("A", line("Line.", 30)), start=0)
    found = find_placeholders(built)
    filled = place(built, found, takes(found, tmp_path))
    filled.tracks[0][0].source_range = otio.opentime.TimeRange(time(19220, 48000), time(30))
    with pytest.warns(TimelineWarning):
        save(filled, tmp_path / "out.xml")
    (read,) = load(tmp_path / "out.xml").find_clips()
    assert read.source_range.start_time.value == 19220  # as the side file has it
    (tmp_path / "out.framevox.json").unlink()
    (read,) = load(tmp_path / "out.xml").find_clips()
    assert read.source_range.start_time.value == 10  # 19220 samples are 9.6 frames at 23.976
    theirs = timeline(
        track("A", otio.schema.Clip("m", otio.schema.ExternalReference("m.wav"), span(19220, 48000, 48000))), start=0
    )
    with pytest.warns(TimelineWarning, match=r"out\.xml: 1 clip moved to whole frames"):
        save(theirs, tmp_path / "out.xml")
    written_anew(tmp_path / "out.xml")
    (read,) = load(tmp_path / "out.xml").find_clips()
    assert (read.source_range.start_time.value, read.source_range.duration.value) == (10, 24)


def test_ten_thousand_clips_without_placeholders_come_out_as_they_went_in(tmp_path: Path) -> None:
    """How long that takes, `benchmarks/speed.py --only pass` measures."""
    reference = otio.schema.ExternalReference("a.mov", span(0, 100))
    layer = track("V", *(otio.schema.Clip(f"c{i}", reference.deepcopy(), span(5, 40)) for i in range(1000)))
    tracks = (layer.deepcopy() for _ in range(10))
    otio.adapters.write_to_file(timeline(*tracks, start=0), str(tmp_path / "in.otio"))
    given = load(tmp_path / "in.otio")
    found = find_placeholders(given)
    assert not found
    save(place(given, found, {}), tmp_path / "out.otio")
    assert json.loads((tmp_path / "in.otio").read_text()) == json.loads((tmp_path / "out.otio").read_text())


def test_the_committed_example_is_what_its_script_builds() -> None:
    root = Path(__file__).parents[2]
    sys.path.insert(0, str(root / "examples"))
    try:
        from make_example import build
    finally:
        sys.path.pop(0)
    example = root / "plugin" / "cli" / "example.otio"
    # git writes a link as a line of text where links are not allowed, as often on Windows.
    assert example.is_file() and not example.is_symlink()
    committed = load(example)
    assert committed.is_equivalent_to(build())
    assert json.loads(example.read_text("utf-8")) == json.loads(build().to_json_string())
    found = find_placeholders(committed)
    assert len(found) == 12 and not any(p.problem for p in found)
    assert {p.character for p in found} == {"林夏", "DAN"}
    assert all(p.origin == 86400 and float(p.rate.fps) == FILM for p in found)


# What a format cannot hold is found out before anything is spoken.


def test_what_an_adapter_cannot_write_is_known_beforehand_and_nothing_is_written(tmp_path: Path) -> None:
    bars = otio.schema.Clip("Bars", otio.schema.GeneratorReference("b", "SMPTEBars"), span(0, 50))
    built = timeline(track("V", bars, kind="Video"), track("A", line("One"), line("Two")), start=0)
    found = find_placeholders(built)
    with pytest.raises(InputError, match=r"out\.aaf cannot be written: the adapter for \.aaf says: .*\.otio"):
        rehearse(built, found, tmp_path / "out.aaf", sample_rate=48000, handles=12)
    rehearse(built, found, tmp_path / "out.xml", sample_rate=48000, handles=12)
    rehearse(built, found, tmp_path / "out.otio", sample_rate=48000, handles=12)
    assert not list(tmp_path.iterdir())
