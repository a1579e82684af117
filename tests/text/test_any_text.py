"""Whatever a user types either gives a line whose words are the user's own text, or an error that says why not."""

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from framevox.engine_daemon.engines.kokoro.phonemes import phones, vocabulary
from framevox.engine_daemon.protocol.cues import MAX_TEXT
from framevox.engine_daemon.protocol.errors import InputError
from framevox.engine_daemon.text import read_line

_SCRIPTS = st.sampled_from(
    "的一不三上发行长了重还着为什么银〇々東駅头髮隻かなカナーっん゛ﾊﾞＡ１％：，。！？…—「」“”‘’『』«»・한국어값없곬aAbzZéßñ0123456789"
    "$€£¥₩%&+@°#=×÷~-–—'\"’().,:;/\\*_^|<>[]{} \t\n👍🏽\u200d\ufe0f\u202e\u200f\x00\x07½㎏㌔㍿Ⅲ①ﬁ\u0301\u3099שعกйλ"
)
_SEEN = [
    "2",
    "3",
    "$2,300",
    "2:30",
    "-5℃",
    "50%",
    "No.1",
    "U.S.",
    "St.",
    "1990s",
    "3-5kg",
    "0.",
    "1/0",
    "24/7",
    "I'm ",
    "个",
    "月",
]
_TEXTS = st.one_of(
    st.text(max_size=40), st.text(_SCRIPTS, max_size=30), st.lists(st.sampled_from(_SEEN), max_size=8).map("".join)
)


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(text=_TEXTS, language=st.sampled_from(("auto", "zh", "en", "ja", "ko")))
@example(text="㍿です。㌔", language="auto")
@example(text="か\u3099く", language="auto")
@example(text="1" * 60 + "." + "2" * 60, language="en")
@example(text="９" * 400, language="zh")
@example(text="9" * 400, language="ja")
@example(text="9" * 400, language="ko")
@example(text="9" * 15, language="ko")
@example(text="9" * 400, language="en")
@example(text="9" * 15 + "th", language="en")
@example(text="钅ー", language="auto")
@example(text="0\x1f¼", language="auto")
@example(text='A"Ð', language="auto")
@example(text="㏠𑓐", language="auto")
@example(text="“0{”,0", language="auto")
def test_any_text_gives_words_in_order_and_phones_the_model_knows_or_a_clear_error(text: str, language: str) -> None:
    try:
        line = read_line(text, language)
    except InputError as error:
        assert str(error)
        return
    end = 0
    for token in line.tokens:
        assert end <= token.start < token.end
        assert token.text == text[token.start : token.end]
        end = token.end
    assert all(word.spoken.strip() for word in line.words)
    try:
        said = phones(line)
    except InputError as error:
        # Arabic is read, for the other engine; everything else that is read is spoken.
        assert "is ar, which the built-in voices do not speak" in str(error)
        return
    assert {phone.symbol for phone in said} <= set(vocabulary())
    assert sorted({phone.word for phone in said if phone.word is not None}) == list(range(len(line.words)))


@pytest.mark.parametrize("text", ["", "   ", "\n\t", "　", "♪♪♪", "👍", "...", "？！", "「」", "\u200b\u202e", "שלום"])
def test_a_line_with_nothing_to_say_is_refused(text: str) -> None:
    with pytest.raises(InputError, match=r"empty|nothing in the line"):
        read_line(text)


def test_a_line_past_the_bound_is_refused_by_name() -> None:
    assert read_line("好" * MAX_TEXT).words
    with pytest.raises(InputError, match="2,000"):
        read_line("好" * (MAX_TEXT + 1))


def test_an_unknown_language_is_refused_with_those_there_are() -> None:
    with pytest.raises(InputError, match="auto, zh, en, ja, ko"):
        read_line("Bonjour", "fr")


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("Hello 👍", "thumbs up"),
        ("走吧\x07", "U+0007"),
        ("שלום ok", "hebrew"),
        ("\u202eabc", "right-to-left"),
        ("a*b", "asterisk"),
        ("𪛖走", "U+2A6D6"),
    ],
)
def test_what_is_left_out_is_named(text: str, named: str) -> None:
    assert any(named in warning for warning in read_line(text).warnings)


def test_quotes_and_brackets_are_no_reason_for_a_warning() -> None:
    assert not read_line("他说：“走吧！”（笑）「好」 (OK?) 'yes'").warnings
