"""``framevox cast``, and the voices that ``framevox fill`` gives, as a user meets them."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import opentimelineio as otio
import pytest
import soundfile
from typer.testing import CliRunner

from framevox.plugin.cli.main import app

from .conftest import Framevox, serving, write_timeline

LINES = [
    ("ALICE: Good to know, thank you.", 60),
    ("小明: 我们下周发布这个版本。", 60),
    ("王先生: 好的，没有问题。", 60),
    ("ALICE: And then we go home.", 60),
    ("WOMAN #2: Not me.", 48),
]


@pytest.fixture(scope="module")
def cinema(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Framevox]:
    """A command whose daemon has a company of voices."""
    with serving(tmp_path_factory.mktemp("home"), "tests.e2e.engine:company") as framevox:
        yield framevox


@pytest.fixture(autouse=True)
def no_defaults(cinema: Framevox) -> Iterator[None]:
    yield
    (cinema.home / "framevox.toml").unlink(missing_ok=True)
    shutil.rmtree(cinema.home / "casts", ignore_errors=True)


@pytest.fixture
def film(tmp_path: Path) -> Path:
    return write_timeline(tmp_path / "film.otio", LINES)


def cast(framevox: Framevox, film: Path, *more: str) -> dict[str, tuple[str, str]]:
    return {
        member["character"]: (member["voice"], member["why"])
        for member in framevox.run("cast", film, "--json", *more).json["cast"]
    }


def filled(framevox: Framevox, film: Path, *more: str) -> list[dict[str, Any]]:
    return framevox.run("fill", film, film.with_name("out.otio"), "--json", *more).json["cues"]


def test_everybody_has_a_voice_of_their_own_the_one_that_fill_uses(cinema: Framevox, film: Path) -> None:
    shown = cast(cinema, film)
    assert {why for _, why in shown.values()} == {"cast"}
    voices = {character: voice for character, (voice, _) in shown.items()}
    assert len(set(voices.values())) == 4
    assert voices["ALICE"].startswith("en_") and voices["小明"].startswith("zh_")
    assert voices["王先生"].startswith("zh_male") and voices["WOMAN #2"].startswith("en_female")
    assert [cue["voice"] for cue in filled(cinema, film)] == [voices[cue["character"]] for cue in filled(cinema, film)]
    assert cast(cinema, write_timeline(film.with_name("more.otio"), [*LINES[::-1], ("小明: 再见。", 40)])) == shown


def test_the_table_shows_lines_seconds_and_language(cinema: Framevox, film: Path) -> None:
    rows = cinema.run("cast", film).out.splitlines()
    assert rows[0].split() == ["Character", "Lines", "Seconds", "Language", "Voice", "Why"]
    assert rows[1].split()[:4] == ["ALICE", "2", "5.0", "en"]
    assert rows[2].split()[:4] == ["小明", "1", "2.5", "zh"]
    member = cinema.run("cast", film, "--json").json["cast"][0]
    assert (member["lines"], member["seconds"], member["language"]) == (2, 5.005, "en")


def test_names_that_say_nobody_get_the_languages_voice(cinema: Framevox, tmp_path: Path) -> None:
    film = write_timeline(tmp_path / "film.otio", [("Hello there.", 60)])
    [member] = cinema.run("cast", film, "--json").json["cast"]
    assert (member["character"], member["voice"], member["why"]) == (None, None, "default")
    assert filled(cinema, film)[0]["voice"] == "alto"


def test_a_voice_for_all_and_a_voice_or_a_gender_for_one(cinema: Framevox, film: Path) -> None:
    assert {voice for voice, _ in cast(cinema, film, "--voice", "tenor").values()} == {"tenor"}
    shown = cast(cinema, film, "--voice", "ALICE=male", "--voice", "小明=my_clip")
    assert shown["ALICE"][0].startswith("en_male") and shown["小明"] == ("my_clip", "asked for")
    assert filled(cinema, film, "--voice", "ALICE=male")[0]["voice"] == shown["ALICE"][0]


def test_a_gender_for_all_is_the_default_of_each_lines_language(cinema: Framevox, film: Path) -> None:
    assert set(cast(cinema, film, "--voice", "male").values()) == {("male", "asked for")}
    assert {cue["voice"] for cue in filled(cinema, film, "--voice", "male")} == {"tenor"}
    film.with_name("framevox.toml").write_text('[fill]\nvoice = "female"\n')
    assert {cue["voice"] for cue in filled(cinema, film)} == {"alto"}


def test_who_was_cast_keeps_the_voice_when_others_come_in_the_next_version(cinema: Framevox, tmp_path: Path) -> None:
    people = ["ANNA", "BEN", "CARA", "DAVE"]
    before: dict[str, str] = {}
    for count in range(1, 5):
        lines = [(f"{name}: Good to know.", 60) for name in people[:count]]
        # Every version is a file of its own, with the newest character in front.
        film = write_timeline(tmp_path / f"cut_v{count}.otio", lines[::-1])
        given = {cue["character"]: cue["voice"] for cue in filled(cinema, film)}
        assert before.items() <= given.items() and len(set(given.values())) == count
        before = given
    film = write_timeline(tmp_path / "short.otio", [("DAVE: Alone now.", 60)])
    assert {name: voice for name, (voice, _) in cast(cinema, film).items()} == {"DAVE": before["DAVE"]}
    # In another folder they are cast together, and two of the four draw one voice that only one of them can have.
    elsewhere = write_timeline(tmp_path / "elsewhere" / "cut.otio", [(f"{name}: Good to know.", 60) for name in people])
    assert cast(cinema, elsewhere) == cast(cinema, film.with_name("cut_v4.otio"), "--recast")


def test_a_cast_that_is_only_tried_is_not_remembered(cinema: Framevox, film: Path) -> None:
    cast(cinema, film, "--voice", "ALICE=tenor")
    assert not (cinema.home / "casts").exists()
    cast(cinema, film)
    assert len(list((cinema.home / "casts").glob("*.json"))) == 1


def test_write_keeps_the_cast_and_the_comments_and_fill_follows(cinema: Framevox, film: Path) -> None:
    project = film.with_name("framevox.toml")
    project.write_text("# our film\n[voices]\n'ALICE' = 'en_male_1'  # on purpose\n")
    said = cinema.run("cast", film, "--voice", "小明=female", "--write")
    assert f"Kept in {project}" in said.err
    text = project.read_text("utf-8")
    assert "# our film" in text and "'ALICE' = 'en_male_1'  # on purpose" in text
    shown = cast(cinema, film)
    assert shown["ALICE"] == ("en_male_1", "project file")
    assert shown["小明"][0].startswith("zh_female") and shown["小明"][1] == "project file"
    assert filled(cinema, film)[0]["voice"] == "en_male_1"
    assert "Nothing to change" in cinema.run("cast", film, "--write").err
    cinema.run("cast", film, "--voice", "ALICE=en_female_2", "--write")
    assert "'ALICE' = \"en_female_2\"  # on purpose" in project.read_text("utf-8")


def test_nearer_sources_win(cinema: Framevox, film: Path) -> None:
    (cinema.home / "framevox.toml").write_text('[voices]\nALICE = "en_male_1"\n"小明" = "zh_male_1"\n')
    assert cast(cinema, film)["ALICE"] == ("en_male_1", "own defaults")
    film.with_name("framevox.toml").write_text('[voices]\nALICE = "en_male_2"\n')
    assert cast(cinema, film)["ALICE"] == ("en_male_2", "project file")
    assert cast(cinema, film)["小明"] == ("zh_male_1", "own defaults")
    timeline = otio.adapters.read_from_file(str(film))
    next(iter(timeline.find_clips())).metadata["framevox"] = {"voice": "en_female_1"}
    otio.adapters.write_to_file(timeline, str(film))
    members = cinema.run("cast", film, "--json").json["cast"]
    assert [(m["voice"], m["lines"], m["why"]) for m in members if m["character"] == "ALICE"] == [
        ("en_female_1", 1, "timeline"),
        ("en_male_2", 1, "project file"),
    ]
    assert cast(cinema, film, "--voice", "ALICE=tenor")["ALICE"] == ("tenor", "asked for")


def test_options_of_fill_come_from_the_project_unless_they_are_typed(cinema: Framevox, film: Path) -> None:
    (cinema.home / "framevox.toml").write_text('[fill]\nsample-rate = 44100\nhandles = 3\nformat = "flac"\n')
    film.with_name("framevox.toml").write_text('[fill]\nhandles = 5\nfit = "natural"\nmedia-dir = "takes"\n')
    cue = filled(cinema, film)[0]
    assert cue["sample_rate"] == 44100 and cue["fit_ratio"] == pytest.approx(1, abs=0.01)
    assert Path(cue["media"]).parent == film.with_name("takes") and cue["media"].endswith(".flac")
    assert filled(cinema, film, "--format", "wav", "--handles", "0")[0]["media"].endswith(".wav")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[fill]\nhandels = 3\n", "unknown key 'handels': did you mean 'handles'?"),
        ("[fill]\nhandles = -3\n", "[fill] handles: "),
        ('[fill]\nfit = "tight"\n', "[fill] fit: 'tight' is not a fit"),
        ('[fill]\nfit = "ratio:2"\n', "[fill] fit: ratio:2 lies outside of the limits"),
        ('[fill]\nemotion = "happy"\nemotion-voice = "a.wav"\n', "[fill] emotion"),
        ('[voices]\nALICE = "nobody_has_it"\n', "[voices] ALICE: unknown voice 'nobody_has_it'"),
        ('[voices]\nALICE = "clips/alice.wav"\n', "[voices] ALICE: voice "),
        ('[fill]\nvoice = "nobody_has_it"\n', "[fill] voice: unknown voice 'nobody_has_it'"),
        ("[voices]\nALICE = 3\n", "[voices] ALICE: 3 is not text"),
        ("[voices\n", "is not valid TOML"),
        ("version = 99\n", "has version 99"),
    ],
)
def test_a_file_that_is_wrong_is_named_with_its_key(cinema: Framevox, film: Path, text: str, said: str) -> None:
    project = film.with_name("framevox.toml")
    project.write_text(text)
    ran = cinema.run("fill", film, film.with_name("out.otio"), code=2)
    assert str(project) in ran.err and said in ran.err
    assert not film.with_name("out.otio").exists()


def test_a_typed_emotion_hides_the_kept_emotion_voice(cinema: Framevox, film: Path) -> None:
    film.with_name("framevox.toml").write_text('[fill]\nemotion-voice = "a.wav"\n')
    assert filled(cinema, film, "--emotion", "happy=0.5")


def test_a_character_that_no_line_has_is_a_note(cinema: Framevox, film: Path) -> None:
    film.with_name("framevox.toml").write_text('[voices]\nALICIA = "tenor"\n')
    said = cinema.run("cast", film).err
    assert "note: " in said and "no line of this timeline is spoken by 'ALICIA' (did you mean 'ALICE'?)" in said
    assert "ALICIA" in cinema.run("fill", film, film.with_name("out.otio")).err


@pytest.mark.skipif(sys.platform == "win32" or not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write")
def test_a_read_only_file_is_read_and_not_replaced(cinema: Framevox, film: Path) -> None:
    project = film.with_name("framevox.toml")
    project.write_text('[voices]\nALICE = "tenor"\n')
    project.chmod(0o444)
    assert cast(cinema, film)["ALICE"][0] == "tenor"
    assert "read-only" in cinema.run("cast", film, "--write", code=1).err


def test_a_file_from_a_voice_option_is_written_from_the_projects_folder(cinema: Framevox, film: Path) -> None:
    clip = film.parent / "clips" / "alice.wav"
    clip.parent.mkdir()
    clip.write_bytes(b"RIFF")
    cinema.run("cast", film, "--voice", "ALICE=alice.wav", "--write", cwd=clip.parent)
    assert 'ALICE = "clips/alice.wav"' in film.with_name("framevox.toml").read_text()


def test_bad_options_of_cast(cinema: Framevox, film: Path) -> None:
    assert "no line is spoken by 'ALICIA'" in cinema.run("cast", film, "--voice", "ALICIA=tenor", code=2).err
    assert "there is no such file" in cinema.run("cast", film.with_name("none.otio"), code=2).err


def test_an_engine_of_clips_casts_nobody(tmp_path: Path) -> None:
    film = write_timeline(tmp_path / "film.otio", LINES)
    with serving(tmp_path / "home", "tests.e2e.engine:clips_only") as framevox:
        assert {why for _, why in cast(framevox, film).values()} == {"default"}
        assert {cue["voice"] for cue in filled(framevox, film)} == {"alto"}
        said = framevox.run("cast", film, "--voice", "ALICE=female", code=2).err
        assert "ALICE is to have a female voice" in said


def test_the_cast_for_a_program(cinema: Framevox, film: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from framevox.otio_adapters import cast_of, load

    monkeypatch.setenv("FRAMEVOX_HOME", str(cinema.home))
    members = cast_of(load(film))
    assert {member.character: (member.voice, member.why) for member in members} == cast(cinema, film)
    assert json.dumps([member.to_json() for member in members])


def spoken(cinema: Framevox, folder: Path, *more: str, text: str = "ALICE: Good to know.") -> dict[str, Any]:
    ran = cinema.run("speak", text, "-o", folder / "line.wav", "--json", *more, cwd=folder)
    (cue,) = ran.json["cues"]
    return {**cue, "sample_rate": ran.json["cues"][0]["sample_rate"]}


def test_speak_finds_the_film_of_the_current_folder(cinema: Framevox, film: Path) -> None:
    folder = film.parent
    assert spoken(cinema, folder)["voice"] == cast(cinema, film)["ALICE"][0]
    assert spoken(cinema, folder, text="Nobody says this.")["voice"] == "alto"
    (cinema.home / "framevox.toml").write_text(
        '[voices]\nALICE = "en_male_1"\n[fill]\nsample-rate = 44100\ntake = 2\nhandles = 30\nformat = "flac"\n'
    )
    cue = spoken(cinema, folder, "--seconds", "2")
    assert (cue["voice"], cue["sample_rate"]) == ("en_male_1", 44100)
    # Handles and format are a timeline's: a file has the length and the form that were asked for.
    assert soundfile.info(folder / "line.wav").frames == 2 * 44100
    film.with_name("framevox.toml").write_text(
        '[voices]\nALICE = "en_male_2"\n[fill]\nsample-rate = 96000\nfit = "natural"\n[emotions]\nsoft = "calm=0.5"\n'
    )
    cue = spoken(cinema, folder, "--seconds", "2", "--emotion", "@soft")
    assert (cue["voice"], cue["sample_rate"]) == ("en_male_2", 96000)
    assert cue["fit_ratio"] == pytest.approx(1, abs=0.01)
    typed = ("--voice", "tenor", "--sample-rate", "48000", "--handles", "3", "--frames", "48", "--rate", "24")
    cue = spoken(cinema, folder, *typed)
    assert (cue["voice"], cue["sample_rate"]) == ("tenor", 48000)
    # Nothing lies before timecode zero, so the head handle is left out.
    assert soundfile.info(folder / "line.wav").frames == 51 * 2000


@pytest.mark.parametrize(
    ("command", "text", "said"),
    [
        ("speak", '[voices]\nALICE = "nobody_has_it"\n', "[voices] ALICE: unknown voice 'nobody_has_it'"),
        *((command, "[fill]\nsample-rate = 4\n", "[fill] sample-rate: ") for command in ("speak", "demo")),
        *((command, "[voices\n", "is not valid TOML") for command in ("speak", "demo")),
        *((command, "version = 99\n", "has version 99") for command in ("speak", "demo")),
    ],
)
def test_speak_and_demo_name_the_file_that_is_wrong(
    cinema: Framevox, tmp_path: Path, command: str, text: str, said: str
) -> None:
    project = tmp_path / "framevox.toml"
    project.write_text(text)
    arguments = {"demo": ["demo", "."], "speak": ["speak", "ALICE: Hello.", "-o", "line.wav"]}[command]
    err = cinema.run(*arguments, code=2, cwd=tmp_path).err
    assert str(project) in err and said in err


def test_demo_finds_the_file_in_its_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []

    def fill_timeline(*arguments: Any) -> int:
        asked.extend(arguments)
        return 0

    monkeypatch.setenv("FRAMEVOX_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(sys.modules["framevox.plugin.cli.demo"], "fill_timeline", fill_timeline)
    (tmp_path / "framevox.toml").write_text('[fill]\nformat = "flac"\nmedia-dir = "takes"\n[voices]\nDAN = "tenor"\n')
    CliRunner().invoke(app, ["demo", str(tmp_path)])
    source, out, media_dir, settings = asked
    assert (source.name, out.name, media_dir) == ("example.otio", "filled.otio", tmp_path / "takes")
    assert settings.output.format == "flac" and settings.film.project.voices == {"DAN": "tenor"}
