"""A voice out of nothing, for tests: syllables with a gliding pitch, formants, consonants and pauses."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

RATE = 24000


def voice(
    seconds: float, rate: int = RATE, pitch: float = 130.0, tract: float = 1.0, seed: int = 0
) -> npt.NDArray[np.float32]:
    """Mono speech-like sound [seconds * rate], peak 0.5. ``tract`` scales the formants."""
    random = np.random.default_rng(seed)
    sound = np.zeros(round(seconds * rate))
    at = 0.05
    while at < seconds - 0.3:
        length = random.uniform(0.12, 0.25)
        time = np.arange(round(length * rate)) / rate
        glide = pitch * 2 ** (random.uniform(-3, 3) / 12 + random.uniform(-5, 5) / 12 * time / length)
        phase = np.cumsum(glide) / rate
        formants = [f * tract for f in random.choice([(300, 2300, 3000), (700, 1200, 2600), (500, 1500, 2500)])]
        syllable = np.zeros(len(time))
        for overtone in range(1, int(5500 / pitch)):
            hertz = overtone * pitch
            gain = sum(1 / (1 + ((hertz - f) / 120) ** 2) for f in formants) / overtone**0.3
            syllable += gain * np.sin(2 * np.pi * overtone * phase)
        syllable *= np.sin(np.pi * time / length) ** 0.5
        hiss = np.diff(random.standard_normal(round(0.05 * rate) + 1)) * 0.3 * np.hanning(round(0.05 * rate))
        for part, start in ((hiss, at), (syllable, at + 0.05)):
            first = round(start * rate)
            part = part[: len(sound) - first]
            sound[first : first + len(part)] += part
        at += 0.05 + length + (random.uniform(0.2, 0.4) if random.random() < 0.25 else 0.03)
    sound += random.standard_normal(len(sound)) * 1e-5
    return (0.5 * sound / np.abs(sound).max()).astype(np.float32)
