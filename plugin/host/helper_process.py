"""The helper process: questions and answers in lines of JSON, each within a time. See docs/bridge.md."""

from __future__ import annotations

import collections
import json
import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Generator
from typing import Any, Optional

from . import state
from .errors import HelperError, HostError
from .progress import show
from .steps import Pace, finish

PROTOCOL = 3
"""The version of docs/bridge.md, which says when it rises."""
START_SECONDS = 60.0
"""The first start on a cold disk, or under a virus scanner, can be slow."""
SILENT_SECONDS = 15.0
"""The helper says every second that it is alive."""
SLOW_SECONDS = 2.0
"""What takes longer is said to the editor."""
ANSWER_SECONDS = 90.0
"""No question but the one to speak takes longer, alive or not."""
CLOSE_SECONDS = 3.0
"""How long the helper may take to end."""
STEP_SECONDS = 0.1
"""How long a step waits for a message where nothing else has to be done meanwhile."""
_HOSTS_OWN = ("PYTHONHOME", "PYTHONPATH", "__PYVENV_LAUNCHER__", "LD_LIBRARY_PATH", "LD_PRELOAD")
"""Set for the Python and the libraries of the host's program. Ours might not start with them."""
_BRIDGE = (
    "import sys; sys.path[:] = filter(None, [FOLDER, *sys.path]); from framevox.__main__ import main; sys.exit(main())"
)
"""The command ``framevox bridge``. Not ``python -m``, which imports from the working folder first."""
_SLOW = {"hello": "starting its helper", "enrol": "making the voice", "plan": "reading the lines"}
_AGAIN = "run `framevox doctor` in a terminal, then try again"

Answer = dict[str, Any]


def say(text: str) -> None:
    """Writes what the helper says to the console."""
    show(f"Framevox: {text}")


class Helper:
    """A running helper. Use as a context manager; leaving it ends the helper.

    ``python`` is the Python that Framevox is installed for, and ``root`` the folder that holds its packages. ``say`` is
    told what the helper says while it is asked. ``step_seconds`` is how long a step may wait: 0 in an event loop.
    """

    def __init__(
        self, python: str, root: str, *, say: Callable[[str], None] = say, step_seconds: float = STEP_SECONDS
    ) -> None:
        if not os.path.isfile(python):
            raise HelperError(f"Framevox's Python is gone ({python}): {_install()}")
        environment = {key: value for key, value in os.environ.items() if key not in _HOSTS_OWN}
        try:
            self._process = subprocess.Popen(
                [python, "-c", _BRIDGE.replace("FOLDER", repr(_packages(root))), "bridge"],
                cwd=root if os.path.isdir(root) else os.path.dirname(python),
                env=environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0) if sys.platform == "win32" else 0,
            )
        except OSError as error:
            raise HelperError(f"Framevox's helper does not start ({error}): {_AGAIN}") from None
        self.say, self.step_seconds = say, step_seconds
        self._number = 0
        self._said: collections.deque[str] = collections.deque(maxlen=20)
        self._lines: queue.Queue[Optional[Answer]] = queue.Queue()
        self._to_write: queue.Queue[Optional[bytes]] = queue.Queue()
        self._waiting: collections.deque[Answer] = collections.deque()
        self._rates: dict[str, tuple[int, int]] = {}
        self._heard = time.monotonic()
        self._threads = [threading.Thread(target=work, daemon=True) for work in (self._write, self._read, self._listen)]
        for thread in self._threads:
            thread.start()

    def __enter__(self) -> Helper:
        return self

    def __exit__(self, *_: Any) -> None:
        self.close()

    def closing(self) -> Generator[None, None, None]:
        """Ends the helper like ``close``, in steps that do not wait."""
        self._to_write.put(None)
        deadline = time.monotonic() + CLOSE_SECONDS
        while time.monotonic() < deadline and any(thread.is_alive() for thread in self._threads):
            yield
        self.close()

    def close(self) -> None:
        """Ends the helper, which exits at the end of its input, or is killed after ``CLOSE_SECONDS``."""
        self._to_write.put(None)
        try:
            self._process.wait(CLOSE_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        for thread in self._threads:  # each has its own end of a pipe, which it closes
            thread.join(1)

    # In an event loop: steps that never wait longer than ``step_seconds``.

    def asking(self, what: str, *, seconds: float = SILENT_SECONDS, **fields: Any) -> Generator[None, None, Answer]:
        """Asks in steps, and returns the answer. Raises HostError for an error, silence, or a helper that died."""
        number = yield from self.posting(what, **fields)
        began = self._heard = time.monotonic()
        said = False
        while True:
            others: list[Answer] = []
            for message in self.events(self.step_seconds, seconds):
                if message.get("re") == number and "answer" in message:
                    self._waiting.extend(others)
                    return checked(message)
                if message.get("event") == "note":
                    self.say(str(message.get("text")))
                else:
                    others.append(message)  # about the lines that are being spoken meanwhile
            self._waiting.extend(others)
            waited = time.monotonic() - began
            if waited > max(ANSWER_SECONDS, seconds):
                raise self._silent(waited)
            if waited > SLOW_SECONDS and not said:
                self.say(_SLOW.get(what, "waiting for its helper"))
                said = True
            yield

    def greeting(self, version: str = "") -> Generator[None, None, None]:
        """Waits in steps until the helper answers. Raises HelperError if the two sides differ in version.

        ``version`` is that of a host with a copy of this package, which then must be the helper's.
        """
        answer = yield from self.asking("hello", seconds=START_SECONDS, protocol=PROTOCOL)
        theirs = str(answer.get("framevox"))
        if answer.get("protocol") != PROTOCOL or (version and version != theirs):
            sides = f" ({version} and {theirs})" if version else ""
            raise HelperError(f"what runs in this program and Framevox differ in version{sides}: {_install()}")

    def post(self, what: str, **fields: Any) -> int:
        """Sends a question whose answer comes with the events, and returns its number. Never waits."""
        number: int = finish(self.posting(what, **fields))
        return number

    def posting(self, what: str, **fields: Any) -> Generator[None, None, int]:
        """Sends like ``post``, in steps: of a long list, some items at a time."""
        self._number += 1
        number, pace = self._number, Pace()
        parts = [json.dumps({"id": number, "ask": what})[:-1]]
        for key, value in fields.items():
            parts.append(f", {json.dumps(key)}: ")
            if not isinstance(value, list):
                parts.append(json.dumps(value))
                continue
            separator = "["
            for one in value:
                parts += [separator, json.dumps(one)]
                separator = ", "
                yield from pace.rest()
            parts.append("]" if value else "[]")
        self._to_write.put("".join([*parts, "}\n"]).encode("ascii"))
        return number

    def cancel(self) -> None:
        """Cancels what is being spoken, whose answer then has the reason ``cancelled``."""
        self.post("cancel")

    def poll(self) -> list[Answer]:
        """Returns the messages that have come, without waiting. Raises HelperError like ``events``."""
        return self.events(0)

    def events(self, seconds: float, silent: float = SILENT_SECONDS) -> list[Answer]:
        """Returns the messages that come within ``seconds``: all there are, as soon as there is one.

        Raises HelperError for a helper that died, or from which nothing came for ``silent`` seconds.
        """
        found = list(self._waiting)
        self._waiting.clear()
        deadline = time.monotonic() + seconds
        while True:
            try:
                left = deadline - time.monotonic()
                message = self._lines.get(timeout=left) if left > 0 and not found else self._lines.get_nowait()
            except queue.Empty:
                break
            if message is None:
                self._lines.put(None)  # also for who asks again
                if found:
                    return found
                raise self._died()
            self._heard = time.monotonic()
            if message.get("event") != "alive":
                found.append(message)
        if time.monotonic() - self._heard > silent:
            raise self._silent(silent)
        return found

    # Where waiting is allowed.

    def hello(self) -> None:
        """Waits until the helper answers. Raises HelperError if the two sides differ in version."""
        finish(self.greeting())

    def ask(self, what: str, **fields: Any) -> Answer:
        """Asks, and waits for the answer. Raises HostError for an error, silence, or a helper that died."""
        answer: Answer = finish(self.asking(what, **fields))
        return answer

    def rate(self, value: Any) -> tuple[int, int]:
        """Returns the exact rate that a host means by a number or a text, as numerator and denominator."""
        text = str(value)
        if text not in self._rates:
            answer = self.ask("rate", text=text)
            self._rates[text] = (int(answer["numerator"]), int(answer["denominator"]))
        return self._rates[text]

    # The threads, one for each pipe.

    def _write(self) -> None:
        pipe = self._process.stdin
        assert pipe is not None
        try:
            while True:
                line = self._to_write.get()
                if line is None:
                    break
                pipe.write(line)
                pipe.flush()
            pipe.close()
        except OSError:
            pass  # the helper is gone, as the thread that reads says

    def _read(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as pipe:
            for line in pipe:
                try:
                    message = json.loads(line)
                except ValueError:
                    continue  # printed by some library
                if isinstance(message, dict):
                    self._lines.put(message)
        self._lines.put(None)

    def _listen(self) -> None:
        assert self._process.stderr is not None
        with self._process.stderr as pipe:
            for line in pipe:
                self._said.append(line.decode("utf-8", "replace").strip())

    def _died(self) -> HelperError:
        try:
            self._process.wait(1)
        except subprocess.TimeoutExpired:  # it closed its output and lives on
            self._process.kill()
        self._threads[-1].join(0.2)  # its last output may still be on its way
        said = next((line for line in reversed(self._said) if line), "")
        return HelperError(f"Framevox's helper ended unexpectedly{f' ({said})' if said else ''}: {_AGAIN}")

    def _silent(self, seconds: float) -> HelperError:
        return HelperError(f"Framevox's helper has not answered for {seconds:.0f} s: {_AGAIN}")


def checked(message: Answer) -> Answer:
    """Returns an answer. Raises HostError if it is an error."""
    if message["answer"] == "error":
        if message.get("trace"):
            show(str(message["trace"]))
        raise HostError(str(message.get("message")))
    return message


def _install() -> str:
    return f"run `framevox {state.HOST} install` in a terminal again" if state.HOST else "install Framevox again"


def _packages(root: str) -> str:
    """The folder to import framevox from, so that the helper is of the same installation; "" leaves it to Python."""
    if os.path.isfile(os.path.join(root, "framevox", "__init__.py")):
        return root
    if os.path.basename(root) == "framevox" and os.path.isfile(os.path.join(root, "__init__.py")):
        return os.path.dirname(root)
    return ""
