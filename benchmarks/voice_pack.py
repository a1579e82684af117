"""Packs the 54 voices of Kokoro-82M v1.0 into engine_daemon/engines/kokoro/voices.npz, from their package on npm:

    npm pack kokoro-js@1.2.1 && tar xzf kokoro-js-1.2.1.tgz
    python benchmarks/voice_pack.py package/voices

A voice is a table of styles [510, 256]. All voices' rows are combinations of the same few shapes, so a voice is kept as
[16, 256] and the shapes once, [510, 16]. Prints how far the product is from the originals.
"""

from __future__ import annotations

import argparse
import hashlib
from pathlib import Path

import numpy as np

from framevox.engine_daemon.engines.kokoro.stock import PACK, combine
from framevox.engine_daemon.engines.kokoro.voices import ROWS, WIDTH

RANK = 16
SOURCE = "b89b16e8843463c5a16d45f3904df4c7d0d2a2fdb3997acfb1adc443ec4b4417"
"""SHA-256 of the 54 files of kokoro-js 1.2.1, one after the other in the order of their names."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="package/voices of kokoro-js 1.2.1")
    files = sorted(parser.parse_args().folder.glob("*.bin"))
    contents = [file.read_bytes() for file in files]
    if hashlib.sha256(b"".join(contents)).hexdigest() != SOURCE:
        raise SystemExit("these are not the voices of kokoro-js 1.2.1: run npm pack kokoro-js@1.2.1")
    tables = np.stack([np.frombuffer(content, "<f4").reshape(ROWS, WIDTH) for content in contents])
    flat = tables.transpose(1, 0, 2).reshape(ROWS, -1).astype(np.float64)
    left, sizes, right = np.linalg.svd(flat, full_matrices=False)
    shapes = left[:, :RANK].astype(np.float32)
    weights = (sizes[:RANK, None] * right[:RANK]).reshape(RANK, len(files), WIDTH)
    voices = weights.transpose(1, 0, 2).astype(np.float32)
    names = np.array([file.stem for file in files])
    np.savez_compressed(PACK, shapes=shapes, voices=voices, names=names)

    error = max(
        float(np.abs(combine(shapes, voice) - table).max()) for voice, table in zip(voices, tables, strict=True)
    )
    print(f"{len(files)} voices in {PACK.stat().st_size:,} bytes, the greatest difference {error:.1e}", end=" ")
    print(f"where the mean magnitude is {np.abs(tables).mean():.2f}")


if __name__ == "__main__":
    main()
