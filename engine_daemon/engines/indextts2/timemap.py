"""Makes a line last an exact number of mel frames by stretching it where speech stretches.

Stretching evenly blurs consonants and shifts every onset against its neighbours; a speaker who slows down lengthens
pauses and stressed vowels and leaves bursts and onsets as they are. The map gives every source frame an elasticity: 1
in pauses, up to 0.6 in sound that is accented (``accents.py``), more or less of that where the text says so
(``emphasis.py``), and nearly 0 in consonants, closures and onsets; and a rate exp(x * elasticity), with the one x for
which the rates add up to the length asked for. ``benchmarks/stress.py`` measures on the built-in engine's speech who
takes the stretch.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from framevox.engine_daemon.engines.indextts2.accents import Floats, Truths, accents, smooth, sonority

PAUSE, ACCENTED, CLOSURE, LEAST = 1.0, 0.6, 0.02, 0.005
"""The elasticity of pauses, of the most accented sound, of the silence before a burst, and of onsets and all sound that
is not accented."""
PAUSE_BELOW_DB = 35.0
"""A frame this far below the line's loud frames is silent."""
_LEAST_PAUSE = 9
"""Silence shorter than this many frames (0.1 s) is a consonant's closure and no pause."""
_MIDDLE, _WIDTH = 0.8, 0.25
"""The accent at which sound is half as elastic as it can be, and how fast that changes, in deviations of the line's."""
_RISE_DB = 2.0
"""A rise by so much in a frame, as from a consonant to its vowel, leaves half the elasticity."""
_RATES = {"speech": (0.4, 2.2), "pause": (0.1, 8.0)}
_BEFORE, _AFTER = 1, 2  # mel frames of 11.6 ms that belong to an onset


def level(mel: npt.NDArray[np.float32]) -> Floats:
    """Returns the level of each frame of a log mel [80, n] in dB, [n]."""
    dB: Floats = 20 * np.log10(np.exp(mel.astype(np.float64)).mean(0) + 1e-9)  # noqa: N806
    return dB


def silence(mel: npt.NDArray[np.float32]) -> tuple[Truths, Truths]:
    """Returns which frames of a log mel [80, n] are silent, and which of these are a pause and not a closure."""
    loudness = level(mel)
    silent = loudness < np.percentile(loudness, 95) - PAUSE_BELOW_DB
    pause = silent.copy()
    edges = np.flatnonzero(np.diff(silent, prepend=False, append=False))
    for first, last in zip(edges[::2], edges[1::2], strict=True):
        if last - first < _LEAST_PAUSE and first > 0 and last < len(silent):
            pause[first:last] = False
    return silent, pause


def onsets(mel: npt.NDArray[np.float32], silent: Truths) -> Truths:
    """Returns which frames of a log mel [80, n] belong to an onset: a burst, or a sudden change while sound grows."""
    # Change counts above a floor 50 dB below the loudest band: noise below it is no onset.
    audible = np.maximum(mel.astype(np.float64), mel.max() - 50 / 8.686)
    change = np.abs(np.diff(audible, axis=1, prepend=audible[:, :1])).mean(0)
    speech = change[~silent]
    scale = max(float(np.median(speech)), 0.25 * float(speech.mean()), 1e-3) if len(speech) else 1.0
    loudness = level(mel)
    rising = np.diff(loudness, prepend=loudness[:1]) > 0
    begins = np.flatnonzero((change > 2.5 * scale) & rising)
    around = (begins[:, None] + np.arange(-_BEFORE, _AFTER)).ravel()
    found = np.zeros(mel.shape[1], np.bool_)
    found[around[(around >= 0) & (around < len(found))]] = True
    return found


def elasticity(
    mel: npt.NDArray[np.float32], emphasis: Floats | None = None, pitched: bool = True
) -> tuple[Floats, Truths]:
    """Returns how easily each frame of a log mel [80, n] stretches, (0, 1], and which frames are pauses.

    ``emphasis`` [n] is what the text says (``emphasis.py``); ``pitched`` is as in ``accents.accents``.
    """
    silent, pause = silence(mel)
    accent = accents(mel, ~silent, pitched)
    # Against how far accents of this line differ, so that a mel that is drawn roughly counts as a sharp one does.
    spread = float(accent[~silent].std()) if (~silent).any() else 0.0
    standing = accent / max(spread, 1e-3)
    weight = ACCENTED / (1 + np.exp((_MIDDLE - standing) / _WIDTH))
    rise = np.gradient(smooth(sonority(mel), 3)) if len(weight) > 1 else np.zeros(len(weight))
    weight /= 1 + (np.maximum(0, rise) / _RISE_DB) ** 2
    if emphasis is not None:
        weight *= emphasis
    weight = np.maximum(weight, LEAST)
    weight[onsets(mel, silent)] = LEAST
    weight[silent] = CLOSURE
    weight[pause] = PAUSE
    return weight, pause


def time_map(
    mel: npt.NDArray[np.float32],
    target: int,
    held: tuple[int, int] = (0, 0),
    knots: Sequence[tuple[float, float]] = (),
    elastic: tuple[Floats, Truths] | None = None,
) -> Floats:
    """Returns the source frame of a log mel [80, n] that each target frame shows: float64 [target], rising.

    ``held``: this many frames at the beginning and at the end keep their length (the silence around the speech).
    ``knots``: pairs of a source frame and the target frame that shows it, both rising; between two of them the line is
    stretched by itself. ``elastic`` is what ``elasticity`` says of the mel, where more is known than the mel.
    """
    n = mel.shape[1]
    edges = np.concatenate([[0.0], np.cumsum(frame_rates(mel, target, held, knots, elastic))])
    return np.clip(np.interp(np.arange(target) + 0.5, edges, np.arange(n + 1)) - 0.5, 0, n - 1)


def frame_rates(
    mel: npt.NDArray[np.float32],
    target: int,
    held: tuple[int, int] = (0, 0),
    knots: Sequence[tuple[float, float]] = (),
    elastic: tuple[Floats, Truths] | None = None,
) -> Floats:
    """Returns how many target frames each source frame becomes, [n], for ``time_map``."""
    n = mel.shape[1]
    weight, pause = elasticity(mel) if elastic is None else elastic
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
    return rate


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
