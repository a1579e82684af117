"""DAPT scripts as lines on a timeline."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from framevox.engine_daemon.protocol.errors import InputError
from framevox.engine_daemon.protocol.timebase import Rate
from framevox.otio_adapters import TimelineWarning, find_placeholders
from framevox.otio_adapters.sources import SourceOptions, kind_of, read_source

from .scripts import script

PAL = Rate.parse("25")
SOUNDS = "ignore:.*stand for sounds"


def written(folder: Path, text: str, name: str = "script.dapt") -> Path:
    path = folder / name
    path.write_text(text, "utf-8")
    return path


def lines(path: Path, **options: Any) -> list[tuple[str, str, str, str | None, Any, Any]]:
    found = find_placeholders(read_source(path, SourceOptions(**options)))
    return [(p.cue_id, p.character, p.text, p.language, p.start, p.duration) for p in found]


@pytest.mark.filterwarnings(SOUNDS)
def test_events_are_lines_in_the_script_s_language(tmp_path: Path) -> None:
    path = written(tmp_path, script())
    assert lines(path, rate=PAL) == [
        ("d1", "ASSANE", "And thanks to that, we're gonna get rich.", "en", 250, 75),
        ("d2", "ASSANE & CLAIRE", "Let's go!", "en", 537, 51),
    ]
    clip = next(iter(read_source(path, SourceOptions(PAL)).find_clips()))
    kept = clip.metadata["dapt"]
    assert kept["onScreen"] == "ON_OFF" and kept["descriptions"][0]["text"] == "At the museum"
    assert kept["texts"][0] == {"lang": "fr", "langSrc": "fr", "text": "Et c'est grâce à ça qu'on va devenir riches."}


def test_sounds_are_passed_over_and_that_is_said(tmp_path: Path) -> None:
    with pytest.warns(TimelineWarning, match="1 script events stand for sounds"):
        lines(written(tmp_path, script()), rate=PAL)


@pytest.mark.parametrize(
    ("texts", "spoken", "language"),
    [
        ('<p xml:lang="fr" daptm:langSrc="fr">Un.</p><p xml:lang="en">One.</p>', "One.", "en"),
        ('<p xml:lang="en" daptm:langSrc="en">Own.</p><p xml:lang="en" daptm:langSrc="fr">Dub.</p>', "Dub.", "en"),
        ('<p xml:lang="fr" daptm:langSrc="fr">Un.</p>', "Un.", "fr-fr"),
        ('<p xml:lang="ar" daptm:langSrc="ar">X.</p><p xml:lang="zh-Hans" daptm:langSrc="ar">好。</p>', "好。", "zh"),
        ('<p xml:lang="pt-BR" daptm:langSrc="zxx">Um.</p>', "Um.", "pt-br"),
    ],
)
def test_of_several_texts_one_is_spoken(tmp_path: Path, texts: str, spoken: str, language: str) -> None:
    event = f'<div xml:id="d1" begin="1s" end="2s" daptm:represents="audio.dialogue">{texts}</div>'
    assert [row[2:4] for row in lines(written(tmp_path, script(event)), rate=PAL)] == [(spoken, language)]


@pytest.mark.parametrize(
    ("rate", "begin", "end", "frames"),
    [
        ('ttp:frameRate="25" ', "50f", "75f", (50, 25)),
        ('ttp:frameRate="30" ttp:frameRateMultiplier="1000 1001" ', "900f", "930f", (900, 30)),
        ('ttp:frameRate="24" ttp:frameRateMultiplier="1000 1001" ', "1.001s", "2002ms", (24, 24)),
        ('ttp:frameRate="25" ttp:tickRate="1000" ', "2000t", "00:00:03", (50, 25)),
        ('ttp:frameRate="25" ', "0.05m", "0.001h", (75, 15)),
    ],
)
def test_times_are_exact_in_the_script_s_own_rate(
    tmp_path: Path, rate: str, begin: str, end: str, frames: tuple[int, int]
) -> None:
    event = f'<div xml:id="d1" begin="{begin}" end="{end}" daptm:represents="audio.dialogue"><p>Hi.</p></div>'
    assert lines(written(tmp_path, script(event, rate=rate)))[0][4:] == frames


OUTSIDE = '<!DOCTYPE tt [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
EVENT = '<div xml:id="d1" begin="1s" end="2s" daptm:represents="audio.dialogue"><p>Hi.</p></div>'


def test_the_origin_s_timecode_is_the_timeline_s_start(tmp_path: Path) -> None:
    path = written(tmp_path, script(EVENT, rate='ttp:frameRate="25" ', origin="10:00:00:05"))
    assert read_source(path, SourceOptions()).global_start_time.value == 900_005
    assert read_source(path, SourceOptions(start_timecode="01:00:00:00")).global_start_time.value == 90_000
    drop = written(tmp_path, script(EVENT, origin="01:00:00:00"))
    assert read_source(drop, SourceOptions(Rate.parse("29.97 DF"))).global_start_time.value == 107_892
    skipped = written(tmp_path, script(EVENT, origin="00:01:00:00"))
    with pytest.raises(InputError, match="its daptOriginTimecode: timecode '00:01:00;00' does not exist"):
        read_source(skipped, SourceOptions(Rate.parse("29.97 DF")))


def test_what_is_inside_decides_whether_a_ttml_file_is_a_script(tmp_path: Path) -> None:
    for name in ("a.ttml", "a.xml", "a.dapt"):
        path = written(tmp_path, script(EVENT), name)
        assert kind_of(path) == "dapt" and lines(path, rate=PAL)[0][2] == "Hi."
    plain = written(tmp_path, '<tt xmlns="http://www.w3.org/ns/ttml"><body/></tt>', "b.ttml")
    assert kind_of(plain) == "subtitles"
    assert kind_of(written(tmp_path, "<xmeml/>", "c.xml")) == ""


def test_an_event_that_does_not_last_fails_and_the_rest_goes_on(tmp_path: Path) -> None:
    event = EVENT.replace('end="2s"', 'end="1s"') + EVENT.replace('"d1"', '"d2"').replace('begin="1s"', 'begin="1.5s"')
    path = written(tmp_path, script(event))
    with pytest.warns(TimelineWarning, match=r"line 17: the event 'd1' does not end after it begins: its cue fails"):
        found = find_placeholders(read_source(path, SourceOptions(PAL)))
    assert [bool(p.problem) for p in found] == [True, False]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (script(EVENT.replace(' end="2s"', "")), r"script\.dapt: line 17: the event 'd1' has no end: give it an end"),
        (
            script(EVENT.replace('"1s"', '"25f"')),
            r"line 17: div begin='25f' counts frames and <tt> has no ttp:frameRate",
        ),
        (
            script(EVENT.replace('"1s"', '"00:00:01:00"'), rate='ttp:frameRate="25" '),
            "line 17: .* is timecode, which DAPT",
        ),
        (script(EVENT.replace('"1s"', '"soon"')), "line 17: div begin='soon' is no time"),
        (script(""), "holds no script events with a text"),
        ("<tt><body/></tt>", "line 1: its root is no <tt>"),
        (script(EVENT)[:-20], r"script\.dapt is no DAPT script that can be read \(.*line 17, column 81"),
        (script(EVENT).replace("<tt ", '<!DOCTYPE tt [<!ENTITY a "b">]><tt ', 1), "declares a DTD or entities"),
        (
            script(EVENT.replace("Hi.", "&a;")).replace(
                "<tt ", '<!DOCTYPE tt [<!ENTITY a SYSTEM "file:///etc/passwd">]><tt ', 1
            ),
            "declares a DTD or entities",
        ),
        (script(EVENT, rate='ttp:frameRate="26" ttp:frameRateMultiplier="3 7" '), "script.dapt: unknown frame rate"),
    ],
)
def test_faults_name_file_and_line(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        lines(written(tmp_path, text), **({} if "frameRate" in text else {"rate": PAL}))


def test_a_bomb_is_refused_at_once(tmp_path: Path) -> None:
    entities = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
    bomb = f'<?xml version="1.0"?><!DOCTYPE tt [<!ENTITY l0 "lol">{entities}]><tt>&l11;</tt>'
    with pytest.raises(InputError, match="declares a DTD or entities"):
        lines(written(tmp_path, bomb), rate=PAL)


def test_a_language_that_nobody_speaks_is_said(tmp_path: Path) -> None:
    path = written(tmp_path, script(EVENT).replace('xml:lang="en"', 'xml:lang="sv"'))
    with pytest.warns(TimelineWarning, match="line 17: no voice speaks 'sv'"):
        assert lines(path, rate=PAL)[0][3] is None
