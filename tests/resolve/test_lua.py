"""The entries in Lua, for the free edition of Resolve 21.1: run by real Lua 5.1 and LuaJIT against the fake."""

from __future__ import annotations

import re

import pytest

from framevox.plugin.resolve.by_lua import literal
from framevox.plugin.resolve.install import ENTRIES, LUA
from tests.fakes.resolve import Ran, World, run_entry
from tests.resolve.conftest import Editor
from tests.resolve.test_fill import placed

pytestmark = pytest.mark.timeout(90)
LUAS = ["lua51", pytest.param("luajit21", marks=pytest.mark.slow)]


def run(editor: Editor, world: World, name: str = "fill", lua: str = "lua51") -> Ran:
    entry = editor.scripts / LUA / f"{ENTRIES[name].removesuffix('.py')}.lua"
    ran = run_entry(world, entry, editor.environment, lua=lua)
    assert ran.code == 0 and "Traceback" not in ran.out + ran.err, ran.out + ran.err
    return ran


@pytest.mark.parametrize("lua", LUAS)
def test_lines_are_placed_as_by_the_entries_in_python(editor: Editor, lua: str) -> None:
    world = World("21.1", studio=False)
    caption = world.caption("小明: “Hello\tthere.”", 24, 36)
    world.marker("BOB: Over here.", 1, 31)
    world.clip("CARL: An empty clip.", 200, 53)
    world.cross_fade(300, 10)
    before = world.users()
    said = run(editor, world, lua=lua).out
    assert "3 placed, 0 unchanged, 0 not placed" in said and "小明" in said
    assert placed(world) == [("FV BOB", 86401, 31), ("FV CARL", 86600, 53), ("FV 小明", 86424, 36)]
    assert world.users() == before and not caption.enabled and not world.modal
    assert "0 placed, 3 unchanged" in run(editor, world, lua=lua).out
    world.timeline.playhead = 86430
    assert "take 2" in run(editor, world, "next", lua).out and len(world.takes()) == 5, "both are under it"


@pytest.mark.parametrize(("version", "studio"), [("21.1", True), ("21.0", False)])
def test_where_the_menu_lists_python_the_entry_says_to_use_that(editor: Editor, version: str, studio: bool) -> None:
    world = World(version, studio=studio)
    world.caption("ALICE: Hello there.", 24, 36)
    assert "use the one of the same name" in run(editor, world).out and not world.takes()


def test_no_timeline_is_one_sentence(editor: Editor) -> None:
    world = World("21.1", studio=False)
    world.timeline = None
    assert "open the timeline" in run(editor, world).out


def test_a_framevox_that_is_gone_is_one_sentence(editor: Editor) -> None:
    for file in (editor.scripts / LUA).iterdir():
        text = re.sub(r"^local ROOT = .*$", 'local ROOT = "/nowhere"', file.read_text("utf-8"), flags=re.M)
        file.write_text(text, "utf-8")
    assert "framevox resolve install" in run(editor, World("21.1", studio=False)).out


def test_values_are_written_as_lua_reads_them() -> None:
    from lupa import lua51

    lua = lua51.LuaRuntime()
    text = 'a"\\\n\0é1小'
    assert lua.eval(literal(text)) == text
    assert lua.eval(literal({"a": [1, None, 2.5, True]}))["a"][3] == 2.5
