"""The options of a run: those that were typed, else the nearest that a film's files keep, else the built-in ones."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from framevox.engine_daemon.client.given_voices import VoiceFiles
from framevox.engine_daemon.client.values import (
    emotion_of,
    fit_within,
    loudness_target,
    parse_choice,
    parse_fit,
    parse_handles,
    parse_loudness,
    parse_positive,
    parse_sample_rate,
    parse_strength,
    parse_take_number,
)
from framevox.engine_daemon.project.file import Project, naming
from framevox.engine_daemon.project.film import Film
from framevox.engine_daemon.protocol.cues import FORMATS, LANGUAGE_CHOICES, Fit, Output
from framevox.engine_daemon.protocol.emotion import Emotion
from framevox.engine_daemon.protocol.errors import InputError, OptionError, of_options

if TYPE_CHECKING:
    from framevox.engine_daemon.client.launch import Say
    from framevox.engine_daemon.client.marking import Marking

HOSTS = ("resolve",)
SUBTITLE_STYLES = ("netflix", "bbc", "plain")
TIME_UNITS = ("frames", "seconds", "milliseconds")
"""What plain numbers in a cue sheet's columns of times can count."""

READERS: Mapping[str, Callable[[str], Any]] = {
    "fit": parse_fit,
    "min-ratio": parse_positive,
    "max-ratio": parse_positive,
    "handles": parse_handles,
    "sample-rate": parse_sample_rate,
    "media-dir": lambda text: Path(text).expanduser(),
    "language": parse_choice(LANGUAGE_CHOICES),
    "emotion": str,
    "emotion-voice": str,
    "emotion-strength": parse_strength,
    "take": parse_take_number,
    "format": parse_choice(FORMATS),
    "loudness": parse_loudness,
    "for": parse_choice(HOSTS),
    "subtitle-style": parse_choice(SUBTITLE_STYLES),
    "columns": str,
    "times": parse_choice(TIME_UNITS),
    "pause": str,
}
"""How the text of an option becomes its value. ``voice``, which is for the casting, is the only one of ``[fill]`` that
is missing here."""

_INSTEAD = {"emotion": "emotion-voice", "emotion-voice": "emotion"}
"""Options of which only one can be given: the nearer one hides the other."""
_FIT, _OUTPUT = Fit(), Output()


@dataclass(frozen=True)
class Options:
    """``typed`` are the values of the options that the user gave for this run, by their names: ``min-ratio``."""

    film: Film
    typed: Mapping[str, Any] = field(default_factory=dict)

    def value(self, key: str, otherwise: Any = None) -> Any:
        """The value of an option: as it was typed, else as the nearest file has it, else ``otherwise``.

        Paths count from the folder of the file that holds them. Raises InputError that names the file and the key.
        """
        if key in self.typed:
            return self.typed[key]
        source = self.source(key)
        if source is None:
            return otherwise
        with naming(source.place("fill", key)):
            value = READERS[key](source.fill[key])
        return source.folder / value if isinstance(value, Path) else value

    def source(self, key: str) -> Project | None:
        """The file whose value of an option holds, None where the typed or the built-in one does."""
        if key in self.typed or _INSTEAD.get(key) in self.typed:
            return None
        for file in self.film.files:
            if key in file.fill:
                return file
            if _INSTEAD.get(key) in file.fill:
                return None
        return None

    @contextlib.contextmanager
    def naming(self, *keys: str) -> Iterator[None]:
        """Says of an InputError inside the block which of ``keys`` come from a file; where none does, it is one of the
        options."""
        kept = [source.place("fill", key) for key in keys if (source := self.source(key)) is not None]
        with naming(", ".join(kept)) if kept else of_options():
            yield

    def fit(self) -> Fit:
        """How the lines fit their slots. Raises InputError where fit and limits contradict each other."""
        with self.naming("fit", "min-ratio", "max-ratio"):
            return fit_within(
                self.value("fit", _FIT),
                self.value("min-ratio", _FIT.min_ratio),
                self.value("max-ratio", _FIT.max_ratio),
            )

    def output(self, **fixed: Any) -> Output:
        """What is made of the takes; ``fixed`` are fields that no file changes. Raises InputError."""
        with self.naming("sample-rate", "handles", "format", "loudness"):
            made = Output(
                fixed.get("sample_rate", self.value("sample-rate", _OUTPUT.sample_rate)),
                fixed.get("handles", self.value("handles", _OUTPUT.handles)),
                loudness_target(self.value("loudness", "off" if _OUTPUT.loudness is None else _OUTPUT.loudness)),
                fixed.get("format", self.value("format", _OUTPUT.format)),
                fixed.get("align", _OUTPUT.align),
            )
            made.check()
        return made

    def marking(self, say: Say) -> Marking:
        """How files say that they are synthetic. ``say`` is told where a key is made for that. Raises InputError."""
        from framevox.engine_daemon.client.marking import Marking
        from framevox.engine_daemon.project.provenance import provenance_of

        return Marking(provenance_of(self.film.files, self.typed.get("aigc", "")), say)

    def emotion(self, files: VoiceFiles, presets: Mapping[str, str]) -> Emotion | None:
        """The lines' emotion, None for the voices' own. Raises InputError."""
        beside = self.source("emotion-voice")
        written = self.value("emotion", "")
        try:
            with self.naming("emotion", "emotion-voice", "emotion-strength"):
                return emotion_of(
                    written,
                    files.resolve(self.value("emotion-voice", ""), beside.folder if beside else Path.cwd()),
                    self.value("emotion-strength", 1.0),
                    files,
                    presets,
                )
        except OptionError as error:
            if str(written).startswith("@"):  # a file says what that is, and can be mended
                raise InputError(str(error), code=error.code) from None
            raise
