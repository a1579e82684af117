"""English lines as they are read aloud."""

import pytest

from framevox.engine_daemon.text import read_line
from framevox.engine_daemon.text.line import Mark


def said(text: str) -> str:
    return " ".join(word.spoken for word in read_line(text, "en").words)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2:30", "two thirty"),
        ("10:05", "ten oh five"),
        ("10:00", "ten o'clock"),
        ("2:30 a.m.", "two thirty A M"),
        ("5pm", "five P M"),
        ("$2,300", "two thousand three hundred dollars"),
        ("$2,300, please", "two thousand three hundred dollars please"),
        ("$1", "one dollar"),
        ("$12.50", "twelve dollars and fifty cents"),
        ("£3.99", "three pounds and ninety nine pence"),
        ("$3.5 million", "three point five million dollars"),
        ("$5-10", "five to ten dollars"),
        ("3.5%", "three point five percent"),
        ("100%", "one hundred percent"),
        ("-5°C", "minus five degrees Celsius"),
        ("March 5, 2024", "March fifth twenty twenty four"),
        ("2024-03-05", "March fifth twenty twenty four"),
        ("1998", "nineteen ninety eight"),
        ("2005", "two thousand five"),
        ("in 1850", "in eighteen fifty"),
        ("1850 men", "one thousand eight hundred fifty men"),
        ("1990s", "nineteen nineties"),
        ("the '90s", "the nineties"),
        ("22nd", "twenty second"),
        ("100th", "one hundredth"),
        ("2/3", "two thirds"),
        ("1/2", "one half"),
        ("3 1/2", "three and a half"),
        ("3½", "three and a half"),
        ("24/7", "twenty four seven"),
        ("5-10 minutes", "five to ten minutes"),
        ("555-1234", "five five five one two three four"),
        ("911", "nine one one"),
        ("Room 101", "Room one oh one"),
        ("Agent 007", "Agent double oh seven"),
        ("3kg", "three kilograms"),
        ("1 kg", "one kilogram"),
        ("6 ft", "six feet"),
        ("100km/h", "one hundred kilometers per hour"),
        ("1,234,567", "one million two hundred thirty four thousand five hundred sixty seven"),
        ("0.05", "zero point zero five"),
        ("#1", "number one"),
        ("№ 5", "number five"),
        ("World War II", "World War two"),
        ("Part Ⅳ", "Part four"),
        ("4x4", "four by four"),
        ("a 4K screen", "a four K screen"),
        ("$4K", "four thousand dollars"),
        ("a Ph.D. student", "a P H D student"),
        ("You & I", "You and I"),
        ("No. 5", "number five"),
        ("No.1!", "number one"),
        ("Dr. Smith", "doctor Smith"),
        ("St. James St.", "saint James street"),
        ("FBI", "F B I"),
        ("the FBI's", "the F B I's"),
        ("NASA", "nasa"),
        ("U.S. Army", "U S Army"),
        ("OK", "okay"),
        ("GET OUT NOW", "get out now"),
        ("NO", "no"),
        ("W-what", "wuh what"),
        ("Hmm", "Hmm"),
        ("I'm", "I'm"),
        ("I’m", "I'm"),
        ("I'd've gone at 5 a.m.", "I'd've gone at five A M"),
        ("St. John's", "saint John's"),
        ("Elm St., Apt. 4B", "Elm street apartment four B"),
        ("July 4th, 1776, at noon", "July fourth seventeen seventy six at noon"),
        ("Dec. 3rd", "December third"),
        ("in Sept. or Oct. 2", "in September or October second"),
        ("6 ft. tall", "six feet tall"),
        ("Lt. Cmdr. Data", "lieutenant commander Data"),
        ("a 3,000 sq. ft. loft", "a three thousand square feet loft"),
        ("the A/C and/or him", "the A C and or him"),
        ("He came w/ a .45", "He came with a forty five"),
        (".5 percent", "zero point five percent"),
        ("the 2000s", "the two thousands"),
        ("1/2 a tank", "half a tank"),
        ("10-4", "ten four"),
        ("10M people, $3B", "ten million people three billion dollars"),
        ("the NYPD and ESPN", "the N Y P D and E S P N"),
        ("FEMA and OSHA", "fema and osha"),
        ("UCLA", "U C L A"),
        ("UGH! PSST!", "ugh psst"),
        ("AAAAH! NOOO!", "aaaah nooo"),
        (
            "999999999999999",
            "nine hundred ninety nine trillion nine hundred ninety nine billion nine hundred ninety nine "
            "million nine hundred ninety nine thousand nine hundred ninety nine",
        ),
        ("bob@example.com", "bob at example dot com"),
    ],
)
def test_figures_and_abbreviations_are_said_in_english(text: str, expected: str) -> None:
    assert said(text) == expected


def test_the_full_stop_of_an_abbreviation_that_ends_the_line_is_kept() -> None:
    line = read_line("He lives in the U.S.")
    assert [token.text for token in line.tokens][-2:] == ["U.S", "."]
    assert line.tokens[-1].symbol == "."  # type: ignore[union-attr]


def test_the_full_stop_of_a_unit_inside_a_sentence_is_no_pause() -> None:
    assert [token.symbol for token in read_line("He's 6 ft. tall.").tokens if isinstance(token, Mark)] == ["."]


def test_a_contraction_and_a_possessive_are_one_word() -> None:
    assert [word.text for word in read_line("Don't touch the boys' dog's bone!").words] == [
        "Don't", "touch", "the", "boys", "dog's", "bone",
    ]  # fmt: skip
