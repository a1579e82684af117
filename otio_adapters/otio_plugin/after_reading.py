"""Fills a timeline that was just read, where ``framevox_fill`` or FRAMEVOX_FILL asks for it."""

from __future__ import annotations

import os
import threading
from typing import Any

OFF = ("", "0", "false", "no", "off")
"""What FRAMEVOX_FILL, or the argument ``framevox_fill``, says to leave a timeline as it is."""

current = threading.local()
"""``current.read``: what this thread is reading. The media linker, which gets single clips, looks here for the rest."""


def hook_function(in_timeline: Any, argument_map: dict[str, Any] | None = None) -> Any:
    if getattr(current, "read", None) is in_timeline:
        return in_timeline  # the manifest was found twice, and so was this hook
    current.read, current.batch = in_timeline, None
    asked = (argument_map or {}).get("framevox_fill", os.environ.get("FRAMEVOX_FILL"))
    if asked is None or str(asked).strip().lower() in OFF:
        return in_timeline
    from framevox.otio_adapters.otio_plugin.work import fill_read

    current.read = fill_read(in_timeline, asked)
    return current.read
