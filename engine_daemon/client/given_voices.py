"""The voices a user names on the command line or in a timeline: names, blends, and voice files, which are read here.

The daemon opens no path that a client names, so a file travels as bytes, under a name made of the file's own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from framevox.engine_daemon.protocol.errors import InputError
from framevox.engine_daemon.protocol.messages import MAX_FRAME_BYTES

VOICE_SUFFIXES = (".bin", ".pt", ".wav", ".flac", ".ogg", ".mp3", ".aiff", ".aif")
"""Names that end so are files: voices of the built-in engine, and clips for one that clones."""


@dataclass(frozen=True)
class GivenVoices:
    """What ``--voice`` said: a voice for every line, and voices of single characters, as the daemon gets them."""

    default: str = ""
    by_character: dict[str, str] = field(default_factory=dict)

    def of(self, character: str, own: str | None) -> str | None:
        """The voice of a cue, None where the timeline's ``own`` holds.

        A character's own on the command line wins over the timeline's, and that over the one for every line.
        """
        return self.by_character.get(character) or (None if own else self.default)

    def check_characters(self, characters: Iterable[str]) -> None:
        """Raises InputError for a character whom the timeline does not have."""
        known = sorted(set(characters))
        for name in self.by_character:
            if name not in known:
                raise InputError(
                    f"--voice: no line is spoken by {name!r}. The characters are: {', '.join(known) or '(none)'}"
                )


def read_given(options: Sequence[str], files: VoiceFiles) -> GivenVoices:
    """Sorts ``VOICE`` and ``CHARACTER=VOICE``, and reads the files they name, from the current folder.

    Raises InputError for what contradicts itself, and for a file that cannot be read.
    """
    default = ""
    by_character: dict[str, str] = {}
    for option in options:
        character, equals, voice = option.partition("=")
        if equals and Path(option).is_file():
            character, equals, voice = option, "", ""
        character, voice = character.strip(), voice.strip()
        if not character or (equals and not voice):
            raise InputError(f"--voice {option!r}: write VOICE or CHARACTER=VOICE")
        if equals:
            if by_character.setdefault(character, voice) != voice:
                raise InputError(f"--voice: {character!r} is given two voices, {by_character[character]} and {voice}")
        elif default and default != character:
            raise InputError(
                f"--voice: two voices for every line, {default} and {character}. Write CHARACTER=VOICE for one of them"
            )
        else:
            default = character
    here = Path.cwd()
    return GivenVoices(
        files.resolve(default, here), {name: files.resolve(voice, here) for name, voice in by_character.items()}
    )


class VoiceFiles:
    """The voice files that cues name, read once each: ``content`` by the name under which the daemon gets them."""

    def __init__(self) -> None:
        self.content: dict[str, bytes] = {}
        self._names: dict[Path, str] = {}
        self._written: dict[str, str] = {}

    def resolve(self, voice: str, folder: Path) -> str:
        """``voice`` with every path in it, absolute or from ``folder``, replaced by a name. Raises InputError."""
        if _is_path(voice) and (folder / Path(voice).expanduser()).is_file():
            return self._name(folder / Path(voice).expanduser(), voice)
        parts = []
        for part in voice.split("+"):
            name, colon, weight = part.strip().partition(":")
            if _is_path(name):
                name = self._name(folder / Path(name).expanduser(), name)
            parts.append(name + colon + weight)
        return "+".join(parts)

    def spec_as_written(self, spec: str) -> str:
        """A voice or blend that ``resolve`` gave, as the user wrote it."""
        parts = (part.partition(":") for part in spec.split("+"))
        return "+".join(self._written.get(name, name) + colon + weight for name, colon, weight in parts)

    def as_written(self, said: str) -> str:
        """What the daemon ``said``, with every file called as the user wrote it and not as it travelled."""
        if not self._written:
            return said
        # The daemon knows a file by its name and 16 digits of its content's hash.
        names = "|".join(map(re.escape, sorted(self._written, key=len, reverse=True)))
        return re.sub(rf"(?<!\w)({names})\.[0-9a-f]{{16}}(?:\.bin)?", lambda name: self._written[name[1]], said)

    def _name(self, path: Path, written: str) -> str:
        path = path.absolute()
        if path not in self._names:
            content = _read(path)
            stem = re.sub(r"[^A-Za-z0-9_]+", "_", path.stem)[:32] or "voice"
            taken = [name for name in self.content if name == stem or name.startswith(f"{stem}_")]
            self._names[path] = stem if not taken else f"{stem}_{len(taken) + 1}"
            self.content[self._names[path]] = content
            self._written[self._names[path]] = written
        return self._names[path]


def _read(path: Path) -> bytes:
    # A timeline from somebody else may name anything: a device that never ends, a film.
    try:
        if path.exists() and not path.is_file():
            raise InputError(f"voice {path}: this is no file: name a voice file or a clip")
        with path.open("rb") as file:
            content = file.read(MAX_FRAME_BYTES + 1)
    except OSError as error:
        raise InputError(f"voice {path}: the file cannot be read ({error.strerror})") from None
    if len(content) > MAX_FRAME_BYTES:
        most = f"{MAX_FRAME_BYTES // 2**20} MiB"
        raise InputError(f"voice {path}: the file is larger than {most}, too large for a voice: cut a clip to 15 s")
    return content


def _is_path(name: str) -> bool:
    return "/" in name or name.endswith(VOICE_SUFFIXES)
