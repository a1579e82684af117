"""What an accelerator's errors mean: too little memory, or a process that cannot use it any more."""

from __future__ import annotations

import torch

from framevox.engine_daemon.protocol.errors import EngineLostError

_MEMORY = (
    "out of memory",
    "CUBLAS_STATUS_ALLOC_FAILED",
    "CUBLAS_STATUS_NOT_INITIALIZED",  # what cuBLAS says when its handle finds no room
    "CUDNN_STATUS_ALLOC_FAILED",
    "CUDNN_STATUS_INTERNAL_ERROR_HOST_ALLOCATION_FAILED",
    "CUDNN_STATUS_INTERNAL_ERROR_DEVICE_ALLOCATION_FAILED",
    "CUSOLVER_STATUS_ALLOC_FAILED",
    "CUFFT_ALLOC_FAILED",
)
# After one of these every later call to CUDA fails in this process: the CUDA runtime's documentation of cudaError calls
# them errors that leave the process in an inconsistent state.
_LOST = (
    "device-side assert",
    "illegal memory access",
    "illegal instruction",
    "invalid program counter",
    "misaligned address",
    "operation not supported on global/shared address space",
    "unspecified launch failure",
    "the launch timed out",
    "hardware stack error",
    "uncorrectable ecc error",
    "uncorrectable nvlink error",
    "unknown error",
    "no cuda-capable device is detected",
    "gpu has fallen off the bus",
    "device is lost",
)


def lacks_memory(error: BaseException) -> bool:
    """Returns whether an error says that the accelerator's memory is too small. Libraries say so in plain
    RuntimeErrors."""
    if isinstance(error, torch.OutOfMemoryError):
        return True
    return isinstance(error, RuntimeError) and any(sign in str(error) for sign in _MEMORY)


def check_usable(error: BaseException) -> None:
    """Raises EngineLostError where an error leaves the process unable to use its accelerator."""
    said = str(error).lower()
    if isinstance(error, RuntimeError) and "cuda" in said and any(sign in said for sign in _LOST):
        raise EngineLostError(f"the GPU cannot be used by this process any more: {error}") from error
