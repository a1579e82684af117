"""What each format of lines says of them, as a file that says all it can: the table in docs/exchange.md.

``python -m tests.otio_adapters.lines_in`` prints it; ``tests/docs/test_lines_in_and_out.py`` holds the page to it.
"""

from __future__ import annotations

import csv
import io
import tempfile
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import opentimelineio as otio

from framevox.engine_daemon.protocol.errors import InputError
from framevox.engine_daemon.protocol.timebase import Rate
from framevox.otio_adapters import Placeholder, find_placeholders, origin, timeline_rate
from framevox.otio_adapters.sources import SourceOptions, read_source

from .dapt.scripts import script
from .sheets.workbooks import workbook
from .subtitles.test_reading import ebu_stl

PAL = Rate.parse("25")

_SRT = """1
00:00:01,000 --> 00:00:03,000
{}<i>Good</i> to know.

2
00:00:02,000 --> 00:00:04,000
BOB: We leave now.

3
00:00:05,000 --> 00:00:06,000
[DOOR SLAMS]
"""
_VTT = "WEBVTT\n\n" + _SRT.replace(",000", ".000").format("<v ALICE>")
_ASS = """[Script Info]
ScriptType: v4.00+
[{0} Styles]
Format: Name, Fontname
Style: Default,Arial
[Events]
Format: {1}, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text
Dialogue: {2},0:00:01.00,0:00:03.00,Default,ALICE,0,0,0,,{{\\i1}}Good{{\\i0}} to know.
Dialogue: {2},0:00:02.00,0:00:04.00,Default,,0,0,0,,BOB: We leave now.
Dialogue: {2},0:00:05.00,0:00:06.00,Default,,0,0,0,,[DOOR SLAMS]
"""
_TTML = """<tt xmlns="http://www.w3.org/ns/ttml" xmlns:ttm="http://www.w3.org/ns/ttml#metadata" xml:lang="en">
<head><metadata><ttm:agent xml:id="a" type="character"><ttm:name type="alias">ALICE</ttm:name></ttm:agent></metadata>
</head><body><div><p begin="1s" end="3s" ttm:agent="a"><span>Good</span> to know.</p>
<p begin="2s" end="4s">BOB: We leave now.</p><p begin="5s" end="6s">[DOOR SLAMS]</p></div></body></tt>"""
_EVENTS = """<div xml:id="A1" begin="25f" end="75f" ttm:agent="c3" xml:lang="en"><p>Good to know.</p></div>
<div xml:id="A2" begin="50f" end="100f" xml:lang="en"><p>BOB: We leave now.</p></div>
<div xml:id="A3" begin="125f" end="150f"><p>[DOOR SLAMS]</p></div>"""
_AGENT = '<ttm:agent type="character" xml:id="c3"><ttm:name type="alias">ALICE</ttm:name></ttm:agent>\n    </metadata>'
_FOUNTAIN = """INT. HOUSE - DAY

ALICE
(sadly)
Good *to* know.

BOB ^
We leave now.

CAROL
[DOOR SLAMS]
"""
_FDX = """<FinalDraft DocumentType="Script"><Content>
<Paragraph Type="Action"><DualDialogue>
<Paragraph Type="Character"><Text>ALICE</Text></Paragraph>
<Paragraph Type="Parenthetical"><Text>(sadly)</Text></Paragraph>
<Paragraph Type="Dialogue"><Text Style="Italic">Good</Text><Text> to know.</Text></Paragraph>
<Paragraph Type="Character"><Text>BOB</Text></Paragraph>
<Paragraph Type="Dialogue"><Text>We leave now.</Text></Paragraph>
</DualDialogue></Paragraph>
<Paragraph Type="Character"><Text>CAROL</Text></Paragraph>
<Paragraph Type="Dialogue"><Text>[DOOR SLAMS]</Text></Paragraph>
</Content></FinalDraft>"""
_HEAD = ("Cue", "Character", "TC In", "TC Out", "Line", "Feeling", "Tongue")
_ROWS = (
    ("A1", "ALICE", "01:00:01:00", "01:00:03:00", "Good to know.", "sad=0.5", "en"),
    ("A2", "", "01:00:02:00", "01:00:04:00", "BOB: We leave now.", "", "en"),
    ("A3", "", "01:00:05:00", "01:00:06:00", "[DOOR SLAMS]", "", ""),
)
_LOG = ("Cue", "Character", "Start", "End", "Dialogue", "Feeling", "Tongue")


def _separated(by: str) -> str:
    written = io.StringIO()
    csv.writer(written, delimiter=by).writerows((_HEAD, *_ROWS))
    return written.getvalue()


def _stl() -> bytes:
    lines = [("10:0:1:0", "10:0:3:0", "ALICE: Good to know."), ("10:0:2:0", "10:0:4:0", "BOB: We leave now.")]
    content = bytearray(ebu_stl(*lines, ("10:0:5:0", "10:0:6:0", "[DOOR SLAMS]")))
    content[256:264] = b"10000000"
    return bytes(content)


def _ale() -> str:
    rows = "\n".join("\t".join(row) for row in (*_ROWS,))
    columns = "\t".join(_LOG)
    return f"Heading\nFIELD_DELIM\tTABS\nFPS\t25\n\nColumn\n{columns}\n\nData\n{rows}\n"


_DAPT = script(_EVENTS, rate='ttp:frameRate="25" ', origin="01:00:00:00").replace("</metadata>", _AGENT)
_SHEET = {"columns": "emotion=Feeling,language=Tongue"}
FILES: dict[str, str | bytes] = {
    ".srt": _SRT.format("ALICE: "),
    ".vtt": _VTT,
    ".ass": _ASS.format("V4+", "Layer", 0),
    ".ssa": _ASS.format("V4", "Marked", "Marked=0"),
    ".ttml": _TTML,
    ".dfxp": _TTML,
    ".stl": _stl(),
    ".csv": _separated(","),
    ".tsv": _separated("\t"),
    ".tab": _separated("\t"),
    ".xlsx": workbook((_HEAD, *_ROWS)),
    ".xlsm": workbook((_HEAD, *_ROWS)),
    ".ale": _ale(),
    ".dapt": _DAPT,
    ".fountain": _FOUNTAIN,
    ".spmd": _FOUNTAIN,
    ".fdx": _FDX,
    ".txt": "ALICE: Good to know.\n\nBOB: We leave now.\n\nCAROL: [DOOR SLAMS]\n",
}


@dataclass(frozen=True)
class Read:
    """A file of lines as it is read: at 25 frames a second, with all its columns named."""

    source: Path
    timeline: otio.schema.Timeline
    lines: list[Placeholder]

    def told(self, options: SourceOptions) -> str:
        """What the error says that asks for an option, empty where none is asked for."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                read_source(self.source, options)
            except InputError as error:
                return str(error)
        return ""


def read(suffix: str, folder: Path) -> Read:
    source = folder / f"lines{suffix}"
    content = FILES[suffix]
    source.write_bytes(content.encode() if isinstance(content, str) else content)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        timeline = read_source(source, SourceOptions(rate=PAL, columns=_columns(suffix)))
        return Read(source, timeline, find_placeholders(timeline))


def _columns(suffix: str) -> str:
    return _SHEET["columns"] if suffix in (".csv", ".tsv", ".tab", ".xlsx", ".xlsm", ".ale") else ""


# Each says what stands in the cell.


def _times(given: Read) -> str:
    first, second = given.lines[:2]
    return "yes" if (first.start, first.duration, second.start + second.duration) == (25, 50, 100) else "—"


def _rate(given: Read) -> str:
    said = given.told(SourceOptions(columns=_columns(given.source.suffix)))
    return "`--rate`" if "--rate" in said else said or "yes"


def _start(given: Read) -> str:
    return "yes" if origin(given.timeline, timeline_rate(given.timeline)) in (90000, 900000) else "`--start-timecode`"


def _lines(given: Read) -> str:
    return "yes" if [p.text for p in given.lines] == ["Good to know.", "We leave now."] else "no"


def _in_front(given: Read) -> str:
    return "yes" if given.lines[1].character == "BOB" and b"BOB: " in _plain(given.source) else "—"


def _own(given: Read) -> str:
    """A name that does not stand in front of the line."""
    return "yes" if given.lines[0].character == "ALICE" and b"ALICE: " not in _plain(given.source) else "—"


def _plain(source: Path) -> bytes:
    import zipfile

    if not zipfile.is_zipfile(source):
        return source.read_bytes()
    with zipfile.ZipFile(source) as package:
        return b"".join(package.read(name) for name in package.namelist())


def _emotion(given: Read) -> str:
    if not given.lines[0].emotion:
        return "—"
    return "`--columns`" if _columns(given.source.suffix) else "yes"


def _language(given: Read) -> str:
    if not given.lines[0].language:
        return "—"
    return "`--columns`" if _columns(given.source.suffix) else "yes"


def _ids(given: Read) -> str:
    return "yes" if given.lines[0].cue_id == "A1" else "—"


def _together(given: Read) -> str:
    """Lines that overlap lie on tracks of their own."""
    first, second = given.lines[:2]
    return "yes" if second.start < first.start + first.duration and first.track != second.track else "—"


def _sounds(given: Read) -> str:
    return "yes" if not any("SLAMS" in p.text for p in given.lines) and b"SLAMS" in _plain(given.source) else "no"


SAYS: dict[str, Callable[[Read], str]] = {
    "times": _times,
    "frame rate": _rate,
    "start timecode": _start,
    "the line, without markup": _lines,
    "`NAME:` in front": _in_front,
    "a name of its own": _own,
    "language": _language,
    "emotion": _emotion,
    "id": _ids,
    "lines at once": _together,
    "sounds left out": _sounds,
}


def main() -> None:
    print(f"| format | {' | '.join(SAYS)} |")
    print("| --- " * (len(SAYS) + 1) + "|")
    with tempfile.TemporaryDirectory() as folder:
        for suffix in FILES:
            found = read(suffix, Path(folder))
            print(f"| `{suffix}` | {' | '.join(says(found) for says in SAYS.values())} |")


if __name__ == "__main__":
    main()
