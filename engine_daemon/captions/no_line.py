"""Names of clips and markers that a program wrote, and nobody wants to hear."""

from __future__ import annotations

import re

_FILE_NAME = re.compile(
    r"\S.*\.(?:wav|wave|bwf|aiff?|aifc|mp3|m4a|aac|flac|ogg|opus|mov|mp4|m4v|mkv|avi|mxf|mts|m2ts|webm|r3d|braw|ari|dpx|"
    r"exr|png|jpe?g|tiff?|psd|otioz?|xml|edl|aaf)",
    re.IGNORECASE,
)
_DEFAULT_MARKER_NAME = re.compile(r"(?:marker|标记|マーカー|마커)\s*\d*", re.IGNORECASE)


def is_file_name(name: str) -> bool:
    """Whether a clip's name is only the name of a media file."""
    return _FILE_NAME.fullmatch(name.strip()) is not None


def is_default_marker_name(name: str) -> bool:
    """Whether a marker's name is what the editing program wrote (``Marker 3``) and not a person."""
    return _DEFAULT_MARKER_NAME.fullmatch(name.strip()) is not None
