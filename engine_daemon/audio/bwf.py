"""Broadcast WAV: PCM 24-bit mono with a ``bext`` chunk (EBU Tech 3285 v1), and the line in LIST INFO and iXML.

Chunks lie in the order ``bext``, ``fmt ``, ``data``, ``LIST``, ``iXML``. Something always follows the data: GStreamer
takes a file whose data chunk is last and has an odd number of bytes for empty.
"""

from __future__ import annotations

import hashlib
import re
import struct
import xml.etree.ElementTree as ET

import numpy as np

from framevox.engine_daemon.audio.label import ORIGINATOR, Label, Pcm24

_BYTES_PER_SAMPLE = 3
_BEXT = struct.Struct("<256s32s32s10s8sQH64s190x")
_XML_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def encode_bwf(pcm: Pcm24, label: Label) -> bytes:
    """The whole file. ``pcm`` is [samples]; at 24 bits and one channel 4 GiB hold more than 8 hours at 48 kHz."""
    body = b"WAVE" + before_data(label) + _chunk(b"data", pack24(pcm)) + after_data(label)
    return struct.pack("<4sI", b"RIFF", len(body)) + body


def before_data(label: Label, *, rf64: bool = False) -> bytes:
    """The chunks that lie before the sound."""
    bext = _bext(label)
    if rf64 and len(bext) % 2:
        # Behind a bext of an odd length libsndfile (1.2.2) finds no sound in RF64, though it does in WAV.
        bext += b"\0"
    return _chunk(b"bext", bext) + _chunk(b"fmt ", _format(label.sample_rate))


def after_data(label: Label) -> bytes:
    """The chunks that lie behind the sound."""
    return _chunk(b"LIST", _list_info(label)) + _chunk(b"iXML", _ixml(label))


def _chunk(name: bytes, payload: bytes) -> bytes:
    return struct.pack("<4sI", name, len(payload)) + payload + b"\0" * (len(payload) % 2)


def _format(sample_rate: int) -> bytes:
    pcm, channels = 1, 1
    return struct.pack(
        "<HHIIHH", pcm, channels, sample_rate, sample_rate * _BYTES_PER_SAMPLE, _BYTES_PER_SAMPLE, 8 * _BYTES_PER_SAMPLE
    )


def pack24(pcm: Pcm24) -> bytes:
    """Samples as the three little-endian bytes of each."""
    return pcm.astype("<i4").view(np.uint8).reshape(-1, 4)[:, :_BYTES_PER_SAMPLE].tobytes()


def _bext(label: Label) -> bytes:
    """602 bytes and the coding history. Date and time stay empty, so that equal takes are equal bytes."""
    version = 1
    fixed = _BEXT.pack(
        _cut_utf8(label.text, 256),
        ORIGINATOR.encode("ascii"),
        _reference(label.cue).encode("ascii"),
        b"",
        b"",
        label.time_reference,
        version,
        b"",
    )
    return fixed + _coding_history(label).encode("ascii")


def _cut_utf8(text: str, size: int) -> bytes:
    """As much of the text as fits, cut between two characters: 256 ASCII letters, but 85 Chinese ones."""
    return text.replace("\0", "").encode("utf-8", "replace")[:size].decode("utf-8", "ignore").encode("utf-8")


def _reference(cue: str) -> str:
    """A cue's id where it fits the field's 32 ASCII characters, else the first 32 of its SHA-256."""
    if re.fullmatch(r"[\x20-\x7e]{1,32}", cue):
        return cue
    return hashlib.sha256(cue.encode("utf-8", "replace")).hexdigest()[:32]


def _coding_history(label: Label) -> str:
    """EBU R 98: one line a step. Its free text has no commas and no other scripts, so those are replaced."""
    said = re.sub(r"[^\x20-\x2b\x2d-\x7e]", "_", label.provenance)
    return f"A=PCM,F={label.sample_rate},W=24,M=mono,T={ORIGINATOR}; {said}\r\n"


def _list_info(label: Label) -> bytes:
    entries = ((b"ICMT", label.text), (b"IART", label.character), (b"ISFT", ORIGINATOR))
    return b"INFO" + b"".join(
        _chunk(name, value.replace("\0", "").encode("utf-8", "replace") + b"\0") for name, value in entries if value
    )


def _ixml(label: Label) -> bytes:
    """The whole line, and the frame rate that ``bext`` cannot say, for the programs that read it (ixml.info)."""
    high, low = divmod(label.time_reference, 1 << 32)
    rate = label.rate.fraction
    root = ET.Element("BWFXML")
    for name, value in (
        ("IXML_VERSION", "1.61"),
        ("PROJECT", ORIGINATOR),
        ("SCENE", label.cue),
        ("TAKE", str(label.take_number)),
        ("NOTE", label.text),
        ("FRAMEVOX_PROVENANCE", label.provenance),
    ):
        ET.SubElement(root, name).text = _xml_text(value)
    speed = ET.SubElement(root, "SPEED")
    for name, value in (
        ("MASTER_SPEED", rate),
        ("CURRENT_SPEED", rate),
        ("TIMECODE_RATE", rate),
        ("TIMECODE_FLAG", "DF" if label.rate.drop_frame else "NDF"),
        ("FILE_SAMPLE_RATE", str(label.sample_rate)),
        ("AUDIO_BIT_DEPTH", "24"),
        ("DIGITIZER_SAMPLE_RATE", str(label.sample_rate)),
        ("TIMESTAMP_SAMPLES_SINCE_MIDNIGHT_HI", str(high)),
        ("TIMESTAMP_SAMPLES_SINCE_MIDNIGHT_LO", str(low)),
        ("TIMESTAMP_SAMPLE_RATE", str(label.sample_rate)),
    ):
        ET.SubElement(speed, name).text = value
    tracks = ET.SubElement(root, "TRACK_LIST")
    ET.SubElement(tracks, "TRACK_COUNT").text = "1"
    track = ET.SubElement(tracks, "TRACK")
    ET.SubElement(track, "CHANNEL_INDEX").text = "1"
    ET.SubElement(track, "INTERLEAVE_INDEX").text = "1"
    ET.SubElement(track, "NAME").text = _xml_text(label.character)
    document: bytes = ET.tostring(root, encoding="UTF-8", xml_declaration=True)
    return document


def _xml_text(text: str) -> str:
    return _XML_FORBIDDEN.sub("", text)
