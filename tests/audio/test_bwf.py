"""Broadcast WAV as other programs read it."""

from __future__ import annotations

import io
import json
import shutil
import struct
import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile
from wavinfo import WavInfoReader

from framevox.engine_daemon.audio.label import Label, encode
from framevox.engine_daemon.protocol.timebase import Rate

LABEL = Label(
    text="Where were you? 你昨天晚上在哪里？",
    cue="cue-0042",
    character="王小明",
    engine="tone 1",
    voice="alto",
    rate=Rate.parse("29.97 DF"),
    sample_rate=48000,
    time_reference=172_968_796,
)
PCM = np.array([0, 1, -1, 8_388_607, -8_388_608, 1234567, -7654321], dtype=np.int32)


def read(path: Path, media: bytes) -> WavInfoReader:
    path.write_bytes(media)
    return WavInfoReader(str(path), info_encoding="utf-8", bext_encoding="utf-8")


def test_samples_come_back_exactly() -> None:
    sound, sample_rate = soundfile.read(io.BytesIO(encode(PCM, LABEL, "wav")), dtype="int32")
    assert sample_rate == 48000
    assert np.array_equal(sound >> 8, PCM)
    assert soundfile.info(io.BytesIO(encode(PCM, LABEL, "wav"))).subtype == "PCM_24"


def test_another_reader_finds_the_time_reference_the_line_and_the_origin(tmp_path: Path) -> None:
    found = read(tmp_path / "take.wav", encode(PCM, LABEL, "wav"))
    assert (found.fmt.audio_format, found.fmt.channel_count, found.fmt.bits_per_sample) == (1, 1, 24)
    assert found.data.frame_count == len(PCM)
    assert found.bext.description == LABEL.text
    assert found.bext.originator == "Framevox"
    assert found.bext.originator_ref == "cue-0042"
    assert found.bext.time_reference == 172_968_796
    assert found.bext.version == 1
    assert found.bext.coding_history == (
        "A=PCM,F=48000,W=24,M=mono,T=Framevox; synthetic speech by tone 1 with voice alto\r\n"
    )
    assert found.info.comment == LABEL.text
    assert next(iter(found.ixml.track_list)).name == "王小明"


def test_a_time_reference_past_32_bits_is_kept(tmp_path: Path) -> None:
    late = replace(LABEL, time_reference=192_000 * 86_000, sample_rate=192_000)
    media = encode(PCM, late, "wav")
    assert read(tmp_path / "late.wav", media).bext.time_reference == 192_000 * 86_000
    assert b"<TIMESTAMP_SAMPLES_SINCE_MIDNIGHT_HI>3</TIMESTAMP_SAMPLES_SINCE_MIDNIGHT_HI>" in media


def test_ixml_says_the_rate_of_the_timecode() -> None:
    media = encode(PCM, LABEL, "wav")
    assert b"<TIMECODE_RATE>30000/1001</TIMECODE_RATE><TIMECODE_FLAG>DF</TIMECODE_FLAG>" in media


def test_ixml_names_cue_and_take(tmp_path: Path) -> None:
    found = read(tmp_path / "take.wav", encode(PCM, replace(LABEL, cue="fv-1", take_number=3), "wav"))
    assert (found.ixml.scene, found.ixml.take) == ("fv-1", "3")


def test_a_long_line_is_cut_between_characters_in_the_description_and_whole_in_ixml(tmp_path: Path) -> None:
    text = "a" + "说" * 200
    media = encode(PCM, replace(LABEL, text=text), "wav")
    found = read(tmp_path / "long.wav", media)
    assert found.bext.description == "a" + "说" * 85
    assert f"<NOTE>{text}</NOTE>".encode() in media


@pytest.mark.parametrize("cue", ["x" * 33, "场景一", "a\nb", ""])
def test_an_id_that_the_field_cannot_hold_is_replaced_by_its_hash(tmp_path: Path, cue: str) -> None:
    reference = read(tmp_path / "id.wav", encode(PCM, replace(LABEL, cue=cue), "wav")).bext.originator_ref
    assert len(reference) == 32 and int(reference, 16) >= 0


@pytest.mark.parametrize(
    "text", ["\0\x01\x1b[31m", "emoji 😀", "lone \ud800 surrogate", "<&>]]>", "שלום", "two\nlines"]
)
def test_any_text_makes_a_file_that_reads_back(tmp_path: Path, text: str) -> None:
    found = read(tmp_path / "text.wav", encode(PCM, replace(LABEL, text=text, character=text, voice=text), "wav"))
    assert found.data.frame_count == len(PCM)
    assert found.ixml is not None


@pytest.mark.parametrize("samples", [0, 1, 2, 7])
def test_something_follows_the_data_and_every_chunk_begins_on_an_even_byte(samples: int) -> None:
    # GStreamer 1.22 takes a file whose data is last and odd for empty.
    media = encode(PCM[:samples], LABEL, "wav")
    riff, size = struct.unpack_from("<4sI", media)
    assert (riff, size) == (b"RIFF", len(media) - 8)
    at, names = 12, []
    while at < len(media):
        name, length = struct.unpack_from("<4sI", media, at)
        names.append(name)
        assert at % 2 == 0
        at += 8 + length + length % 2
    assert at == len(media)
    assert names == [b"bext", b"fmt ", b"data", b"LIST", b"iXML"]


def test_equal_takes_are_equal_bytes() -> None:
    assert encode(PCM, LABEL, "wav") == encode(PCM, LABEL, "wav")


@pytest.mark.skipif(shutil.which("ffprobe") is None, reason="ffprobe is not installed")
def test_ffprobe_reads_the_same(tmp_path: Path) -> None:
    path = tmp_path / "take.wav"
    path.write_bytes(encode(np.zeros(1601, np.int32), LABEL, "wav"))
    command = ["ffprobe", "-v", "error", "-of", "json", "-show_format", "-show_streams", str(path)]
    about = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    assert about["streams"][0]["codec_name"] == "pcm_s24le"
    assert about["streams"][0]["duration_ts"] == 1601
    tags = about["format"]["tags"]
    assert tags["time_reference"] == "172968796"
    assert tags["comment"] == LABEL.text
    assert "synthetic speech by tone 1" in tags["coding_history"]
