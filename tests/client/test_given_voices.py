"""Who speaks with which voice, and voice files, which travel as bytes."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import pytest

from framevox.engine_daemon.client.events import Failed
from framevox.engine_daemon.client.given_voices import VoiceFiles, read_given
from framevox.engine_daemon.client.wording import say_failure
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


def sent(content: bytes, stem: str) -> str:
    return f"{stem}.{hashlib.sha256(content).hexdigest()[:12]}"


ONE, TWO, THREE = (b"one", b"two", b"three")


def test_a_file_whose_name_has_an_equals_sign_is_a_voice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a=b.bin").write_bytes(ONE)
    files = VoiceFiles()
    assert read_given(["a=b.bin"], files).default == sent(ONE, "a_b")
    assert read_given(["MEI=a=b.bin"], files).by_character == {"MEI": sent(ONE, "a_b")}
    assert files.content == {sent(ONE, "a_b"): ONE}


@pytest.mark.parametrize("given", [["A=./mei_2.wav", "B=./mei.wav"], ["A=./mei.wav", "B=./mei_2.wav"]])
def test_each_character_gets_the_file_that_was_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: list[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mei.wav").write_bytes(ONE)
    (tmp_path / "mei_2.wav").write_bytes(TWO)
    files = VoiceFiles()
    voices = read_given(given, files).by_character
    wanted = {option[0]: Path(option[2:]).read_bytes() for option in given}
    assert {character: files.content[voice] for character, voice in voices.items()} == wanted


NAMES_THAT_COLLIDE = [
    ("mei.wav", "mei.flac"),
    ("mei mei.wav", "mei-mei.wav"),
    ("Mei.wav", "mei.flac"),
    ("梅.wav", "雪.wav"),
    ("a" * 50 + "1.wav", "a" * 50 + "2.wav"),
    ("mei.wav", "other/mei.wav"),
    ("mei_2_2.wav", "mei_2.wav"),
]


@pytest.mark.parametrize("names", NAMES_THAT_COLLIDE)
@pytest.mark.parametrize("turned", [False, True])
def test_files_whose_names_are_alike_are_told_apart(tmp_path: Path, names: tuple[str, str], turned: bool) -> None:
    (tmp_path / "other").mkdir()
    for name, content in zip(names, (ONE, TWO), strict=True):
        (tmp_path / name).write_bytes(content)
    files = VoiceFiles()
    for name in reversed(names) if turned else names:
        assert files.content[files.resolve(f"./{name}", tmp_path)] == (tmp_path / name).read_bytes()
    assert len(files.content) == len({name.lower() for name in files.content}) == 2
    for name in files.content:
        assert len(name) <= 40 and re.fullmatch(r"\w[\w.-]*", name)  # what the daemon takes


def test_a_file_named_like_a_voice_of_the_engine_leaves_that_voice_alone(tmp_path: Path) -> None:
    (tmp_path / "jf_alpha.bin").write_bytes(ONE)
    files = VoiceFiles()
    assert files.resolve("./jf_alpha.bin", tmp_path) != files.resolve("jf_alpha", tmp_path) == "jf_alpha"
    assert "jf_alpha" not in files.content


@pytest.mark.parametrize("other", ["./mei.wav", "sub/../mei.wav", "link.wav"])
def test_one_file_by_two_paths_is_one_voice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, other: str) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "sub").mkdir()
    (tmp_path / "mei.wav").write_bytes(ONE)
    (tmp_path / "link.wav").symlink_to(tmp_path / "mei.wav")
    files = VoiceFiles()
    assert len(set(read_given(["A=mei.wav", f"A={other}", f"B={other}"], files).by_character.values())) == 1
    assert len(files.content) == 1


@pytest.mark.parametrize("name", ["mei.WAV", "mei.npy", "mei.npz", "mei.Bin", "mei.opus", "mei.m4a", "mei.12"])
def test_a_file_in_this_folder_needs_no_slash(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(ONE)
    assert VoiceFiles().resolve(name, tmp_path) == sent(ONE, "mei")


@pytest.mark.parametrize(
    "name", ["mei.WAV", "mei.npy", "mei.npz", "~nobody-here/mei.wav", "mei" * 100 + ".wav", "\0.wav"]
)
def test_a_file_that_is_not_there_is_not_taken_for_the_name_of_a_voice(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match=re.escape(name)):
        VoiceFiles().resolve(name, tmp_path)


def test_a_folder_without_a_dot_or_slash_in_its_name_hides_no_voice(tmp_path: Path) -> None:
    (tmp_path / "jf_alpha").write_bytes(ONE)
    assert VoiceFiles().resolve("jf_alpha", tmp_path) == "jf_alpha"


def test_a_blend_of_files_keeps_each_with_its_share(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    for name, content in (("zf xiao.bin", ONE), ("other/zf xiao.bin", TWO), ("a+b:2.bin", THREE)):
        (tmp_path / name).write_bytes(content)
    files = VoiceFiles()
    blend = "zf xiao.bin:0.5 + other/zf xiao.bin : .25+jm_kumo:1+a+b:2.bin:2"
    one, two, three = sent(ONE, "zf_xiao"), sent(TWO, "zf_xiao"), sent(THREE, "a_b_2")
    assert files.resolve(blend, tmp_path) == f"{one}:0.5+{two}:.25+jm_kumo:1+{three}:2"
    assert files.resolve(str(tmp_path / "zf xiao.bin"), tmp_path / "other") == one
    assert files.content == {one: ONE, two: TWO, three: THREE}
    assert files.sent_with([f"{two}:0.5+jm_kumo"]) == {two: TWO}


def test_what_is_no_share_is_part_of_the_name() -> None:
    assert VoiceFiles().resolve("jf_alpha:much", Path("/")) == "jf_alpha:much"


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
    for path, said in ((Path("/dev/zero"), "not a file"), (tmp_path, "not a file"), (film, "too large")):
        with pytest.raises(InputError, match=said) as caught:
            VoiceFiles().resolve(str(path), tmp_path)
        assert str(path) in str(caught.value)


def test_the_daemons_words_name_files_as_the_user_wrote_them(tmp_path: Path) -> None:
    files = VoiceFiles()
    (tmp_path / "a b.bin").write_bytes(ONE)
    (tmp_path / "a_b.pt").write_bytes(TWO)
    one, two = sent(ONE, "a_b"), sent(TWO, "a_b")
    assert files.resolve("a b.bin:0.5+./a_b.pt", tmp_path) == f"{one}:0.5+{two}"
    assert files.spec_as_written(f"{one}:0.5+{two}") == "a b.bin:0.5+./a_b.pt"
    failed = Failed("c", "unknown-voice", f"voice {{{one}}}, file {{{two}}}, and a_b", {one: one, two: two})
    assert say_failure(failed, files) == "voice a b.bin, file ./a_b.pt, and a_b"
