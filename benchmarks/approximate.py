"""How near does the built-in engine come to a speaker, from a clip? Judged on another clip of the same speaker.

    python benchmarks/approximate.py MATERIAL

MATERIAL is a folder as benchmarks/speakers.py says. Similarity is the cosine between embeddings of resemblyzer, of
another sentence than the one the voice was found by. Beside it stand, by their own embeddings, the stock voice nearest
to the clip, and the one stock voice that is nearest to all speakers taken together. Needs the extra ``likeness``.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from speakers import Mono, speakers

from framevox.engine_daemon.audio.enrolment import encode
from framevox.engine_daemon.engines.kokoro.approximate import Approximator, approximate, blends
from framevox.engine_daemon.engines.kokoro.engine import KokoroEngine
from framevox.engine_daemon.engines.kokoro.likeness import Likeness
from framevox.engine_daemon.engines.kokoro.model import SAMPLE_RATE
from framevox.engine_daemon.engines.kokoro.traits import Floats, embedder, stock_traits, traits_of
from framevox.engine_daemon.protocol.connection import Home

SENTENCE = "Nobody in the village had seen the old doctor since the beginning of winter."


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("material", type=Path)
    parser.add_argument("--speakers", type=int, default=99, help="the first so many only")
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    embed = embedder()
    if embed is None:
        parser.error("the extra likeness is missing: pip install 'framevox[likeness]'")
    engine = KokoroEngine(None, Home.find().cache)
    engine.sample({"af_heart": 1.0}, None)  # loading the model is no part of the time
    people = [one for one in speakers(options.material) if len(one[1]) > 1][: options.speakers]
    judged = [traits_of(parts[1], rate, embed).embedding for _, parts, rate in people]
    stock = {name: traits.embedding for name, traits in stock_traits().items()}
    common = max(stock, key=lambda name: np.mean([other @ stock[name] for other in judged]))
    print(f"| speaker | one for all ({common}) | nearest stock voice | without embedding | with | CPU s |")
    print("| --- | ---: | ---: | ---: | ---: | ---: |")

    def judge(person: tuple[str, list[Mono], int], other: Floats) -> list[float]:
        name, parts, rate = person

        def similarity(shares: Mapping[str, float], likeness: Likeness | None) -> float:
            return float(traits_of(engine.sample(shares, likeness, SENTENCE), SAMPLE_RATE, embed).embedding @ other)

        nearest = next(iter(blends(traits_of(parts[0], rate, embed))[0]))
        row = [float(stock[common] @ other), similarity({nearest: 1.0}, None)]
        for one in (None, embed):
            # The work of this thread, whatever else the machine does: the model runs in the thread that asks it.
            began = time.thread_time()
            found = approximate(parts[0], rate, engine.sample, one)
            took = time.thread_time() - began
            row.append(similarity(found.shares, found.likeness))
        print(f"| {name} | {' | '.join(f'{value:.3f}' for value in row)} | {took:.0f} |", flush=True)
        return [*row, took]

    with ThreadPoolExecutor(options.threads) as pool:
        rows = list(pool.map(judge, people, judged))
    mean, most = np.mean(rows, axis=0), np.max(rows, axis=0)[-1]
    print(f"| mean of {len(rows)} | {' | '.join(f'{value:.3f}' for value in mean[:-1])} | {most:.0f} at most |")
    again = []
    with tempfile.TemporaryDirectory() as folder:
        _, parts, rate = people[0]
        content = encode(parts[0], rate)
        Approximator(engine.sample, engine.version, Path(folder)).of(content, "clip")
        keeper = Approximator(engine.sample, engine.version, Path(folder))
        for _ in range(2):
            began = time.monotonic()
            keeper.of(content, "clip")
            again.append(time.monotonic() - began)
    print(f"a second use: {again[0] * 1000:.1f} ms from disk, {again[1] * 1000:.1f} ms from memory")


if __name__ == "__main__":
    main()
