"""How a report of many lines behaves in Chromium: ``python -m benchmarks.report_page [--cues 1000]``.

Needs the extra ``browser`` and Chromium. A key is answered while the next frame is drawn (16.7 ms) or it stutters: ends
with 1 where the median of stepping through the lines and zooming takes longer.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import sync_playwright

from framevox.engine_daemon.client.marking import Marking
from framevox.otio_adapters.report_page.writing import report_page
from tests.otio_adapters.report_page.filled import filled

FRAME_MS = 1000 / 60
STEPS = """() => { const times = []; step(1, -1);
  for (let i = 0; i < 90; i++) { const begun = performance.now(); step(1 + 7 * (i % 3)); zoom(i % 2 ? 0.5 : 2);
    document.body.getBoundingClientRect(); times.push(performance.now() - begun); }
  return times.sort((a, b) => a - b); }"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cues", type=int, default=1000)
    options = parser.parse_args()
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))))
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        path = Path(name) / "report.html"
        timeline, results = filled(Path(name), options.cues)
        begun = time.perf_counter()
        path.write_bytes(b"".join(report_page(timeline, results, "film.otio", Marking())))
        written = time.perf_counter() - begun
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1400, "height": 900})
        begun = time.perf_counter()
        page.goto(path.as_uri())
        page.wait_for_selector("html[data-ready]")
        opened = time.perf_counter() - begun
        steps = page.evaluate(STEPS)
        browser.close()
        middle, high = steps[len(steps) // 2], steps[int(len(steps) * 0.95)]
        print("| lines | file [MB] | written [s] | opened [s] | a step and a zoom, median [ms] | 95 % [ms] |")
        print("| ---: | ---: | ---: | ---: | ---: | ---: |")
        size = path.stat().st_size / 1e6
        print(f"| {options.cues} | {size:.1f} | {written:.1f} | {opened:.1f} | {middle:.1f} | {high:.1f} |")
    sys.exit(0 if middle <= FRAME_MS else 1)


if __name__ == "__main__":
    main()
