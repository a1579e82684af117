"""``framevox bridge``: questions on standard input, answers and events on standard output, in lines of JSON."""

from __future__ import annotations

import json
import os
import queue
import sys
import threading
from collections.abc import Mapping
from typing import IO, Any

from framevox.plugin.bridge.answers import Answers

ALIVE_SECONDS = 1.0


def main() -> None:
    """Answers the host until standard input ends."""
    # Only messages may come out here, whatever a library prints.
    out = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)
    serve(sys.stdin.buffer, out)


def serve(source: IO[bytes], out: IO[bytes]) -> None:
    """Answers the questions in ``source``, and ends the process when it ends."""
    lock = threading.Lock()

    def write(message: Mapping[str, Any]) -> None:
        line = (json.dumps(message) + "\n").encode("ascii")
        with lock:
            try:
                out.write(line)
            except OSError:
                os._exit(0)  # the host is gone, and nobody is left to be told

    asked: queue.Queue[Mapping[str, Any]] = queue.Queue()
    answers = Answers(write)

    def read() -> None:
        for line in source:
            message = _parsed(line)
            if message is None:
                text = "the helper was sent a line that is not a JSON object: run `framevox resolve install` again"
                write({"re": None, "answer": "error", "message": text})
            elif message.get("ask") == "cancel":
                answers.cancel()
                write({"re": message.get("id"), "answer": "cancel"})
            elif message.get("ask") == "rate":
                answers.answer(message)  # asked while lines are spoken, and needed to place them
            else:
                asked.put(message)
        # The host is gone. What the daemon speaks for us ends with our connection.
        os._exit(0)

    def live() -> None:
        while not stopped.wait(ALIVE_SECONDS):
            write({"event": "alive"})

    stopped = threading.Event()
    for work in (read, live):
        threading.Thread(target=work, daemon=True).start()
    while True:
        answers.answer(asked.get())


def _parsed(line: bytes) -> Mapping[str, Any] | None:
    try:
        message = json.loads(line)
    except ValueError:
        return None
    return message if isinstance(message, dict) else None


if __name__ == "__main__":
    main()
