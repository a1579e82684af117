"""``framevox resolve install`` and ``uninstall``: the menu entries in Resolve's scripts folder."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from framevox.engine_daemon.client.disk import write_file
from framevox.engine_daemon.protocol.errors import FramevoxError

SOURCE = Path(__file__).parent.parent / "menu"
ROOT = Path(__file__).absolute().parents[3]
ENTRIES = {
    "fill_placeholder_dialogue.py": "Framevox – Fill Placeholder Dialogue.py",
    "revoice_at_playhead.py": "Framevox – Re-voice at Playhead.py",
    "next_take.py": "Framevox – Next Take.py",
    "previous_take.py": "Framevox – Previous Take.py",
    "voice_from_clip.py": "Framevox – Voice from Clip.py",
    "export_for_framevox.py": "Framevox – Export for Framevox.py",
    "settings.py": "Framevox – Settings.py",
}
"""The launchers, and the names under which they appear in the menu."""
_OURS = "# Framevox – "


class InstallError(FramevoxError):
    """The entries cannot be put where Resolve looks for them."""

    code = "disk"


@dataclass(frozen=True)
class Found:
    """An installed entry. ``problem`` says what is wrong with it, empty if nothing is."""

    path: Path
    problem: str


def scripts_folder(*, all_users: bool = False, platform: str = sys.platform) -> Path:
    """The folder whose scripts Resolve shows on every page."""
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


def launcher(name: str) -> str:
    """The text of an entry, with where our Python and our packages are."""
    text = (SOURCE / name).read_text("utf-8")
    for key, value in (("PYTHON", sys.executable), ("ROOT", str(ROOT))):
        text = text.replace(f'{key} = ""', f"{key} = {value!r}", 1)
    return text


def install(folder: Path) -> list[Path]:
    """Writes every entry into ``folder``; one that is right already is left as it is. Raises InstallError, DiskError.

    A file of the same name that is not ours is never overwritten.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InstallError(
            f"cannot write {folder} ({error.strerror}): install without --all-users, or as an administrator"
        ) from None
    for path in (folder / shown for shown in ENTRIES.values()):
        if path.exists() and not is_ours(path):
            raise InstallError(f"{path} is there and not ours: move it away and run the command again")
    for name, shown in ENTRIES.items():
        write_file(folder / shown, launcher(name).encode("utf-8"))
    return [folder / shown for shown in ENTRIES.values()]


def uninstall(folder: Path) -> list[Path]:
    """Removes our entries from ``folder`` and nothing else. Returns what was removed."""
    removed = []
    for path in installed(folder):
        try:
            path.unlink()
        except OSError as error:
            raise InstallError(f"cannot remove {path} ({error.strerror})") from None
        removed.append(path)
    return removed


def installed(folder: Path) -> Iterator[Path]:
    """Our entries in a folder, those of other versions included."""
    for path in sorted(folder.glob("Framevox *.py")) if folder.is_dir() else []:
        if is_ours(path):
            yield path


def is_ours(path: Path) -> bool:
    """Whether a file is a launcher that this command wrote."""
    try:
        with path.open(encoding="utf-8") as file:
            return file.readline().startswith(_OURS)
    except (OSError, UnicodeDecodeError):
        return False


def check(folder: Path) -> list[Found]:
    """Every installed entry, and what is wrong with it."""
    return [Found(path, _problem(path)) for path in installed(folder)]


def _problem(path: Path) -> str:
    text = path.read_text("utf-8")
    written = {key: re.search(rf"^{key} = (['\"])(.*)\1$", text, re.M) for key in ("PYTHON", "ROOT")}
    for key, match in written.items():
        place = match[2].replace("\\\\", "\\") if match else ""
        if not place or not Path(place).exists():
            return f"its {'Python' if key == 'PYTHON' else 'Framevox'} is gone ({place or 'not written down'})"
    source = next((name for name, shown in ENTRIES.items() if shown == path.name), None)
    if source is None:
        return "this version has no such entry"
    return "" if text == launcher(source) else "it belongs to another installation or version of Framevox"
