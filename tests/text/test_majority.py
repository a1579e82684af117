"""The language of most of a line, which decides who speaks it."""

from __future__ import annotations

import subprocess
import sys

import pytest

from framevox.engine_daemon.text import main_language


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("你终于来了。", "zh"),
        ("这个 feature 下周 release。", "zh"),
        ("Oh my God，你怎么在这儿？", "zh"),
        ("I said 你好 to him and he left.", "en"),
        ("See you on the other side, 林夏.", "en"),
        ("鍵をどこに置いたか", "ja"),
        ("東京駅", "ja"),
        ("안녕하세요", "ko"),
        ("现在是 9:45", "zh"),
        ("2:30", "en"),
        ("两点半，2:30！", "zh"),
        ("…", "en"),
        ("银行[yin2 hang2]在那边", "zh"),
    ],
)
def test_most_words_decide(text: str, language: str) -> None:
    assert main_language(text) == language


@pytest.mark.parametrize(
    ("text", "said", "language"),
    [("東京", "zh", "zh"), ("東京", "ja", "ja"), ("2:30", "ja", "ja"), ("hello", "zh", "en")],
)
def test_the_language_said_counts_where_the_script_leaves_it_open(text: str, said: str, language: str) -> None:
    assert main_language(text, said) == language


def test_no_dictionary_is_loaded() -> None:
    code = (
        "import sys; from framevox.engine_daemon.text import main_language\n"
        "main_language('你好 world, 안녕 こんにちは')\n"
        "print(*(name for name in ('pypinyin', 'rjieba', 'pyopenjtalk', 'opencc', 'misaki') if name in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
