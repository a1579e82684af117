"""Lines to text ids: readings, marks, segments, and nothing dropped in silence."""

from __future__ import annotations

from pathlib import Path

import pytest

from framevox.engine_daemon.protocol.errors import InputError
from framevox.engine_daemon.text.line import Line, Mark, Word


@pytest.fixture(scope="module")
def front(folder: Path):  # type: ignore[no-untyped-def]
    from framevox.engine_daemon.engines.indextts2.text_ids import TextFrontEnd

    return TextFrontEnd(folder / "bpe.model", 60)


def pieces(front, line: Line) -> str:  # type: ignore[no-untyped-def]
    segments, _ = front.read(line)
    return front._pieces.decode([i for s in segments for i in s.ids])


def chinese(text: str, *readings: str) -> Line:
    return Line(text, (Word(text, 0, len(text), "zh", text, readings, readings),))


def test_a_usual_reading_is_left_to_the_model_and_another_is_written_out(front) -> None:  # type: ignore[no-untyped-def]
    assert pieces(front, chinese("很好", "hen3", "hao3")) == "很 好"
    # 行 is usually xing2; in 银行 it is hang2, which the model is told.
    assert pieces(front, chinese("银行", "yin2", "hang2")) == "银 HANG2"
    assert pieces(front, chinese("很行", "hen3", "xing2")) == "很 行"


def test_a_reading_that_the_user_fixed_is_always_written_out(  # type: ignore[no-untyped-def]
    front, monkeypatch: pytest.MonkeyPatch
) -> None:
    from framevox.engine_daemon.text import read_line

    assert pieces(front, read_line("很行[xing2]", "zh")) == "很 XING2"
    assert pieces(front, read_line("很行[hao3]", "zh")) == "很 HAO3"
    encode = front._encode
    monkeypatch.setattr(front, "_encode", lambda text: None if text == "XING2" else encode(text))
    _, warnings = front.read(read_line("很行[xing2]", "zh"))
    assert "行[xing2]" in warnings[0]


def test_pinyin_that_is_no_piece_of_the_table_is_never_spelt_in_letters_and_is_named(  # type: ignore[no-untyped-def]
    front,
) -> None:
    from framevox.engine_daemon.text import read_line

    letters = front._pieces.encode("ZHUANG4")
    assert front._pieces.unk_id() not in letters and len(letters) > 2  # the tiny table has no such syllable
    assert front._pinyin("hang2") is not None and front._pinyin("zhuang4") is None
    _, warnings = front.read(read_line("很行[zhuang4]", "zh"))
    assert any("left out" in text and "行[zhuang4]" in text for text in warnings)


def test_an_unusual_reading_that_the_model_cannot_be_told_is_named(  # type: ignore[no-untyped-def]
    front, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(front, "_pinyin", lambda reading: None)
    _, warnings = front.read(chinese("银行", "yin2", "hang2"))
    assert any("read otherwise" in text and "行[hang2]" in text for text in warnings)


def test_tones_that_merely_shift_beside_each_other_are_left_to_the_model(  # type: ignore[no-untyped-def]
    front, monkeypatch: pytest.MonkeyPatch
) -> None:
    from framevox.engine_daemon.text import read_line

    assert pieces(front, chinese("你好", "ni2", "hao3")) == "你 好"
    encode = front._encode
    # The tiny table lacks both characters.
    monkeypatch.setattr(front, "_encode", lambda text: (7,) if text in ("一", "不") else encode(text))
    for text, reading in (("一是", "yi2"), ("一天", "yi4"), ("不是", "bu2")):
        line = read_line(text, "zh")
        assert next(syllable for word in line.words for syllable in word.reading) == reading
        segments, _ = front.read(line)
        assert segments[0].ids == [7, *encode(text[1])], text


def test_a_shifting_tone_that_the_user_fixed_is_written_out(front) -> None:  # type: ignore[no-untyped-def]
    from framevox.engine_daemon.text import read_line

    assert pieces(front, read_line("不[bu2]是", "zh")) == "BU2 是"


def test_letters_in_a_chinese_character_are_not_dropped(front) -> None:  # type: ignore[no-untyped-def]
    from framevox.engine_daemon.text import read_line

    line = read_line("天℃", "zh")
    assert [word.spoken for word in line.words] == ["天", "度C"]
    segments, warnings = front.read(line)
    assert segments[0].ids == [*front._encode("天"), *front._encode("DU4"), *front._encode("C")] and warnings == ()


def test_a_rare_character_is_read_by_its_pinyin(front) -> None:  # type: ignore[no-untyped-def]
    assert front._encode("垚") is None
    assert pieces(front, chinese("垚", "yao2")).replace(" ", "") == "YAO2"


@pytest.mark.parametrize(("reading", "token"), [("ju2", "JV2"), ("xue2", "XVE2"), ("lü4", "LV4"), ("zhong4", "ZHONG4")])
def test_pinyin_is_written_as_the_model_learned_it(reading: str, token: str) -> None:
    from framevox.engine_daemon.engines.indextts2.text_ids import pinyin_token

    assert pinyin_token(reading) == token


def test_what_the_model_does_not_know_is_reported(front) -> None:  # type: ignore[no-untyped-def]
    known, strange = Word("hello", 0, 5, "en", "hello"), Word("ñandú☂", 6, 12, "en", "ñandú☂")
    _, warnings = front.read(Line("hello ñandú☂", (known, strange)))
    assert len(warnings) == 1 and "ñandú☂" in warnings[0]
    with pytest.raises(InputError, match="nothing in"):
        front.read(Line("☂", (Word("☂", 0, 1, "en", "☂"),)))


def test_accents_that_the_table_lacks_are_read_without(front) -> None:  # type: ignore[no-untyped-def]
    segments, warnings = front.read(Line("cafés", (Word("cafés", 0, 5, "en", "cafés"),)))
    assert warnings == () and front._pieces.decode(segments[0].ids) == "CAFES"


def test_another_language_is_refused_by_name(front) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(InputError, match="write it in zh or en"):
        front.read(Line("はい", (Word("はい", 0, 2, "ja", "はい"),)))


def test_marks_cling_to_letters_and_stand_apart_from_characters(front) -> None:  # type: ignore[no-untyped-def]
    tokens = (
        Word("hello", 0, 5, "en", "hello"), Mark(",", 5, 6, ","), Word("好", 6, 7, "zh", "好", ("hao3",)),
        Mark("？", 7, 8, "?"),
    )  # fmt: skip
    segments, _ = front.read(Line("hello,好？", tokens))
    assert segments[0].ids == front._pieces.encode("HELLO, 好 ?")


def test_an_exclamation_is_never_lost(front) -> None:  # type: ignore[no-untyped-def]
    for language, text in (("en", "hello"), ("zh", "好")):
        line = Line(f"{text}!", (Word(text, 0, len(text), language, text), Mark("!", len(text), len(text) + 1, "!")))
        segments, _ = front.read(line)
        assert len(segments[0].pieces) == 2 and segments[0].pieces[1].rank == 3


def test_richer_marks_are_those_that_the_model_knows(front) -> None:  # type: ignore[no-untyped-def]
    from framevox.engine_daemon.text import read_line

    def ids(text: str) -> list[int]:
        (segment,) = front.read(read_line(text))[0]
        return list(segment.ids)

    assert ids("好“好”好？！") == front._pieces.encode("好 好 好 ? !")
    assert ids("好！！！") == ids("好！") and ids("好……") == ids("好…") and ids("好——走") == ids("好—走")


def test_long_lines_are_cut_behind_sentences_then_clauses_then_words() -> None:
    from framevox.engine_daemon.engines.indextts2.text_ids import Piece, split

    word = Word("a", 0, 1, "en", "a")

    def made(*ranks: int) -> list[Piece]:
        return [Piece((9,), word if rank == 1 else None, rank) for rank in ranks]

    assert [len(p) for p in split(made(1, 3, 1, 2, 1, 1, 1), 5)] == [2, 5]
    assert [len(p) for p in split(made(1, 1, 2, 1, 1, 1, 1), 5)] == [3, 4]
    assert [len(p) for p in split(made(1, 1, 1, 1, 1, 3), 5)] == [4, 2]  # a mark is not left to begin a segment
    with pytest.raises(InputError, match="one word"):
        split([Piece(tuple(range(9)), word, 1)], 5)


def test_rules_are_pinyin_or_respelt_and_phones_are_said_to_be_of_no_use(front) -> None:  # type: ignore[no-untyped-def]
    from framevox.engine_daemon.protocol.rules import Rule
    from framevox.engine_daemon.text import read_line

    assert pieces(front, read_line("很行", "zh", [Rule("很行", "hen3 hao3")])) == "HEN3 HAO3"
    segments, warnings = front.read(read_line("bank", "en", [Rule("bank", '"river"')]))
    assert "RIVER" in front._pieces.decode([i for s in segments for i in s.ids]).replace(" ", "") and warnings == ()
    _, warnings = front.read(read_line("bank", "en", [Rule("bank", "W IH N")]))
    assert warnings == (
        "the engine indextts2 takes no phones, 'bank' was read as it is spelt: give a respelling in letters",
    )
    _, warnings = front.read(read_line("I live here.", "en"))
    assert not any("takes no phones" in warning for warning in warnings)
