"""Rules of pronunciation in framevox.toml: read, changed with comments kept, and found for a line."""

from __future__ import annotations

import os
from fractions import Fraction
from pathlib import Path

import pytest

from framevox.engine_daemon.project.file import NAME, read_project, user_file
from framevox.engine_daemon.project.readings import add_rules, remove_rules, user_dictionary, with_readings
from framevox.engine_daemon.pronunciation.dictionary import Dictionary
from framevox.engine_daemon.protocol.connection import Home
from framevox.engine_daemon.protocol.cues import Cue
from framevox.engine_daemon.protocol.errors import FramevoxError, InputError
from framevox.engine_daemon.protocol.rules import MAX_RULES, Rule
from framevox.engine_daemon.protocol.timebase import Rate

WRITTEN = """# Our film.
[readings]
"银行" = "yin2 hang2"  # as in the bank
"长" = ["zhang3", { reading = "chang2", character = "小明" }]
lead = { reading = "lɛd", language = "en" }
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / NAME


def test_a_value_is_a_reading_a_bound_one_or_several(path: Path) -> None:
    path.write_text(WRITTEN, "utf-8")
    assert read_project(path).readings.rules == (
        Rule("银行", "yin2 hang2"),
        Rule("长", "zhang3"),
        Rule("长", "chang2", character="小明"),
        Rule("lead", "lɛd", "en"),
    )


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('"银行" = "hnag2"', "银行 = 'hnag2': character 1, 'hnag2', is not pinyin: did you mean hang2?"),
        ('"银行" = "yin2"', "1 syllable for 2 characters"),
        ('"银行" = 3', '银行: 3 is not text: write "银行" = "…"'),
        ('"银行" = []', "银行: the list is empty"),
        ('"银行" = {}', "银行: it has no reading"),
        ('"银行" = { readings = "yin2 hang2" }', "银行: unknown key 'readings': did you mean reading?"),
        ('"银行" = { reading = "yin2 hang2", character = 3 }', "银行: character is 3, which is not text"),
        ('"行" = ["hang2", "xing2"]', "two rules for 行 contradict each other: 'hang2' and 'xing2'"),
        ('"*" = "x"', "would match everything or nothing"),
        ('"Q1" = "R1"\n"R1" = "Q1"', "leads back to itself"),
        ('"行" = { reading = "hang2", language = "tlh" }', "unknown language 'tlh'"),
    ],
)
def test_what_is_wrong_is_named_with_the_file_and_the_rule(path: Path, line: str, said: str) -> None:
    path.write_text(f"[readings]\n{line}\n", "utf-8")
    with pytest.raises(InputError) as raised:
        read_project(path)
    assert f"{path} [readings]: " in str(raised.value) and said in str(raised.value)
    with pytest.raises(InputError):
        add_rules(path, [Rule("好", "hao3")])
    assert path.read_text("utf-8") == f"[readings]\n{line}\n"


def test_a_rule_is_added_replaced_and_removed_with_the_comments_kept(path: Path) -> None:
    path.write_text(WRITTEN, "utf-8")
    assert add_rules(path, [Rule("Nguyen", "wɪn")]) == []
    assert add_rules(path, [Rule("银行", "yin2 hang4")]) == [Rule("银行", "yin2 hang2")]
    assert add_rules(path, [Rule("长", "chang2", character="MEI")]) == []
    assert path.read_text("utf-8") == (
        WRITTEN.replace("yin2 hang2", "yin2 hang4").replace(
            '["zhang3", { reading = "chang2", character = "小明" }]',
            '["zhang3", {reading = "chang2", character = "小明"}, {reading = "chang2", character = "MEI"}]',
        )
        + 'Nguyen = "wɪn"\n'
    )
    assert remove_rules(path, "长", character="小明") == [Rule("长", "chang2", character="小明")]
    assert len(remove_rules(path, "长")) == 2
    assert [rule.text for rule in read_project(path).readings.rules] == ["银行", "lead", "Nguyen"]


def test_a_rule_written_in_another_form_takes_the_place_of_the_first(path: Path) -> None:
    add_rules(path, [Rule("ＳＱＬ", "sequel")])
    assert add_rules(path, [Rule("SQL", "squeal")]) == [Rule("ＳＱＬ", "sequel")]
    assert read_project(path).readings.rules == (Rule("SQL", "squeal"),)


def test_what_would_not_be_read_again_is_not_written(path: Path) -> None:
    add_rules(path, [Rule("Q1", "R1")])
    before = path.read_bytes()
    for rule in (Rule("R1", "Q1"), Rule("银行", "hnag2"), Rule("", "x")):
        with pytest.raises(InputError):
            add_rules(path, [rule])
    with pytest.raises(InputError, match="has no rule for Q11: did you mean 'Q1'"):
        remove_rules(path, "Q11")
    assert path.read_bytes() == before


def test_a_read_only_file_is_left_as_it_is(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path.write_text(WRITTEN, "utf-8")
    path.chmod(0o444)
    monkeypatch.setattr(os, "access", lambda *_: False)  # root may write whatever it likes
    with pytest.raises(FramevoxError, match="it is read-only"):
        add_rules(path, [Rule("好", "hao4")])
    assert path.read_text("utf-8") == WRITTEN


def test_the_users_rules_are_read_again_when_their_file_changes(tmp_path: Path) -> None:
    home = Home.find(tmp_path)
    assert user_dictionary(home) == Dictionary()
    add_rules(user_file(home), [Rule("银行", "yin2 xing2")])
    first = user_dictionary(home)
    assert first.rules == (Rule("银行", "yin2 xing2"),) and user_dictionary(home) is first
    add_rules(user_file(home), [Rule("银行", "yin2 hang4")])
    assert user_dictionary(home).rules == (Rule("银行", "yin2 hang4"),)
    user_file(home).unlink()
    assert user_dictionary(home) == Dictionary()


def cue(text: str, character: str = "") -> Cue:
    return Cue("a", text, Rate(Fraction(24)), 0, None, character=character)


def test_a_cue_gets_the_rules_of_its_line_alone_the_films_first() -> None:
    film = Dictionary((Rule("行", "hang2"), Rule("海", "hai3"), Rule("去", "qu4", character="MEI")))
    own = Dictionary((Rule("行", "xing2"), Rule("Nguyen", "wɪn")))
    found = with_readings(cue("我去银行"), film, own).readings
    assert found == (Rule("行", "hang2"), Rule("行", "xing2"))
    assert Rule("去", "qu4", character="MEI") in with_readings(cue("我去银行", "MEI"), film).readings
    assert with_readings(cue("你好"), film, own) == cue("你好")


def test_brackets_do_not_hide_a_rule() -> None:
    assert with_readings(cue("银[yin2]行"), Dictionary((Rule("银行", "yin2 hang2"),))).readings


def test_a_line_with_too_many_rules_fails_by_itself() -> None:
    texts = [chr(0x4E00 + number) for number in range(MAX_RULES + 1)]
    full = with_readings(cue("".join(texts)), Dictionary(tuple(Rule(text, "yi1") for text in texts)))
    with pytest.raises(InputError, match="1001 rules of pronunciation; a cue has at most 1000: split the line"):
        full.check()
