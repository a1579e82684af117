"""The voices a user names on the command line or in a timeline: names, blends, and voice files, which are read here.

The daemon opens no path that a client names, so a file travels as bytes, under a name made of its own and its content.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from framevox.engine_daemon.protocol.errors import InputError
from framevox.engine_daemon.protocol.messages import MAX_FRAME_BYTES

VOICE_SUFFIXES = (
    *(".bin", ".npy", ".npz", ".pt"),
    *(".wav", ".flac", ".ogg", ".opus", ".mp3", ".aiff", ".aif", ".aifc", ".caf"),
)
"""Names that end so, in letters of either case, are files: voices of the built-in engine, and clips to clone from."""
_DIGITS = 12
_MOST_PLUS = 9
"""Into how many pieces the + signs in a file's name may split it. Without a bound, a long text would take forever."""
_SHARE = re.compile(r"(.*?)\s*(:\s*(?:\d+\.?\d*|\.\d+)\s*)?", re.DOTALL)


@dataclass(frozen=True)
class GivenVoices:
    """A voice for every line, and voices of single characters, as the daemon gets them.

    ``option`` is how errors name where they were given.
    """

    default: str = ""
    by_character: dict[str, str] = field(default_factory=dict)
    option: str = "--voice"

    def of(self, character: str, own: str | None) -> str | None:
        """Returns the voice of a cue, None where the timeline's ``own`` applies.

        A character's voice on the command line wins over the timeline's, which wins over the one for every line.
        """
        return self.by_character.get(character) or (None if own else self.default)

    def check_characters(self, characters: Iterable[str]) -> None:
        """Raises InputError for a character who is not in the timeline."""
        known = sorted(set(characters))
        for name in self.by_character:
            if name not in known:
                raise InputError(
                    f"{self.option}: no line is spoken by {name!r}: the characters are {', '.join(known) or '(none)'}"
                )


def read_given(voices: Sequence[str], files: VoiceFiles, option: str = "--voice") -> GivenVoices:
    """Sorts ``VOICE`` and ``CHARACTER=VOICE``, and reads the files they name, from the current folder.

    Raises InputError for options that contradict each other, and for a file that cannot be read.
    """
    here = Path.cwd()
    default: tuple[str, str] | None = None
    by_character: dict[str, tuple[str, str]] = {}
    for written in voices:
        character, equals, voice = written.partition("=")
        if not equals or _file(written.strip(), here) is not None:
            character, voice = "", written
        character, voice = character.strip(), voice.strip()
        if not voice or (equals and not character and written.lstrip().startswith("=")):
            raise InputError(f"{option} {written!r} names no voice: write VOICE or CHARACTER=VOICE")
        given = (files.resolve(voice, here), voice)
        if character:
            first = by_character.setdefault(character, given)
            if first[0] != given[0]:
                raise InputError(
                    f"{option}: {character!r} is given two voices, {first[1]} and {voice}: leave one of them out"
                )
        elif default is not None and default[0] != given[0]:
            raise InputError(
                f"{option}: two voices for every line, {default[1]} and {voice}: write CHARACTER=VOICE for one of them"
            )
        else:
            default = default or given
    chosen = {name: voice for name, (voice, _) in by_character.items()}
    return GivenVoices(default[0] if default else "", chosen, option)


class VoiceFiles:
    """The voice files that cues name, read once each: ``content`` by the name under which the daemon gets them.

    The name ends in digits of the content's hash. So files of one name are told apart, one file that is named in two
    ways is sent once, and a file ``jf_alpha.bin`` does not replace the engine's own voice ``jf_alpha``.
    """

    def __init__(self) -> None:
        self.content: dict[str, bytes] = {}
        self._names: dict[Path, str] = {}
        self._written: dict[str, str] = {}

    def resolve(self, voice: str, folder: Path) -> str:
        """Returns ``voice`` with a name for every path in it, which may count from ``folder``. Raises InputError."""
        pieces = voice.split("+")
        parts: list[str] = []
        at = 0
        while at < len(pieces):
            # The name of a file may have a + in it: the longest run of pieces that is a file counts as one.
            runs = ("+".join(pieces[at:end]) for end in range(min(len(pieces), at + _MOST_PLUS), at, -1))
            part = next((run for run in runs if _file(_share_of(run)[0], folder) is not None), pieces[at])
            name, share = _share_of(part)
            path = _path(name, folder) if _file(name, folder) or _looks_like_a_path(name) else None
            parts.append((name if path is None else self._name(path, name)) + share)
            at += part.count("+") + 1
        return "+".join(parts)

    def spec_as_written(self, spec: str) -> str:
        """Returns a voice or blend that ``resolve`` gave as the user wrote it."""
        parts = (part.partition(":") for part in spec.split("+"))
        return "+".join(self._written.get(name, name) + colon + share for name, colon, share in parts)

    def sent_with(self, specs: Iterable[str]) -> dict[str, bytes]:
        """Returns the content of the files that voices or blends name, as ``Client.render`` takes it."""
        names = {part.partition(":")[0] for spec in specs for part in spec.split("+")}
        return {name: content for name, content in self.content.items() if name in names}

    def _name(self, path: Path, written: str) -> str:
        path = path.absolute()
        if path not in self._names:
            content = _read(path)
            stem = re.sub(r"[^A-Za-z0-9]+", "_", path.resolve().stem)[:24].strip("_") or "voice"
            name = f"{stem}.{hashlib.sha256(content).hexdigest()[:_DIGITS]}"
            self._names[path] = name
            self.content[name] = content
            self._written.setdefault(name, written)
        return self._names[path]


def is_file_name(voice: str) -> bool:
    """Whether this is a name that ``VoiceFiles`` gave to a file."""
    return re.fullmatch(rf"[A-Za-z0-9_]+\.[0-9a-f]{{{_DIGITS}}}", voice) is not None


def _share_of(part: str) -> tuple[str, str]:
    """Splits one voice of a blend into its name and its share with the colon, "" if there is none.

    What follows a colon is a share only if it is a number: ``C:\\voices\\mei.wav`` is all name.
    """
    match = _SHARE.fullmatch(part.strip())
    assert match is not None
    return match[1], "".join((match[2] or "").split())


def _file(name: str, folder: Path) -> Path | None:
    """Returns the path of the file that ``name`` means, None if it means no file or there is none.

    A word without a slash and without a dot is the name of a voice, even if the folder has a file of that name.
    """
    if not name or not (_looks_like_a_path(name) or "." in name):
        return None
    path = _path(name, folder)
    try:
        return path if path.is_file() else None
    except OSError:  # a name that is too long, say
        return None


def _path(name: str, folder: Path) -> Path:
    try:
        return folder / Path(name).expanduser()
    except RuntimeError:  # "~anna", where no user is called so
        return folder / name


def _looks_like_a_path(name: str) -> bool:
    return "/" in name or os.sep in name or name.lower().endswith(VOICE_SUFFIXES)


def _read(path: Path) -> bytes:
    # A timeline from somebody else may name anything: a device that never ends, a film.
    try:
        if path.exists() and not path.is_file():
            raise InputError(f"voice {path}: this is not a file: name a voice file or a clip")
        with path.open("rb") as file:
            content = file.read(MAX_FRAME_BYTES + 1)
    except (OSError, ValueError) as error:
        said = getattr(error, "strerror", None) or error
        raise InputError(f"voice {path}: the file cannot be read ({said}): check its name and folder") from None
    if len(content) > MAX_FRAME_BYTES:
        most = f"{MAX_FRAME_BYTES // 2**20} MiB"
        raise InputError(f"voice {path}: the file is larger than {most}, too large for a voice: cut a clip to 15 s")
    return content
