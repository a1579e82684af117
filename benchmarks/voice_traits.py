"""Makes the table of what every packaged voice sounds like, by which engines/kokoro/approximate.py finds the nearest.

    python benchmarks/voice_traits.py

Every voice speaks two sentences; pitch, range and spectrum are measured as those of a clip are, and the speaker is
embedded. Needs the extra ``likeness``. A change of the model's sound or of engines/kokoro/traits.py needs it again.
"""

from __future__ import annotations

import argparse
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from framevox.engine_daemon.engines.base import PLAIN, Samples, unwrap
from framevox.engine_daemon.engines.kokoro import stock
from framevox.engine_daemon.engines.kokoro.engine import SAMPLE, KokoroEngine
from framevox.engine_daemon.engines.kokoro.model import SAMPLE_RATE
from framevox.engine_daemon.engines.kokoro.traits import TABLE, embedder, traits_of
from framevox.engine_daemon.protocol.connection import Home
from framevox.engine_daemon.text import read_line

SENTENCES = (SAMPLE, "We were so tired that nobody said a word on the long way home.")


def spoken(engine: KokoroEngine, name: str) -> Samples:
    voice = engine.voice(name)
    plans = engine.plan([(read_line(text, "en"), voice, PLAIN) for text in SENTENCES])
    parts = [unwrap(speech) for _, speech in engine.speak([(unwrap(plan), None) for plan in plans])]
    return np.concatenate([part.samples[part.start : part.end] for part in parts])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sound", type=Path, help="a folder in which the voices' sound is kept as NAME.npy")
    options = parser.parse_args()
    embed = embedder()
    if embed is None:
        parser.error("the extra likeness is missing: pip install 'framevox[likeness]'")
    engine = KokoroEngine(None, Home.find().cache)
    names = sorted(stock.table().voices)

    def sound(name: str) -> Samples:
        kept = options.sound / f"{name}.npy" if options.sound else None
        if kept and kept.exists():
            return np.load(kept)
        made = spoken(engine, name)
        if kept:
            np.save(kept, made)
        return made

    with ThreadPoolExecutor() as pool:
        traits = [traits_of(made, SAMPLE_RATE, embed) for made in pool.map(sound, names)]
    np.savez_compressed(
        TABLE,
        names=np.array(names),
        pitch=np.array([one.pitch for one in traits], np.float32),
        range=np.array([one.range for one in traits], np.float32),
        spectrum=np.array([one.spectrum for one in traits], np.float16),
        embedding=np.array([one.embedding for one in traits], np.float16),
    )
    print(f"{len(names)} voices, {TABLE.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
