"""melt as a judge: the program that renders projects for Shotcut and Kdenlive. Debian package: melt."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import numpy as np
import soundfile

from framevox.engine_daemon.protocol.timebase import Rate

PACKAGES = "melt"
WIDTH, HEIGHT = 64, 36
_HEADER = 1000
"""More bytes than a file without a frame has."""
_TRIES, _SECONDS = 12, 20
"""How often a rendering that hangs is tried again, and after how long; one takes about a second. On a busy machine it
hangs more often: once five times in a row."""


def missing() -> str:
    """Why nothing can be rendered here, empty where it can."""
    return "" if shutil.which("melt") else f"melt is not installed: apt-get install {PACKAGES}"


def sound(project: Path, wav: Path, frames: int, channels: int = 1) -> np.ndarray:
    """The sound of the first frames of a project, at 48 kHz; of two channels, which are alike, the left one."""
    _melt(
        project, frames, wav, "f=wav", "acodec=pcm_s24le", "ar=48000", f"ac={channels}", f"channels={channels}", "vn=1"
    )
    read, rate = soundfile.read(wav, dtype="float64", always_2d=True)
    assert rate == 48000 and np.array_equal(read[:, 0], read[:, -1])
    return np.asarray(read[:, 0])


def brightness(project: Path, raw: Path, frames: int, rate: Rate) -> np.ndarray:
    """How bright each of the first frames is, from 0 to 255."""
    size = f"s={WIDTH}x{HEIGHT}"
    # Raw pictures bear no rate, and without one melt makes them 25 a second.
    fps = (f"frame_rate_num={rate.fps.numerator}", f"frame_rate_den={rate.fps.denominator}")
    _melt(project, frames, raw, "f=rawvideo", "vcodec=rawvideo", "pix_fmt=gray", size, "an=1", *fps)
    pixels = np.fromfile(raw, np.uint8)
    return np.asarray(pixels.reshape(-1, WIDTH * HEIGHT).mean(axis=1))


def offset(rendered: np.ndarray, wanted: np.ndarray, first: int, most: int, within: float = 2**-14) -> int | None:
    """How many samples from ``first`` the sound ``wanted`` lies, None if that is more than ``most``."""
    # The last samples of a slot may be the renderer's own rounding; speech never reaches them.
    body = wanted[:-2]
    found = (
        shift
        for shift in range(-most, most + 1)
        if np.allclose(rendered[first + shift : first + shift + len(body)][2:], body[2:], atol=within)
    )
    return next(found, None)


def _melt(project: Path, frames: int, out: Path, *consumer: str) -> None:
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "VIRTUAL_ENV"))}
    # Without a screen, Qt's own services (titles) would end the program.
    kept |= {"QT_QPA_PLATFORM": "offscreen", "SDL_VIDEODRIVER": "dummy", "SDL_AUDIODRIVER": "dummy"}
    command = [
        "melt",
        str(project),
        "in=0",
        f"out={frames - 1}",
        "-consumer",
        f"avformat:{out}",
        *consumer,
        "real_time=-1",
    ]
    for _ in range(_TRIES):
        # melt 7.12 sometimes (2 of 60 runs) ends its own consumer before the first frame, and then waits for it without
        # end, or ends as if all were well.
        out.unlink(missing_ok=True)
        try:
            done = subprocess.run(
                command, env=kept, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=_SECONDS
            )
        except subprocess.TimeoutExpired:
            continue
        if done.returncode:
            raise RuntimeError(f"melt could not render {project}:\n{done.stderr[-2000:]}")
        if out.exists() and out.stat().st_size > _HEADER:
            return
    raise RuntimeError(f"melt rendered nothing in {_TRIES} tries of {project}")
