"""What belongs to the film whose timeline lies in a folder, as every host finds it: files and the cast of earlier runs.

What stands nearer to the line wins: the command line, the timeline's metadata, the project's file, and the user's own
defaults, in that order.
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from framevox.engine_daemon.project.casting import CastLine, Choice, Resolve, Source, Voices, choose
from framevox.engine_daemon.project.file import NAME, Project, presets_of, read_project, user_file
from framevox.engine_daemon.project.remembered import CastRecord


@dataclass(frozen=True)
class Film:
    """Read it with ``of``. Without arguments it is a film of which nothing is known, and nothing is remembered.

    ``defaults`` are the user's own, nearest first.
    """

    project: Project = field(default_factory=Project)
    defaults: Sequence[Project] = ()
    record: CastRecord | None = None

    @classmethod
    def of(cls, folder: Path, *defaults: Project) -> Film:
        """The film whose timeline lies, or will lie, in ``folder``; ``defaults`` of a host go before the user's others.

        Raises InputError for a file that cannot be used.
        """
        project, user = read_project(folder.absolute() / NAME), read_project(user_file())
        if user.path == project.path:
            user = Project()
        return cls(project, (*defaults, user), CastRecord.of(folder))

    @property
    def files(self) -> Sequence[Project]:
        """What is kept, nearest first."""
        return (self.project, *self.defaults)

    def presets(self, library: Mapping[str, str]) -> Mapping[str, str]:
        """What an emotion ``@NAME`` stands for: in a file, nearest first, else in the user's ``library``."""
        return ChainMap(*map(presets_of, self.files), library)  # type: ignore[arg-type]

    def cast(
        self, lines: Sequence[CastLine], voices: Voices, asked: Source, resolve: Resolve, *, remember: bool = True
    ) -> list[Choice]:
        """Chooses the voice of every line, in the lines' order, as ``choose`` does, and remembers who was cast.

        Raises what ``choose`` raises, InputError for a voice file that cannot be read, and RecordError.
        """
        kept = [Source.of(self.project, resolve), *(Source.of(one, resolve, "own defaults") for one in self.defaults)]
        before = self.record.voices() if self.record else {}
        choices = choose(lines, voices, asked, kept, before)
        given = {line.character: one.voice for line, one in zip(lines, choices, strict=True) if one.why == "cast"}
        if self.record and remember:
            self.record.keep(given)
        return choices
