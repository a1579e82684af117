"""How long it takes to write a long list of cues in another program's format, and to see which of its slots came back.

    python -m benchmarks.reading_back                         # 1,000 and 5,000 cues, in every format (many minutes)
    python -m benchmarks.reading_back --cues 1000 --formats .xml .fcpxml

*Written* is OpenTimelineIO's adapter with what is mended before and after it, *read* the same the other way,
*compared* our own search for lines whose slots are not what they were. Times are of the processor. Needs the extra
``[adapters]``.
"""

from __future__ import annotations

import argparse
import tempfile
import time
import warnings
from fractions import Fraction
from pathlib import Path

from framevox.engine_daemon.protocol.timebase import Rate
from framevox.otio_adapters.exchange import mended, read_again, write_mended
from framevox.otio_adapters.loading import own_plugins_off
from framevox.otio_adapters.reading_back import strayed
from framevox.otio_adapters.side_file import with_ids_in_names, with_side_file
from framevox.otio_adapters.subtitles import Caption, Layout, timeline_of

RATE = Rate.parse("25")
FORMATS = (".xml", ".fcpxml", ".aaf", ".edl")


def measured(number: int, path: Path) -> tuple[float, float, float]:
    """The seconds for ``number`` cues of one second with one between them: written, read, compared."""
    cues = [Caption(n + 1, Fraction(2 * n), Fraction(2 * n + 1), f"ANNA: Line {n}, as it is.") for n in range(number)]
    timeline = timeline_of(cues, Layout(RATE, start=3600 * 25), "cues")
    began = time.process_time()
    write_mended(with_ids_in_names(mended(timeline, path.suffix)[0]), path)
    written = time.process_time()
    read = read_again(path, RATE, **own_plugins_off())
    assert read is not None
    back = time.process_time()
    lost = strayed(timeline, with_side_file(read, path, None), path)
    compared = time.process_time()
    assert not lost, lost[0]
    return written - began, back - written, compared - back


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cues", type=int, nargs="*", default=[1_000, 5_000])
    parser.add_argument("--formats", nargs="*", default=FORMATS)
    given = parser.parse_args()
    warnings.simplefilter("ignore")  # what the adapters say of themselves
    print("| format | cues | written | read | compared |\n| --- | --- | --- | --- | --- |")
    for suffix in given.formats:
        for number in given.cues:
            with tempfile.TemporaryDirectory() as folder:
                times = measured(number, Path(folder) / f"cues{suffix}")
            print(f"| `{suffix}` | {number:,} | {' | '.join(f'{seconds:.2f} s' for seconds in times)} |", flush=True)


if __name__ == "__main__":
    main()
