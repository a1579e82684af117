"""A card without Triton: speech is made all the same, and the user is told once why it is slow and what would help."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from framevox.engine_daemon.engines.indextts2.unfused import missing_before_loading, unfused

from .conftest import KERNEL

if TYPE_CHECKING:
    from framevox.engine_daemon.engines.indextts2 import IndexTTS2Model


@pytest.mark.parametrize(
    ("uses_card", "mode", "has_triton", "platform", "says"),
    [
        (True, "", False, "win32", "Triton is not installed.*slower: run `pip install triton-windows`"),
        (True, "graphs", False, "linux", "Triton is not installed.*slower: run `pip install triton`"),
        (True, "compile", True, "linux", ""),
        (True, "eager", False, "linux", ""),
        (False, "", False, "win32", ""),
    ],
)
def test_what_is_known_to_lack_before_the_model_is_loaded(
    uses_card: bool, mode: str, has_triton: bool, platform: str, says: str
) -> None:
    import re

    told = missing_before_loading(uses_card, mode, has_triton, platform)
    assert bool(told) == bool(says) and re.search(says, told)


def test_where_another_triton_would_not_help_the_log_is_named() -> None:
    assert unfused("Triton cannot make a kernel (no C compiler)") == (
        "Triton cannot make a kernel (no C compiler), so the vocoder's activation runs operation by operation, which "
        "makes speech slower: see the log"
    )


@pytest.fixture
def without_triton(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "triton", None)  # importing it fails
    monkeypatch.delitem(sys.modules, KERNEL, raising=False)


@pytest.fixture
def vocoder(model: IndexTTS2Model, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(model.bigvgan, "kernel", None)
    return model.bigvgan


def test_a_triton_that_cannot_be_imported_is_told_with_what_to_install(
    without_triton: None, vocoder: Any, caplog: pytest.LogCaptureFixture
) -> None:
    import torch

    from framevox.engine_daemon.engines.indextts2.fusing import fuse

    told = fuse(vocoder, torch.device("cpu"))
    assert told.startswith("Triton cannot be imported (") and "pip install triton" in told
    assert vocoder.kernel is None
    assert [(record.levelno, record.message) for record in caplog.records] == [(logging.WARNING, told)]


def test_a_triton_that_cannot_make_the_kernel_is_told_when_the_model_is_loaded(
    vocoder: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Here for want of a card; on cards for want of a C compiler. Else every line would fail."""
    import torch

    from framevox.engine_daemon.engines.indextts2.fusing import fuse

    pytest.importorskip("triton", reason="Triton comes with torch for NVIDIA's cards")
    monkeypatch.delenv("TRITON_INTERPRET", raising=False)
    monkeypatch.delitem(sys.modules, KERNEL, raising=False)
    told = fuse(vocoder, torch.device("cpu"))
    assert told.startswith("Triton cannot make a kernel (") and told.endswith("slower: see the log")
    assert vocoder.kernel is None


def test_a_kernel_that_can_be_made_is_used_and_nothing_is_told(kernel: Any, vocoder: Any) -> None:
    import torch

    from framevox.engine_daemon.engines.indextts2.fusing import fuse

    assert fuse(vocoder, torch.device("cpu")) == "" and vocoder.kernel is kernel


@pytest.mark.parametrize("message", ["CUDA error: an illegal memory access was encountered", "CUDA out of memory"])
def test_a_card_that_fails_at_the_kernel_is_not_taken_for_one_without_triton(
    kernel: Any, vocoder: Any, monkeypatch: pytest.MonkeyPatch, message: str
) -> None:
    import torch

    from framevox.engine_daemon.engines.indextts2.fusing import fuse
    from framevox.engine_daemon.protocol.errors import EngineLostError

    def fail(*_: object) -> None:
        raise RuntimeError(message)

    monkeypatch.setattr(sys.modules[KERNEL], "snake", fail)
    with pytest.raises(RuntimeError if "out of memory" in message else EngineLostError, match=message):
        fuse(vocoder, torch.device("cpu"))


@pytest.fixture
def as_on_a_card(monkeypatch: pytest.MonkeyPatch) -> Callable[[Any], None]:
    """Has models take the CPU for a card, with a stand-in for the capture of CUDA."""
    import torch

    from framevox.engine_daemon.engines.indextts2 import model as module

    def pretend(capture: Any) -> None:
        monkeypatch.setattr(module, "is_gpu", lambda device: True)
        monkeypatch.setattr(module, "cuda_capture", lambda: capture)
        monkeypatch.setattr(torch.cuda, "mem_get_info", lambda device: (20 * 10**9, 20 * 10**9))
        monkeypatch.setattr(torch.cuda, "memory_allocated", lambda device: 0)

    return pretend


def test_an_engine_on_a_card_without_triton_says_so_once(
    without_triton: None, as_on_a_card: Callable[[Any], None], folder: Path, tmp_path: Path
) -> None:
    from framevox.engine_daemon.engines.indextts2 import IndexTTS2Model
    from framevox.engine_daemon.engines.indextts2.engine import IndexTTS2Engine

    as_on_a_card(lambda work: work)
    engine = IndexTTS2Engine(IndexTTS2Model.from_pretrained(folder), tmp_path, tmp_path)
    [told] = engine.notices()
    assert "Triton cannot be imported" in told and engine.notices() == []


def test_what_cannot_be_captured_while_the_model_is_loaded_is_told_too(
    without_triton: None, as_on_a_card: Callable[[Any], None], folder: Path, tmp_path: Path
) -> None:
    """That is before there is an engine, and where captures fail that can fail at all."""
    from framevox.engine_daemon.engines.indextts2 import IndexTTS2Model
    from framevox.engine_daemon.engines.indextts2.decode import Sampling
    from framevox.engine_daemon.engines.indextts2.engine import IndexTTS2Engine

    def capture(work: Any) -> Any:
        raise RuntimeError("operation not permitted when stream is capturing")

    as_on_a_card(capture)
    model = IndexTTS2Model.from_pretrained(folder)
    model.warm_up(Sampling())
    [_, told] = IndexTTS2Engine(model, tmp_path, tmp_path).notices()
    assert told.startswith("a step could not be captured on the GPU")
