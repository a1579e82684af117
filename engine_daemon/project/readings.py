"""Rules of pronunciation in ``framevox.toml``: read, found for a line, changed.

    [readings]                       # TEXT = how it is read
    "银行" = "yin2 hang2"
    "Nguyen" = "wɪn"
    "长" = ["chang2", { reading = "zhang3", character = "小明" }]

A value is a reading, one that is bound to a language or a character, or a list of such. The project's rules go before
the user's own; of the rules that hold at a place, the longest wins.
"""

from __future__ import annotations

import difflib
import threading
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from framevox.engine_daemon.pronunciation.dictionary import Dictionary
from framevox.engine_daemon.pronunciation.matching import normal
from framevox.engine_daemon.pronunciation.rules import check_rules, describe, key_of, said_by
from framevox.engine_daemon.protocol.errors import InputError
from framevox.engine_daemon.protocol.rules import Rule

if TYPE_CHECKING:
    from framevox.engine_daemon.protocol.connection import Home
    from framevox.engine_daemon.protocol.cues import Cue

TABLE = "readings"
_KEYS = ("reading", "language", "character")

_lock = threading.Lock()
_kept: dict[Path, tuple[tuple[int, int, int], Dictionary]] = {}


def dictionary_of(table: Mapping[str, Any]) -> Dictionary:
    """The rules in a file's table, checked by themselves and against each other. Raises InputError."""
    rules = [rule for text, value in table.items() for rule in _rules(text, value)]
    check_rules(rules)
    return Dictionary(tuple(rules))


def user_dictionary(home: Home | None = None) -> Dictionary:
    """The user's own rules, as ``dictionary_in`` reads them."""
    from .file import user_file

    return dictionary_in(user_file(home))


def dictionary_in(path: Path) -> Dictionary:
    """The rules of a file, read again when it has changed. Raises InputError for one that cannot be used."""
    from .file import read_project

    try:
        found = path.stat()
    except OSError:
        return Dictionary()
    state = found.st_mtime_ns, found.st_size, found.st_ino
    with _lock:
        kept = _kept.get(path)
        if kept is None or kept[0] != state:
            kept = _kept[path] = state, read_project(path).readings
    return kept[1]


def with_readings(cue: Cue, *dictionaries: Dictionary) -> Cue:
    """``cue`` with the rules for its line behind its own, an earlier dictionary's first."""
    from msgspec import structs

    found = [rule for known in dictionaries for rule in known.rules_in(cue.text, cue.character)]
    if not found:
        return cue
    return structs.replace(cue, readings=(*cue.readings, *found))


def add_rules(path: Path, rules: Sequence[Rule]) -> list[Rule]:
    """Puts rules into a file's table, each in the place of the one that was for the same. Returns those replaced.

    Raises InputError for rules that cannot be used, by themselves or beside those that are there, and ProjectError for
    a file that cannot be written; the file is then as it was.
    """
    from .file import change_project, read_project

    known = {key_of(rule): rule for rule in read_project(path).readings.rules}
    replaced = []
    changed: list[str] = []
    for rule in rules:
        said_by(rule)
        old = known.pop(key_of(rule), None)
        if old is not None:
            replaced.append(old)
            changed.append(old.text)
        known[key_of(rule)] = rule
        changed.append(rule.text)
    check_rules(list(known.values()))
    change_project(path, TABLE, _table(known.values(), changed))
    return replaced


def remove_rules(path: Path, text: str, language: str = "", character: str = "") -> list[Rule]:
    """Takes the rules for ``text`` out of a file, or only those bound to ``language`` or ``character``. Returns them.

    Raises InputError where there is none, and ProjectError for a file that cannot be written.
    """
    from .file import change_project, read_project

    rules = read_project(path).readings.rules
    gone = [
        rule
        for rule in rules
        if normal(rule.text) == normal(text)
        and (not language or rule.language == language)
        and (not character or rule.character == character)
    ]
    if not gone:
        near = difflib.get_close_matches(text, {rule.text for rule in rules}, 1, 0.6)
        hint = f"did you mean {near[0]!r}?" if near else "framevox say-as --list shows those that there are"
        raise InputError(f"{path} has no rule for {describe(Rule(text, '-', language, character))}: {hint}")
    left = [rule for rule in rules if rule not in gone]
    change_project(path, TABLE, _table(left, [rule.text for rule in gone]))
    return gone


def _rules(text: str, value: Any) -> list[Rule]:
    values = value if isinstance(value, list) else [value]
    if not values:
        raise InputError(f'{text}: the list is empty: write "{text}" = "…", or take it out')
    return [_rule(text, each) for each in values]


def _rule(text: str, value: Any) -> Rule:
    if isinstance(value, str):
        return Rule(text, value.strip())
    if not isinstance(value, Mapping):
        raise InputError(f'{text}: {value!r} is not text: write "{text}" = "…"')
    for key, said in value.items():
        if key not in _KEYS:
            near = difflib.get_close_matches(key, _KEYS, 1, 0.6)
            raise InputError(f"{text}: unknown key {key!r}: {f'did you mean {near[0]}?' if near else ', '.join(_KEYS)}")
        if not isinstance(said, str) or not said.strip():
            raise InputError(f'{text}: {key} is {said!r}, which is not text: write {key} = "…"')
    if "reading" not in value:
        raise InputError(f'{text}: it has no reading: write {{ reading = "…" }}')
    return Rule(text, **{key: said.strip() for key, said in value.items()})


def _table(rules: Iterable[Rule], texts: Iterable[str]) -> dict[str, Any]:
    """What a file's table has to say of ``texts``; None for one that no rule is for."""
    changes: dict[str, Any] = dict.fromkeys(texts)
    for rule in rules:
        if rule.text in changes:
            bound = {key: getattr(rule, key) for key in _KEYS if getattr(rule, key)}
            value: Any = rule.reading if len(bound) == 1 else bound
            others = changes[rule.text]
            changes[rule.text] = [value] if others is None else [*others, value]
    return {text: values[0] if values and len(values) == 1 else values for text, values in changes.items()}
