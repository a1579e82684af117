"""Where the model computes, how exactly, and how a GPU is driven."""

from __future__ import annotations

import gc
import os
import re

import torch

from framevox.engine_daemon.engines import GPU_MODE_VARIABLE
from framevox.engine_daemon.protocol.errors import InputError

MODES = ("eager", "graphs", "compile")
"""How a GPU is driven: operation by operation; by steps captured as CUDA graphs, with the vocoder's activation as one
kernel; or so, with the transformer's steps and the vocoder compiled before."""
_NAME = re.compile(r"auto|cpu|mps|cuda(:\d+)?")


def find_device(name: str) -> tuple[torch.device, torch.dtype]:
    """Returns the device that ``name`` stands for, and the precision to compute in there.

    ``auto`` is the first CUDA card, else the CPU. On a CUDA card that is bfloat16, or float16 where the card is too old
    for it; on an Apple GPU (``mps``) and the CPU float32. Raises InputError for a device that is not there, and names
    those that are.
    """
    if not _NAME.fullmatch(name):
        raise InputError(f"unknown device {name!r}: use auto, cpu, mps, cuda or cuda:N")
    cards = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if name == "cpu" or (name == "auto" and not cards):
        return torch.device("cpu"), torch.float32
    if name == "mps":
        if not torch.backends.mps.is_available():
            raise InputError(f"torch finds no Apple GPU for the device mps: use {_there(cards)}")
        return torch.device("mps"), torch.float32
    number = int(name.partition(":")[2] or 0)
    if number >= cards:
        raise InputError(f"torch finds no card for the device {name}: use {_there(cards)}")
    device = torch.device("cuda", number)
    use_device(device)
    native = torch.cuda.is_bf16_supported(including_emulation=False)
    return device, torch.bfloat16 if native else torch.float16


def find_mode() -> str:
    """Returns how a GPU is driven, as ``GPU_MODE_VARIABLE`` says, else by graphs. Raises InputError."""
    mode = os.environ.get(GPU_MODE_VARIABLE) or "graphs"
    if mode not in MODES:
        raise InputError(f"{GPU_MODE_VARIABLE} is {mode!r}: use {', '.join(MODES[:-1])} or {MODES[-1]}")
    return mode


def is_gpu(device: torch.device) -> bool:
    """Returns whether a device is driven as a card: with a limit of its own, few shapes, graphs and kernels."""
    return device.type == "cuda"


def use_device(device: torch.device) -> None:
    """Makes a card the one of this thread: streams, graphs and kernels of our own are made on the thread's card."""
    if device.type == "cuda":
        torch.cuda.set_device(device)


def free_share(device: torch.device) -> float | None:
    """Returns how much of a card's memory is free, from 0 to 1; None for a device that uses the machine's own, and for
    a card that does not answer."""
    if device.type != "cuda":
        return None
    try:
        free, total = torch.cuda.mem_get_info(device)
    except RuntimeError:
        return None
    return float(free / total)


def give_back(device: torch.device) -> None:
    """Gives memory that is no longer used, and that torch keeps for later, back to the device."""
    gc.collect()
    if device.type == "cuda":
        torch.cuda.empty_cache()
    elif device.type == "mps":
        torch.mps.empty_cache()


def _there(cards: int) -> str:
    """The devices that there are."""
    found = [f"cuda:{number}" for number in range(cards)]
    if torch.backends.mps.is_available():
        found.append("mps")
    return " or ".join([*found, "cpu"])
