"""``[[watch]]`` in ``framevox.toml``: what ``framevox watch --project`` fills whenever it is saved.

[[watch]]
in = "captions.srt"
out = "spoken.otio"
rate = "25"           # the options of `framevox fill`, by their own names; a list is an option given several times
voice = ["ALICE=af_heart", "BOB=am_michael"]
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from framevox.engine_daemon.protocol.errors import InputError
from framevox.engine_daemon.protocol.files import place_of

TABLE = "watch"


def watches_of(path: Path, value: Any) -> tuple[tuple[str, ...], ...]:
    """The arguments of ``framevox fill`` for each entry of a file's ``watch``, IN and OUT first.

    Raises InputError that names the entry and the key of what is missing, or no value of an option, and where two are
    filled into one file.
    """
    if value is None:
        return ()
    if isinstance(value, str) or not isinstance(value, Sequence) or not all(isinstance(v, Mapping) for v in value):
        raise InputError(f"{path}: {TABLE} is not a list of tables: write [[{TABLE}]], with in and out below")
    found = tuple(_arguments(f"{path} [[{TABLE}]] {number}", entry) for number, entry in enumerate(value, 1))
    outs: dict[str, int] = {}
    for number, arguments in enumerate(found, 1):
        first = outs.setdefault(place_of(path.parent / arguments[-1]), number)
        if first != number:
            raise InputError(f"{path} [[{TABLE}]] {number}: out is that of [[{TABLE}]] {first}: name two files")
    return found


def _arguments(place: str, entry: Mapping[str, Any]) -> tuple[str, ...]:
    files = []
    for key in ("in", "out"):
        if not isinstance(entry.get(key), str) or not entry[key].strip():
            wrong = "is not a file's name" if key in entry else "is missing"
            raise InputError(f'{place}: {key} {wrong}: write {key} = "FILE"')
        files.append(entry[key].strip())
    said: list[str] = []
    for key, value in entry.items():
        if key in ("in", "out"):
            continue
        for each in value if isinstance(value, list) else [value]:
            if isinstance(each, bool) or not isinstance(each, (str, int, float)):
                raise InputError(f"{place} {key}: {each!r} is neither text nor a number: write it as after --{key}")
            # One word, so that a value that begins with a dash is no option.
            said.append(f"--{key}={each}")
    return (*said, "--", *files)
