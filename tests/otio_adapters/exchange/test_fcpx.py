"""FCPX XML: every rate, captions, titles and notes as lines, and nothing that entities could do."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from framevox.engine_daemon.protocol.errors import InputError
from framevox.engine_daemon.protocol.timebase import Rate
from framevox.otio_adapters import TimelineWarning, find_placeholders, load, place, save
from framevox.otio_adapters.rates import origin, timeline_rate

from ..timelines import gap, line, span, takes, timeline, track

DOCUMENT = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE fcpxml>
<fcpxml version="1.10">
  <resources>
    <format id="r1" frameDuration="1001/24000s" width="1920" height="1080"/>
    <asset id="r2" name="shot" src="file:///media/shot.mov" start="0s" duration="24024/240s" hasVideo="1" format="r1"/>
    <effect id="r3" name="Basic Title" uid="title"/>
  </resources>
  <library><event name="e"><project name="Film">
    <sequence format="r1" duration="10010/240s" tcStart="86486400/24000s" tcFormat="NDF">
      <spine>
        <asset-clip ref="r2" name="shot" offset="86486400/24000s" start="0s" duration="120120/24000s" format="r1">
          <caption lane="1" name="cap" offset="10010/24000s" duration="50050/24000s" role="ITT?captionFormat=ITT.en">
            <text>ALICE: Good to <text-style ref="ts1">know</text-style>.</text>
          </caption>
          <title ref="r3" lane="2" name="t" offset="72072/24000s" start="86486400/24000s" duration="31031/24000s">
            <text><text-style ref="ts2">BOB: We leave now.</text-style></text>
          </title>
        </asset-clip>
        <gap name="Gap" offset="86606520/24000s" start="86486400/24000s" duration="41041/24000s">
          <note>小明：我们下周发布。</note>
        </gap>
        <gap name="Gap" offset="86647561/24000s" start="0s" duration="24024/24000s"/>
        <asset-clip ref="r2" name="shot" offset="86671585/24000s" start="0s" duration="24024/24000s" format="r1"/>
      </spine>
    </sequence>
  </project></event></library>
</fcpxml>
"""


def test_captions_titles_and_notes_are_lines_on_their_frames(tmp_path: Path) -> None:
    path = tmp_path / "film.fcpxml"
    path.write_text(DOCUMENT)
    read = load(path)
    rate = timeline_rate(read)
    assert (rate, origin(read, rate)) == (Rate.parse("23.976"), 86400)
    assert [(p.text, p.character, p.start, p.duration) for p in find_placeholders(read)] == [
        ("Good to know.", "ALICE", 10, 50),
        ("We leave now.", "BOB", 72, 31),
        ("我们下周发布。", "小明", 120, 41),
    ]


@pytest.mark.parametrize("name", ["23.976", "24", "25", "29.97", "29.97 DF", "30", "48", "50", "59.94", "60"])
def test_takes_go_out_and_come_back_on_their_frames_at_every_rate(tmp_path: Path, name: str) -> None:
    rate = Rate.parse(name)
    fps = float(rate.fps)
    built = timeline(
        track("A", *(part for i in range(40) for part in (gap(7 + i, fps), line(f"Line {i}.", 31 + i, fps)))),
        start=rate.nominal * 3600,
        rate=fps,
    )
    if rate.drop_frame:
        built.metadata["fcp_xml"] = {"timecode": {"displayformat": "DF"}}
    found = find_placeholders(built)
    with pytest.warns(TimelineWarning):
        save(place(built, found, takes(found, tmp_path)), tmp_path / "out.fcpxml")
    (tmp_path / "out.framevox.json").unlink()
    read = load(tmp_path / "out.fcpxml")
    assert timeline_rate(read) == rate and read.global_start_time.value == rate.nominal * 3600
    again = find_placeholders(read)
    assert [(p.cue_id, p.text, p.start, p.duration) for p in again] == [
        (p.cue_id, p.text, p.start, p.duration) for p in found
    ]
    assert [clip.source_range.start_time.value for clip in read.find_clips()] == [12] * 40


def test_a_placeholder_that_stays_one_is_still_one(tmp_path: Path) -> None:
    built = timeline(track("A", gap(10, 25), line("Left alone.", 50, 25)), start=0, rate=25)
    with pytest.warns(TimelineWarning):
        save(built, tmp_path / "out.fcpxml")
    (tmp_path / "out.framevox.json").unlink()
    [found] = find_placeholders(load(tmp_path / "out.fcpxml"))
    assert (found.text, found.start, found.duration) == ("Left alone.", 10, 50)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (DOCUMENT.replace("<!DOCTYPE fcpxml>", '<!DOCTYPE fcpxml [<!ENTITY a "b">]>'), "declares entities"),
        (DOCUMENT.replace("</spine>", ""), r"is broken at line \d+, column \d+"),
        ("<fcpxml version='1.10'><resources/></fcpxml>", "holds no project with a sequence"),
        (DOCUMENT.replace('frameDuration="1001/24000s"', ""), "names no format with a frame duration"),
        (DOCUMENT.replace('offset="10010/24000s"', 'offset="ten"'), "'ten' is not a time"),
    ],
)
def test_what_cannot_be_read_says_why(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "film.fcpxml"
    path.write_text(text)
    with pytest.raises(InputError, match=says):
        load(path)


def test_media_of_another_rate_lie_on_the_sequences_frames(tmp_path: Path) -> None:
    path = tmp_path / "film.fcpxml"
    other = DOCUMENT.replace(
        'hasVideo="1" format="r1"/>', 'hasVideo="1" format="r9"/><format id="r9" frameDuration="1/25s"/>'
    )
    path.write_text(other)
    assert [(p.start, p.duration) for p in find_placeholders(load(path))] == [(10, 50), (72, 31), (120, 41)]
    assert Fraction(1001, 24000) * 10 == Fraction(10010, 24000) and span(0, 1).duration.value == 1
