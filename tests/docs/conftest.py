"""A daemon for the commands of a page."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.e2e.conftest import Framevox


@pytest.fixture(scope="module")
def framevox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Framevox]:
    framevox = Framevox(tmp_path_factory.mktemp("home"))
    daemon = framevox.serve("tests.e2e.engine:tone")
    yield framevox
    framevox.run("stop")
    daemon.wait(20)
