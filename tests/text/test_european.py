"""Spanish, French, Italian, Brazilian Portuguese and Hindi: words, figures and what a line may mix."""

from __future__ import annotations

import pytest

from framevox.engine_daemon.protocol.errors import InputError
from framevox.engine_daemon.text import main_language, read_line
from framevox.engine_daemon.text.line import Word


def spoken(text: str, language: str) -> str:
    return " ".join(word.spoken for word in read_line(text, language).words)


@pytest.mark.parametrize(
    ("language", "text", "words"),
    [
        ("es", "Tengo 21 años.", "Tengo veintiún años"),
        ("es", "Cuesta 4.500,50 €.", "Cuesta cuatro mil quinientos euros cincuenta"),
        ("es", "Mide 3.14 o 2,5 km.", "Mide tres coma catorce o dos coma cinco kilómetros"),
        (
            "es",
            "A las 9:45 del 15/03/2024.",
            "A las nueve y cuarenta y cinco del quince de marzo de dos mil veinticuatro",
        ),
        ("es", "De 10-12 km, un 50%.", "De diez a doce kilómetros un cincuenta por ciento"),
        ("es", "La 3ª vez, Sr. García.", "La tercera vez señor García"),
        (
            "fr-fr",
            "C'est à 9h45, le 1/3/2024.",
            "C'est à neuf heures quarante-cinq le premier mars deux mille vingt-quatre",
        ),
        ("fr-fr", "Au 2e étage, à 21 h.", "Au deuxième étage à vingt-et-une heures"),
        ("fr-fr", "À 1h, M. Dupont paie 4 500 €.", "À une heure monsieur Dupont paie quatre mille cinq cents euros"),
        ("it", "Costa 1.250,75 €.", "Costa milleduecentocinquanta euro settantacinque"),
        ("it", "Il 15/3/2024, -5 °C.", "Il quindici marzo duemilaventiquattro meno cinque gradi Celsius"),
        ("pt-br", "São R$ 2.300 e 12 km/h.", "São dois mil e trezentos reais e doze quilômetros por hora"),
        ("auto", "मेरे पास १,००,००० रुपये हैं।", "मेरे पास एक लाख रुपये हैं"),
        ("auto", "सुबह 9:45 बजे, ₹450।", "सुबह नौ पैंतालीस बजे चार सौ पचास रुपये"),
        ("es", "El 31/02/2024.", "El treinta y uno dos dos mil veinticuatro"),
        ("es", "Código 007.", "Código cero cero siete"),
    ],
)
def test_figures_are_said_in_the_words_of_their_language(language: str, text: str, words: str) -> None:
    line = read_line(text, language)
    assert " ".join(word.spoken for word in line.words) == words
    assert line.warnings == ()
    assert all(text[word.start : word.end] == word.text for word in line.words)


def test_latin_letters_are_english_unless_the_cue_says_otherwise() -> None:
    assert {word.language for word in read_line("Hola, ¿qué tal?").words} == {"en"}
    line = read_line("Hola, ¿qué tal?", "es")
    assert {word.language for word in line.words} == {"es"}
    assert [token.text for token in line.tokens if not isinstance(token, Word)] == [",", "?"]
    assert (main_language("Hola, ¿qué tal?"), main_language("Hola", "es")) == ("en", "es")


def test_hindi_is_known_by_its_script_and_may_stand_among_other_languages() -> None:
    line = read_line("他说 नमस्ते and left.")
    assert [word.language for word in line.words][-3:] == ["hi", "en", "en"]
    assert main_language("मैंने password भूल दिया।") == "hi"


def test_english_figures_stay_as_they_were_beside_them() -> None:
    assert spoken("It cost $2,300 at 9:45.", "en") == spoken("It cost $2,300 at 9:45.", "auto")


def test_a_line_without_words_says_what_can_be_written() -> None:
    with pytest.raises(InputError, match="say the language of words in Latin letters"):
        read_line("ⰀⰁⰂ", "es")
