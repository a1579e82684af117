"""The tables of docs/timelines.md that say what survives in which format: each cell is measured."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.otio_adapters.what_survives import FEATURES, FORMATS, Survey, structure

from .pages import page, table

CELLS = table(page("timelines"), "what is kept")
BUILDS = table(page("timelines"), "in the timeline")


@pytest.fixture(scope="module")
def survey(tmp_path_factory: pytest.TempPathFactory) -> Survey:
    return Survey(tmp_path_factory.mktemp("formats"))


def test_the_table_has_every_format_and_feature() -> None:
    assert list(CELLS) == [(feature, suffix) for feature in FEATURES for suffix in FORMATS]


@pytest.mark.parametrize(("feature", "suffix"), CELLS)
def test_a_cell_says_what_is_so(survey: Survey, feature: str, suffix: str) -> None:
    assert survey.cell(suffix, feature) == CELLS[feature, suffix]


def test_the_table_of_builds_has_every_format_and_build() -> None:
    assert list(BUILDS) == [(build, suffix) for build in structure.BUILDS for suffix in structure.FORMATS]


@pytest.mark.parametrize(
    ("build", "suffix"),
    # An AAF takes its time to be written.
    [pytest.param(*cell, marks=pytest.mark.slow if ".aaf" in cell else ()) for cell in BUILDS],
)
def test_a_timeline_is_built_as_a_cell_says_and_its_lines_have_their_slots(
    tmp_path: Path, build: str, suffix: str
) -> None:
    assert structure.becomes(suffix, build, tmp_path) == BUILDS[build, suffix]
