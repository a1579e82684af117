"""``framevox resolve install`` and ``uninstall``: the menu entries in Resolve's scripts folder.

Each entry is ``launcher.py`` with its own title, and with the Python and the folder of this installation.
"""

from __future__ import annotations

import ast
import os
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from framevox.engine_daemon.client.disk import write_file
from framevox.engine_daemon.protocol.errors import FramevoxError
from framevox.plugin.resolve.by_lua import literal

ENTRIES = {
    "fill": "Framevox – Fill Placeholder Dialogue.py",
    "revoice": "Framevox – Re-voice at Playhead.py",
    "next": "Framevox – Next Take.py",
    "previous": "Framevox – Previous Take.py",
    "enrol": "Framevox – Voice from Clip.py",
    "export": "Framevox – Export for Framevox.py",
    "settings": "Framevox – Settings.py",
}
"""The entries, by what ``host/entries.py`` calls them, and their files, named as the menu shows them."""
LUA = "Framevox – free edition 21.1 (Lua)"
"""The folder of the same entries in Lua, a submenu: where the menu lists Python scripts, those are to be used."""
_TEMPLATE = Path(__file__).with_name("launcher.py")
_LUA_TEMPLATE = Path(__file__).with_name("launcher.lua")
_ROOT = Path(__file__).absolute().parents[2]
_OURS = "# Framevox – "


class InstallError(FramevoxError):
    """The entries cannot be put where Resolve looks for them."""

    code = "disk"


@dataclass(frozen=True)
class Installed:
    """An installed entry. ``problem`` says what is wrong with it, empty if nothing is."""

    path: Path
    problem: str


def scripts_folder(*, all_users: bool = False, platform: str = sys.platform) -> Path:
    """Returns the folder whose scripts Resolve shows on every page."""
    if platform == "darwin":
        base = Path("/") if all_users else Path.home()
        scripts = base / "Library/Application Support/Blackmagic Design/DaVinci Resolve/Fusion/Scripts"
    elif platform == "win32":
        if all_users:
            base = Path(os.environ.get("PROGRAMDATA", r"C:\ProgramData"))
            scripts = base / "Blackmagic Design/DaVinci Resolve/Fusion/Scripts"
        else:
            base = Path(os.environ.get("APPDATA", str(Path.home() / "AppData/Roaming")))
            scripts = base / "Blackmagic Design/DaVinci Resolve/Support/Fusion/Scripts"
    elif all_users:
        scripts = Path("/opt/resolve/Fusion/Scripts")
    else:
        scripts = Path.home() / ".local/share/DaVinciResolve/Fusion/Scripts"
    return scripts / "Utility"


def launcher(entry: str) -> str:
    """Returns the text of an entry's file."""
    text = _TEMPLATE.read_text("utf-8").replace(f"{_OURS}TITLE.", f"# {ENTRIES[entry].removesuffix('.py')}.", 1)
    for key, value in (("ENTRY", entry), ("PYTHON", sys.executable), ("ROOT", str(_ROOT))):
        text = text.replace(f'{key} = ""', f"{key} = {value!r}", 1)
    return text


def lua_launcher(entry: str) -> str:
    """Returns the text of an entry's file in Lua."""
    title = ENTRIES[entry].removesuffix(".py")
    text = _LUA_TEMPLATE.read_text("utf-8").replace("-- Framevox – TITLE.", f"-- {title}.", 1)
    for key, value in (("ENTRY", entry), ("PYTHON", sys.executable), ("ROOT", str(_ROOT))):
        text = text.replace(f'local {key} = ""', f"local {key} = {literal(value)}", 1)
    return text


def files(folder: Path) -> dict[Path, str]:
    """Returns the text of every entry's file in ``folder``: in Python, and in Lua in a folder of its own."""
    python = {folder / name: launcher(entry) for entry, name in ENTRIES.items()}
    lua = {folder / LUA / f"{name.removesuffix('.py')}.lua": lua_launcher(entry) for entry, name in ENTRIES.items()}
    return {**python, **lua}


def install(folder: Path) -> list[Path]:
    """Writes every entry into ``folder`` and returns the files; entries of other versions are replaced or removed.

    Raises InstallError, also for a file that has the name of an entry and is not ours, and DiskError.
    """
    try:
        (folder / LUA).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InstallError(
            f"cannot write {folder} ({error.strerror}): install without --all-users, or as an administrator"
        ) from None
    wanted = files(folder)
    for path in wanted:
        if path.exists() and not is_ours(path):
            raise InstallError(f"{path} is not a file of Framevox: move it away and run the command again")
    for path, text in wanted.items():
        write_file(path, text.encode("utf-8"))
    for path in installed(folder):
        if path not in wanted:
            _remove(path)
    return list(wanted)


def uninstall(folder: Path) -> list[Path]:
    """Removes our entries from ``folder``, and no other file. Returns what was removed. Raises InstallError."""
    removed = list(installed(folder))
    for path in removed:
        _remove(path)
    if (folder / LUA).is_dir() and not any((folder / LUA).iterdir()):
        (folder / LUA).rmdir()
    return removed


def installed(folder: Path) -> Iterator[Path]:
    """Yields our entries in a folder, those of other versions included."""
    for path in sorted([*folder.glob("Framevox *.py"), *(folder / LUA).glob("Framevox *.lua")]):
        if is_ours(path):
            yield path


def is_ours(path: Path) -> bool:
    """Returns whether a file is an entry that this command wrote, in this version or another."""
    try:
        with path.open(encoding="utf-8") as file:
            return file.readline().startswith((_OURS, _OURS.replace("#", "--")))
    except (OSError, UnicodeDecodeError):
        return False


def check(folder: Path) -> list[Installed]:
    """Returns every installed entry with what is wrong with it."""
    return [Installed(path, _problem(path)) for path in installed(folder)]


def _remove(path: Path) -> None:
    try:
        path.unlink()
    except OSError as error:
        raise InstallError(
            f"cannot remove {path} ({error.strerror}): remove it by hand, or run the command as an administrator"
        ) from None


def _problem(path: Path) -> str:
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        return f"it cannot be read ({error})"
    for key, what in (("PYTHON", "Python"), ("ROOT", "Framevox")):
        place = _written(text, key)
        if not place or not Path(place).exists():
            return f"its {what} is gone ({place or 'the entry names none'})"
    wanted = files(path.parent.parent if path.suffix == ".lua" else path.parent).get(path)
    if wanted is None:
        return "this version has no such entry"
    return "" if text == wanted else "it belongs to another installation or version of Framevox"


def _written(text: str, key: str) -> str:
    """Returns the value that an entry's file has for ``key``, "" if it has none."""
    line = re.search(rf"^(?:local )?{key} = (.+)$", text, re.M)
    try:
        return str(ast.literal_eval(line[1])) if line else ""
    except (SyntaxError, ValueError):
        return ""
