"""A daemon that hums, for hosts that are only run here."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.e2e.conftest import Framevox, serving


@pytest.fixture(scope="session")
def hums(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Framevox]:
    with serving(tmp_path_factory.mktemp("hosts")) as framevox:
        yield framevox
