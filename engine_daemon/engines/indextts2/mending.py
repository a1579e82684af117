"""Brings a line that was made to its exact length: frames of its mel are doubled or dropped where that is least heard.

Integrating a mel again costs most of what a line costs. What the sound's span misses is a few frames, so they are added
to or taken from the mel itself, in pauses first and then where it is quiet and steady, and only the sound within the
vocoder's reach of them is made again. In a line of several segments the changes lie in the first, the last and the
silences between, so that those in the middle may be made later.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from framevox.engine_daemon.audio.span import speech_span
from framevox.engine_daemon.engines.base import Samples, unwrap
from framevox.engine_daemon.engines.indextts2.model import VOCODER_REACH
from framevox.engine_daemon.engines.indextts2.parts import STEP, DecodedLine, Frames, finished
from framevox.engine_daemon.engines.indextts2.timemap import level, onsets, silence

Mel = npt.NDArray[np.float32]
Vocode = Callable[[Sequence[Mel]], "list[Samples | Exception]"]

ROUNDS = 6
"""How often a line is mended: where its ends lie within the vocoder's reach of a change, they may move once more."""
MOST = 0.12
"""The largest share of a line's frames that may be added or dropped; past that it has to be made again."""
_EDGE = 3  # frames at the ends of the speech that are never changed
_APART = 4  # frames between two changes outside of pauses, so that no vowel is seen to stand still
_NEAR_DB, _ONSET_DB = 30.0, 60.0  # what being near the ends, or an onset, costs against being quiet


@dataclass(frozen=True, slots=True)
class Made:
    """A line that was made: the frame of the draft that each of its frames shows, int64 [M], and of every part the log
    mel [80, m] and the sound [256 m] as the networks made them, None for a part that is not made yet."""

    shown: Frames
    mels: tuple[Mel | None, ...]
    sounds: tuple[Samples | None, ...]

    def starts(self, line: DecodedLine) -> list[int]:
        """Returns the frame at which each part begins."""
        return [int(np.searchsorted(self.shown, offset)) for offset in line.offsets]

    def span(self, line: DecodedLine) -> tuple[int, int]:
        """Returns the samples at which its speech begins and ends, (0, 0) where it is silent or no numbers. Parts that
        are not made yet count as silent."""
        found: list[int] = []
        for k, (start, sound) in enumerate(zip(self.starts(line), self.sounds, strict=True)):
            if sound is None:
                continue
            if not np.isfinite(sound).all():
                return 0, 0
            first, last = speech_span(finished(sound, line.read.gain, k > 0, k < len(self.sounds) - 1))
            if last:
                found += [start * STEP + first, start * STEP + last]
        return (min(found), max(found)) if found else (0, 0)


@dataclass(frozen=True, slots=True)
class Aim:
    """A line that was made, the samples it is to span, and its points, as ``Plan.points``."""

    line: DecodedLine
    made: Made
    span: int
    points: tuple[tuple[float, int], ...] = ()

    @property
    def off(self) -> int:
        """By how many samples its speech is too short."""
        start, end = self.made.span(self.line)
        return self.span - (end - start)

    @property
    def met(self) -> bool:
        return abs(self.off) <= STEP // 2


class Latest:
    """Lines made just now, so that one that is asked for again a little longer or shorter is mended and not made."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._aims: OrderedDict[int, Aim] = OrderedDict()

    def clear(self) -> None:
        self._aims.clear()

    def keep(self, aim: Aim) -> None:
        self._aims[id(aim.line.read)] = aim  # alive as long as it is kept, so its id is its own
        self._aims.move_to_end(id(aim.line.read))
        while len(self._aims) > self._most:
            self._aims.popitem(last=False)

    def find(self, line: DecodedLine, points: Sequence[tuple[float, int]], span: int) -> Made | None:
        """Returns what was made of this very line with the same points, where the span is near enough to mend it."""
        aim = self._aims.get(id(line.read))
        if aim is None or aim.line is not line or tuple(points) != aim.points:
            return None
        return aim.made if abs(span - aim.span) <= MOST / 2 * aim.span else None


def mend(aims: Mapping[int, Aim], vocode: Vocode) -> dict[int, Aim | Exception]:
    """Mends lines until each spans what it is to span, to within half a frame, or cannot be brought nearer this way.

    The touched stretches of all lines are vocoded together; an exception is the outcome of its own line.
    """
    best: dict[int, Aim | Exception] = dict(aims)
    now = dict(aims)
    for _ in range(ROUNDS):
        wanted: dict[int, tuple[Aim, list[_Patch]]] = {}
        for i, aim in now.items():
            if aim.met or aim.made.span(aim.line) == (0, 0):
                continue
            changes = _choose(aim)
            if changes is not None:
                wanted[i] = _change(aim, changes, 1 if aim.off > 0 else -1)
        if not wanted:
            break
        sounds = iter(vocode([patch.window for _, patches in wanted.values() for patch in patches]))
        now = {}
        for i, (aim, patches) in wanted.items():
            made = [next(sounds) for _ in patches]
            try:
                now[i] = _patched(aim, patches, [unwrap(sound) for sound in made])
            except Exception as error:
                best[i] = error
                continue
            former = best[i]
            if isinstance(former, Aim) and abs(now[i].off) < abs(former.off):
                best[i] = now[i]
    return best


def _choose(aim: Aim) -> list[int] | None:
    """Which frames of the line to double or to drop, None where too few can be."""
    count = round(aim.off / STEP) or (1 if aim.off > 0 else -1)
    start, end = (edge // STEP for edge in aim.made.span(aim.line))
    price = _prices(aim, start, end)
    if not aim.points:
        return _cheapest(price, abs(count), start + _EDGE, end - _EDGE)
    # A point's place counts from where the speech begins: what is missing there is made up before the first of them.
    frames = [int(np.searchsorted(aim.made.shown, aim.line.frame_at(offset))) for offset, _ in aim.points]
    ahead = round(aim.points[0][1] / STEP) - (frames[0] - start)
    ahead = max(0, min(count, ahead)) if count > 0 else min(0, max(count, ahead))
    before = _cheapest(price, abs(ahead), start + _EDGE, frames[0] - 1)
    behind = _cheapest(price, abs(count - ahead), max(frames) + _EDGE, end - _EDGE)
    return None if before is None or behind is None else before + behind


def _prices(aim: Aim, start: int, end: int) -> npt.NDArray[np.float64]:
    """How much a change is heard at each frame, in dB; infinite where there may be none. [M]"""
    price = np.full(len(aim.made.shown), -200.0)  # silence between parts
    starts = aim.made.starts(aim.line)
    last = len(starts) - 1
    for k, (first, mel) in enumerate(zip(starts, aim.made.mels, strict=True)):
        if mel is None or k not in (0, last):
            width = int(np.searchsorted(aim.made.shown, aim.line.offsets[k] + aim.line.parts[k].draft.shape[1])) - first
            price[first : first + width] = np.inf
            continue
        silent, pause = silence(mel)
        heard = np.where(pause, -100.0, np.where(onsets(mel, silent) & ~silent, _ONSET_DB, 0.0))
        price[first : first + mel.shape[1]] = level(mel) + heard
    frames = np.arange(len(price))
    price += _NEAR_DB * ((frames < start + VOCODER_REACH + 2) | (frames > end - VOCODER_REACH - 2))
    return price


def _cheapest(price: npt.NDArray[np.float64], count: int, first: int, last: int) -> list[int] | None:
    """The ``count`` cheapest frames of [first, last), set apart outside of silence; None where too few can be had."""
    if count == 0:
        return []
    if count > max(3, MOST * (last - first)):
        return None
    chosen: list[int] = []
    for frame in first + np.argsort(price[max(0, first) : last], kind="stable"):
        if not np.isfinite(price[frame]):
            break
        if price[frame] < -100 or all(abs(frame - other) >= _APART for other in chosen):
            chosen.append(int(frame))
            if len(chosen) == count:
                return sorted(chosen)
    return None


@dataclass(frozen=True, slots=True)
class _Patch:
    """A stretch of a part's mel whose sound is made again: its window, what of the window's sound is kept, and what of
    the part's former sound that replaces; frames all of them."""

    part: int
    window: Mel
    kept: slice
    former: slice


def _change(aim: Aim, frames: Sequence[int], sign: int) -> tuple[Aim, list[_Patch]]:
    """The line with frames doubled or dropped, still with its former sounds, and what has to be vocoded again."""
    made, chosen = aim.made, np.array(sorted(frames))
    shown = np.insert(made.shown, chosen + 1, made.shown[chosen]) if sign > 0 else np.delete(made.shown, chosen)
    mels, patches = list(made.mels), []
    for k, (first, mel) in enumerate(zip(made.starts(aim.line), made.mels, strict=True)):
        if mel is None:
            continue
        columns = chosen[(chosen >= first) & (chosen < first + mel.shape[1])] - first
        if not len(columns):
            continue
        after = np.minimum(columns + 1, mel.shape[1] - 1)
        changed = (
            np.insert(mel, columns + 1, (mel[:, columns] + mel[:, after]) / 2, axis=1)
            if sign > 0
            else np.delete(mel, columns, axis=1)
        )
        mels[k] = changed
        patches += _stretches(k, changed, mel.shape[1], columns, sign)
    return replace(aim, made=replace(made, shown=shown, mels=tuple(mels))), patches


def _stretches(part: int, mel: Mel, former: int, columns: Frames, sign: int) -> list[_Patch]:
    """The stretches of a changed mel that sound different, each with as much around it as the vocoder looks at."""
    reach, patches = VOCODER_REACH, []
    for group in np.split(columns, np.flatnonzero(np.diff(columns) > 3 * reach) + 1):
        ahead = sign * int(np.searchsorted(columns, group[0]))  # by how much the changes before it have moved it
        start, end = max(0, int(group[0]) - reach), min(former, int(group[-1]) + 1 + reach)
        now, then = start + ahead, end + ahead + sign * len(group)
        window = max(0, now - reach), min(mel.shape[1], then + reach)
        patches.append(
            _Patch(part, mel[:, slice(*window)], slice(now - window[0], then - window[0]), slice(start, end))
        )
    return patches


def _patched(aim: Aim, patches: Sequence[_Patch], sounds: Sequence[Samples]) -> Aim:
    """The line with its changed stretches' sounds in place of the former ones."""
    made = list(aim.made.sounds)
    for k, former in enumerate(aim.made.sounds):
        mine = [(patch, sound) for patch, sound in zip(patches, sounds, strict=True) if patch.part == k]
        if former is None or not mine:
            continue
        pieces, done = [], 0
        for patch, sound in mine:
            pieces += [
                former[done : patch.former.start * STEP],
                sound[patch.kept.start * STEP : patch.kept.stop * STEP],
            ]
            done = patch.former.stop * STEP
        made[k] = np.concatenate([*pieces, former[done:]])
    return replace(aim, made=replace(aim.made, sounds=tuple(made)))
