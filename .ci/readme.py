"""Runs one of the README's two commands, the one for the system it runs on: ``python .ci/readme.py 1``."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def commands(readme: str, platform: str) -> list[str]:
    """The README's commands for a system, in their order."""
    python = "python" if platform == "win32" else "python3"
    return re.findall(rf"^{python} -m venv .*$", readme, re.MULTILINE)


if __name__ == "__main__":
    command = commands((ROOT / "README.md").read_text("utf-8"), sys.platform)[int(sys.argv[1]) - 1]
    # Each has an environment of its own, as whoever reads the README has.
    shutil.rmtree(ROOT / ".venv", ignore_errors=True)
    print(command, flush=True)
    sys.exit(subprocess.run(command, shell=True, cwd=ROOT, check=False).returncode)
