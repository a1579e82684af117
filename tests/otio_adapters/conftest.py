"""Tests of the adapters sign with a key of their own, and never with the developer's."""

from __future__ import annotations

from collections.abc import Iterator

import pytest


@pytest.fixture(scope="session", autouse=True)
def home_of_its_own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FRAMEVOX_HOME", str(tmp_path_factory.mktemp("home")))
        yield
