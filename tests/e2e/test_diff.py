"""``framevox diff`` as a user meets it."""

from __future__ import annotations

from pathlib import Path

from .conftest import Framevox, write_timeline
from .test_subtitles import SRT


def test_it_says_what_an_edit_did_and_fill_makes_only_that(served: Framevox, tmp_path: Path) -> None:
    old = write_timeline(tmp_path / "old.otio", [("ALICE: Good to know.", 60), ("BOB: We leave now.", 50)])
    new = write_timeline(tmp_path / "new.otio", [("ALICE: Good to know.", 60), ("BOB: We leave today.", 50)])
    ran = served.run("diff", old, new)
    assert "changed" in ran.out and "text was 'We leave now.'" in ran.out
    assert "0 added, 1 changed, 0 moved, 0 removed, 1 same; 0 takes are stale" in ran.out
    before = served.run("fill", old, tmp_path / "out.otio", "--json").json["cues"]
    after = served.run("fill", new, tmp_path / "out.otio", "--json").json["cues"]
    assert before[0]["media"] == after[0]["media"] and before[1]["media"] != after[1]["media"]


def test_json_has_every_line_and_the_changes(served: Framevox, tmp_path: Path) -> None:
    old = write_timeline(tmp_path / "old.otio", [("ALICE: Good to know.", 60)])
    new = write_timeline(tmp_path / "new.otio", [("ALICE: Good to know.", 70), ("BOB: Hello there.", 50)])
    found = served.run("diff", old, new, "--json").json
    assert found["counts"] == {"added": 1, "changed": 1, "moved": 0, "removed": 0, "same": 0, "stale": 0}
    assert found["lines"][0]["changes"] == {"duration": [60, 70]} and found["lines"][1]["character"] == "BOB"


def test_subtitles_are_compared_at_the_rate_that_is_given(served: Framevox, tmp_path: Path) -> None:
    (tmp_path / "old.srt").write_text(SRT)
    (tmp_path / "new.srt").write_text(SRT.replace("Good to know", "Nice to know"))
    ran = served.run("diff", tmp_path / "old.srt", tmp_path / "new.srt", "--rate", "25")
    assert " 1 changed" in ran.out
    assert "does not say its frame rate" in served.run("diff", tmp_path / "old.srt", tmp_path / "new.srt", code=2).err
