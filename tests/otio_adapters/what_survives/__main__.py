"""``python -m tests.otio_adapters.what_survives`` prints the table."""

from __future__ import annotations

import logging
import tempfile
from pathlib import Path

from .features import FEATURES
from .survey import Survey
from .trips import FORMATS


def main() -> None:
    logging.disable()
    print(f"| what is kept | {' | '.join(f'`{suffix}`' for suffix in FORMATS)} |")
    print("| --- " * (len(FORMATS) + 1) + "|")
    with tempfile.TemporaryDirectory() as folder:
        survey = Survey(Path(folder).resolve())
        for feature in FEATURES:
            print(f"| {feature} | {' | '.join(survey.cell(suffix, feature) for suffix in FORMATS)} |")


if __name__ == "__main__":
    main()
