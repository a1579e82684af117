"""The example, spoken with the real voices and played by a real renderer: every take is where it belongs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.conftest import Framevox
from tests.processes import ROOT

from . import ges

pytestmark = [pytest.mark.hosts, pytest.mark.slow, pytest.mark.timeout(900)]

EXAMPLE = ROOT / "plugin" / "cli" / "example.otio"
EXAMPLE_RATE = '"rate": 23.976023976023978'


@pytest.fixture(scope="module")
def framevox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Framevox]:
    if reason := ges.missing():
        pytest.skip(reason)
    command = Framevox(tmp_path_factory.mktemp("home"))
    yield command
    command.run("stop")


@pytest.mark.parametrize("rate", ["23.976023976023978", "25.0"])
def test_the_filled_example_is_rendered_to_the_sample(framevox: Framevox, tmp_path: Path, rate: str) -> None:
    cut = EXAMPLE.read_text("utf-8")
    assert cut.count(EXAMPLE_RATE) == cut.count('"rate":')
    (tmp_path / "cut.otio").write_text(cut.replace(EXAMPLE_RATE, f'"rate": {rate}'), "utf-8")
    report = tmp_path / "report.json"
    ran = framevox.run("fill", tmp_path / "cut.otio", tmp_path / "filled.otio", "--json", code=None, seconds=800)
    assert ran.json["counts"]["placed"] >= 11
    report.write_text(ran.out, "utf-8")
    ges.render(tmp_path / "filled.otio", tmp_path / "rendered.wav")
    assert ges.differences(tmp_path / "rendered.wav", ges.reported_slots(report)) == []
