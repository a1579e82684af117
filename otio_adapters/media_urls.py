"""Media files and the URLs that timelines know them by."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from urllib.parse import unquote, urlsplit


def media_url(media: Path) -> str:
    """The ``file://`` URL of a file. What a URL cannot hold is percent-encoded as UTF-8.

    Absolute, because several programs (GStreamer Editing Services among them) refuse relative ones; a timeline that is
    to travel together with its media is an ``.otioz``.
    """
    return media.resolve().as_uri()


def media_path(url: str, folder: Path) -> Path | None:
    """The file that ``url`` means in a timeline that lies in ``folder``, or None for what is not a local file."""
    path = path_in(url)
    return None if path is None else folder / path


def path_in(url: str, platform: str = sys.platform) -> str | None:
    r"""The path in a URL, as ``platform`` writes it, or None for what is not a local file.

    On Windows ``file:///C:/a.wav`` and Premiere's ``file://localhost/C%3a/a.wav`` are ``C:/a.wav``, ``C:\a.wav``
    is itself, and ``file://server/share/a.wav`` is ``//server/share/a.wav``.
    """
    windows = platform == "win32"
    if windows and re.match(r"[A-Za-z]:[\\/]", url):
        return url if "\0" not in url else None
    parts = urlsplit(url)
    host = "" if parts.netloc == "localhost" else parts.netloc
    if parts.scheme not in ("", "file") or (host and not windows):
        return None
    path = unquote(parts.path)
    if not path or "\0" in path:
        return None
    if windows and host:
        return f"//{host}{path}"
    return path[1:] if windows and re.match(r"/[A-Za-z]:", path) else path
