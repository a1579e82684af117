"""Ardour as a judge: the program of a mixer, which places sounds by the time stamps that it reads from them.

``python -m tests.hosts.ardour DIALOGUE.wav REPORT.json`` gives Ardour the takes that ``framevox fill --json`` reported,
and holds what it makes of them against the stem that ``--stem DIALOGUE.wav`` wrote. Debian package: ardour.

Ardour has no command that imports, so the files are written into its session as the import dialog leaves them there.
Where they lie, Ardour says itself (``ardour.lua``).
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile

from . import ges

PACKAGES = "ardour"

Timecode = tuple[int, ...]
"""Hours, minutes, seconds and frames."""

_TOOLS = ("ardour7-new_session", "ardour7-lua", "ardour7-export")
_NAME = "session"
_PLACING, _COUNTING = (Path(__file__).with_name(name) for name in ("ardour.lua", "ardour_timecode.lua"))
_TICKS = 282_240_000
"""Ardour 7 keeps time in this many parts of a second, of which every sample rate is a whole number."""
_TRIES, _SECONDS = 5, 60
"""How often a session that Ardour crashed on is made again (2 of 40 exports of one session ended in a crash), and how
long a program of Ardour's may take; one takes about two seconds."""


class CrashError(RuntimeError):
    """A program of Ardour's crashed or hung, which the same session does not make it do the next time."""


@dataclass(frozen=True)
class Placed:
    """A file as Ardour reads it: where its time stamp puts its first sample, from timecode zero, and its length."""

    media: Path
    start: int
    length: int


def missing() -> str:
    """Why nothing can be placed here, empty where it can."""
    absent = [tool for tool in _TOOLS if not shutil.which(tool)]
    return f"Ardour 7 is not installed (no {absent[0]}): apt-get install {PACKAGES}" if absent else ""


def mix(
    folder: Path, tracks: Sequence[Sequence[Path]], start: int, length: int, *, sample_rate: int = 48000
) -> tuple[list[Placed], Path]:
    """Places files by their own time stamps, those of each track on one, and exports ``length`` samples from ``start``.

    ``start`` counts from timecode zero. The export is mono 32-bit float, in which 24-bit sounds stay what they are.
    """
    folder.mkdir(exist_ok=True)
    files = [media.resolve() for track in tracks for media in track]
    on = [f"{n}=Track {at}" for n, at in enumerate(at for at, track in enumerate(tracks, 1) for _ in track)]
    for n in range(_TRIES):
        session, wav = folder / f"session {n}", folder / f"mixed {n}.wav"
        try:
            _run(folder, "ardour7-new_session", "-m", "1", "-s", str(sample_rate), str(session), _NAME)
            _embed(session / f"{_NAME}.ardour", files, sample_rate)
            said = _run(folder, "ardour7-lua", str(_PLACING), str(session), _NAME, str(start), str(start + length), *on)
            _run(folder, "ardour7-export", "-b", "float", "-o", str(wav), str(session), _NAME)
        except CrashError as crash:
            reason = crash
        else:
            return _placed(files, said), wav
    raise RuntimeError(f"Ardour crashed {_TRIES} times, at last: {reason}")


def samples_of(folder: Path, format: str, timecodes: Iterable[Timecode], sample_rate: int = 48000) -> list[int]:
    """The sample on which Ardour has each timecode. ``format`` is its own name for a rate, such as ``TC2997DF``."""
    asked = folder / "timecodes.txt"
    asked.write_text("".join(" ".join(map(str, timecode)) + "\n" for timecode in timecodes), "ascii")
    said = _run(folder, "ardour7-lua", str(_COUNTING), format, str(sample_rate), str(asked))
    return [int(line) for line in said.splitlines() if line.isdigit()]


def _placed(files: Sequence[Path], said: str) -> list[Placed]:
    placed = []
    for line in said.splitlines():
        if line.count("\t") == 3:
            n, stamp, length, begin = map(int, line.split("\t"))
            assert begin == stamp, f"{files[n]}: its region begins at {begin}, its time stamp is {stamp}"
            placed.append(Placed(files[n], stamp, length))
    assert len(placed) == len(files), f"Ardour read {len(placed)} of {len(files)} files:\n{said[-2000:]}"
    return placed


def _embed(state: Path, files: Sequence[Path], sample_rate: int) -> None:
    """Writes files into a new session, not copied and on no track yet, and a range for the export."""
    tree = ET.parse(state)
    root = tree.getroot()
    sources, regions, locations = (root.find(name) for name in ("Sources", "Regions", "Locations"))
    assert sources is not None and regions is not None and locations is not None
    number = int(root.attrib["id-counter"])
    for n, path in enumerate(files):
        source, region = str(number), str(number + 1)
        number += 2
        attributes = {"name": path.name, "type": "audio", "flags": "", "id": source, "origin": str(path)}
        ET.SubElement(sources, "Source", attributes, channel="0")
        ticks = soundfile.info(path).frames * _TICKS // sample_rate
        attributes = {"name": str(n), "type": "audio", "id": region, "start": "a0", "length": f"a{ticks}@a0"}
        attributes |= {"channels": "1", "source-0": source, "master-source-0": source}
        ET.SubElement(regions, "Region", attributes | {"whole-file": "1", "external": "1", "opaque": "1"})
    attributes = {"id": str(number), "name": "session", "start": "a0", "end": f"a{_TICKS}", "locked": "0"}
    ET.SubElement(locations, "Location", attributes, flags="IsSessionRange")
    root.set("id-counter", str(number + 1))
    tree.write(state, encoding="UTF-8", xml_declaration=True)


def _run(folder: Path, *command: str) -> str:
    """What a command said. Ardour's settings and caches stay in the folder."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("ARDOUR", "XDG_"))}
    environment = {**kept, "HOME": str(folder)}
    try:
        done = subprocess.run(
            command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, encoding="utf-8", timeout=_SECONDS
        )
    except subprocess.TimeoutExpired:
        raise CrashError(f"{' '.join(command)} did not end in {_SECONDS} s") from None
    if done.returncode:
        failure = CrashError if done.returncode < 0 or done.returncode > 128 else RuntimeError
        said = f"{done.stdout[-2000:]}\n{done.stderr[-2000:]}"
        raise failure(f"{' '.join(command)} ended with {done.returncode}:\n{said}")
    return done.stdout


def main() -> int:
    parser = argparse.ArgumentParser(description="Hold takes, as Ardour places them, against their stem.")
    parser.add_argument("stem", type=Path)
    parser.add_argument("report", type=Path, help="what framevox fill --json printed")
    arguments = parser.parse_args()
    if reason := missing():
        print(reason, file=sys.stderr)
        return 2
    slots = ges.reported_slots(arguments.report)
    with tempfile.TemporaryDirectory() as folder:
        info = soundfile.info(arguments.stem)
        alone, together = (Path(folder) / name for name in ("stem", "takes"))
        [stem], _ = mix(alone, [[arguments.stem]], 0, 1, sample_rate=info.samplerate)
        takes = [[slot.media] for slot in slots]
        placed, wav = mix(together, takes, stem.start, stem.length, sample_rate=info.samplerate)
        for slot, take in zip(slots, placed, strict=True):
            off = take.start + slot.media_start - stem.start - slot.start
            print(f"{off:+} samples off: {take.media.name}, whose time stamp is {take.start}")
        mixed, written = (soundfile.read(path, dtype="float32")[0] for path in (wav, arguments.stem))
        different = np.count_nonzero(mixed != written) if len(mixed) == len(written) else len(written)
    print(f"{different} of {len(written)} samples of {len(slots)} takes differ from the stem, which is at {stem.start}")
    return 1 if different or not slots else 0


if __name__ == "__main__":
    sys.exit(main())
