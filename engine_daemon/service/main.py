"""Puts the daemon together: options, log, lock, engines, store and server. ``framevox serve`` ends here."""

from __future__ import annotations

import argparse
import contextlib
import json
import logging
import logging.handlers
import os
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from framevox.engine_daemon.client.launch import start_daemon
from framevox.engine_daemon.engines import BUILT_IN, CLONING, create, resolve
from framevox.engine_daemon.engines.choice import Choice, choose
from framevox.engine_daemon.engines.losses import add_loss, count_death, forget_losses, mark_work, read_losses
from framevox.engine_daemon.engines.sharing import Shared
from framevox.engine_daemon.engines.which import Which, listing
from framevox.engine_daemon.protocol.connection import Connection, Home, Lock, daemon_lives, private_folder
from framevox.engine_daemon.protocol.cues import Note
from framevox.engine_daemon.protocol.errors import DaemonError, FramevoxError, InputError
from framevox.engine_daemon.protocol.starting import StartReport
from framevox.engine_daemon.rendering.store import DEFAULT_LIMIT, Store
from framevox.engine_daemon.service.engines import DEFAULT_UNLOAD_AFTER
from framevox.engine_daemon.service.memory import return_large_blocks
from framevox.engine_daemon.service.options import cores, parser, put_in_environment, to_start_again
from framevox.engine_daemon.service.server import DEFAULT_IDLE_TIMEOUT, Offer, Offers, Server

if TYPE_CHECKING:
    from framevox.engine_daemon.engines.base import Engine
    from framevox.engine_daemon.rendering.renderer import Renderer

log = logging.getLogger(__name__)

_LOG_BYTES = 2_000_000
_LOG_FILES = 3
_PATIENCE_SECONDS = 15.0


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
    put_in_environment(options)
    if options.detach:
        start_daemon(options.home, to_start_again(options), lambda text: print(text, file=sys.stderr, flush=True))
        return 0
    home = Home.find(options.home)
    with contextlib.suppress(DaemonError):  # It is said when the lock is taken.
        if not options.which and not daemon_lives(home):
            count_death(home)
    choice = choose(
        home,
        options.engine,
        partial(_doing, report),
        without_gpu=options.without_gpu,
        beside=options.beside,
    )
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
        engines = f"{choice.engine} and {choice.beside}" if choice.beside else choice.engine
        what = f"serving with {engines} ({choice.reason}); stop with Ctrl-C"
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
    store = Store(home.cache / "store", options.store_bytes or DEFAULT_LIMIT)
    server = Server(
        home,
        _offers(home, choice, options.threads or cores(), store),
        store=store,
        options=to_start_again(options),
        idle_timeout=options.idle_timeout or DEFAULT_IDLE_TIMEOUT,
        unload_after=options.unload_after or DEFAULT_UNLOAD_AFTER,
        on_ready=partial(on_ready, True),
        on_lost=partial(add_loss, home),
        on_spoken=_forgetting(home),
        # What the built-in engine does is no matter of a card.
        on_work=(lambda at_work: None) if choice.engine == BUILT_IN else partial(mark_work, home, choice.engine),
    )
    try:
        server.run()
    finally:
        mark_work(home, choice.engine, False)
    if not server.lost:
        forget_losses(home)
    _exit(1 if server.lost else 0)
    return 0


def _forgetting(home: Home) -> Callable[[str], None]:
    """What to do when an engine has spoken: it is not lost any more. The note is looked for once."""
    losses = read_losses(home)
    lost = set() if losses is None else {losses.engine}

    def spoken(engine: str) -> None:
        if engine in lost:
            lost.clear()
            forget_losses(home)

    return spoken


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


def _offers(home: Home, choice: Choice, threads: int, store: Store) -> Offers:
    """What the daemon serves: the engine that was chosen, and the one beside it."""
    which = Which(choice.engine, choice.beside, home.voices)
    load = partial(_load, home, threads, store, Shared(partial(create, BUILT_IN, home.voices, home.cache, threads)))
    own = partial(_fail, choice.unusable) if choice.unusable else partial(load, choice)
    listed = listing(choice.engine)
    beside = partial(load, replace(choice, engine=choice.beside, instead_of=""))
    return Offers(
        Offer(choice.engine, own, None if listed is None else partial(listed, home.voices)),
        choice.reason,
        which.engine_of,
        clones=choice.engine in CLONING,
        beside=Offer(choice.beside, beside) if choice.beside else None,
    )


def _load(
    home: Home, threads: int, store: Store, built_in: Callable[[], Engine], choice: Choice
) -> tuple[Engine, Renderer]:
    # Imported here: until the first cue comes, nothing of the model, its front end or numpy is loaded.
    from framevox.engine_daemon.rendering.aligning import Aligner
    from framevox.engine_daemon.rendering.renderer import Renderer

    # The engine beside is the one that aligns: it is in memory once, until both have let it go.
    loaded = built_in() if choice.engine == BUILT_IN else create(choice.engine, home.voices, home.cache, threads)
    aligner = Aligner(built_in, store, threads)
    if not choice.instead_of:
        return loaded, Renderer(loaded, store, aligner)
    note = Note("other-engine", {"engine": choice.instead_of, "why": choice.lack})
    missing = Which(choice.instead_of, choice.engine, home.voices)
    return loaded, Renderer(
        loaded, store, aligner, lambda cue: (note,) if missing.engine_of(cue.voice) == choice.instead_of else ()
    )


def _fail(why: str) -> tuple[Engine, Renderer]:
    raise FramevoxError(why, code="engine")


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
