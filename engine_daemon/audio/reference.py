"""Is a clip fit to clone a voice from, and which part of it."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from framevox.engine_daemon.protocol.errors import InputError

MIN_SECONDS, MAX_SECONDS, LONGEST_SECONDS = 3, 15, 300
LOWEST_RATE, HIGHEST_RATE = 16000, 192000
_FRAME = 0.02  # seconds


def check_clip(wave: npt.NDArray[np.float32], sample_rate: int) -> npt.NDArray[np.float32]:
    """Mono float32 [n] -> the same, or its best 15 s when longer. Raises InputError saying what to record instead."""
    if wave.ndim != 1:
        raise InputError(f"the clip has shape {wave.shape}: mix it down to one channel")
    if not np.issubdtype(wave.dtype, np.floating):
        raise InputError(f"the clip holds {wave.dtype} samples: convert them to floats between -1 and 1")
    wave = np.ascontiguousarray(wave, dtype=np.float32)
    if not LOWEST_RATE <= sample_rate <= HIGHEST_RATE:
        raise InputError(
            f"the clip has {sample_rate} samples a second: use a recording of {LOWEST_RATE} to {HIGHEST_RATE} "
            "(telephone recordings lack the upper half of a voice)"
        )
    seconds = len(wave) / sample_rate
    if seconds < MIN_SECONDS:
        raise InputError(f"the clip is {seconds:.1f} s long: give at least {MIN_SECONDS} s, better 5 s")
    if seconds > LONGEST_SECONDS:
        raise InputError(f"the clip is {seconds / 60:.0f} min long: cut out 5 to {MAX_SECONDS} s of one voice")
    if not np.isfinite(wave).all():
        raise InputError("the clip holds samples that are not numbers: export it again")
    peak = float(np.abs(wave).max())
    if peak < 10 ** (-50 / 20):
        raise InputError("the clip is silent (nothing above -50 dBFS): check which track was exported")
    if peak > 8:
        raise InputError(f"the clip goes up to {peak:.0f} times full scale: export it again as sound")
    flat = np.abs(wave) >= max(0.99, 0.999 * peak)
    # Three in a row at the ceiling: single peaks of a loud master are no clipping.
    share = float(np.mean(flat[2:] & flat[1:-1] & flat[:-2]))
    if share > 0.002:
        raise InputError(f"the clip is clipped ({share:.1%} of it at full scale): use a quieter recording")
    return wave if seconds <= MAX_SECONDS else best_part(wave, sample_rate)[1]


def levels(wave: npt.NDArray[np.float32], sample_rate: int) -> npt.NDArray[np.float64]:
    """Level of each 20 ms in dB, [n / (0.02 sample_rate)]."""
    size = round(_FRAME * sample_rate)
    frames = wave[: len(wave) // size * size].reshape(-1, size).astype(np.float64)
    level: npt.NDArray[np.float64] = 10 * np.log10(np.mean(frames**2, axis=1) + 1e-12)
    return level


def best_part(wave: npt.NDArray[np.float32], sample_rate: int) -> tuple[int, npt.NDArray[np.float32]]:
    """The 15 s with most speech in them, beginning where it is quiet so that no word is cut, and their first sample."""
    level = levels(wave, sample_rate)
    active = level > np.percentile(level, 95) - 35
    span = round(MAX_SECONDS / _FRAME)
    if len(level) <= span:
        return 0, wave[: MAX_SECONDS * sample_rate]
    speech = np.convolve(active, np.ones(span), "valid") / span
    edge = (level[: len(speech)] - level.min()) / max(np.ptp(level), 1e-9)
    start = int(np.argmax(speech - 0.1 * edge)) * round(_FRAME * sample_rate)
    start = min(start, len(wave) - MAX_SECONDS * sample_rate)
    return start, wave[start : start + MAX_SECONDS * sample_rate]
