"""A daemon for the commands of a page."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.e2e.conftest import Framevox, serving


@pytest.fixture(scope="module")
def framevox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Framevox]:
    with serving(tmp_path_factory.mktemp("home")) as framevox:
        yield framevox
