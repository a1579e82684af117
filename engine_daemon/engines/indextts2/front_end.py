"""Chooses the text front end of a model's release."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from framevox.engine_daemon.engines.indextts2.loading.config import Config2, ModelConfig
from framevox.engine_daemon.engines.indextts2.text_ids import Segment, TextFrontEnd
from framevox.engine_daemon.text.line import Language, Line


class FrontEnd(Protocol):
    """Reads lines with a model folder's text table."""

    languages: tuple[Language, ...]

    @property
    def vocabulary(self) -> int:
        """How many pieces the table has."""
        ...

    def read(self, line: Line) -> tuple[list[Segment], tuple[str, ...]]:
        """Returns what the model reads at a time, and warnings. Raises InputError for what it cannot read."""
        ...


def front_end(folder: Path, config: ModelConfig, as_released: bool = False) -> FrontEnd:
    """Reads the text table of a model folder. Raises InputError for a damaged one, or one of another release."""
    if isinstance(config, Config2):
        return TextFrontEnd.of(folder, config)
    from framevox.engine_daemon.engines.indextts2.text_ids25 import TextFrontEnd25

    return TextFrontEnd25.of(folder, config, as_released)
