"""Who speaks with which voice in Resolve, and what the film's file and the settings say of it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import soundfile

from tests.e2e.conftest import Framevox
from tests.fakes.resolve import World
from tests.resolve.conftest import Editor

PEOPLE = ("ALICE", "BOB", "CARA")


def film(editor: Editor) -> Path:
    """The folder of the fake's project."""
    folder = editor.home / "Framevox" / "Rooftop"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def world_of(*people: str) -> World:
    world = World()
    for number, name in enumerate(people):
        world.caption(f"{name}: Good to know, thank you.", 24 + 60 * number, 48)
    return world


def voices(world: World) -> dict[str, str]:
    """The voice of each take on the timeline, which its file names, by the track's character."""
    found = {}
    for track, take in world.takes():
        assert take.media is not None
        said = re.search(rb"with voice (\w+)", Path(take.media.path).read_bytes())
        assert said is not None
        found[track.removeprefix("FV ")] = said[1].decode()
    return found


def settle(editor: Editor, settings: str) -> None:
    editor.state.mkdir(exist_ok=True)
    (editor.state / "settings.json").write_text(settings)


def test_every_character_has_a_voice_of_their_own_and_keeps_it(director: Editor) -> None:
    world = world_of("ALICE")
    ran = director.run(world)
    before = voices(world)
    assert before["ALICE"].startswith("en_") and f"cast: ALICE ({before['ALICE']}): they keep these voices" in ran.out
    assert str(film(director) / "framevox.toml") in ran.out
    for count in (2, 3):
        # The newest stands in front, and those who were there move.
        world = world_of(*PEOPLE[:count][::-1])
        assert f"cast: {PEOPLE[count - 1]} (" in director.run(world).out
        now = voices(world)
        assert before.items() <= now.items() and len(set(now.values())) == count
        before = now
    ran = director.run(world)
    assert "3 unchanged" in ran.out and "cast:" not in ran.out


def test_one_line_is_spoken_in_the_voice_that_the_whole_timeline_gives(director: Editor) -> None:
    world = world_of(*PEOPLE)
    world.timeline.playhead = 86400 + 30
    director.run(world, "revoice")
    alone = voices(world)
    director.run(world)
    assert voices(world)["ALICE"] == alone["ALICE"] and len(set(voices(world).values())) == 3


def test_the_route_by_otio_gives_the_same_voices(director: Editor, company: Framevox) -> None:
    from tests.e2e.conftest import write_timeline

    world = world_of(*PEOPLE)
    director.run(world)
    cut = write_timeline(film(director) / "cut.otio", [(f"{name}: Good to know.", 60) for name in reversed(PEOPLE)])
    cast = company.run("cast", cut, "--json").json["cast"]
    assert {member["character"]: member["voice"] for member in cast} == voices(world)


def test_lines_that_nobody_speaks_have_the_languages_voice(director: Editor) -> None:
    world = World()
    world.clip("Hello there, you.", 24, 48)
    director.run(world)
    assert list(voices(world).values()) == ["alto"]


def test_what_is_nearer_to_the_film_wins(director: Editor, company: Framevox) -> None:
    user = company.home / "framevox.toml"
    user.write_text(
        '[voices]\nALICE = "en_male_1"\nBOB = "en_male_1"\nCARA = "en_male_1"\n[fill]\nsample-rate = 96000\n'
    )
    world = world_of(*PEOPLE)
    director.run(world)
    assert set(voices(world).values()) == {"en_male_1"}
    settle(director, '{"voices": {"ALICE": "en_male_2", "BOB": "en_male_2"}}')
    director.run(world)
    assert voices(world) == {"ALICE": "en_male_2", "BOB": "en_male_2", "CARA": "en_male_1"}
    (film(director) / "framevox.toml").write_text('[voices]\nALICE = "female"\n')
    director.run(world)
    assert voices(world)["ALICE"].startswith("en_female") and voices(world)["BOB"] == "en_male_2"
    assert {soundfile.info(take.media.path).samplerate for _, take in world.takes() if take.media} == {96000}


def test_options_and_emotions_of_the_films_file_hold(director: Editor) -> None:
    (film(director) / "framevox.toml").write_text(
        '[fill]\nvoice = "tenor"\nfit = "natural"\nmin-ratio = 0.5\nhandles = 20\nemotion = "@soft"\n'
        '[emotions]\nsoft = "calm=0.5"\n'
    )
    world = world_of("ALICE")
    settle(director, '{"voice": "alto", "fit": "fill", "language": "zh"}')
    ran = director.run(world)
    assert voices(world) == {"ALICE": "tenor"} and "1 placed" in ran.out
    ((_, take),) = world.takes()
    assert take.media is not None and soundfile.info(take.media.path).frames == (48 + 2 * 20) * 2000


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[voices\n", "is not valid TOML"),
        ("version = 99\n", "has version 99"),
        ("[fill]\nhandels = 3\n", "unknown key 'handels'"),
        ('[fill]\nfit = "tight"\n', "[fill] fit: 'tight' is not a fit"),
        ('[fill]\nemotion = "@nobody"\n', "[fill] emotion: "),
        ('[voices]\nALICE = "clips/none.wav"\n', "[voices] ALICE: voice "),
        ('[voices]\nALICE = "nobody"\n', "[voices] ALICE: unknown voice 'nobody'"),
    ],
)
def test_a_file_that_is_wrong_is_named_with_its_key(director: Editor, text: str, said: str) -> None:
    (film(director) / "framevox.toml").write_text(text)
    world = world_of("ALICE")
    out = director.run(world).out
    assert str(film(director) / "framevox.toml") in out and said in out and world.takes() == []


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ('{"voices": {"ALICE": "nobody"}}', "Framevox's settings, “voices” ALICE: unknown voice 'nobody'"),
        ('{"voice": "~/none.wav"}', "Framevox's settings, “voice”: voice "),
        ('{"fit": "tight"}', "Framevox's settings, “fit”: 'tight' is not a fit"),
        ('{"language": "klingon"}', "Framevox's settings, “language”: "),
        ('{"loudness": 20}', "Framevox's settings, “loudness”: "),
    ],
)
def test_a_setting_that_is_wrong_is_named(director: Editor, settings: str, said: str) -> None:
    settle(director, settings)
    world = world_of("ALICE")
    assert said in director.run(world).out and world.takes() == []
