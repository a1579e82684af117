"""What marks cost: signing a take of 3 s in each format, and a stem of an hour.

python benchmarks/signing.py
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from framevox.engine_daemon.audio.label import Label, encode
from framevox.engine_daemon.audio.stem import WINDOW_SECONDS, stem_bytes
from framevox.engine_daemon.client.own_key import make_own_key
from framevox.engine_daemon.protocol.connection import Home
from framevox.engine_daemon.protocol.timebase import Rate
from framevox.engine_daemon.provenance.embedding import WavMarks, embedded
from framevox.engine_daemon.provenance.facts import Facts, VoiceFact, line_hash
from framevox.engine_daemon.provenance.signing import Signing

RATE = 48000
TIMES = 50
STEM_SECONDS = 3600
LABEL = Label("Then send it now.", "1", "ALICE", "kokoro 1", "af_heart", Rate.parse("25"), RATE, 0)
FACTS = Facts("take.wav", "3f9a", "kokoro 1", [VoiceFact("af_heart", "built-in")], [line_hash(LABEL.text)])


def peak_memory() -> int:
    """The most memory that this process has had [MiB]; 0 where the system does not say."""
    if sys.platform == "win32":
        return 0
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // (1024 if sys.platform == "linux" else 2**20)


def silence(samples: int) -> Iterator[Any]:
    for first in range(0, samples, WINDOW_SECONDS * RATE):
        yield np.zeros(min(WINDOW_SECONDS * RATE, samples - first), np.int64)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        credentials = make_own_key(Home.find(Path(folder)))

        def sign() -> Signing:
            return Signing(FACTS, credentials)

        began = time.perf_counter()
        sign()
        print(f"loading c2pa-python: {(time.perf_counter() - began) * 1000:.0f} ms, once")
        noise = np.random.default_rng(1).integers(-(2**20), 2**20, 3 * RATE).astype(np.int32)
        for form in ("wav", "flac", "mp3"):
            media = encode(noise, LABEL, form)
            began = time.perf_counter()
            for _ in range(TIMES):
                marked = embedded(media, form, "", sign)
            took = (time.perf_counter() - began) / TIMES
            print(f"{form}: {took * 1000:.2f} ms a take, {len(marked) - len(media)} bytes more")
        samples = STEM_SECONDS * RATE
        for what, signing in (("unsigned", None), ("signed", sign)):
            before, began = peak_memory(), time.perf_counter()
            with (Path(folder) / "stem.wav").open("wb") as file:
                file.writelines(WavMarks(stem_bytes(silence(samples), samples, LABEL), "", signing))
            took = time.perf_counter() - began
            print(f"stem of {STEM_SECONDS // 60} min, {what}: {took:.1f} s, {peak_memory() - before} MiB more memory")


if __name__ == "__main__":
    main()
