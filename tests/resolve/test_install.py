"""Putting the entries into Resolve and taking them out, as the command does it, and what doctor says of it."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path, PurePosixPath

import pytest

from framevox.plugin.resolve.install import ENTRIES, LUA, install, scripts_folder
from tests.e2e.conftest import Framevox

HOST_FOLDERS = {
    ("linux", False): "{home}/.local/share/DaVinciResolve/Fusion/Scripts/Utility",
    ("linux", True): "/opt/resolve/Fusion/Scripts/Utility",
    ("darwin", False): "{home}/Library/Application Support/Blackmagic Design/DaVinci Resolve/Fusion/Scripts/Utility",
    ("darwin", True): "/Library/Application Support/Blackmagic Design/DaVinci Resolve/Fusion/Scripts/Utility",
    ("win32", False): "{appdata}/Blackmagic Design/DaVinci Resolve/Support/Fusion/Scripts/Utility",
    ("win32", True): "{programdata}/Blackmagic Design/DaVinci Resolve/Fusion/Scripts/Utility",
}


@pytest.fixture
def user(tmp_path: Path) -> Framevox:
    home = tmp_path / "home"
    home.mkdir()
    return Framevox(tmp_path / "framevox", {"HOME": str(home)})


def folder_of(user: Framevox) -> Path:
    return Path(user.extra["HOME"], ".local/share/DaVinciResolve/Fusion/Scripts/Utility")


@pytest.mark.parametrize(("platform", "all_users"), HOST_FOLDERS)
def test_the_folder_of_every_system(monkeypatch: pytest.MonkeyPatch, platform: str, all_users: bool) -> None:
    monkeypatch.setenv("HOME", "/home/me")
    monkeypatch.setenv("APPDATA", "/app data")
    monkeypatch.setenv("PROGRAMDATA", "/program data")
    wanted = HOST_FOLDERS[platform, all_users].format(home="/home/me", appdata="/app data", programdata="/program data")
    assert PurePosixPath(scripts_folder(all_users=all_users, platform=platform)) == PurePosixPath(wanted)


@pytest.mark.skipif(sys.platform != "linux", reason="the folder is that of Linux")
def test_install_twice_and_uninstall_remove_our_own_files_only(user: Framevox) -> None:
    folder = folder_of(user)
    folder.mkdir(parents=True)
    (folder / "mine.py").write_text("print()")
    for _ in range(2):
        user.run("resolve", "install")
        assert {path.name for path in folder.iterdir()} == {*ENTRIES.values(), LUA, "mine.py"}
    assert "14 menu entries removed" in user.run("resolve", "uninstall").out
    assert [path.name for path in folder.iterdir()] == ["mine.py"]
    assert "0 menu entries removed" in user.run("resolve", "uninstall").out


def test_a_file_that_is_not_ours_is_neither_overwritten_nor_removed(user: Framevox, tmp_path: Path) -> None:
    foreign = tmp_path / "Scripts" / ENTRIES["settings"]
    foreign.parent.mkdir()
    foreign.write_text("print('mine')\n")
    ran = user.run("resolve", "install", "--folder", foreign.parent, code=1)
    assert "not a file of Framevox" in ran.err
    assert [one for one in foreign.parent.iterdir() if one.is_file()] == [foreign]
    user.run("resolve", "uninstall", "--folder", foreign.parent)
    assert foreign.read_text() == "print('mine')\n"


OLD_ENTRY = """# Framevox – {title}. A menu entry that `framevox resolve install` puts into Resolve's scripts folder.
import os
import runpy

ENTRY = "settings"
PYTHON = '/old/python'
ROOT = '/old/framevox'
"""


def test_the_entries_of_another_version_are_replaced_or_removed(user: Framevox, tmp_path: Path) -> None:
    folder = tmp_path / "Scripts"
    folder.mkdir()
    for title in ("Settings", "An Entry of Before"):
        (folder / f"Framevox – {title}.py").write_text(OLD_ENTRY.format(title=title), "utf-8")
    user.run("resolve", "install", "--folder", folder)
    assert {path.name for path in folder.iterdir()} == {*ENTRIES.values(), LUA}
    assert "/old" not in (folder / ENTRIES["settings"]).read_text("utf-8")


@pytest.mark.parametrize("entry", ENTRIES)
def test_each_entry_says_what_it_is_and_where_framevox_is(tmp_path: Path, entry: str) -> None:
    install(tmp_path)
    text = (tmp_path / ENTRIES[entry]).read_text("utf-8")
    assert text.startswith(f"# {ENTRIES[entry].removesuffix('.py')}. ")
    module = ast.parse(text, feature_version=(3, 9))
    names = [node for node in module.body if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)]
    written = {ast.unparse(node.targets[0]): ast.literal_eval(node.value) for node in names}
    assert written["ENTRY"] == entry
    assert written["PYTHON"] == sys.executable
    assert Path(written["ROOT"], "plugin", "resolve", "host", "start.py").is_file()


def test_an_entry_whose_framevox_is_gone_says_what_to_do(tmp_path: Path) -> None:
    (entry, *_) = install(tmp_path)
    text = entry.read_text("utf-8")
    entry.write_text(re.sub(r"^ROOT = .*$", "ROOT = '/nowhere'", text, flags=re.M), "utf-8")
    ran = subprocess.run([sys.executable, entry], capture_output=True, encoding="utf-8", check=True)
    assert ran.stderr == "" and "'/nowhere'" in ran.stdout and "framevox resolve install" in ran.stdout


def test_a_folder_that_cannot_be_made(user: Framevox, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    ran = user.run("resolve", "install", "--folder", tmp_path / "file" / "Scripts", code=1)
    assert "cannot write" in ran.err


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="the folder is that of Linux")
def test_doctor_says_what_is_installed_and_what_is_wrong_with_it(user: Framevox) -> None:
    def doctor() -> str:
        return " ".join(user.run("doctor", code=None).out.split())

    assert "framevox resolve install" in doctor()
    user.run("resolve", "install")
    assert "14 menu entries" in doctor()
    entry = folder_of(user) / ENTRIES["settings"]
    text = entry.read_text()
    entry.write_text(text.replace("PYTHON = '", "PYTHON = '/nowhere"))
    assert "its Python is gone" in doctor()
    entry.write_text(text + "# older\n")
    assert "another installation or version" in doctor()
    entry.unlink()
    assert "1 menu entries are gone" in doctor()
