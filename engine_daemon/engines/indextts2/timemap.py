"""Makes a line last an exact number of mel frames by stretching it where speech stretches.

Stretching evenly blurs consonants and shifts every onset against its neighbours; a speaker who slows down lengthens
pauses and vowels and leaves bursts and onsets as they are. The map gives every source frame an elasticity, from
pauses (1) over steady sound (up to 0.4) to onsets (nearly 0), and a rate exp(x * elasticity), with the one x for
which the rates add up to the length asked for.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

PAUSE, STEADY, ONSET = 1.0, 0.4, 0.02
PAUSE_BELOW_DB = 35.0
"""A frame this far below the line's loud frames is a pause."""
_RATES = {"speech": (0.5, 2.2), "pause": (0.1, 8.0)}
_BEFORE, _AFTER = 1, 4  # mel frames of 11.6 ms that belong to an onset


def level(mel: npt.NDArray[np.float32]) -> Floats:
    """Returns the level of each frame of a log mel [80, n] in dB, [n]."""
    dB: Floats = 20 * np.log10(np.exp(mel.astype(np.float64)).mean(0) + 1e-9)  # noqa: N806
    return dB


def elasticity(mel: npt.NDArray[np.float32]) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """Returns how easily each frame of a log mel [80, n] stretches, (0, 1], and which frames are pauses."""
    loudness = level(mel)
    pause = loudness < np.percentile(loudness, 95) - PAUSE_BELOW_DB
    # Change counts above a floor 50 dB below the loudest band: noise below it is no onset.
    audible = np.maximum(mel.astype(np.float64), mel.max() - 50 / 8.686)
    change = np.abs(np.diff(audible, axis=1, prepend=audible[:, :1])).mean(0)
    speech = change[~pause]
    scale = float(np.median(speech)) if len(speech) else 1.0
    scale = max(scale, 0.25 * float(speech.mean()) if len(speech) else 0.0, 1e-3)
    weight = STEADY / (1 + (change / scale) ** 2)
    weight[pause] = PAUSE
    rising = np.diff(loudness, prepend=loudness[:1]) > 0
    begins = np.flatnonzero((change > 2.5 * scale) & (rising | ~pause))
    around = (begins[:, None] + np.arange(-_BEFORE, _AFTER)).ravel()
    weight[around[(around >= 0) & (around < len(weight))]] = ONSET
    return np.maximum(weight, ONSET), pause


def time_map(
    mel: npt.NDArray[np.float32],
    target: int,
    held: tuple[int, int] = (0, 0),
    knots: Sequence[tuple[float, float]] = (),
) -> Floats:
    """Returns the source frame of a log mel [80, n] that each target frame shows: float64 [target], rising.

    ``held``: this many frames at the beginning and at the end keep their length (the silence around the speech).
    ``knots``: pairs of a source frame and the target frame that shows it, both rising; between two of them the line is
    stretched by itself.
    """
    n = mel.shape[1]
    weight, pause = elasticity(mel)
    slow = np.where(pause, _RATES["pause"][1], _RATES["speech"][1])
    fast = np.where(pause, _RATES["pause"][0], _RATES["speech"][0])
    if target - sum(held) < 1 or n <= sum(held):
        held = (0, 0)
    rate = np.ones(n)
    before, shown = held[0], float(held[0])
    for source, when in [*knots, (n - held[1], target - held[1])]:
        last = round(source)
        if before < last:
            piece = slice(before, last)
            rate[piece] = _rates(weight[piece], fast[piece], slow[piece], max(when - shown, 1e-3))
            before, shown = last, when
    edges = np.concatenate([[0.0], np.cumsum(rate)])
    return np.clip(np.interp(np.arange(target) + 0.5, edges, np.arange(n + 1)) - 0.5, 0, n - 1)


def _rates(weight: Floats, fast: Floats, slow: Floats, goal: float) -> Floats:
    """How many target frames each source frame gets, so that they sum to ``goal``."""

    def rates(x: Floats) -> Floats:
        return np.clip(np.exp(np.outer(x, weight)), fast, slow)

    low, high = -200.0, 200.0
    while high - low > 1e-12 * max(1.0, abs(low + high)):
        # Sixteen guesses at a time: each pass over the frames leaves a seventeenth of what was unknown.
        guesses = np.linspace(low, high, 18)
        k = int(np.searchsorted(rates(guesses[1:-1]).sum(1), goal))
        if (low, high) == (guesses[k], guesses[k + 1]):
            break
        low, high = float(guesses[k]), float(guesses[k + 1])
    rate: Floats = rates(np.array([(low + high) / 2]))[0]
    # Past the limits of all frames, what is left is shared evenly.
    return rate * goal / rate.sum()
