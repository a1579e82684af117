"""Media files and the URLs that timelines know them by."""

from __future__ import annotations

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
    parts = urlsplit(url)
    if parts.scheme not in ("", "file") or parts.netloc not in ("", "localhost"):
        return None
    path = unquote(parts.path)
    return folder / path if path and "\0" not in path else None
