"""Names of files with ``{character}`` in them: one file for each character of a filled timeline."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from framevox.engine_daemon.client.disk import folder_name
from framevox.engine_daemon.client.speaking import Result

CHARACTER = "{character}"


def files_of(pattern: str, results: Sequence[Result]) -> list[tuple[Path, str, list[Result]]]:
    """The files that a pattern names, whom each is of ("" for all), and what was placed of theirs."""
    placed = [result for result in results if result.take is not None]
    if CHARACTER not in pattern:
        return [(Path(pattern).absolute(), "", placed)]
    stems: dict[str, tuple[Path, str, list[Result]]] = {}
    taken: set[str] = set()
    for character in dict.fromkeys(result.cue.character for result in placed):
        name = base = folder_name(character, "nobody")
        number = 1
        while name.casefold() in taken:
            number += 1
            name = f"{base}-{number}"
        taken.add(name.casefold())
        stems[character] = (Path(pattern.replace(CHARACTER, name)).absolute(), character, [])
    for result in placed:
        stems[result.cue.character][2].append(result)
    return list(stems.values())
