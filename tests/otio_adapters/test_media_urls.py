"""The paths in URLs, as each system writes them."""

from __future__ import annotations

import pytest

from framevox.otio_adapters.media_urls import path_in


@pytest.mark.parametrize(
    ("url", "linux", "windows"),
    [
        ("file:///media/a%20b.wav", "/media/a b.wav", "/media/a b.wav"),
        ("file:///C:/takes/a.wav", "/C:/takes/a.wav", "C:/takes/a.wav"),
        ("file://localhost/C%3a/takes/a.wav", "/C:/takes/a.wav", "C:/takes/a.wav"),
        ("file://server/share/a.wav", None, "//server/share/a.wav"),
        ("takes/a.wav", "takes/a.wav", "takes/a.wav"),
        ("C:\\takes\\a.wav", None, "C:\\takes\\a.wav"),
        ("C:/100%/a.wav", None, "C:/100%/a.wav"),
        ("https://example.org/a.wav", None, None),
        ("file:///a%00.wav", None, None),
        ("", None, None),
    ],
)
def test_a_url_is_the_path_that_each_system_means(url: str, linux: str | None, windows: str | None) -> None:
    assert path_in(url, "linux") == path_in(url, "darwin") == linux
    assert path_in(url, "win32") == windows
