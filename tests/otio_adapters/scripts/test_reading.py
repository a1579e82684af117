"""Scripts of every format as scenes and speeches."""

from __future__ import annotations

import contextlib
import time
from pathlib import Path

import pytest

from framevox.engine_daemon.protocol.errors import InputError
from framevox.otio_adapters import TimelineWarning
from framevox.otio_adapters.scripts import Speech, read_script
from framevox.otio_adapters.scripts.screenplay import character_name, manner_of

FOUNTAIN = """Title: The Rooftop
Author: Nobody

FADE IN:

INT. HOUSE - DAY #1#

Mary enters. [[a note
over two lines]]

MARY (V.O.) (CONT'D)
(whispering)
Hello *there*, **friend**. [[note]] And more
on two lines.
(beat)
Then this.
{space}
After a line kept empty.

/* cut from here

JANE
No.

to here */

BRICK
Screw retirement.

STEEL (O.S.) ^
Screw retirement too.

> THE END <

CUT TO:

EXT. PARK - NIGHT

@小明
你好。

MARY
~La la la

JOE
(laughs)

!JOE
is only action

# Act two

= A synopsis

.SNIPER SCOPE POV

@McCLANE
(to Mary, angrily)
Yippee!
""".replace("{space}", "  ")

FDX = """<?xml version="1.0" encoding="UTF-8" standalone="no" ?>
<FinalDraft DocumentType="Script" Template="No" Version="5">
  <Content>
    <Paragraph Type="Scene Heading" Number="1"><SceneProperties Length="1"/><Text>INT. HOUSE - DAY</Text></Paragraph>
    <Paragraph Type="Action"><Text>Mary enters.</Text></Paragraph>
    <Paragraph Type="Character"><Text>Mary (V.O.)</Text></Paragraph>
    <Paragraph Type="Parenthetical"><Text>(whispering)</Text></Paragraph>
    <Paragraph Type="Dialogue"><Text>Hello </Text><Text Style="Italic">there</Text><Text>, friend.</Text>
      <ScriptNote><Paragraph><Text>a note</Text></Paragraph></ScriptNote></Paragraph>
    <Paragraph Type="Parenthetical"><Text>(beat)</Text></Paragraph>
    <Paragraph Type="Dialogue"><Text>Then this.</Text></Paragraph>
    <Paragraph>
      <DualDialogue>
        <Paragraph Type="Character"><Text>BRICK</Text></Paragraph>
        <Paragraph Type="Dialogue"><Text>Screw retirement.</Text></Paragraph>
        <Paragraph Type="Character"><Text>STEEL</Text></Paragraph>
        <Paragraph Type="Dialogue"><Text>Screw retirement too.</Text></Paragraph>
      </DualDialogue>
    </Paragraph>
    <Paragraph Type="Scene Heading"><Text>EXT. PARK - NIGHT</Text></Paragraph>
    <Paragraph Type="Character"><Text>MARY</Text></Paragraph>
    <Paragraph Type="Singing"><Text>La la la</Text></Paragraph>
    <Paragraph Type="Character"><Text>小明</Text></Paragraph>
    <Paragraph Type="Dialogue"><Text>你好。</Text></Paragraph>
    <Paragraph Type="Transition"><Text>CUT TO:</Text></Paragraph>
  </Content>
</FinalDraft>
"""

TEXT = """SCENE 1 A house

MARY (V.O.): (whispering) Hello there, friend.
And more on two lines.

Mary sits down.

Brick: Screw retirement.
小明：你好。

INT. PARK - DAY
MARY:
Below her name.

Guard 2: [door slams]
"""


def found(folder: Path, name: str, text: str) -> list[tuple[str, list[Speech]]]:
    path = folder / name
    path.write_text(text, "utf-8")
    return [(scene.heading, scene.speeches) for scene in read_script(path).scenes]


@pytest.mark.filterwarnings("ignore:.*left out in which nothing is said")
def test_fountain(tmp_path: Path) -> None:
    assert found(tmp_path, "a.fountain", FOUNTAIN) == [
        (
            "INT. HOUSE - DAY",
            [
                Speech(
                    "MARY",
                    "Hello there, friend. And more on two lines. Then this. After a line kept empty.",
                    "whispering",
                ),
                Speech("BRICK", "Screw retirement."),
                Speech("STEEL", "Screw retirement too.", with_previous=True),
            ],
        ),
        ("EXT. PARK - NIGHT", [Speech("小明", "你好。")]),
        ("SNIPER SCOPE POV", [Speech("McCLANE", "Yippee!", "to Mary, angrily")]),
    ]


def test_what_nobody_says_is_left_out_and_that_is_said(tmp_path: Path) -> None:
    with pytest.warns(TimelineWarning, match="2 blocks left out in which nothing is said, or only sung"):
        found(tmp_path, "a.fountain", FOUNTAIN)


@pytest.mark.filterwarnings("ignore:.*left out in which nothing is said")
def test_final_draft(tmp_path: Path) -> None:
    assert found(tmp_path, "a.fdx", FDX) == [
        (
            "INT. HOUSE - DAY",
            [
                Speech("Mary", "Hello there, friend. Then this.", "whispering"),
                Speech("BRICK", "Screw retirement."),
                Speech("STEEL", "Screw retirement too.", with_previous=True),
            ],
        ),
        ("EXT. PARK - NIGHT", [Speech("小明", "你好。")]),
    ]


@pytest.mark.filterwarnings("ignore:.*left out in which nothing is said")
def test_plain_text(tmp_path: Path) -> None:
    assert found(tmp_path, "a.txt", TEXT) == [
        (
            "SCENE 1 A house",
            [
                Speech("MARY", "Hello there, friend. And more on two lines.", "V.O., whispering"),
                Speech("Brick", "Screw retirement."),
                Speech("小明", "你好。"),
            ],
        ),
        ("INT. PARK - DAY", [Speech("MARY", "Below her name.")]),
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_encodings_and_line_ends(tmp_path: Path, encoding: str, end: str) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(
        "小明：你好，我们现在就走，不要再等了。\n\n小红：好的，我知道了。\n".replace("\n", end).encode(encoding)
    )
    assert [speech.character for speech in read_script(path).speeches] == ["小明", "小红"]


def test_names_and_manners() -> None:
    names = {"MARY (V.O.) (CONT'D)": "MARY", "@Mary ^": "Mary", "HANS (on the radio)": "HANS", "小明（画外）": "小明"}
    assert {name: character_name(name) for name in names} == names
    assert manner_of(["(beat)", "(to Mary)", "（悲伤地）"]) == "悲伤地"
    assert manner_of(["(into phone)"]) == ""


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("a.fountain", "INT. HOUSE - DAY\n\nNobody speaks.\n", "a.fountain has no dialogue: write names in capitals"),
        ("a.txt", "Only prose, and more of it.\n", "a.txt has no dialogue: write NAME: in front of each line"),
        (
            "a.fdx",
            FDX.replace('"Character"', '"Action"'),
            "a.fdx has no dialogue: its paragraphs are to be of the types",
        ),
        ("a.fdx", "<Script/>", r"a\.fdx: line 1: its root is <Script>, not <FinalDraft>"),
        ("a.fdx", FDX[:-40], r"a\.fdx is no Final Draft script that can be read \(.*line 25, column 53"),
        (
            "a.fdx",
            FDX.replace("<FinalDraft", "<!DOCTYPE a [<!ENTITY b 'c'>]><FinalDraft"),
            "declares a DTD or entities",
        ),
        (
            "a.fdx",
            FDX.replace("<FinalDraft", "<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]><FinalDraft").replace(
                "friend", "&b;"
            ),
            "declares a DTD or entities",
        ),
        ("a.fountain", "JOE\nHi.\n\n/* no end\n", r"a\.fountain: line 4: the comment /\* has no end"),
        ("a.txt", "JOE: Hi.\nNo\0", r"a\.txt: line 2: it holds zero bytes"),
        ("a.txt", "JOE: Hi.\n\n" * 10_001, "has 10001 speeches: give at most 10000"),
        ("a.txt", "x" * (8 * 2**20 + 1), "is larger than 8 MiB"),
    ],
)
def test_faults_name_the_file_and_the_line(tmp_path: Path, name: str, text: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        found(tmp_path, name, text)


def test_an_fdx_bomb_is_refused_at_once(tmp_path: Path) -> None:
    entities = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
    begun = time.monotonic()
    with pytest.raises(InputError, match="declares a DTD or entities"):
        found(tmp_path, "a.fdx", FDX.replace("<FinalDraft", f'<!DOCTYPE a [<!ENTITY l0 "x">{entities}]><FinalDraft'))
    assert time.monotonic() - begun < 5


@pytest.mark.parametrize("part", ["[[", "/*", "*", "_", "(", "[", "\\", "@", "^ "])
def test_no_text_takes_forever(tmp_path: Path, part: str) -> None:
    path = tmp_path / "a.fountain"
    path.write_text(f"\n\nJOE\nHi. {part * 4_000}\n")
    begun = time.monotonic()
    with contextlib.suppress(InputError):
        read_script(path)
    assert time.monotonic() - begun < 5


def test_files_that_are_none(tmp_path: Path) -> None:
    for name in ("none.fountain", "none.fdx", "none.txt"):
        with pytest.raises(InputError, match="there is no such file"):
            read_script(tmp_path / name)
