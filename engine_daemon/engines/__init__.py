"""The engines by name. Each is imported when it is first needed."""

from __future__ import annotations

import importlib
import os
from pathlib import Path
from typing import TYPE_CHECKING

from framevox.engine_daemon.protocol.errors import FramevoxError, InputError
from framevox.engine_daemon.protocol.installation import broken_package

if TYPE_CHECKING:
    from framevox.engine_daemon.engines.base import Engine

BUILT_IN, GPU_ENGINE = "kokoro", "indextts2"
ENGINES = {
    BUILT_IN: "framevox.engine_daemon.engines.kokoro.engine:KokoroEngine",
    GPU_ENGINE: "framevox.engine_daemon.engines.indextts2.engine:create",
}
"""Name -> ``module:factory``; the factory takes ``(voices_dir, cache_dir, threads)`` and returns an Engine."""

BESIDE = {GPU_ENGINE: BUILT_IN}
"""Engines that another one serves beside, in the same daemon, unless ``--beside`` says otherwise."""

NO_ENGINE = "none"
"""What ``--beside`` says for none."""

CLONING = (GPU_ENGINE,)
"""Those that clone voices from clips in the voices folder."""

MODEL_VARIABLE = "FRAMEVOX_MODEL"
"""Names the folder of a model that does not come with its engine (``--model`` sets it)."""

DEVICE_VARIABLE = "FRAMEVOX_DEVICE"
"""Names where such a model computes: ``auto``, ``cpu``, ``mps``, ``cuda`` or ``cuda:N`` (``--device`` sets it)."""

GPU_MODE_VARIABLE = "FRAMEVOX_GPU_MODE"
"""Names how a GPU is driven: ``eager``, ``graphs`` or ``compile`` (``--gpu-mode`` sets it)."""

AS_RELEASED_VARIABLE = "FRAMEVOX_AS_RELEASED"
"""``1`` keeps the known faults of a model's own code, for comparisons with it."""

EXTRAS = {GPU_ENGINE: "indextts"}
"""Engines that need more than the base installation, and the extra that installs it."""

_HOW_TO_NAME = f"use one of {', '.join(ENGINES)}, or module:factory"


MODEL_NAMES = ("indextts2", "indextts2.5")
"""What ``framevox models pull`` fetches, all of it for the GPU engine."""


def model_folder(voices_dir: Path, name: str) -> Path:
    """Returns where ``framevox models pull`` puts a model: beside the user's voices."""
    return voices_dir.parent / "models" / name


def pulled_model(voices_dir: Path) -> Path | None:
    """Returns the newest release that was pulled whole (its configuration comes last), or None."""
    folders = [model_folder(voices_dir, name) for name in reversed(MODEL_NAMES)]
    return next((folder for folder in folders if (folder / "config.yaml").is_file()), None)


def used_model(voices_dir: Path) -> Path:
    """Returns the folder of the model that is used: the one that ``MODEL_VARIABLE`` names, else the newest that was
    pulled, else where the first would be."""
    named = os.environ.get(MODEL_VARIABLE)
    return Path(named) if named else pulled_model(voices_dir) or model_folder(voices_dir, MODEL_NAMES[0])


def resolve(spec: str) -> str:
    """Returns ``module:factory`` for an engine's name, or as given. Raises InputError for anything else."""
    place = ENGINES.get(spec, spec)
    module, colon, factory = place.partition(":")
    if not (colon and factory.isidentifier() and all(part.isidentifier() for part in module.split("."))):
        raise InputError(f"unknown engine {spec!r}: {_HOW_TO_NAME}")
    return place


def create(spec: str, voices_dir: Path, cache_dir: Path, threads: int) -> Engine:
    """Makes an engine. Raises what its import and its factory raise, and InputError if its extra is missing."""
    module, _, factory = resolve(spec).partition(":")
    try:
        imported = importlib.import_module(module)
    except ModuleNotFoundError as error:
        if spec not in ENGINES and module.startswith(error.name or " "):
            raise InputError(f"there is no module {error.name}: {_HOW_TO_NAME}") from None
        if (error.name or "").startswith("framevox"):
            raise
        if spec not in EXTRAS:
            raise FramevoxError(broken_package(error), code="engine") from error
        raise InputError(
            f"the engine {spec} needs {error.name}: pip install 'framevox[{EXTRAS[spec]}]' and start again"
        ) from error
    except ImportError as error:
        raise FramevoxError(broken_package(error), code="engine") from error
    if not hasattr(imported, factory):
        raise InputError(f"the module {module} has no {factory}: {_HOW_TO_NAME}")
    engine: Engine = getattr(imported, factory)(voices_dir, cache_dir, threads)
    return engine
