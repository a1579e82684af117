"""What a file says of itself: every mark that is read back, and whether it holds."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, Literal

from defusedxml import ElementTree
from defusedxml.common import DefusedXmlException

from framevox.engine_daemon.protocol.files import remove_file

from . import flac, id3, riff
from .aigc import read_aigc
from .embedding import KINDS, form_of
from .facts import ASSERTION, SOURCE_TYPE, STATEMENT, SYNTHETIC, line_hash
from .signing import is_installed, verified

Status = Literal["marked", "unmarked", "broken"]
_BEXT_FIXED = 602
_MOST_TEXT = 16 * 2**20
_SIGNED = {"Trusted": "trusted", "Valid": "valid", "Invalid": "broken"}


@dataclass(frozen=True)
class Found:
    """The marks in a file, as they stand there. ``said`` is what the file says of its origin, by where it says it;
    ``line`` the line that it says it speaks."""

    said: Mapping[str, str] = field(default_factory=dict)
    aigc: str | None = None
    manifest: bytes | None = None
    line: str = ""


@dataclass(frozen=True)
class Signature:
    """``state`` is ``trusted``, ``valid`` (by somebody unknown), ``broken``, or ``unchecked`` without the extra.

    ``synthetic`` says whether the manifest calls the file synthetic. ``facts`` are Framevox's own assertion,
    ``line_matches`` whether the hash in it is that of the line which the file holds, None where that cannot be said.
    A line with control characters does not match, as XML cannot hold them.
    """

    state: Literal["trusted", "valid", "broken", "unchecked"]
    reasons: Sequence[str] = ()
    signer: str = ""
    agent: str = ""
    synthetic: bool = False
    facts: Mapping[str, Any] = field(default_factory=dict)
    line_matches: bool | None = None


@dataclass(frozen=True)
class Checked:
    """What came of a check. ``problems`` are the marks that do not hold, in words."""

    said: Mapping[str, str]
    aigc: Mapping[str, str] | None
    signature: Signature | None
    problems: Sequence[str] = ()

    @property
    def status(self) -> Status:
        """``broken`` where a mark does not hold, else whether there is one that says that the sound is synthetic."""
        if self.problems:
            return "broken"
        signed = self.signature is not None and self.signature.synthetic
        return "marked" if self.said or self.aigc or signed else "unmarked"


def check_file(path: Path, anchors: bytes = b"") -> Checked:
    """Checks a file; a manifest beside it, ``NAME.c2pa``, counts as its own. Raises OSError, and ValueError for a file
    that is no audio file of ``KINDS``, or broken."""
    beside = sidecar_of(path)
    with path.open("rb") as file:
        return check(file, anchors, beside.read_bytes() if beside.is_file() else None)


def sidecar_of(path: Path) -> Path:
    """Where the manifest of a file lies that cannot hold it itself."""
    return path.with_suffix(".c2pa")


def remove_sidecar(path: Path) -> None:
    """Takes away the manifest beside a file that is not its file's any more, if it is one of ours. Raises OSError."""
    beside = sidecar_of(path)
    if beside.is_file() and ASSERTION.encode() in beside.read_bytes():
        remove_file(beside)


def check(file: BinaryIO, anchors: bytes = b"", sidecar: bytes | None = None) -> Checked:
    """As ``check_file``, of a file that is open."""
    form = form_of(file)
    found = marks_in(file, form)
    problems = []
    aigc = None
    if found.aigc is not None and (aigc := read_aigc(found.aigc)) is None:
        problems.append("its AIGC metadata are not what GB 45438-2025 asks for")
    signature = None
    # What stands beside a file that has a manifest of its own belongs to another.
    if found.manifest is not None or sidecar is not None:
        signature = _signature(file, form, found, anchors, None if found.manifest is not None else sidecar)
        if signature.state == "broken":
            problems.append(f"its C2PA manifest does not hold: {_in_words(signature.reasons)}")
    return Checked(found.said, aigc, signature, problems)


def marks_in(file: BinaryIO, form: str) -> Found:
    """The marks in a file of format ``form``. Raises ValueError for a file that is broken."""
    if form == "wav":
        return _in_wav(file)
    file.seek(0)
    media = file.read()
    tag = id3.read_tag(media)
    manifest = next((one for one in map(id3.manifest_in, tag.frames) if one is not None), None)
    if form == "mp3":
        aigc = next((one for one in map(id3.aigc_in, tag.frames) if one is not None), None)
        texts = {frame.name.decode("latin-1"): id3.text_in(frame) for frame in tag.frames}
        comment, line = texts.get("COMM", ""), texts.get("TIT2", "")
    else:
        comments = flac.comments_of(media[tag.end :])
        aigc = flac.aigc_in(comments)
        named = {name.upper(): text for name, _, text in (each.partition("=") for each in comments)}
        comment, line = named.get("COMMENT", ""), named.get("TITLE", "")
    return Found({"comment": comment} if STATEMENT in comment else {}, aigc, manifest, line)


def _in_wav(file: BinaryIO) -> Found:
    said: dict[str, str] = {}
    aigc, manifest, line = None, None, ""
    for chunk in riff.chunks(file):
        if chunk.name not in (b"bext", b"iXML", riff.AIGC, riff.C2PA) or chunk.size > _MOST_TEXT:
            continue
        content = riff.content(file, chunk)
        if chunk.name == b"bext":
            history = content[_BEXT_FIXED:].decode("utf-8", "replace")
            if match := re.search(f"{STATEMENT}[^\r\n\0]*", history):
                said["bext"] = match[0]
        elif chunk.name == b"iXML":
            origin, line = _ixml(content)
            if STATEMENT in origin:
                said["iXML"] = origin
        elif chunk.name == riff.AIGC:
            aigc = content.decode("utf-8", "replace")
        else:
            manifest = content
    return Found(said, aigc, manifest, line)


def _ixml(content: bytes) -> tuple[str, str]:
    """What an iXML chunk says of the origin, and the line; nothing where it is broken, or somebody else's."""
    try:
        root = ElementTree.fromstring(content.rstrip(b"\0"))
    except (ElementTree.ParseError, DefusedXmlException, ValueError):
        return "", ""
    return root.findtext("FRAMEVOX_PROVENANCE") or "", root.findtext("NOTE") or ""


def _signature(file: BinaryIO, form: str, found: Found, anchors: bytes, sidecar: bytes | None) -> Signature:
    if not is_installed():
        return Signature("unchecked", synthetic=SOURCE_TYPE.encode() in (found.manifest or sidecar or b""))
    file.seek(0)
    try:
        state, manifest, failures = verified(file, KINDS[form], anchors, sidecar)
    except ValueError as error:
        return Signature("broken", [str(error)])
    facts: Mapping[str, Any] = {}
    synthetic = False
    for assertion in manifest.get("assertions", []):
        label, data = str(assertion.get("label", "")), assertion.get("data")
        if label.startswith("c2pa.actions") and isinstance(data, Mapping):
            synthetic = synthetic or any(
                action.get("digitalSourceType") in SYNTHETIC for action in data.get("actions", [])
            )
        elif label == ASSERTION and isinstance(data, Mapping):
            facts = data
    info = manifest.get("signature_info") or {}
    agents = manifest.get("claim_generator_info") or [{}]
    hashes = facts.get("line_sha256") or []
    # The file of one line holds that line, or is about more than one.
    matches = line_hash(found.line) in hashes if found.line and len(hashes) == 1 else None
    return Signature(
        _SIGNED.get(state, "broken"),  # type: ignore[arg-type]
        [code for code in failures if state != "Valid" or code != "signingCredential.untrusted"],
        str(info.get("issuer") or info.get("common_name") or ""),
        " ".join(str(agents[0].get(key, "")) for key in ("name", "version")).strip(),
        synthetic,
        facts,
        matches,
    )


_WORDS = {
    "assertion.dataHash.mismatch": "the file was changed after it was signed",
    "assertion.hashedURI.mismatch": "the manifest was changed after it was signed",
    "claimSignature.mismatch": "the signature is not that of the manifest",
    "claimSignature.outsideValidity": "it was signed outside of its certificate's validity",
    "signingCredential.expired": "its certificate has expired",
    "signingCredential.invalid": "its certificate cannot sign",
    "signingCredential.untrusted": "",
}


def _in_words(reasons: Sequence[str]) -> str:
    said = dict.fromkeys(_WORDS.get(reason, reason) for reason in reasons)
    return ", ".join(one for one in said if one) or "no reason given"
