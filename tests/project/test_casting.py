"""The cast of a timeline: which source wins, and what is cast."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from framevox.engine_daemon.project.casting import CastLine, Source, choose, members
from framevox.engine_daemon.project.file import read_project
from framevox.engine_daemon.protocol.errors import InputError

VOICES: list[dict[str, Any]] = [
    *({"name": f"zf_{i}", "languages": ["zh"], "gender": "female", "tier": 0} for i in range(3)),
    *({"name": f"zm_{i}", "languages": ["zh"], "gender": "male"} for i in range(3)),
    *({"name": f"af_{i}", "languages": ["en"], "gender": "female"} for i in range(3)),
    *({"name": f"am_{i}", "languages": ["en"], "gender": "male"} for i in range(3)),
    {"name": "my_clip", "languages": ["en", "zh"]},
]
PROJECT = Source("film [voices]", {"ALICE": "from_project"}, "", "film [fill] voice", "project file")
USER = Source(
    "user [voices]", {"ALICE": "from_user", "BOB": "from_user"}, where_default="user [fill] voice", why="own defaults"
)


def voices() -> list[dict[str, Any]]:
    return VOICES


def nobody_asks() -> list[dict[str, Any]]:
    raise AssertionError("the daemon's voices are not needed")


def test_what_is_nearer_wins() -> None:
    lines = [CastLine("ALICE", "Hello."), CastLine("ALICE", "Hello.", own="own"), CastLine("BOB", "Hello.")]

    def voice(**asked: Any) -> list[str]:
        return [choice.voice for choice in choose(lines, voices, Source(**asked), [PROJECT, USER])]

    assert voice(by_character={"ALICE": "asked"}) == ["asked", "asked", "from_user"]
    assert voice(default="all") == ["all", "own", "all"]
    assert voice() == ["from_project", "own", "from_user"]


def test_a_default_of_the_project_wins_over_the_users_own_entries() -> None:
    project = Source("film [voices]", {}, "for_all", "film [fill] voice", "project file")
    choice = choose([CastLine("BOB", "Hello.")], nobody_asks, Source(), [project, USER])[0]
    assert (choice.voice, choice.why, choice.option) == ("for_all", "project file", "film [fill] voice")


def test_every_choice_says_where_it_was_given() -> None:
    lines = [CastLine("ALICE", "Hi."), CastLine("BOB", "Hi."), CastLine("CAROL", "Hi."), CastLine("A1", "Hi.")]
    choices = choose(lines, voices, Source("--voice", {"ALICE": "x"}), [PROJECT, USER])
    assert [(choice.why, choice.option) for choice in choices] == [
        ("asked for", "--voice"),
        ("own defaults", "user [voices] BOB"),
        ("cast", ""),
        ("default", ""),
    ]


def test_characters_are_cast_in_the_language_of_most_of_their_words() -> None:
    lines = [
        CastLine("小明", "下周 release。"),
        CastLine("小明", "我们明天再谈这件事情好不好。"),
        CastLine("BOB", "Good to know. 好。"),
        CastLine("CAROL", "The slot.", language="zh"),
    ]
    given = [choice.voice for choice in choose(lines, voices)]
    assert given[0] == given[1] and given[0].startswith("z")
    assert given[2].startswith("a") and given[3].startswith("z")
    assert len(set(given)) == 3


def test_a_gender_is_said_and_leaves_the_voice_to_the_casting() -> None:
    lines = [CastLine(f"P{i}", "Hello there.") for i in range(3)]
    for gender, start in (("female", "af"), ("male", "am")):
        asked = Source(by_character={line.character: gender for line in lines})
        given = [choice.voice for choice in choose(lines, voices, asked)]
        assert len(set(given)) == 3 and all(voice.startswith(start) for voice in given)
    own = choose([CastLine("P1", "Hi.", own="male")], voices)[0]
    assert own.voice.startswith("am") and own.why == "cast"


def test_voices_that_are_kept_or_asked_for_go_to_nobody_else() -> None:
    lines = [CastLine(f"P{i}", "Hello.") for i in range(5)]
    others = Source("film", {"SOMEBODY ELSE": "af_0"}, where_default="film")
    given = [choice.voice for choice in choose([*lines, CastLine("Q", "Hi.", own="am_0")], voices, kept=[others])]
    assert "af_0" not in given[:5] and given.count("am_0") <= 2 and len(set(given)) == 5


def test_an_engine_whose_voices_are_clips_casts_nobody() -> None:
    clips = [{"name": "anna", "languages": ["en"]}, {"name": "bob", "languages": ["en"], "gender": ""}]
    assert [choice.voice for choice in choose([CastLine("ALICE", "Hi.")], lambda: clips)] == [""]
    with pytest.raises(InputError, match=r"--voice: ALICE is to have a female voice.*name a voice"):
        choose([CastLine("ALICE", "Hi.")], lambda: clips, Source(by_character={"ALICE": "female"}))


def test_beside_an_engine_of_clips_a_built_in_voice_is_cast_where_a_gender_is_said() -> None:
    clip = {"name": "anna", "languages": ["en"], "gender": "", "beside": False}
    listed = [clip, *({**voice, "beside": True} for voice in VOICES if voice["name"] != "my_clip")]
    lines = [CastLine("ALICE", "Hi."), CastLine("BOB", "Hi."), CastLine("CAROL", "Hi.")]
    choices = choose(lines, lambda: listed, Source(by_character={"BOB": "male"}))
    assert [(choice.voice[:3], choice.why) for choice in choices] == [("", "default"), ("am_", "cast"), ("", "default")]
    # An engine whose own voices have genders casts those.
    own = {"name": "alto", "languages": ["en"], "gender": "female", "beside": False}
    assert [choice.voice for choice in choose(lines[:1], lambda: [own, *listed])] == ["alto"]


def test_a_gender_for_everybody_is_the_languages_default_and_casts_nobody() -> None:
    lines = [CastLine("ALICE", "Hi."), CastLine("A1", "Hi."), CastLine("BOB", "Hi.", own="male")]
    choices = choose(lines, voices, Source(default="female"))
    assert [choice.voice for choice in choices[:2]] == ["female", "female"] and choices[2].voice.startswith("am")
    file = Source("film", {}, "female", "film [fill] voice", "project file")
    assert choose(lines[:1], nobody_asks, kept=[file])[0].voice == "female"


def test_a_gender_for_a_line_that_nobody_speaks_is_the_languages_default() -> None:
    assert choose([CastLine("A1", "Hi.", own="male")], nobody_asks)[0].voice == "male"


def given(*characters: str, before: dict[str, str] | None = None, **more: Any) -> dict[str, str]:
    lines = [CastLine(character, "Hello there.") for character in characters]
    choices = choose(lines, voices, before=before or {}, **more)
    return {line.character: choice.voice for line, choice in zip(lines, choices, strict=True)}


def test_whoever_was_cast_keeps_the_voice_whoever_comes_goes_or_changes_places() -> None:
    people = [f"P{number}" for number in range(6)]
    # Each is cast in turn: what the next run knows is what the runs before gave.
    before: dict[str, str] = {}
    for count in range(1, len(people) + 1):
        now = given(*people[:count], before=before)
        assert {name: now[name] for name in before} == before and len(set(now.values())) == count
        before = now
    assert given(*reversed(people), before=before) == before
    assert given("P3", "P0", before=before) == {name: before[name] for name in ("P3", "P0")}
    # Whoever is gone keeps theirs for a return: six voices of the language, six people, and the seventh shares one.
    assert given("P0", "P6", before={**before})["P0"] == before["P0"]
    assert given(*people, "P6", before=before)["P6"] in before.values()


def test_a_voice_of_somebody_who_is_not_here_goes_to_nobody_new() -> None:
    reserved = given("P0")["P0"]
    assert given("P0", before={"ELSEWHERE": reserved})["P0"] != reserved


@pytest.mark.parametrize(
    ("line", "more", "start"),
    [
        (CastLine("P0", "我们明天再谈这件事情好不好。"), {}, "z"),
        (CastLine("P0", "Hello.", own="male"), {}, "am"),
        (CastLine("P0", "Hello."), {"asked": Source(by_character={"P0": "male"})}, "am"),
    ],
)
def test_a_voice_that_no_longer_fits_is_cast_again(line: CastLine, more: dict[str, Any], start: str) -> None:
    assert choose([line], voices, before={"P0": "af_1"}, **more)[0].voice.startswith(start)


def test_a_voice_that_is_named_for_somebody_else_or_is_gone_is_cast_again() -> None:
    assert given("P0", "P1", before={"P0": "af_1"}, asked=Source(by_character={"P1": "af_1"}))["P0"] != "af_1"
    assert given("P0", before={"P0": "gone"})["P0"] in {voice["name"] for voice in VOICES}


def test_the_daemon_is_asked_only_where_somebody_is_cast() -> None:
    lines = [CastLine("A1", "Hello."), CastLine("", "Hello."), CastLine("ALICE", "Hi.", own="x")]
    assert [choice.voice for choice in choose(lines, nobody_asks)] == ["", "", "x"]
    assert [choice.voice for choice in choose(lines[:2], nobody_asks, Source(default="y"))] == ["y", "y"]


def test_members_sum_up_what_each_says_and_are_apart_where_their_voices_are() -> None:
    lines = [
        CastLine("ALICE", "Hello.", seconds=Fraction(1, 2)),
        CastLine("A1", "Noise.", seconds=Fraction(1)),
        CastLine("ALICE", "你好吗我的朋友。", seconds=Fraction(1, 4)),
        CastLine("ALICE", "Hi.", seconds=Fraction(1), own="x"),
    ]
    cast = members(lines, choose(lines, voices))
    assert [(m.character, m.lines, m.seconds, m.language, m.why) for m in cast] == [
        ("ALICE", 2, Fraction(3, 4), "zh", "cast"),
        ("", 1, Fraction(1), "en", "default"),
        ("ALICE", 1, Fraction(1), "en", "timeline"),
    ]
    assert cast[1].to_json()["character"] is None and cast[1].to_json()["voice"] is None


def test_a_file_that_the_project_names_is_read_from_its_folder(tmp_path: Path) -> None:
    path = tmp_path / "framevox.toml"
    path.write_text('[voices]\nALICE = "clips/a.wav"\n[fill]\nvoice = "b.wav"\n')
    asked: list[tuple[str, Path]] = []

    def resolve(voice: str, folder: Path) -> str:
        asked.append((voice, folder))
        return f"sent_{voice}"

    source = Source.of(read_project(path), resolve)
    assert asked == [("clips/a.wav", tmp_path), ("b.wav", tmp_path)]
    assert (source.by_character, source.default) == ({"ALICE": "sent_clips/a.wav"}, "sent_b.wav")

    def refuse(voice: str, folder: Path) -> str:
        raise InputError(f"voice {voice}: there is none")

    with pytest.raises(InputError, match=r"framevox.toml \[voices\] ALICE: voice clips/a.wav"):
        Source.of(read_project(path), refuse)
