"""Words of real speech are heard where they are timed: lines that no setting was chosen by."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from framevox.engine_daemon.engines.kokoro.engine import KokoroEngine
from framevox.engine_daemon.protocol.cues import Cue, Output
from framevox.engine_daemon.protocol.timebase import Rate
from framevox.engine_daemon.rendering.aligning import Aligner
from framevox.engine_daemon.rendering.renderer import Rendered, Renderer
from framevox.engine_daemon.rendering.store import Store
from framevox.engine_daemon.text import read_line
from tests.fakes.estimating_engine import RATE, EstimatingEngine

pytestmark = pytest.mark.slow

LINES = (
    ("en", "bf_emma", 0.8, "She left a message on your desk this morning."),
    ("en", "am_onyx", 1.2, "It's 9:45, and the bomb goes off at ten."),
    ("zh", "zm_yunyang", 0.8, "明天早上六点，码头见，不见不散。"),
    ("zh", "zf_xiaoni", 1.25, "我答应过你爸爸，要照顾好你们。"),
    ("ja", "jf_nezumi", 1.2, "窓の外に、白い猫が座っています。"),
    ("zh", "zm_yunxi", 0.9, "他是我们 team 里最好的 designer。"),
    ("es", "em_alex", 1.1, "Mañana por la mañana nos vemos en el puerto."),
)


@pytest.fixture(scope="module")
def built_in(tmp_path_factory: pytest.TempPathFactory) -> KokoroEngine:
    return KokoroEngine(None, tmp_path_factory.mktemp("cache"), 1)


def rendered(engine: EstimatingEngine, built_in: KokoroEngine, folder: Path, cue: Cue) -> Rendered:
    store = Store(folder)
    renderer = Renderer(engine, store, Aligner(lambda: built_in, store))
    [(_, outcome)] = renderer.render([cue], Output(loudness=None, align=True))
    assert isinstance(outcome, Rendered), outcome
    return outcome


def test_words_are_timed_to_30_ms_in_the_middle(built_in: KokoroEngine, tmp_path: Path) -> None:
    late: list[float] = []
    for number, (language, voice, ratio, text) in enumerate(LINES):
        engine = EstimatingEngine(built_in, ratio)
        cue = Cue(str(number), text, Rate.parse("24"), 0, None, voice=voice, language=language)
        take = rendered(engine, built_in, tmp_path, cue).take
        assert not take.notes and take.phones
        for word, true in zip(take.words[1:], engine.known[text][1:], strict=True):
            assert word.text == true.text
            late.append((word.start_sample - take.speech_start_sample) / take.sample_rate - true.start / RATE)
    assert len(late) > 40
    assert np.median(np.abs(late)) < 0.015
    assert np.percentile(np.abs(late), 90) < 0.06


def test_another_line_than_was_written_is_told(built_in: KokoroEngine, tmp_path: Path) -> None:
    engine = EstimatingEngine(built_in)
    engine.instead = read_line("Nobody move until I say so.", "en")
    cue = Cue("a", "Honestly, I expected something a little bigger.", Rate.parse("24"), 0, None, voice="am_eric")
    take = rendered(engine, built_in, tmp_path, cue).take
    assert [(note.code, note.fields["why"]) for note in take.notes] == [("times-estimated", "unlike")]
    assert len(take.words) == 7 and not take.phones
