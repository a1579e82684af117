"""What is installed here, and what to say when it is broken: so nothing but the standard library is imported."""

from __future__ import annotations

import functools
import re

REINSTALL = "pip install --force-reinstall framevox"


@functools.cache
def installed_version() -> str:
    """The version of this Framevox, ``0`` if it is not installed."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("framevox")
    except PackageNotFoundError:
        return "0"


def version_order(version: str) -> tuple[int, ...]:
    """The numbers at the front of a version, to tell the older of two: ``0.10.2.dev1`` -> ``(0, 10, 2)``."""
    found = re.match(r"\d+(\.\d+)*", version)
    return tuple(map(int, found[0].split("."))) if found else ()


def broken_package(error: ImportError, mend: str = REINSTALL) -> str:
    """What a user is told when a package cannot be imported; ``mend`` is the command that brings it."""
    name = (error.name or "").partition(".")[0]
    if isinstance(error, ModuleNotFoundError) and name:
        return f"the package {name} is missing: {mend}"
    reason = str(error).strip().partition("\n")[0]
    what = f"the package {name} cannot be loaded" if name else "a package cannot be loaded"
    return f"{what} ({reason}), perhaps because it was made for another system or Python: {mend}"
