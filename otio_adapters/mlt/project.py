"""A project file: which program saved it, its rate, and the tracks of the timeline that is filled."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from typing import Any

from framevox.engine_daemon.protocol.errors import InputError
from framevox.engine_daemon.protocol.timebase import Rate
from framevox.otio_adapters.whole_files import read_whole

from .clock import frames_of
from .tree import Element, parse

MOST_BYTES = 256 * 2**20
_SERVICES = ("producer", "chain", "playlist", "tractor", "multitrack")
_NEWEST_MLT = 7
_NEWEST_KDENLIVE = Fraction(11, 10)
"""The document version that Kdenlive has written since 23.04."""


@dataclass(frozen=True)
class Track:
    """A track of the main tractor: ``index`` counts as MLT does, with the black background at 0."""

    index: int
    element: Element
    """The ``<track>``."""
    service: Element
    """The tractor or playlist that it shows."""
    playlists: tuple[Element, ...]
    audio: bool
    hidden: bool
    name: str


class Project:
    """A project of Kdenlive, Shotcut, or another program that writes MLT XML (which is taken as Shotcut's)."""

    def __init__(self, path: Path, content: bytes) -> None:
        """Raises InputError that names ``path`` for what is no project that can be filled."""
        self.path, self.content = path, content
        self.sha256 = hashlib.sha256(content).hexdigest()
        self.root = parse(content, path)
        if self.root.tag != "mlt":
            raise InputError(f"{path} is no project of Shotcut or Kdenlive: it begins with <{self.root.tag}>")
        self.services = {e.attributes["id"]: e for e in self.root.walk() if e.tag in _SERVICES and "id" in e.attributes}
        self.bin = self.services.get("main_bin") or self.services.get("main bin")
        self.is_kdenlive = _is_kdenlive(self.root, self.bin)
        self._check_versions()
        self.rate = self._rate()
        self.tractor = self._tractor()

    @classmethod
    def open(cls, path: Path) -> Project:
        """Raises InputError for a file that cannot be read as well."""
        return cls(path, read_whole(path, MOST_BYTES, "project"))

    def _check_versions(self) -> None:
        version = self.root.attributes.get("version", "")
        if version.partition(".")[0].isdigit() and int(version.partition(".")[0]) > _NEWEST_MLT:
            raise InputError(f"{self.path} was saved with MLT {version}: update framevox, which knows {_NEWEST_MLT}.x")
        document = self.document("version")
        try:
            newer = self.is_kdenlive and document != "" and Fraction(document) > _NEWEST_KDENLIVE
        except ValueError:
            newer = True
        if newer:
            raise InputError(
                f"{self.path} was saved by a newer Kdenlive (document version {document}): update framevox, which "
                f"knows versions up to {float(_NEWEST_KDENLIVE):g}"
            )

    def document(self, name: str) -> str:
        """A property of a Kdenlive document."""
        return self.bin.get(f"kdenlive:docproperties.{name}") if self.bin is not None else ""

    def _rate(self) -> Rate:
        profile = next(iter(self.root.all("profile")), None)
        if profile is None:
            raise InputError(f"{self.path} has no profile, so its frame rate is unknown: save it in its program again")
        numerator, denominator = (profile.attributes.get(f"frame_rate_{part}", "") for part in ("num", "den"))
        if not (numerator.isdigit() and denominator.isdigit() and int(numerator) and int(denominator)):
            raise InputError(f"{self.path}: its profile has no frame rate: set one in the program, and save again")
        try:
            return Rate.parse(f"{numerator}/{denominator}")
        except InputError as error:
            raise InputError(f"{self.path}: the frame rate of its profile: {error}") from None

    def _tractor(self) -> Element:
        """The tractor whose tracks are the timeline: the last one, or the sequence that it wraps."""
        tractors = [e for e in self.root.all("tractor") if e.get("shotcut:transition") == ""]
        if not tractors:
            raise InputError(f"{self.path} has no timeline (no tractor): put a clip on the timeline, and save it again")
        last = tractors[-1]
        shown = [self.services.get(track.attributes.get("producer", "")) for track in last.all("track")]
        if last.get("kdenlive:projectTractor") and len(shown) == 1 and shown[0] is not None:
            return shown[0]
        return last

    @property
    def suffix(self) -> str:
        """How the files of the program that saved it end."""
        return ".kdenlive" if self.is_kdenlive else ".mlt"

    @property
    def sequences(self) -> list[str]:
        """The names of a Kdenlive document's sequences."""
        return [e.get("kdenlive:clipname") for e in self.root.all("tractor") if e.property("kdenlive:uuid") is not None]

    @cached_property
    def tracks(self) -> list[Track]:
        """The tracks of the timeline, the background left out."""
        found = []
        for index, element in enumerate(self.tractor.all("track")):
            service = self.services.get(element.attributes.get("producer", ""))
            if service is None:
                raise InputError(
                    f"{self.path}: its track {index} shows {element.attributes.get('producer', 'nothing')!r}, which is "
                    "not in the file: it is cut short, save it again"
                )
            if index == 0 and _is_background(service, self.services):
                continue
            inner = [self.services.get(t.attributes.get("producer", "")) for t in service.all("track")]
            playlists = [service] if service.tag == "playlist" else [p for p in inner if p is not None]
            hides = element.attributes.get("hide", "") or next(
                (t.attributes.get("hide", "") for t in service.all("track")), ""
            )
            audio = "1" in (service.get("kdenlive:audio_track"), service.get("shotcut:audio")) or hides == "video"
            name = service.get("kdenlive:track_name") or service.get("shotcut:name")
            found.append(Track(index, element, service, tuple(playlists), audio, hides == "both", name))
        return found

    def items(self, playlist: Element) -> Iterator[tuple[int, int, int, Element | None, Element]]:
        """What is on a playlist: start, length and first frame of the media, the service, and the entry or blank; the
        service of a blank is None."""
        position = 0
        for element in playlist.all("entry", "blank"):
            if element.tag == "blank":
                length = self.frames(element.attributes.get("length", "0"))
                yield position, length, 0, None, element
            else:
                service = self.services.get(element.attributes.get("producer", ""))
                own = service.attributes if service is not None else {}
                first = self.frames(element.attributes.get("in") or own.get("in") or "0")
                last = element.attributes.get("out") or own.get("out")
                length = self.frames(last) - first + 1 if last else self._length(service) - first
                yield position, length, first, service, element
            position += max(0, length)

    def _length(self, service: Element | None) -> int:
        if service is not None and service.tag == "playlist":
            return sum(length for _, length, *_ in self.items(service))
        return self.frames(service.get("length", "0")) if service is not None else 0

    def frames(self, written: str) -> int:
        """Raises InputError that names the project."""
        try:
            return frames_of(written, self.rate)
        except InputError as error:
            raise InputError(f"{self.path}: {error}") from None

    def json(self, text: str) -> Any:
        """What a property of JSON holds, None where it is broken."""
        try:
            return json.loads(text) if text.strip() else None
        except ValueError:
            return None

    @property
    def folder(self) -> Path:
        """What relative paths count from."""
        return self.path.absolute().parent / self.root.attributes.get("root", "")

    def media(self, service: Element) -> str:
        """The path of a clip's file as the project writes it, empty for a clip without a file."""
        kind = service.get("mlt_service")
        if kind == "timewarp":
            return service.get("warp_resource") or service.get("resource").partition(":")[2]
        original = service.get("kdenlive:originalurl")
        if not original and not kind.startswith(("avformat", "qimage", "pixbuf", "xml", "vorbis")):
            return ""
        written = original or service.get("shotcut:resource") or service.get("resource")
        return written.removeprefix("plain:")


def _is_kdenlive(root: Element, bin_: Element | None) -> bool:
    """Whether Kdenlive saved a project, whatever the file is called. Shotcut keeps what Kdenlive wrote of clips."""
    if root.attributes.get("title", "").startswith("Shotcut"):
        return False
    holders = [bin_] if bin_ is not None else root.all("tractor")
    names = (p.attributes.get("name", "") for holder in holders for p in holder.all("property"))
    return any(name.startswith("kdenlive:") for name in names)


def _is_background(service: Element, services: dict[str, Element]) -> bool:
    if service.tag == "playlist":
        entries = service.all("entry")
        inside = services.get(entries[0].attributes.get("producer", "")) if len(entries) == 1 else None
        return service.attributes.get("id") == "background" or (
            inside is not None and inside.attributes.get("id") == "black"
        )
    named = (service.attributes.get("id"), service.get("kdenlive:playlistid"))
    return service.tag == "producer" and ("black_track" in named or service.get("resource") in ("black", "0"))
