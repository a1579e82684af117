"""Takes of an engine that only estimates when its words are heard."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from msgspec import structs

from framevox.engine_daemon.client.wording import say_take
from framevox.engine_daemon.engines.base import Engine, Voice
from framevox.engine_daemon.protocol.cues import Cue, Fit, Output, Take
from framevox.engine_daemon.protocol.errors import FramevoxError, InputError
from framevox.engine_daemon.protocol.sync import SyncPoint
from framevox.engine_daemon.protocol.timebase import Rate
from framevox.engine_daemon.rendering.aligning import Aligner
from framevox.engine_daemon.rendering.renderer import Rendered, Renderer
from framevox.engine_daemon.rendering.store import Store
from framevox.engine_daemon.text.line import Language
from tests.fakes.spelling_engine import RATE, SpellingEngine

LINE = "somebody left this enormous key by a window"
ALIGNED, PLAIN = Output(align=True), Output()


def cue(id: str = "a", text: str = LINE, **rest: object) -> Cue:
    values: dict[str, object] = {"voice": "tenor", "language": "en"} | rest
    return Cue(id, text, Rate.parse("24"), 0, None, **values)  # type: ignore[arg-type]


class Studio:
    """A renderer whose engine guesses, beside one that knows."""

    def __init__(self, folder: Path, engine: SpellingEngine, reference: Engine | Exception | None = None) -> None:
        self.engine, self.loads = engine, 0
        self.reference = reference or SpellingEngine()
        store = Store(folder)
        self.renderer = Renderer(engine, store, Aligner(self.load, store, 2))

    def load(self) -> Engine:
        self.loads += 1
        if isinstance(self.reference, Exception):
            raise self.reference
        return self.reference

    def takes(self, cues: Sequence[Cue], output: Output = ALIGNED) -> dict[str, Take]:
        found = {}
        for id, outcome in self.renderer.render(cues, output):
            assert isinstance(outcome, Rendered), outcome
            assert id not in found
            found[id] = outcome.take
        return found

    def take(self, asked: Cue, output: Output = ALIGNED) -> Take:
        return self.takes([asked], output)[asked.id]


@pytest.fixture
def studio(tmp_path: Path) -> Studio:
    return Studio(tmp_path, SpellingEngine(guesses=True, pace=0.8))


def late(take: Take, engine: SpellingEngine, text: str = LINE) -> np.ndarray:
    """By how many seconds the words of a take begin late."""
    truth = engine.known[text]
    begins = np.array([word.start_sample - take.speech_start_sample for word in take.words]) / take.sample_rate
    return begins - np.array([word.start - truth[0].start for word in truth]) / RATE


def test_words_begin_where_they_are_heard(studio: Studio) -> None:
    estimated, aligned = (studio.take(cue(), output) for output in (PLAIN, ALIGNED))
    assert np.median(np.abs(late(estimated, studio.engine))) > 0.03
    assert np.median(np.abs(late(aligned, studio.engine))) < 0.01
    assert [word.text for word in aligned.words] == LINE.split()
    bounds = [at for word in aligned.words for at in (word.start_sample, word.end_sample)]
    assert bounds == sorted(bounds)
    assert bounds[0] >= aligned.speech_start_sample and bounds[-1] <= aligned.speech_end_sample
    assert not aligned.notes


def test_an_aligned_take_has_phones_and_the_same_sound(studio: Studio) -> None:
    estimated, aligned = (studio.take(cue(), output) for output in (PLAIN, ALIGNED))
    assert not estimated.phones and len(aligned.phones) == len(LINE.split())
    assert aligned.id == estimated.id


def test_nobody_waits_for_times_that_nobody_asked_for(studio: Studio) -> None:
    studio.take(cue(), PLAIN)
    *_, outcome = studio.renderer.stream(cue("b"), PLAIN)
    assert isinstance(outcome, Rendered)
    assert studio.loads == 0


def test_an_engine_that_knows_its_times_is_believed(tmp_path: Path) -> None:
    studio = Studio(tmp_path, SpellingEngine())
    assert studio.take(cue()) == studio.take(cue(), PLAIN)
    assert studio.loads == 0


def test_an_aligned_take_is_kept_and_its_line_is_spoken_once(studio: Studio) -> None:
    first = studio.take(cue())
    assert studio.take(cue()) == first
    before = len(studio.engine.spoken)
    other = studio.take(cue("b"))
    assert other.words == first.words
    assert isinstance(studio.reference, SpellingEngine)
    assert len(studio.engine.spoken) == before and studio.loads == 1
    assert [text for text, _ in studio.reference.spoken] == [LINE]


def test_a_streamed_line_is_aligned_behind_its_last_piece(studio: Studio) -> None:
    *pieces, outcome = studio.renderer.stream(cue(), ALIGNED)
    assert pieces and isinstance(outcome, Rendered)
    assert np.median(np.abs(late(outcome.take, studio.engine))) < 0.01


def test_many_lines_are_aligned_at_once(studio: Studio) -> None:
    texts = [LINE, "nobody remembers that", "come back tomorrow", "yes"]
    takes = studio.takes([cue(str(k), text) for k, text in enumerate(texts)])
    for k, text in enumerate(texts):
        assert np.median(np.abs(late(takes[str(k)], studio.engine, text))) < 0.02
        assert len(takes[str(k)].words) == len(text.split())


def test_a_line_of_one_word_has_its_time(studio: Studio) -> None:
    take = studio.take(cue(text="tomorrow"))
    [word] = take.words
    assert abs(word.start_sample - take.speech_start_sample) < 0.02 * take.sample_rate
    assert abs(word.end_sample - take.speech_end_sample) < 0.02 * take.sample_rate


@pytest.mark.parametrize(
    ("engine", "reference", "said"),
    [
        (SpellingEngine(guesses=True, says="quick jumps vex frozen bulk q qi zzz"), None, "does not sound like"),
        (SpellingEngine(guesses=True, unsaid=1), None, "leaves out other words"),
        (SpellingEngine(guesses=True), FramevoxError("no memory", code="engine"), "failed (no memory)"),
        (SpellingEngine(guesses=True), OSError("the disk is gone"), "failed (OSError: the disk is gone)"),
    ],
    ids=["something else", "a word left out", "no engine", "a fault"],
)
def test_what_cannot_be_aligned_keeps_its_estimate_and_says_so(
    tmp_path: Path, engine: SpellingEngine, reference: Exception | None, said: str
) -> None:
    studio = Studio(tmp_path, engine, reference)
    estimated, take = (studio.take(cue(), output) for output in (PLAIN, ALIGNED))
    assert take.words == estimated.words and not take.phones
    assert [note.code for note in take.notes] == ["times-estimated"]
    assert "estimated" in say_take(take) and said in say_take(take)


class OneTongued(SpellingEngine):
    def default_voice(self, language: Language, gender: str = "") -> str:
        raise InputError("no packaged voice speaks it", code="unknown-voice")


def test_a_language_that_the_other_engine_does_not_speak_keeps_its_estimate(tmp_path: Path) -> None:
    take = Studio(tmp_path, SpellingEngine(guesses=True), OneTongued()).take(cue())
    assert "cannot say the line (no packaged voice speaks it)" in say_take(take)


def test_a_take_is_aligned_with_a_voice_of_its_gender(tmp_path: Path) -> None:
    asked = []

    class Listening(SpellingEngine):
        def voice(self, spec: str) -> Voice:
            asked.append(spec)
            return super().voice(spec)

    studio = Studio(tmp_path, SpellingEngine(guesses=True), Listening())
    for number, voice in enumerate(("tenor", "alto")):
        studio.take(cue(str(number), voice=voice))
    assert asked == ["tenor", "alto"]


def test_a_word_on_a_frame_is_heard_there_and_not_where_it_was_estimated(studio: Studio) -> None:
    take = studio.take(cue(sync=(SyncPoint("key", 64),), fit=Fit("natural")), PLAIN)
    words = {word.text: word.start for word in studio.engine.known[LINE]}
    heard = take.speech_start_sample + (words["key"] - words["somebody"]) * take.sample_rate / RATE
    assert abs(heard - 64 * take.sample_rate / 24) < 0.012 * take.sample_rate
    assert [point.start_sample for point in take.sync] == [
        word.start_sample for word in take.words if word.text == "key"
    ]
    assert not take.notes


@pytest.mark.parametrize(
    "points",
    [
        {"this": 26, "by": 60},
        {"left": 15, "enormous": 37, "key": 50},
        {"left": 14, "enormous": 34, "window": 76},
        {"this": 24, "enormous": 34, "by": 58, "window": 75},
    ],
)
@pytest.mark.parametrize("rate", [16000, 48000])
def test_several_words_on_frames_are_all_heard_there(tmp_path: Path, points: dict[str, int], rate: int) -> None:
    """The engine takes them to be up to 0.45 s from where they are, and stretches the line by that."""
    studio = Studio(tmp_path, SpellingEngine(guesses=True, pace=0.8, holds=True))
    asked = cue(sync=tuple(SyncPoint(*point) for point in points.items()), fit=Fit("natural"))
    take = studio.take(asked, Output(rate))
    begins = {word.text: word.start for word in studio.engine.known[LINE]}
    for point in take.sync:
        heard = take.speech_start_sample / rate + (begins[point.word] - begins["somebody"]) / RATE
        print(f"{point.word} is heard {1000 * (heard - points[point.word] / 24):+.1f} ms off its frame")
        assert abs(heard - points[point.word] / 24) < 0.0125
        assert abs(point.start_sample / rate - points[point.word] / 24) < 0.0125
    assert not take.notes
    assert [text for text, _ in studio.engine.spoken].count(LINE) == 2


def test_one_word_on_a_frame_costs_no_second_speaking(tmp_path: Path) -> None:
    studio = Studio(tmp_path, SpellingEngine(guesses=True, pace=0.8, holds=True))
    take = studio.take(cue(sync=(SyncPoint("enormous", 60),), fit=Fit("natural")), PLAIN)
    assert not take.notes and [text for text, _ in studio.engine.spoken].count(LINE) == 1


def test_words_that_an_engine_cannot_bring_to_their_frames_are_named(tmp_path: Path) -> None:
    """It was asked once more, to no avail."""
    studio = Studio(tmp_path, SpellingEngine(guesses=True, pace=0.8))
    take = studio.take(cue(sync=(SyncPoint("this", 36), SyncPoint("by", 64)), fit=Fit("natural")), PLAIN)
    assert [(note.code, note.fields["word"]) for note in take.notes] == [("off-point", "this"), ("off-point", "by")]
    assert [text for text, _ in studio.engine.spoken].count(LINE) == 2


def test_words_whose_times_cannot_be_heard_are_put_where_they_are_estimated(tmp_path: Path) -> None:
    studio = Studio(tmp_path, SpellingEngine(guesses=True, holds=True), FramevoxError("no memory", code="engine"))
    take = studio.take(cue(sync=(SyncPoint("this", 26), SyncPoint("by", 60)), fit=Fit("natural")), PLAIN)
    assert [note.code for note in take.notes] == ["times-estimated"]
    assert [text for text, _ in studio.engine.spoken].count(LINE) == 1
    assert all(abs(p.start_sample / 48000 - p.frame / 24) < 0.0125 for p in take.sync)


def test_the_key_of_other_takes_is_as_it_was(studio: Studio) -> None:
    """Takes that were made before remain known."""
    studio.take(cue(), PLAIN)
    spoken = len(studio.engine.spoken)
    studio.take(structs.replace(cue(), id="b"), PLAIN)
    assert len(studio.engine.spoken) == spoken
