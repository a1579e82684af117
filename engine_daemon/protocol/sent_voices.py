"""What a voice is called that a client sends along, on both sides: the client's name, and a hash of the content."""

from __future__ import annotations

import hashlib
import re

from .files import usable_name

_SENT = re.compile(r".+\.[0-9a-f]{16}", re.DOTALL)


def sent_name(name: str, content: bytes) -> str:
    """``mei`` -> ``mei.3f9a2b7c01d48e6f``: two clients' ``mei`` stay apart, and the same one is kept once."""
    return f"{usable_name(name)}.{hashlib.sha256(content).hexdigest()[:16]}"


def is_sent(name: str) -> bool:
    """Whether a voice in the daemon's folder came along with a batch."""
    return _SENT.fullmatch(name) is not None
