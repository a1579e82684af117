"""The tiny model folder, made once, and the model loaded from it. Without the extra all of these tests are skipped."""

from __future__ import annotations

import importlib.util
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

if TYPE_CHECKING:
    from framevox.engine_daemon.engines.indextts2 import IndexTTS2Model, Prompt

MISSING = [
    m for m in ("torch", "transformers", "sentencepiece", "tiktoken", "yaml") if importlib.util.find_spec(m) is None
]
collect_ignore_glob: list[str] = []
KERNEL = "framevox.engine_daemon.engines.indextts2.networks.snake_kernel"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if MISSING:
        skip = pytest.mark.skip(reason=f"needs the extra [indextts]: {', '.join(MISSING)} not installed")
        for item in items:
            if Path(__file__).parent in item.path.parents:
                item.add_marker(skip)


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    import torch

    from tests.golden.random_indextts2 import make_folder

    # One thread: matrices this small are slower on two, and busy machines make it far worse.
    torch.set_num_threads(1)
    return make_folder(tmp_path_factory.mktemp("indextts2"))


@pytest.fixture(scope="session")
def model(folder: Path) -> IndexTTS2Model:
    from framevox.engine_daemon.engines.indextts2 import IndexTTS2Model

    return IndexTTS2Model.from_pretrained(folder)


@pytest.fixture(scope="session")
def folder25(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of IndexTTS-2.5, which shares files with that of IndexTTS-2."""
    from tests.golden.random_indextts25 import make_folder25

    return make_folder25(tmp_path_factory.mktemp("indextts25"), shared=folder)


@pytest.fixture(scope="session")
def model25(folder25: Path) -> IndexTTS2Model:
    from framevox.engine_daemon.engines.indextts2 import IndexTTS2Model

    return IndexTTS2Model.from_pretrained(folder25)


@pytest.fixture(scope="session")
def record25() -> dict[str, Any]:
    from tests.golden.stage_distances import read_record

    return read_record(Path(__file__).parents[2] / "golden" / "indextts25.npz")


@pytest.fixture(scope="session")
def record() -> dict[str, Any]:
    from tests.golden.stage_distances import read_record

    return read_record(Path(__file__).parents[2] / "golden" / "indextts2.npz")


@pytest.fixture(scope="session")
def prompts(model: IndexTTS2Model, record: dict[str, Any]) -> tuple[Prompt, Prompt]:
    """Two voices."""
    clips = (record["spk_audio_24k"], record["emo_audio_24k"])
    return model.encode_prompt(clips[0], 24000), model.encode_prompt(clips[1], 24000)


def spoiled_copy(folder: Path, copy: Path, name: str, spoil: Callable[[Path], None]) -> Path:
    """A copy of a model folder in which ``spoil`` was done to one file."""
    shutil.copytree(folder, copy, copy_function=os.link)
    file = copy / name
    content = file.read_bytes()
    file.unlink()  # a link: never written through
    file.write_bytes(content)
    spoil(file)
    return copy


def texts(count: int) -> list[list[int]]:
    """Lines of different lengths, as ids."""
    rng = np.random.default_rng(7)
    return [rng.integers(3, 300, 4 + 5 * (i % 4)).tolist() for i in range(count)]


@pytest.fixture
def kernel(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The kernel as Triton's interpreter runs it, on the CPU."""
    pytest.importorskip("triton", reason="Triton comes with torch for NVIDIA's cards")
    monkeypatch.setenv("TRITON_INTERPRET", "1")
    monkeypatch.delitem(sys.modules, KERNEL, raising=False)
    from importlib import import_module

    yield import_module(KERNEL).snake
    sys.modules.pop(KERNEL, None)
