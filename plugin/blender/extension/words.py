"""What a strip or a marker says: its line, and the keys of ``strip["framevox"]``."""

from __future__ import annotations

import json
import re
from typing import Any

KEY = "framevox"
"""The property of a strip in which its line is described, as in a timeline's metadata."""
CALLED = f'strip["{KEY}"]'
END = "/"
"""The name of a marker that ends the line of the one before it."""
_NUMBERED = re.compile(r"\.\d{3,}$")
"""Blender numbers strips of one name."""
_NAMED = re.compile(r"^\s*[^\s:：][^:：]{0,60}[:：]\s*\S")
_SENTENCE = re.compile(r"[.!?…。！？]+[\"'”’»)」』]*\s*$")


def said_by(strip: Any) -> Any:
    """Returns the keys that a strip has for Framevox, from properties or JSON; None for a strip that has none.

    What cannot be read is returned as it is, for the message about this strip.
    """
    value = strip.get(KEY)
    if value is None:
        return None
    if hasattr(value, "to_dict"):
        return {str(key): _plain(one) for key, one in value.to_dict().items()}
    if isinstance(value, str):
        try:
            return json.loads(value)
        except ValueError:
            return value
    return _plain(value)


def _plain(value: Any) -> Any:
    """Blender's arrays and groups as JSON has them."""
    if hasattr(value, "to_dict"):
        return _plain(value.to_dict())
    if hasattr(value, "to_list"):
        return [_plain(one) for one in value.to_list()]
    if isinstance(value, dict):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(one) for one in value]
    return value if isinstance(value, (str, int, float, bool, type(None))) else str(value)


def line_in_name(name: str) -> str:
    """Returns a strip's name without the number that Blender gave it."""
    return _NUMBERED.sub("", name)


WORD = "· "
"""Begins the markers that are written for words, so that they are not read as words to be put on frames."""
MOUTH = "mouth "
"""Begins the markers that are written for mouth shapes."""


def is_written(name: str) -> bool:
    """Returns whether a marker was written for a word or a mouth shape of a take."""
    return name.startswith(WORD) or re.fullmatch(MOUTH + "[A-HX]", name) is not None


def is_line(name: str) -> bool:
    """Returns whether a marker's name reads as a line: somebody in front, or a sentence's end."""
    return name.strip() != END and not is_written(name) and bool(_NAMED.match(name) or _SENTENCE.search(name))


def channel_character(name: str) -> str:
    """Returns the name that a channel was given; empty for one that Blender named."""
    return "" if re.fullmatch(r"Channel \d+", name.strip()) else name
