"""``framevox speak`` reads its line as a caption: markup, names and sounds are not spoken."""

from __future__ import annotations

import pytest

from framevox.engine_daemon.protocol.errors import InputError
from framevox.plugin.cli.notes import Notes
from framevox.plugin.cli.speak import read_line


def test_markup_and_the_name_in_front_are_not_spoken(capsys: pytest.CaptureFixture[str]) -> None:
    notes = Notes()
    caption = read_line("ALICE (V.O.): <i>Tom &amp; I.</i> [door slams]", notes)
    assert (caption.character, caption.text) == ("ALICE", "Tom & I.")
    assert "left out, as it describes a sound: door slams" in capsys.readouterr().err
    assert [note["text"] for note in notes.to_json()] == ["left out, as it describes a sound: door slams"]
    assert read_line("pizza: yum", Notes()).text == "pizza: yum" and capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("text", "says"),
    [("[MUSIC PLAYING]", "describes a sound"), ("ALICE: Hi.\nBOB: No.", "ALICE and BOB speak in TEXT")],
)
def test_what_one_voice_cannot_speak_is_refused(text: str, says: str) -> None:
    with pytest.raises(InputError, match=says):
        read_line(text, Notes())
