"""Marks go into files of every format and out again, and the sound stays what it was."""

from __future__ import annotations

import io
import json
import shutil
import struct
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile
from wavinfo import WavInfoReader

from framevox.engine_daemon.audio.label import Label, encode
from framevox.engine_daemon.audio.stem import stem_bytes
from framevox.engine_daemon.client.own_key import make_own_key
from framevox.engine_daemon.protocol.connection import Home
from framevox.engine_daemon.protocol.timebase import Rate
from framevox.engine_daemon.provenance import riff
from framevox.engine_daemon.provenance.aigc import FIELDS, Aigc, read_aigc
from framevox.engine_daemon.provenance.checking import check, check_file, remove_sidecar, sidecar_of
from framevox.engine_daemon.provenance.credentials import Credentials
from framevox.engine_daemon.provenance.embedding import WavMarks, bare, embedded
from framevox.engine_daemon.provenance.facts import Facts, VoiceFact, line_hash
from framevox.engine_daemon.provenance.signing import Signing

LABEL = Label("走吧, now.", "cue 1", "小明", "tone 1", "alto", Rate.parse("29.97"), 48000, 5_184_000_001)
FACTS = Facts("take.wav", "3f9a", "tone 1", [VoiceFact("MEI", "enrolled", "by letter")], [line_hash(LABEL.text)])
AIGC = Aigc("某某公司", "某平台").text("3f9a")
FORMS = ("wav", "flac", "mp3")
needs_ffprobe = pytest.mark.skipif(shutil.which("ffprobe") is None, reason="ffprobe is not installed")


@pytest.fixture(scope="module", params=["ed25519", "es256"])
def credentials(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Credentials:
    return make_own_key(Home.find(tmp_path_factory.mktemp("home")), "Studio X", request.param)


@pytest.fixture(scope="module")
def sign(credentials: Credentials) -> Callable[[], Signing]:
    return lambda: Signing(FACTS, credentials)


def take(form: str, samples: int = 4801) -> bytes:
    """A take; an odd number of samples makes a data chunk of an odd length."""
    noise = np.random.default_rng(samples).integers(-(2**22), 2**22, samples)
    return encode(noise.astype(np.int32), LABEL, form)


def heard(media: bytes) -> np.ndarray:
    return soundfile.read(io.BytesIO(media), dtype="int32")[0]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("aigc", ["", AIGC])
@pytest.mark.parametrize("samples", [4800, 4801])
def test_a_signed_file_is_valid_and_sounds_the_same(
    sign: Callable[[], Signing], credentials: Credentials, form: str, aigc: str, samples: int
) -> None:
    media = take(form, samples)
    marked = embedded(media, form, aigc, sign)
    assert np.array_equal(heard(marked), heard(media))
    assert bare(marked, form) == media
    found = check(io.BytesIO(marked))
    signature = found.signature
    assert found.status == "marked" and signature is not None
    assert (signature.state, signature.signer, signature.synthetic) == ("valid", "Studio X", True)
    assert signature.line_matches is True and LABEL.text.encode() not in marked[len(media) :]
    assert signature.facts["voices"] == [{"name": "MEI", "origin": "enrolled", "consent": "by letter"}]
    assert (found.aigc is not None) == bool(aigc)
    assert check(io.BytesIO(marked), credentials.certificates).signature.state == "trusted"  # type: ignore[union-attr]


@pytest.mark.parametrize("form", FORMS)
def test_without_a_signature_the_file_still_says_that_it_is_synthetic(form: str) -> None:
    media = take(form)
    assert embedded(media, form, "", None) == media
    found = check(io.BytesIO(media))
    assert found.status == "marked" and found.signature is None
    assert set(found.said) == ({"bext", "iXML"} if form == "wav" else {"comment"})
    assert set(found.said.values()) == {"synthetic speech by tone 1 with voice alto"}


@needs_ffprobe
@pytest.mark.parametrize("form", FORMS)
def test_aigc_stands_where_the_practice_guide_has_it(tmp_path: Path, form: str) -> None:
    path = tmp_path / f"take.{form}"
    path.write_bytes(embedded(take(form), form, AIGC, None))
    found = check_file(path)
    assert found.aigc is not None and tuple(found.aigc) == FIELDS
    assert (found.aigc["Label"], found.aigc["ContentProducer"], found.aigc["PropagateID"]) == ("1", "某某公司", "3f9a")
    if form == "wav":
        chunks = list(riff.chunks(io.BytesIO(path.read_bytes())))
        assert [chunk.name for chunk in chunks] == [b"bext", b"fmt ", b"AIGC", b"data", b"LIST", b"iXML"]
    else:
        # FFmpeg shows TXXX frames and comments by their names.
        command = ["ffprobe", "-v", "error", "-of", "json", "-show_format", str(path)]
        tags = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)["format"]["tags"]
        assert json.loads(tags["AIGC"])["ContentProducer"] == "某某公司" and tags["title"] == LABEL.text


@needs_ffprobe
def test_other_readers_find_the_time_reference_where_it_was(sign: Callable[[], Signing], tmp_path: Path) -> None:
    path = tmp_path / "take.wav"
    path.write_bytes(embedded(take("wav"), "wav", AIGC, sign))
    info = WavInfoReader(str(path), bext_encoding="utf-8", info_encoding="utf-8")
    assert info.bext.time_reference == LABEL.time_reference and info.bext.description == LABEL.text
    assert info.info.comment == LABEL.text and info.data.frame_count == 4801
    command = ["ffprobe", "-v", "error", "-of", "json", "-show_streams", "-show_format", str(path)]
    said = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    assert said["streams"][0]["duration_ts"] == 4801
    assert said["format"]["tags"]["time_reference"] == str(LABEL.time_reference)
    chunks = list(riff.chunks(io.BytesIO(path.read_bytes())))
    # GStreamer takes a file whose last chunk is data of an odd length for empty.
    assert [chunk.name for chunk in chunks][-1] == b"C2PA" and chunks[-1].end == path.stat().st_size


@pytest.mark.parametrize("form", FORMS)
def test_a_change_after_signing_breaks_the_mark(sign: Callable[[], Signing], form: str) -> None:
    marked = bytearray(embedded(take(form), form, "", sign))
    marked[len(marked) // 2 if form == "wav" else -100] ^= 1
    found = check(io.BytesIO(bytes(marked)))
    assert found.status == "broken"
    assert "the file was changed after it was signed" in found.problems[0]


@pytest.mark.parametrize("form", FORMS)
def test_a_manifest_that_is_broken_is_said(sign: Callable[[], Signing], form: str) -> None:
    marked = embedded(take(form), form, "", sign)
    spoilt = marked.replace(b"jumb", b"bmuj")
    assert spoilt != marked and check(io.BytesIO(spoilt)).status == "broken"


@pytest.mark.parametrize("text", ["{", "[]", '"x"', '{"Label": "7"}', "{}", "\xff"])
def test_aigc_metadata_that_say_nothing_are_broken(text: str) -> None:
    found = check(io.BytesIO(embedded(take("wav"), "wav", text, None)))
    assert found.status == "broken" and "GB 45438" in found.problems[0]


def test_aigc_metadata_are_read_as_others_write_them_too() -> None:
    assert read_aigc('{"AIGC": {"Label": "1", "ContentProducer": "x"}}') == {"Label": "1", "ContentProducer": "x"}
    assert read_aigc('{"aigc": {"Label": 2}}\0\0') == {"Label": "2"}


def test_a_file_of_somebody_else_is_not_marked(tmp_path: Path) -> None:
    for form in ("wav", "flac", "mp3"):
        path = tmp_path / f"music.{form}"
        soundfile.write(path, np.zeros(9600), 48000)
        found = check_file(path)
        assert (found.status, found.signature, found.aigc) == ("unmarked", None, None)


@pytest.mark.parametrize(
    "content", [b"", b"RIFF", b"hello, this is text", b"RIFF\0\0\0\0WAVEfmt \xff\xff\0\0", b"ID3\x02"]
)
def test_what_is_no_sound_is_no_file_to_check(content: bytes) -> None:
    with pytest.raises(ValueError, match=r"it is|its ID3"):
        check(io.BytesIO(content))


def windows(length: int) -> Iterator[np.ndarray]:
    for first in range(0, length, 240_000):
        yield np.full(min(240_000, length - first), first % 7919, np.int64)


def test_a_stem_is_signed_as_it_is_written(sign: Callable[[], Signing], tmp_path: Path) -> None:
    plain = b"".join(stem_bytes(windows(700_001), 700_001, LABEL))
    marks = WavMarks(stem_bytes(windows(700_001), 700_001, LABEL), AIGC, sign)
    marked = b"".join(marks)
    assert marks.sidecar is None and bare(marked, "wav") == plain
    assert check(io.BytesIO(marked)).signature.state == "valid"  # type: ignore[union-attr]
    assert np.array_equal(heard(marked), heard(plain))


@pytest.mark.parametrize("producer", ["odd", "even"])
def test_rf64_is_signed_beside_the_file(
    sign: Callable[[], Signing], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, producer: str
) -> None:
    monkeypatch.setattr("framevox.engine_daemon.audio.stem._MOST_RIFF", 1000)
    path = tmp_path / "stem.wav"
    marks = WavMarks(stem_bytes(windows(48_001), 48_001, LABEL), Aigc(producer).text("3f9a"), sign)
    path.write_bytes(b"".join(marks))
    assert path.read_bytes()[:4] == b"RF64" and len(heard(path.read_bytes())) == 48_001
    (size,) = struct.unpack_from("<Q", path.read_bytes(), 20)
    assert size == path.stat().st_size - 8
    assert marks.sidecar is not None
    assert check_file(path).signature is None
    sidecar_of(path).write_bytes(marks.sidecar)
    found = check_file(path)
    assert found.signature is not None and found.signature.state == "valid" and found.aigc is not None
    spoilt = bytearray(path.read_bytes())
    spoilt[-2000] ^= 1
    path.write_bytes(spoilt)
    assert check_file(path).status == "broken"
    remove_sidecar(path)
    assert not sidecar_of(path).exists()
    sidecar_of(path).write_bytes(b"somebody else's")
    remove_sidecar(path)
    assert sidecar_of(path).exists()


def test_the_line_in_a_file_is_held_against_the_one_that_was_signed(credentials: Credentials) -> None:
    other = Facts("take.wav", "3f9a", "tone 1", [], [line_hash("something else")])
    found = check(io.BytesIO(embedded(take("wav"), "wav", "", lambda: Signing(other, credentials))))
    assert found.status == "marked" and found.signature is not None and found.signature.line_matches is False


def test_a_name_that_is_no_text_is_signed_too(credentials: Credentials) -> None:
    facts = Facts("caf\udce9.wav", "3f9a", "tone 1", [], [line_hash("\udce9")])
    found = check(io.BytesIO(embedded(take("wav"), "wav", "", lambda: Signing(facts, credentials))))
    assert found.signature is not None and found.signature.state == "valid"
