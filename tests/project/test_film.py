"""What belongs to a film, and which of several places counts for an option."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from framevox.engine_daemon.client.given_voices import VoiceFiles
from framevox.engine_daemon.project.casting import CastLine, Source
from framevox.engine_daemon.project.file import FILL_OPTIONS, Project
from framevox.engine_daemon.project.film import Film
from framevox.engine_daemon.project.options import READERS, Options
from framevox.engine_daemon.protocol.cues import Fit, Output
from framevox.engine_daemon.protocol.emotion import Emotion
from framevox.engine_daemon.protocol.errors import InputError


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A film's folder, with a home of the user's beside it."""
    monkeypatch.setenv("FRAMEVOX_HOME", str(tmp_path / "home"))
    (tmp_path / "home").mkdir()
    (tmp_path / "film").mkdir()
    return tmp_path / "film"


def write(folder: Path, project: str = "", user: str = "") -> None:
    (folder / "framevox.toml").write_text(project, "utf-8")
    (folder.parent / "home" / "framevox.toml").write_text(user, "utf-8")


def test_every_option_of_fill_in_a_file_can_be_read() -> None:
    assert {*READERS, "voice"} == set(FILL_OPTIONS)


def test_the_nearer_place_counts_for_each_option(folder: Path) -> None:
    write(folder, '[fill]\nfit = "natural"\nhandles = 5\n', "[fill]\nhandles = 7\nsample-rate = 44100\ntake = 2\n")
    options = Options(Film.of(folder), {"take": 3})
    assert options.fit() == Fit("natural")
    assert options.output() == Output(44100, 5) and options.value("take", 1) == 3
    assert Options(Film.of(folder.parent)).output() == Output(44100, 7)


def test_a_host_has_defaults_of_its_own_between_the_film_and_the_user(folder: Path) -> None:
    write(folder, "[fill]\nhandles = 5\n", '[fill]\nhandles = 7\nfit = "natural"\nlanguage = "ja"\n')
    host = Project(folder / "settings.json", fill={"fit": "ratio:1.1", "handles": "6"})
    options = Options(Film.of(folder, host))
    assert (options.value("handles"), options.fit().ratio, options.value("language")) == (5, Fraction(11, 10), "ja")


def test_paths_count_from_the_file_that_holds_them(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder.parent)
    (folder / "angry.wav").write_bytes(b"RIFF")
    write(folder, '[fill]\nmedia-dir = "takes"\nemotion-voice = "angry.wav"\n')
    options, files = Options(Film.of(folder)), VoiceFiles()
    assert options.value("media-dir") == folder / "takes"
    emotion = options.emotion(files, {})
    assert emotion is not None and files.content[emotion.voice] == b"RIFF"


def test_a_nearer_emotion_hides_a_farther_clip_and_presets_come_from_files_and_library(folder: Path) -> None:
    write(
        folder, '[fill]\nemotion = "@excited"\n[emotions]\nexcited = "happy=0.7"\n',
        '[fill]\nemotion-voice = "none.wav"\n[emotions]\nexcited = "sad=0.7"\nmine = "sad=0.1"\n',
    )  # fmt: skip
    film = Film.of(folder)
    presets = film.presets({"mine": "angry=0.1", "kept": "angry=0.2"})
    assert (presets["excited"], presets["mine"], presets["kept"]) == ("happy=0.7", "sad=0.1", "angry=0.2")
    assert Options(film).emotion(VoiceFiles(), presets) == Emotion.parse("happy=0.7")
    assert Options(film, {"emotion": "sad=0.2"}).emotion(VoiceFiles(), presets) == Emotion.parse("sad=0.2")


@pytest.mark.parametrize(
    ("fill", "ask"),
    [
        ("handles = -1", lambda options: options.output()),
        ("handles = 10001", lambda options: options.output()),
        ("sample-rate = 4", lambda options: options.output()),
        ('format = "aac"', lambda options: options.output()),
        ("loudness = 20", lambda options: options.output()),
        ('fit = "tight"', lambda options: options.fit()),
        ("min-ratio = 2", lambda options: options.fit()),
        ('language = "klingon"', lambda options: options.value("language")),
        ("take = 0", lambda options: options.value("take")),
        ("emotion-strength = 7", lambda options: options.emotion(VoiceFiles(), {})),
        ('emotion = "@nobody"', lambda options: options.emotion(VoiceFiles(), {})),
        ('for = "avid"', lambda options: options.value("for")),
    ],
)
def test_what_is_wrong_in_a_file_is_named_with_its_key(folder: Path, fill: str, ask: Any) -> None:
    write(folder, f"[fill]\n{fill}\n")
    key = fill.partition(" ")[0]
    with pytest.raises(InputError, match=rf"{folder / 'framevox.toml'} \[fill\] {key}"):
        ask(Options(Film.of(folder)))


def test_the_users_file_is_not_read_twice_where_it_is_the_films(folder: Path) -> None:
    home = folder.parent / "home"
    (home / "framevox.toml").write_text('[voices]\nALICE = "tenor"\n')
    assert [file.path for file in Film.of(home).files] == [home / "framevox.toml", None]


def test_the_cast_is_remembered_unless_it_is_only_tried(folder: Path) -> None:
    def stock() -> list[dict[str, Any]]:
        return [{"name": f"af_{number}", "languages": ["en"], "gender": "female"} for number in range(3)]

    def voice(character: str, *, remember: bool = True) -> str:
        lines = [CastLine(character, "Hello.")]
        return Film.of(folder).cast(lines, stock, Source(), lambda name, _: name, remember=remember)[0].voice

    tried = voice("ALICE", remember=False)
    assert Film.of(folder).record.voices() == {}  # type: ignore[union-attr]
    assert voice("ALICE") == tried and voice("BOB") != tried and voice("CAROL") not in (voice("ALICE"), voice("BOB"))
    write(folder, '[voices]\nDORA = "x"\n')
    voice("DORA")
    assert sorted(Film.of(folder).record.voices()) == ["ALICE", "BOB", "CAROL"]  # type: ignore[union-attr]
