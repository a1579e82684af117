"""The helper process: questions and answers in lines of JSON, each within a time. See docs/resolve-bridge.md."""

from __future__ import annotations

import collections
import json
import os
import queue
import subprocess
import sys
import threading
import time
from typing import Any, Optional

from . import state
from .errors import HostError
from .progress import show

PROTOCOL = 2
START_SECONDS = 60.0
"""The first start on a cold disk, or under a virus scanner, can be slow."""
SILENT_SECONDS = 15.0
"""The helper says every second that it is alive."""
SLOW_SECONDS = 2.0
"""What takes longer is said on the console."""
ANSWER_SECONDS = 90.0
"""No question but the one to speak takes longer, alive or not."""
_RESOLVES_OWN = ("PYTHONHOME", "PYTHONPATH", "__PYVENV_LAUNCHER__", "LD_LIBRARY_PATH", "LD_PRELOAD")
"""Set for Resolve's own Python and libraries. Ours might not start with them."""
_HELPER = (
    "import sys; sys.path[:] = filter(None, sys.path); "
    "from framevox.plugin.resolve.helper.stdio import main; sys.exit(main())"
)
"""Not ``python -m``, which imports from the working folder first."""
_SLOW = {"hello": "starting its helper", "enrol": "making the voice", "plan": "reading the lines"}
_AGAIN = "run `framevox doctor` in a terminal, then the entry again"


class Helper:
    """A running helper. Use as a context manager; leaving it ends the helper."""

    def __init__(self, python: str, root: str) -> None:
        if not os.path.isfile(python):
            raise HostError(
                f"Framevox's Python is gone ({python}): run `framevox {state.HOST} install` in a terminal again"
            )
        environment = {key: value for key, value in os.environ.items() if key not in _RESOLVES_OWN}
        try:
            self._process = subprocess.Popen(
                [python, "-c", _HELPER],
                cwd=root,
                env=environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0) if sys.platform == "win32" else 0,
            )
        except OSError as error:
            raise HostError(f"Framevox's helper does not start ({error}): {_AGAIN}") from None
        self._number = 0
        self._said: collections.deque[str] = collections.deque(maxlen=20)
        self._lines: queue.Queue[dict[str, Any] | None] = queue.Queue()
        self._waiting: collections.deque[dict[str, Any]] = collections.deque()
        self._rates: dict[str, tuple[int, int]] = {}
        self._heard = time.monotonic()
        for work in (self._read, self._listen):
            threading.Thread(target=work, daemon=True).start()

    def __enter__(self) -> Helper:
        return self

    def __exit__(self, *_: Any) -> None:
        self.close()

    def close(self) -> None:
        """Ends the helper, which exits at the end of its input, or is killed after 3 s."""
        try:
            if self._process.stdin is not None:
                self._process.stdin.close()
            self._process.wait(3)
        except (OSError, subprocess.TimeoutExpired):
            self._process.kill()
            self._process.wait()

    def hello(self) -> None:
        """Waits until the helper answers. Raises HostError if the two sides differ in version."""
        answer = self.ask("hello", seconds=START_SECONDS, protocol=PROTOCOL)
        if answer.get("protocol") != PROTOCOL:
            raise HostError(
                f"what runs in the host and Framevox differ in version: run `framevox {state.HOST} install` again"
            )

    def ask(self, what: str, *, seconds: float = SILENT_SECONDS, **fields: Any) -> dict[str, Any]:
        """Sends a question and returns its answer. Raises HostError for an error, silence, or a helper that died."""
        number = self.post(what, **fields)
        began = self._heard = time.monotonic()
        said = False
        while time.monotonic() - began < ANSWER_SECONDS:
            if not said and time.monotonic() - began > SLOW_SECONDS:
                show(f"Framevox: {_SLOW.get(what, 'waiting for its helper')}")
                said = True
            message = self._next(seconds)
            if message is None:
                continue
            if message.get("re") == number and "answer" in message:
                return checked(message)
            if message.get("event") == "note":
                show(f"Framevox: {message.get('text')}")
            elif message.get("event") != "alive":
                # About the lines that are being spoken meanwhile, perhaps that they are done.
                self._waiting.append(message)
        raise self._silent(ANSWER_SECONDS)

    def post(self, what: str, **fields: Any) -> int:
        """Sends a question whose answer comes with the events. Returns its number."""
        self._number += 1
        line = json.dumps({"id": self._number, "ask": what, **fields}) + "\n"
        try:
            assert self._process.stdin is not None
            self._process.stdin.write(line.encode("ascii"))
            self._process.stdin.flush()
        except OSError:
            raise self._died() from None
        return self._number

    def events(self, seconds: float, silent: float = SILENT_SECONDS) -> list[dict[str, Any]]:
        """Returns the messages that come within ``seconds``: all there are, as soon as there is one.

        Raises HostError for a helper that died, or says nothing for ``silent`` seconds.
        """
        found = list(self._waiting)
        self._waiting.clear()
        deadline = time.monotonic() + seconds
        while True:
            try:
                left = max(0.0, deadline - time.monotonic())
                message = self._lines.get(timeout=0 if found else left) if left or found else self._lines.get_nowait()
            except queue.Empty:
                break
            if message is None:
                raise self._died()
            self._heard = time.monotonic()
            if message.get("event") != "alive":
                found.append(message)
        if time.monotonic() - self._heard > silent:
            raise self._silent(silent)
        return found

    def rate(self, value: Any) -> tuple[int, int]:
        """Returns the exact rate that Resolve means by a number or a text, as numerator and denominator."""
        text = str(value)
        if text not in self._rates:
            answer = self.ask("rate", text=text)
            self._rates[text] = (int(answer["numerator"]), int(answer["denominator"]))
        return self._rates[text]

    def _next(self, seconds: float) -> Optional[dict[str, Any]]:
        """The next message, None after a while without one. Raises HostError after ``seconds`` without one."""
        left = self._heard + seconds - time.monotonic()
        try:
            message = self._lines.get(timeout=min(max(0.01, left), SLOW_SECONDS))
        except queue.Empty:
            if left > SLOW_SECONDS:
                return None
            raise self._silent(seconds) from None
        if message is None:
            raise self._died()
        self._heard = time.monotonic()
        return message

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            try:
                message = json.loads(line)
            except ValueError:
                continue  # printed by some library
            if isinstance(message, dict):
                self._lines.put(message)
        self._lines.put(None)

    def _listen(self) -> None:
        assert self._process.stderr is not None
        for line in self._process.stderr:
            self._said.append(line.decode("utf-8", "replace").strip())

    def _died(self) -> HostError:
        self._process.wait()
        time.sleep(0.05)  # its last output may still be on its way
        said = next((line for line in reversed(self._said) if line), "")
        return HostError(f"Framevox's helper ended unexpectedly{f' ({said})' if said else ''}: {_AGAIN}")

    def _silent(self, seconds: float) -> HostError:
        return HostError(f"Framevox's helper has not answered for {seconds:.0f} s: {_AGAIN}")


def checked(message: dict[str, Any]) -> dict[str, Any]:
    """Returns an answer. Raises HostError if it is an error."""
    if message["answer"] == "error":
        if message.get("trace"):
            show(str(message["trace"]))
        raise HostError(str(message.get("message")))
    return message
