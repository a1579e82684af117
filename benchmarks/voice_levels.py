"""Measures the packaged voices' loudness and writes engine_daemon/rendering/levels.json; prints it as a table.

Run it again when the voices, the model's weights or the calibration sentences change:

    python benchmarks/voice_levels.py
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

from framevox.engine_daemon.engines.kokoro.engine import KokoroEngine
from framevox.engine_daemon.rendering.levels import GAINS_DB, PACKAGED, measure_level, packaged_key


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        engine = KokoroEngine(None, Path(folder))
        levels = {}
        print(f"{'voice':16} {'LUFS':>7}   a span's change at -6, +6 and +12 dB [ms]")
        for name in engine.voices():
            voice = engine.voice(name)
            level = measure_level(engine, voice)
            levels[packaged_key(engine.name, voice.key)] = {"voice": name, "lufs": level.lufs, "growth": level.growth}
            changes = (1000 * level.growth[GAINS_DB.index(db)] / engine.sample_rate for db in (-6, 6, 12))
            print(f"{name:16} {level.lufs:7.2f}   " + "  ".join(f"{change:+6.1f}" for change in changes))
    PACKAGED.write_text(json.dumps(levels, indent=1) + "\n", encoding="ascii")


if __name__ == "__main__":
    main()
