"""Subtitles of what was spoken: when, how they break, and that each format is read back as it was written."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from framevox.engine_daemon.protocol.errors import InputError
from framevox.engine_daemon.protocol.timebase import Rate
from framevox.otio_adapters.subtitles import read_captions
from framevox.otio_adapters.subtitles.breaking import STYLES, line_limit, split, wrap
from framevox.otio_adapters.subtitles.spans import frame_spans
from framevox.otio_adapters.subtitles.writing import Heard, SpokenLine, captions_of, subtitle_file

FILM = Rate.parse("25")
LONG = (
    "I have told you a hundred times, and I will tell you once more: nobody leaves this house before the storm is "
    "over, not you, not me, and certainly not the dog."
)


def spoken(text: str, start: float = 1.0, each: float = 0.25, character: str = "") -> SpokenLine:
    """A line whose words, or characters without spaces, last a quarter of a second each."""
    words, at = [], Fraction(start)
    for word in text.split() if " " in text else list(text):
        words.append(Heard(word.strip(".,:;!?"), at, at + Fraction(each)))
        at += Fraction(each)
    return SpokenLine(text, Fraction(start), at, tuple(word for word in words if word.text), character)


def test_a_short_line_is_one_caption_as_long_as_it_is_heard() -> None:
    (caption,) = captions_of([SpokenLine("Hello there.", Fraction(101, 100), Fraction(199, 100))], FILM)
    assert (caption.first, caption.end, caption.text) == (25, 50, "Hello there.")


def test_a_long_line_becomes_captions_of_two_lines_that_begin_with_their_words() -> None:
    line = spoken(LONG)
    captions = captions_of([line], FILM)
    assert len(captions) == 2
    assert " ".join(" ".join(caption.text.split()) for caption in captions) == LONG
    for caption in captions:
        rows = caption.text.split("\n")
        assert len(rows) <= 2 and all(len(row) <= 42 for row in rows)
    second = captions[1].text.split()[0].strip(",.")
    begins = next(word.start for word in line.words if word.text == second)
    assert captions[1].first == int(begins * 25) == captions[0].end


def test_chinese_breaks_between_characters_and_never_before_punctuation() -> None:
    text = "我跟你说过一百遍了，今天再说最后一遍：暴风雨停之前，谁也不许离开这所房子，你不行，我不行，狗更不行。"
    captions = captions_of([spoken(text)], FILM, "netflix")
    assert "".join(caption.text.replace("\n", "") for caption in captions) == text
    for caption in captions:
        rows = caption.text.split("\n")
        assert len(rows) <= 2 and all(len(row) <= 16 for row in rows)
        assert not any(row[0] in "，。：" for row in rows)


def test_sentences_end_captions_and_commas_end_lines() -> None:
    assert wrap("When the rain stops, we go home to the sea.", 30) == "When the rain stops,\nwe go home to the sea."
    text = "It was late when they came home. Nobody had left a light on in the hall for them."
    assert [text[a:b].strip() for a, b in split(text, 42)] == [text]
    text = f"{text} The dog barked."
    assert [text[a:b].strip()[-1] for a, b in split(text, 42)] == [".", "."]


@given(st.text(alphabet="abc de，你好ー。. かナ", min_size=1, max_size=200))
def test_breaking_loses_nothing_and_makes_no_empty_caption(text: str) -> None:
    text = " ".join(text.split())
    pieces = split(text, line_limit(text, STYLES["netflix"]))
    assert "".join(text[a:b] for a, b in pieces) == text
    assert all(a < b for a, b in pieces)
    assert "".join(wrap(text, 16).split()) == "".join(text.split())


def test_netflix_keeps_captions_on_screen_and_apart() -> None:
    lines = [
        SpokenLine("No.", Fraction(1), Fraction(13, 10)),
        SpokenLine("Yes.", Fraction(3), Fraction(33, 10)),
        SpokenLine("Why?", Fraction(34, 10), Fraction(36, 10)),
    ]
    captions = captions_of(lines, FILM, "netflix")
    assert [(caption.first, caption.end) for caption in captions] == [(25, 46), (75, 83), (85, 106)]
    assert [(c.first, c.end) for c in captions_of(lines, FILM)] == [(25, 33), (75, 83), (85, 90)]


@pytest.mark.parametrize("suffix", [".srt", ".vtt", ".ass", ".ttml"])
@pytest.mark.parametrize("rate", ["23.976", "25", "29.97 DF", "59.94"])
def test_every_format_is_read_back_on_the_same_frames(tmp_path: Path, suffix: str, rate: str) -> None:
    fps = Rate.parse(rate)
    lines = [spoken(LONG, 3600.37, 0.21, "OLD TOM"), spoken("好，走吧。", 3700.2), spoken("<b> & {x}", 3800.01)]
    shown = captions_of(lines, fps)
    path = tmp_path / f"a{suffix}"
    path.write_bytes(subtitle_file(shown, fps, suffix))
    captions = read_captions(path)
    assert frame_spans([(c.start, c.end) for c in captions], fps) == [(c.first, c.end) for c in shown]
    if suffix == ".ass":
        assert captions[0].speaker == "OLD TOM"
    if suffix == ".vtt":
        assert captions[0].text.startswith("<v OLD TOM>")
    if suffix in (".srt", ".ttml"):
        assert [c.text for c in captions] == [c.text for c in shown]


def test_ass_lights_up_every_word_when_it_is_heard() -> None:
    line = SpokenLine(
        "Now or never.",
        Fraction(104, 100),
        Fraction(2),
        (
            Heard("Now", Fraction(104, 100), Fraction(13, 10)),
            Heard("or", Fraction(15, 10), Fraction(16, 10)),
            Heard("never", Fraction(16, 10), Fraction(2)),
        ),
    )
    text = subtitle_file(captions_of([line], FILM), FILM, ".ass").decode()
    # The caption begins on frame 26, at 1.04 s.
    assert "0:00:01.04,0:00:02.00" in text and "{\\k46}Now {\\k10}or {\\k40}never." in text


def test_a_style_or_a_format_that_nobody_knows_is_named() -> None:
    with pytest.raises(InputError, match="'loud': use one of netflix, bbc, plain"):
        captions_of([], FILM, "loud")
    with pytest.raises(InputError, match=r"as \.doc: use \.srt"):
        subtitle_file([], FILM, ".doc")
