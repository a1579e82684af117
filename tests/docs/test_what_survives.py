"""The table of docs/timelines.md that says what survives in which format: each cell is measured."""

from __future__ import annotations

import pytest

from tests.otio_adapters.what_survives import FEATURES, FORMATS, Survey

from .pages import page, table

CELLS = table(page("timelines"), "what is kept")


@pytest.fixture(scope="module")
def survey(tmp_path_factory: pytest.TempPathFactory) -> Survey:
    return Survey(tmp_path_factory.mktemp("formats"))


def test_the_table_has_every_format_and_feature() -> None:
    assert list(CELLS) == [(feature, suffix) for feature in FEATURES for suffix in FORMATS]


@pytest.mark.parametrize(("feature", "suffix"), CELLS)
def test_a_cell_says_what_is_so(survey: Survey, feature: str, suffix: str) -> None:
    assert survey.cell(suffix, feature) == CELLS[feature, suffix]
