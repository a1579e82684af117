"""Each cell of the table in docs/timelines.md, measured."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field
from pathlib import Path

from framevox.engine_daemon.protocol.timebase import Rate

from .features import FEATURES
from .trips import Trip, trips

RATES = ("23.976", "25", "29.97")


@dataclass
class Survey:
    """Each cell of the table, measured in a folder; a format is written once at a rate."""

    folder: Path
    made: dict[tuple[str, str], tuple[Trip, Trip, list[str]]] = field(default_factory=dict)

    def cell(self, suffix: str, feature: str) -> str:
        """``yes``, ``side file``, ``no, said``, ``no`` or ``—``; all that it is where the rates differ."""
        rates = ("29.97 DF",) if feature == "drop-frame" else RATES
        says = {name: self._says(suffix, feature, name) for name in rates}
        return says[rates[0]] if len(set(says.values())) == 1 else "; ".join(f"{says[name]} at {name}" for name in says)

    def _says(self, suffix: str, feature: str, rate: str) -> str:
        if (suffix, rate) not in self.made:
            there = self.folder / f"{suffix[1:]}-{rate}"
            there.mkdir()
            self.made[suffix, rate] = trips(suffix, Rate.parse(rate), there)
        bare, whole, said = self.made[suffix, rate]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            alone, together = FEATURES[feature](bare), FEATURES[feature](whole)
        if alone is None or alone:
            return "—" if alone is None else "yes"
        if together:
            return "side file" if any("filled.framevox.json" in each for each in said) else "side file, unsaid"
        return "no, said" if any("left out" in each for each in said) else "no"
