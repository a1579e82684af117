"""Stems: as long as the programme, sample for sample, in constant memory."""

from __future__ import annotations

import io
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import soundfile
from wavinfo import WavInfoReader

from framevox.engine_daemon.audio.label import Label, encode
from framevox.engine_daemon.audio.stem import Part, stem_bytes, windows
from framevox.engine_daemon.protocol.errors import InputError
from framevox.engine_daemon.protocol.timebase import Rate

RATE = 48000


def label(time_reference: int = 0, **changes: object) -> Label:
    given = {
        "text": "The programme's dialogue",
        "cue": "stem",
        "character": "ALICE",
        "engine": "tone 1",
        "voice": "alto",
        "rate": Rate(Fraction(25)),
        "sample_rate": RATE,
        "time_reference": time_reference,
    }
    return Label(**{**given, **changes})  # type: ignore[arg-type]


def take(folder: Path, name: str, samples: np.ndarray, media: str = "wav") -> Path:
    path = folder / f"{name}.{media}"
    path.write_bytes(encode(samples.astype(np.int32), label(), media))
    return path


def read(content: bytes) -> np.ndarray:
    samples, rate = soundfile.read(io.BytesIO(content), dtype="int32")
    assert rate == RATE
    return samples >> 8


def noise(length: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(-(2**22), 2**22, length)


def test_a_stem_has_every_sample_where_it_belongs(tmp_path: Path) -> None:
    length = 1_000_003
    a, b = noise(300_000), noise(50_000, 1)
    parts = [
        Part(take(tmp_path, "b", b, "flac"), 100, 700_000, 40_000),
        Part(take(tmp_path, "a", a), 12_000, 250_000, 270_000),
    ]
    content = b"".join(stem_bytes(windows(parts, length, RATE), length, label(RATE * 3600)))
    expected = np.zeros(length, np.int64)
    expected[250_000:520_000] = a[12_000:282_000]
    expected[700_000:740_000] = b[100:40_100]
    assert np.array_equal(read(content), expected)
    path = tmp_path / "stem.wav"
    path.write_bytes(content)
    info = WavInfoReader(str(path))
    assert info.bext.time_reference == RATE * 3600 and "synthetic speech" in info.bext.coding_history


def test_parts_that_overlap_are_added_and_held_at_full_scale(tmp_path: Path) -> None:
    loud = np.full(1000, 6_000_000)
    parts = [Part(take(tmp_path, "a", loud), 0, 0, 1000), Part(take(tmp_path, "b", loud // 3), 0, 500, 1000)]
    samples = read(b"".join(stem_bytes(windows(parts, 2000, RATE), 2000, label())))
    assert list(samples[[0, 499, 500, 999, 1000, 1499, 1500]]) == [6_000_000] * 2 + [8_000_000] * 2 + [
        2_000_000
    ] * 2 + [0]
    parts.append(Part(take(tmp_path, "c", -loud), 0, 600, 100))
    parts.append(Part(take(tmp_path, "d", loud), 0, 700, 100))
    samples = read(b"".join(stem_bytes(windows(parts, 2000, RATE), 2000, label())))
    assert samples[650] == 2_000_000 and samples[750] == 2**23 - 1


def test_a_part_outside_of_the_stem_is_trimmed(tmp_path: Path) -> None:
    parts = [Part(take(tmp_path, "a", np.full(100, 5)), 0, 950, 100)]
    samples = read(b"".join(stem_bytes(windows(parts, 1000, RATE), 1000, label())))
    assert len(samples) == 1000 and (samples[950:] == 5).all()


@pytest.mark.parametrize("length", [0, 1, 2])
def test_the_shortest_stems_are_files(tmp_path: Path, length: int) -> None:
    assert len(read(b"".join(stem_bytes(windows([], length, RATE), length, label())))) == length


def test_a_take_that_does_not_fit_is_named(tmp_path: Path) -> None:
    short = take(tmp_path, "short", np.zeros(10))
    with pytest.raises(InputError, match=r"short\.wav has 10 samples, its slot needs 20: fill"):
        list(windows([Part(short, 10, 0, 10)], 100, RATE))
    with pytest.raises(InputError, match="has 48000 Hz, the stem 44100"):
        list(windows([Part(short, 0, 0, 10)], 100, 44100))
    with pytest.raises(InputError, match=r"gone\.wav cannot be read"):
        list(windows([Part(tmp_path / "gone.wav", 0, 0, 10)], 100, RATE))


def test_past_four_gibibytes_it_is_rf64_with_the_sizes_in_ds64() -> None:
    """The header alone: 9 hours would be 4.7 GB."""
    length = 9 * 3600 * RATE
    stream = stem_bytes(windows([], length, RATE), length, label())
    head = next(stream)
    assert head[:4] == b"RF64" and head[8:16] == b"WAVEds64"
    riff, data, samples = np.frombuffer(head[20:44], "<u8")
    assert (data, samples) == (3 * length, length) and riff > 3 * length
    assert head.endswith(b"data\xff\xff\xff\xff")


@pytest.mark.parametrize("engine", ["tone", "tones"], ids=["even", "odd"])
def test_rf64_is_read_whatever_the_length_of_bext(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, engine: str) -> None:
    monkeypatch.setattr("framevox.engine_daemon.audio.stem._MOST_RIFF", 1000)
    path, marked, sound = tmp_path / "stem.wav", label(2**33, engine=engine), noise(48_001)
    path.write_bytes(b"".join(stem_bytes([sound], len(sound), marked)))
    head = path.read_bytes()[:28]
    assert head[:4] == b"RF64" and int.from_bytes(head[20:], "little") == path.stat().st_size - 8
    assert np.array_equal(read(path.read_bytes()), sound)
    bext = WavInfoReader(str(path)).bext
    assert bext.time_reference == 2**33 and bext.coding_history.endswith(f"by {engine} with voice alto\r\n")


@pytest.mark.slow
def test_rf64_is_read_by_libsndfile_and_three_hours_take_constant_memory(tmp_path: Path) -> None:
    script = (
        "import sys, resource; from pathlib import Path; sys.path.insert(0, '.')\n"
        "from tests.audio.test_stem import *\n"
        "parts = [Part(take(Path(sys.argv[1]), 'a', noise(48_000)), 0, at, 48_000) for at in (0, 9 * 3600 * RATE)]\n"
        "length = 9 * 3600 * RATE + 48_000\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "with open(Path(sys.argv[1]) / 'long.wav', 'wb') as file:\n"
        "    for piece in stem_bytes(windows(parts, length, RATE), length, label()):\n"
        "        file.write(piece) if piece.strip(b'\\0') else file.seek(len(piece), 1)\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)\n"
    )
    ran = subprocess.run([sys.executable, "-c", script, tmp_path], capture_output=True, text=True, check=True)
    assert int(ran.stdout) < 60_000  # kilobytes; the file has 4.7 million
    with soundfile.SoundFile(tmp_path / "long.wav") as file:
        assert file.format == "RF64" and file.frames == 9 * 3600 * RATE + 48_000
        file.seek(9 * 3600 * RATE)
        assert np.array_equal(file.read(48_000, dtype="int32") >> 8, noise(48_000))
