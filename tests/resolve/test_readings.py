"""Rules of pronunciation in Resolve: they change the takes that they concern, and no other."""

from __future__ import annotations

from pathlib import Path

from tests.fakes.resolve import World
from tests.resolve.conftest import Editor


def test_a_rule_of_the_film_changes_the_takes_of_its_lines_alone(editor: Editor) -> None:
    world = World()
    world.caption("ALICE: 我去银行。", 24, 36)
    world.caption("ALICE: 你好。", 100, 40)
    editor.run(world)
    [film] = [path for path in (editor.home / "Framevox").iterdir() if path.is_dir()]
    write(film / "framevox.toml", '"银行" = "yin2 hang2"')
    assert "0 placed, 2 unchanged" in editor.run(world).out
    write(film / "framevox.toml", '"银行" = "yin2 xing2"')
    assert "1 placed, 1 unchanged" in editor.run(world).out
    assert "0 placed, 2 unchanged" in editor.run(world).out


def test_a_rule_of_the_film_that_cannot_be_used_is_shown_and_nothing_is_touched(editor: Editor) -> None:
    world = World()
    world.caption("ALICE: 我去银行。", 24, 36)
    editor.run(world)
    [film] = [path for path in (editor.home / "Framevox").iterdir() if path.is_dir()]
    before = [(take.uid, take.start) for _, take in world.takes()]
    write(film / "framevox.toml", '"银行" = "hnag2"')
    ran = editor.run(world)
    assert "银行 = 'hnag2': character 1, 'hnag2', is not pinyin" in ran.out + ran.err
    assert [(take.uid, take.start) for _, take in world.takes()] == before


def write(path: Path, rule: str) -> None:
    path.write_text(f"[readings]\n{rule}\n", "utf-8")
