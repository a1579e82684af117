"""Timelines as DAPT scripts, valid by the specification's rules."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import opentimelineio as otio
import pytest
from lxml import etree

from framevox.engine_daemon.protocol.errors import InputError
from framevox.engine_daemon.protocol.timebase import Rate
from framevox.otio_adapters import Placeholder, find_placeholders, place
from framevox.otio_adapters.dapt.writing import dapt_of
from framevox.otio_adapters.placing import PlacedTake
from framevox.otio_adapters.rehearsal import _stand_in
from framevox.otio_adapters.sources import SourceOptions, read_source
from framevox.otio_adapters.subtitles import Caption, Layout, timeline_of

from .rules import broken_rules
from .scripts import script
from .test_reading import SOUNDS, written

TT = "{http://www.w3.org/ns/ttml}"
XML = "{http://www.w3.org/XML/1998/namespace}"


def film(rate: str = "25", start: int = 0) -> otio.schema.Timeline:
    captions = [
        Caption(1, Fraction(1), Fraction(3), "Hello there & <welcome>.", "ALICE"),
        Caption(2, Fraction(4), Fraction(6), "你好，\n朋友。", "小明", keys={"cue": "7a/b"}),
        Caption(3, Fraction(7), Fraction(9), "Together!", "ALICE & 小明"),
        Caption(4, Fraction(10), Fraction(11), "Nobody says this."),
    ]
    return timeline_of(captions, Layout(Rate.parse(rate), start), "film", "Dialogue")


def filled(timeline: otio.schema.Timeline, folder: Path, leave: int = 0) -> otio.schema.Timeline:
    placeholders = find_placeholders(timeline)

    def take(placeholder: Placeholder) -> PlacedTake:
        return PlacedTake(_stand_in(placeholder, 48000, 12), folder / f"{placeholder.start}.wav", {})

    return place(timeline, placeholders, {p.cue_id: take(p) for p in placeholders[leave:]})


@pytest.mark.parametrize("rate", ["23.976", "24", "25", "29.97", "29.97 DF", "30", "50", "59.94 DF"])
def test_scripts_are_valid_and_read_back_as_the_same_lines(tmp_path: Path, rate: str) -> None:
    start = 3600 * Rate.parse(rate).nominal
    for timeline in (film(rate, start), filled(film(rate, start), tmp_path, leave=1)):
        content = dapt_of(timeline)
        assert broken_rules(content) == []
        path = tmp_path / "film.dapt"
        path.write_bytes(content)
        options = SourceOptions(Rate.parse(rate)) if "DF" in rate else SourceOptions()
        again = read_source(path, options)
        assert again.global_start_time == timeline.global_start_time
        assert [(p.text, p.character, p.start, p.duration) for p in find_placeholders(again)] == [
            (p.text, p.character, p.start, p.duration) for p in find_placeholders(timeline)
        ]


def test_the_take_is_the_audio_and_its_slot_the_clip(tmp_path: Path) -> None:
    root = etree.fromstring(dapt_of(filled(film("29.97"), tmp_path, leave=1)))
    assert root.get("{http://www.w3.org/ns/ttml/profile/dapt#metadata}scriptType") == "asRecorded"
    events = root.findall(f".//{TT}div")
    assert [len(event.findall(f".//{TT}audio")) for event in events] == [0, 1, 1, 1]
    audio = events[1].find(f".//{TT}audio")
    assert (audio.get("type"), audio.get("src")) == ("audio/wave", (tmp_path / "119.wav").resolve().as_uri())
    begin, end = (Fraction(audio.get(name).rstrip("s")) for name in ("clipBegin", "clipEnd"))
    # The sample that the slot begins at comes back out of the time.
    assert round(begin * 48000) == 19219 and abs((end - begin) * 48000 - 61 * Fraction("1601.6")) < 1
    assert "".join(events[1].find(f"{TT}p").itertext()).split() == ["你好，", "朋友。"]
    assert [p.get(f"{XML}lang") for p in root.iter(f"{TT}p")] == [
        "en",
        "zh",
        "en",
        "en",
    ]


def test_without_takes_it_is_to_be_recorded() -> None:
    root = etree.fromstring(dapt_of(film()))
    assert root.get("{http://www.w3.org/ns/ttml/profile/dapt#metadata}scriptType") == "preRecording"
    agents = {a.get(f"{XML}id"): a[0].text for a in root.iter("{http://www.w3.org/ns/ttml#metadata}agent")}
    assert list(agents.values()) == ["ALICE", "小明"]
    both = root.findall(f".//{TT}div")[2].get("{http://www.w3.org/ns/ttml#metadata}agent")
    assert both.split() == list(agents)


@pytest.mark.filterwarnings(SOUNDS)
def test_what_a_script_had_is_there_again(tmp_path: Path) -> None:
    timeline = read_source(written(tmp_path, script()), SourceOptions(Rate.parse("25")))
    content = dapt_of(filled(timeline, tmp_path))
    assert broken_rules(content) == []
    text = content.decode()
    for part in (
        'xml:id="d1"', 'daptm:onScreen="ON_OFF"', 'daptm:langSrc="fr"', "Et c'est grâce à ça", 'daptm:descType="scene"',
        "At the museum", 'daptm:scriptRepresents="audio"',
    ):  # fmt: skip
        assert part in text, part


def test_ids_that_xml_does_not_have_are_changed() -> None:
    ids = [div.get(f"{XML}id") for div in etree.fromstring(dapt_of(film())).iter(f"{TT}div")]
    assert "event_7a_b" in ids and len(set(ids)) == 4


def test_what_dapt_cannot_hold_is_refused() -> None:
    with pytest.raises(InputError, match="has no lines"):
        dapt_of(otio.schema.Timeline())
    timeline = film()
    clip = timeline.tracks[0][1]
    clip.source_range = otio.opentime.TimeRange(duration=otio.opentime.RationalTime(49.5, 25))
    with pytest.raises(InputError, match="begins or ends inside a frame"):
        dapt_of(timeline)


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        (b' xml:lang="en" ttp', b" ttp", "Default Language"),
        (b"preRecording", b"done", "Script Type"),
        (b'end="75f"', b'end="00:00:03:00"', "Time expressions"),
        (b' ttp:frameRate="25"', b"", "ttp:frameRate"),
        (b'type="alias"', b'type="full"', "Character"),
        (b'ttm:agent="character_1"', b'ttm:agent="nobody"', "ttm:agent MUST refer"),
        (b'daptm:represents="audio.dialogue"', b"", "Represents"),
        (b"<head>", b"<head><p/>", "schema"),
        (b'ttp:frameRate="25"', b'ttp:frameRate="25" ttp:dropMode="nonDrop"', "prohibited"),
        (b"event_7a_b", b"character_1", "Unique identifiers"),
    ],
)
def test_the_rules_find_what_is_broken(old: bytes, new: bytes, rule: str) -> None:
    content = dapt_of(film())
    assert old in content
    assert any(rule in found for found in broken_rules(content.replace(old, new)))
