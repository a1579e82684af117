"""FLAC and MP3 as other programs decode them."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

from framevox.engine_daemon.audio.label import Label, encode
from framevox.engine_daemon.protocol.cues import MP3_SAMPLE_RATES, SAMPLE_RATES
from framevox.engine_daemon.protocol.errors import InputError
from framevox.engine_daemon.protocol.timebase import Rate

LABEL = Label("Hello 你好", "c1", "小明", "tone 1", "alto", Rate.parse("25"), 48000, 96_000)
needs_ffmpeg = pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="ffmpeg is not installed")


def pulse(sample_rate: int) -> tuple[np.ndarray, int]:
    """An odd number of samples of silence with one soft pulse, and where it peaks."""
    samples, at = sample_rate + 1, sample_rate // 3
    time = (np.arange(samples) - at) / sample_rate
    sound = 0.5 * np.exp(-((time / 0.004) ** 2)) * np.cos(2 * np.pi * 500 * time)
    return np.rint(sound * 2**23).astype(np.int32), at


@pytest.mark.parametrize("sample_rate", SAMPLE_RATES)
def test_flac_holds_the_very_samples(sample_rate: int) -> None:
    pcm, _ = pulse(sample_rate)
    media = encode(pcm, replace(LABEL, sample_rate=sample_rate), "flac")
    sound, rate = soundfile.read(io.BytesIO(media), dtype="int32")
    assert rate == sample_rate
    assert np.array_equal(sound >> 8, pcm)


@pytest.mark.parametrize("sample_rate", MP3_SAMPLE_RATES)
def test_a_decoder_that_knows_gapless_mp3_puts_every_sample_where_it_was(sample_rate: int) -> None:
    pcm, at = pulse(sample_rate)
    media = encode(pcm, replace(LABEL, sample_rate=sample_rate), "mp3")
    sound, rate = soundfile.read(io.BytesIO(media))
    assert (rate, len(sound)) == (sample_rate, len(pcm))
    assert abs(int(np.abs(sound).argmax()) - at) <= 1


@needs_ffmpeg
def test_ffmpeg_decodes_mp3_to_the_same_place(tmp_path: Path) -> None:
    pcm, at = pulse(48000)
    path = tmp_path / "take.mp3"
    path.write_bytes(encode(pcm, LABEL, "mp3"))
    command = ["ffmpeg", "-v", "error", "-i", str(path), "-f", "f32le", "-ac", "1", "-"]
    sound = np.frombuffer(subprocess.run(command, capture_output=True, check=True).stdout, dtype="<f4")
    assert len(sound) == len(pcm)
    assert abs(int(np.abs(sound).argmax()) - at) <= 1


@needs_ffmpeg
@pytest.mark.parametrize("media_format", ["flac", "mp3"])
def test_tags_say_the_line_and_that_it_is_synthetic(tmp_path: Path, media_format: str) -> None:
    path = tmp_path / f"take.{media_format}"
    path.write_bytes(encode(pulse(48000)[0], LABEL, media_format))
    command = ["ffprobe", "-v", "error", "-of", "json", "-show_format", str(path)]
    tags = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)["format"]["tags"]
    assert tags["title"] == "Hello 你好"
    assert tags["artist"] == "小明"
    assert tags["comment"] == "synthetic speech by tone 1 with voice alto"


@pytest.mark.parametrize("media_format", ["flac", "mp3"])
@pytest.mark.parametrize("text", ["", "\0\x01", "lone \ud800 surrogate", "long " * 400])
def test_any_text_makes_a_file_that_reads_back(media_format: str, text: str) -> None:
    pcm, _ = pulse(48000)
    media = encode(pcm, replace(LABEL, text=text, character=text, voice=text), media_format)
    assert len(soundfile.read(io.BytesIO(media))[0]) == len(pcm)


@pytest.mark.parametrize("media_format", ["flac", "mp3"])
def test_equal_takes_are_equal_bytes(media_format: str) -> None:
    pcm, _ = pulse(48000)
    assert encode(pcm, LABEL, media_format) == encode(pcm, LABEL, media_format)


def test_mp3_at_a_rate_it_does_not_have_is_refused_with_those_it_has() -> None:
    with pytest.raises(InputError, match=r"MP3 has no sample rate of 96000 Hz: use one of 16000, .* 48000"):
        encode(pulse(96000)[0], replace(LABEL, sample_rate=96000), "mp3")


def test_an_unknown_format_is_refused_with_the_known() -> None:
    with pytest.raises(InputError, match="wav, flac, mp3"):
        encode(pulse(48000)[0], LABEL, "ogg")
