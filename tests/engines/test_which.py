"""Which engine a voice needs, told from names and files alone."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from framevox.engine_daemon.engines.kokoro.stock import table
from framevox.engine_daemon.engines.which import Which

STYLES = bytes(510 * 256 * 4)
WAVE = b"RIFF" + bytes(40)
SENT = "0123456789abcdef"
FILES = {
    "anna.wav": WAVE,
    "Ben Low.MP3": b"anything",
    "af_bella.flac": b"fLaC",
    "mine.bin": STYLES,
    "old.pt": b"PK",
    f"sent.{SENT}.bin": WAVE,
    f"styles.{SENT}.bin": STYLES,
    f"array.{SENT}.bin": b"\x93NUMPY",
    f"caf.{SENT}.bin": b"caff",
    ".hidden.wav": WAVE,
}


@pytest.fixture
def voices_dir(tmp_path: Path) -> Path:
    for name, content in FILES.items():
        (tmp_path / name).write_bytes(content)
    return tmp_path


@pytest.mark.parametrize(
    ("voice", "beside_cloning", "beside_other"),
    [
        ("", False, False),
        ("female", True, False),
        ("male", True, False),
        ("af_heart", True, True),
        ("anna", False, False),
        ("anna.wav", False, False),
        ("Ben Low", False, False),
        # A clip goes before a packaged voice of the same name.
        ("af_bella", False, False),
        ("mine", True, True),
        ("old", True, True),
        (f"sent.{SENT}", False, False),
        (f"caf.{SENT}", False, False),
        (f"styles.{SENT}", True, True),
        (f"array.{SENT}", True, True),
        ("af_heart:0.5+bf_emma:0.5", True, True),
        ("af_heart:1", True, True),
        ("af_heart + mine", True, True),
        ("anna:0.5+af_heart:0.5", True, False),
        ("nobody", True, False),
        (".hidden", True, False),
        ("../anna", True, False),
        ("x" * 500, True, False),
        ("nul\0", True, False),
    ],
)
def test_a_voice_needs_the_engine_that_has_it(
    voices_dir: Path, voice: str, beside_cloning: bool, beside_other: bool
) -> None:
    assert Which("indextts2", "kokoro", voices_dir).engine_of(voice) == ("kokoro" if beside_cloning else "indextts2")
    assert Which("tests:Tones", "kokoro", voices_dir).engine_of(voice) == ("kokoro" if beside_other else "tests:Tones")
    assert Which("indextts2", "", voices_dir).engine_of(voice) == "indextts2"


def test_every_packaged_voice_and_blend_needs_the_built_in_engine(tmp_path: Path) -> None:
    which = Which("indextts2", "kokoro", tmp_path / "missing")
    assert {which.engine_of(name) for name in table().all} == {"kokoro"}


def test_nothing_is_loaded_to_tell(voices_dir: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from framevox.engine_daemon.engines.which import Which; "
        f"which = Which('indextts2', 'kokoro', Path({str(voices_dir)!r})); "
        "print(which.engine_of('af_heart'), which.engine_of('anna'), "
        "*(name in sys.modules for name in ('torch', 'onnxruntime', 'numpy')))"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.split() == ["kokoro", "indextts2", "False", "False", "False"]
