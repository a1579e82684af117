"""Lines too long for one pass."""

from __future__ import annotations

from framevox.engine_daemon.engines.kokoro.phone import Phone
from framevox.engine_daemon.engines.kokoro.split import split_phones

A = Phone("a", "vowel", 1)


def phones(text: str) -> list[Phone]:
    return [
        Phone(symbol, "pause", marks=(symbol,) if symbol != " " else ())
        if symbol in " ,.;"
        else Phone(symbol, "vowel", 1)
        for symbol in text
    ]


def parts(text: str, most: int) -> list[str]:
    segments, gaps = split_phones(phones(text), most)
    assert len(gaps) == len(segments) - 1
    return ["".join(phone.symbol for phone in segment) for segment in segments]


def test_a_short_line_is_one_segment() -> None:
    assert parts("aaa, aaa.", 20) == ["aaa, aaa."]


def test_the_end_of_a_sentence_is_preferred_to_a_nearer_comma() -> None:
    assert parts("aaaaa aaa. aaa, aaaaaa", 18) == ["aaaaa aaa.", " aaa, aaaaaa"]


def test_a_longer_silence_follows_a_stronger_mark() -> None:
    _, sentence = split_phones(phones("aaaaa. aaaaa"), 8)
    _, comma = split_phones(phones("aaaaa, aaaaa"), 8)
    _, word = split_phones(phones("aaaaaa aaaaa"), 8)
    assert sentence[0] > comma[0] > word[0]


def test_without_any_mark_nothing_is_lost_and_no_segment_is_too_long() -> None:
    segments = parts("a" * 1000, 150)
    assert "".join(segments) == "a" * 1000 and max(map(len, segments)) == 150
