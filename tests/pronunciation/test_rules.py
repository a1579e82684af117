"""Where rules hold, which of them wins, and rules that cannot stand beside each other."""

from __future__ import annotations

import random
import time

import pytest

from framevox.engine_daemon.pronunciation.dictionary import Dictionary
from framevox.engine_daemon.pronunciation.matching import Matcher, normal
from framevox.engine_daemon.pronunciation.rules import check_rules, in_order
from framevox.engine_daemon.protocol.errors import InputError
from framevox.engine_daemon.protocol.rules import MAX_RULE_TEXT, Rule


def places(text: str, *texts: str) -> list[str]:
    text = normal(text)
    chosen = Matcher(Rule(rule, "x") for rule in texts).chosen(text, lambda *_: True)
    return [text[start:end] for start, end, _ in chosen]


@pytest.mark.parametrize(
    ("text", "rules", "found"),
    [
        ("我去银行", ["行", "银行"], ["银行"]),
        ("上海上银行", ["上海", "海上银行"], ["海上银行"]),
        ("银行行长", ["行", "银行"], ["银行", "行"]),
        ("Ann met Annie, Ann's and O'Ann", ["Ann"], ["Ann", "Ann"]),
        ("don't say don", ["don"], ["don"]),
        ("Nguyen, NGUYEN, nguyen", ["Nguyen"], ["Nguyen", "NGUYEN"]),
        ("Sql and SQL and sql", ["sql"], ["Sql", "SQL", "sql"]),
        ("us and US", ["US"], ["US"]),
        ("the O’Brien case", ["O'Brien"], ["O'Brien"]),
        ("１５Ｇ手机 and 5G", ["5G"], ["5G"]),
        ("5 of 5,000, 2.5 and 5.", ["5"], ["5", "5"]),
        ("값이 비싼 물값", ["값"], ["값"]),
        ("résumé", ["resume"], []),
        ("AT&T", ["&"], ["&"]),
    ],
)
def test_rules_hold_for_whole_words_and_the_longest_wins(text: str, rules: list[str], found: list[str]) -> None:
    assert places(text, *rules) == found


def test_what_is_bound_goes_before_what_is_not_and_the_film_before_its_user() -> None:
    film = [Rule("长", "zhang3"), Rule("长", "chang2", character="小明")]
    own = [Rule("长", "chang3", character="小明")]
    known = Dictionary(tuple(in_order(film, own)))
    assert [rule.reading for rule in known.rules_in("长大", "小明")] == ["chang2", "chang3", "zhang3"]
    assert [rule.reading for rule in known.rules_in("长大")] == ["zhang3"]


def test_capitals_tell_two_rules_apart() -> None:
    known = Dictionary((Rule("polish", "ˈpɒlɪʃ"), Rule("Polish", "ˈpoʊlɪʃ")))
    assert [rule.text for rule in known.rules_in("Polish that")] == ["Polish", "polish"]
    assert [rule.text for rule in known.rules_in("I polish that")] == ["polish"]


@pytest.mark.parametrize(
    ("rules", "wrong"),
    [
        ([Rule("*", "x")], "would match everything or nothing"),
        ([Rule(" ", "x")], "would match everything or nothing"),
        ([Rule(".*", "x")], "would match everything or nothing"),
        ([Rule("", "x")], "would match everything or nothing"),
        ([Rule("a[b]", "x")], "has '[' in it"),
        ([Rule("x" * (MAX_RULE_TEXT + 1), "y")], "a rule has at most 100 characters"),
        ([Rule("银行", "hnag2")], "银行 = 'hnag2': character 1, 'hnag2', is not pinyin"),
        ([Rule("行", "hang2", "xx")], "unknown language 'xx'"),
        ([Rule("行", "hang2", "ja")], "the reading is zh, the rule for ja"),
        ([Rule("行", "hang2"), Rule("行", "xing2")], "two rules for 行 contradict each other: 'hang2' and 'xing2'"),
        ([Rule("Ｑ", "kju"), Rule("Q", "queue")], "two rules for Q contradict each other"),
        ([Rule("行", "hang2", "", "A"), Rule("行", "xing2", "", "A")], "two rules for 行 (A) contradict"),
        ([Rule("bank", "the bank")], "the respelling of 'bank' leads back to itself"),
        ([Rule("A1", "B2"), Rule("B2", "C3"), Rule("C3", "A1 x")], "(A1 = 'B2' → B2 = 'C3' → C3 = 'A1 x')"),
    ],
)
def test_rules_that_cannot_be_used(rules: list[Rule], wrong: str) -> None:
    with pytest.raises(InputError) as raised:
        check_rules(rules)
    assert wrong in str(raised.value)


def test_rules_that_only_look_alike_do_not_contradict_each_other() -> None:
    check_rules(
        [
            Rule("行", "hang2"),
            Rule("行", "xing2", character="A"),
            Rule("银行", "yin2 hang2"),
            Rule("lead", "led", "en"),
            Rule("SQL", "sequel"),
            Rule("sequel", "ˈsiːkwəl"),  # not looked up in what is respelt
            Rule("行", "háng"),  # the same
        ]
    )


def test_a_dictionary_of_100_000_rules_costs_a_line_less_than_3_ms() -> None:
    draw = random.Random(1)
    han = [chr(code) for code in range(0x4E00, 0x9000)]
    texts = {"".join(draw.choices(han, k=draw.choice((1, 2, 3, 4)))) for _ in range(125_000)}
    rules = [Rule(text, " ".join(["hang2"] * len(text))) for text in sorted(texts)[:100_000]]
    known = Dictionary(tuple(rules))
    assert len(rules) == 100_000
    lines = ["".join(draw.choices(han, k=40)) + draw.choice(rules).text for _ in range(50)]
    known.rules_in(lines[0])
    fastest = min(_seconds(known, line) for line in lines)
    assert all(known.rules_in(line) for line in lines)
    assert fastest < 0.003


def _seconds(known: Dictionary, line: str) -> float:
    begun = time.perf_counter()
    known.rules_in(line)
    return time.perf_counter() - begun
