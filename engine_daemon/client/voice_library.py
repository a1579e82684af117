"""The user's own voices: a folder of clips, each with a record of where it came from and of its speaker's consent.

A voice is ``NAME.wav`` and ``NAME.json``. A clip that was put there by hand has no record and is a voice all the same.
An exported voice is a zip of exactly two members, read by their names alone.
"""

from __future__ import annotations

import contextlib
import io
import re
import unicodedata
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec

from framevox.engine_daemon.client.disk import DiskError, write_file, write_new
from framevox.engine_daemon.client.given_voices import VOICE_SUFFIXES
from framevox.engine_daemon.protocol.connection import private_folder
from framevox.engine_daemon.protocol.errors import InputError
from framevox.engine_daemon.protocol.files import is_reserved, remove_file, replace_file, same_name, usable_name

CLIP, RECORD = ".wav", ".json"
CLIPS = (".wav", ".flac", ".ogg", ".mp3", ".aiff", ".aif")
EXPORT_SUFFIX = ".fvoice"
LONGEST_NAME = 64
MAX_CLIP_BYTES = 64 * 2**20
MAX_RECORD_BYTES = 64 * 2**10
FORMAT = 1

_MEMBERS = {"clip.wav": MAX_CLIP_BYTES, "voice.json": MAX_RECORD_BYTES}
_NAME = re.compile(r"\w[\w.-]*")
_STOCK = re.compile(r"[abefhijpz][fm]_[a-z]+")
_GENDERS = ("female", "male")


class Record(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What is known of a voice. ``source`` is the file's own name, without its folder, which may say who made it."""

    name: str
    added: str
    """The day, as the caller gives it: ``2025-03-01``."""
    source: str = ""
    part: tuple[str, str] | None = None
    """From where to where in the source, in seconds as text; None for the whole file."""
    consent: str = ""
    """What the speaker agreed to, in the user's own words."""
    measured: dict[str, float] = {}
    """What the check of the clip measured, by name."""
    findings: list[str] = []
    """What the check found wrong, where the user went on all the same."""
    format: int = FORMAT


@dataclass(frozen=True)
class OwnVoice:
    """A voice of the library. ``record`` is None for a clip that was put into the folder without one."""

    name: str
    clip: Path
    record: Record | None


def check_name(name: str) -> str:
    """``name`` as it is kept (Unicode's composed form). Raises InputError for one that cannot name a voice."""
    name = unicodedata.normalize("NFC", name)
    advice = "use letters, digits, “_”, “-” and “.”, such as MEI or young-anna"
    if "/" in name or "\\" in name:
        raise InputError(f"voice {name!r}: a name has no slash, it is no path: {advice}")
    if not _NAME.fullmatch(name) or name.endswith("."):
        raise InputError(f"voice {name!r}: this cannot be a voice's name: {advice}")
    if len(name) > LONGEST_NAME or len(name.encode()) > 200:
        raise InputError(f"voice {name[:20]!r}…: the name has {len(name)} characters: use at most {LONGEST_NAME}")
    if is_reserved(name):
        raise InputError(f"voice {name!r}: Windows keeps this name for a device: choose another, such as {name}-1")
    if name.lower().endswith((*VOICE_SUFFIXES, RECORD)):
        raise InputError(f"voice {name!r}: a name does not end as a file: leave the suffix out")
    if name.lower() in _GENDERS:
        raise InputError(f"voice {name!r}: this means any {name.lower()} voice: name the voice after its speaker")
    if _STOCK.fullmatch(name):
        raise InputError(f"voice {name!r}: built-in voices have such names: name the voice after its speaker")
    return name


def name_from(text: str) -> str:
    """``text`` as a voice can be called: letters, digits, ``_``, ``.`` and ``-``. Raises InputError if none is left."""
    name = re.sub(r"[^\w.-]+", "-", text.strip()).strip("-._")[:LONGEST_NAME].rstrip("-._")
    if not name:
        raise InputError(f"a voice cannot be called {text!r}: give it a name with letters or digits")
    return check_name(usable_name(name))


class VoiceLibrary:
    """The voices in ``folder``, which need not exist yet. It is read again at every call."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def voices(self) -> list[OwnVoice]:
        """Every voice, sorted by name. A record that cannot be read counts as none; ``find`` says what is wrong."""
        voices = []
        for path in self._clips():
            try:
                record = self._record(path.stem)
            except InputError:
                record = None
            voices.append(OwnVoice(path.stem, path, record))
        return sorted(voices, key=lambda voice: voice.name)

    def find(self, name: str) -> OwnVoice:
        """The voice of that name. Raises InputError (code ``unknown-voice``) that lists those there are."""
        wanted = unicodedata.normalize("NFC", name)
        for path in self._clips():
            if unicodedata.normalize("NFC", path.stem) == wanted:
                return OwnVoice(path.stem, path, self._record(path.stem))
        known = ", ".join(sorted({path.stem for path in self._clips()}))
        there = f"the voices are {known}" if known else "there is none yet, `framevox voice add NAME CLIP` adds one"
        raise InputError(f"unknown voice {name!r}: {there}", code="unknown-voice")

    def check_free(self, name: str, but: str = "") -> str:
        """``name`` as it is kept, where no voice but ``but`` has it, also as disks that ignore case see it.

        Raises InputError.
        """
        name = check_name(name)
        taken = [path.stem for path in self._files() if path.suffix.lower() != RECORD and same_name(path.stem, name)]
        taken = [stem for stem in taken if not but or not same_name(stem, but)]
        if taken:
            raise InputError(
                f"there is a voice “{taken[0]}” already: choose another name, or `framevox voice remove {taken[0]}` "
                "first"
            )
        return name

    def add(self, sound: bytes, record: Record) -> OwnVoice:
        """Keeps a WAV file as the voice ``record.name``. Raises InputError, DiskError; then nothing is kept."""
        name = self.check_free(record.name)
        _check_size(len(sound), "the clip", MAX_CLIP_BYTES)
        private_folder(self._folder)
        clip = self._folder / f"{name}{CLIP}"
        # The clip claims the name: of two that add it at once, one fails here.
        write_new(clip, sound)
        try:
            write_file(self._folder / f"{name}{RECORD}", _encode(msgspec.structs.replace(record, name=name)))
        except DiskError:
            remove_file(clip)
            raise
        return self.find(name)

    def rename(self, old: str, new: str) -> OwnVoice:
        """Gives a voice another name. Raises InputError, DiskError."""
        voice = self.find(old)
        new = self.check_free(new, but=voice.name)
        clip = self._folder / f"{new}{voice.clip.suffix}"
        record = self._folder / f"{new}{RECORD}"
        with _named(clip):
            if voice.record is not None:
                # Moved before it is written: on disks that ignore case both names may be one file.
                replace_file(self._folder / f"{voice.name}{RECORD}", record)
                write_file(record, _encode(msgspec.structs.replace(voice.record, name=new)))
            replace_file(voice.clip, clip)
        return OwnVoice(new, clip, self._record(new))

    def consent(self, name: str, text: str) -> OwnVoice:
        """Keeps what the speaker of a voice agreed to. Raises InputError, DiskError."""
        voice = self.find(name)
        record = msgspec.structs.replace(voice.record or Record(name=voice.name, added=""), consent=text.strip())
        write_file(self._folder / f"{voice.name}{RECORD}", _encode(record))
        return self.find(name)

    def remove(self, name: str) -> None:
        """Removes a voice. Lines that name it fail from then on, by its name. Raises InputError, DiskError."""
        wanted = unicodedata.normalize("NFC", name)
        paths = [path for path in self._files() if unicodedata.normalize("NFC", path.stem) == wanted]
        if not any(path.suffix.lower() in CLIPS for path in paths):
            self.find(name)
        with _named(self._folder / name):
            for path in paths:
                if path.suffix.lower() in (*CLIPS, RECORD):
                    remove_file(path)

    def export(self, name: str) -> bytes:
        """A voice as one file's content. Raises InputError for a voice that was put there as anything but WAV."""
        voice = self.find(name)
        if voice.clip.suffix.lower() != CLIP:
            raise InputError(
                f"voice {voice.name!r} is a {voice.clip.suffix} file: add it with `framevox voice add NAME "
                f"{voice.clip}` and export that"
            )
        record = voice.record or Record(name=voice.name, added="")
        _check_size(voice.clip.stat().st_size, f"voice {voice.name!r}", MAX_CLIP_BYTES)
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            for member, content in (("voice.json", _encode(record)), ("clip.wav", voice.clip.read_bytes())):
                # A date of its own, so that the same voice gives the same file.
                archive.writestr(zipfile.ZipInfo(member, (1980, 1, 1, 0, 0, 0)), content, zipfile.ZIP_DEFLATED)
        return out.getvalue()

    def _files(self) -> list[Path]:
        if not self._folder.is_dir():
            return []
        return [path for path in self._folder.iterdir() if not path.name.startswith(".")]

    def _clips(self) -> list[Path]:
        return [path for path in self._files() if path.suffix.lower() in CLIPS and path.is_file()]

    def _record(self, name: str) -> Record | None:
        path = self._folder / f"{name}{RECORD}"
        try:
            content = path.read_bytes() if path.stat().st_size <= MAX_RECORD_BYTES else b""
        except FileNotFoundError:
            return None
        except OSError as error:
            raise InputError(f"voice {name!r}: {path} cannot be read ({error.strerror})") from None
        return _decode(content, f"voice {name!r}: {path.name}", "put it right, or delete it to use the clip without")


def read_export(path: Path) -> tuple[bytes, Record]:
    """The clip and the record in a file that ``VoiceLibrary.export`` made; the clip is not looked at.

    Nothing is unpacked: the two members are read by name, and no more of them than their bounds. Raises InputError.
    """
    ours = "export the voice again with `framevox voice export`"
    try:
        with zipfile.ZipFile(path) as archive:
            names = [info.filename for info in archive.infolist()]
            if sorted(names) != sorted(_MEMBERS):
                strange = next((name for name in names if name not in _MEMBERS), None)
                what = f"it holds {strange[:80]!r}" if strange else "a part of it is missing or there twice"
                raise InputError(f"{path.name} is no exported voice ({what}): {ours}")
            content = {}
            for member, bound in _MEMBERS.items():
                with archive.open(member) as file:
                    content[member] = file.read(bound + 1)
                _check_size(len(content[member]), f"{path.name}: {member}", bound)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, ValueError) as error:
        raise InputError(f"{path.name} is no exported voice ({error}): {ours}") from None
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror or error}") from None
    except Exception as error:
        # zlib's and lzma's errors have no base of their own.
        if type(error).__module__ not in ("zlib", "_lzma", "lzma"):
            raise
        raise InputError(f"{path.name} is damaged ({error}): {ours}") from None
    return content["clip.wav"], _decode(content["voice.json"], f"{path.name}: voice.json", ours)


def _check_size(size: int, what: str, bound: int) -> None:
    if size > bound:
        raise InputError(f"{what} is larger than {bound // 1024} KiB: cut the clip to 15 s with --from and --to")


def _encode(record: Record) -> bytes:
    return msgspec.json.format(msgspec.json.encode(record), indent=2) + b"\n"


def _decode(content: bytes, where: str, advice: str) -> Record:
    try:
        record = msgspec.json.decode(content, type=Record)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InputError(f"{where} is not a voice's record ({error}): {advice}") from None
    if record.format != FORMAT:
        raise InputError(f"{where} has format {record.format}, this framevox knows {FORMAT}: install a newer framevox")
    return record


@contextlib.contextmanager
def _named(path: Path) -> Iterator[None]:
    """Turns a system error into one that names ``path``."""
    try:
        yield
    except OSError as error:
        raise DiskError(f"cannot write {path}: {error.strerror or error}", "Choose a folder you may write to") from None
