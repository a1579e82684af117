"""Whole takes: what is in the file a host gets, read back from its bytes."""

from __future__ import annotations

import io
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import soundfile
from msgspec import structs
from wavinfo import WavInfoReader

from framevox.engine_daemon.client.wording import say_take
from framevox.engine_daemon.engines.base import PLAIN, Direction, Plan, Speech, Voice, unwrap
from framevox.engine_daemon.protocol.cues import SAMPLE_RATES, Cue, Fit, Note, Output
from framevox.engine_daemon.protocol.emotion import Emotion
from framevox.engine_daemon.protocol.errors import FramevoxError, InputError
from framevox.engine_daemon.protocol.timebase import Rate, edge, slot_samples
from framevox.engine_daemon.rendering.renderer import Declined, Outcome, Rendered, Renderer
from framevox.engine_daemon.rendering.store import Store
from framevox.engine_daemon.text.line import Language, Line
from tests.fakes.tone_engine import ToneEngine

RATES = (
    "23.976",
    "24",
    "25",
    "29.97",
    "29.97 DF",
    "30",
    "47.952",
    "48",
    "50",
    "59.94",
    "59.94 DF",
    "60",
    "119.88",
    "120",
)
FILM = Rate.parse("23.976")
USUAL = Output()
LINE = "We leave at noon."
"""1.36 s long, as the tone engine speaks it."""


def cue(
    id: str = "a", text: str = LINE, start: int | Fraction = 100, seconds: float | None = 1.5, **rest: object
) -> Cue:
    rate = rest.pop("rate", FILM)
    assert isinstance(rate, Rate)
    duration = None if seconds is None else round(seconds * rate.fps)
    values: dict[str, object] = {"origin": 3600 * rate.nominal, "voice": "alto", "language": "en"} | rest
    return Cue(id, text, rate, start, duration, **values)  # type: ignore[arg-type]


HAPPY = Emotion.parse("happy=0.5")


class Studio:
    """A renderer over its own store; ``take`` renders one cue and reads its file back."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.engine = ToneEngine()
        self.renderer = Renderer(self.engine, Store(folder))

    def outcomes(self, cues: Sequence[Cue], output: Output = USUAL) -> dict[str, Outcome]:
        found = list(self.renderer.render(cues, output))
        assert sorted(id for id, _ in found) == sorted(c.id for c in cues)
        return dict(found)

    def outcome(self, cue: Cue, output: Output = USUAL) -> Outcome:
        return self.outcomes([cue], output)[cue.id]

    def take(self, cue: Cue, output: Output = USUAL) -> Rendered:
        outcome = self.outcome(cue, output)
        assert isinstance(outcome, Rendered), outcome
        return outcome

    def again(self) -> Studio:
        """Another process over the same folder."""
        return Studio(self.folder)


@pytest.fixture
def studio(tmp_path: Path) -> Studio:
    return Studio(tmp_path / "store")


def samples(rendered: Rendered) -> np.ndarray:
    sound, rate = soundfile.read(io.BytesIO(rendered.media), dtype="int32")
    assert rate == rendered.take.sample_rate
    return sound >> 8


@pytest.mark.parametrize("name", RATES)
def test_a_take_is_exact_at_every_rate_and_sample_rate(studio: Studio, name: str) -> None:
    rate = Rate.parse(name)
    for sample_rate in SAMPLE_RATES if name == "29.97" else (44100, 48000, 96000):
        for start in (1, 1237):
            line = cue(f"{sample_rate}-{start}", start=start, rate=rate)
            assert line.duration is not None
            rendered = studio.take(line, Output(sample_rate=sample_rate))
            take, pcm = rendered.take, samples(rendered)
            slot = slot_samples(start, line.duration, sample_rate, rate)
            handles = edge(12, sample_rate, rate)
            assert take.slot_start_sample == edge(start, sample_rate, rate)
            assert take.slot_end_sample - take.slot_start_sample == slot
            assert take.media_slot_start_sample == handles
            assert len(pcm) == take.media_samples == handles + slot + handles
            assert not pcm[:handles].any() and not pcm[handles + slot :].any()
            loud = np.flatnonzero(np.abs(pcm[handles : handles + slot]) > 2**23 / 1000)
            assert (take.speech_start_sample, take.speech_end_sample) == (loud[0], loud[-1] + 1)
            two_frames = 2 * sample_rate / rate.fps
            assert 0 <= take.speech_start_sample <= two_frames
            assert 1 <= slot - take.speech_end_sample <= two_frames
            assert (
                take.time_reference == edge(3600 * rate.nominal, sample_rate, rate) + take.slot_start_sample - handles
            )


def test_the_file_says_where_it_belongs_and_what_it_is(studio: Studio, tmp_path: Path) -> None:
    rendered = studio.take(cue("scene-4"))
    path = tmp_path / "take.wav"
    path.write_bytes(rendered.media)
    bext = WavInfoReader(str(path)).bext
    assert bext.time_reference == rendered.take.time_reference == (86400 + 100 - 12) * 2002
    assert bext.description == LINE
    assert bext.originator_ref == "scene-4"
    assert "synthetic speech by tone 1 with voice alto" in bext.coding_history
    assert (rendered.take.engine, rendered.take.voice) == ("tone 1", "alto")


class ByLanguage(ToneEngine):
    """Chinese is the tenor's, unless a woman is asked for; Korean nobody's."""

    def default_voice(self, language: Language, gender: str = "") -> str:
        if language == "ko":
            raise InputError("nobody speaks ko", code="unknown-voice")
        return super().default_voice(language, gender or ("male" if language == "zh" else ""))


@pytest.mark.parametrize(
    ("text", "voice", "spoke"),
    [
        ("We leave at noon.", "", "alto"),
        ("我们中午 leave。", "", "tenor"),
        ("我们中午 leave。", "female", "alto"),
        ("We leave at noon.", "male", "tenor"),
        ("我们中午 leave。", "alto", "alto"),
    ],
)
def test_a_cue_without_a_voice_gets_that_of_most_of_its_words(
    tmp_path: Path, text: str, voice: str, spoke: str
) -> None:
    [(_, found)] = Renderer(ByLanguage(), Store(tmp_path)).render([cue(text=text, voice=voice, language="auto")], USUAL)
    assert isinstance(found, Rendered), found
    assert found.take.voice == spoke and f"with voice {spoke}".encode() in found.media


def test_a_language_that_no_voice_speaks_fails_its_own_cue(tmp_path: Path) -> None:
    cues = [cue("a", "안녕하세요", voice="", language="auto"), cue("b", voice="", start=400)]
    found = dict(Renderer(ByLanguage(), Store(tmp_path)).render(cues, USUAL))
    assert isinstance(found["a"], InputError) and found["a"].code == "unknown-voice"
    assert isinstance(found["b"], Rendered)


def test_a_head_handle_stops_at_timecode_zero(studio: Studio) -> None:
    take = studio.take(cue(start=5, origin=0)).take
    assert take.media_slot_start_sample == 5 * 2002
    assert take.time_reference == 0
    assert take.media_samples == 5 * 2002 + take.slot_end_sample - take.slot_start_sample + 12 * 2002
    assert studio.take(cue(start=0, origin=0)).take.media_slot_start_sample == 0
    inside = studio.take(cue(start=Fraction(11, 2), origin=0)).take
    assert (inside.media_slot_start_sample, inside.time_reference) == (5 * 2002, 1001), "whole frames stay whole"


def test_the_time_reference_begins_again_after_24_hours_of_timecode(studio: Studio) -> None:
    late = studio.take(cue(start=100, origin=FILM.frames_per_day - 50)).take
    assert late.time_reference == (100 - 50 - 12) * 2002


def test_without_handles_the_file_is_the_slot(studio: Studio) -> None:
    rendered = studio.take(cue(), Output(handles=0))
    assert rendered.take.media_slot_start_sample == 0
    assert len(samples(rendered)) == rendered.take.slot_end_sample - rendered.take.slot_start_sample


def test_a_slot_between_two_frames_keeps_its_exact_edges(studio: Studio) -> None:
    take = studio.take(structs.replace(cue(start=Fraction(1, 3)), duration=Fraction(73, 2))).take
    assert take.slot_start_sample == edge(Fraction(1, 3), 48000, FILM)
    assert take.slot_end_sample == edge(Fraction(1, 3) + Fraction(73, 2), 48000, FILM)


@pytest.mark.parametrize("name", RATES)
def test_a_line_without_a_slot_takes_the_fewest_whole_frames(studio: Studio, name: str) -> None:
    rate = Rate.parse(name)
    take = studio.take(cue(seconds=None, start=7, rate=rate), Output(handles=0)).take
    frames = next(n for n in range(1, 1000) if slot_samples(7, n, 48000, rate) == take.media_samples)
    needed = take.speech_end_sample + min(take.speech_start_sample, 96)
    assert slot_samples(7, frames, 48000, rate) >= needed
    assert slot_samples(7, frames, 48000, rate) - take.speech_end_sample <= 3 * 48000 / rate.fps


def test_words_and_phones_lie_inside_the_speech(studio: Studio) -> None:
    take = studio.take(cue()).take
    assert [word.text for word in take.words] == ["We", "leave", "at", "noon"]
    assert abs(take.words[0].start_sample - take.speech_start_sample) <= 200
    assert abs(take.words[-1].end_sample - take.speech_end_sample) <= 200
    edges = [edge for word in take.words for edge in (word.start_sample, word.end_sample)]
    assert edges == sorted(edges)
    assert take.speech_start_sample <= edges[0] and edges[-1] <= take.speech_end_sample
    assert take.phones


def test_natural_length_and_ratio_are_those_of_the_spoken_span(studio: Studio) -> None:
    take = studio.take(cue(seconds=1.6)).take
    assert take.natural_seconds == pytest.approx(len(LINE) * 0.08, abs=0.005)
    spoken = (take.speech_end_sample - take.speech_start_sample) / 48000
    assert take.fit_ratio == pytest.approx(spoken / take.natural_seconds, abs=1e-9)
    slower = studio.take(cue("r", seconds=3, fit=Fit("ratio", Fraction(11, 10)))).take
    assert slower.fit_ratio == pytest.approx(1.1, abs=0.0125 / 1.36)
    own = studio.take(cue("n", seconds=3, fit=Fit("natural"))).take
    assert own.fit_ratio == pytest.approx(1.0, abs=0.0125 / 1.36)


def test_a_loose_slot_says_so_and_is_placed(studio: Studio) -> None:
    take = studio.take(cue(seconds=5)).take
    assert say_take(take).startswith("the slot is loose: 5.00 s (120 frames), 3.68 times the natural 1.36 s")
    assert take.fit_ratio == pytest.approx(1.0, abs=0.01)
    assert take.speech_start_sample <= 2 * 2002


def test_a_line_too_long_for_its_slot_is_declined_with_its_natural_length(studio: Studio) -> None:
    outcome = studio.outcome(cue(seconds=0.8))
    assert isinstance(outcome, Declined)
    assert outcome.fields["natural_seconds"] == pytest.approx(1.36, abs=0.005)
    assert outcome.fields["missing_frames"] == 6
    assert not [text for text, _ in studio.engine.spoken if text == LINE]


@pytest.mark.parametrize("text", ["LATE " + LINE, "BRIEF " + LINE])
def test_an_engine_that_misses_its_length_is_asked_again(studio: Studio, text: str) -> None:
    seconds = len(text) * 0.08
    take = studio.take(cue(text=text, seconds=seconds, rate=Rate.parse("60"))).take
    slot = take.slot_end_sample - take.slot_start_sample
    assert 0 <= take.speech_start_sample <= 1600 and 1 <= slot - take.speech_end_sample <= 1600
    assert len([said for said, _ in studio.engine.spoken if said == text]) == 2


def test_the_level_of_a_voice_is_fixed_and_lines_keep_their_own_dynamics(studio: Studio) -> None:
    plain, loud = studio.take(cue("a")), studio.take(cue("b", text="LOUD " + LINE, seconds=2))
    quiet = studio.take(cue("c"), Output(loudness=-33.0))
    raw = studio.take(cue("d"), Output(loudness=None))
    peak = {name: np.abs(samples(r)).max() / 2**23 for name, r in zip("plqr", (plain, loud, quiet, raw), strict=True)}
    assert peak["r"] == pytest.approx(0.3, abs=0.01)
    assert 20 * np.log10(peak["p"] / peak["q"]) == pytest.approx(10, abs=0.01)
    assert 20 * np.log10(peak["l"] / peak["p"]) == pytest.approx(20 * np.log10(1.26 / 0.3), abs=0.1)


def test_a_voice_is_measured_once_and_again_never(studio: Studio) -> None:
    for name in "abc":
        studio.take(cue(name, text=LINE + name))
    measured = [text for text, span in studio.engine.spoken if span is None]
    assert len(measured) == len(set(measured)) <= 3
    other = studio.again()
    other.take(cue("d", text=LINE + "d"))
    assert [text for text, _ in other.engine.spoken] == [LINE + "d"]


def test_nothing_is_written_above_the_ceiling(studio: Studio) -> None:
    rendered = studio.take(cue(text="LOUD " + LINE, seconds=2), Output(loudness=None))
    assert np.abs(samples(rendered)).max() <= 2**23 * 10 ** (-1 / 20)


def test_rendering_again_gives_the_same_take_without_the_engine(studio: Studio) -> None:
    first = studio.take(cue())
    other = studio.again()
    again = other.take(cue())
    assert (first.cached, again.cached) == (False, True)
    assert (again.take, again.media) == (first.take, first.media)
    assert other.engine.planned == [] and other.engine.spoken == []


def test_a_remark_is_told_with_its_take_and_kept_apart_from_the_same_take_without(tmp_path: Path) -> None:
    note = Note("other-engine", {"engine": "indextts2", "why": "torch finds no GPU"})
    store = Store(tmp_path)
    plain = Renderer(ToneEngine(), store)
    remarking = Renderer(ToneEngine(), store, remark=lambda cue: (note,) if cue.voice == "alto" else ())

    def take(renderer: Renderer, voice: str = "alto") -> Rendered:
        [(_, made)] = renderer.render([cue(voice=voice)], USUAL)
        assert isinstance(made, Rendered)
        return made

    first, told = take(plain), take(remarking)
    assert told.take.notes == (note,) and not first.take.notes and told.media == first.media
    assert [again.cached for again in (take(plain), take(remarking))] == [True, True]
    assert take(remarking).take.notes == (note,) and not take(plain).take.notes
    assert not take(remarking, "tenor").take.notes


def test_a_take_made_anew_elsewhere_has_the_same_bytes_and_id(tmp_path: Path) -> None:
    first, second = (Studio(tmp_path / name).take(cue()) for name in "ab")
    assert not second.cached
    assert (second.take, second.media) == (first.take, first.media)


def test_a_moved_clip_of_the_same_length_costs_no_speech(studio: Studio) -> None:
    first = studio.take(cue(start=100))
    other = studio.again()
    moved = other.take(cue(start=340))
    assert other.engine.spoken == []
    assert moved.take.time_reference - first.take.time_reference == 240 * 2002
    assert moved.take.id != first.take.id
    assert np.array_equal(samples(moved), samples(first))


@pytest.mark.parametrize(
    "change",
    [
        {"text": LINE + "!"}, {"voice": "tenor"}, {"seconds": 1.4}, {"id": "other"}, {"origin": 0},
        {"character": "ANNA"}, {"fit": Fit("natural")}, {"rate": Rate.parse("24")},
    ],
)  # fmt: skip
def test_whatever_changes_the_file_makes_another_take(studio: Studio, change: dict[str, object]) -> None:
    first = studio.take(cue())
    changed = studio.take(cue(**change))  # type: ignore[arg-type]
    assert not changed.cached
    assert changed.take.id != first.take.id
    assert changed.media != first.media


@pytest.mark.parametrize("output", [Output(handles=0), Output(loudness=-20.0), Output(format="flac"), Output(44100)])
def test_other_settings_make_another_take(studio: Studio, output: Output) -> None:
    assert studio.take(cue(), output).take.id != studio.take(cue()).take.id


def test_the_same_line_in_two_places_is_spoken_once(studio: Studio) -> None:
    studio.outcomes([cue("a", start=0), cue("b", start=200)])
    assert len([text for text, _ in studio.engine.spoken if text == LINE]) == 1


def test_bad_cues_fail_for_themselves_and_the_others_are_placed(studio: Studio) -> None:
    found = studio.outcomes(
        [
            cue("good"),
            cue("empty", text="  "),
            cue("nothing", text="UNSAYABLE"),
            cue("voice", voice="nobody"),
            structs.replace(cue("zero"), duration=0),
            structs.replace(cue("backwards"), duration=-5),
            structs.replace(cue("endless"), duration=20_000_000),
            cue("before", start=-100, origin=0),
            cue("long", text="word " * 2000),
            cue("ratio", fit=Fit("ratio", Fraction(2))),
            cue("fail", text="FAIL " + LINE, seconds=2),
            cue("nan", text="NAN " + LINE, seconds=2),
            cue("also", text=LINE + " Now.", seconds=2),
        ]
    )
    placed = {id for id, outcome in found.items() if isinstance(outcome, Rendered)}
    assert placed == {"good", "also"}
    for id in ("empty", "nothing", "voice", "zero", "backwards", "endless", "before", "long", "ratio"):
        assert isinstance(found[id], InputError), (id, found[id])
    for id in ("fail", "nan"):
        assert isinstance(found[id], FramevoxError) and found[id].code == "engine"  # type: ignore[union-attr]


class Wavering(ToneEngine):
    """Plans a line with another reach than when its lengths were kept, and keeps to it."""

    def __init__(self, reach: float) -> None:
        super().__init__()
        self.reach = reach

    def plan(self, lines: Sequence[tuple[Line, Voice, Direction]]) -> list[Plan | Exception]:
        return [replace(unwrap(plan), longest=round(unwrap(plan).natural * self.reach)) for plan in super().plan(lines)]

    def speak(self, plans: Sequence[tuple[Plan, int | None]]) -> Iterator[tuple[int, Speech | Exception]]:
        for index, (plan, span) in enumerate(plans):
            if span is not None and span > plan.longest:
                yield index, InputError(f"cannot be spoken in {span} samples")
            else:
                yield from ((index, speech) for _, speech in super().speak([(plan, span)]))


def test_a_line_whose_new_plan_reaches_less_than_its_kept_lengths_is_spoken_as_far_as_it_reaches(
    tmp_path: Path,
) -> None:
    slow = cue(seconds=None, fit=Fit("ratio", Fraction(6, 5)))
    lengths, now = Wavering(1.2), Wavering(1.19)
    for engine, asked in ((lengths, cue(seconds=None, fit=Fit("natural"))), (now, slow)):
        [(_, outcome)] = Renderer(engine, Store(tmp_path / "store")).render([asked], USUAL)
        assert isinstance(outcome, Rendered), outcome
    assert [span for text, span in now.spoken if text == LINE] == [round(len(LINE) * 1920 * 1.19)]


def test_a_format_without_the_sample_rate_is_refused_before_anything_is_spoken(studio: Studio) -> None:
    outcome = studio.outcome(cue(), Output(sample_rate=96000, format="mp3"))
    assert isinstance(outcome, InputError)
    assert studio.engine.spoken == []


@pytest.mark.parametrize("media_format", ["flac", "mp3"])
def test_other_formats_hold_as_many_samples(studio: Studio, media_format: str) -> None:
    rendered = studio.take(cue(), Output(format=media_format))
    assert rendered.take.format == media_format
    assert len(soundfile.read(io.BytesIO(rendered.media))[0]) == rendered.take.media_samples


def test_a_damaged_entry_is_made_again(studio: Studio) -> None:
    first = studio.take(cue())
    for entry in studio.folder.rglob("*.entry"):
        entry.write_bytes(entry.read_bytes()[:-7])
    again = studio.again().take(cue())
    assert not again.cached
    assert again.media == first.media


def test_threads_share_a_renderer(studio: Studio) -> None:
    batches = [[cue(f"{i}-{k}", text=f"{LINE} {k}", seconds=2) for k in range(4)] for i in range(6)]
    with ThreadPoolExecutor(6) as pool:
        found = list(pool.map(studio.outcomes, batches))
    for outcomes in found:
        assert all(isinstance(outcome, Rendered) for outcome in outcomes.values())
    measured = [text for text, span in studio.engine.spoken if span is None]
    assert len(measured) == len(set(measured))


def test_takes_come_as_they_are_ready(studio: Studio) -> None:
    class Slow(ToneEngine):
        gate = threading.Event()

        def speak(self, plans: Sequence[tuple[Plan, int | None]]) -> Iterator[tuple[int, Speech | Exception]]:
            for index, speech in super().speak(plans):
                yield index, speech
                if plans[index][0].line.text == LINE:
                    assert self.gate.wait(10)

    renderer = Renderer(Slow(), Store(studio.folder))
    stream = renderer.render([cue("a"), cue("b", text=LINE + " Now.", seconds=2)], Output())
    assert next(stream)[0] == "a"
    Slow.gate.set()
    assert next(stream)[0] == "b"


def test_an_engine_that_fails_as_a_whole_fails_what_it_has_not_spoken_yet_and_is_asked_once(studio: Studio) -> None:
    class Dying(ToneEngine):
        calls = 0

        def speak(self, plans: Sequence[tuple[Plan, int | None]]) -> Iterator[tuple[int, Speech | Exception]]:
            texts = [plan.line.text for plan, _ in plans]
            for index, speech in super().speak(plans):
                if texts[0] == LINE and index == 1:
                    self.calls += 1
                    raise FramevoxError("the device is gone: start the daemon again", code="engine")
                yield index, speech

    engine = Dying()
    asked = [cue(id, text=LINE + more, seconds=2) for id, more in (("a", ""), ("b", " Now."), ("c", " Or later."))]
    found = dict(Renderer(engine, Store(studio.folder)).render(asked, Output(loudness=None)))
    assert isinstance(found["a"], Rendered)
    assert {str(found["b"]), str(found["c"])} == {"the device is gone: start the daemon again"}
    assert engine.calls == 1


def test_another_take_number_is_another_take_and_the_same_number_the_same(studio: Studio) -> None:
    first = studio.take(cue(fit=Fit("natural")))
    second = studio.take(cue(fit=Fit("natural"), take_number=2))
    assert first.take.id != second.take.id and second.take.natural_seconds > first.take.natural_seconds
    again = studio.again()
    assert again.take(cue(fit=Fit("natural"), take_number=2)) == replace(second, cached=True)
    assert again.engine.spoken == []


def test_an_engine_without_emotions_speaks_and_says_so(studio: Studio) -> None:
    plain = studio.take(cue())
    said = studio.take(cue(emotion=HAPPY))
    assert samples(said).tolist() == samples(plain).tolist()
    assert (say_take(plain.take), say_take(said.take)) == (
        "",
        "the voices of the engine tone have no emotions: spoken in the voice's neutral tone",
    )


def test_an_engine_with_emotions_gets_them_and_every_emotion_is_another_line(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ToneEngine, "emotions", True)
    got: list[object] = []
    plan = ToneEngine.plan
    monkeypatch.setattr(
        ToneEngine, "plan", lambda self, lines: (got.extend(d for _, _, d in lines), plan(self, lines))[1]
    )
    emotions = [None, HAPPY, structs.replace(HAPPY, strength=0.5), Emotion(description="hurt"), Emotion(voice="tenor")]
    for number, emotion in enumerate(emotions):
        assert studio.take(cue(str(number), emotion=emotion)).take.notes == ()
    directed = [direction for direction in got if direction != PLAIN]
    assert [direction.emotion for direction in directed] == emotions[1:]
    assert directed[-1].emotion_voice == studio.engine.voice("tenor") and directed[0].emotion_voice is None
    # None is taken for another one that was made before.
    assert [text for text, _ in studio.engine.spoken].count(LINE) == len(emotions)
    assert len({direction.key[1]["voice"] for direction in directed}) == 2


def test_an_emotion_is_scaled_or_read_in_the_line_before_the_engine_gets_it(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ToneEngine, "emotions", True)
    above = studio.take(cue(emotion=Emotion((0.8, 0.8, 0, 0, 0, 0, 0, 0)))).take
    assert say_take(above) == "the emotion's weights add up to 1.6: they were scaled down to 1"
    plain, auto, none = (
        studio.take(cue(text="It is late.", emotion=emotion))
        for emotion in (None, Emotion(description="auto"), structs.replace(HAPPY, strength=0.0))
    )
    assert plain.media == auto.media == none.media


def test_a_clip_that_does_not_exist_fails_its_cue_alone(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ToneEngine, "emotions", True)
    found = studio.outcomes([cue("a", emotion=Emotion(voice="nobody")), cue("b", start=400)])
    assert isinstance(found["a"], InputError) and "nobody" in str(found["a"])
    assert isinstance(found["b"], Rendered)
