"""A small training set of made-up clips: speakers differ in pitch and vowels, emotions in pace, swell and glide."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import soundfile

RATE = 16000
# Pitch in Hz and two formants in Hz; syllables a second, depth of their swell, and the glide of the pitch.
SPEAKERS = {
    "anna": (210, 850, 2100),
    "boris": (95, 500, 1300),
    "chen": (150, 650, 2800),
    "dora": (280, 1000, 1600),
}
EMOTIONS = {
    "angry": (7.0, 0.95, 0.5),
    "calm": (2.0, 0.2, 0.0),
    "happy": (4.5, 0.6, 1.6),
    "sad": (1.2, 0.8, -0.6),
}


def clip(speaker: str, emotion: str, seed: int, seconds: float = 1.6) -> npt.NDArray[np.float32]:
    """Returns a clip, float32 [samples] at 16 kHz; ``seed`` varies pitch, pace, phase and noise."""
    rng = np.random.default_rng([seed, *speaker.encode(), *emotion.encode()])
    pitch, *formants = SPEAKERS[speaker]
    pace, depth, glide = EMOTIONS[emotion]
    t = np.arange(int(seconds * RATE)) / RATE
    pace *= rng.uniform(0.9, 1.1)
    syllable = (t * pace + rng.random()) % 1
    f0 = pitch * rng.uniform(0.97, 1.03) * 2 ** (glide * (syllable - 0.5) / 2)
    phase = 2 * np.pi * np.cumsum(f0) / RATE
    voice = np.zeros_like(t)
    for harmonic in range(1, 20):
        f = harmonic * pitch
        if f > 5000:
            break
        level = sum(np.exp(-(((f - formant) / 300) ** 2)) for formant in formants) + 0.02
        voice += level * np.sin(harmonic * phase + rng.random() * 6)
    swell = 1 - depth + depth * np.sin(np.pi * syllable) ** 2
    sound = voice * swell + rng.normal(0, 0.02, len(t))
    return (0.3 * sound / np.abs(sound).max()).astype(np.float32)


def make_set(root: Path, clips: int = 8, transcripts: bool = False) -> Path:
    """Writes ``SPEAKER/EMOTION/NN.wav`` below ``root``, and a transcript beside each where asked."""
    for speaker in SPEAKERS:
        for emotion in EMOTIONS:
            folder = root / speaker / emotion
            folder.mkdir(parents=True)
            for seed in range(clips):
                soundfile.write(folder / f"{seed:02}.wav", clip(speaker, emotion, seed), RATE)
                if transcripts:
                    (folder / f"{seed:02}.txt").write_text("你好\n", encoding="utf-8")
    return root
