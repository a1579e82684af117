"""``framevox say-as`` and ``framevox readings``, as a user types them."""

from __future__ import annotations

import json
from pathlib import Path

import opentimelineio as otio
import pytest
from typer.testing import CliRunner, Result

from framevox.plugin.cli.main import app

OWN = Path("home") / "framevox.toml"
FILM = Path("framevox.toml")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FRAMEVOX_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def framevox(*arguments: str, code: int = 0, stdin: str = "") -> Result:
    done = CliRunner().invoke(app, list(arguments), input=stdin)
    assert done.exit_code == code, done.output
    return done


def readings(*arguments: str, stdin: str = "") -> list[dict[str, object]]:
    return json.loads(framevox("readings", *arguments, "--json", stdin=stdin).stdout)["lines"]


def test_a_rule_is_kept_for_all_or_for_the_film_of_the_folder() -> None:
    assert framevox("say-as", "银行", "yin2hang2").stdout == "银行  yín háng\n"
    assert "Kept in" in framevox("say-as", "Nguyen", "W", "IH1", "N", "--project", "--character", "小明").stderr
    assert '"银行" = "yin2hang2"' in OWN.read_text("utf-8")
    assert 'Nguyen = {reading = "W IH1 N", character = "小明"}' in FILM.read_text("utf-8")
    assert json.loads(framevox("say-as", "--list", "--json").stdout) == {
        "rules": [
            {"text": "Nguyen", "reading": "W IH1 N", "language": None, "character": "小明", "from": "project"},
            {"text": "银行", "reading": "yin2hang2", "language": None, "character": None, "from": "own"},
        ]
    }
    assert "银行" not in framevox("say-as", "--list", "--project").stdout
    assert "银行" not in framevox("say-as", "--list", "--language", "en").stdout


def test_what_was_there_is_told_and_so_is_a_rule_that_goes_before() -> None:
    framevox("say-as", "银行", "yin2 xing2", "--project")
    framevox("say-as", "银行", "yin2 hang4")
    done = framevox("say-as", "银行", "yin2 hang2")
    assert done.stdout == "银行  yín háng  (was yin2 hang4)\n"
    assert "in the film of this folder it is still said 'yin2 xing2'" in done.stderr


def test_a_rule_is_forgotten() -> None:
    framevox("say-as", "银行", "yin2 hang2")
    assert framevox("say-as", "--remove", "银行").stdout == "银行  yin2 hang2\n"
    assert "No rules" in framevox("say-as", "--list").stdout


def test_lexicons_go_out_and_in() -> None:
    framevox("say-as", "Nguyen", "wɪn")
    framevox("say-as", "SQL", "sequel", "--project")
    framevox("say-as", "SQL", "squeal")
    assert "2 rules written" in framevox("say-as", "--export", "a.pls").stderr
    assert "2 rules written" in framevox("say-as", "--export", "a.csv").stderr
    assert "sequel" in Path("a.pls").read_text("utf-8") and "squeal" not in Path("a.csv").read_text("utf-8-sig")
    OWN.unlink()
    assert "2 rules kept" in framevox("say-as", "--import", "a.pls").stderr
    framevox("say-as", "SQL", "squeal")
    assert "2 rules kept" in (done := framevox("say-as", "--import", "a.csv")).stderr
    assert "1 of them in place of another" in done.stderr
    assert "sequel" in framevox("say-as", "--list").stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "say-as needs TEXT and READING"),
        (["银行"], "how is '银行' said?"),
        (["银行", "hnag2"], "character 1, 'hnag2', is not pinyin: did you mean hang2?"),
        (["银行", "yin2"], "1 syllable for 2 characters"),
        (["*", "x"], "would match everything or nothing"),
        (["Q", "Q"], "leads back to itself"),
        (["行", "hang2", "--language", "xx"], "unknown language 'xx'"),
        (["--remove", "行"], "has no rule for 行"),
        (["--remove", "行", "hang2"], "leave 'hang2' out"),
        (["--list", "行"], "leave '行' out"),
        (["--list", "--remove"], "cannot be given together"),
        (["--import", "none.pls"], "cannot be read"),
        (["--import", "a.docx"], ".pls lexicons and .csv tables"),
        (["--export", "a.docx"], ".pls lexicons and .csv tables"),
    ],
)
def test_bad_input_is_refused_in_words(arguments: list[str], said: str) -> None:
    done = framevox("say-as", *arguments, code=2)
    assert said in done.stderr
    assert not OWN.exists() and not FILM.exists()


def test_readings_are_shown_with_their_reason() -> None:
    framevox("say-as", "银", "yin4")
    [line] = readings("你好，银行")
    assert line["text"] == "你好，银行"
    assert line["words"] == [
        {
            "text": "你好",
            "spoken": "你好",
            "reading": ["ni3", "hao3"],
            "sounded": ["ni2", "hao3"],
            "why": "phrase",
        },
        {"text": "银行", "spoken": "银行", "reading": ["yin4", "hang2"], "sounded": ["yin4", "hang2"], "why": "rule"},
    ]
    shown = framevox("readings", "你好，银行").stdout
    assert "ni3 hao3 → ni2 hao3" in shown and "rule" in shown


def test_every_line_of_a_file_has_its_place() -> None:
    Path("lines.txt").write_text("﻿一个人\n\n…\nNguyen\n", "utf-8")
    framevox("say-as", "Nguyen", "wɪn")
    found = readings("--file", "lines.txt")
    assert [line["text"] for line in found] == ["一个人", "", "…", "Nguyen"]
    assert [len(line["words"]) for line in found] == [2, 0, 0, 1]  # type: ignore[arg-type]
    for word in found[0]["words"]:  # type: ignore[attr-defined]
        assert len(word["spoken"]) == len(word["reading"]) == len(word["sounded"])
    assert found[3]["words"][0]["sounded"] == ["wɪn"]  # type: ignore[index]
    assert [line["text"] for line in readings("--file", "-", stdin="好\n")] == ["好"]


def test_the_films_rules_go_before_the_users() -> None:
    framevox("say-as", "银行", "yin2 hang4")
    framevox("say-as", "银行", "yin2 xing2", "--project", "--character", "小明")
    assert readings("银行")[0]["words"][0]["reading"] == ["yin2", "hang4"]  # type: ignore[index]
    assert readings("银行", "--character", "小明")[0]["words"][0]["reading"] == ["yin2", "xing2"]  # type: ignore[index]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "readings needs TEXT or TIMELINE, or --file FILE"),
        (["好", "--file", "x"], "not both"),
        (["cut.srt"], "cut.srt: there is no such file"),
        (["cut.otio"], "cut.otio: there is no such file"),
        (["cues.xlsx"], "cues.xlsx: there is no such file"),
        (["film.fountain"], "film.fountain: there is no such file"),
        (["--file", "none.txt"], "it cannot be read"),
        (["--file", "empty.txt"], "it is empty"),
        (["--file", "latin.txt"], "it is not UTF-8"),
        (["好", "--rate", "25"], "--rate is for subtitles, sheets and scripts"),
    ],
)
def test_bad_input_of_readings(arguments: list[str], said: str) -> None:
    Path("empty.txt").touch()
    Path("latin.txt").write_bytes(b"caf\xe9")
    assert said in framevox("readings", *arguments, code=2).stderr


def test_a_broken_file_is_named() -> None:
    FILM.write_text('[readings]\n"银行" = "hnag2"\n', "utf-8")
    done = framevox("readings", "银行", code=2)
    assert f"{FILM.absolute()} [readings]: 银行 = 'hnag2'" in done.stderr


def test_a_timeline_has_no_doubt_about_what_a_rule_says(folder: Path) -> None:
    srt = "1\n00:00:01,000 --> 00:00:03,000\n他长大了\n\n2\n00:00:04,000 --> 00:00:06,000\n[MUSIC]\n"
    Path("cut.srt").write_text(srt, "utf-8")
    framevox("readings", "cut.srt")
    found = json.loads(framevox("readings", "cut.srt", "--json").stdout)
    assert found["lines"] == 1
    doubts = [word["doubt"] for word in found["doubtful"]]
    assert doubts == sorted(doubts, reverse=True)
    framevox("say-as", "他长大了", "ta1 zhang3 da4 le5", "--project")
    assert json.loads(framevox("readings", "cut.srt", "--json").stdout)["doubtful"] == []


def test_a_timeline_of_opentimelineio_is_read(folder: Path) -> None:
    timeline = otio.schema.Timeline("cut")
    track = otio.schema.Track("小明", kind=otio.schema.TrackKind.Audio)
    span = otio.opentime.TimeRange(otio.opentime.RationalTime(0, 25), otio.opentime.RationalTime(50, 25))
    track.append(otio.schema.Clip("他长大了。", source_range=span))
    timeline.tracks.append(track)
    otio.adapters.write_to_file(timeline, "cut.otio")
    assert json.loads(framevox("readings", "cut.otio", "--json").stdout)["lines"] == 1
