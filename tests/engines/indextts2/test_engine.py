"""The engine as the daemon drives it: lines in, speech of the span asked for out."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from msgspec import structs

from framevox.engine_daemon.audio.span import speech_span
from framevox.engine_daemon.engines.base import PLAIN, Direction, Plan, Speech, unwrap
from framevox.engine_daemon.protocol.emotion import EMOTIONS, Emotion
from framevox.engine_daemon.protocol.errors import FramevoxError, InputError
from framevox.engine_daemon.text.line import Line, Mark, Word

if TYPE_CHECKING:
    from framevox.engine_daemon.engines.indextts2 import IndexTTS2Model
    from framevox.engine_daemon.engines.indextts2.engine import IndexTTS2Engine
    from framevox.engine_daemon.engines.indextts2.model import MelJob


def english(text: str) -> Line:
    """A line of words and marks, as the text front end would read it."""
    tokens: list[Word | Mark] = []
    at = 0
    for part in text.split():
        start = text.index(part, at)
        word = part.rstrip(",.?!…")
        tokens.append(Word(word, start, start + len(word), "en", word.lower()))
        tokens += [
            Mark(c, start + len(word) + k, start + len(word) + k + 1, c) for k, c in enumerate(part[len(word) :])
        ]
        at = start + len(part)
    return Line(text, tuple(tokens))


@pytest.fixture(scope="module")
def engine(
    model: IndexTTS2Model, record: dict[str, Any], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[IndexTTS2Engine]:
    import soundfile

    from framevox.engine_daemon.engines.indextts2.engine import IndexTTS2Engine

    folder = tmp_path_factory.mktemp("voices")
    soundfile.write(folder / "anna.wav", record["spk_audio_24k"], 24000)
    stereo = np.stack([record["emo_audio_24k"]] * 2, axis=1)
    soundfile.write(folder / "ben.flac", stereo, 24000)
    yield IndexTTS2Engine(model, folder, tmp_path_factory.mktemp("cache"), steps=2)


@pytest.fixture(scope="module")
def plans(engine: IndexTTS2Engine) -> list[Plan]:
    lines = [english("hello world, the voice of today."), english("and the world?"), english("hello.")]
    voices = [engine.voice(name) for name in ("anna", "ben", "anna")]
    return engine.plan([(line, voice, PLAIN) for line, voice in zip(lines, voices, strict=True)])


def streamed_whole(engine: IndexTTS2Engine, plan: Plan, span: int) -> Any:
    *_, speech = engine.stream(plan, span)
    assert isinstance(speech, Speech)
    return speech.samples


def spoken(engine: IndexTTS2Engine, wanted: list[tuple[Plan, int | None]]) -> list[Speech]:
    """What is made anew of plans, whatever was made of them just before."""
    engine._latest.clear()
    made = dict(engine.speak(wanted))
    return [unwrap(made[i]) for i in range(len(wanted))]


def test_words_begin_at_the_points_asked_for(engine: IndexTTS2Engine, plans: list[Plan]) -> None:
    plan = plans[0]
    offsets = [*(word.start for word in plan.line.words), len(plan.line.text)]
    assert [place.offset for place in plan.places] == offsets
    naturals = [place.natural for place in plan.places]
    assert naturals == sorted(naturals) and naturals[-2] < naturals[-1] == plan.natural
    offsets = [plan.line.words[index].start for index in (1, 3)]
    for shares, span in (((1.05, 1.05), 1.05), ((0.85, 1.1), 1.1), ((1.2, 0.95), 1.0)):
        at = tuple(
            (offset, round(share * next(p.natural for p in plan.places if p.offset == offset)))
            for offset, share in zip(offsets, shares, strict=True)
        )
        (speech,) = spoken(engine, [(replace(plan, points=at), round(plan.natural * span))])
        words = [speech.words[index].start for index in (1, 3)]
        assert words == list(speech.points)
        # The estimates of both lie on frames of the mel, so their distance may be off by one.
        assert abs((words[1] - words[0]) - (at[1][1] - at[0][1])) <= engine.step
        assert speech_span(speech.samples) == (speech.start, speech.end)
    again = spoken(engine, [(replace(plan, points=at), round(plan.natural))])[0]
    assert np.array_equal(again.samples, spoken(engine, [(replace(plan, points=at), round(plan.natural))])[0].samples)


def test_what_is_spoken_between_two_words_can_be_a_point_too(engine: IndexTTS2Engine, plans: list[Plan]) -> None:
    """As where a word is heard there that the engine takes to be elsewhere; of several, each is met."""
    plan = plans[0]
    places = [place.offset for place in plan.places]
    naturals = [place.natural for place in plan.places]
    asked = [places[1] + 0.6 * (places[2] - places[1]), places[3] + 0.3 * (places[4] - places[3])]
    at = np.interp(asked, places, naturals) * (0.95, 1.1)
    points = tuple((offset, round(float(sample))) for offset, sample in zip(asked, at, strict=True))
    (speech,) = spoken(engine, [(replace(plan, points=points), round(plan.natural * 1.05))])
    begins = [word.start for word in speech.words]
    assert begins[1] < speech.points[0] < begins[2] and begins[3] < speech.points[1] < begins[4]
    assert abs((speech.points[1] - speech.points[0]) - (points[1][1] - points[0][1])) <= engine.step


def test_lines_are_spoken_to_within_half_a_step_of_the_span_asked_for(
    engine: IndexTTS2Engine, plans: list[Plan]
) -> None:
    for ratio in (0.65, 0.8, 0.95, 1.05, 1.35, 1.6):
        spans = [round(plan.natural * ratio) for plan in plans]
        for span, speech in zip(spans, spoken(engine, list(zip(plans, spans, strict=True))), strict=True):
            assert abs((speech.end - speech.start) - span) <= engine.step // 2
            assert speech.sample_rate == 22050 and speech.samples.dtype == np.float32
            assert 0 <= speech.start < speech.end <= len(speech.samples)


def test_at_their_own_pace_lines_last_what_the_plan_said(engine: IndexTTS2Engine, plans: list[Plan]) -> None:
    for plan, speech in zip(plans, spoken(engine, [(plan, None) for plan in plans]), strict=True):
        assert abs((speech.end - speech.start) - plan.natural) <= engine.step // 2
        assert plan.shortest < plan.natural < plan.longest


def test_a_line_sounds_the_same_alone_and_in_a_batch_and_again(engine: IndexTTS2Engine, plans: list[Plan]) -> None:
    together = spoken(engine, [(plan, round(plan.natural * 1.3)) for plan in plans])
    for plan, speech in zip(plans, together, strict=True):
        alone = spoken(engine, [(plan, round(plan.natural * 1.3))])[0]
        assert len(alone.samples) == len(speech.samples)
        assert np.sqrt(np.mean((alone.samples - speech.samples) ** 2)) < 1e-3 * np.sqrt(np.mean(speech.samples**2))
    line = plans[1].line
    assert engine.plan([(line, plans[1].voice, PLAIN)])[0].natural == plans[1].natural


def test_words_have_their_places_in_order(engine: IndexTTS2Engine, plans: list[Plan]) -> None:
    speech = spoken(engine, [(plans[0], None)])[0]
    assert [w.text for w in speech.words] == ["hello", "world", "the", "voice", "of", "today"]
    assert all(a.start < a.end <= b.start for a, b in pairwise(speech.words))
    assert speech.words[-1].end <= len(speech.samples)


def test_a_long_line_is_read_in_segments_with_silence_between_and_is_still_exact(engine: IndexTTS2Engine) -> None:
    line = english(" ".join(["hello world, the voice and the world of today."] * 3))
    plan = engine.plan([(line, engine.voice("anna"), PLAIN)])[0]
    assert len(plan.state.parts) > 1
    span = round(plan.natural * 1.12)
    speech = spoken(engine, [(plan, span)])[0]
    assert abs((speech.end - speech.start) - span) <= engine.step // 2
    silence = np.abs(speech.samples[speech.start : speech.end]) == 0
    assert silence.sum() >= (len(plan.state.parts) - 1) * 0.1 * 22050
    assert len(speech.words) == 27


@pytest.mark.parametrize("ratio", [None, 0.9, 1.3])
def test_streamed_pieces_are_the_spoken_line_and_the_first_does_not_wait_for_later_segments(
    engine: IndexTTS2Engine, model: IndexTTS2Model, monkeypatch: pytest.MonkeyPatch, ratio: float | None
) -> None:
    """At its own pace only the first segment is decoded and made before it sounds; to a span all are decoded, the first
    and last are made, and those between them later."""
    line, voice = english(" ".join(["hello world, the voice and the world of today."] * 5)), engine.voice("ben")
    plan = engine.plan([(line, voice, PLAIN)])[0]
    count = len(plan.state.parts)
    assert count >= 3
    span = None if ratio is None else round(plan.natural * ratio)
    [speech] = spoken(engine, [(plan, span)])
    whole, spoken_words = speech.samples, speech.words

    done = {"decoded": 0, "mels": 0, "vocoded": 0}
    decode, mels, vocode_many = type(model).decode, type(model).mels, type(model).vocode_many

    def counted_decode(self: IndexTTS2Model, prefixes: list[Any], *rest: Any, **named: Any) -> Any:
        done["decoded"] += len({len(p) for p in prefixes})  # the tries of a segment have one prefix
        return decode(self, prefixes, *rest, **named)

    def counted_mels(self: IndexTTS2Model, jobs: list[Any], steps: int = 25, *rest: Any, **named: Any) -> Any:
        done["mels"] += len(jobs) * (steps == 2)  # drafts have four
        return mels(self, jobs, steps, *rest, **named)

    def counted_vocode(self: IndexTTS2Model, mels: list[Any]) -> Any:
        done["vocoded"] += sum(mel.shape[1] for mel in mels)
        return vocode_many(self, mels)

    monkeypatch.setattr(type(model), "decode", counted_decode)
    monkeypatch.setattr(type(model), "mels", counted_mels)
    monkeypatch.setattr(type(model), "vocode_many", counted_vocode)
    pieces, before = [], dict(done)
    for piece in engine.stream((line, voice, PLAIN), span) if span is None else engine.stream(plan, span):
        if isinstance(piece, Plan):
            assert piece.natural == plan.natural
            continue
        if isinstance(piece, Speech):
            assert np.array_equal(piece.samples, np.concatenate(pieces))
            assert piece.words == spoken_words
            continue
        if not pieces and len(piece):
            before = dict(done)
        if len(piece):
            pieces.append(piece)
    assert max(len(piece) for piece in pieces) < len(whole) / 2
    streamed = np.concatenate(pieces)
    assert len(streamed) == len(whole)
    assert np.linalg.norm(streamed - whole) < 10 ** (-60 / 20) * np.linalg.norm(whole)
    if span is None:
        assert before["decoded"] == 1 < done["decoded"] == count
        assert before["mels"] == 1 < done["mels"] == count
        # The first half second, and as much of the first segment after it as the vocoder reaches over.
        assert before["vocoded"] == min(plan.state.parts[0].draft.shape[1], 43 + 40)
    else:
        assert before["decoded"] == done["decoded"]
        assert before["mels"] == done["mels"] - (count - 2) and before["mels"] % 2 == 0


def test_a_plan_is_streamed_at_its_own_pace_without_decoding_it_again(
    engine: IndexTTS2Engine, model: IndexTTS2Model, plans: list[Plan], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(type(model), "decode", lambda *_: pytest.fail("decoded again"))
    streamed = np.concatenate([piece for piece in engine.stream(plans[0]) if isinstance(piece, np.ndarray)])
    whole = spoken(engine, [(plans[0], None)])[0].samples
    assert len(streamed) == len(whole)
    assert np.linalg.norm(streamed - whole) < 10 ** (-60 / 20) * np.linalg.norm(whole)


def test_in_half_precision_lines_are_spoken_as_exactly(
    engine: IndexTTS2Engine, folder: Path, plans: list[Plan], tmp_path: Path
) -> None:
    import torch

    from framevox.engine_daemon.engines.indextts2 import IndexTTS2Model
    from framevox.engine_daemon.engines.indextts2.engine import IndexTTS2Engine

    half = IndexTTS2Model.from_pretrained(folder, dtype=torch.bfloat16)
    other = IndexTTS2Engine(half, engine._shelf._folder, tmp_path, steps=2)
    assert other.version != engine.version  # for what they make is kept by version
    made = other.plan([(plan.line, other.voice(plan.voice.name), PLAIN) for plan in plans])
    for ratio in (0.9, 1.3):
        spans = [round(plan.natural * ratio) for plan in made]
        for span, speech in zip(spans, spoken(other, list(zip(made, spans, strict=True))), strict=True):
            assert abs((speech.end - speech.start) - span) <= other.step // 2
            assert np.isfinite(speech.samples).all()


def test_out_of_memory_halves_the_batch_and_the_user_is_told_once(
    engine: IndexTTS2Engine, model: IndexTTS2Model, plans: list[Plan], monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch

    def with_little_memory(name: str, limit: int) -> None:
        plain = getattr(type(model), name)

        def limited(self: IndexTTS2Model, items: list[Any], *rest: Any, **named: Any) -> Any:
            if named.get("rows", len(items)) > limit:
                raise torch.OutOfMemoryError("CUDA out of memory.")
            return plain(self, items, *rest, **named)

        monkeypatch.setattr(type(model), name, limited)

    expected = [plan.natural for plan in plans]
    before = spoken(engine, [(plan, None) for plan in plans])
    assert engine.notices() == []
    for name in ("decode", "mels", "vocode_many"):
        with_little_memory(name, 1)
    again = engine.plan([(plan.line, plan.voice, PLAIN) for plan in plans])
    assert [plan.natural for plan in again] == expected
    for speech, other in zip(spoken(engine, [(plan, None) for plan in again]), before, strict=True):
        assert np.allclose(speech.samples, other.samples, atol=1e-4)
    assert "the GPU's memory is too small for 3 lines at once: they were made 2 at a time" in engine.notices()
    assert engine.notices() == []


@pytest.mark.parametrize("stage", ["decode", "drafts", "mels", "vocode_many"])
def test_a_line_that_memory_is_too_small_for_fails_alone_at_every_stage(
    engine: IndexTTS2Engine, model: IndexTTS2Model, plans: list[Plan], monkeypatch: pytest.MonkeyPatch, stage: str
) -> None:
    import torch

    def size(item: Any) -> int:
        return len(item.codes) if stage == "mels" else item.shape[1] if stage == "vocode_many" else len(item)

    seen: set[int] = set()
    plain = getattr(type(model), stage)

    def outcomes() -> list[Any]:
        if stage in ("decode", "drafts"):
            return engine.plan([(plan.line, plan.voice, PLAIN) for plan in plans])
        engine._latest.clear()
        return [made for _, made in sorted(engine.speak([(plan, None) for plan in plans]), key=lambda pair: pair[0])]

    def measured(self: IndexTTS2Model, items: Any, *rest: Any, **named: Any) -> Any:
        seen.update(size(item) for item in items)
        return plain(self, items, *rest, **named)

    def limited(self: IndexTTS2Model, items: Any, *rest: Any, **named: Any) -> Any:
        if any(size(item) == max(seen) for item in items):
            raise torch.OutOfMemoryError("CUDA out of memory.")
        return plain(self, items, *rest, **named)

    monkeypatch.setattr(type(model), stage, measured)
    assert not any(isinstance(outcome, Exception) for outcome in outcomes())
    monkeypatch.setattr(type(model), stage, limited)
    failed, *others = sorted(outcomes(), key=lambda outcome: not isinstance(outcome, Exception))
    assert "the GPU's memory is too small: end other programs" in str(failed)
    assert len(others) == 2 and not any(isinstance(outcome, Exception) for outcome in others)
    assert engine.notices()


def test_what_is_told_while_the_server_asks_is_not_lost(
    engine: IndexTTS2Engine, plans: list[Plan], monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch

    model = type(engine._model)
    mels, asked = model.mels, list[str]()

    def cramped(self: IndexTTS2Model, jobs: list[Any], *rest: Any) -> Any:
        if len(jobs) > 1:
            asked.extend(engine.notices())  # as the server's thread does at any time
            raise torch.OutOfMemoryError("CUDA out of memory.")
        return mels(self, jobs, *rest)

    monkeypatch.setattr(model, "mels", cramped)
    spoken(engine, [(plan, None) for plan in plans[1:]])
    assert asked == [] and len(engine.notices()) == 1


def test_a_decoder_is_given_back_when_memory_runs_out_after_decoding(
    engine: IndexTTS2Engine, model: IndexTTS2Model, plans: list[Plan], monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch

    vocode_many = type(model).vocode_many

    def short_of_memory(self: IndexTTS2Model, mels: list[Any]) -> Any:
        if self._decoders:
            raise torch.OutOfMemoryError("CUDA out of memory.")
        return vocode_many(self, mels)

    monkeypatch.setattr(type(model), "vocode_many", short_of_memory)
    engine.plan([(plans[2].line, plans[2].voice, PLAIN)])
    assert model._decoders
    assert len(spoken(engine, [(plans[2], None)])) == 1


def test_a_clip_that_memory_is_too_small_for_says_what_to_do(
    engine: IndexTTS2Engine, model: IndexTTS2Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    import shutil

    import torch

    def never(*_: Any) -> Any:
        raise torch.OutOfMemoryError("CUDA out of memory.")

    monkeypatch.setattr(type(model), "encode_prompt", never)
    clip = engine._shelf._folder / "carla.wav"
    shutil.copy(clip.with_name("anna.wav"), clip)
    clip.write_bytes(clip.read_bytes() + b"\0")  # another clip, as far as its key knows
    try:
        with pytest.raises(FramevoxError, match="end other programs"):
            engine.voice("carla")
    finally:
        clip.unlink()


def test_all_lines_of_a_batch_are_planned_by_one_decoder(
    engine: IndexTTS2Engine, model: IndexTTS2Model, plans: list[Plan], monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many they are: where a row ends, the next line takes its place."""
    calls = []
    decode = type(model).decode

    def counted(self: IndexTTS2Model, prefixes: list[Any], *rest: Any, **named: Any) -> Any:
        calls.append((len(prefixes), named["rows"]))
        return decode(self, prefixes, *rest, **named)

    monkeypatch.setattr(type(model), "decode", counted)
    monkeypatch.setattr("framevox.engine_daemon.engines.indextts2.decode_lines.ROWS", 3)
    made = engine.plan([(plans[k].line, plans[k].voice, PLAIN) for k in (0, 1, 2, 2)])
    assert calls == [(4, 3)]
    assert [unwrap(plan).natural for plan in made] == [plans[k].natural for k in (0, 1, 2, 2)]


@pytest.mark.parametrize(
    ("native", "name", "card"), [(True, "bfloat16", ""), (False, "float16", ""), (True, "bfloat16", "cuda:1")]
)
def test_a_gpu_computes_in_the_half_precision_that_it_has(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, native: bool, name: str, card: str
) -> None:
    import torch

    from framevox.engine_daemon.engines.indextts2 import IndexTTS2Model, engine

    def asked(folder: Path, device: torch.device, dtype: Any, as_released: bool) -> Any:
        raise InterruptedError(str(device), str(dtype))

    monkeypatch.setenv("FRAMEVOX_MODEL", str(folder))
    if card:
        monkeypatch.setenv("FRAMEVOX_DEVICE", card)
    used: list[torch.device] = []
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setattr(torch.cuda, "set_device", used.append)
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda including_emulation: native or including_emulation)
    monkeypatch.setattr(IndexTTS2Model, "from_pretrained", asked)
    threads = torch.get_num_threads()
    try:
        with pytest.raises(InterruptedError) as error:
            engine.create(tmp_path, tmp_path, 1)
    finally:
        torch.set_num_threads(threads)
    assert error.value.args == (card or "cuda:0", f"torch.{name}")
    assert [str(device) for device in used] == [card or "cuda:0"]


def test_a_stream_fails_as_speaking_does(engine: IndexTTS2Engine, plans: list[Plan]) -> None:
    import torch

    with pytest.raises(InputError, match="cannot be spoken in"):
        list(engine.stream(plans[0], plans[0].longest * 2))
    parts = tuple(replace(p, latents=torch.full_like(p.latents, torch.nan)) for p in plans[0].state.parts)
    broken = replace(plans[0], state=replace(plans[0].state, parts=parts))
    for span in (None, plans[0].natural):
        with pytest.raises(FramevoxError, match="the model failed on 'hello world"):
            list(engine.stream(broken, span))


def test_a_span_out_of_reach_is_refused_and_the_others_are_spoken(engine: IndexTTS2Engine, plans: list[Plan]) -> None:
    made = dict(engine.speak([(plans[0], plans[0].longest * 2), (plans[1], None)]))
    assert isinstance(made[0], InputError) and "cannot be spoken in" in str(made[0])
    assert isinstance(made[1], Speech)


def test_numbers_that_are_none_fail_their_own_line_only(engine: IndexTTS2Engine, plans: list[Plan]) -> None:
    import torch

    state = plans[0].state
    parts = tuple(replace(p, latents=torch.full_like(p.latents, torch.nan)) for p in state.parts)
    broken = replace(plans[0], state=replace(state, parts=parts))
    first, failed, third = dict(
        sorted(engine.speak([(plans[1], None), (broken, None), (plans[2], plans[2].natural)]))
    ).values()
    assert isinstance(failed, FramevoxError) and "the model failed on 'hello world" in str(failed)
    assert isinstance(first, Speech) and isinstance(third, Speech)

    prompt = plans[0].voice.state
    deaf = replace(plans[0].voice, state=replace(prompt, speaker_latents=prompt.speaker_latents * torch.nan))
    with pytest.raises(FramevoxError, match="the model failed"):
        unwrap(engine.plan([(plans[0].line, deaf, PLAIN)])[0])


def test_lines_that_cannot_be_planned_cost_the_others_nothing(
    engine: IndexTTS2Engine, plans: list[Plan], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither their place in the batch nor their plans: they are decoded together, once."""
    model = type(engine._model)
    decode, batches = model.decode, []
    monkeypatch.setattr(model, "decode", lambda *a, **k: (batches.append(len(a[1])), decode(*a, **k))[1])
    japanese = Line("はい", (Word("はい", 0, 2, "ja", "はい"),))
    wanted = [(plan.line, plan.voice, PLAIN) for plan in plans]
    described = Direction(emotion=Emotion(description="furious"))
    first, unread, second, third, unfelt = engine.plan(
        [wanted[0], (japanese, plans[0].voice, PLAIN), *wanted[1:], (plans[2].line, plans[2].voice, described)]
    )
    assert batches == [3]
    assert isinstance(unread, InputError) and "はい" in str(unread)
    assert isinstance(unfelt, InputError) and "furious" in str(unfelt)
    assert [unwrap(made).natural for made in (first, second, third)] == [plan.natural for plan in plans]


def test_a_line_that_failed_does_not_fail_those_planned_after_it(engine: IndexTTS2Engine, plans: list[Plan]) -> None:
    import torch

    prompt = plans[0].voice.state
    deaf = replace(plans[0].voice, state=replace(prompt, speaker_latents=prompt.speaker_latents * torch.nan))
    failed, beside = engine.plan([(plans[0].line, deaf, PLAIN), (plans[1].line, plans[1].voice, PLAIN)])
    assert isinstance(failed, FramevoxError) and "the model failed" in str(failed)
    assert unwrap(beside).natural == plans[1].natural
    (again,) = engine.plan([(plans[2].line, plans[2].voice, PLAIN)])
    assert unwrap(again).natural == plans[2].natural


def test_a_line_may_be_spoken_slowly_and_one_without_an_end_is_told_of(
    engine: IndexTTS2Engine, model: IndexTTS2Model, plans: list[Plan], monkeypatch: pytest.MonkeyPatch
) -> None:
    """An id may be a Han character: half a second of each, twice its time at an average pace, is not cut."""
    allowed: list[int] = []
    decode = type(model).decode

    def spied(
        self: IndexTTS2Model, prefixes: list[Any], sampling: Any, limits: list[int], *rest: Any, **named: Any
    ) -> Any:
        allowed.extend(limits)
        return decode(self, prefixes, sampling, limits, *rest, **named)

    monkeypatch.setattr(type(model), "decode", spied)
    with stopping(model, -1e4):
        endless = unwrap(engine.plan([(plans[0].line, plans[0].voice, PLAIN)])[0])
    (part,) = endless.state.parts
    assert len(part.codes) == min(allowed[0], model.gpt.max_new_tokens)
    assert 25 * len(part.segment.ids) <= allowed[0] <= 1500
    assert endless.line.warnings == ("the model did not come to an end by itself: listen to the end of the line",)
    assert plans[0].line.warnings == ()


@contextmanager
def stopping(model: IndexTTS2Model, score: float) -> Iterator[None]:
    """Lets the model end a line at once (1e3), or never by itself (-1e3)."""
    import torch

    bias, stop = model.gpt.mel_head.bias, model.gpt.config.stop_mel
    before = bias.detach().clone()
    with torch.no_grad():
        bias[stop] = score
    try:
        yield
    finally:
        with torch.no_grad():
            bias.copy_(before)


def seen_jobs(engine: IndexTTS2Engine, monkeypatch: pytest.MonkeyPatch) -> list[list[MelJob]]:
    """The jobs of every call of ``mels`` that is not for drafts, from now on."""
    seen: list[list[MelJob]] = []
    cls = type(engine._model)
    mels = cls.mels

    def spied(self: IndexTTS2Model, jobs: list[MelJob], steps: int = 25, cfg_rate: float = 0.7) -> Any:
        if steps == 2:
            seen.append(jobs)
        return mels(self, jobs, steps, cfg_rate)

    monkeypatch.setattr(cls, "mels", spied)
    return seen


@pytest.mark.parametrize("streamed", [False, True])
def test_a_line_that_would_be_cut_keeps_its_own_codes_and_still_has_its_span(
    engine: IndexTTS2Engine, model: IndexTTS2Model, plans: list[Plan], monkeypatch: pytest.MonkeyPatch, streamed: bool
) -> None:
    plan, seen = plans[0], seen_jobs(engine, monkeypatch)
    own = plan.state.parts[0].codes.tolist()
    span = round(plan.natural * 0.7)

    def made() -> list[int]:
        seen.clear()
        if streamed:
            start, end = speech_span(streamed_whole(engine, plan, span))
            assert abs(end - start - span) <= engine.step // 2
        else:
            speech = spoken(engine, [(plan, span)])[0]
            assert abs((speech.end - speech.start) - span) <= engine.step // 2
        codes: list[int] = seen[-1][0].codes.tolist()
        return codes

    with stopping(model, -1e3):
        assert made() == own
    with stopping(model, 1e3):
        assert made() != own


def test_lines_are_decoded_again_only_for_spans_far_from_their_own(
    engine: IndexTTS2Engine, model: IndexTTS2Model, plans: list[Plan], monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = []
    decode = type(model).decode

    def counted(self: IndexTTS2Model, *given: Any, **named: Any) -> Any:
        calls.append(given)
        return decode(self, *given, **named)

    monkeypatch.setattr(type(model), "decode", counted)
    for ratio, count in ((0.95, 0), (1.1, 0), (0.7, 1), (1.4, 2)):
        spoken(engine, [(plans[2], round(plans[2].natural * ratio))])
        assert len(calls) == count


def test_a_correction_of_the_length_keeps_the_take(
    engine: IndexTTS2Engine, plans: list[Plan], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A frame more or less leaves the noise of the others: what sounds is the same delivery, a little longer."""
    seen = seen_jobs(engine, monkeypatch)
    for span in (plans[0].natural, plans[0].natural + 5 * engine.step):
        spoken(engine, [(plans[0], span)])
    shorter, longer = seen[0][0].noise, seen[-1][0].noise
    assert shorter.shape[1] < longer.shape[1]
    assert (longer[:, : shorter.shape[1]] == shorter).all()


def test_a_span_is_met_though_the_sound_is_silent_at_its_ends(
    engine: IndexTTS2Engine, model: IndexTTS2Model, plans: list[Plan], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the draft shows of it is loud to its ends, so what is asked for at first is 16 frames short."""
    with stopping(model, -1e3):  # for a line that is long enough
        plan = unwrap(engine.plan([(plans[0].line, plans[0].voice, PLAIN)])[0])
    vocode_many = type(model).vocode_many

    def silent_at_ends(self: IndexTTS2Model, mels: list[Any]) -> Any:
        sounds = [sound.clone() for sound in vocode_many(self, mels)]
        for sound in sounds:
            sound[: 7 * 256] = sound[-9 * 256 :] = 0
        return sounds

    monkeypatch.setattr(type(model), "vocode_many", silent_at_ends)
    seen = seen_jobs(engine, monkeypatch)
    span = round(plan.natural * 0.95)
    speech = spoken(engine, [(plan, span)])[0]
    assert len(seen) == 1  # integrated once: what is missing is added to the mel
    assert abs((speech.end - speech.start) - span) <= engine.step // 2
    assert speech.start == 7 * 256 and len(speech.samples) - speech.end >= 9 * 256


def test_seams_between_segments_are_faded_over_five_milliseconds() -> None:
    from framevox.engine_daemon.engines.indextts2.parts import finished

    sound = finished(np.ones(1000, np.float32), 1.0, True, True)
    for end in (sound, sound[::-1]):
        assert abs(end[0]) < 0.02 and abs(end[55] - 0.5) < 0.02 and (end[111:500] == 1).all()
        assert (np.diff(end[:111]) > 0).all()
    assert (finished(np.ones(1000, np.float32), 2.0, False, False) == 2).all()


def test_a_prompt_is_kept_in_memory(engine: IndexTTS2Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    from framevox.engine_daemon.engines.indextts2 import clip_shelf

    first = engine.voice("anna")
    monkeypatch.setattr(clip_shelf, "load_file", lambda *_, **__: pytest.fail("read the cache again"))
    assert engine.voice("anna").state is first.state


def test_a_prompt_is_computed_once_and_kept_on_disk(
    engine: IndexTTS2Engine, model: IndexTTS2Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch

    from framevox.engine_daemon.engines.indextts2.clip_shelf import ClipShelf

    first = engine.voice("anna")
    shelf = engine._shelf
    monkeypatch.setattr(type(model), "encode_prompt", lambda *_: pytest.fail("read the clip again"))
    again = ClipShelf(model, shelf._model_key, shelf._folder, shelf._cache)
    key, prompt = again.prompt("anna")
    assert key == first.key
    assert torch.equal(prompt.condition, first.state.condition)


def test_an_unknown_voice_is_answered_with_those_that_exist(engine: IndexTTS2Engine) -> None:
    for spec in ("carl", "../anna", "/etc/passwd", ""):
        with pytest.raises(InputError, match="anna, ben") as refused:
            engine.voice(spec)
        assert refused.value.code == "unknown-voice"


def test_the_daemon_makes_it_by_name(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from framevox.engine_daemon.engines import create

    monkeypatch.setenv("FRAMEVOX_MODEL", str(folder))
    made = create("indextts2", tmp_path / "voices", tmp_path / "cache", 1)
    assert made.name == "indextts2" and made.sample_rate == 22050 and list(made.voices()) == []


def test_a_file_that_is_not_sound_is_named(engine: IndexTTS2Engine) -> None:
    (engine._shelf._folder / "letter.wav").write_text("Dear engine,")
    try:
        with pytest.raises(InputError, match=r"letter.*cannot be read as sound"):
            engine.voice("letter")
    finally:
        (engine._shelf._folder / "letter.wav").unlink()


@pytest.mark.parametrize(("rate", "seconds"), [("23.976", 0.9), ("29.97 DF", 1.1)])
def test_a_cue_becomes_a_take_of_exactly_its_slot(
    engine: IndexTTS2Engine, tmp_path: Path, rate: str, seconds: float
) -> None:
    """Through the same fit as every engine's speech: the slot's samples, to the sample."""
    import io

    import soundfile

    from framevox.engine_daemon.protocol.cues import Cue, Fit, Output
    from framevox.engine_daemon.protocol.timebase import Rate, slot_samples
    from framevox.engine_daemon.rendering.renderer import Rendered, Renderer
    from framevox.engine_daemon.rendering.store import Store

    fps = Rate.parse(rate)
    text = "hello world, the voice of today."
    plan = engine.plan([(english(text), engine.voice("anna"), PLAIN)])[0]
    frames = round(plan.natural / 22050 * fps.fps * seconds)
    cue = Cue("a", text, fps, 86400, frames, voice="anna", language="en", fit=Fit())
    (outcome,) = dict(Renderer(engine, Store(tmp_path)).render([cue], Output(loudness=None, handles=0))).values()
    assert isinstance(outcome, Rendered), outcome
    with soundfile.SoundFile(io.BytesIO(outcome.media)) as file:
        assert file.frames == slot_samples(86400, frames, file.samplerate, fps)
        assert np.abs(file.read()).max() > 0.01


def weights(**given: float) -> Emotion:
    return Emotion(weights=tuple(given.get(name, 0.0) for name in EMOTIONS))


def test_every_way_to_give_an_emotion_changes_the_line_and_is_the_same_again(
    engine: IndexTTS2Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch

    from framevox.engine_daemon.engines.indextts2.described import EmotionReader

    monkeypatch.setattr(EmotionReader, "weights", lambda self, text: weights(sad=0.7, calm=0.1).weights)
    line, anna, ben = english("hello world, the voice of today."), engine.voice("anna"), engine.voice("ben")
    ways = {
        "own": PLAIN,
        "happy": Direction(emotion=weights(happy=0.8)),
        "angry": Direction(emotion=weights(angry=0.8)),
        "half as angry": Direction(emotion=structs.replace(weights(angry=0.8), strength=0.5)),
        "ben's": Direction(emotion=Emotion(voice="ben"), emotion_voice=ben),
        "a third of ben's": Direction(emotion=Emotion(voice="ben", strength=0.3), emotion_voice=ben),
        "described": Direction(emotion=Emotion(description="in tears")),
    }
    plans = dict(zip(ways, engine.plan([(line, anna, way) for way in ways.values()]), strict=True))
    vectors = {name: plan.state.read.emotion for name, plan in plans.items()}
    names = list(ways)
    for i, name in enumerate(names):
        for other in names[:i]:
            assert not torch.allclose(vectors[name], vectors[other]), (name, other)
            assert not torch.equal(plans[name].state.parts[0].latents, plans[other].state.parts[0].latents)
    assert len({tuple(p.codes.tolist()) for plan in plans.values() for p in plan.state.parts[:1]}) > 1
    for name, again in zip(ways, engine.plan([(line, anna, way) for way in ways.values()]), strict=True):
        assert torch.equal(again.state.read.emotion, vectors[name])
        assert [p.codes.tolist() for p in again.state.parts] == [p.codes.tolist() for p in plans[name].state.parts]

    model, clip, other_clip = engine._model, anna.state, ben.state
    assert torch.equal(vectors["ben's"], model.emotion_vector(clip, other_clip, 1.0))
    assert torch.equal(vectors["a third of ben's"], model.emotion_vector(clip, other_clip, 0.3))
    assert torch.equal(vectors["half as angry"], model.emotion_vector(clip, None, 0.5, weights(angry=0.8).weights))
    assert torch.equal(vectors["described"], model.emotion_vector(clip, None, 1.0, weights(sad=0.7, calm=0.1).weights))
    # None of an emotion is the voice's own; a voice's own clip is what it sounds like anyway.
    none_of_it = engine.plan([(line, anna, Direction(emotion=structs.replace(weights(sad=1.0), strength=0.0)))])[0]
    assert torch.allclose(none_of_it.state.read.emotion, vectors["own"])


def test_another_take_is_another_delivery_and_the_first_is_the_plain_one(engine: IndexTTS2Engine) -> None:
    line, voice = english("hello world, the voice of today."), engine.voice("anna")
    numbers = (1, 2, 3, 2)
    first, second, third, again = engine.plan([(line, voice, Direction(take_number=n)) for n in numbers])
    assert first.state.read.seed == engine.plan([(line, voice, PLAIN)])[0].state.read.seed
    assert len({plan.state.read.seed for plan in (first, second, third)}) == 3
    assert [p.codes.tolist() for p in again.state.parts] == [p.codes.tolist() for p in second.state.parts]
    codes = {tuple(p.codes.tolist()) for plan in (first, second, third) for p in plan.state.parts}
    assert len(codes) > 1


def test_an_emotion_that_cannot_be_had_fails_its_own_cue_only(engine: IndexTTS2Engine, tmp_path: Path) -> None:
    from framevox.engine_daemon.protocol.cues import Cue, Fit, Output
    from framevox.engine_daemon.protocol.timebase import Rate
    from framevox.engine_daemon.rendering.renderer import Rendered, Renderer
    from framevox.engine_daemon.rendering.store import Store

    def cue(id: str, emotion: Emotion | None) -> Cue:
        natural = Fit("natural")
        return Cue(id, "hello.", Rate.parse("25"), 0, None, voice="anna", language="en", fit=natural, emotion=emotion)

    cues = [
        cue("a", None),
        cue("b", Emotion(description="in tears")),
        cue("c", weights(sad=0.5)),
        cue("d", weights(sad=0.7, angry=0.7)),
        cue("e", Emotion(weights=(0.5,))),
        cue("f", Emotion(voice="nobody")),
    ]
    outcomes = dict(Renderer(engine, Store(tmp_path)).render(cues, Output(loudness=None, handles=0)))
    assert isinstance(outcomes["a"], Rendered) and isinstance(outcomes["c"], Rendered)
    assert isinstance(outcomes["b"], InputError)
    assert isinstance(outcomes["d"], Rendered) and [note.code for note in outcomes["d"].take.notes] == [
        "weights-scaled"
    ]
    for id, said in (("e", "eight numbers"), ("f", "unknown voice 'nobody'")):
        assert isinstance(outcomes[id], InputError) and said in str(outcomes[id])
    assert "'in tears'" in str(outcomes["b"]) and "framevox models pull indextts2" in str(outcomes["b"])


def test_an_emotion_in_words_is_read_by_the_folders_network(
    model: IndexTTS2Model, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from framevox.engine_daemon.engines.indextts2.engine import IndexTTS2Engine
    from tests.engines.indextts2.tiny_qwen import make_folder

    make_folder(tmp_path / model.config.qwen_folder)
    for path in folder.iterdir():
        (tmp_path / path.name).symlink_to(path)
    monkeypatch.setattr(model, "folder", tmp_path)
    reader = IndexTTS2Engine(model, tmp_path / "voices", tmp_path / "cache", steps=2)._described
    found = reader.weights("in tears")
    assert len(found) == 8 and 0 < sum(found) <= 1 + 1e-6
    assert list((tmp_path / "cache" / "indextts2" / "emotions").iterdir())


def described(engine: IndexTTS2Engine, words: str, strength: float = 1.0) -> Plan:
    """A line that is spoken as some words of pace and loudness say, which need no network."""
    direction = Direction(emotion=Emotion.parse(words, strength))
    return unwrap(engine.plan([(english("hello world, the voice of today."), engine.voice("anna"), direction)])[0])


def test_words_of_pace_act_on_the_natural_length_and_not_on_the_slots_limits(
    engine: IndexTTS2Engine, plans: list[Plan]
) -> None:
    plain = plans[0]
    slow, fast, slowish = (described(engine, *how) for how in (("slowly",), ("飞快地",), ("slowly", 0.5)))
    assert slow.natural == round(plain.natural * 1.18) and fast.natural == round(plain.natural / 1.18)
    assert plain.natural < slowish.natural < slow.natural
    assert slow.neutral == fast.neutral == plain.natural and plain.neutral is None
    assert (slow.shortest, slow.longest) == (plain.shortest, plain.longest)
    for made, speech in zip((slow, fast), spoken(engine, [(slow, None), (fast, None)]), strict=True):
        assert abs((speech.end - speech.start) - made.natural) <= engine.step // 2
    [fitted] = spoken(engine, [(slow, plain.natural)])
    assert abs((fitted.end - fitted.start) - plain.natural) <= engine.step // 2


def test_words_of_loudness_act_on_the_level_and_leave_lengths_exact(engine: IndexTTS2Engine, plans: list[Plan]) -> None:
    span = round(plans[0].natural * 1.1)
    made = [plans[0], described(engine, "大声"), described(engine, "whispering"), described(engine, "loudly", 0.5)]
    levels = []
    for speech in spoken(engine, [(one, span) for one in made]):
        assert abs((speech.end - speech.start) - span) <= engine.step // 2
        levels.append(10 * np.log10(np.mean(np.square(speech.samples[speech.start : speech.end]))))
    departures = [level - levels[0] for level in levels[1:]]
    assert departures == pytest.approx([5.0, -5.0, 2.5], abs=0.3)
    assert {one.natural for one in made} == {plans[0].natural}


@pytest.mark.parametrize("span", [None, 1.1])
def test_a_streamed_line_has_its_pace_and_loudness(engine: IndexTTS2Engine, span: float | None) -> None:
    made = described(engine, "slowly and loudly")
    asked = None if span is None else round(made.natural * span)
    [whole] = spoken(engine, [(made, asked)])
    pieces = np.concatenate([piece for piece in engine.stream(made, asked) if isinstance(piece, np.ndarray)])
    assert len(pieces) == len(whole.samples)
    assert np.abs(pieces - whole.samples).max() < 1e-3
