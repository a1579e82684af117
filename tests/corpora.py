"""The sample timelines of OpenTimelineIO and of its adapters, out of their source distributions.

They are real exports of Premiere, Avid, Hiero, Final Cut Pro and Nucoda, and not ours to copy: pip fetches them once.
"""

from __future__ import annotations

import functools
import subprocess
import sys
import tarfile
from pathlib import Path

DISTRIBUTIONS = (
    "opentimelineio==0.18.1",
    "otio-fcp-adapter==1.0.0",
    "otio-aaf-adapter==2.0.0",
    "otio-cmx3600-adapter==1.0.0",
    "otio-fcpx-xml-adapter==1.0.0",
    "otio-svg-adapter==1.0.0",
    "otio-xges-adapter==1.0.0",
)
SUFFIXES = (".otio", ".xml", ".fcpxml", ".aaf", ".edl")

_FOLDER = Path(__file__).parents[1] / ".pytest_cache" / "corpora"


@functools.cache
def samples() -> dict[str, Path]:
    """Every sample timeline, by its distribution and name.

    Raises:
        subprocess.CalledProcessError: pip cannot have a distribution; ``stderr`` says why.
    """
    found = {}
    for requirement in DISTRIBUTIONS:
        for file in sorted(_unpacked(requirement).rglob("tests/sample_data/*")):
            if file.suffix in SUFFIXES:
                found[f"{requirement.partition('==')[0]}/{file.name}"] = file
    return found


def _unpacked(requirement: str) -> Path:
    name, _, version = requirement.partition("==")
    folder = _FOLDER / f"{name}-{version}"
    if not any(folder.glob("*/PKG-INFO")):
        folder.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "download", "--quiet", "--no-deps"]
        subprocess.run(
            [*command, "--no-binary", name, "--dest", folder, requirement], check=True, capture_output=True, text=True
        )
        (archive,) = folder.glob("*.tar.gz")
        with tarfile.open(archive) as opened:
            opened.extractall(folder, filter="data")
        archive.unlink()
    return folder
