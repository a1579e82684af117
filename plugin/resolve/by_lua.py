"""Runs a menu entry outside of Resolve, for a Lua script inside it that makes its calls: ``launcher.lua``.

Each call goes out as a line of Lua in one file, and its answer comes as a line of JSON in another. So the entries are
the same ones as in Python. Standard library only, in Framevox's own Python: ``by_lua.py ENTRY ROOT CALLS ANSWERS``.
"""

from __future__ import annotations

import json
import os
import runpy
import sys
import threading
import time
from typing import Any

ANSWER_SECONDS = 120.0
"""How long Resolve may take for one call: an import of many files is the longest."""
_POLL_SECONDS = 0.001
_ALIVE_SECONDS = 2.0
_MAPPINGS = ("GetMarkers", "GetMarkInOut", "GetClipProperty", "GetProperty")
"""Calls whose table is one of names or frames, even if its only key is 1."""


class ByLua:
    """Calls and their answers."""

    def __init__(self, calls: str, answers: str) -> None:
        self._out = open(calls, "ab", buffering=0)  # noqa: SIM115
        self._lock = threading.Lock()
        self._file = open(answers, encoding="utf-8", errors="replace")  # noqa: SIM115 (open as long as the process)
        self._rest = ""

    def say(self, text: str) -> None:
        """Writes a line to Resolve's console."""
        self._send("say " + text.replace("\r", "").replace("\n", "\\n"))

    def ask(self, code: str, mapping: bool = False) -> Any:
        """Has Lua evaluate an expression, and returns what it is. A call that fails answers None."""
        self._send(code)
        return self._read(json.loads(self._line()), mapping)

    def _send(self, line: str) -> None:
        with self._lock:
            self._out.write((line + "\n").encode("utf-8"))

    def live(self) -> None:
        """Says every other second that the helper is alive."""
        while True:
            time.sleep(_ALIVE_SECONDS)
            self._send("")

    def end(self) -> None:
        """Ends the script in Resolve."""
        self._send("end")

    def _line(self) -> str:
        began = time.monotonic()
        while True:
            self._rest += self._file.readline()
            if self._rest.endswith("\n"):
                line, self._rest = self._rest, ""
                return line
            if time.monotonic() - began > ANSWER_SECONDS:
                self.say(f"Framevox: Resolve has not answered for {ANSWER_SECONDS:.0f} s: run the entry again")
                os._exit(1)
            time.sleep(_POLL_SECONDS)

    def _read(self, value: Any, mapping: bool = False) -> Any:
        if not isinstance(value, dict):
            return value
        if "o" in value:
            return Handle(self, value["o"])
        if "e" in value:
            return None
        table = {key: self._read(item, mapping) for key, item in value["t"]}
        if not table:
            return {} if mapping else []
        if not mapping and all(isinstance(key, int) for key in table):
            return [table[key] for key in sorted(table)]
        return table


class Handle:
    """An object of Resolve, as a Python script has it."""

    def __init__(self, link: ByLua, number: int) -> None:
        self._link, self._number = link, number

    def __getattr__(self, name: str) -> Any:
        if name.startswith("EXPORT_"):
            return self._link.ask(f"fv.get({self._number}, {literal(name)})")

        def call(*args: Any) -> Any:
            words = ", ".join(map(literal, (self._number, name, *args)))
            return self._link.ask(f"fv.call({words})", name in _MAPPINGS)

        return call

    def has_method(self, name: str) -> bool:
        """Returns whether Resolve knows a method."""
        return bool(self._link.ask(f"fv.has({self._number}, {literal(name)})"))

    @property
    def expression(self) -> str:
        return f"fv.object({self._number})"


def literal(value: Any) -> str:
    """Returns a value as Lua writes it."""
    if value is None:
        return "nil"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (int, float)):
        return repr(value)
    if isinstance(value, str):
        return '"' + "".join(_character(byte) for byte in value.encode("utf-8")) + '"'
    if isinstance(value, Handle):
        return value.expression
    if isinstance(value, dict):
        return "{" + ", ".join(f"[{literal(key)}] = {literal(item)}" for key, item in value.items()) + "}"
    return "{" + ", ".join(map(literal, value)) + "}"


def _character(byte: int) -> str:
    return chr(byte) if 32 <= byte < 127 and chr(byte) not in '"\\' else f"\\{byte:03}"


class Console:
    """Standard output, line by line to Resolve's console."""

    encoding = "utf-8"

    def __init__(self, link: ByLua) -> None:
        self._link, self._text = link, ""

    def write(self, text: str) -> int:
        """Writes text; a line goes out when it is whole."""
        *lines, self._text = (self._text + text).split("\n")
        for line in lines:
            self._link.say(line)
        return len(text)

    def flush(self) -> None:
        """Does nothing: lines are out already."""


def main(entry: str, root: str, calls: str, answers: str) -> None:
    """Runs an entry with Resolve behind Lua."""
    link = ByLua(calls, answers)
    sys.stdout = Console(link)
    threading.Thread(target=link.live, daemon=True).start()
    start = os.path.join(root, "plugin", "resolve", "host", "start.py")
    told = {"ENTRY": entry, "PYTHON": sys.executable, "ROOT": root, "resolve": Handle(link, 0)}
    try:
        runpy.run_path(start, init_globals=told)
    finally:
        link.end()


if __name__ == "__main__":
    main(*sys.argv[1:5])
