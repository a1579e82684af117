"""Readings that the user fixed in brackets."""

from __future__ import annotations

import pytest

from framevox.engine_daemon.text import read_line


def readings(line: str, language: str = "auto") -> list[str]:
    return [syllable for word in read_line(line, language).words for syllable in word.reading]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("他长[zhang3]大了", "ta1 zhang3 da4 le5"),
        ("他长[chang2]大了", "ta1 chang2 da4 le5"),
        ("重[chong2]新", "chong2 xin1"),
        ("银行[yin2 hang2]", "yin2 hang2"),
        ("银行[yin2hang2]", "yin2 hang2"),
        ("自行[xing2]车", "zi4 xing2 che1"),
        ("女[nv3]子[zi5]", "nü3 zi5"),
        ("女[NU:3]子", "nü2 zi3"),
        ("好[hao3]好[hao4]", "hao3 hao4"),
    ],
)
def test_pinyin_behind_a_character_is_how_it_is_read(line: str, said: str) -> None:
    assert readings(line, "zh") == said.split()
    assert read_line(line, "zh").warnings == ()


def test_words_are_what_was_written_and_say_which_syllables_were_given() -> None:
    line = read_line("在银行[hang2]，重[chong2]新！")
    assert [(word.text, word.fixed) for word in line.words] == [("在", ()), ("银行", (1,)), ("重[chong2]新", (0,))]
    assert all(line.text[token.start : token.end] == token.text for token in line.tokens)
    assert [token.symbol for token in line.tokens if token not in line.words] == [",", "!"]  # type: ignore[union-attr]


def test_what_is_no_pinyin_is_read_out_and_said() -> None:
    line = read_line("步骤[b2]很好")
    assert "b" in [word.text for word in line.words] and "[b2]" in line.warnings[0]
    assert read_line("好[laughs]").warnings == read_line("a[hao3]").warnings == ()


def test_a_reading_that_has_no_place_is_said_and_not_lost_in_silence() -> None:
    line = read_line("日本[ri4 ben3]は")
    assert len(line.warnings) == 2 and "ben3 was not used" in line.warnings[1]


def test_tones_change_beside_a_given_reading_too() -> None:
    (word,) = read_line("你[ni3]好", "zh").words
    assert word.base == ("ni3", "hao3") and word.reading == ("ni2", "hao3")
    assert word.why == ("rule", "phrase") and word.fixed == (0,) and word.source == "rule"
    assert [word.reading for word in read_line("不[bu4]对", "zh").words] == [("bu2",), ("dui4",)]
