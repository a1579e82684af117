"""``framevox fill``, as a user runs it."""

from __future__ import annotations

import json
import os
import subprocess
import zipfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

import opentimelineio as otio
import pytest
import soundfile

from framevox.engine_daemon.protocol.timebase import Rate, edge
from tests.processes import interrupt_terminal, small_disk

from .conftest import Framevox, wait_for, write_timeline

LINES = [("MEI: 这个 feature 下周 release。", 42), ("JACK: Good to know.", 36), ("MEI: Tight.", 10)]
FAR_TOO_LONG = ("JACK: A line that nobody can say in half a second.", 12)


def files_in(folder: Path) -> dict[str, tuple[bytes, int]]:
    return {path.name: (path.read_bytes(), path.stat().st_mtime_ns) for path in folder.iterdir()}


def media_in(timeline: Path) -> list[Path]:
    """The files a timeline's clips refer to, as a program that opens it finds them."""
    clips = otio.adapters.read_from_file(str(timeline)).find_clips()
    return [timeline.parent / unquote(urlsplit(clip.media_reference.target_url).path) for clip in clips]


def test_every_line_is_placed_and_each_file_holds_its_slot_to_the_sample(served: Framevox, tmp_path: Path) -> None:
    source = write_timeline(tmp_path / "in.otio", LINES)
    out = tmp_path / "out.otio"
    report = served.run("fill", source, out, "--json").json
    assert report["counts"] == {"placed": 3, "attention": 0, "failed": 0}
    rate = Rate.parse("23.976")
    start = 0
    for cue, (name, frames) in zip(report["cues"], LINES, strict=True):
        assert cue["text"] == name.partition(": ")[2]
        assert cue["character"] == name.partition(":")[0]
        assert (cue["start_frame"], cue["duration_frames"], cue["rate"]) == (start, frames, "24000/1001")
        assert (cue["slot_start_sample"], cue["slot_end_sample"]) == (
            edge(start, 48000, rate),
            edge(start + frames, 48000, rate),
        )
        slot = cue["slot_end_sample"] - cue["slot_start_sample"]
        head = cue["media_slot_start_sample"]
        sound = soundfile.info(cue["media"])
        assert (sound.samplerate, sound.channels, sound.subtype) == (48000, 1, "PCM_24")
        assert head <= edge(12, 48000, rate) and sound.frames == head + slot + edge(12, 48000, rate)
        assert 0 <= cue["speech_start_sample"] < cue["speech_end_sample"] <= slot
        assert [word["text"] for word in cue["words"]]
        start += frames + 7
    assert media_in(out) == [Path(cue["media"]) for cue in report["cues"]]


def test_the_user_is_told_where_the_timeline_and_its_media_are(served: Framevox, tmp_path: Path) -> None:
    source = write_timeline(tmp_path / "in.otio", LINES)
    ran = served.run("fill", source, tmp_path / "out.otio")
    assert f"Timeline: {tmp_path / 'out.otio'}" in ran.out
    assert f"Media:    {tmp_path / 'out_media'}" in ran.out
    assert "3 cues: 3 placed" in ran.out
    assert ran.err.count("placed") == 3


def test_with_json_there_is_one_object_on_standard_output_and_nothing_else(served: Framevox, tmp_path: Path) -> None:
    source = write_timeline(tmp_path / "in.otio", [*LINES, FAR_TOO_LONG])
    ran = served.run("fill", source, tmp_path / "out.otio", "--json", code=3)
    assert set(ran.json) == {"cues", "counts", "notes"}
    assert "Timeline:" in ran.err


def test_a_line_that_does_not_fit_is_attention_and_the_rest_is_placed(served: Framevox, tmp_path: Path) -> None:
    source = write_timeline(tmp_path / "in.otio", [FAR_TOO_LONG, *LINES])
    report = served.run("fill", source, tmp_path / "out.otio", "--json", code=3).json
    assert report["counts"] == {"placed": 3, "attention": 1, "failed": 0}
    first = report["cues"][0]
    assert (first["status"], first["media"]) == ("attention", None)
    assert "frames) longer" in first["message"]
    before = otio.adapters.read_from_file(str(source)).find_clips()[0]
    after = otio.adapters.read_from_file(str(tmp_path / "out.otio")).find_clips()[0]
    assert after.is_equivalent_to(before)


def test_running_again_makes_nothing_new(served: Framevox, tmp_path: Path) -> None:
    source = write_timeline(tmp_path / "in.otio", LINES)
    first = served.run("fill", source, tmp_path / "out.otio", "--json").json
    media = files_in(tmp_path / "out_media")
    made = status(served)
    second = served.run("fill", source, tmp_path / "out.otio", "--json").json
    assert second == first
    assert files_in(tmp_path / "out_media") == media
    assert status(served)["cached"] - made["cached"] == 3


def test_the_output_given_as_input_yields_the_same_cues(served: Framevox, tmp_path: Path) -> None:
    source = write_timeline(tmp_path / "in.otio", LINES)
    first = served.run("fill", source, tmp_path / "out.otio", "--json").json
    media = files_in(tmp_path / "out_media")
    again = served.run("fill", tmp_path / "out.otio", tmp_path / "out.otio", "--json").json
    assert again == first
    assert files_in(tmp_path / "out_media") == media


def test_only_what_changed_is_made(served: Framevox, tmp_path: Path) -> None:
    source = write_timeline(tmp_path / "in.otio", LINES)
    served.run("fill", source, tmp_path / "out.otio")
    before = status(served)
    write_timeline(source, [*LINES[:2], ("MEI: Night.", 10)])
    served.run("fill", source, tmp_path / "out.otio")
    after = status(served)
    assert (after["placed"] - before["placed"], after["cached"] - before["cached"]) == (3, 2)
    assert len(list((tmp_path / "out_media").iterdir())) == 4


def test_a_line_that_no_longer_fits_says_that_its_earlier_take_stays(served: Framevox, tmp_path: Path) -> None:
    source = write_timeline(tmp_path / "in.otio", LINES)
    out = tmp_path / "out.otio"
    first = served.run("fill", source, out, "--json").json["cues"][0]
    timeline = otio.adapters.read_from_file(str(out))
    clip = timeline.find_clips()[0]
    clip.name = FAR_TOO_LONG[0]
    # A copy of a filled clip holds its original's take, too.
    timeline.tracks[0].append(clip.clone())
    otio.adapters.write_to_file(timeline, str(out))
    cues = served.run("fill", out, out, "--json", code=3).json["cues"]
    stale = [cue for cue in cues if cue["status"] == "attention"]
    assert [cue["media"] for cue in stale] == [None, None]
    assert all(cue["message"].endswith("the take of an earlier run stays") for cue in stale)
    kept = otio.adapters.read_from_file(str(out)).find_clips()[0].media_reference
    assert Path(unquote(urlsplit(kept.target_url).path)) == Path(first["media"])


def status(framevox: Framevox) -> dict[str, int]:
    (line,) = (line for line in framevox.run("status").out.splitlines() if line.startswith("counts"))
    return {name: int(number) for number, name in (part.split() for part in line.removeprefix("counts").split(","))}


def test_a_media_name_that_exists_is_kept_and_the_take_gets_another(served: Framevox, tmp_path: Path) -> None:
    source = write_timeline(tmp_path / "in.otio", LINES[:1])
    (cue,) = served.run("fill", source, tmp_path / "out.otio", "--json").json["cues"]
    media = Path(cue["media"])
    media.write_bytes(b"somebody's work")
    (again,) = served.run("fill", source, tmp_path / "out.otio", "--json").json["cues"]
    assert media.read_bytes() == b"somebody's work"
    assert again["media"] != cue["media"] and Path(again["media"]).is_file()
    assert media_in(tmp_path / "out.otio") == [Path(again["media"])]


def test_paths_with_spaces_and_chinese_characters(served: Framevox, tmp_path: Path) -> None:
    source = write_timeline(tmp_path / "我的 片子" / "第 1 集.otio", [("小明：你好 world", 60)])
    out = tmp_path / "输 出" / "第 1 集 完成.otio"
    (cue,) = served.run("fill", source, out, "--json").json["cues"]
    assert cue["character"] == "小明"
    assert media_in(out) == [Path(cue["media"])]
    # What Framevox names itself needs no percent-encoding, which some programs do not undo.
    assert quote("/".join(Path(cue["media"]).parts[-2:])) == "/".join(Path(cue["media"]).parts[-2:])


def test_a_timeline_without_placeholders_passes_through_untouched_and_wakes_no_daemon(tmp_path: Path) -> None:
    framevox = Framevox(tmp_path / "home")
    source = write_timeline(tmp_path / "in.otio", [])
    ran = framevox.run("fill", source, tmp_path / "out.otio", "--json")
    assert ran.json == {"cues": [], "counts": {"placed": 0, "attention": 0, "failed": 0}, "notes": []}
    assert (tmp_path / "out.otio").read_bytes() == source.read_bytes()
    assert [path.name for path in framevox.home.rglob("*") if path.suffix != ".lock"] == ["run", "outputs"]


def test_a_bundle_in_and_a_bundle_out_which_holds_its_media(served: Framevox, tmp_path: Path) -> None:
    plain = write_timeline(tmp_path / "in.otio", LINES)
    bundle = tmp_path / "in.otioz"
    otio.adapters.write_to_file(otio.adapters.read_from_file(str(plain)), str(bundle), media_policy="MissingIfNotFile")
    report = served.run("fill", bundle, tmp_path / "out.otioz", "--json").json
    assert report["counts"]["placed"] == 3
    with zipfile.ZipFile(tmp_path / "out.otioz") as content:
        names = {Path(name).name for name in content.namelist()}
    assert names >= {Path(cue["media"]).name for cue in report["cues"]}


def test_a_bundle_folder_is_filled_in_place_and_restored(served: Framevox, tmp_path: Path) -> None:
    source = write_timeline(tmp_path / "in.otio", LINES)
    bundle = tmp_path / "cut.otiod"
    served.run("fill", source, bundle, "--media-dir", tmp_path / "takes")
    held = {path.read_bytes() for path in (bundle / "media").iterdir()}
    assert held == {path.read_bytes() for path in (tmp_path / "takes").iterdir()} and len(held) == 3
    again = served.run("fill", bundle, bundle, "--media-dir", tmp_path / "takes", "--json").json
    assert again["counts"]["placed"] == 3
    assert {path.read_bytes() for path in (bundle / "media").iterdir()} == held
    served.run("restore", bundle, tmp_path / "back.otio")
    assert json.loads((tmp_path / "back.otio").read_text()) == json.loads(source.read_text())
    (tmp_path / "folder.otiod").mkdir()
    refused = served.run("fill", source, tmp_path / "folder.otiod", code=2)
    assert "folder.otiod is a folder: name the file that the timeline goes to" in refused.err


def test_restore_gives_back_the_timeline_from_before_and_refuses_one_that_was_never_filled(
    served: Framevox, tmp_path: Path
) -> None:
    source = write_timeline(tmp_path / "in.otio", [FAR_TOO_LONG, *LINES])
    served.run("fill", source, tmp_path / "full.otio", code=3)
    assert "3 placeholders restored." in served.run("restore", tmp_path / "full.otio", tmp_path / "back.otio").out
    before, after = (otio.adapters.read_from_file(str(path)) for path in (source, tmp_path / "back.otio"))
    assert after.to_json_string() == before.to_json_string()
    assert list((tmp_path / "full_media").iterdir())
    (tmp_path / "back.otio").write_text("mine")
    refused = served.run("restore", source, tmp_path / "back.otio", code=2)
    assert str(source) in refused.err and "nothing that framevox filled" in refused.err
    assert (tmp_path / "back.otio").read_text() == "mine"
    assert "no such file" in served.run("restore", tmp_path / "none.otio", tmp_path / "back.otio", code=2).err


@pytest.mark.parametrize(("form", "kind"), [("flac", "FLAC"), ("mp3", "MP3")])
def test_takes_in_another_format(served: Framevox, tmp_path: Path, form: str, kind: str) -> None:
    source = write_timeline(tmp_path / "in.otio", LINES[:1])
    (cue,) = served.run("fill", source, tmp_path / "out.otio", "--format", form, "--json").json["cues"]
    assert cue["media"].endswith(f".{form}") and kind in soundfile.info(cue["media"]).format


@pytest.mark.slow
def test_ten_thousand_clips_without_placeholders_pass_through_in_three_seconds(tmp_path: Path) -> None:
    rate = 24000 / 1001
    time = otio.opentime.RationalTime
    timeline = otio.schema.Timeline("long", global_start_time=time(86400, rate))
    for kind in ("Video", "Audio"):
        track = otio.schema.Track(kind, kind=kind)
        timeline.tracks.append(track)
        for number in range(5000):
            span = otio.opentime.TimeRange(time(10, rate), time(48, rate))
            media = otio.schema.ExternalReference(
                f"media/{number}.mov", otio.opentime.TimeRange(time(0, rate), time(500, rate))
            )
            track.append(otio.schema.Clip(f"{number}.mov", media_reference=media, source_range=span))
    source = tmp_path / "long.otio"
    otio.adapters.write_to_file(timeline, str(source))
    framevox = Framevox(tmp_path / "home")
    before = os.times()
    framevox.run("fill", source, tmp_path / "elsewhere" / "out.otio")
    after = os.times()
    # The processor's time, so that a busy machine does not fail the test.
    assert after.children_user + after.children_system - before.children_user - before.children_system < 3


def test_voices_by_character_and_for_the_rest(served: Framevox, tmp_path: Path) -> None:
    source = write_timeline(tmp_path / "in.otio", LINES)
    report = served.run("fill", source, tmp_path / "o.otio", "--voice", "MEI=tenor", "--voice", "alto", "--json").json
    assert [cue["voice"] for cue in report["cues"]] == ["tenor", "alto", "tenor"]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--voice", "nobody"], "nobody"),
        (["--voice", "BOB=alto"], "JACK, MEI"),
        (["--voice", "missing.bin"], "missing.bin"),
        (["--fit", "stretch"], "ratio:X"),
        (["--fit", "ratio:2"], "0.75 to 1.35"),
        (["--format", "mp3", "--sample-rate", "96000"], "MP3"),
        (["--sample-rate", "47999"], "48000"),
        (["--min-ratio", "2"], "min ratio 2"),
        (["--max-ratio", "0.9"], "max ratio 0.9"),
        (["--handles", "-1"], "handles"),
        (["--format", "ogg"], "flac"),
        (["--loudness", "loud"], "LUFS"),
        (["--language", "tlh"], "zh"),
    ],
)
def test_an_option_that_cannot_be_used_ends_with_2_and_writes_nothing(
    served: Framevox, tmp_path: Path, options: list[str], said: str
) -> None:
    source = write_timeline(tmp_path / "in.otio", LINES)
    ran = served.run("fill", source, tmp_path / "out.otio", *options, code=2)
    assert said in ran.err and ran.out == ""
    assert not (tmp_path / "out.otio").exists()


BROKEN = {
    "empty.otio": b"",
    "not-json.otio": b"{ this is no timeline",
    "other.otio": b'{"OTIO_SCHEMA": "Nonsense.1"}',
    "clip.otio": b'{"OTIO_SCHEMA": "Clip.2", "name": "x"}',
    "deep.otio": b"[" * 200_000,
    "binary.otio": bytes(range(256)) * 40,
    "bundle.otioz": b"PK not a zip",
    "film.xyz": b"{}",
    "none": b"{}",
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_timeline_is_named_and_nothing_is_written(served: Framevox, tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(BROKEN[name])
    ran = served.run("fill", tmp_path / name, tmp_path / "out.otio", code=2)
    assert name in ran.err
    assert not (tmp_path / "out.otio").exists()


def test_a_huge_file_is_refused_at_once(served: Framevox, tmp_path: Path) -> None:
    huge = tmp_path / "huge.otio"
    with huge.open("wb") as file:
        file.truncate(2 * 10**9)
    assert "huge.otio" in served.run("fill", huge, tmp_path / "out.otio", code=2, seconds=20).err


def test_a_missing_timeline_and_a_folder_are_named(served: Framevox, tmp_path: Path) -> None:
    assert "absent.otio" in served.run("fill", tmp_path / "absent.otio", tmp_path / "out.otio", code=2).err
    assert str(tmp_path) in served.run("fill", tmp_path, tmp_path / "out.otio", code=2).err


def test_lines_that_cannot_be_spoken_are_failed_by_name_and_the_rest_is_placed(
    served: Framevox, tmp_path: Path
) -> None:
    odd = {
        "   ": "line",
        "MEI:": "line",
        "!!! ??? ...": "!!!",
        "x" * 10_000: "10000",
        "FAIL here": "FAIL",
    }
    source = write_timeline(tmp_path / "in.otio", [*((text, 48) for text in odd), *LINES])
    report = served.run("fill", source, tmp_path / "out.otio", "--json", code=3).json
    assert report["counts"] == {"placed": 3, "attention": 0, "failed": len(odd)}
    for cue, said in zip(report["cues"], odd.values(), strict=False):
        assert cue["status"] == "failed" and cue["media"] is None
        assert said in cue["message"], cue["message"]


def test_emoji_control_characters_and_right_to_left_text_do_no_harm(served: Framevox, tmp_path: Path) -> None:
    source = write_timeline(tmp_path / "in.otio", [("\x1b[2J\x07 hello 🎬 there", 72), ("\u202eolleh hello שלום", 72)])
    ran = served.run("fill", source, tmp_path / "out.otio", code=None)
    assert ran.code in (0, 3)
    assert not any(character in ran.out + ran.err for character in "\x1b\x07\u202e")


def test_half_a_character_fails_its_own_cue_only(served: Framevox, tmp_path: Path) -> None:
    source = write_timeline(tmp_path / "in.otio", [("MEI: Broken QQ here", 60), *LINES])
    source.write_text(source.read_text().replace("QQ", r"\ud800"))
    report = served.run("fill", source, tmp_path / "out.otio", "--json", code=None)
    assert report.code in (2, 3) and "fault" not in report.err


def test_an_unknown_rate_is_an_error_that_names_the_known_ones(served: Framevox, tmp_path: Path) -> None:
    source = write_timeline(tmp_path / "in.otio", LINES, rate=23.5, start=0)
    assert "23.976" in served.run("fill", source, tmp_path / "out.otio", code=2).err


def test_an_unknown_voice_in_a_timeline_fails_its_own_cue_only(served: Framevox, tmp_path: Path) -> None:
    source = write_timeline(tmp_path / "in.otio", LINES)
    data = json.loads(source.read_text())
    data["tracks"]["children"][0]["children"][0]["metadata"]["framevox"] = {"voice": "nobody"}
    source.write_text(json.dumps(data))
    report = served.run("fill", source, tmp_path / "out.otio", "--json", code=3).json
    assert [cue["status"] for cue in report["cues"]] == ["failed", "placed", "placed"]
    assert "nobody" in report["cues"][0]["message"]


def test_a_bad_voice_file_in_a_timeline_is_named_as_it_was_written_there(tmp_path: Path) -> None:
    framevox = Framevox(tmp_path / "home")
    daemon = framevox.serve("tests.e2e.engine:with_voice_files")
    source = write_timeline(tmp_path / "in.otio", LINES)
    data = json.loads(source.read_text())
    clips = data["tracks"]["children"][0]["children"]
    (tmp_path / "voices").mkdir()
    (tmp_path / "voices" / "bad one.bin").write_bytes(b"no voice")
    clips[0]["metadata"]["framevox"] = {"voice": "voices/bad one.bin"}
    clips[2]["metadata"]["framevox"] = {"voice": "voices/none.bin"}
    clips[4]["metadata"]["framevox"] = {"fit": "stretch"}
    source.write_text(json.dumps(data))
    ran = framevox.run("fill", source, tmp_path / "out.otio", "--json", code=3)
    bad, none, fit = (cue["message"] for cue in ran.json["cues"])
    assert bad.startswith('metadata["framevox"]: voice file voices/bad one.bin: not a Kokoro voice')
    assert none.startswith('metadata["framevox"]["voice"]: ') and "voices/none.bin" in none
    assert fit.startswith('metadata["framevox"]["fit"]: ')
    assert ran.json["cues"][0]["voice"] == "voices/bad one.bin"
    source = write_timeline(tmp_path / "in.otio", LINES)
    given = framevox.run("fill", source, tmp_path / "o.otio", "--voice", tmp_path / "voices" / "bad one.bin", code=2)
    assert f"--voice: voice file {tmp_path}/voices/bad one.bin: not a Kokoro voice" in given.err
    framevox.run("stop")
    assert daemon.wait(20) == 0


def test_an_out_that_cannot_be_a_timeline_is_refused_before_anything_is_spoken(
    served: Framevox, tmp_path: Path
) -> None:
    source = write_timeline(tmp_path / "in.otio", LINES)
    before = status(served)
    assert ".otioz" in served.run("fill", source, tmp_path / "out.mov", code=2).err
    assert "folder" in served.run("fill", source, tmp_path, code=2).err
    assert status(served) == before


def test_an_adapter_that_is_missing_is_named_with_the_package_that_brings_it(tmp_path: Path) -> None:
    bare = Framevox(tmp_path / "home", {"OTIO_DISABLE_ENTRYPOINTS_PLUGINS": "1"})
    source = write_timeline(tmp_path / "in.otio", LINES)
    for suffix, package in ((".xml", "otio-fcp-adapter"), (".aaf", "otio-aaf-adapter")):
        (tmp_path / f"in{suffix}").write_text("whatever")
        for arguments in ((tmp_path / f"in{suffix}", tmp_path / "o.otio"), (source, tmp_path / f"o{suffix}")):
            assert f"{suffix}: pip install {package}" in bare.run("fill", *arguments, code=2).err
    assert not bare.home.exists()


def test_what_outs_format_cannot_hold_is_refused_before_anything_is_spoken(served: Framevox, tmp_path: Path) -> None:
    source = write_timeline(tmp_path / "in.otio", LINES)
    built = otio.adapters.read_from_file(str(source))
    length = otio.opentime.TimeRange(*(otio.opentime.RationalTime(n, 24000 / 1001) for n in (0, 50)))
    bars = otio.schema.Clip("Bars", otio.schema.GeneratorReference("bars", "SMPTEBars"), length)
    built.tracks.insert(0, otio.schema.Track("V", [bars], kind="Video"))
    otio.adapters.write_to_file(built, str(source))
    before = status(served)
    assert "out.aaf cannot be written" in served.run("fill", source, tmp_path / "out.aaf", code=2).err
    assert status(served) == before and not (tmp_path / "out.aaf").exists()


@pytest.mark.parametrize("suffix", [".xml", ".aaf", ".fcpxml", ".edl"])
def test_another_format_gets_its_takes_and_is_filled_again_and_restored_by_its_side_file(
    served: Framevox, tmp_path: Path, suffix: str
) -> None:
    source = write_timeline(tmp_path / "in.otio", LINES)
    out = tmp_path / f"out{suffix}"
    ran = served.run("fill", source, out, "--json")
    assert f"{suffix} does not hold all of a timeline" in ran.err and "lies in out.framevox.json" in ran.err
    again = served.run("fill", out, out, "--json")
    assert again.json == ran.json
    served.run("restore", out, tmp_path / "back.otio")
    back = served.run("fill", tmp_path / "back.otio", tmp_path / "full.otio", "--json")
    keys = ("text", "character", "start_frame", "duration_frames", "slot_start_sample")
    for now, before in zip(back.json["cues"], ran.json["cues"], strict=True):
        assert [now[key] for key in keys] == [before[key] for key in keys]
        assert Path(now["media"]).name == Path(before["media"]).name


def test_an_edl_is_filled_at_the_rate_that_is_given(served: Framevox, tmp_path: Path) -> None:
    edl = tmp_path / "reel.edl"
    edl.write_text(
        "TITLE: reel\nFCM: NON-DROP FRAME\n\n"
        "001  AX       A     C        00:00:00:00 00:00:02:00 01:00:01:00 01:00:03:00\n"
        "* FROM CLIP NAME: ALICE: Good to know.\n"
    )
    assert "does not say its frame rate: give --rate" in served.run("fill", edl, tmp_path / "o.otio", code=2).err
    [cue] = served.run("fill", edl, tmp_path / "o.otio", "--rate", "25", "--json").json["cues"]
    assert (cue["character"], cue["duration_frames"], cue["rate"]) == ("ALICE", 50, "25/1")
    assert "01-00-01-00" in cue["media"]
    assert (
        "--offset is for subtitles, sheets and scripts"
        in served.run("fill", edl, tmp_path / "o.otio", "--rate", "25", "--offset", "3", code=2).err
    )


def test_a_place_that_cannot_be_written_is_named_before_anything_is_spoken(served: Framevox, tmp_path: Path) -> None:
    source = write_timeline(tmp_path / "in.otio", LINES)
    (tmp_path / "file").write_bytes(b"")
    before = status(served)
    ran = served.run("fill", source, tmp_path / "file" / "out.otio", code=1)
    assert str(tmp_path / "file") in ran.err
    ran = served.run("fill", source, tmp_path / "out.otio", "--media-dir", "/proc/framevox", code=1)
    assert "/proc/framevox" in ran.err
    assert status(served) == before


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 1 MB."""
    with small_disk(tmp_path / "disk", "1m") as disk:
        yield disk


def test_a_full_disk_loses_no_take_and_leaves_nothing_half_written(
    served: Framevox, tmp_path: Path, tiny_disk: Path
) -> None:
    lines = [(f"MEI: This is line number {number}.", 60) for number in range(6)]
    source = write_timeline(tmp_path / "in.otio", lines)
    ran = served.run("fill", source, tmp_path / "out.otio", "--media-dir", tiny_disk, code=1)
    assert "No space left" in ran.err and "Free some space" in ran.err
    assert not (tmp_path / "out.otio").exists()
    assert all(soundfile.info(str(path)).frames for path in tiny_disk.iterdir())
    subprocess.run(["mount", "-o", "remount,size=16m", str(tiny_disk)], check=True)
    served.run("fill", source, tmp_path / "out.otio", "--media-dir", tiny_disk)
    assert len(list(tiny_disk.iterdir())) == 6


def test_a_timeline_that_does_not_fit_on_the_disk_leaves_the_one_before(
    served: Framevox, tmp_path: Path, tiny_disk: Path
) -> None:
    source = write_timeline(tmp_path / "in.otio", LINES)
    out = tiny_disk / "out.otio"
    out.write_bytes(b"before")
    (tiny_disk / "ballast").write_bytes(b"x" * 1_040_000)
    ran = served.run("fill", source, out, "--media-dir", tmp_path / "media", code=1)
    assert str(out) in ran.err and "No space left" in ran.err
    assert out.read_bytes() == b"before"
    assert {path.name for path in tiny_disk.iterdir()} == {"out.otio", "ballast"}


def test_ctrl_c_keeps_what_is_finished_and_the_next_run_makes_only_the_rest(alone: Framevox, tmp_path: Path) -> None:
    lines = [(f"MEI: This is line number {number}.", 60) for number in range(10)]
    source = write_timeline(tmp_path / "in.otio", lines)
    out, media = tmp_path / "out.otio", tmp_path / "out_media"
    running = alone.start("fill", source, out, start_new_session=True)
    wait_for(lambda: media.is_dir() and len(list(media.glob("*.wav"))) >= 2)
    interrupt_terminal(running)
    said = running.communicate(timeout=20)
    assert running.returncode == 1
    assert "Ctrl-C" in said[1] and "same command again" in said[1] and "Traceback" not in said[1]
    kept = files_in(media)
    assert 2 <= len(kept) < 10 and all(name.endswith(".wav") for name in kept)
    assert not out.exists()
    before = status(alone)
    alone.run("fill", source, out)
    assert files_in(media).items() >= kept.items()
    assert status(alone)["cached"] - before["cached"] >= len(kept)


@pytest.mark.slow
def test_a_killed_daemon_is_started_again_and_nothing_is_lost(alone: Framevox, tmp_path: Path) -> None:
    lines = [(f"JACK: And this is line {number}.", 60) for number in range(8)]
    source = write_timeline(tmp_path / "in.otio", lines)
    media = tmp_path / "out_media"
    running = alone.start("fill", source, tmp_path / "out.otio", "--json")
    wait_for(lambda: media.is_dir() and len(list(media.glob("*.wav"))) >= 2)
    alone.kill_daemon()
    out, err = running.communicate(timeout=60)
    assert running.returncode == 0, err
    assert json.loads(out)["counts"] == {"placed": 8, "attention": 0, "failed": 0}


def test_a_daemon_that_is_stopped_meanwhile_ends_the_run_in_good_order(alone: Framevox, tmp_path: Path) -> None:
    lines = [(f"JACK: Here is line {number}.", 60) for number in range(10)]
    source = write_timeline(tmp_path / "in.otio", lines)
    media = tmp_path / "out_media"
    running = alone.start("fill", source, tmp_path / "out.otio")
    wait_for(lambda: media.is_dir() and len(list(media.glob("*.wav"))) >= 2)
    alone.run("stop")
    _, err = running.communicate(timeout=20)
    assert running.returncode == 1
    assert "stopped" in err and "Traceback" not in err
    assert not (tmp_path / "out.otio").exists()
