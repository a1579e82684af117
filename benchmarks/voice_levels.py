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
        rows = []
        print(f"{'voice':16} {'LUFS':>7}   a span's change at -6, +6 and +12 dB [ms]")
        for info in engine.voices():
            voice = engine.voice(info.name)
            level = measure_level(engine, voice)
            about = {"voice": info.name, "lufs": level.lufs, "growth": level.growth}
            rows.append(f" {json.dumps(packaged_key(engine.name, voice.key))}: {json.dumps(about)}")
            changes = (1000 * level.growth[GAINS_DB.index(db)] / engine.sample_rate for db in (-6, 6, 12))
            print(
                f"{info.name:16} {level.lufs:7.2f}   " + "  ".join(f"{change:+6.1f}" for change in changes), flush=True
            )
    PACKAGED.write_text("{\n" + ",\n".join(rows) + "\n}\n", encoding="ascii")


if __name__ == "__main__":
    main()
