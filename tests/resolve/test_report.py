"""``framevox resolve report``: one file to send, with nothing private in it."""

from __future__ import annotations

from pathlib import Path

from framevox.plugin.resolve.report import answers_in, form, without_private
from tests.e2e.conftest import Framevox


def test_the_checklist_is_filled_in_and_sent_without_private_data(tmp_path: Path) -> None:
    home = tmp_path / "johanna"
    home.mkdir()
    user = Framevox(tmp_path / "framevox", {"HOME": str(home)})
    seen, sent, console = tmp_path / "seen.txt", tmp_path / "report.txt", tmp_path / "console.txt"
    user.run("resolve", "report", "-o", seen)
    text = seen.read_text("utf-8")
    assert "\n1. After `framevox resolve install`" in text and "\n10: \n" in text
    assert "no answers" in user.run("resolve", "report", seen, "-o", sent, code=2).err
    text = text.replace("edition:", "edition: 21.1 free").replace("\n2: \n", f"\n2: no, see {home}/secret/cut.drp\n")
    seen.write_text(text, "utf-8")
    console.write_text(
        f"Framevox: ALICE at frame 86424: Nobody may read this.\nFramevox: exported: now run fill {home}/Kill/x.otio\n"
        "Framevox: the timeline “Secret Scene” is no longer the open one\nFramevox: 1 placed, 0 unchanged\n"
    )
    user.run("resolve", "report", seen, "-o", sent, "--console", console)
    report = sent.read_text("utf-8")
    assert "21.1 free" in report and "2: no, see" in report and "1 placed, 0 unchanged" in report
    for private in ("johanna", "Secret", "secret", "Nobody", "ALICE", "Kill", str(tmp_path)):
        assert private not in report, private
    assert "there already" in user.run("resolve", "report", seen, "-o", sent, code=2).err


def test_paths_of_every_system_are_taken_out() -> None:
    text = r"see C:\Users\Ana\Film.drp and /home/ana/Film and \\server\share\Film"
    assert "Film" not in without_private(text, Path("/home/ana")) and "Ana" not in without_private(text)


def test_only_what_was_answered_is_sent() -> None:
    assert answers_in(form()) == {} and answers_in(form().replace("\n3: \n", "\n3: yes\n")) == {"3": "yes"}
