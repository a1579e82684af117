"""PLS lexicons and CSV tables of rules: in, out, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from framevox.engine_daemon.project.lexicons import read_lexicon, write_lexicon
from framevox.engine_daemon.protocol.errors import InputError
from framevox.engine_daemon.protocol.rules import Rule

NAMESPACE = "http://www.w3.org/2005/01/pronunciation-lexicon"
LEXICON = f"""<?xml version="1.0" encoding="UTF-8"?>
<!-- A lexicon as other programs write it. -->
<lexicon version="1.0" xmlns="{NAMESPACE}" alphabet="ipa" xml:lang="en-US">
  <meta name="author" content="somebody"/>
  <lexeme role="noun">
    <grapheme>tomato</grapheme><grapheme>love
      apple</grapheme>
    <phoneme>təmɑːtəʊ</phoneme><phoneme prefer="true">təˈmeɪtoʊ</phoneme>
  </lexeme>
  <lexeme><grapheme>W3C</grapheme><alias>World Wide Web Consortium</alias></lexeme>
  <lexeme><grapheme>win</grapheme><phoneme>win</phoneme></lexeme>
  <lexeme><grapheme>IH</grapheme><alias>IH</alias></lexeme>
  <lexeme><grapheme>bank</grapheme><phoneme alphabet="x-cmu">B AE1 NG K</phoneme></lexeme>
</lexicon>
"""


def lexicon(path: Path, inside: str, lang: str = "en", alphabet: str = "ipa", before: str = "") -> Path:
    path.write_text(
        f'<?xml version="1.0"?>{before}<lexicon version="1.0" xmlns="{NAMESPACE}" alphabet="{alphabet}" '
        f'xml:lang="{lang}">{inside}</lexicon>',
        "utf-8",
    )
    return path


def entry(text: str, phoneme: str) -> str:
    return f"<lexeme><grapheme>{text}</grapheme><phoneme>{phoneme}</phoneme></lexeme>"


def test_a_lexicon_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.pls"
    path.write_text(LEXICON.replace("<lexeme><grapheme>IH</grapheme><alias>IH</alias></lexeme>", ""), "utf-8")
    assert read_lexicon(path) == [
        Rule("tomato", "təˈmeɪtoʊ", "en"),
        Rule("love apple", "təˈmeɪtoʊ", "en"),
        Rule("W3C", "World Wide Web Consortium", "en"),
        Rule("win", "/win/", "en"),
        Rule("bank", "B AE1 NG K"),
    ]


def test_an_alias_is_a_respelling_whatever_it_looks_like(tmp_path: Path) -> None:
    path = lexicon(tmp_path / "a.pls", "<lexeme><grapheme>Q</grapheme><alias>UW</alias></lexeme>")
    assert read_lexicon(path) == [Rule("Q", '"UW"', "en")]


def test_chinese_and_japanese_lexicons(tmp_path: Path) -> None:
    path = lexicon(tmp_path / "a.pls", entry("银行", "yin2 hang2"), "zh-CN", "x-pinyin")
    assert read_lexicon(path, character="小明") == [Rule("银行", "yin2 hang2", "", "小明")]
    path = lexicon(tmp_path / "b.pls", entry("辛い", "からい"), "ja", "x-framevox-kana")
    assert read_lexicon(path) == [Rule("辛い", "からい")]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("<lexicon><lexeme>", "is not valid XML (no element found: line 1, column 17)"),
        ("", "is not valid XML"),
        ("<html/>", "is no PLS lexicon, it begins with <html>"),
        ('<lexicon xml:lang="tlh"/>', "xml:lang='tlh' is a language that Framevox does not speak"),
        ("<lexicon/>", "has no rules in it"),
        ("<lexicon><lexeme><phoneme>a</phoneme></lexeme></lexicon>", "lexeme 1: it has no <grapheme>"),
        ("<lexicon><lexeme><grapheme>a</grapheme></lexeme></lexicon>", "lexeme 1 (a): it has no <phoneme> or <alias>"),
        (f"<lexicon>{entry('a', ' ')}</lexicon>", "lexeme 1 (a): its <phoneme> is empty"),
        (f'<lexicon alphabet="x-foo">{entry("a", "b")}</lexicon>', "lexeme 1 (a): unknown alphabet 'x-foo'"),
        (f"<lexicon>{entry('银行', 'wɪn')}</lexicon>", "nothing was taken from it: lexeme 1 (银行): 银行 = 'wɪn'"),
        (f"<lexicon>{entry('a', 'ɑ4')}</lexicon>", "character 2, '4', is not a symbol of the IPA"),
        (
            f"<lexicon>{entry('a', 'ɑ')}{entry('a', 'ə')}</lexicon>",
            "lexeme 2 (a): a is 'ə', but 'ɑ' in lexeme 1 (a): leave one of them out",
        ),
        (f"<lexicon>{entry('*', 'ɑ') * 5}</lexicon>", "; and 2 more"),
    ],
)
def test_a_broken_lexicon_is_refused_as_a_whole(tmp_path: Path, content: str, said: str) -> None:
    path = tmp_path / "a.pls"
    path.write_text(content, "utf-8")
    with pytest.raises(InputError) as raised:
        read_lexicon(path)
    assert str(path) in str(raised.value) and said in str(raised.value)


@pytest.mark.parametrize(
    "declared",
    [
        '<!DOCTYPE lexicon [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE lexicon [<!ENTITY % x SYSTEM "http://example.invalid/x.dtd"> %x;]>',
        '<!DOCTYPE lexicon [<!ENTITY a "aaaa"><!ENTITY x "&a;&a;&a;&a;">]>',
    ],
)
def test_entities_are_refused(tmp_path: Path, declared: str) -> None:
    path = lexicon(tmp_path / "a.pls", entry("a", "&x;" if "%" not in declared else "ɑ"), before=declared)
    with pytest.raises(InputError, match="declares entities, which are not read"):
        read_lexicon(path)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_table_is_read_as_spreadsheets_write_it(tmp_path: Path, encoding: str, delimiter: str) -> None:
    rows = [
        ["Text", "READING", "language", "character", ""],
        ["银行", "yin2 hang2", "", "", ""],
        ["", "", "", "", ""],
        ["Nguyen", "wɪn", "en", "小明", ""],
    ]
    path = tmp_path / "a.csv"
    path.write_bytes("\r\n".join(delimiter.join(row) for row in rows).encode(encoding))
    assert read_lexicon(path) == [Rule("银行", "yin2 hang2"), Rule("Nguyen", "wɪn", "en", "小明")]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty: write the columns text, reading, language, character"),
        (b"text,reeding\na,b\n", "line 1: unknown column 'reeding': did you mean 'reading'?"),
        (b"text,language\na,en\n", "line 1: there is no column 'reading'"),
        (b"text,reading,text\na,b,c\n", "line 1: the column 'text' is there twice"),
        (b"text,reading\na,b,c\n", "line 2: 3 cells under 2 columns"),
        (b"text,reading\n\na\n", "line 3: it has no reading"),
        (b'text,reading\na,"b\n', "line 2: this is no CSV (unexpected end of data)"),
        ("text,reading\n银行,hnag2\n".encode(), "line 2: 银行 = 'hnag2': character 1, 'hnag2', is not pinyin"),
        (b"text,reading,language\na,b,xx\n", "line 2: unknown language 'xx'"),
        ("text,reading\n行,hang2\n行,xing2\n".encode(), "line 3: 行 is 'xing2', but 'hang2' in line 2"),
        (b"text,reading\nQ1,R1\nR1,Q1\n", "leads back to itself"),
        (b"text,reading\na,\xff\n", "is not UTF-8 (byte 15): save it as CSV UTF-8"),
    ],
)
def test_a_table_that_cannot_be_used(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(content)
    with pytest.raises(InputError) as raised:
        read_lexicon(path)
    assert str(path) in str(raised.value) and said in str(raised.value)


def test_other_files_are_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"\.pls lexicons and \.csv tables"):
        read_lexicon(tmp_path / "a.docx")
    with pytest.raises(InputError, match="cannot be read"):
        read_lexicon(tmp_path / "a.csv")


RULES = [
    Rule("银行", "yínháng"),
    Rule("花儿", "huar1"),
    Rule("彧", "玉", "zh"),
]


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    rules = [*RULES, Rule("Nguyen", "wɪn"), Rule("长", "zhang3", "", "小明"), Rule("辛い", "からい")]
    path = tmp_path / "a.csv"
    content, left_out = write_lexicon(path, rules)
    path.write_bytes(content)
    assert read_lexicon(path) == rules and left_out == []
    path = tmp_path / "a.pls"
    content, left_out = write_lexicon(path, [*RULES, Rule("长", "zhang3", "", "小明")])
    path.write_bytes(content)
    assert left_out == ["长 (小明)"]
    assert read_lexicon(path) == [Rule("银行", "yin2 hang2"), Rule("花儿", "hua1 er5"), Rule("彧", "玉", "zh")]


def test_a_lexicon_has_one_language() -> None:
    with pytest.raises(InputError, match=r"the rules are of ja, zh, and a \.pls has one language"):
        write_lexicon(Path("a.pls"), [Rule("行", "hang2"), Rule("辛い", "からい")])
    content, _ = write_lexicon(Path("a.pls"), [Rule("Nguyen", "wɪn")], "en")
    assert b'xml:lang="en"' in content
