"""Our stages against what the reference of IndexTTS-2.5 computed with the same weights."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from framevox.engine_daemon.engines.indextts2 import IndexTTS2Model


def test_every_stage_agrees_with_the_reference(model25: IndexTTS2Model, record25: dict[str, Any]) -> None:
    from tests.golden.stage_distances import PER_STAGE
    from tests.golden.stage_distances25 import stages

    table = dict(stages(model25, record25))
    assert len(table) > 40
    assert {name: value for name, value in table.items() if not value <= PER_STAGE} == {}


def test_the_whole_chain_agrees_with_the_reference(model25: IndexTTS2Model, record25: dict[str, Any]) -> None:
    from tests.golden.stage_distances import WHOLE_CHAIN
    from tests.golden.stage_distances25 import chain

    table = dict(chain(model25, record25))
    assert len(table) > 15
    assert {name: value for name, value in table.items() if not value <= WHOLE_CHAIN} == {}
