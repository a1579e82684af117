"""The daemon's options, as ``framevox serve`` takes them."""

from __future__ import annotations

import argparse
import os
import re
from pathlib import Path

from framevox.engine_daemon.engines import (
    AS_RELEASED_VARIABLE,
    BUILT_IN,
    DEVICE_VARIABLE,
    ENGINES,
    GPU_ENGINE,
    GPU_MODE_VARIABLE,
    MODEL_VARIABLE,
    NO_ENGINE,
)
from framevox.engine_daemon.engines.choice import FAIL, FALL_BACK, WITHOUT_GPU
from framevox.engine_daemon.rendering.store import DEFAULT_LIMIT
from framevox.engine_daemon.service.engines import DEFAULT_UNLOAD_AFTER
from framevox.engine_daemon.service.server import DEFAULT_IDLE_TIMEOUT


def parser() -> argparse.ArgumentParser:
    """The daemon's options."""
    result = argparse.ArgumentParser(prog="framevox serve", description="Serve speech to Framevox's clients.")
    result.add_argument(
        "--engine",
        default=None,
        help=f"{', '.join(ENGINES)}, or module:factory (else {GPU_ENGINE} where its model is configured and there is a "
        f"GPU, and {BUILT_IN} everywhere else)",
    )
    result.add_argument(
        "--beside",
        default=None,
        metavar="ENGINE",
        help=f"{BUILT_IN}: the built-in voices are spoken beside the engine's own, also while it loads; {NO_ENGINE}: "
        f"they are not (else {BUILT_IN} beside {GPU_ENGINE})",
    )
    result.add_argument(
        "--without-gpu",
        choices=WITHOUT_GPU,
        default="",
        help=f"what becomes of lines for {GPU_ENGINE} when there is no GPU, or no more: {FALL_BACK} speaks them in "
        f"built-in voices, and each take says so; {FAIL} fails them (else {FAIL} with --engine, {FALL_BACK} without)",
    )
    result.add_argument(
        "--model",
        type=Path,
        default=None,
        metavar="DIR",
        help=f"the folder of an engine's model (else {MODEL_VARIABLE})",
    )
    result.add_argument(
        "--device",
        default=None,
        metavar="NAME",
        help=f"where an engine for a GPU computes: auto, cpu, mps, cuda or cuda:N (else {DEVICE_VARIABLE}, else auto)",
    )
    result.add_argument(
        "--gpu-mode",
        default=None,
        metavar="MODE",
        help=f"how a CUDA card is driven: eager, graphs or compile (else {GPU_MODE_VARIABLE}, else graphs)",
    )
    result.add_argument(
        "--as-released",
        action="store_true",
        help=f"keep the known faults of a model's own code, for comparisons with it (else {AS_RELEASED_VARIABLE})",
    )
    result.add_argument(
        "--idle-timeout",
        type=_seconds,
        default=None,
        metavar="SECONDS",
        help=f"stop after this long without work ({DEFAULT_IDLE_TIMEOUT:g})",
    )
    result.add_argument(
        "--unload-after",
        type=_seconds,
        default=None,
        metavar="SECONDS",
        help=f"an engine that was idle for this long is unloaded when memory is wanted ({DEFAULT_UNLOAD_AFTER:g})",
    )
    result.add_argument("--threads", type=_count, default=None, help=f"CPU threads ({cores()})")
    result.add_argument(
        "--store-bytes",
        type=_count,
        default=None,
        metavar="BYTES",
        help=f"room for what is kept; the least used makes way ({DEFAULT_LIMIT})",
    )
    result.add_argument("--home", type=Path, default=None, help="where to keep everything (else FRAMEVOX_HOME, XDG)")
    result.add_argument("--which", action="store_true", help="print the engine that would serve, as JSON, and end")
    result.add_argument("--detach", action="store_true", help="serve in the background; return when it does")
    # For whoever starts a daemon in the background: where it says how far it is.
    result.add_argument("--report", type=Path, default=None, help=argparse.SUPPRESS)
    return result


def to_start_again(options: argparse.Namespace) -> tuple[str, ...]:
    """The options with which a client starts this daemon again, should it die: those that were given."""
    seconds = (("--idle-timeout", options.idle_timeout), ("--unload-after", options.unload_after))
    counts = (("--threads", options.threads), ("--store-bytes", options.store_bytes))
    return (
        *(() if options.model is None else ("--model", str(options.model.resolve()))),
        *(() if options.device is None else ("--device", options.device)),
        *(() if options.gpu_mode is None else ("--gpu-mode", options.gpu_mode)),
        *(("--as-released",) if options.as_released else ()),
        *(() if options.engine is None else ("--engine", options.engine)),
        *(() if options.beside is None else ("--beside", options.beside)),
        *(("--without-gpu", options.without_gpu) if options.without_gpu else ()),
        *(text for name, value in seconds if value is not None for text in (name, repr(value).removesuffix(".0"))),
        *(text for name, value in counts if value is not None for text in (name, str(value))),
    )


def put_in_environment(options: argparse.Namespace) -> None:
    """Puts what engines read from their environment there."""
    if options.model is not None:
        os.environ[MODEL_VARIABLE] = str(options.model.resolve())
    if options.device is not None:
        os.environ[DEVICE_VARIABLE] = options.device
    if options.gpu_mode is not None:
        os.environ[GPU_MODE_VARIABLE] = options.gpu_mode
    if options.as_released:
        os.environ[AS_RELEASED_VARIABLE] = "1"


def cores() -> int:
    """How many CPU threads a daemon uses that is not told."""
    # A container or batch system may give fewer cores than the machine has.
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _seconds(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < 10**9:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds above 0")
    return value


def _count(text: str) -> int:
    if not re.fullmatch(r"\d{1,18}", text) or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number above 0")
    return int(text)
