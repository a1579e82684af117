"""``python -m tests.otio_adapters.what_survives`` prints the tables."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from . import structure
from .features import FEATURES
from .survey import Survey
from .trips import FORMATS


def main() -> None:
    logging.disable()
    with tempfile.TemporaryDirectory() as folder:
        survey = Survey(Path(folder).resolve())
        _print("what is kept", FEATURES, FORMATS, lambda feature, suffix: survey.cell(suffix, feature))
        print()
        built = Path(folder).resolve()
        _print(
            "in the timeline",
            structure.BUILDS,
            structure.FORMATS,
            lambda build, suffix: structure.becomes(suffix, build, built),
        )


def _print(corner: str, rows: Iterable[str], columns: Sequence[str], cell: Callable[[str, str], str]) -> None:
    print(f"| {corner} | {' | '.join(f'`{column}`' for column in columns)} |")
    print("| --- " * (len(columns) + 1) + "|")
    for row in rows:
        print(f"| {row} | {' | '.join(cell(row, column) for column in columns)} |")


if __name__ == "__main__":
    main()
