"""The names of DAPT, and the languages as it writes them."""

from __future__ import annotations

SUFFIXES = (".dapt",)
SHARED_SUFFIXES = (".ttml", ".xml")
"""Names that a DAPT file may also have; what is inside decides."""

TT = "http://www.w3.org/ns/ttml"
TTP = "http://www.w3.org/ns/ttml#parameter"
TTM = "http://www.w3.org/ns/ttml#metadata"
DAPTM = "http://www.w3.org/ns/ttml/profile/dapt#metadata"
XML = "http://www.w3.org/XML/1998/namespace"
CONTENT_PROFILE = "http://www.w3.org/ns/ttml/profile/dapt1.0/content"

KEY = "dapt"
"""Where a timeline and its clips keep what a script said of them: ``metadata["dapt"]``."""
SCRIPT_TYPES = ("originalTranscript", "translatedTranscript", "preRecording", "asRecorded")

_TAGS = {"fr-fr": "fr-FR", "pt-br": "pt-BR"}
"""Languages of lines whose BCP 47 tag is written otherwise."""
_OURS = {"fr": "fr-fr", "pt": "pt-br", "en": "en", "zh": "zh", "yue": "", "ja": "ja", "ko": "ko", "es": "es",
         "it": "it", "hi": "hi", "ar": "ar", "cmn": "zh"}  # fmt: skip


def tag_of(language: str) -> str:
    """The BCP 47 tag of a line's language."""
    return _TAGS.get(language, language)


def language_of(tag: str) -> str:
    """The language of lines that a BCP 47 tag means, empty where no voice speaks it."""
    return _OURS.get(tag.partition("-")[0].lower(), "")
