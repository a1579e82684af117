"""What commands remark is in ``--json`` too, with the slot that it is about."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import opentimelineio as otio
import pytest

from tests.e2e.conftest import Framevox, Ran, serving, write_timeline
from tests.resolve.test_bridge import ask, plan, talk

LINE = "JACK: And this is the first line."
OTHER = "JACK: And this is another one."
KEYS = {"text", "id", "track", "start_frame", "duration_frames"}
NOWHERE = {"id": None, "track": None, "start_frame": None, "duration_frames": None}


def notes(ran: Ran) -> list[dict[str, Any]]:
    """The notes, each of which was said as well, but for what every first take of a home says."""
    found = [note for note in json.loads(ran.out)["notes"] if "Made a key" not in note["text"]]
    assert all(set(note) == KEYS for note in found)
    said = " ".join(ran.err.split())
    assert all(" ".join(note["text"].split()) in said for note in found), (found, ran.err)
    return found


def place(note: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in note.items() if key != "text"}


def test_without_anything_to_say_there_are_no_notes(served: Framevox, tmp_path: Path) -> None:
    cut = write_timeline(tmp_path / "cut.otio", [(LINE, 60)])
    assert notes(served.run("fill", cut, tmp_path / "out.otio", "--voice", "alto", "--json")) == []


def test_a_slot_that_the_format_does_not_hold(served: Framevox, tmp_path: Path) -> None:
    cut = write_timeline(tmp_path / "cut.otio", [(LINE, 60.5), (OTHER, 60)])
    ran = served.run("fill", cut, tmp_path / "out.edl", "--voice", "alto", "--json")
    first, second = ran.json["cues"]
    found = notes(ran)
    [whole] = [note for note in found if "does not hold all of a timeline" in note["text"]]
    assert place(whole) == NOWHERE
    strayed = [note for note in found if "write an .otio" in note["text"]]
    # The second line begins where the first one's half frame leaves it.
    assert [place(note) for note in strayed] == [{key: cue[key] for key in NOWHERE} for cue in (first, second)]
    assert strayed[0]["duration_frames"] == "121/2"


def test_lines_that_are_spoken_though_something_is_odd_and_what_is_passed_over(
    served: Framevox, tmp_path: Path
) -> None:
    cut = write_timeline(tmp_path / "cut.otio", [("[MUSIC PLAYING]", 50), (LINE, 60), (OTHER, 60)])
    timeline = otio.adapters.read_from_file(str(cut))
    list(timeline.find_clips())[1].metadata["framevox"] = {"colour": "red"}
    otio.adapters.write_to_file(timeline, str(cut))
    ran = served.run("fill", cut, tmp_path / "out.otio", "--voice", "alto", "--json")
    sound, odd = notes(ran)
    assert "MUSIC PLAYING" in sound["text"] and '"colour"' in odd["text"]
    assert place(sound) == {"id": None, "track": "Dialogue", "start_frame": 0, "duration_frames": 50}
    assert place(odd) == {key: ran.json["cues"][0][key] for key in NOWHERE}
    # The other commands that read a timeline find the same, with their cues where they have them.
    again = notes(served.run("readings", cut, "--json"))
    assert again == [sound, odd]
    assert notes(served.run("cast", cut, "--voice", "alto", "--json")) == again
    both = notes(served.run("diff", cut, cut, "--json"))
    assert sorted(note["text"] for note in both) == sorted([sound["text"], odd["text"]] * 2)


def test_a_caption_behind_the_end_and_a_file_beside_the_timeline(served: Framevox, tmp_path: Path) -> None:
    (tmp_path / "a.srt").write_text("1\n00:00:08,000 --> 00:00:12,000\nJACK: And that is the end of it.\n\n")
    stem, options = tmp_path / "s.wav", ("--rate", "25", "--voice", "alto", "--length", "00:00:10:00", "--json")
    ran = served.run(
        "fill", tmp_path / "a.srt", tmp_path / "out.otio", *options, "--stem", stem, "--stem-loudness", "netflix"
    )
    late, level = json.loads(ran.out)["notes"][0], json.loads(ran.out)["notes"][-1]
    assert "behind the timeline's end" in late["text"] and f"note: {late['text']}" in ran.err
    assert place(late) == {key: ran.json["cues"][0][key] for key in NOWHERE}
    path, _, measured = level["text"].partition(": ")
    assert "LUFS" in measured and f"Written:  {path} ({measured})" in ran.err and place(level) == NOWHERE


def test_what_speak_leaves_out_and_readings_of_text(served: Framevox, tmp_path: Path) -> None:
    ran = served.run("speak", "[DOOR SLAMS] Send it now.", "-o", tmp_path / "a.wav", "--voice", "alto", "--json")
    [left_out] = [note for note in notes(ran) if "left out" in note["text"]]
    assert "DOOR SLAMS" in left_out["text"] and place(left_out) == NOWHERE
    [unspoken] = notes(served.run("readings", "...", "--json"))
    assert place(unspoken) == NOWHERE


@pytest.mark.parametrize("command", ["fill", "voices"])
def test_a_daemon_that_is_started_again(tmp_path: Path, command: str) -> None:
    cut, out = write_timeline(tmp_path / "cut.otio", [(LINE, 60)]), tmp_path / "out.otio"
    with serving(tmp_path / "home", code=None) as framevox:
        framevox.kill_daemon()
        arguments = {"fill": (cut, out, "--voice", "alto"), "voices": ()}[command]
        [note] = notes(framevox.run(command, *arguments, "--json"))
    assert "again as it was before it died, with --engine tests.e2e.engine:tone" in note["text"]
    assert place(note) == NOWHERE


def test_a_host_finds_what_the_client_remarked_among_the_warnings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    with serving(tmp_path / "home", "tests.e2e.engine:company", code=None) as framevox:
        framevox.kill_daemon()
        planned = plan(1, LINE.removeprefix("JACK: "))
        said = talk(framevox, planned)
        cue = said[-1]["cues"][0]["cue"]
        asked = {"cue": cue, "take": 1, "slot": None, "name": None}
        *_, done = talk(framevox, planned, ask(2, "speak", cues=[asked]))
    assert done["answer"] == "speak" and done["counts"]["placed"] == 1
    assert any("again as it was before it died" in warning for warning in done["warnings"]), done
