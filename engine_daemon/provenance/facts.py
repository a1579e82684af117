"""What a manifest says of a file, beside that its speech is synthetic."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

STATEMENT = "synthetic speech by "
"""How the words begin that every file carries, signed or not."""
SOURCE_TYPE = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
"""The IPTC's term for media that a trained model made."""
_TERMS = SOURCE_TYPE.rpartition("/")[0]
SYNTHETIC = {
    f"{_TERMS}/{term}"
    for term in (
        "trainedAlgorithmicMedia",
        "compositeWithTrainedAlgorithmicMedia",
        "compositeSynthetic",
        "algorithmicMedia",
    )
}
"""The IPTC's terms for media that are synthetic, in whole or in part."""
ASSERTION = "framevox.speech"
"""The label of the assertion that holds the facts."""


@dataclass(frozen=True)
class VoiceFact:
    """A voice that speaks. ``origin`` is ``built-in``, ``enrolled`` (a voice of the user's own) or ``file``;
    ``consent`` what is kept of the speaker's consent, empty for nothing."""

    name: str
    origin: str
    consent: str = ""


@dataclass(frozen=True)
class Facts:
    """``title`` is the file's name, ``id`` names the content, ``lines`` are hashes of the lines, as ``line_hash`` gives
    them."""

    title: str
    id: str
    engine: str
    voices: Sequence[VoiceFact] = field(default_factory=tuple)
    lines: Sequence[str] = field(default_factory=tuple)

    def told(self) -> dict[str, Any]:
        """The facts as plain values, but for the title: a file that is renamed says the same."""
        voices = [
            {"name": voice.name, "origin": voice.origin, "consent": voice.consent or "none stated"}
            if voice.origin != "built-in"
            else {"name": voice.name, "origin": voice.origin}
            for voice in self.voices
        ]
        return {"id": self.id, "engine": self.engine, "voices": voices, "line_sha256": list(self.lines)}


def line_hash(text: str) -> str:
    """The SHA-256 of a line in UTF-8, in hexadecimal digits."""
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()


def manifest_of(facts: Facts, version: str, seal: str) -> Mapping[str, Any]:
    """The definition of a manifest, as c2pa-python wants it. ``seal`` says what was signed with what (signing.py)."""
    agent = {"name": "Framevox", "version": version}
    created = {"action": "c2pa.created", "digitalSourceType": SOURCE_TYPE, "softwareAgent": agent}
    return {
        "claim_generator_info": [agent],
        # A name on disk need not be UTF-8.
        "title": facts.title.encode("utf-8", "replace").decode(),
        "assertions": [
            {"label": "c2pa.actions", "data": {"actions": [created]}},
            {"label": ASSERTION, "data": {**facts.told(), "seal": seal}},
        ],
    }
