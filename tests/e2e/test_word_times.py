"""Who asks for times of words has them from the sound; who does not, does not wait for them."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.conftest import Framevox, write_timeline

pytestmark = pytest.mark.slow
LINE = "She left a message on your desk this morning."


@pytest.fixture
def guessing(tmp_path: Path) -> Iterator[Framevox]:
    framevox = Framevox(tmp_path / "home")
    daemon = framevox.serve("tests.e2e.engine:guessing")
    yield framevox
    framevox.run("stop")
    assert daemon.wait(20) == 0


def lengths(words: list[dict[str, int]]) -> list[int]:
    """How long each word lasts until the next one, in samples."""
    starts = [word["start_sample"] for word in words]
    return [after - before for before, after in itertools.pairwise(starts)]


def test_words_are_aligned_where_a_file_shows_their_times(guessing: Framevox, tmp_path: Path) -> None:
    source = write_timeline(tmp_path / "in.otio", [(LINE, 100)])

    def fill(*options: str) -> list[int]:
        found = guessing.run("fill", source, tmp_path / "out.otio", "--voice", "bf_emma", "--json", *options)
        [cue] = found.json["cues"]
        assert cue["status"] == "placed" and "estimated" not in cue["message"]
        return lengths(cue["words"])

    estimated = fill()
    assert max(estimated) - min(estimated) < 100, "the engine shares the line out evenly"
    for option, name in (("--subtitles", "a.srt"), ("--mouth", "a.tsv"), ("--report", "a.html")):
        aligned = fill(option, str(tmp_path / name))
        assert max(aligned) > 2 * min(aligned)
        assert (tmp_path / name).exists()
    assert fill() == estimated


def test_a_mouth_opens_for_phones_that_are_aligned(guessing: Framevox, tmp_path: Path) -> None:
    mouth = tmp_path / "a.tsv"
    ran = guessing.run("speak", LINE, "-o", tmp_path / "a.wav", "--voice", "bf_emma", "--mouth", mouth)
    assert "whole words" not in ran.err and "estimated" not in ran.err
    assert len(mouth.read_text().splitlines()) > 1.5 * len(LINE.split())
