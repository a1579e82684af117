"""The metadata that GB 45438-2025 wants in a file of generated content.

The standard names the fields; where they stand in an audio file is said by the practice guide for audio (TC260, August
2025): a chunk ``AIGC`` in WAV, a TXXX frame ``AIGC`` of ID3v2 in MP3, a comment ``AIGC`` in FLAC, each with the fields
as JSON.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

NAME = "AIGC"
FIELDS = (
    "Label",
    "ContentProducer",
    "ProduceID",
    "ReservedCode1",
    "ContentPropagator",
    "PropagateID",
    "ReservedCode2",
)
LABELS = {"1": "AI-generated", "2": "possibly AI-generated", "3": "suspected to be AI-generated"}
_GENERATED = "1"


@dataclass(frozen=True)
class Aigc:
    """Who provides the content, and who spreads it: names, or codes such as a unified social credit code."""

    producer: str
    propagator: str = ""

    def text(self, id: str) -> str:
        """The metadata of a file whose content is called ``id``."""
        propagated = id if self.propagator else ""
        values = (_GENERATED, self.producer, id, "", self.propagator, propagated, "")
        return json.dumps(dict(zip(FIELDS, values, strict=True)), ensure_ascii=False)


def read_aigc(text: str) -> Mapping[str, str] | None:
    """The fields in a file's metadata, None where they cannot be read."""
    try:
        value: Any = json.loads(text.strip("\0 \r\n\t"))
    except ValueError:
        return None
    if isinstance(value, Mapping) and not set(value) & set(FIELDS):
        # Some write the fields under their common name.
        value = next((inner for name, inner in value.items() if str(name).upper() == NAME), None)
    if not isinstance(value, Mapping) or str(value.get("Label")) not in LABELS:
        return None
    return {str(key): str(inner) for key, inner in value.items()}
