"""Whether the packages that Framevox needs are there and load: a wheel for another system is installed and does not."""

from __future__ import annotations

import contextlib
import re
import subprocess
import sys
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, distribution, requires
from pathlib import PurePath

SECONDS = 60.0
"""How long packages may take to load; on a cold disk that is several seconds."""

_LOAD = """
import importlib, sys
sys.path[:] = filter(None, sys.path)
for name in sys.argv[1:]:
    print("begin", name, flush=True)
    try:
        importlib.import_module(name)
    except Exception as error:
        print("broken", name, type(error).__name__, str(error).strip().partition("\\n")[0], flush=True)
"""


def required() -> list[str]:
    """The packages that Framevox itself needs, extras left out."""
    try:
        declared = requires("framevox") or []
    except PackageNotFoundError:
        return []
    names = (re.match(r"[A-Za-z0-9._-]+", requirement) for requirement in declared if "extra ==" not in requirement)
    return sorted(name.group() for name in names if name)


def modules_of(packages: Sequence[str]) -> dict[str, str]:
    """Module -> package, for every public module that those of ``packages`` that are installed bring."""
    found: dict[str, str] = {}
    for package in packages:
        with contextlib.suppress(PackageNotFoundError):
            for path in distribution(package).files or ():
                name = module_in(path)
                if name:
                    found.setdefault(name, package)
    return found


def module_in(path: PurePath) -> str:
    """The public module at the top of a package's folder that a file is, empty for any other file."""
    if len(path.parts) == 2 and path.name == "__init__.py":
        name = path.parts[0]
    elif len(path.parts) == 1 and path.suffix in (".py", ".so", ".pyd"):
        name = path.name.partition(".")[0]
    else:
        return ""
    return name if name.isidentifier() and not name.startswith("_") else ""


def load(modules: Sequence[str]) -> dict[str, str]:
    """Loads modules in a process of its own, for some end the process they are loaded in. Module -> what went wrong."""
    wrong: dict[str, str] = {}
    left = list(modules)
    while left:
        try:
            run = subprocess.run(
                [sys.executable, "-c", _LOAD, *left],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                encoding="utf-8",
                errors="replace",
                timeout=SECONDS,
                check=False,
            )
            printed, ended = run.stdout, run.returncode
        except subprocess.TimeoutExpired as error:
            printed, ended = (error.stdout or b"").decode("utf-8", "replace"), None
        begun = [line.split()[1] for line in printed.splitlines() if line.startswith("begin ")]
        for line in printed.splitlines():
            if line.startswith("broken "):
                _, name, reason = line.split(maxsplit=2)
                wrong[name] = reason
        if ended == 0:
            break
        last = begun[-1] if begun else left[0]
        wrong[last] = f"it takes more than {SECONDS:.0f} s" if ended is None else f"it ends the process ({ended})"
        left = left[left.index(last) + 1 :]
    return wrong
