"""The level of a voice, measured or packaged."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from framevox.engine_daemon.engines.kokoro import stock
from framevox.engine_daemon.engines.kokoro.engine import KokoroEngine
from framevox.engine_daemon.rendering.levels import GAINS_DB, PACKAGED, Levels, measure_level, packaged_key
from framevox.engine_daemon.rendering.store import Store
from tests.fakes.tone_engine import ToneEngine


def test_gain_brings_a_voice_to_the_loudness_asked_for() -> None:
    engine = ToneEngine()
    level = measure_level(engine, engine.voice("alto"))
    # A sine of 0.3: 20 log 0.3, 3 dB less for its power, 0.7 for the standard's offset, 0.6 for its weight at 220 Hz.
    assert level.lufs == pytest.approx(-10.5 - 3.0 - 0.7 - 0.6, abs=0.2)
    assert 20 * np.log10(level.gain(-23.0)) == pytest.approx(-23.0 - level.lufs)


def test_a_spans_growth_rises_with_gain_and_is_nothing_at_the_engines_own_level() -> None:
    engine = ToneEngine()
    level = measure_level(engine, engine.voice("tenor"))
    assert level.span_change(1.0) == 0
    assert list(level.growth) == sorted(level.growth)
    assert level.growth[GAINS_DB.index(-60)] < -20_000
    assert level.span_change(0.2) < 0


def test_a_kept_level_is_the_measured_one(tmp_path: Path) -> None:
    engine = ToneEngine()
    measured = Levels(engine, Store(tmp_path)).of(engine.voice("alto"))
    fresh = ToneEngine()
    assert Levels(fresh, Store(tmp_path)).of(fresh.voice("alto")) == measured
    assert fresh.spoken == []


def test_every_packaged_voice_has_a_packaged_level() -> None:
    wanted = {packaged_key("kokoro", stock.key_of(name)): name for name in stock.table().all}
    packaged = json.loads(PACKAGED.read_text(encoding="ascii"))
    assert {key: about["voice"] for key, about in packaged.items()} == wanted, "run benchmarks/voice_levels.py"


def test_the_page_on_takes_names_the_softest_and_the_loudest_voice() -> None:
    page = (Path(__file__).parents[2] / "docs" / "takes.md").read_text(encoding="utf-8")
    levels = sorted(json.loads(PACKAGED.read_text(encoding="ascii")).values(), key=lambda about: about["lufs"])
    for about in (levels[0], levels[-1]):
        assert f"−{-about['lufs']:.1f} LUFS ({about['voice']})" in page


@pytest.mark.slow
def test_a_packaged_level_is_what_the_voice_measures(tmp_path: Path) -> None:
    kokoro = KokoroEngine(None, tmp_path / "cache", threads=1)
    voice = kokoro.voice("jm_kumo")
    packaged = Levels(kokoro, Store(tmp_path / "store")).of(voice)
    assert measure_level(kokoro, voice).lufs == pytest.approx(packaged.lufs, abs=0.3)
