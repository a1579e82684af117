"""The marks that a film's files bear: that their speech is synthetic, what made it, and who signs for it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from framevox.engine_daemon.client.disk import Kinship
from framevox.engine_daemon.client.given_voices import is_file_name
from framevox.engine_daemon.client.launch import Say, silent
from framevox.engine_daemon.client.own_key import key_file, own_key
from framevox.engine_daemon.client.voice_library import VoiceLibrary
from framevox.engine_daemon.project.provenance import Provenance
from framevox.engine_daemon.protocol.connection import Home
from framevox.engine_daemon.protocol.cues import Take
from framevox.engine_daemon.protocol.errors import InputError
from framevox.engine_daemon.provenance import signing
from framevox.engine_daemon.provenance.aigc import Aigc
from framevox.engine_daemon.provenance.credentials import Credentials, read_credentials
from framevox.engine_daemon.provenance.embedding import Sign, WavMarks, bare, embedded
from framevox.engine_daemon.provenance.facts import Facts, VoiceFact, line_hash


class Marking:
    """Puts marks on files, as ``asked``. ``say`` is told where a key is made; ``home`` is where own keys and voices
    lie.

    Nothing is loaded before a file is signed, or ``check`` is called.
    """

    def __init__(self, asked: Provenance | None = None, say: Say = silent, home: Home | None = None) -> None:
        self._asked = asked or Provenance()
        self._say = say
        self._home = home or Home.find()
        self._voices: dict[str, VoiceFact] = {}

    @property
    def signs(self) -> bool:
        """Whether files are signed. Raises InputError where that is asked for and cannot be had."""
        asked = self._asked
        if asked.sign == "off":
            return False
        wanted = asked.sign == "on" or asked.certificate is not None
        if wanted and not signing.is_installed():
            raise InputError(f"signing is asked for, and is not installed: {signing.EXTRA}")
        return signing.is_installed()

    @property
    def has_key(self) -> bool:
        """Whether there is a key already, given or the user's own."""
        return self._asked.certificate is not None or key_file(self._home).exists()

    @cached_property
    def credentials(self) -> Credentials | None:
        """What files are signed with, None where they are not signed. Raises InputError, DiskError."""
        asked = self._asked
        if not self.signs:
            return None
        if asked.certificate is None or asked.key is None:
            return own_key(self._home, self._say)
        try:
            return read_credentials(asked.certificate, asked.key)
        except InputError as error:
            raise InputError(f"{asked.asked}: {error}") from None

    def check(self) -> None:
        """Raises InputError, before anything is spoken, where files could not be marked as asked."""
        _ = self.credentials

    def of(self, text: str, take: Take, content: bytes, title: str) -> Marked:
        """The file of a take of a line, as it is written under the name ``title``."""
        return Marked(self, content, take.format, self.facts(title, take.id, [(text, take)]))

    def facts(self, title: str, id: str, spoken: Iterable[tuple[str, Take]]) -> Facts:
        """What is said of a file that holds these lines."""
        spoken = list(spoken)
        engines = sorted({take.engine for _, take in spoken})
        names = sorted({name for _, take in spoken for name in _names(take.voice)})
        lines = [line_hash(text) for text, _ in spoken]
        return Facts(title, id, ", ".join(engines), [self._voice(name) for name in names], lines)

    def aigc(self, facts: Facts) -> str:
        """The metadata of GB 45438-2025, empty where none are asked for."""
        asked = self._asked
        return Aigc(asked.aigc, asked.aigc_propagator).text(facts.id) if asked.aigc else ""

    def marked(self, media: bytes, form: str, facts: Facts) -> bytes:
        """A file of format ``form`` with its marks. Raises SigningError, and what ``check`` raises."""
        return embedded(media, form, self.aigc(facts), self._sign(facts))

    def marked_wav(self, pieces: Iterable[bytes], facts: Facts) -> WavMarks:
        """As ``marked``, of a WAV file in pieces."""
        return WavMarks(pieces, self.aigc(facts), self._sign(facts))

    def _sign(self, facts: Facts) -> Sign | None:
        credentials = self.credentials
        return None if credentials is None else lambda: signing.Signing(facts, credentials)

    def _voice(self, name: str) -> VoiceFact:
        if name not in self._voices:
            self._voices[name] = self._found(name)
        return self._voices[name]

    def _found(self, name: str) -> VoiceFact:
        try:
            record = VoiceLibrary(self._home.voices).find(name).record
        except InputError as error:
            if error.code != "unknown-voice":
                return VoiceFact(name, "enrolled")
            return VoiceFact(name, "file" if is_file_name(name) else "built-in")
        return VoiceFact(name, "enrolled", record.consent if record is not None else "")


@dataclass(frozen=True)
class Marked:
    """A take's file with its marks: ``content`` is what the daemon sent."""

    marking: Marking
    content: bytes
    form: str
    facts: Facts

    def written(self) -> bytes:
        return self.marking.marked(self.content, self.form, self.facts)

    def compared(self, there: bytes) -> Kinship:
        """Signing gives other bytes each time, so a file counts as the same if it is without its marks, and its marks
        say the same. One that bears more marks than are asked for is left in peace."""
        if there == self.content:
            asked = bool(self.marking.aigc(self.facts)) or self.marking.credentials is not None
            return "bare" if asked else "same"
        try:
            if bare(there, self.form) != self.content:
                return "other"
        except ValueError:
            return "other"
        credentials = self.marking.credentials
        wanted = [self.marking.aigc(self.facts)]
        wanted += [signing.seal_of(self.facts, credentials)] if credentials is not None else []
        return "same" if all(mark.encode() in there for mark in wanted) else "bare"


def _names(spec: str) -> Sequence[str]:
    """The voices of a blend."""
    return [part.partition(":")[0].strip() for part in spec.split("+") if part.strip()]
