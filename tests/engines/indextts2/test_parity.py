"""Our stages against what the reference computed with the same weights (tests/golden/record_indextts2.py)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from framevox.engine_daemon.engines.indextts2 import IndexTTS2Model


def test_every_stage_agrees_with_the_reference(model: IndexTTS2Model, record: dict[str, Any]) -> None:
    from tests.golden.stage_distances import PER_STAGE, stages

    table = dict(stages(model, record))
    assert len(table) > 50
    assert {name: value for name, value in table.items() if not value <= PER_STAGE} == {}


def test_the_whole_chain_agrees_with_the_reference(model: IndexTTS2Model, record: dict[str, Any]) -> None:
    from tests.golden.stage_distances import WHOLE_CHAIN, chain

    table = dict(chain(model, record))
    assert {"run0_sound", "run1_sound", "run2_sound"} <= set(table)
    assert {name: value for name, value in table.items() if not value <= WHOLE_CHAIN} == {}
