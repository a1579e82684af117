"""Projects are filled in place: everything that is not ours stays as it was, byte for byte."""

from __future__ import annotations

import difflib
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from framevox.engine_daemon.protocol.errors import InputError
from framevox.engine_daemon.protocol.timebase import Rate
from framevox.otio_adapters import TimelineWarning, find_placeholders, load, restore, save
from framevox.otio_adapters.mlt.clock import clock, exact_handles, frames_of

from . import mixed, projects
from .projects import prop

PAL = Rate.parse("25")
RATES = ("23.976", "24", "25", "29.97", "30", "50", "59.94", "60")
LINES = [
    (5, 17, "ALICE", "Hello."),
    (25, 50, "ALICE", "Good to know."),
    (75, 60, "BOB", "We leave at noon."),
    (125, 50, "BOB", "Then send it now."),
    (150, 50, "MEI", "我们下周发布。"),
]


@pytest.fixture(params=[".kdenlive", ".mlt"])
def saved(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A project that the real program saved, version 22.12."""
    for path in projects.DATA.glob("saved*"):
        shutil.copy(path, tmp_path)
    return tmp_path / f"saved{request.param}"


def filled(source: Path, out: Path) -> Path:
    timeline, _ = projects.noise_takes(load(source), source.parent / "takes")
    save(timeline, out, source=source)
    return out


def test_lines_of_a_saved_project_are_found(saved: Path) -> None:
    found = [(p.start, p.duration, p.character, p.text) for p in find_placeholders(load(saved))]
    if saved.suffix == ".kdenlive":
        assert found == LINES
    else:
        # Shotcut 22.12 has no subtitles; its marker ends on the frame before Kdenlive's guide.
        assert found == [(25, 49, "ALICE", "Good to know."), *LINES[2:3], *LINES[4:]]


def test_all_that_is_not_ours_stays_as_it_was(saved: Path) -> None:
    out = filled(saved, saved.with_name(f"out{saved.suffix}"))
    before, after = (path.read_text("utf-8").splitlines() for path in (saved, out))
    gone = [line for line in difflib.ndiff(before, after) if line.startswith("- ")]
    # Kdenlive wants sound below the picture, so its tracks are counted on; nothing else differs.
    allowed = re.compile(r"-\s+<property name=\"(?:[ab]_track|kdenlive:docproperties\.\w+)\">\d+</property>")
    assert all(allowed.fullmatch(line) for line in gone)
    assert len(gone) == (5 if saved.suffix == ".kdenlive" else 0)
    back, count = restore(load(out))
    save(back, saved.with_name(f"back{saved.suffix}"), source=out)
    assert saved.with_name(f"back{saved.suffix}").read_bytes() == saved.read_bytes()
    assert count == (5 if saved.suffix == ".kdenlive" else 3)


def test_a_project_is_told_by_its_content(saved: Path) -> None:
    """A file that was renamed is still a project of the program that saved it."""
    expected = filled(saved, saved.with_name(f"out{saved.suffix}")).read_bytes()
    program, other = ("Kdenlive", ".mlt") if saved.suffix == ".kdenlive" else ("Shotcut", ".kdenlive")
    renamed = saved.rename(saved.with_name(f"renamed{other}"))
    for path in saved.parent.glob("saved.kdenlive.srt"):  # Kdenlive's subtitles go by the project's name
        path.rename(path.with_name(f"{renamed.name}.srt"))
    with pytest.warns(TimelineWarning, match=f"is a project of {program} by what is in it") as said:
        timeline, _ = projects.noise_takes(load(renamed), saved.parent / "takes")
        save(timeline, saved.with_name(f"out{other}"), source=renamed)
    assert len(said) == 1
    assert saved.with_name(f"out{other}").read_bytes() == expected


def test_filled_again_there_is_no_cue_twice(saved: Path) -> None:
    out = filled(saved, saved.with_name(f"out{saved.suffix}"))
    ids = [p.cue_id for p in find_placeholders(load(saved))]
    again = find_placeholders(load(out))
    assert [p.cue_id for p in again] == ids and all(p.spoken for p in again)
    second = filled(out, out.with_name(f"second{saved.suffix}"))
    assert second.read_bytes() == out.read_bytes()
    assert all(f"[{identity}]" in out.read_text("utf-8") for identity in ids)


def test_takes_survive_a_move_of_their_line(tmp_path: Path) -> None:
    source = projects.shotcut(tmp_path / "edit.mlt", PAL, [(20, 47, "ALICE: Hi."), (60, 90, "BOB: Yes.")])
    out = filled(source, tmp_path / "out.mlt")
    before = {p.text: p.cue_id for p in find_placeholders(load(out))}
    moved = out.read_text("utf-8").replace('<property name="start">20<', '<property name="start">22<')
    out.write_text(moved, "utf-8")
    after = find_placeholders(load(out))
    assert {p.text: p.cue_id for p in after} == before and [p.start for p in after] == [22, 60]


def test_subtitles_go_with_a_copy_of_a_kdenlive_project(tmp_path: Path) -> None:
    for path in projects.DATA.glob("saved*"):
        shutil.copy(path, tmp_path)
    out = filled(tmp_path / "saved.kdenlive", tmp_path / "out.kdenlive")
    assert out.with_name("out.kdenlive.srt").read_bytes() == (tmp_path / "saved.kdenlive.srt").read_bytes()


def test_the_tracks_are_named_locked_and_mixed_as_the_programs_do_it(saved: Path) -> None:
    out = filled(saved, saved.with_name(f"out{saved.suffix}")).read_text("utf-8")
    program = "kdenlive" if saved.suffix == ".kdenlive" else "shotcut"
    name, lock = (
        f"{program}:{key}" for key in (("track_name", "locked_track") if "kd" in program else ("name", "lock"))
    )
    layers = re.findall(rf'"{name}">(FV [^<]+)<', out)
    assert sorted(set(layers)) == sorted(layers) and {"FV ALICE", "FV BOB", "FV MEI"} <= set(layers)
    assert out.count(f'"{lock}">1<') == len(layers) + 1  # one is the project's own
    assert len(re.findall(r'<transition id="framevox_mix\d+">', out)) == len(layers)


def test_a_sequence_of_newer_kdenlive_is_filled(tmp_path: Path) -> None:
    groups = '[\n    {\n        "children": [\n            {\n                "data": "1:0"\n'
    groups += "            }\n        ]\n    }\n]\n"
    source = projects.kdenlive(
        tmp_path / "edit.kdenlive",
        Rate.parse("29.97"),
        [(30, "ALICE: Hi there."), (60, "/")],
        nested=True,
        groups=groups,
    )
    out = filled(source, tmp_path / "out.kdenlive")
    text = out.read_text("utf-8")
    assert '"data": "2:0"' in text and 'sequenceproperties.activeTrack">2<' in text
    assert text.index('<track producer="black_track"') < text.index('<track producer="framevox_track0"')
    back, _ = restore(load(out))
    save(back, tmp_path / "back.kdenlive", source=out)
    assert (tmp_path / "back.kdenlive").read_bytes() == source.read_bytes()


@pytest.mark.parametrize("rate", ["23.976", "25"])
@pytest.mark.parametrize("make", [mixed.shotcut, mixed.kdenlive])
def test_mixes_between_clips_stay_and_lines_beside_them_have_their_slots(
    tmp_path: Path, rate: str, make: Callable[[Path, Rate], Path]
) -> None:
    source = make(tmp_path / ("edit.mlt" if make is mixed.shotcut else "edit.kdenlive"), Rate.parse(rate))
    found = find_placeholders(load(source))
    assert [(p.start, p.duration, p.character, p.text) for p in found] == mixed.lines()
    out = filled(source, source.with_name(f"out{source.suffix}"))
    again = find_placeholders(load(out))
    assert [(p.start, p.duration, p.cue_id) for p in again] == [(p.start, p.duration, p.cue_id) for p in found]
    back, count = restore(load(out))
    save(back, source.with_name(f"back{source.suffix}"), source=out)
    assert source.with_name(f"back{source.suffix}").read_bytes() == source.read_bytes() and count == len(found)


@pytest.mark.parametrize("rate", RATES)
def test_times_are_those_of_mlt(rate: str) -> None:
    exact = Rate.parse(rate)
    for frame in (*range(0, 4000, 7), *range(10**5, 10**5 + 2000, 13), 16184, 107892, 107893, 215784, 2 * 10**6):
        assert frames_of(clock(frame, exact), exact) == frame
        assert clock(frame, exact).count(":") == 2


def test_times_in_every_form() -> None:
    rate = Rate.parse("29.97")
    assert [frames_of(text, rate) for text in ("17", "00:00:01.001", "00:00:01:05", "00:01:00;02")] == [
        17,
        30,
        35,
        1800,
    ]
    with pytest.raises(InputError, match="is no time"):
        frames_of("soon", rate)


def test_handles_are_half_a_second_or_none() -> None:
    assert [exact_handles(n, Rate.parse("59.94")) for n in (0, 1, 12, 40)] == [0, 30, 30, 40]
    assert [exact_handles(12, Rate.parse(rate)) for rate in ("23.976", "24", "25", "29.97", "50")] == [
        12,
        12,
        13,
        15,
        25,
    ]


def test_an_empty_root_does_not_hide_the_takes_from_melt(tmp_path: Path) -> None:
    # It is the project's folder to Kdenlive, and the current one to melt.
    source = projects.kdenlive(tmp_path / "edit.kdenlive", PAL, [(30, "ALICE: Hi there."), (60, "/")])
    out = filled(source, tmp_path / "out.kdenlive").read_text("utf-8")
    assert f'<property name="resource">{tmp_path / "takes"}/' in out


@pytest.mark.parametrize("suffix", [".ass", ".srt"])
def test_subtitles_of_kdenlive_lie_beside_the_project(tmp_path: Path, suffix: str) -> None:
    source = projects.kdenlive(tmp_path / "edit.kdenlive", PAL, [], nested=suffix == ".ass", subtitles=True)
    ass = (
        "[Script Info]\nScriptType: v4.00+\n\n[Events]\n"
        "Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text\n"
        "Dialogue: 0,0:00:01.00,0:00:03.00,Default,,0,0,0,,ALICE: Good to know.\n"
    )
    srt = "1\n00:00:01,000 --> 00:00:03,000\nALICE: Good to know.\n"
    source.with_name(f"edit.kdenlive{suffix}").write_text(ass if suffix == ".ass" else srt, "utf-8")
    (found,) = find_placeholders(load(source))
    assert (found.start, found.duration, found.character, found.text) == (25, 50, "ALICE", "Good to know.")


def test_subtitles_that_are_not_there_are_said(tmp_path: Path) -> None:
    source = projects.kdenlive(tmp_path / "edit.kdenlive", PAL, [], subtitles=True)
    with pytest.warns(UserWarning, match="is not beside it"):
        load(source)


def test_subtitles_of_shotcut_lie_in_the_project(tmp_path: Path) -> None:
    srt = "1\n00:00:01,000 --> 00:00:03,000\nALICE: Good to know.\n"
    source = projects.shotcut(tmp_path / "edit.mlt", PAL, [], subtitles=srt)
    (found,) = find_placeholders(load(source))
    assert (found.start, found.duration, found.character, found.in_place) == (25, 50, "ALICE", False)


def test_guides_bear_lines_with_a_length_or_up_to_a_slash(tmp_path: Path) -> None:
    guided: list[dict[str, object]] = [
        {"comment": "ALICE: With a length.", "pos": 10, "duration": 20, "type": 0},
        {"comment": "Only a note", "pos": 50, "type": 0},
        {"comment": "BOB: Up to the slash.", "pos": 60, "type": 0},
        {"comment": "/", "pos": 90, "type": 0},
    ]
    source = projects.kdenlive(tmp_path / "edit.kdenlive", PAL, [], guided=guided)
    assert [(p.start, p.duration, p.character) for p in find_placeholders(load(source))] == [
        (10, 20, "ALICE"),
        (60, 30, "BOB"),
    ]


def clip(service: str, more: str) -> tuple[str, str]:
    told = prop("length", 50) + prop("mlt_service", service) + more
    made = f'<producer id="own" in="0" out="49">\n{told}</producer>\n'
    return made, '<blank length="10"/>\n<entry producer="own" in="0" out="49"/>\n'


def text_filter(service: str, key: str, text: str) -> str:
    return f'<filter id="f">{prop(key, text)}{prop("mlt_service", service)}</filter>'


COLOUR = prop("resource", "#00000000")


@pytest.mark.parametrize(
    "service, more",
    [
        ("color", COLOUR + prop("shotcut:comment", "ALICE: Hi there.")),
        ("color", COLOUR + text_filter("dynamictext", "argument", "ALICE: Hi there.")),
        ("color", COLOUR + text_filter("qtext", "html", "<p><b>ALICE:</b> Hi there.</p>")),
        ("avformat-novalidate", prop("resource", "gone.wav") + prop("shotcut:caption", "ALICE: Hi there.")),
    ],
)
def test_clips_that_stand_for_a_line(tmp_path: Path, service: str, more: str) -> None:
    made, entry = clip(service, more)
    source = projects.shotcut(tmp_path / "edit.mlt", Rate.parse("24"), [], clips=made, extra=entry)
    (found,) = find_placeholders(load(source))
    assert (found.start, found.duration, found.character, found.text) == (10, 50, "ALICE", "Hi there.")
    assert not found.in_place
    out = filled(source, tmp_path / "out.mlt")
    assert [p._replace(spoken=False) for p in find_placeholders(load(out))] == [found]


def test_a_timecode_and_a_changed_speed_are_no_lines(tmp_path: Path) -> None:
    filters = text_filter("dynamictext", "argument", "#timecode#")
    made, entry = clip("color", prop("resource", "0") + filters)
    warped = prop("mlt_service", "timewarp") + prop("warp_speed", 2) + prop("warp_resource", "a.wav")
    made += f'<producer id="warped" in="0" out="49">{warped}</producer>\n'
    entry += '<entry producer="warped" in="0" out="24"/>\n'
    source = projects.shotcut(tmp_path / "edit.mlt", PAL, [], clips=made, extra=entry)
    timeline = load(source)
    assert find_placeholders(timeline) == []
    assert [effect.time_scalar for clip in timeline.find_clips() for effect in clip.effects] == [2.0]


@pytest.mark.parametrize("suffix", [".mlt", ".kdenlive"])
@pytest.mark.parametrize("rate", ["23.976", "25", "29.97"])
def test_a_filled_project_keeps_what_the_matrix_says(tmp_path: Path, suffix: str, rate: str) -> None:
    exact = Rate.parse(rate)
    if suffix == ".mlt":
        lines = [(20, 47, "ALICE: Hi there."), (60, 90, "BOB: Yes.")]
        source = projects.shotcut(tmp_path / "edit.mlt", exact, lines)
    else:
        guides = [(20, "ALICE: Hi there."), (47, "/"), (60, "BOB: Yes."), (90, "/")]
        source = projects.kdenlive(tmp_path / "edit.kdenlive", exact, guides)
    built, _ = projects.noise_takes(load(source), tmp_path / "takes")
    save(built, tmp_path / f"out{suffix}", source=source)
    read = load(tmp_path / f"out{suffix}")
    kept = [
        [(c.name, c.range_in_parent(), c.source_range.start_time, c.media_reference.target_url) for c in track]
        for timeline in (built, read)
        for track in sorted(
            (t.find_clips() for t in timeline.audio_tracks()), key=lambda clips: [c.name for c in clips]
        )
        if track and "take" in track[0].metadata.get("framevox", {})
    ]
    assert len(kept) == 4 and kept[:2] == kept[2:]
    takes = [c.metadata["framevox"]["take"]["settings"] for c in read.find_clips() if "take" in c.metadata["framevox"]]
    assert {settings["text"] for settings in takes} == {"Hi there.", "Yes."}
    ids = [p.cue_id for p in find_placeholders(load(source))]
    assert [(p.cue_id, p.text) for p in find_placeholders(read)] == list(zip(ids, ["Hi there.", "Yes."], strict=True))
