"""The vocoder's activation as one kernel where Triton can make it, and what to tell the user where it cannot."""

from __future__ import annotations

import logging
import sys

import torch

from framevox.engine_daemon.engines.indextts2.faults import check_usable, lacks_memory
from framevox.engine_daemon.engines.indextts2.networks.bigvgan import BigVGAN, Kernel, half_band
from framevox.engine_daemon.engines.indextts2.unfused import unfused

log = logging.getLogger(__name__)

_MOST = 300
"""Characters of an error that a notice repeats; the log has all of it."""


def fuse(vocoder: BigVGAN, device: torch.device) -> str:
    """Lets the activation run as one kernel there; returns what the user should know where it cannot, else nothing.

    The kernel is run once, for Triton calls a C compiler, which a machine may lack. Raises what says that the GPU is
    lost, or its memory too small.
    """
    try:
        from framevox.engine_daemon.engines.indextts2.networks.snake_kernel import snake
    # A Triton that does not fit its torch or its system fails in other ways than one that is not there.
    except Exception as error:
        return _told(unfused(f"Triton cannot be imported ({_first_line(error)})", sys.platform), error)
    try:
        _try_out(snake, device)
    except Exception as error:
        check_usable(error)
        if lacks_memory(error):
            raise
        return _told(unfused(f"Triton cannot make a kernel ({_first_line(error)})"), error)
    vocoder.kernel = snake
    return ""


def _try_out(kernel: Kernel, device: torch.device) -> None:
    ones = torch.ones(1, 1, 12, device=device)
    own = torch.zeros(1, device=device)
    with torch.inference_mode():
        kernel(ones, own, own, half_band(device, torch.float32), None)
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def _told(notice: str, error: Exception) -> str:
    log.warning("%s", notice, exc_info=error)
    return notice


def _first_line(error: Exception) -> str:
    return next(iter(str(error).splitlines()), "")[:_MOST] or type(error).__name__
