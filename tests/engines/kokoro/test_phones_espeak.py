"""Languages whose phones are espeak-ng's."""

from __future__ import annotations

import pytest

from framevox.engine_daemon.engines.kokoro.phonemes import phones, vocabulary
from framevox.engine_daemon.text import read_line


def said(text: str, language: str) -> str:
    return "".join(phone.symbol for phone in phones(read_line(text, language)))


@pytest.mark.parametrize(
    ("language", "text", "sounds"),
    [
        ("es", "La mar nunca olvida.", "la mˈaɾ nˈunka olβˈiða."),
        ("fr-fr", "Les amis de l'homme.", "lez amˈi də lˈɔm."),  # liaison: words are read together
        ("it", "Domani mattina.", "domˈanɪ matːˈina."),
        ("pt-br", "O mar.", "ʊ mˈar."),
        ("hi", "कल मिलेंगे।", "kˈʌl mɪlˈe\u0303ːɡeː."),
    ],
)
def test_words_become_the_models_symbols(language: str, text: str, sounds: str) -> None:
    assert said(text, language) == sounds


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("es", "¡Qué jaleo, guapo! ¿Vienes a las 9:45 o no?"),
        ("fr-fr", "Qu'est-ce que c'est ? Aujourd'hui, y a-t-il quelqu'un ?"),
        ("it", "Perché no? L'acqua dell'hotel è finita, gli sgabelli anche."),
        ("pt-br", "Não, o coração não é pão. Amanhã às 9:45?"),
        ("hi", "ज़िंदगी में ऐसा क्यों होता है? 9:45 बजे।"),
    ],
)
def test_every_word_has_phones_of_the_vocabulary_and_its_own_place(language: str, text: str) -> None:
    line = read_line(text, language)
    found = phones(line)
    assert {phone.symbol for phone in found} <= set(vocabulary())
    assert {phone.word for phone in found if phone.word is not None} == set(range(len(line.words)))
    assert any(phone.stress == 2 for phone in found if phone.kind == "vowel")


@pytest.mark.parametrize(
    ("language", "text", "sounds"),
    [
        ("fr-fr", "le weekend", "lə wiːkˈɛnd"),
        ("it", "il jazz", "il ʤˈaz"),
        ("hi", "लड़का", "lˈʌɽkˌaː"),
    ],
)
def test_nothing_inside_a_word_is_taken_for_a_mark(language: str, text: str, sounds: str) -> None:
    line = read_line(text, language)
    assert said(text, language) == sounds
    assert not [phone for phone in phones(line) if phone.kind == "pause" and phone.word is not None]


def test_english_words_sound_as_before_after_another_language_was_read() -> None:
    before = said("Zorblaxian.", "en")
    said("Hola.", "es")
    from framevox.engine_daemon.engines.kokoro import phones_en

    phones_en._from_espeak.cache_clear()
    assert said("Zorblaxian.", "en") == before
