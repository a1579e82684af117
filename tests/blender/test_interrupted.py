"""Runs that do not end: cancelled, another file opened, Blender killed. Nothing is lost, and nothing is there twice."""

from __future__ import annotations

import random
import subprocess
import time

import pytest

from .conftest import Blender, each

pytestmark = each
_LINES = 8
_BUILD = (
    f"[text(100 * n, 60, f'P{{n}}: This is my line.', name=f'L{{n}}') for n in range({_LINES})]; "
    "save('other.blend'); save()"
)


def test_cancelled_it_keeps_what_was_placed_and_makes_only_the_rest(slow_blender: Blender) -> None:
    told = slow_blender.run(f"""
        {_BUILD}
        running = steps_of()
        while not running.work.done:
            running.step()
        running.work.cancelled = True
        error = end_of(running)
        part_way = takes()
        out(error=error, part_way=part_way, again=run("fill"), takes=takes())
    """)
    kept = len(told["part_way"])
    assert 0 < kept < _LINES and told["error"].startswith(f"stopped: {kept} of {_LINES} lines were placed and stay")
    assert told["again"].endswith(f"{_LINES - kept} placed, {kept} unchanged, 0 not placed")
    assert [take[2] for take in told["takes"]] == [100 * number for number in range(_LINES)]


def test_opening_another_file_in_the_middle_loses_nothing(slow_blender: Blender) -> None:
    told = slow_blender.run(f"""
        {_BUILD}
        running = steps_of()
        helper = None
        while not running.work.done:
            running.step()
        save()
        kept = len(takes())
        load("other.blend")
        stopped = part("work").current is None
        other = len(takes())
        load()
        said = part("reopened").interrupted(scene())
        again = run("fill")
        out(stopped=stopped, other=other, kept=kept, said=said, again=again, takes=takes(),
            after=(part("reopened").forget(), part("reopened").interrupted(scene()))[1])
    """)
    assert told["stopped"] and told["other"] == 0
    assert told["said"] and "A run was broken off" in told["said"][0]
    assert told["again"].endswith(f"{_LINES - told['kept']} placed, {told['kept']} unchanged, 0 not placed")
    assert len(told["takes"]) == _LINES and told["after"] == []


def test_the_user_may_edit_and_undo_while_it_runs(slow_blender: Blender) -> None:
    told = slow_blender.run(f"""
        {_BUILD}
        bpy.ops.ed.undo_push(message="built")
        running = steps_of()
        while not running.work.done:
            running.step()
        bpy.ops.ed.undo_push(message="one")
        placed = {{take[0][1:] for take in takes()}}
        moved, gone, *_ = [n for n in "76543210" if n not in placed]
        scene().sequence_editor.strips["L" + moved].frame_start += 20
        strips().remove(scene().sequence_editor.strips["L" + gone])
        bpy.ops.ed.undo_push(message="edited")
        bpy.ops.ed.undo(); bpy.ops.ed.redo()
        while running.step():
            pass
        part("work").end()
        first = list(running.work.said)
        out(first=first, again=run("fill"), takes=takes(), moved=int(moved), gone=int(gone))
    """)
    assert any("moved or trimmed its placeholder meanwhile" in one for one in told["first"]), told["first"]
    assert any("deleted or renamed its placeholder meanwhile" in one for one in told["first"])
    starts = [100 * n + (20 if n == told["moved"] else 0) for n in range(_LINES) if n != told["gone"]]
    assert [take[2] for take in told["takes"]] == starts


_KILLED = """
    import random
    last = int(os.environ["ROUND"])
    if last:
        # Blender saves by renaming twice: killed in between, it leaves the last state under its name for backups.
        file = os.path.join(os.environ["WORK"], "edit.blend")
        if not os.path.exists(file):
            os.rename(file + "1", file)
        load()
        lines = [s for s in scene().sequence_editor.strips if s.type == "TEXT"]
        before = takes()
        said = run("fill")
        mine = [[s.name, s.channel, int(s.frame_final_start), int(s.frame_final_duration), s.text] for s in lines]
        out(before=before, said=said, takes=takes(), mine=mine,
            markers=[[m.frame, m.name] for m in scene().timeline_markers])
        for number, strip in enumerate(lines):       # every line says something new
            strip.text = f"P{number}: This is my line, and it is round {last}."
        save()
    else:
        for number in range(12):
            text(100 * number, 90, f"P{number}: This is my line.", name=f"L{number}")
        marker(50, "Mine")
        save()
    open(os.path.join(os.environ["WORK"], f"ready{last}"), "w").close()
    running = steps_of()
    while True:
        alive = running.step()
        save()                                        # as automatic saving may, at any step
        if not alive:
            break
    print("finished")
"""


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_killed_at_fifty_moments_nothing_is_there_twice_or_missing(blender: Blender) -> None:
    chance = random.Random(12)
    interrupted = 0
    for number in range(51):
        process = blender.start(_KILLED, ROUND=str(number))
        ready = blender.work / f"ready{number}"
        deadline = time.monotonic() + 60
        while not ready.exists() and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.01)
        assert ready.exists(), process.communicate()[0]
        try:
            process.wait(chance.uniform(0, 1.2))
        except subprocess.TimeoutExpired:
            process.kill()
            interrupted += 1
        said = process.communicate()[0]
        assert "Traceback" not in said, said
        if number:
            _check(blender, number)
    assert interrupted > 25
    print(f"{interrupted} of 51 runs were killed before they ended")


def _check(blender: Blender, number: int) -> None:
    import json

    told = json.loads((blender.work / "out.json").read_text("utf-8"))
    suffix = "." if number == 1 else f", and it is round {number - 1}."
    mine = [[f"L{n}", 1, 100 * n, 90, f"P{n}: This is my line{suffix}"] for n in range(12)]
    assert told["mine"] == mine, "something of the user's was changed"
    assert told["markers"] == [[50, "Mine"]]
    for takes in (told["before"], told["takes"]):
        places = [(take[0], take[2], take[3]) for take in takes]
        assert len(places) == len(set(places)), "a cue has two takes"
        assert all(take[1] == f"FV {take[0]}" and take[3] == 90 for take in takes)
    assert sorted(take[2] for take in told["takes"]) == [100 * n for n in range(12)], told["said"]
