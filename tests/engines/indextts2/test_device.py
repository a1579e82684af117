"""Where the model computes."""

from __future__ import annotations

import pytest

from framevox.engine_daemon.protocol.errors import InputError


@pytest.fixture
def cards(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    """A machine with as many cards as asked for, and with or without an Apple GPU."""
    import torch

    number, apple = request.param
    monkeypatch.setattr(torch.cuda, "is_available", lambda: number > 0)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: number)
    monkeypatch.setattr(torch.cuda, "set_device", lambda device: None)
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda including_emulation: True)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: apple)


@pytest.mark.parametrize(
    ("cards", "name", "device", "precision"),
    [
        ((0, False), "auto", "cpu", "float32"),
        ((0, True), "auto", "cpu", "float32"),
        ((0, True), "mps", "mps", "float32"),
        ((2, False), "cpu", "cpu", "float32"),
        ((2, False), "auto", "cuda:0", "bfloat16"),
        ((2, False), "cuda", "cuda:0", "bfloat16"),
        ((2, False), "cuda:1", "cuda:1", "bfloat16"),
    ],
    indirect=["cards"],
)
@pytest.mark.usefixtures("cards")
def test_a_device_is_found_by_its_name(name: str, device: str, precision: str) -> None:
    from framevox.engine_daemon.engines.indextts2.loading.device import find_device

    found, dtype = find_device(name)
    assert (str(found), str(dtype)) == (device, f"torch.{precision}")


@pytest.mark.parametrize(
    ("cards", "name", "said"),
    [
        ((0, False), "cuda", r"no card for the device cuda: use cpu$"),
        ((2, False), "cuda:2", r"no card for the device cuda:2: use cuda:0 or cuda:1 or cpu$"),
        ((1, False), "mps", r"no Apple GPU for the device mps: use cuda:0 or cpu$"),
        ((1, True), "gpu", r"unknown device 'gpu': use auto, cpu, mps, cuda or cuda:N$"),
    ],
    indirect=["cards"],
)
@pytest.mark.usefixtures("cards")
def test_a_device_that_is_not_there_is_named_with_those_that_are(name: str, said: str) -> None:
    from framevox.engine_daemon.engines.indextts2.loading.device import find_device

    with pytest.raises(InputError, match=said):
        find_device(name)
