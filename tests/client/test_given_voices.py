"""Who speaks with which voice, and voice files, which travel as bytes."""

from __future__ import annotations

from pathlib import Path

import pytest

from framevox.engine_daemon.client.given_voices import VoiceFiles, read_given
from framevox.engine_daemon.protocol.errors import InputError


def test_a_characters_own_voice_wins_over_the_timelines_and_that_over_the_default() -> None:
    given = read_given(["jf_alpha", "MEI=jm_kumo"], VoiceFiles())
    assert given.of("MEI", "jf_nezumi") == "jm_kumo"
    assert given.of("JACK", "jf_nezumi") is None
    assert given.of("JACK", None) == "jf_alpha"
    assert read_given([], VoiceFiles()).of("JACK", None) == ""


def test_a_blend_has_no_character() -> None:
    assert read_given(["jf_alpha:0.6+jm_kumo:0.4"], VoiceFiles()).default == "jf_alpha:0.6+jm_kumo:0.4"


@pytest.mark.parametrize("options", [["MEI="], ["=jm_kumo"], [""], ["a", "b"], ["MEI=a", "MEI=b"]])
def test_what_contradicts_itself_is_refused(options: list[str]) -> None:
    with pytest.raises(InputError, match="--voice"):
        read_given(options, VoiceFiles())


def test_an_unknown_character_is_an_error_that_lists_the_characters() -> None:
    with pytest.raises(InputError, match=r"'BOB'.*JACK, MEI"):
        read_given(["BOB=jm_kumo"], VoiceFiles()).check_characters(["MEI", "JACK", "MEI"])


def test_a_file_whose_name_has_an_equals_sign_is_a_voice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a=b.bin").write_bytes(b"voice")
    files = VoiceFiles()
    assert read_given(["a=b.bin"], files).default == "a_b"
    assert files.content == {"a_b": b"voice"}


def test_a_voice_file_travels_as_bytes_under_a_name_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "zf xiao.bin").write_bytes(b"one")
    other = tmp_path / "other"
    other.mkdir()
    (other / "zf xiao.bin").write_bytes(b"two")
    files = VoiceFiles()
    assert files.resolve("zf xiao.bin", tmp_path) == "zf_xiao"
    assert files.resolve("other/zf xiao.bin:0.5+jm_kumo:0.5", tmp_path) == "zf_xiao_2:0.5+jm_kumo:0.5"
    assert files.resolve(str(tmp_path / "zf xiao.bin"), other) == "zf_xiao"
    assert files.content == {"zf_xiao": b"one", "zf_xiao_2": b"two"}


def test_a_name_is_left_to_the_engine() -> None:
    files = VoiceFiles()
    assert files.resolve("jf_alpha:0.6 + jm_kumo:0.4", Path("/")) == "jf_alpha:0.6+jm_kumo:0.4"
    assert files.content == {}


def test_a_path_without_a_file_is_an_error_that_names_it(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"nobody\.bin"):
        VoiceFiles().resolve("nobody.bin", tmp_path)


def test_what_is_no_voice_file_is_named_and_not_read_to_its_end(tmp_path: Path) -> None:
    film = tmp_path / "film.bin"
    with film.open("wb") as file:
        file.truncate(2**32)
    for path, said in ((Path("/dev/zero"), "no file"), (tmp_path, "no file"), (film, "too large")):
        with pytest.raises(InputError, match=said) as caught:
            VoiceFiles().resolve(str(path), tmp_path)
        assert str(path) in str(caught.value)


def test_the_daemons_words_name_files_as_the_user_wrote_them(tmp_path: Path) -> None:
    files = VoiceFiles()
    (tmp_path / "a b.bin").write_bytes(b"one")
    (tmp_path / "a_b.pt").write_bytes(b"two")
    assert files.resolve("a b.bin:0.5+./a_b.pt", tmp_path) == "a_b:0.5+a_b_2"
    assert files.spec_as_written("a_b:0.5+a_b_2") == "a b.bin:0.5+./a_b.pt"
    said = "voice a_b.0123456789abcdef:0.5+a_b_2.fedcba9876543210, file a_b.0123456789abcdef.bin, and a_b"
    assert files.as_written(said) == "voice a b.bin:0.5+./a_b.pt, file a b.bin, and a_b"
