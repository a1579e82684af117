"""Scenes of many lines: what is read of them, and what is edited meanwhile. `benchmarks/blender.py` has the times."""

from __future__ import annotations

from .conftest import Blender, each

pytestmark = each
_LINES = 300


def test_no_strip_is_read_again_for_every_take(blender: Blender) -> None:
    told = blender.run(f"""
        for number in range({_LINES}):
            text(60 * number, 48, f"P{{number % 5}}: Line number {{number}}.", name=f"L{{number}}")
        save()
        scan, place = part("scan"), part("place")
        read, find = [], scan.find_strip
        def counted(scene, name):
            read.append(name)
            return find(scene, name)
        scan.find_strip = place.find_strip = counted
        takes_read, take = [], scan._take
        scan._take = lambda *of: takes_read.append(1) or take(*of)
        found = []
        for _ in range(2):
            said = run("fill")
            found.append([said, len(read), len(takes_read), len(takes())])
            read.clear(), takes_read.clear()
        out(found=found)
    """)
    (first, looked, takes_read, count), (again, looked_again, takes_read_again, _) = told["found"]
    assert first.endswith(f"{_LINES} placed, 0 unchanged, 0 not placed") and count == _LINES
    assert again.endswith(f"0 placed, {_LINES} unchanged, 0 not placed")
    # Read with the scene, looked at once when placing begins, and its slot checked and muted.
    assert looked <= 6 * _LINES and takes_read <= _LINES
    # The takes are strips too; each is read with the scene, when placing begins, and when it is its turn.
    assert looked_again <= 10 * _LINES and takes_read_again <= 3 * _LINES


def test_a_fill_goes_on_in_short_steps(blender: Blender) -> None:
    told = blender.run(f"""
        for number in range({_LINES}):
            text(60 * number, 48, f"P{{number % 5}}: Line number {{number}}.", name=f"L{{number}}")
        save()
        run("fill")
        steps, clock = part("shared.steps"), [0.0]
        # A clock by which every look at it takes 5 ms: steps end by what is done in them, however fast this machine is.
        class Ticking:
            @staticmethod
            def perf_counter():
                clock[0] += 0.005
                return clock[0]
        steps.time = Ticking
        running, count = steps_of(0), 0
        reading = 0
        while running.step():
            count += 1
            reading += running.work.line == "Reading the timeline"
        part("work").end()
        out(count=count, reading=reading, said=running.work.said[-1])
    """)
    assert told["said"] == f"0 placed, {_LINES} unchanged, 0 not placed"
    # 600 strips and 300 points to read; 300 cues to make of them and as many takes.
    assert told["reading"] > 200 and told["count"] > 400


def test_a_take_that_comes_back_meanwhile_is_not_there_twice(blender: Blender) -> None:
    told = blender.run("""
        text(100, 60, "ALICE: This is my line.", name="One")
        text(300, 60, "BOB: This is another.", name="Two")
        save()
        run("fill")
        take_of("BOB").name = "Called so by me"
        bpy.ops.ed.undo_push(message="filled")
        strips().remove(take_of("ALICE"))
        bpy.ops.ed.undo_push(message="deleted")
        running = steps_of()
        while not running.work.total:
            running.step()
        before = len(takes())
        bpy.ops.ed.undo()
        take_of("BOB").name = "And so now"
        while running.step():
            pass
        part("work").end()
        out(before=before, said=running.work.said[-1], takes=takes())
    """)
    assert told["before"] == 1 and told["said"] == "0 placed, 2 unchanged, 0 not placed"
    assert [take[:4] for take in told["takes"]] == [["ALICE", "FV ALICE", 100, 60], ["BOB", "FV BOB", 300, 60]]


def test_esc_while_takes_are_placed_leaves_the_rest_for_the_next_run(blender: Blender) -> None:
    told = blender.run("""
        for number in range(40):
            text(60 * number, 48, f"ALICE: Line number {number}.", name=f"L{number}")
        save()
        run("fill")
        for strip in [one for one in strips() if one.get("framevox_take")]:
            strips().remove(strip)                     # all of them are kept, and come at once
        placer = part("place").Placer
        keep, placed = placer._put, []
        def put(self, *more):
            keep(self, *more)
            placed.append(1)
            if len(placed) == 5:
                running.work.cancelled = True
        placer._put = put
        running = steps_of()
        error = end_of(running)
        out(error=error, left=len(takes()), again=run("fill"))
    """)
    assert told["left"] == 5 and told["error"].startswith("stopped: 5 of 40 lines were placed and stay")
    assert told["again"].endswith("35 placed, 5 unchanged, 0 not placed")
