"""Length control between codes and mel: exact, and gentle to onsets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pytest

if TYPE_CHECKING:
    from framevox.engine_daemon.engines.indextts2 import IndexTTS2Model, Prompt

Floats = npt.NDArray[np.float64]
ATTACK = 5  # mel frames from silence or the vowel before to the full vowel


def spoken_mel() -> tuple[npt.NDArray[np.float32], list[int], list[tuple[int, int]]]:
    """Three phrases of five syllables with pauses between. -> log mel [80, n], onsets, and phrases as [start, end).

    A syllable is a burst of its own spectrum, a rise of 5 frames and a steady vowel with a little flutter.
    """
    rng = np.random.default_rng(5)
    frames: list[npt.NDArray[np.float64]] = []
    onsets: list[int] = []
    phrases: list[tuple[int, int]] = []

    def silence(n: int) -> None:
        frames.extend(-11 + 0.3 * rng.standard_normal((n, 80)))

    silence(12)
    for phrase in range(3):
        start = len(frames)
        for _ in range(5):
            onsets.append(len(frames))
            burst, vowel = -4 + 2 * rng.standard_normal(80), -3 + 1.5 * rng.standard_normal(80)
            for k in range(ATTACK):
                frames.append(burst + (vowel - burst) * k / ATTACK)
            frames.extend(vowel + 0.05 * rng.standard_normal((int(rng.integers(8, 16)), 80)))
        phrases.append((start, len(frames)))
        silence(30 if phrase < 2 else 12)
    return np.array(frames, np.float32).T, onsets, phrases


def where(source: Floats, frame: float) -> float:
    """At which target frame a source frame is shown (first)."""
    return float(np.interp(frame, source, np.arange(len(source))))


def even_map(n: int, target: int) -> Floats:
    return np.minimum(np.floor(np.arange(target) * n / target), n - 1)


RATIOS = [0.75, 0.875, 1.125, 1.25, 1.35]


@pytest.mark.parametrize("ratio", [0.3, 0.5, *RATIOS, 1.0, 2.0, 4.0])
def test_it_lands_on_the_exact_number_of_frames_and_never_runs_backwards(ratio: float) -> None:
    from framevox.engine_daemon.engines.indextts2.timemap import time_map

    mel, _, phrases = spoken_mel()
    target = round(mel.shape[1] * ratio)
    source = time_map(mel, target)
    assert source.shape == (target,)
    assert (np.diff(source) >= 0).all() and source[0] >= 0 and source[-1] <= mel.shape[1] - 1
    assert source[0] < phrases[0][0] and source[-1] >= phrases[-1][1]  # neither end is lost


@pytest.mark.parametrize("ratio", RATIOS)
def test_onsets_move_less_than_half_as_much_as_in_an_even_stretch(ratio: float) -> None:
    """Within its phrase: how far each onset is from where it would be had nothing been stretched."""
    from framevox.engine_daemon.engines.indextts2.timemap import time_map

    mel, onsets, phrases = spoken_mel()
    target = round(mel.shape[1] * ratio)
    moved = {}
    for name, source in (("ours", time_map(mel, target)), ("even", even_map(mel.shape[1], target))):
        moved[name] = [
            abs((where(source, onset) - where(source, start)) - (onset - start))
            for start, end in phrases
            for onset in onsets
            if start < onset < end
        ]
    assert np.mean(moved["ours"]) < 0.5 * np.mean(moved["even"])
    assert max(moved["ours"]) < 0.6 * max(moved["even"])


@pytest.mark.parametrize("ratio", RATIOS)
def test_the_attack_of_an_onset_keeps_its_length(ratio: float) -> None:
    from framevox.engine_daemon.engines.indextts2.timemap import time_map

    mel, onsets, _ = spoken_mel()
    target = round(mel.shape[1] * ratio)
    change = {}
    for name, source in (("ours", time_map(mel, target)), ("even", even_map(mel.shape[1], target))):
        lengths = [where(source, onset + ATTACK - 1) - where(source, onset) for onset in onsets]
        change[name] = np.mean(np.abs(np.array(lengths) - (ATTACK - 1)))
    assert change["ours"] < 0.5 * change["even"]


def test_held_ends_keep_their_length() -> None:
    from framevox.engine_daemon.engines.indextts2.timemap import time_map

    mel, _, _ = spoken_mel()
    n = mel.shape[1]
    source = time_map(mel, n + 40, held=(10, 8))
    assert np.allclose(source[:10], np.arange(10)) and np.allclose(source[-8:], np.arange(n - 8, n))


@pytest.mark.parametrize("mel", [np.full((80, 20), -11.0), np.zeros((80, 1)), np.full((80, 3), -4.0)])
def test_sound_without_features_is_stretched_evenly(mel: npt.NDArray[np.float64]) -> None:
    from framevox.engine_daemon.engines.indextts2.timemap import time_map

    n = mel.shape[1]
    for target in (1, n, 3 * n):
        source = time_map(mel.astype(np.float32), target)
        assert len(source) == target and np.allclose(source, (np.arange(target) + 0.5) * n / target - 0.5, atol=0.51)


def test_a_mel_has_exactly_the_frames_asked_for(
    model: IndexTTS2Model, prompts: tuple[Prompt, Prompt], record: dict[str, Any]
) -> None:
    import torch

    from tests.golden.stages import codes_to_mel

    codes = torch.from_numpy(record["run0_codes"])
    lat = torch.from_numpy(record["run0_latent"])
    assert model.frames(1000) == 1723  # 441 samples a code, 256 a frame: 1722.66, where 1.72 a code would be 1720
    for n_frames in (30, 41, 55):
        mel = codes_to_mel(model, codes, lat, prompts[0], n_frames, steps=2)
        assert mel.shape == (80, n_frames)
        assert model.vocode(mel).shape == (n_frames * 256,)


def test_frames_that_are_knots_are_shown_when_they_shall_be() -> None:
    from framevox.engine_daemon.engines.indextts2.timemap import time_map

    mel, onsets, _ = spoken_mel()
    n = mel.shape[1]
    sources = [onsets[4], onsets[9], onsets[13]]
    for target, knots in (
        (n, []),
        (n + 20, [(float(sources[0]), sources[0] + 12.5)]),
        (n - 15, [(float(sources[0]), sources[0] - 8.0), (float(sources[1]), sources[1] - 20.0)]),
        (n, [(float(at), at + move) for at, move in zip(sources, (6.0, -9.0, 4.0), strict=True)]),
    ):
        source = time_map(mel, target, held=(12, 12), knots=knots)
        assert len(source) == target and (np.diff(source) >= 0).all()
        for frame, when in knots:
            assert abs(where(source, frame - 0.5) + 0.5 - when) < 1
        # The silence at both ends keeps its length.
        assert abs(where(source, 12) - 12) < 1 and abs(where(source, n - 13) - (target - 13)) < 1
