"""The language of most words, by script."""

from __future__ import annotations

import pytest

from framevox.engine_daemon.project.scripts import main_language, words_by_language


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Then send it now.", "en"),
        ("下周我们开会。", "zh"),
        ("这个 feature 下周 release。", "zh"),
        ("I met 小明 there yesterday.", "en"),
        ("明日は東京へ行きます。", "ja"),
        ("カタカナ", "ja"),
        ("내일 만나요.", "ko"),
        ("कल मिलते हैं", "hi"),
        ("¿Dónde está?", "en"),
        ("12 34", "en"),
        ("", "en"),
        ("好 OK", "en"),
        ("好的 OK", "zh"),
    ],
)
def test_the_language_of_a_line(text: str, language: str) -> None:
    assert main_language([words_by_language(text)]) == language


def test_words_of_all_lines_count_together_and_a_named_language_has_them_all() -> None:
    lines = [words_by_language("Yes."), words_by_language("我不知道你在说什么。"), words_by_language("No.")]
    assert main_language(lines) == "zh"
    assert main_language([words_by_language("¿Dónde está?", "es"), words_by_language("OK")]) == "es"
    assert main_language([words_by_language("One two three four five six seven."), *lines]) == "en"
