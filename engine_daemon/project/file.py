"""``framevox.toml``: read and checked, found beside a timeline, and changed with its comments kept.

    version = 1

    [voices]              # CHARACTER = VOICE
    "小明" = "zm_yunxi"

    [fill]                # the options of `framevox fill`, by their own names
    fit = "natural"
    min-ratio = 0.8

    [emotions]            # NAME = weights, a description, or a clip
    excited = "happy=0.7,surprised=0.3"

    [provenance]          # how files say that they are synthetic (provenance.py)
    sign = "off"

    [readings]            # TEXT = how it is said (readings.py)
    "银行" = "yin2 hang2"

    [[watch]]             # what `framevox watch --project` fills (watches.py)
    in = "captions.srt"
    out = "spoken.otio"

The user's own defaults are a file of the same form. What stands nearer to the line wins: the command line, the
timeline's metadata, the project's file, the user's.
"""

from __future__ import annotations

import contextlib
import difflib
import os
import uuid
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import tomli
import tomlkit
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import Table

from framevox.engine_daemon.pronunciation.dictionary import Dictionary
from framevox.engine_daemon.protocol.connection import Home
from framevox.engine_daemon.protocol.errors import FramevoxError, InputError
from framevox.engine_daemon.protocol.files import ReadOnlyError, check_replaceable, replace_file

from . import readings as rules
from . import watches

NAME = "framevox.toml"
VERSION = 1
"""Of the file's form. It rises when an older Framevox would misread a file."""
TABLES = ("voices", "fill", "emotions", "provenance", rules.TABLE)
FILL_OPTIONS = (
    "voice",
    "fit",
    "min-ratio",
    "max-ratio",
    "handles",
    "sample-rate",
    "media-dir",
    "language",
    "emotion",
    "emotion-voice",
    "emotion-strength",
    "take",
    "format",
    "loudness",
    "for",
    "subtitle-style",
    "columns",
    "times",
    "pause",
)
"""Options of ``framevox fill`` that a file may set. Their values are checked by the option that they set."""
PROVENANCE = ("sign", "certificate", "key", "aigc", "aigc-propagator")
_MANY = 50
MOST_BYTES = 16 * 2**20
"""Some 400,000 rules of pronunciation; what is larger is something else."""


class ProjectError(FramevoxError):
    """The project file could not be written."""

    code = "disk"


@dataclass(frozen=True)
class Project:
    """What one file says. ``path`` is None for no file; paths in it count from the folder of ``path``.

    The values of ``fill`` are text, as they would be typed after the option.
    """

    path: Path | None = None
    voices: Mapping[str, str] = field(default_factory=dict)
    fill: Mapping[str, str] = field(default_factory=dict)
    emotions: Mapping[str, str] = field(default_factory=dict)
    provenance: Mapping[str, str] = field(default_factory=dict)
    readings: Dictionary = field(default_factory=Dictionary)
    watch: Sequence[Sequence[str]] = ()
    """The arguments of ``framevox fill`` for each file that is watched."""

    @property
    def folder(self) -> Path:
        """Where relative paths in the file begin; the working folder where there is no file."""
        return Path.cwd() if self.path is None else self.path.parent

    def place(self, table: str, key: str = "") -> str:
        """How errors name a table or a key of it."""
        return f"{self.path} [{table}] {key}".rstrip()


def presets_of(project: Project) -> dict[str, str]:
    """What ``@NAME`` stands for in a file: its emotions, with clips by their whole path."""
    found = {}
    for name, written in project.emotions.items():
        clip = project.folder / written
        with contextlib.suppress(OSError, ValueError):  # a description may be no possible path
            written = str(clip) if clip.is_file() else written
        found[name] = written
    return found


def project_file(timeline: Path) -> Path:
    """Where the project file of ``timeline`` lies, whether it is there or not."""
    return timeline.absolute().parent / NAME


def user_file(home: Home | None = None) -> Path:
    """Where the user's own defaults lie, whether they are there or not."""
    return (home or Home.find()).voices.parent / NAME


def read_project(path: Path) -> Project:
    """Reads and checks a project file; an empty Project for one that is not there.

    Raises InputError that names the file, and the line or the key, for one that cannot be used.
    """
    document = _load(path)
    if document is None:
        return Project()
    _check_version(path, document)
    _check_keys(path, "", document, ("version", *TABLES, watches.TABLE))
    tables = {name: _table(path, name, document.get(name)) for name in TABLES}
    _check_keys(path, "fill", tables["fill"], FILL_OPTIONS)
    _check_keys(path, "provenance", tables["provenance"], PROVENANCE)
    with naming(f"{path} [{rules.TABLE}]"):
        readings = rules.dictionary_of(tables[rules.TABLE])
    return Project(
        path,
        voices={key: _text(path, "voices", key, value) for key, value in tables["voices"].items()},
        fill={key: _typed(path, "fill", key, value) for key, value in tables["fill"].items()},
        emotions={key: _text(path, "emotions", key, value) for key, value in tables["emotions"].items()},
        provenance={key: _switch(path, "provenance", key, value) for key, value in tables["provenance"].items()},
        readings=readings,
        watch=watches.watches_of(path, document.get(watches.TABLE)),
    )


def change_project(path: Path, table: str, changes: Mapping[str, Any]) -> bool:
    """Sets entries of a table, or removes those that are None; everything else stays as it was written. Values are
    text, a mapping of texts, or a list of both.

    Makes the file where there is none. Returns False if nothing had to change. Raises InputError for a file that
    cannot be read, and ProjectError for one that cannot be written; it is then as it was.
    """
    read_project(path)  # Never build on a file that would be refused on reading.
    document = _parse(path)
    if document is None:
        document = tomlkit.document()
        document.add("version", VERSION)
    before = tomlkit.dumps(document)
    if table not in document:
        document.add(tomlkit.nl())
        document.add(table, tomlkit.table())
    entries = document[table]
    assert isinstance(entries, Table)
    added = {key: value for key, value in changes.items() if value is not None and key not in entries}
    if len(added) > _MANY:
        document[table] = _with_lines(entries, added)
        entries = document[table]
    for key, value in changes.items():
        if value is None:
            entries.pop(key, None)
        elif entries.get(key) != value:
            entries[key] = _item(value)
    after = tomlkit.dumps(document)
    if after == before:
        return False
    _write(path, after)
    return True


@contextlib.contextmanager
def naming(place: str) -> Iterator[None]:
    """Says of an InputError inside the block in which file, or option, the user wrote what is wrong."""
    try:
        yield
    except InputError as error:
        said = str(error)
        raise InputError(said if said.startswith(place) else f"{place}: {said}", code=error.code) from None


def nearest(word: str, known: Collection[str]) -> str:
    """A sentence's end that names the known word nearest to ``word``, or else all of them."""
    close = difflib.get_close_matches(word.casefold(), {name.casefold(): name for name in known}, 1, 0.6)
    if close:
        return f"did you mean {next(name for name in known if name.casefold() == close[0])!r}?"
    return f"known are {', '.join(known)}"


def _with_lines(table: Table, added: Mapping[str, Any]) -> Table:
    """A table with many more entries, read as text: tomlkit takes the longer for each one the more there are."""
    lines = table.as_string().splitlines(keepends=True)
    end = len(lines)
    while end and lines[end - 1].strip()[:1] in ("", "#"):
        end -= 1  # what stands there is the next table's
    if end and not lines[end - 1].endswith("\n"):
        lines[end - 1] += "\n"
    new = [f"{tomlkit.key(key).as_string()} = {_item(value).as_string()}\n" for key, value in added.items()]
    read = tomlkit.parse("[x]\n" + "".join((*lines[:end], *new, *lines[end:])))["x"]
    assert isinstance(read, Table)
    return read


def _item(value: Any) -> Any:
    """A value on one line."""
    if isinstance(value, Mapping):
        table = tomlkit.inline_table()
        table.update(value)
        return table
    if isinstance(value, list):
        array = tomlkit.array()
        for each in value:
            array.append(_item(each))
        return array
    return tomlkit.item(value)


def _load(path: Path) -> dict[str, Any] | None:
    """What a file says, without its comments: many times faster than with them."""
    content = _content(path)
    if content is None:
        return None
    try:
        document: dict[str, Any] = tomli.loads(content)
    except (tomli.TOMLDecodeError, RecursionError):
        return _parse(path)  # its errors name the line
    return document


def _parse(path: Path) -> tomlkit.TOMLDocument | None:
    content = _content(path)
    if content is None:
        return None
    try:
        return tomlkit.parse(content)
    except (TOMLKitError, ValueError) as error:
        # tomlkit's own text ends with the line and the column.
        raise InputError(f"{path} is not valid TOML ({_first_lower(str(error))}): correct that line") from None
    except RecursionError:
        raise InputError(f"{path} nests too deep: this is no project file, move it away") from None


def _content(path: Path) -> str | None:
    try:
        content = path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror}): make it readable, or move it away") from None
    if len(content) > MOST_BYTES:
        raise InputError(f"{path} is larger than {MOST_BYTES // 2**20} MiB: this is no project file, move it away")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"{path} is not UTF-8 (byte {error.start}): save it as UTF-8") from None


def _check_version(path: Path, document: Mapping[str, Any]) -> None:
    version = document.get("version", VERSION)
    if isinstance(version, bool) or not isinstance(version, int) or version < 1:
        raise InputError(f"{path}: version is {version!r}: write version = {VERSION}")
    if version > VERSION:
        raise InputError(f"{path} has version {version}, this Framevox reads up to {VERSION}: update Framevox")


def _check_keys(path: Path, table: str, found: Mapping[str, Any], known: Collection[str]) -> None:
    for key in found:
        if key not in known:
            where = f"[{table}] has" if table else "has"
            raise InputError(f"{path} {where} an unknown key {key!r}: {nearest(key, known)}")


def _table(path: Path, name: str, value: Any) -> Mapping[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise InputError(f"{path}: {name} is not a table: write [{name}], and its entries below")
    return value


def _text(path: Path, table: str, key: str, value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise InputError(f'{path} [{table}] {key}: {_shown(value)} is not text: write {key} = "…"')
    return value.strip()


def _typed(path: Path, table: str, key: str, value: Any) -> str:
    """A value as one would type it after the option: text, or a number."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return str(value)
    return _text(path, table, key, value)


def _switch(path: Path, table: str, key: str, value: Any) -> str:
    """Text; ``on`` and ``off`` may be written as TOML's own words."""
    return ("on" if value else "off") if isinstance(value, bool) else _text(path, table, key, value)


def _shown(value: Any) -> str:
    text = repr(value.unwrap() if hasattr(value, "unwrap") else value)
    return text if len(text) <= 60 else f"{text[:60]}…"


def _first_lower(text: str) -> str:
    return text[:1].lower() + text[1:]


def _write(path: Path, text: str) -> None:
    """Replaces the file in one step, with its mode kept."""
    # Through a link, so that a file that lies elsewhere stays there.
    path = path.resolve()
    aside = path.with_name(f".framevox-{uuid.uuid4().hex}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        check_replaceable(path)
        with aside.open("x", encoding="utf-8", newline="") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        if path.exists():
            with contextlib.suppress(OSError):
                aside.chmod(path.stat().st_mode)
        replace_file(aside, path)
    except ReadOnlyError as error:
        raise ProjectError(f"cannot write {path}: {error.strerror}") from None
    except OSError as error:
        raise ProjectError(f"cannot write {path} ({error.strerror}): choose a folder that you can write to") from None
    finally:
        aside.unlink(missing_ok=True)
