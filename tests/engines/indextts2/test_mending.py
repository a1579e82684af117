"""A line of the wrong length is mended in its mel, and only what the change touches is vocoded again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from framevox.engine_daemon.engines.base import PLAIN, Plan, unwrap

from .test_engine import english, stopping

if TYPE_CHECKING:
    from framevox.engine_daemon.engines.indextts2 import IndexTTS2Model
    from framevox.engine_daemon.engines.indextts2.engine import IndexTTS2Engine

STEP = 256


@pytest.fixture(scope="module")
def engine(
    model: IndexTTS2Model, record: dict[str, Any], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[IndexTTS2Engine]:
    import soundfile

    from framevox.engine_daemon.engines.indextts2.engine import IndexTTS2Engine

    folder: Path = tmp_path_factory.mktemp("voices")
    soundfile.write(folder / "anna.wav", record["spk_audio_24k"], 24000)
    yield IndexTTS2Engine(model, folder, tmp_path_factory.mktemp("cache"), steps=2)


@pytest.fixture(scope="module")
def plans(engine: IndexTTS2Engine, model: IndexTTS2Model) -> list[Plan]:
    """Lines of 110 codes and more, one of them of several segments."""
    texts = ["hello world, the voice of today.", "and the world?", "the voice and the world of today. " * 3]
    with stopping(model, -1e3):
        made = engine.plan([(english(text.strip()), engine.voice("anna"), PLAIN) for text in texts])
    return [unwrap(plan) for plan in made]


@pytest.mark.parametrize("change", [-7, -1, 1, 9])
def test_what_is_patched_is_the_sound_of_the_whole_changed_mel(
    engine: IndexTTS2Engine, model: IndexTTS2Model, plans: list[Plan], monkeypatch: pytest.MonkeyPatch, change: int
) -> None:
    import torch

    from framevox.engine_daemon.engines.indextts2.mending import mend

    vocoded: list[int] = []
    plan = plans[2]
    engine._latest.clear()
    [_] = engine.speak([(plan, plan.natural)])
    (before,) = engine._latest._aims.values()
    start, end = before.made.span(before.line)
    aim = replace(before, span=end - start + change * STEP)

    def vocode(mels: Any) -> Any:
        vocoded.extend(mel.shape[1] for mel in mels)
        return engine._sounds_of(mels)

    after = mend({0: aim}, vocode)[0]
    assert not isinstance(after, Exception) and after.met
    assert len(after.made.shown) == len(before.made.shown) + change
    widths = [mel.shape[1] for mel in after.made.mels if mel is not None]
    for mel, sound in zip(after.made.mels, after.made.sounds, strict=True):
        assert mel is not None and sound is not None
        whole = model.vocode(torch.from_numpy(mel)).numpy()
        assert sound.shape == whole.shape
        assert np.abs(sound - whole).max() < 1e-4 * np.abs(whole).max()
    # Silence between segments costs nothing; else what a change reaches, and what that looks at.
    assert sum(vocoded) <= 6 * abs(change) * (1 + 4 * 40) and len(vocoded) < 6 * len(widths) * abs(change) + 1


def faded(model: IndexTTS2Model, monkeypatch: pytest.MonkeyPatch, seed: int) -> list[int]:
    """Sound that is as loud as its mel, whose ends fade as speech does, otherwise than the draft shows.

    -> the jobs of every integration from now on.
    """
    import torch

    cls = type(model)
    mels = cls.mels
    rng = np.random.default_rng(seed)
    solves: list[int] = []

    def fading(self: Any, jobs: Any, steps: int = 25, *rest: Any, **named: Any) -> Any:
        made = mels(self, jobs, steps, *rest, **named)
        if steps != 2:
            return made
        solves.append(len(jobs))
        out = []
        for mel in made:
            n, fade = mel.shape[1], torch.zeros(mel.shape[1])
            into, out_of = (int(rng.integers(4, 14)) for _ in range(2))
            fade[:into] += torch.linspace(-float(rng.uniform(4, 10)), 0, into)
            fade[n - out_of :] += torch.linspace(0, -float(rng.uniform(4, 10)), out_of)
            # Speech as loud as the draft's, whatever random networks made of it.
            out.append(0.3 * (mel - mel.mean()) / mel.std() - 2 + fade)
        return out

    def loud_as_its_mel(self: Any, mels: Any) -> Any:
        sounds = []
        for mel in mels:
            level = mel.mean(0).exp()
            envelope = torch.nn.functional.interpolate(level[None, None], scale_factor=STEP, mode="linear")[0, 0]
            sounds.append(envelope * torch.sin(torch.arange(len(envelope)) * 0.9))
        return sounds

    monkeypatch.setattr(cls, "mels", fading)
    monkeypatch.setattr(cls, "vocode_many", loud_as_its_mel)
    return solves


def test_lines_whose_ends_fade_are_integrated_once_and_meet_their_spans(
    engine: IndexTTS2Engine, model: IndexTTS2Model, plans: list[Plan], monkeypatch: pytest.MonkeyPatch
) -> None:
    solves = faded(model, monkeypatch, 3)
    lines, parts = 0, 0
    # Near enough for the codes of the plan, so that every integration counted is of a line's own sound.
    for ratio in np.linspace(0.87, 1.14, 12):
        engine._latest.clear()
        wanted = [(plan, round(plan.natural * ratio)) for plan in plans]
        for i, outcome in engine.speak(wanted):
            speech = unwrap(outcome)
            assert abs((speech.end - speech.start) - wanted[i][1]) <= STEP // 2
            lines += 1
            parts += len(plans[i].state.parts)
    print(f"{sum(solves) / parts:.3f} integrations a line")
    assert sum(solves) <= 1.1 * parts, f"{sum(solves) / parts:.2f} integrations a line"


def test_a_line_that_is_asked_for_again_a_little_longer_is_not_integrated_again(
    engine: IndexTTS2Engine, model: IndexTTS2Model, plans: list[Plan], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the renderer asks where the level moved the speech's ends: that is the one place where lines are respoken."""
    solves = faded(model, monkeypatch, 5)
    engine._latest.clear()
    span = plans[0].natural
    for change in (0, 3, -2, 4, -5):
        [(_, outcome)] = engine.speak([(plans[0], span + change * STEP)])
        speech = unwrap(outcome)
        assert abs((speech.end - speech.start) - (span + change * STEP)) <= STEP // 2
    assert sum(solves) == len(plans[0].state.parts)


def test_a_line_with_points_is_made_longer_behind_them_or_where_it_began_late(
    engine: IndexTTS2Engine, model: IndexTTS2Model, plans: list[Plan], monkeypatch: pytest.MonkeyPatch
) -> None:
    faded(model, monkeypatch, 7)
    plan = plans[0]
    place = plan.places[2]
    asked = replace(plan, points=((place.offset, place.natural),))
    engine._latest.clear()
    [(_, outcome)] = engine.speak([(asked, plan.natural)])
    speech = unwrap(outcome)
    assert abs((speech.end - speech.start) - plan.natural) <= STEP // 2
    assert abs((speech.points[0] - speech.start) - place.natural) <= 1.5 * STEP
