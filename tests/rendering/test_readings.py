"""Rules of pronunciation in the renderer: only takes whose reading changes are made again."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import pytest

from framevox.engine_daemon.protocol.cues import Cue, Fit, Output
from framevox.engine_daemon.protocol.errors import InputError
from framevox.engine_daemon.protocol.rules import Rule
from framevox.engine_daemon.protocol.timebase import Rate
from framevox.engine_daemon.rendering.renderer import Rendered, Renderer
from framevox.engine_daemon.rendering.store import Store
from tests.fakes.tone_engine import ToneEngine

OUTPUT = Output(handles=0, loudness=None)


class Daemon:
    def __init__(self, folder: Path) -> None:
        self.engine = ToneEngine()
        self.renderer = Renderer(self.engine, Store(folder))

    def take(self, text: str, *rules: Sequence[str], character: str = "", live: bool = False) -> Rendered:
        readings = tuple(Rule(*rule) for rule in rules)
        fit = Fit("natural")
        cue = Cue("a", text, Rate(Fraction(24)), 0, None, character=character, voice="alto", fit=fit, readings=readings)
        if live:
            *_, outcome = self.renderer.stream(cue, OUTPUT)
        else:
            [(_, outcome)] = self.renderer.render([cue], OUTPUT)
        if isinstance(outcome, Exception):
            raise outcome
        assert isinstance(outcome, Rendered)
        return outcome


@pytest.fixture
def daemon(tmp_path: Path) -> Daemon:
    return Daemon(tmp_path)


def test_a_rule_that_changes_the_reading_makes_the_take_again_and_back_comes_the_old_one(daemon: Daemon) -> None:
    assert not daemon.take("我去银行").cached
    assert not daemon.take("我去银行", ("银行", "yin2 xing2")).cached
    assert daemon.take("我去银行", ("银行", "yin2 xing2")).cached
    assert daemon.take("我去银行").cached
    assert len(daemon.engine.spoken) == 2


@pytest.mark.parametrize(
    "rules",
    [
        [("银行", "yin2 hang2")],
        [("行", "hang2"), ("银", "yín")],
        [("银行", "yin2 xing2", "", "小明")],
        [("去银", "qu4 yin2"), ("海", "hai4")],
        [("去", "chu4", "ja")],
    ],
)
def test_a_rule_that_changes_nothing_makes_nothing_again(daemon: Daemon, rules: list[tuple[str, ...]]) -> None:
    first = daemon.take("我去银行")
    assert daemon.take("我去银行", *rules).cached
    assert daemon.take("我去银行", *rules).take.id == first.take.id


def test_the_same_reading_is_the_same_take_whichever_rules_it_comes_from(daemon: Daemon) -> None:
    daemon.take("我去银行", ("行", "xing2"))
    assert daemon.take("我去银行", ("银行", "yin2 xing2"), ("我", "wo3")).cached


def test_a_rule_for_one_character_holds_for_that_one(daemon: Daemon) -> None:
    rule = ("银行", "yin2 xing2", "", "小明")
    daemon.take("我去银行", character="MEI")
    daemon.take("我去银行", rule, character="MEI")
    daemon.take("我去银行", rule, character="小明")
    assert len(daemon.engine.spoken) == 2


def test_a_rule_that_cannot_be_used_fails_its_cue_and_says_why(daemon: Daemon) -> None:
    with pytest.raises(InputError, match="银行 = 'hnag2': character 1, 'hnag2', is not pinyin"):
        daemon.take("我去银行", ("银行", "hnag2"))


def test_what_only_a_rule_makes_a_line_is_spoken(daemon: Daemon) -> None:
    with pytest.raises(InputError, match="nothing in the line can be spoken"):
        daemon.take("ܫܠܡܐ")
    assert daemon.take("ܫܠܡܐ", ("ܫܠܡܐ", '"shlama"')).media


@pytest.mark.parametrize("unplanned", [False, True])
def test_a_live_line_is_spoken_with_its_rules(daemon: Daemon, unplanned: bool) -> None:
    daemon.engine.streams_unplanned = unplanned
    rule = ("银行", "yin2 xing2")
    plain, ruled = daemon.take("我去银行", live=True), daemon.take("我去银行", rule, live=True)
    assert ruled.take.natural_seconds - plain.take.natural_seconds == pytest.approx(0.1, abs=0.03)
    assert daemon.take("我去银行", rule).take.id == ruled.take.id
    assert daemon.take("我去银行").take.id == plain.take.id
