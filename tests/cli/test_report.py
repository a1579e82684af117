"""The object that ``--json`` prints: every key always there, whatever came of a cue."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import pytest

from framevox.engine_daemon.client.events import Attention
from framevox.engine_daemon.client.speaking import Result, counts
from framevox.engine_daemon.protocol.cues import Cue, Take, WordTiming
from framevox.engine_daemon.protocol.timebase import Rate, edge
from framevox.plugin.cli.notes import Notes
from framevox.plugin.cli.report import exit_code, print_json

KEYS = [
    "id",
    "text",
    "character",
    "voice",
    "track",
    "start_frame",
    "duration_frames",
    "rate",
    "sample_rate",
    "slot_start_sample",
    "slot_end_sample",
    "media",
    "media_slot_start_sample",
    "speech_start_sample",
    "speech_end_sample",
    "natural_seconds",
    "fit_ratio",
    "words",
    "sync",
    "missing_frames",
    "status",
    "message",
]

RATE = Rate.parse("23.976")
CUE = Cue(
    id="c1", text="你好 world", rate=RATE, start=101, duration=48, origin=86400, character="小明", voice="jm_kumo"
)
TAKE = Take(
    id="ab12",
    cue="c1",
    engine="kokoro",
    voice="jm_kumo",
    sample_rate=48000,
    slot_start_sample=edge(101, 48000, RATE),
    slot_end_sample=edge(149, 48000, RATE),
    media_slot_start_sample=24024,
    media_samples=144144,
    time_reference=1,
    speech_start_sample=2000,
    speech_end_sample=90000,
    natural_seconds=1.9,
    fit_ratio=0.96,
    words=(WordTiming("你好", 2000, 30000),),
    phones=(),
)


def printed(results: list[Result], capsys: pytest.CaptureFixture[str]) -> dict:
    print_json(results, 48000, Notes())
    captured = capsys.readouterr()
    assert captured.err == ""
    return json.loads(captured.out)


def test_a_placed_cue_has_all_its_values(capsys: pytest.CaptureFixture[str]) -> None:
    result = Result(CUE, "Dialogue", "placed", take=TAKE, media=Path("/films/a.wav"))
    report = printed([result], capsys)
    assert list(report) == ["cues", "counts", "notes"] and report["notes"] == []
    (cue,) = report["cues"]
    assert list(cue) == KEYS
    assert cue["rate"] == "24000/1001"
    assert (cue["slot_start_sample"], cue["slot_end_sample"]) == (202202, 298298)
    assert cue["media"] == "/films/a.wav"
    assert cue["words"] == [{"text": "你好", "start_sample": 2000, "end_sample": 30000}]
    assert cue["message"] is None


def test_a_cue_that_was_not_placed_has_the_same_keys_and_its_slot(capsys: pytest.CaptureFixture[str]) -> None:
    needed = Attention("c", "too-short", {"natural_seconds": 2.5, "missing_frames": 7})
    (cue,) = printed([Result(CUE, "Dialogue", "attention", "too short", attention=needed)], capsys)["cues"]
    assert list(cue) == KEYS
    assert (cue["slot_start_sample"], cue["slot_end_sample"]) == (202202, 298298)
    assert (cue["natural_seconds"], cue["missing_frames"]) == (2.5, 7)
    unknown = ["media", "media_slot_start_sample", "speech_start_sample", "speech_end_sample", "fit_ratio"]
    unknown += ["words", "sync"]
    assert [key for key in KEYS if cue[key] is None] == unknown


def test_a_subframe_position_stays_exact(capsys: pytest.CaptureFixture[str]) -> None:
    cue = Cue(id="c", text="hi", rate=RATE, start=Fraction(49, 2), duration=None)
    (shown,) = printed([Result(cue, None, "failed", "no")], capsys)["cues"]
    assert shown["start_frame"] == "49/2"
    assert shown["duration_frames"] is None
    assert shown["slot_end_sample"] is None


def test_nothing_but_one_ascii_line_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    print_json([Result(CUE, None, "failed", "no")], 48000, Notes())
    out = capsys.readouterr().out
    assert out.isascii() and out.count("\n") == 1


def test_the_exit_code_says_whether_every_cue_was_placed() -> None:
    placed = Result(CUE, None, "placed", take=TAKE)
    assert exit_code([]) == exit_code([placed]) == 0
    assert exit_code([placed, Result(CUE, None, "attention")]) == 3
    assert exit_code([placed, Result(CUE, None, "failed")]) == 3
    assert counts([placed, placed]) == {"placed": 2, "attention": 0, "failed": 0}
