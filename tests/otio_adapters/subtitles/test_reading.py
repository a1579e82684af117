"""Every subtitle format as captions, and what is wrong with a file."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from framevox.engine_daemon.protocol.errors import InputError
from framevox.otio_adapters.subtitles import Caption, from_programme_start, read_captions

SRT = "1\n00:00:01,000 --> 00:00:02,500\n<i>Where</i> are\nyou?\n\n2\n00:00:02,500 --> 00:00:03,000\nALICE: 好\n"
VTT = """WEBVTT - a film

STYLE
::cue { color: red }

NOTE 00:00:00.000 --> 00:00:01.000 is no caption

intro
00:01.000 --> 00:02.500 align:start
<v Mary Ann>Hi &amp; bye</v>

01:00:03.000 --> 01:00:04.000
- One
- Two
"""
ASS = """[Script Info]
ScriptType: v4.00+
[V4+ Styles]
Format: Name, Fontname
Style: Default,Arial
[Events]
Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text
Dialogue: 0,0:00:01.00,0:00:02.50,Default,Bob,0,0,0,,{\\i1}Hey{\\i0}\\Nyou\\hthere
Comment: 0,0:00:03.00,0:00:04.00,Default,,0,0,0,,not spoken
Dialogue: 0,0:00:05.00,0:00:06.00,Default,,0,0,0,,{\\p1}m 0 0 l 10 10{\\p0}
"""
TTML = """<tt xmlns="http://www.w3.org/ns/ttml" xml:lang="en" ttp:frameRate="25"
 xmlns:ttp="http://www.w3.org/ns/ttml#parameter"><body begin="1s"><div begin="1s">
 <p begin="0.5s" end="1.5s">One<br/>two <span>three</span></p><p begin="2s" dur="25f">Four</p></div></body></tt>"""
TTM = 'xmlns:ttm="http://www.w3.org/ns/ttml#metadata"'


def ebu_stl(*captions: tuple[str, str, str]) -> bytes:
    """A file as EBU Tech 3264 describes it: a GSI block, and a TTI block a caption."""
    header = b"850STL25.01" + b"0" + b"00" + b"09" + b" " * 1008
    header = bytearray(header[:1024].ljust(1024))
    header[238:243] = b"%05d" % len(captions)
    header[243:248] = b"%05d" % len(captions)
    header[248:251], header[251:255], header[255:256] = b"001", b"4023", b"1"
    header[253:255] = b"23"
    header[256:264] = b"00000000"
    blocks = []
    for number, (begin, end, text) in enumerate(captions):
        times = bytes(int(part) for written in (begin, end) for part in written.split(":"))
        field = text.encode("latin-1").ljust(112, b"\x8f")
        blocks.append(bytes([0]) + number.to_bytes(2, "little") + b"\xff\x00" + times + bytes([20, 2, 0]) + field)
    return bytes(header) + b"".join(blocks)


def read(tmp_path: Path, name: str, content: str | bytes) -> list[Caption]:
    path = tmp_path / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return read_captions(path)


def test_subrip(tmp_path: Path) -> None:
    assert read(tmp_path, "a.srt", SRT) == [
        Caption(1, Fraction(1), Fraction(5, 2), "<i>Where</i> are\nyou?"),
        Caption(2, Fraction(5, 2), Fraction(3), "ALICE: 好"),
    ]


def test_webvtt_has_voices_and_no_notes(tmp_path: Path) -> None:
    assert read(tmp_path, "a.vtt", VTT) == [
        Caption(1, Fraction(1), Fraction(5, 2), "<v Mary Ann>Hi &amp; bye</v>"),
        Caption(2, Fraction(3603), Fraction(3604), "- One\n- Two"),
    ]


@pytest.mark.parametrize("name", ["a.ass", "a.ssa", "A.ASS"])
def test_ass_has_actors_and_neither_comments_nor_drawings(tmp_path: Path, name: str) -> None:
    assert read(tmp_path, name, ASS) == [Caption(1, Fraction(1), Fraction(5, 2), "{\\i1}Hey{\\i0}\nyou there", "Bob")]


@pytest.mark.parametrize("name", ["a.ttml", "a.dfxp"])
def test_ttml_times_count_from_what_is_around_them(tmp_path: Path, name: str) -> None:
    assert read(tmp_path, name, TTML) == [
        Caption(1, Fraction(5, 2), Fraction(7, 2), "One\ntwo three"),
        Caption(2, Fraction(4), Fraction(5), "Four"),
    ]


def test_ebu_stl_counts_frames(tmp_path: Path) -> None:
    content = ebu_stl(("0:0:1:0", "0:0:2:12", "Hello\x8athere"), ("0:1:0:5", "0:1:1:0", "Bye"))
    assert read(tmp_path, "a.stl", content) == [
        Caption(1, Fraction(1), Fraction(62, 25), "Hello\nthere"),
        Caption(2, Fraction(1505, 25), Fraction(61), "Bye"),
    ]


@pytest.mark.parametrize(
    ("programme", "first", "counted", "said"),
    [
        ("10000000", "10:0:1:0", Fraction(1), "10:00:00:00"),
        ("09595512", "10:0:0:0", Fraction(113, 25), "09:59:55:12"),
        ("10000000", "0:0:1:0", Fraction(1), ""),
        ("        ", "10:0:1:0", Fraction(36001), ""),
    ],
)
def test_ebu_stl_counts_from_where_the_programme_starts(
    tmp_path: Path, programme: str, first: str, counted: Fraction, said: str
) -> None:
    content = bytearray(ebu_stl((first, "10:0:9:0", "Hello")))
    content[256:264] = programme.encode()
    captions = read(tmp_path, "a.stl", bytes(content))
    found, start = from_programme_start(tmp_path / "a.stl", captions)
    assert (found[0].start, start) == (counted, said)


def test_ttml_says_who_speaks_by_agents(tmp_path: Path) -> None:
    head = """<head><metadata xmlns:ttm="http://www.w3.org/ns/ttml#metadata">
    <ttm:agent xml:id="a"><ttm:name type="full">Mary Ann</ttm:name></ttm:agent>
    <ttm:agent xml:id="b"><ttm:name type="full">Robert</ttm:name><ttm:name type="alias">BOB</ttm:name></ttm:agent>
    </metadata></head>"""
    spoken = TTML.replace("<body", f"{head}<body").replace('xml:lang="en"', f'xml:lang="en" {TTM}')
    spoken = spoken.replace('<div begin="1s">', '<div begin="1s" ttm:agent="a">')
    spoken = spoken.replace('dur="25f"', 'dur="25f" ttm:agent="b a gone"')
    found = read(tmp_path, "a.ttml", spoken)
    assert [(c.speaker, c.text) for c in found] == [("Mary Ann", "One\ntwo three"), ("BOB & Mary Ann", "Four")]


def test_lines_in_several_encodings_are_refused_with_the_line(tmp_path: Path) -> None:
    french = "1\n00:00:01,000 --> 00:00:03,000\nDéjà vu.\n\n".encode("latin-1")
    chinese = "2\n00:00:04,000 --> 00:00:06,000\n你好，世界。\n".encode()
    (tmp_path / "mixed.srt").write_bytes(french + chinese)
    with pytest.raises(InputError, match="line 3, byte 2 is not UTF-8, and 1 other line is: the file mixes encodings"):
        read_captions(tmp_path / "mixed.srt")
    (tmp_path / "cut.srt").write_bytes(b"\xff\xfe" + "1\n".encode("utf-16-le") + b"\x00")
    with pytest.raises(InputError, match="is no utf-16-le, as the file says it is: save it as UTF-8"):
        read_captions(tmp_path / "cut.srt")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030", "big5"])
def test_the_encodings_that_are_found_in_the_wild(tmp_path: Path, encoding: str) -> None:
    line = "我們明天早上在車站見面好不好，你一定要來，我有很重要的事情要告訴你。"
    content = f"1\r\n00:00:01,000 --> 00:00:02,000\r\n{line}\r\n\r\n".encode(encoding)
    assert [caption.text for caption in read(tmp_path, "a.srt", content)] == [line]


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.srt", b"", "holds no captions: is it a SubRip file"),
        ("a.srt", b"hello", "holds no captions"),
        ("a.vtt", b"hello", "no WebVTT file that can be read"),
        ("a.ass", b"hello", "holds no captions"),
        ("a.ttml", b"hello", "no TTML file"),
        ("a.ttml", b"<html/>", "its root is no <tt>"),
        ("a.stl", b"solid cube", "no EBU STL file"),
        ("a.stl", b"850STL25.01".ljust(1024), "EBU STL"),
        (
            "a.ttml",
            b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><tt xmlns="http://www.w3.org/ns/ttml">&b;</tt>',
            "no TTML file",
        ),
        (
            "a.ttml",
            b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><tt xmlns="http://www.w3.org/ns/ttml">&a;</tt>',
            "no TTML file",
        ),
    ],
)
def test_a_file_that_is_none_is_named(tmp_path: Path, name: str, content: bytes, said: str) -> None:
    with pytest.raises(InputError, match=said) as raised:
        read(tmp_path, name, content)
    assert name in str(raised.value) and "\n" not in str(raised.value)


def test_a_file_that_is_not_there_or_a_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no such file"):
        read_captions(tmp_path / "none.srt")
    (tmp_path / "folder.srt").mkdir()
    with pytest.raises(InputError, match="is a folder"):
        read_captions(tmp_path / "folder.srt")
