"""Rules of pronunciation and readings in brackets, in every language, as the front end reads a line with them."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from framevox.engine_daemon.engines.kokoro.phonemes import phones
from framevox.engine_daemon.pronunciation.rules import said_by
from framevox.engine_daemon.protocol.errors import InputError
from framevox.engine_daemon.protocol.rules import Rule
from framevox.engine_daemon.text import read_line
from framevox.engine_daemon.text.line import Word


def words(line: str, *rules: tuple[str, ...], language: str = "auto", character: str = "") -> list[Word]:
    read = read_line(line, language, [Rule(*rule) for rule in rules], character)
    assert all(read.text[token.start : token.end] == token.text for token in read.tokens)
    assert read.warnings == ()
    return list(read.words)


def by_rule(line: str, *rules: tuple[str, ...], language: str = "auto", character: str = "") -> list[tuple[str, str]]:
    """The words that rules read, and how."""
    found = words(line, *rules, language=language, character=character)
    return [(word.text, " ".join(word.reading) or word.spoken) for word in found if word.source == "rule"]


def test_a_rule_is_read_before_tones_change() -> None:
    (word,) = words("你好", ("你", "ni3"), language="zh")
    assert word.base == ("ni3", "hao3") and word.reading == ("ni2", "hao3") and word.why[0] == "rule"


def test_a_phrase_goes_before_a_character_and_a_bracket_before_both() -> None:
    rules = (("行", "xing2"), ("银行", "yin2 hang4"))
    assert by_rule("银行", *rules) == [("银行", "yin2 hang4")]
    assert by_rule("行人", *rules)[0][1].startswith("xing2")
    assert by_rule("银行[yin1 hang1]", *rules) == [("银行", "yin1 hang1")]


def test_what_stands_between_the_characters_of_a_rule_has_no_syllable() -> None:
    assert " ".join(said for _, said in by_rule("阿·甘来了", ("阿·甘", "a4 gan4"))) == "a4 gan4 lai2"


@pytest.mark.parametrize(
    ("line", "rule", "found"),
    [
        ("Mr Nguyen's dog met Nguyen.", ("Nguyen", "wɪn"), [("Nguyen's", "wɪnz"), ("Nguyen", "wɪn")]),
        ("Ann’s cat", ("Ann", "æs"), [("Ann’s", "æsɪz")]),
        ("NGUYEN!", ("Nguyen", "W IH N"), [("NGUYEN", "wˈɪn")]),
        ("The Ho Chi Minh trail", ("Ho Chi Minh", "hoʊ tʃiː mɪn"), [("Ho Chi Minh", "hoʊ tʃiː mɪn")]),
        ("我看见R2D2在跑", ("R2D2", "ɑɹ tuː diː tuː"), [("R2D2", "ɑɹ tuː diː tuː")]),
        ("a Type-C plug", ("Type", "tʌɪp"), [("Type", "tʌɪp")]),
        ("use SQL now", ("SQL", "my sequel"), [("SQL", "my sequel")]),
        ("我用SQL写", ("SQL", "sequel"), [("SQL", "sequel")]),
        ("彧来了", ("彧", "玉"), [("彧", "yu4")]),
        ("5G手机", ("5G", "五级"), [("5G", "wu3 ji2")]),
        ("私は辛いカレー", ("辛い", "からい"), [("辛い", "カライ")]),
        ("私はカレー", ("私", "わたくし"), [("私", "ワタクシ")]),
        ("東京へ行く", ("東京", "とうきょう"), [("東京", "トーキョー")]),
        ("Nguyenさんが来た", ("Nguyen", "グエン"), [("Nguyen", "グエン")]),
        ("값이 비싸", ("값", "갑"), [("값이", "갑이")]),
        ("नमस्ते दोस्त", ("नमस्ते", "nəməsteː"), [("नमस्ते", "nəməsteː")]),
        ("नमस्ते दोस्त", ("ते", "teː"), []),
    ],
)
def test_every_language(line: str, rule: tuple[str, str], found: list[tuple[str, str]]) -> None:
    assert by_rule(line, rule) == found


def test_a_rule_holds_in_its_language_alone() -> None:
    kana, pinyin = ("東京", "とうきょう"), ("東京", "dong1 jing1")
    assert by_rule("我去東京", kana) == []
    assert by_rule("東京に行く", pinyin) == []
    assert by_rule("Nguyen came", ("Nguyen", "グエン")) == []
    assert by_rule("the lead actor", ("lead", "lɛd", "es")) == []
    assert by_rule("un lead", ("lead", "lɛd", "es"), language="es") == [("lead", "lɛd")]


def test_a_rule_holds_for_its_character_alone() -> None:
    rule = ("长大", "chang2 da4", "", "小明")
    assert by_rule("长大", rule, character="小明") == [("长大", "chang2 da4")]
    assert by_rule("长大", rule) == by_rule("长大", rule, character="MEI") == []


def test_a_longer_rule_that_does_not_hold_leaves_its_place_to_a_shorter_one() -> None:
    rules = (("银行", "yin2 xing2", "", "小明"), ("行", "xing4"))
    assert by_rule("银行", *rules)[0][1] == "yin2 xing4"
    assert by_rule("银行", *rules, character="小明")[0][1] == "yin2 xing2"


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("在银行[yínháng]", [("银行", "yin2 hang2")]),
        ("他先[xiān]走", [("先", "xian1")]),
        ("Mr Nguyen[wɪn] is", [("Nguyen", "wɪn")]),
        ("Nguyen[W IH N]!", [("Nguyen", "wˈɪn")]),
        ("Nguyen[/win/]!", [("Nguyen", "win")]),
        ("The Ho Chi Minh[hoʊ tʃiː mɪn] trail", [("Ho Chi Minh", "hoʊ tʃiː mɪn")]),
        ("Mr Jean-Luc[ʒɑ̃ lyk] is", [("Jean-Luc", "ʒɑ̃ lyk")]),
        ('in SQL["sequel"] now', [("SQL", "sequel")]),
        ("私は辛い[つらい]", [("辛い", "ツライ")]),
        ("食べ物[たべもの]だ", [("食べ物", "タベモノ")]),
        ("東京[とうきょう]", [("東京", "トーキョー")]),
        ("Nguyen[グエン]さん", [("Nguyen", "グエン")]),
        ("값이[갑씨] 비싸", [("값이", "갑씨")]),
        ("नमस्ते[nəməsteː] दोस्त", [("नमस्ते", "nəməsteː")]),
    ],
)
def test_a_bracket_holds_for_one_place_in_every_language(line: str, found: list[tuple[str, str]]) -> None:
    assert by_rule(line) == found


def test_a_bracket_that_cannot_be_used_is_not_spoken() -> None:
    line = read_line("银行[yin2 hnag2]好")
    assert [word.text for word in line.words] == ["银行", "好"]
    assert line.warnings == (
        "the reading [yin2 hnag2] was not used: character 6, 'hnag2', is not pinyin: did you mean hang2?",
    )


def test_a_rule_that_cannot_be_used_is_an_error() -> None:
    with pytest.raises(InputError, match=r"银行 = 'hnag2': character 1, 'hnag2', is not pinyin"):
        words("我去银行", ("银行", "hnag2"))


def test_a_respelling_is_not_looked_up_again() -> None:
    assert by_rule("A1 and B2", ("A1", "B2"), ("B2", "A1"), language="en") == [("A1", "B two"), ("B2", "A one")]


_PARTS = [
    "银行",
    "行",
    "长大",
    "了",
    "Nguyen",
    "Nguyen's",
    "R2D2",
    "，",
    "。",
    "[yin2]",
    "[wɪn]",
    "[からい]",
    "辛い",
    "カレー",
    "東京",
    "は",
    "값이",
    "[갑씨]",
    "5G",
    "3月5日",
    "½",
    "ｶﾞ",
    "é",
    "é",
    "ß",
    "İ",
    "…",
    "-",
    "'",
    "S",
    "[",
    "]",
    "SQL",
    "℃",
    "々",
    "don't",
    "100%",
    "[hnag2]",
    "http://nguyen.com",
    "씨",
    "が",
    "㍿",
    "①",
]
_TEXTS = (
    "银行",
    "行",
    "Nguyen",
    "R2D2",
    "don",
    "辛い",
    "東京",
    "값",
    "5G",
    "SQL",
    "3",
    "%",
    "é",
    "A",
    "ß",
    "㍿",
    "2:30",
    "ｶﾞ",
)
_SAID = ("yin2 hang2", "xíng", "wɪn", "W IH N", "からい", "갑씨", "my sequel", "玉", "“WeChat”", "/win/", "F B I", "ɑ̃")


def _usable(rule: Rule) -> bool:
    try:
        said_by(rule)
    except InputError:
        return False
    return True


@given(
    st.lists(st.sampled_from((*_PARTS, " ")), min_size=1, max_size=9).map("".join),
    st.lists(
        st.builds(
            Rule, st.sampled_from(_TEXTS), st.sampled_from(_SAID), st.sampled_from(("", "", "zh", "ja", "en"))
        ).filter(_usable),
        max_size=4,
    ),
    st.sampled_from(("auto", "zh", "ja", "en", "es", "ko")),
)
@example("，5G…了½は辛い", [], "es")
@settings(max_examples=200, deadline=None)
def test_any_line_with_any_rules_can_be_spoken_or_is_refused(text: str, rules: list[Rule], language: str) -> None:
    try:
        line = read_line(text, language, rules)
        phones(line)
    except InputError:
        return
    assert all(line.text[token.start : token.end] == token.text for token in line.tokens)
    assert all(left.end <= right.start for left, right in pairwise(line.tokens))
    assert all(len(word.base) == len(word.reading) for word in line.words if word.language == "zh")
