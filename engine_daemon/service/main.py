"""Puts the daemon together: options, log, lock, engine, store and server. ``framevox serve`` ends here."""

from __future__ import annotations

import argparse
import contextlib
import json
import logging
import logging.handlers
import os
import re
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from framevox.engine_daemon.client.launch import start_daemon
from framevox.engine_daemon.engines import (
    BUILT_IN,
    CLONING,
    DEVICE_VARIABLE,
    ENGINES,
    GPU_ENGINE,
    MODEL_VARIABLE,
    create,
    resolve,
)
from framevox.engine_daemon.engines.choice import Choice, choose
from framevox.engine_daemon.protocol.connection import Connection, Home, Lock, private_folder
from framevox.engine_daemon.protocol.errors import DaemonError, FramevoxError, InputError
from framevox.engine_daemon.protocol.starting import StartReport
from framevox.engine_daemon.rendering.store import DEFAULT_LIMIT, Store
from framevox.engine_daemon.service.memory import return_large_blocks
from framevox.engine_daemon.service.server import DEFAULT_IDLE_TIMEOUT, Server

if TYPE_CHECKING:
    from framevox.engine_daemon.engines.base import Engine
    from framevox.engine_daemon.rendering.renderer import Renderer

log = logging.getLogger(__name__)

_LOG_BYTES = 2_000_000
_LOG_FILES = 3
_PATIENCE_SECONDS = 15.0


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
        "--idle-timeout",
        type=_seconds,
        default=DEFAULT_IDLE_TIMEOUT,
        metavar="SECONDS",
        help="stop after this long without work (%(default)g)",
    )
    result.add_argument("--threads", type=_count, default=_cores(), help="CPU threads (%(default)s)")
    result.add_argument(
        "--store-bytes",
        type=_count,
        default=DEFAULT_LIMIT,
        metavar="BYTES",
        help="room for what is kept; the least used makes way (%(default)s)",
    )
    result.add_argument("--home", type=Path, default=None, help="where to keep everything (else FRAMEVOX_HOME, XDG)")
    result.add_argument("--which", action="store_true", help="print the engine that would serve, as JSON, and end")
    result.add_argument("--detach", action="store_true", help="serve in the background; return when it does")
    # For whoever starts a daemon in the background: where it says how far it is.
    result.add_argument("--report", type=Path, default=None, help=argparse.SUPPRESS)
    return result


def main(arguments: Sequence[str] | None = None) -> int:
    """Serves until asked to stop.

    Returns the exit code: 0, also when another daemon serves already; 2 for options that cannot be used; 1 for any
    other failure.
    """
    options = parser().parse_args(arguments)
    report = None if options.report is None else StartReport(options.report)
    try:
        return _run(options, report)
    except FramevoxError as error:
        _failed(report, str(error))
        return 2 if isinstance(error, InputError) else 1
    except BaseException as error:
        if report is None:
            raise
        log.exception("the daemon failed")
        _failed(report, f"a fault in the daemon ({type(error).__name__}: {error}): its log has the details")
        _exit(1)
        raise


def _run(options: argparse.Namespace, report: StartReport | None) -> int:
    if options.engine is not None:
        resolve(options.engine)
    if options.model is not None:
        os.environ[MODEL_VARIABLE] = str(options.model.resolve())
    if options.device is not None:
        os.environ[DEVICE_VARIABLE] = options.device
    if options.detach:
        start_daemon(options.home, _again(options), lambda text: print(text, file=sys.stderr, flush=True))
        return 0
    home = Home.find(options.home)
    choice = choose(home, options.engine, partial(_doing, report))
    if options.which:
        print(json.dumps(choice.to_json()))
        return 0
    private_folder(home.run)
    private_folder(home.log)
    return _serve(home, options, choice, partial(_tell, home, choice, report))


def _doing(report: StartReport | None, text: str) -> None:
    if report is None:
        print(text, file=sys.stderr, flush=True)
    else:
        report.add(doing=text)


def _failed(report: StartReport | None, text: str) -> None:
    print(text, file=sys.stderr, flush=True)
    if report is not None:
        log.error("%s", text)
        report.add(failed=text)


def _tell(home: Home, choice: Choice, report: StartReport | None, ours: bool) -> None:
    if report is not None:
        report.add(serving=ours)
        return
    what = "another daemon serves already; stop it with `framevox stop`"
    if ours:
        what = f"serving with {choice.engine} ({choice.reason}); stop with Ctrl-C"
    print(f"{what}. Log: {home.log_file}", file=sys.stderr, flush=True)


def _serve(home: Home, options: argparse.Namespace, choice: Choice, on_ready: Callable[[bool], None]) -> int:
    """Serves; ``on_ready`` is told when that begins (True), or that another daemon serves (False)."""
    os.umask(0o077)  # What people have their characters say is theirs alone: log, takes and voices included.
    _log_to(home)
    return_large_blocks()
    # Each worker fills a core; the threads of numpy's OpenBLAS would spin beside them, for a twentieth of all work.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    lock = Lock(home)
    if not _acquire(lock, home):
        on_ready(False)
        return 0
    with contextlib.suppress(DaemonError):  # A cache that cannot be written is told of where it matters: in the store.
        private_folder(home.cache)
    log.info("engine %s: %s", choice.engine, choice.reason)
    store = Store(home.cache / "store", options.store_bytes)
    server = Server(
        home,
        partial(_load, home, choice.engine, options.threads, store),
        engine=choice.engine,
        engine_reason=choice.reason,
        clones=choice.engine in CLONING,
        store=store,
        options=_again(options),
        idle_timeout=options.idle_timeout,
        on_ready=partial(on_ready, True),
    )
    server.run()
    _exit(1 if server.lost else 0)
    return 0


def _acquire(lock: Lock, home: Home) -> bool:
    """True with the lock; False if another daemon serves. Waits for one that is just starting or stopping."""
    began = time.monotonic()
    while not lock.acquire():
        waited = time.monotonic() - began
        # A client that asks whether the lock is held takes it for an instant, so one failure proves nothing.
        if waited > 0.5 and Connection.read(home) is not None:
            return False
        if waited > _PATIENCE_SECONDS:
            raise DaemonError(
                f"another daemon holds {home.lock_file} but does not serve: run `framevox stop` and try again"
            )
        time.sleep(0.02)
    return True


def _load(home: Home, engine: str, threads: int, store: Store) -> tuple[Engine, Renderer]:
    # Imported here: until the first cue comes, nothing of the model, its front end or numpy is loaded.
    from framevox.engine_daemon.rendering.aligning import Aligner
    from framevox.engine_daemon.rendering.renderer import Renderer

    loaded = create(engine, home.voices, home.cache, threads)
    aligner = Aligner(partial(create, BUILT_IN, home.voices, home.cache, threads), store, threads)
    return loaded, Renderer(loaded, store, aligner)


def _again(options: argparse.Namespace) -> tuple[str, ...]:
    """The options with which a client starts this daemon again, should it die."""
    return (
        *(() if options.model is None else ("--model", str(options.model.resolve()))),
        *(() if options.device is None else ("--device", options.device)),
        *(() if options.engine is None else ("--engine", options.engine)),
        *("--idle-timeout", repr(options.idle_timeout), "--threads", str(options.threads)),
        *("--store-bytes", str(options.store_bytes)),
    )


def _log_to(home: Home) -> None:
    try:
        handler = logging.handlers.RotatingFileHandler(
            home.log_file, maxBytes=_LOG_BYTES, backupCount=_LOG_FILES, encoding="utf-8"
        )
    except OSError as error:
        raise DaemonError(
            f"cannot write {home.log_file} ({error.strerror}): set FRAMEVOX_HOME to a folder that you can write to"
        ) from None
    handler.setFormatter(logging.Formatter("%(asctime)s %(process)d %(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)


def _exit(code: int) -> None:
    """Leaves at once: a worker may be deep in the model, and whatever it would write is written aside first."""
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def _cores() -> int:
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
