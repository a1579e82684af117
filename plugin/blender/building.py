"""``framevox blender build``, ``install`` and ``uninstall``: the extension as a zip, or in Blender's own folder.

What every host has a copy of goes into the extension as ``shared``.
"""

from __future__ import annotations

import io
import os
import re
import shutil
import sys
import uuid
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from framevox.engine_daemon.client.disk import write_file
from framevox.engine_daemon.protocol.errors import FramevoxError
from framevox.engine_daemon.protocol.installation import installed_version
from framevox.plugin.host import installation, state
from framevox.plugin.host.errors import HostError

ID = "framevox"
OLDEST = (4, 5)
_HERE = Path(__file__).absolute().parent
_ROOT = Path(__file__).absolute().parents[2]
_HOST = _HERE.parent / "host"
"""What every host has in common, of which the extension carries a copy."""
_MANIFEST = "blender_manifest.toml"
_DATE = (1980, 1, 1, 0, 0, 0)
"""The same files make the same zip."""


class BlenderError(FramevoxError):
    """The extension cannot be put where Blender looks for it."""

    code = "disk"


@dataclass(frozen=True)
class Installed:
    """An installed extension. ``problem`` says what is wrong with it, empty if nothing is."""

    path: Path
    problem: str


def files() -> dict[str, bytes]:
    """Returns the extension's files, by their paths in it."""
    found = {}
    for path in sorted((_HERE / "extension").glob("*")):
        if path.suffix == ".py":
            found[path.name] = path.read_bytes()
    manifest = (_HERE / "extension" / _MANIFEST).read_text("utf-8")
    found[_MANIFEST] = re.sub(r'(?m)^version = ".*"$', f'version = "{installed_version()}"', manifest).encode()
    for path in sorted(_HOST.glob("*.py")):
        found[f"shared/{path.name}"] = path.read_bytes()
    return found


def build(path: Path) -> None:
    """Writes the extension's zip. Raises DiskError."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files().items():
            archive.writestr(zipfile.ZipInfo(name, _DATE), data, zipfile.ZIP_DEFLATED)
    write_file(path, content.getvalue())
    remember_installation()


def blender_folder(platform: str = sys.platform) -> Path:
    """Returns the folder in which Blender keeps what belongs to the user, a folder for each version in it."""
    if platform == "darwin":
        return Path.home() / "Library/Application Support/Blender"
    if platform == "win32":
        return Path(os.environ.get("APPDATA", str(Path.home() / "AppData/Roaming"))) / "Blender Foundation/Blender"
    return Path(os.environ.get("XDG_CONFIG_HOME", "") or Path.home() / ".config") / "blender"


def extension_folders() -> list[Path]:
    """Returns the folder of extensions of every Blender that was started by this user and can use ours."""
    if os.environ.get("BLENDER_USER_EXTENSIONS"):
        return [Path(os.environ["BLENDER_USER_EXTENSIONS"])]
    versions = [path for path in blender_folder().glob("*.*") if _version(path.name) >= OLDEST and path.is_dir()]
    return [path / "extensions" for path in sorted(versions, key=lambda path: _version(path.name))]


def install(folders: list[Path]) -> list[Path]:
    """Writes the extension into folders of extensions, in place of an older one, and says where Framevox is.

    Returns the extension's folders. Raises BlenderError.
    """
    if not folders:
        raise BlenderError(
            f"no Blender {OLDEST[0]}.{OLDEST[1]} or later was found in {blender_folder()}: start Blender once, name "
            "its folder of extensions with --folder, or build a zip with `framevox blender build -o framevox.zip`"
        )
    remember_installation()
    made = []
    for folder in folders:
        target = folder / "user_default" / ID
        if target.exists() and not is_ours(target):
            raise BlenderError(f"{target} is not an extension of Framevox: move it away and run the command again")
        aside = target.with_name(f".{ID}.{uuid.uuid4().hex}")
        try:
            for name, data in files().items():
                path = aside / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(data)
            shutil.rmtree(target, ignore_errors=True)
            aside.rename(target)
        except OSError as error:
            raise BlenderError(f"cannot write {target} ({error.strerror}): make the folder writable") from None
        finally:
            shutil.rmtree(aside, ignore_errors=True)
        made.append(target)
    return made


def uninstall(folders: list[Path]) -> list[Path]:
    """Removes the extension, and no other. Returns what was removed. Raises BlenderError."""
    removed = []
    for target in (folder / "user_default" / ID for folder in folders):
        if is_ours(target):
            try:
                shutil.rmtree(target)
            except OSError as error:
                raise BlenderError(f"cannot remove {target} ({error.strerror}): remove it by hand") from None
            removed.append(target)
    return removed


def check(folders: list[Path]) -> Iterator[Installed]:
    """Yields every installed extension with what is wrong with it."""
    ours = files()
    for target in (folder / "user_default" / ID for folder in folders):
        if not is_ours(target):
            continue
        same = all((target / name).is_file() and (target / name).read_bytes() == data for name, data in ours.items())
        yield Installed(target, "" if same else "it belongs to another installation or version of Framevox")


def is_ours(target: Path) -> bool:
    try:
        return f'id = "{ID}"' in (target / _MANIFEST).read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        return False


def remember_installation() -> None:
    """Writes where Framevox is, for the extension: one of a zip finds it too. Raises BlenderError."""
    state.HOST = "blender"
    try:
        installation.remember(sys.executable, str(_ROOT))
    except HostError as error:
        raise BlenderError(str(error)) from None


def _version(name: str) -> tuple[int, int]:
    match = re.fullmatch(r"(\d+)\.(\d+)", name)
    return (int(match[1]), int(match[2])) if match else (0, 0)
