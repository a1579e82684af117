"""Measures the packaged voices' loudness and writes engine_daemon/rendering/levels.json; prints it as a table.

Run it again when the model's weights or the calibration sentences change, and with ``--missing`` when voices came in
addition:

    python benchmarks/voice_levels.py [--missing]
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path

from framevox.engine_daemon.engines.kokoro.engine import KokoroEngine
from framevox.engine_daemon.rendering.levels import GAINS_DB, PACKAGED, measure_level, packaged_key


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--missing", action="store_true", help="measure only voices that have no packaged level")
    known = json.loads(PACKAGED.read_text(encoding="ascii")) if parser.parse_args().missing else {}
    with tempfile.TemporaryDirectory() as folder:
        engine = KokoroEngine(None, Path(folder))
        rows = []
        print(f"{'voice':16} {'LUFS':>7}   a span's change at -6, +6 and +12 dB [ms]")
        for info in engine.voices():
            voice = engine.voice(info.name)
            key = packaged_key(engine.name, voice.key)
            if key in known:
                rows.append(f" {json.dumps(key)}: {json.dumps(known[key])}")
                continue
            level = measure_level(engine, voice)
            about = {"voice": info.name, "lufs": level.lufs, "growth": level.growth}
            rows.append(f" {json.dumps(key)}: {json.dumps(about)}")
            changes = (1000 * level.growth[GAINS_DB.index(db)] / engine.sample_rate for db in (-6, 6, 12))
            print(
                f"{info.name:16} {level.lufs:7.2f}   " + "  ".join(f"{change:+6.1f}" for change in changes), flush=True
            )
    PACKAGED.write_text("{\n" + ",\n".join(rows) + "\n}\n", encoding="ascii")


if __name__ == "__main__":
    main()
