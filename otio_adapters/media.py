"""Media files and the URLs that timelines know them by."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote, unquote, urlsplit


def media_url(media: Path, out: Path) -> str:
    """How a timeline saved at ``out`` refers to ``media``: relative below its folder, else a ``file://`` URL.

    Characters that a URL cannot hold are percent-encoded as UTF-8.
    """
    media, folder = media.resolve(), out.resolve().parent
    if media.is_relative_to(folder):
        return quote(media.relative_to(folder).as_posix())
    return media.as_uri()


def media_path(url: str, folder: Path) -> Path | None:
    """The file that ``url`` means in a timeline that lies in ``folder``, or None for what is not a local file."""
    parts = urlsplit(url)
    if parts.scheme not in ("", "file") or parts.netloc not in ("", "localhost"):
        return None
    path = unquote(parts.path)
    return folder / path if path and "\0" not in path else None
