"""Where the daemon keeps its things on each system."""

from __future__ import annotations

import os
from pathlib import Path, PureWindowsPath

import platformdirs.windows
import pytest
from platformdirs.macos import MacOS
from platformdirs.unix import Unix
from platformdirs.windows import Windows

from framevox.engine_daemon.protocol.connection import Home


@pytest.fixture(autouse=True)
def nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith(("XDG_", "FRAMEVOX_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", "/home/me")


def test_on_linux_it_is_where_xdg_says(monkeypatch: pytest.MonkeyPatch) -> None:
    home = Home.of_system(Unix("framevox", appauthor=False))
    assert (home.run, home.log) == (
        Path("/home/me/.local/state/framevox/run"),
        Path("/home/me/.local/state/framevox/log"),
    )
    assert (home.cache, home.voices) == (
        Path("/home/me/.cache/framevox"),
        Path("/home/me/.local/share/framevox/voices"),
    )
    monkeypatch.setenv("XDG_STATE_HOME", "/state")
    monkeypatch.setenv("XDG_CACHE_HOME", "relative paths are to be ignored")
    home = Home.of_system(Unix("framevox", appauthor=False))
    assert home.run == Path("/state/framevox/run") and home.cache == Path("/home/me/.cache/framevox")


def test_on_macos_it_is_in_the_library() -> None:
    home = Home.of_system(MacOS("framevox", appauthor=False))
    support = Path("/home/me/Library/Application Support/framevox")
    assert (home.run, home.voices) == (support / "run", support / "voices")
    assert (home.log, home.cache) == (Path("/home/me/Library/Logs/framevox"), Path("/home/me/Library/Caches/framevox"))


def test_on_windows_it_is_in_the_local_profile(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOCALAPPDATA", r"C:\Users\me\AppData\Local")
    monkeypatch.setattr(platformdirs.windows, "get_win_folder", platformdirs.windows.get_win_folder_from_env_vars)
    home = Home.of_system(Windows("framevox", appauthor=False))
    local = PureWindowsPath(r"C:\Users\me\AppData\Local\framevox")
    found = [PureWindowsPath(str(folder)) for folder in (home.run, home.log, home.cache, home.voices)]
    assert found == [local / "run", local / "Logs", local / "Cache", local / "voices"]


def test_a_home_of_ones_own_holds_everything_on_every_system(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("FRAMEVOX_HOME", str(tmp_path))
    home = Home.find()
    assert {home.run.parent, home.log.parent, home.cache.parent, home.voices.parent} == {tmp_path}
