"""GStreamer Editing Services as a judge: it renders an .otio, and what it renders is compared with the takes.

``python -m tests.hosts.ges FILLED.otio REPORT.json`` renders a filled timeline and holds it against what
``framevox fill --json`` reported: every slot must be the take's own samples, and all else digital silence.
Debian packages: ges1.0-tools gstreamer1.0-plugins-good python3-gst-1.0 gir1.2-ges-1.0.
"""

from __future__ import annotations

import argparse
import functools
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile

PACKAGES = "ges1.0-tools gstreamer1.0-plugins-good python3-gst-1.0 gir1.2-ges-1.0"

_SYSTEM_PATH = "/usr/bin:/bin"
_SEARCH = 240
"""How far off a take is looked for, in samples, to say by how much it is misplaced."""


@dataclass(frozen=True)
class Slot:
    """Where the samples ``[start, end)`` of the timeline must be those of ``media`` from ``media_start`` on."""

    start: int
    end: int
    media: Path
    media_start: int


def missing() -> str:
    """Why no timeline can be rendered here, empty where one can."""
    if not Path("/usr/bin/ges-launch-1.0").exists():
        return f"GStreamer Editing Services is not installed: apt-get install {PACKAGES}"
    script = "import gi; gi.require_version('GES', '1.0'); from gi.repository import GES"
    if _system_python(script).returncode:
        return f"the system's Python cannot load GStreamer Editing Services: apt-get install {PACKAGES}"
    try:
        _adapters()
    except subprocess.CalledProcessError as error:
        return f"pip cannot get otio-xges-adapter: {error.stderr.strip()[-300:]}"
    return ""


def render(otio: Path, wav: Path, *, sample_rate: int = 48000, timeout: float = 240) -> None:
    """Renders the sound of a timeline to mono 32-bit float, in which 24-bit takes stay bit by bit what they are.

    The caps stand there twice because the mixer would else run at a rate of its own; the output is a URL because a
    plain path is waited for without end.
    """
    wav.unlink(missing_ok=True)
    caps = f"rate={sample_rate},channels=1"
    done = subprocess.run(
        [
            *("ges-launch-1.0", "--load", str(otio.resolve()), "-o", wav.resolve().as_uri()),
            *("-f", f"audio/x-wav:audio/x-raw,{caps}", "--track-types", "audio"),
            *("--audio-caps", f"audio/x-raw,format=F32LE,{caps}"),
        ],
        env=_environment(),
        capture_output=True,
        text=True,
        timeout=timeout,
    )
    if done.returncode or not wav.exists() or not wav.stat().st_size:
        raise RuntimeError(f"ges-launch-1.0 could not render {otio}:\n{done.stdout[-1000:]}\n{done.stderr[-2000:]}")


def render_alone(folder: Path, fps: str, edges: str) -> list[int]:
    """How many samples late each clip of ``ges_alone.py`` is rendered."""
    wav, project, out = (folder / name for name in ("noise.wav", "alone.xges", "alone.wav"))
    noise = np.random.default_rng(1).integers(-(2**29), 2**29, 480_000, np.int32)
    soundfile.write(wav, noise, 48000, "PCM_24")
    script = str(Path(__file__).with_name("ges_alone.py"))
    done = _system_python_runs(script, str(wav), str(project), fps, edges)
    if done.returncode:
        raise RuntimeError(f"ges_alone.py failed:\n{done.stderr[-2000:]}")
    render(project, out)
    take, sound = (soundfile.read(file, dtype="float32")[0] for file in (wav, out))
    late = []
    for line in done.stdout.splitlines():
        begin, first = map(int, line.split())
        wanted = take[first + _SEARCH : first + 2 * _SEARCH]
        offsets = (o for o in range(_SEARCH) if np.array_equal(sound[begin + o + _SEARCH :][: len(wanted)], wanted))
        late.append(next(offsets, _SEARCH))
    return late


def differences(wav: Path, slots: Iterable[Slot]) -> list[str]:
    """What in a rendering is not as it must be, a line each; empty where every sample is right."""
    sound, sample_rate = soundfile.read(wav, dtype="float32")
    outside = np.ones(len(sound), bool)
    found = []
    for slot in slots:
        take, take_rate = soundfile.read(slot.media, dtype="float32")
        wanted = take[slot.media_start : slot.media_start + slot.end - slot.start]
        outside[slot.start : slot.end] = False
        if take_rate != sample_rate or len(wanted) != slot.end - slot.start:
            found.append(f"{slot.media.name}: {len(wanted)} samples at {take_rate} Hz for {slot}")
        elif not np.array_equal(sound[slot.start : slot.end], wanted):
            found.append(f"{slot.media.name}: not at sample {slot.start}, {_where(sound, slot.start, wanted)}")
    stray = np.flatnonzero(outside & (sound != 0))
    if len(stray):
        found.append(f"{len(stray)} samples outside of all slots are not silent, the first at {stray[0]}")
    return found


def reported_slots(report: Path) -> list[Slot]:
    """The placed cues of what ``framevox fill --json`` printed."""
    return [
        Slot(cue["slot_start_sample"], cue["slot_end_sample"], Path(cue["media"]), cue["media_slot_start_sample"])
        for cue in json.loads(report.read_text("utf-8"))["cues"]
        if cue["media"] is not None
    ]


def _where(sound: np.ndarray, start: int, wanted: np.ndarray) -> str:
    for offset in sorted(range(-_SEARCH, _SEARCH + 1), key=abs):
        begin = start + offset
        # The last sample is left out: a host may drop one where a frame is no whole number of samples.
        if begin >= 0 and np.array_equal(sound[begin : begin + len(wanted) - 1], wanted[:-1]):
            return "nearly: its last sample differs" if offset == 0 else f"{offset:+} samples off"
    return f"nor within {_SEARCH} samples of it"


def _environment() -> dict[str, str]:
    """The library loads the system's own Python, which must not find a virtual environment's instead."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "VIRTUAL_ENV"))}
    return {**kept, "PATH": _SYSTEM_PATH, "PYTHONPATH": str(_adapters())}


def _system_python(script: str) -> subprocess.CompletedProcess[str]:
    return _system_python_runs("-c", script)


def _system_python_runs(*arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "VIRTUAL_ENV"))}
    return subprocess.run(
        ["/usr/bin/python3", *arguments],
        env={**environment, "PATH": _SYSTEM_PATH},
        capture_output=True,
        text=True,
    )


@functools.cache
def _adapters() -> Path:
    """A folder with OpenTimelineIO and its adapter for GStreamer, built for the system's Python; fetched once."""
    version = _system_python("import sys; print('%d.%d' % sys.version_info[:2])").stdout.strip()
    folder = Path(__file__).parents[2] / ".pytest_cache" / f"ges-python-{version}"
    if not (folder / "otio_xges_adapter").is_dir():
        subprocess.run(
            [
                *(sys.executable, "-m", "pip", "install", "--quiet", "--upgrade", "--target", str(folder)),
                *("--python-version", version, "--only-binary", ":all:"),
                *("opentimelineio>=0.18,<0.19", "otio-xges-adapter>=1,<2"),
            ],
            check=True,
            capture_output=True,
            text=True,
        )
    return folder


def main() -> int:
    parser = argparse.ArgumentParser(description="Hold a filled timeline's rendering against its takes.")
    parser.add_argument("otio", type=Path)
    parser.add_argument("report", type=Path, help="what framevox fill --json printed")
    arguments = parser.parse_args()
    if reason := missing():
        print(reason, file=sys.stderr)
        return 2
    slots = reported_slots(arguments.report)
    with tempfile.TemporaryDirectory() as folder:
        wav = Path(folder) / "rendered.wav"
        render(arguments.otio, wav)
        found = differences(wav, slots)
    print("\n".join(found) or f"{len(slots)} takes, each where it belongs to the sample")
    return 1 if found or not slots else 0


if __name__ == "__main__":
    sys.exit(main())
