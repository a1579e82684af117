"""Who speaks with which voice."""

from __future__ import annotations

import pytest

from framevox.engine_daemon.project.cast import Role, Stock, cast
from framevox.engine_daemon.project.names import gender_of, is_nobody

VOICES = [
    *(Stock(f"zf_{i}", ["zh"], "female") for i in range(4)),
    *(Stock(f"zm_{i}", ["zh"], "male") for i in range(4)),
    *(Stock(f"af_{i}", ["en"], "female", tier=i // 3) for i in range(6)),
    *(Stock(f"am_{i}", ["en"], "male", tier=i // 3) for i in range(6)),
]
PEOPLE = ["ALICE", "BOB", "小明", "王先生", "Mrs. Bennet", "GUARD 2", "NARRATOR"]


def roles(*characters: str, language: str = "en") -> list[Role]:
    return [Role(character, language) for character in characters]


def test_everybody_gets_a_voice_of_their_own_that_fits_the_language() -> None:
    given = cast([*roles("ALICE", "BOB", "GUARD 2", "NARRATOR"), *roles("小明", "王先生", language="zh")], VOICES)
    assert len(set(given.values())) == 6
    assert all(given[name].startswith("z") == (name in ("小明", "王先生")) for name in given)
    assert given["王先生"].startswith("zm")


def test_the_order_of_lines_changes_nothing() -> None:
    assert cast(roles(*PEOPLE), VOICES) == cast(roles(*reversed(PEOPLE)), VOICES)


def test_a_new_character_rarely_takes_a_voice_that_somebody_has() -> None:
    """Only where both want the same one; what is kept is safe."""
    changed = 0
    for number in range(200):
        before = cast(roles("ALICE", "BOB"), VOICES)
        after = cast(roles("ALICE", "BOB", f"EXTRA {number}"), VOICES)
        changed += any(after[name] != before[name] for name in before)
        assert cast(roles(f"EXTRA {number}"), VOICES, before.values())[f"EXTRA {number}"] not in before.values()
    assert changed < 200 * 2 / 6


def test_good_voices_are_cast_before_poor_ones() -> None:
    given = cast(roles("A1", "B2", "C3", "D4", "E5", "F6"), VOICES)
    assert {name[-1] for name in given.values()} <= {"0", "1", "2"}


def test_a_gender_that_is_said_is_heeded_and_wins_over_the_name() -> None:
    assert cast([Role("WOMAN #2", "en")], VOICES)["WOMAN #2"].startswith("af")
    assert cast([Role("WOMAN #2", "en", "male")], VOICES)["WOMAN #2"].startswith("am")


def test_when_all_voices_are_taken_they_are_shared_evenly() -> None:
    given = cast(roles(*(f"P{i}" for i in range(24))), VOICES)
    counts = [list(given.values()).count(name) for name in set(given.values())]
    assert set(counts) == {2} and len(counts) == 12


def test_a_language_without_a_voice_gets_another_one_and_no_voices_give_none() -> None:
    assert cast([Role("민준", "ko")], VOICES)
    assert cast(roles("ALICE"), []) == {}


def test_names_are_the_same_however_they_are_written() -> None:
    assert list(cast(roles("Alice"), VOICES).values()) == list(cast(roles("ALICE "), VOICES).values())


@pytest.mark.parametrize(
    "name",
    [
        "A1",
        "Audio 2",
        "Dialogue",
        "DIALOGUE_02",
        "对白",
        "对白 3",
        "V1",
        "Track 12",
        "音频 1",
        "オーディオ 1",
        "대사",
        "ADR",
        "VO",
        "Subtitle 1",
        "字幕",
        "12",
        "",
    ],
)
def test_names_that_say_nobody(name: str) -> None:
    assert is_nobody(name)


@pytest.mark.parametrize(
    "name",
    [
        "ALICE",
        "Al",
        "A",
        "旁白",
        "小明",
        "Voiceover Vince",
        "TRACKER",
        "Audiard",
        "Vi",
        "민준",
        "Mono Lisa",
        "Line Renaud",
        "SPEAKER_01",
    ],
)
def test_names_that_say_somebody(name: str) -> None:
    assert not is_nobody(name)


@pytest.mark.parametrize(
    ("name", "gender"),
    [
        ("WOMAN #2", "female"),
        ("Old Man", "male"),
        ("Mrs. Bennet", "female"),
        ("MR BENNET", "male"),
        ("MOTHER'S FRIEND", ""),
        ("王先生", "male"),
        ("李小姐", "female"),
        ("女警察", "female"),
        ("奶奶", "female"),
        ("おばあさん", "female"),
        ("少年A", "male"),
        ("할머니", "female"),
        ("아저씨 2", "male"),
        ("ALICE", ""),
        ("父母", ""),
        ("HUMAN", ""),
        ("Manfred", ""),
        ("BOY AND GIRL", ""),
    ],
)
def test_what_a_name_says_of_the_gender(name: str, gender: str) -> None:
    assert gender_of(name) == gender
