"""Options that the command line does not give, out of the project's file and the user's own defaults."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar, cast

import typer
from typer.core import TyperOption

from framevox.engine_daemon.project.file import Project, naming, project_file, read_project, user_file
from framevox.engine_daemon.protocol.errors import InputError

Value = TypeVar("Value")

_INSTEAD = {"emotion": "emotion-voice", "emotion-voice": "emotion"}
"""Options of which only one can be given: the nearer one hides the other."""


@dataclass
class Kept:
    """What the files beside a timeline and of the user keep. Read it with ``read``."""

    context: typer.Context
    project: Project
    user: Project

    @classmethod
    def read(cls, context: typer.Context, timeline: Path) -> Kept:
        """Reads both files. Raises InputError for one that cannot be used."""
        kept = cls(context, read_project(project_file(timeline)), read_project(user_file()))
        if kept.user.path == kept.project.path:
            kept.user = Project()
        return kept

    def value(self, key: str, given: Value) -> Value:
        """The value of the option ``--key``: the one ``given`` where the user typed it, else the nearest that is kept.

        Paths count from the folder of the file that holds them. Raises InputError that names the file and the key.
        """
        source = self.source(key)
        if source is None:
            return given
        option = self._option(key)
        with naming(place(source, key)):
            try:
                value: Any = option.process_value(self.context, source.fill[key])
            except typer.BadParameter as error:
                raise InputError(error.message) from None
        return cast(Value, source.folder / value.expanduser() if isinstance(value, Path) else value)

    def source(self, key: str) -> Project | None:
        """The file whose value of ``--key`` holds, None where the command line's or the built-in one does."""
        if self._is_given(key) or (key in _INSTEAD and self._is_given(_INSTEAD[key])):
            return None
        for file in (self.project, self.user):
            if key in file.fill:
                return file
            if _INSTEAD.get(key) in file.fill:
                return None
        return None

    @contextlib.contextmanager
    def naming(self, *keys: str) -> Iterator[None]:
        """Says of an InputError inside the block which of ``keys`` come from a file, if any does."""
        kept = [place(source, key) for key in keys if (source := self.source(key)) is not None]
        with naming(", ".join(kept)) if kept else contextlib.nullcontext():
            yield

    def _option(self, key: str) -> TyperOption:
        return next(option for option in self.context.command.params if f"--{key}" in option.opts)  # type: ignore[return-value]

    def _is_given(self, key: str) -> bool:
        name = self._option(key).name
        source = self.context.get_parameter_source(name) if name else None
        return source is not None and source.name not in ("DEFAULT", "DEFAULT_MAP")


def place(file: Project, key: str) -> str:
    """How errors name a key of ``[fill]``."""
    return f"{file.path} [fill] {key}"
