"""Weak words: neutral tones in Chinese, closed classes elsewhere."""

from __future__ import annotations

import pytest

from framevox.engine_daemon.text import read_line
from framevox.engine_daemon.text.line import Language
from framevox.engine_daemon.text.prominence import weak_parts


@pytest.mark.parametrize(
    ("text", "language", "weak"),
    [
        ("You put the letter on the table.", "en", "you the on the"),
        ("El tren de la costa sale a las siete.", "es", "el de la a las"),
        ("鍵を机に置いた。", "ja", "を に"),
    ],
)
def test_words_of_closed_classes_are_weak(text: str, language: Language, weak: str) -> None:
    words = read_line(text, language).words
    assert " ".join(word.text.lower() for word in words if all(weak_parts(word))) == weak


def test_syllables_of_the_neutral_tone_are_weak() -> None:
    words = read_line("妈妈的钥匙放在桌子上了。", "zh").words
    said = [(char, weak) for word in words for char, weak in zip(word.spoken, weak_parts(word), strict=True)]
    assert "".join(char for char, _ in said) == "妈妈的钥匙放在桌子上了"
    assert "".join(char for char, weak in said if weak) == "妈的匙子了"


def test_what_is_spoken_for_figures_is_told_word_by_word() -> None:
    (word,) = (word for word in read_line("He has 101 of them.", "en").words if word.text == "101")
    parts = word.spoken.split()
    assert [part for part, weak in zip(parts, weak_parts(word), strict=True) if weak] == ["and"] * parts.count("and")
