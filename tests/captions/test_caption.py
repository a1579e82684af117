"""Captions as subtitle files, transcripts and scripts write them: what is said, how, and what is no speech."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from framevox.engine_daemon.captions import Spoken, read_caption


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("<i>Where are you?</i>", "Where are you?"),
        ('<font color="#ffff00" size=2>Where</font> are <b>you</b>?', "Where are you?"),
        ("<c.yellow.bg_blue>Where</c> are <00:00:05.000>you?", "Where are you?"),
        ("Where are<br/>you?", "Where are you?"),
        ('<tt:span style="s1">Where are<tt:br/>you?</tt:span>', "Where are you?"),
        ("<ruby>漢<rt>かん</rt></ruby>字", "漢字"),
        ("{\\an8}Where are you?", "Where are you?"),
        ("{\\an8\\fad(200,200)}{\\i1}Where{\\i0} are\\Nyou?", "Where are you?"),
        ("{y:i}Where are you?", "Where are you?"),
        ("Tom &amp; I", "Tom & I"),
        ("Tom &amp;amp; I", "Tom & I"),
        ("&lt;i&gt;Where are you?&lt;/i&gt;", "Where are you?"),
        ("it&#39;s&nbsp;late", "it's late"),
        ("caf&eacute;", "café"),
        # what only looks like markup
        ("I <3 you", "I <3 you"),
        ("a < b and c > d", "a < b and c > d"),
        ("if a <b and c> d", "if a <b and c> d"),
        ("AT&T, R&D; Q&A", "AT&T, R&D; Q&A"),
        ("C:\\new\\Nina", "C:\\new\\Nina"),
        ("{sic}", "{sic}"),
    ],
)
def test_markup_is_not_spoken(written: str, said: str) -> None:
    caption = read_caption(written)
    assert caption.text == said and caption.left_out == () and caption.character == ""


@pytest.mark.parametrize(
    "written",
    [
        "[MUSIC PLAYING]", "(door slams)", "♪ la la la ♪", "♪ la la la", "【音乐】", "（电话铃声）", "[MUSIC\nPLAYING]",
        "(sighs) (door slams)", "- [door slams]\n- [gasps]", "<i>[MUSIC PLAYING]</i>", "♪ Happy birthday\nto you ♪",
        "（笑）", "(拍手)", "[박수]", "MEI: [sighs]", "♪♪ [theme song] ♪♪",
    ],
)  # fmt: skip
def test_a_caption_that_only_describes_sounds_says_nothing(written: str) -> None:
    caption = read_caption(written)
    assert caption.is_sound_only and caption.text == "" and caption.left_out


@pytest.mark.parametrize("written", ["", "   ", "Hello.", "ALICE:", "(I knew it.)", "（我知道了）", "[ ]", "..."])
def test_what_describes_no_sound_is_not_called_one(written: str) -> None:
    assert not read_caption(written).is_sound_only


@pytest.mark.parametrize(
    ("written", "said", "delivery", "left_out"),
    [
        ("MEI: (whispering) Come here.", "Come here.", "whispering", ()),
        ("(sighs) I know.", "I know.", "sighs", ()),
        ("[sighs] I know.", "I know.", "sighs", ()),
        ("(to Ann) Come in.", "Come in.", "to Ann", ()),
        ("（小声）走吧。", "走吧。", "小声", ()),
        ("LEO (V.O.) (CONT'D): [quietly] Run.", "Run.", "V.O., quietly", ()),
        ("[door slams] Come in.", "Come in.", "", ("door slams",)),
        ("Come in. (door slams)", "Come in.", "", ("door slams",)),
        ("Well (laughs) no.", "Well no.", "", ("laughs",)),
        ("走吧（笑）", "走吧", "", ("笑",)),
        ("♪ la la ♪ Stop that!", "Stop that!", "", ("♪ la la ♪",)),
        ("♪ la la\n- Stop that!\n♪ la la", "Stop that!", "", ("♪ la la",)),
        # brackets that are part of what is said
        ("He said (quietly) no.", "He said (quietly) no.", "", ()),
        ("I told him (he was late) to go.", "I told him (he was late) to go.", "", ()),
        ("(Almost) everyone came.", "(Almost) everyone came.", "", ()),
        ("Call (555) 123-4567.", "Call (555) 123-4567.", "", ()),
        ("(555) 123-4567", "(555) 123-4567", "", ()),
        ("It works (rain or shine) all day.", "It works (rain or shine) all day.", "", ()),
        ("我来自上海（浦东）", "我来自上海（浦东）", "", ()),
        ("我喜欢（音乐）", "我喜欢（音乐）", "", ()),
        ("他长[zhang3]大了", "他长[zhang3]大了", "", ()),
        ("银行[yin2 hang2]关了[笑]", "银行[yin2 hang2]关了", "", ("笑",)),
        ("Hello ♪", "Hello", "", ()),
    ],
)
def test_what_is_described_is_told_apart_from_what_is_said(
    written: str, said: str, delivery: str, left_out: tuple[str, ...]
) -> None:
    caption = read_caption(written)
    assert (caption.text, caption.spoken[0].delivery, caption.left_out) == (said, delivery, left_out)


@pytest.mark.parametrize(
    ("written", "spoken"),
    [
        ("- Are you coming?\n- No.", [("", "Are you coming?"), ("", "No.")]),
        ("- Are you\ncoming?\n- No.", [("", "Are you coming?"), ("", "No.")]),
        ("Are you coming?\n- No.", [("", "Are you coming?"), ("", "No.")]),
        ("{\\an8}<i>– Are you coming?\\N– No.</i>", [("", "Are you coming?"), ("", "No.")]),
        ("- ALICE: Are you coming?\n- BOB: No.", [("ALICE", "Are you coming?"), ("BOB", "No.")]),
        ("ALICE: Are you coming?\nBOB: No.", [("ALICE", "Are you coming?"), ("BOB", "No.")]),
        ("小明：你来吗？\n小红：不来。", [("小明", "你来吗？"), ("小红", "不来。")]),
        (">> ALICE: Are you coming?\n>> No.", [("ALICE", "Are you coming?"), ("", "No.")]),
        ("<v Mary>Coming?</v>\n<v Bob>No.</v>", [("Mary", "Coming?"), ("Bob", "No.")]),
        ("- [door slams]\n- Who's there?", [("", "Who's there?")]),
        ("ALICE:\nAre you\ncoming?", [("ALICE", "Are you coming?")]),
        # one speaker
        ("- Are you coming?", [("", "Are you coming?")]),
        ("I want\n— no, I need it.", [("", "I want — no, I need it.")]),
        ("It fell to\n-5 degrees.", [("", "It fell to -5 degrees.")]),
        ("--wait!", [("", "--wait!")]),
        ("We leave\nat 10:30.", [("", "We leave at 10:30.")]),
    ],
)
def test_each_speaker_of_a_caption_is_told(written: str, spoken: list[tuple[str, str]]) -> None:
    assert [(one.character, one.text) for one in read_caption(written).spoken] == spoken


def test_a_caption_keeps_its_speakers_apart_and_joins_what_is_said() -> None:
    caption = read_caption("ALICE: Coming?\nBOB (O.S.): No.\nALICE: Why?")
    assert caption.characters == ("ALICE", "BOB") and caption.text == "Coming? No. Why?"
    assert caption.spoken[1] == Spoken("BOB", "No.", "O.S.")


_TAGS = st.sampled_from(["<i>", "</i>", "<b>", "</font>", '<font color="red">', "{\\an8}", "{\\i1}", "<c.a>", "</c>"])
_WORDS = st.text(st.characters(whitelist_categories=("Ll", "Lo", "Nd")), min_size=1, max_size=8)


@given(st.lists(st.tuples(_TAGS, _WORDS), min_size=1, max_size=8))
def test_cleaning_loses_no_letter_outside_markup(parts: list[tuple[str, str]]) -> None:
    written = " ".join(tag + word for tag, word in parts)
    assert read_caption(written).text == " ".join(word for _, word in parts)


@given(
    st.text(st.characters(blacklist_characters="<>{}&[]()（）【】♪♫♬:：;\\", blacklist_categories=("Cs",)), max_size=60)
)
def test_a_line_without_markup_keeps_every_letter(written: str) -> None:
    caption = read_caption(written)
    said = [char for char in caption.character + caption.text if char.isalnum()]
    assert said == [char for char in written if char.isalnum()] and not caption.left_out


@given(st.text("<>i/b{}\\an8&amp;gt[]()（）【】♪:：- \nAb好かa1.", max_size=60))
def test_whatever_is_written_is_read_and_reads_the_same_when_it_is_clean(written: str) -> None:
    caption = read_caption(written)
    for spoken in caption.spoken:
        assert spoken.text == " ".join(spoken.text.split())
    everything = "".join((*caption.left_out, *(one.character + one.text + one.delivery for one in caption.spoken)))
    assert {char for char in everything if char > "\u3041"} <= set(written)


def test_hosts_can_import_it_with_the_standard_library_alone() -> None:
    code = (
        "import sys; before = set(sys.modules); import framevox.engine_daemon.captions as c;"
        "c.read_caption('<i>Hi</i>');"
        "print(sorted({m.split('.')[0] for m in set(sys.modules) - before} - set(sys.stdlib_module_names)))"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "['framevox']"
