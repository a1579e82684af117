"""A daemon that hums, for hosts that are only run here."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.e2e.conftest import Framevox


@pytest.fixture(scope="session")
def hums(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Framevox]:
    framevox = Framevox(tmp_path_factory.mktemp("hosts"))
    daemon = framevox.serve("tests.e2e.engine:tone")
    yield framevox
    framevox.run("stop")
    assert daemon.wait(20) == 0
