"""What cannot work ends in one sentence that says what to do, and nothing on the timeline has changed."""

from __future__ import annotations

import itertools
import json
import shutil
import stat
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest

from framevox.plugin.host.helper_process import PROTOCOL
from framevox.plugin.resolve.install import ENTRIES
from tests.fakes.resolve import Traps, World
from tests.resolve.conftest import Editor

pytestmark = pytest.mark.timeout(120)


def no_project(world: World) -> None:
    world.project = None


def no_timeline(world: World) -> None:
    world.timeline = None


def no_placeholders(world: World) -> None:
    world.timeline.tracks["subtitle"].clear()


def unknown_rate(world: World) -> None:
    world.timeline.rate = Fraction(1234, 100)


def only_a_sound(world: World) -> None:
    world.timeline.tracks["subtitle"][0].items[0].name = "[door slams] ♪"


def inside_a_frame(world: World) -> None:
    world.timeline.tracks["subtitle"].clear()
    world.clip("ALICE: Off the grid.", Fraction(201, 2), 40)


def dialog(world: World) -> None:
    world.modal = True


def full(world: World) -> None:
    world.traps = Traps(max_audio_tracks=1)


CASES: list[tuple[Callable[[World], None], str]] = [
    (no_project, "open a project"),
    (no_timeline, "open the timeline"),
    (no_placeholders, "add captions"),
    (unknown_rate, "unknown frame rate"),
    (only_a_sound, "describes a sound"),
    (inside_a_frame, "inside a frame"),
    (dialog, "close every dialog"),
    (full, "adds no audio track"),
]


@pytest.mark.parametrize("studio", [True, pytest.param(False, marks=pytest.mark.slow)])
@pytest.mark.parametrize(("spoil", "says"), CASES, ids=lambda case: getattr(case, "__name__", ""))
def test_one_sentence_and_nothing_changed(
    editor: Editor, spoil: Callable[[World], None], says: str, studio: bool
) -> None:
    world = World(studio=studio)
    world.caption("ALICE: Hello there.", 24, 36)
    spoil(world)
    before = world.users()
    ran = editor.run(world)
    assert says in ran.out
    assert world.users() == before and not world.appended
    assert world.timeline is None or [t.name for t in world.timeline.tracks["audio"]] == ["Audio 1"]
    if studio and not world.modal:
        assert says in json.dumps(ran.windows, ensure_ascii=False), "the window says it too"


def test_a_caption_that_cannot_be_spoken_holds_up_no_other(editor: Editor) -> None:
    world = World()
    world.caption("[door slams]", 0, 20)
    world.caption("ALICE: UNSAYABLE", 100, 40)
    world.caption("ALICE: Much too long to be said in the time there is for it, whatever one does.", 200, 10)
    world.caption("<i>ALICE: Hello [sighs] there.</i>", 300, 36)
    ran = editor.run(world)
    assert [(name, t.start) for name, t in world.takes()] == [("FV ALICE", 86700)]
    assert "describes a sound" in ran.out and "nothing to say" in ran.out and "1 placed" in ran.out


def test_a_media_folder_that_cannot_be_made(editor: Editor) -> None:
    (editor.home / "Framevox").write_text("a file where the folder should be")
    world = World()
    world.caption("ALICE: Hello there.", 24, 36)
    ran = editor.run(world)
    assert "cannot write" in ran.out and str(editor.home / "Framevox") in ran.out
    assert world.takes() == [] and not list(editor.state.glob("journal*"))


@pytest.mark.skipif(not Path("/sys").is_dir(), reason="needs a file system that takes no files")
def test_a_disk_that_takes_no_files(editor: Editor) -> None:
    editor.state.mkdir(exist_ok=True)
    (editor.state / "settings.json").write_text('{"media_dir": "/sys/framevox"}')
    world = World()
    world.caption("ALICE: Hello there.", 24, 36)
    before = world.users()
    ran = editor.run(world)
    assert "cannot write /sys/framevox" in ran.out and "“media_dir” in Framevox's settings" in ran.out
    assert world.users() == before and not world.appended


def test_a_media_folder_that_vanishes_on_the_way(editor: Editor) -> None:
    world = World()
    for index in range(60):
        world.caption(f"ALICE: Unheard line {index}.", 60 * index, 50)
    before = world.users()

    def vanish(name: str, obj: object, args: object) -> None:
        if name == "AppendToTimeline" and world.calls[name] == 1:
            (editor.home / "Framevox").rename(editor.home / "gone")

    world.before = vanish
    ran = editor.run(world)
    assert "cannot write" in ran.out and "“media_dir”" in ran.out and "placed" in ran.out
    assert world.users() == before
    world.before = lambda name, obj, args: None
    editor.run(world)
    takes = [take for _, take in world.takes()]
    assert len({int(take.start) for take in takes}) == len(takes) == 60
    assert all(take.media and Path(take.media.path).is_file() for take in takes)


def test_captions_of_one_character_that_overlap(editor: Editor) -> None:
    world = World()
    world.caption("ALICE: Hello there.", 24, 36)
    world.caption("ALICE: And over it.", 40, 36, track=2)
    world.caption("BOB: Meanwhile.", 30, 36, track=2)
    before = world.users()
    ran = editor.run(world)
    assert "ALICE at 01:00:01:16 overlaps the line at 01:00:01:00, and both are spoken" in ran.out
    assert ran.out.count("overlaps") == 1, "two people may speak at once"
    assert len(world.takes()) == 3 and world.users() == before
    assert "overlaps" in json.dumps(ran.windows, ensure_ascii=False)


def test_a_state_folder_that_cannot_be_made(editor: Editor) -> None:
    (editor.home / "file").write_text("")
    editor.environment = {**editor.environment, "FRAMEVOX_HOME": str(editor.home / "file")}
    world = World()
    world.caption("ALICE: Hello there.", 24, 36)
    assert "cannot write" in editor.run(world).out
    assert world.takes() == []


def test_a_lock_that_cannot_be_written(editor: Editor) -> None:
    editor.environment = {**editor.environment, "FRAMEVOX_HOME": str(editor.home)}
    (editor.state / "lock").mkdir(parents=True)
    world = World()
    world.caption("ALICE: Hello there.", 24, 36)
    ran = editor.run(world)
    assert f"cannot write {editor.state / 'lock'}" in ran.out and "fault" not in ran.out
    assert world.takes() == []
    (editor.state / "lock").rmdir()


@pytest.mark.parametrize(("opener", "says"), [("#!/bin/sh\nexit 4\n", "open it in"), ("#!/bin/sh\nexec sleep 9\n", "")])
def test_settings_that_are_broken_are_opened_and_complained_of(
    editor: Editor, tmp_path: Path, opener: str, says: str
) -> None:
    editor.state.mkdir(exist_ok=True)
    (editor.state / "settings.json").write_text("{")
    log = tmp_path / "opened"
    program = tmp_path / "xdg-open"
    program.write_text(opener.replace("\n", f"\necho $1 > {log}\n", 1))
    program.chmod(0o755)
    editor.environment = {**editor.environment, "PATH": f"{tmp_path}:/usr/bin:/bin"}
    ran = editor.run(World(), "settings")
    assert log.read_text().strip() == str(editor.state / "settings.json")
    assert "cannot be read" in ran.out and ("open it in a text editor" in ran.out) is bool(says)


def test_media_that_vanished_are_made_again_and_stay_where_they_are(editor: Editor) -> None:
    world = World()
    world.caption("ALICE: Hello there.", 24, 36)
    editor.run(world)
    ((_, take),) = world.takes()
    assert take.media is not None
    shutil.rmtree(editor.home / "Framevox")
    editor.run(world)
    assert Path(take.media.path).is_file() and len(world.takes()) == 1


@pytest.mark.parametrize(
    ("content", "says"),
    [("{", "cannot be read"), ('{"vioce": "x"}', "vioce"), ('{"voices": 3}', "voices"), ('{"fit": "tight"}', "tight")],
)
def test_settings_that_cannot_be_used(editor: Editor, content: str, says: str) -> None:
    editor.state.mkdir(exist_ok=True)
    (editor.state / "settings.json").write_text(content)
    world = World()
    world.caption("ALICE: Hello there.", 24, 36)
    assert says in editor.run(world).out
    assert world.takes() == []


def test_a_voice_that_does_not_exist(editor: Editor) -> None:
    editor.state.mkdir(exist_ok=True)
    (editor.state / "settings.json").write_text('{"voices": {"ALICE": "nobody"}}')
    world = World()
    world.caption("ALICE: Hello there.", 24, 36)
    ran = editor.run(world)
    assert "nobody" in ran.out and world.takes() == []


def test_no_placeholder_under_the_playhead(editor: Editor) -> None:
    world = World()
    world.caption("ALICE: Hello there.", 24, 36)
    world.timeline.playhead = 86400 + 60
    ran = editor.run(world, "revoice")
    assert "under the playhead" in ran.out and world.takes() == []


@pytest.mark.parametrize("entry", ["revoice", "next", "enrol"])
def test_a_page_that_does_not_say_where_the_playhead_is(editor: Editor, entry: str) -> None:
    world = World()
    world.caption("ALICE: Hello there.", 24, 36)
    world.page = "media"
    assert "open the Edit page" in editor.run(world, entry).out
    assert world.takes() == [] and world.page == "media"


@pytest.mark.parametrize("studio", [True, False])
@pytest.mark.parametrize("kind", ["plain", "cp1252", "none"])
def test_a_console_that_cannot_be_written(editor: Editor, kind: str, studio: bool) -> None:
    world = World(studio=studio, traps=Traps(stdout=kind))
    world.caption("小明: Hello there.", 24, 36)
    world.caption("[door slams]", 100, 36)
    ran = editor.run(world)
    assert len(world.takes()) == 1
    assert ("1 placed" in ran.out) is (kind != "none")
    assert ("?? at frame 86424: Hello there." in ran.out) is (kind == "cp1252" and not studio)
    assert (json.dumps("1 placed")[1:-1] in json.dumps(ran.windows)) is studio


# The helper.


def test_a_helper_that_is_gone(editor: Editor) -> None:
    entry = editor.entry("fill")
    text = entry.read_text()
    entry.write_text(text.replace("PYTHON = '", "PYTHON = '/nowhere"))
    world = World()
    world.caption("ALICE: Hello there.", 24, 36)
    assert "framevox resolve install" in editor.run(world).out
    assert world.takes() == []


def test_an_installation_that_is_gone(editor: Editor) -> None:
    entry = editor.entry("fill")
    entry.write_text(entry.read_text().replace("ROOT = '", "ROOT = '/nowhere"))
    assert "framevox resolve install" in editor.run(World()).out


HELPERS = {
    "dead at once": "#!/bin/sh\necho 'no module named zmq' >&2\nexit 3\n",
    "dead at work": """#!/bin/sh
read line
echo '{"re": 1, "answer": "hello", "protocol": VERSION}'
read line
echo 'killed by the system' >&2
exit 9
""".replace("VERSION", str(PROTOCOL)),
    "of another version": '#!/bin/sh\nread line\necho \'{"re": 1, "answer": "hello", "protocol": 99}\'\nread line\n',
    "asked for its environment": '#!/bin/sh\necho "has$LD_LIBRARY_PATH$__PYVENV_LAUNCHER__ none" >&2\nexit 3\n',
    "silent": "#!/bin/sh\nexec sleep 60\n",
}
SAYS = {
    "dead at once": "no module named zmq",
    "dead at work": "killed by the system",
    "of another version": "differ in version",
    "asked for its environment": "(has none)",
    "silent": "has not answered for 1 s",
}


@pytest.mark.parametrize("kind", [*sorted(HELPERS.keys() - {"silent"}), pytest.param("silent", marks=pytest.mark.slow)])
def test_a_helper_that_does_not_work(editor: Editor, kind: str, tmp_path: Path) -> None:
    helper = tmp_path / "python"
    helper.write_text(HELPERS[kind])
    helper.chmod(helper.stat().st_mode | stat.S_IXUSR)
    root = tmp_path / "root"
    if kind == "silent":
        # The same host code, but for its patience.
        for folder in ("plugin", "plugin/host", "plugin/resolve", "plugin/resolve/host"):
            (root / folder).mkdir(parents=True, exist_ok=True)
            for file in (Path(__file__).parents[2] / folder).glob("*.py"):
                patient = file.read_text()
                (root / folder / file.name).write_text(patient.replace("START_SECONDS = 60.0", "START_SECONDS = 1.0"))
    entry = editor.entry("fill")
    lines = [
        f"PYTHON = {str(helper)!r}" if line.startswith("PYTHON = ") else line for line in entry.read_text().splitlines()
    ]
    if kind == "silent":
        lines = [f"ROOT = {str(root)!r}" if line.startswith("ROOT = ") else line for line in lines]
    entry.write_text("\n".join(lines) + "\n")
    world = World()
    world.caption("ALICE: Hello there.", 24, 36)
    before = world.users()
    editor.environment = {**editor.environment, "LD_LIBRARY_PATH": "/of/resolve", "__PYVENV_LAUNCHER__": "/too"}
    ran = editor.run(world)
    assert SAYS[kind] in ran.out
    assert world.users() == before and not world.appended


def test_resolves_own_python_settings_do_not_reach_the_helper(editor: Editor) -> None:
    editor.environment = {**editor.environment, "PYTHONHOME": "/nowhere", "PYTHONPATH": "/nowhere"}
    world = World()
    world.caption("ALICE: Hello there.", 24, 36)
    editor.run(world)
    assert len(world.takes()) == 1


# Resolve's own calls.

CALLS = [
    "GetProductName",
    "GetVersion",
    "GetProjectManager",
    "GetCurrentProject",
    "GetCurrentTimeline",
    "GetMediaPool",
    "GetUniqueId",
    "GetName",
    "GetSetting",
    "GetStartFrame",
    "GetTrackCount",
    "GetTrackName",
    "GetIsTrackLocked",
    "GetIsTrackEnabled",
    "GetItemListInTrack",
    "GetStart",
    "GetDuration",
    "GetMarkers",
    "GetCurrentPage",
    "GetCurrentFolder",
    "GetRootFolder",
    "GetSubFolderList",
    "AddSubFolder",
    "SetCurrentFolder",
    "GetClipList",
    "ImportMedia",
    "GetClipProperty",
    "AppendToTimeline",
    "AddTrack",
    "SetTrackName",
    "SetClipEnabled",
    "GetClipEnabled",
    "AddMarker",
    "GetMediaPoolItem",
    "GetProperty",
    "GetCurrentTimecode",
    "GetMarkInOut",
    "GetSourceStartFrame",
    "GetSourceEndFrame",
    "GetLeftOffset",
    "GetSelectedClips",
    "DeleteMarkerByCustomData",
    "DeleteClips",
    "SetTrackLock",
    "OpenPage",
    "Export",
    "EXPORT_OTIO",
    "EXPORT_NONE",
]


@pytest.mark.slow
@pytest.mark.parametrize("name", CALLS)
def test_a_call_that_always_answers_none(editor: Editor, name: str) -> None:
    world = World("21.1", studio=False)
    world.caption("ALICE: Hello there.", 24, 36)
    world.clip("BOB: An empty one.", 100, 40)
    world.timeline.playhead = 86430
    world.page = "color"
    before = world.users()
    world.answers_none = lambda called: called == name
    for entry in ENTRIES:
        if entry != "settings.py":
            assert editor.run(world, entry.removesuffix(".py")).out.strip(), "never a silent nothing"
    if name == "SetTrackName":
        tracks = [track for track in world.timeline.tracks["audio"] if track.items or track.name == "Audio 1"]
        assert len(tracks) == 1, "a track that was added cannot be taken back; the next run names it"
    elif name != "GetMediaPoolItem":
        assert world.users() == before
    world.answers_none = lambda called: False
    editor.run(world)
    tracks = [track.name for track in world.timeline.tracks["audio"] if track.name.startswith("FV ")]
    starts = {int(take.start) for _, take in world.takes()}
    assert starts == {86424, 86500} and len(set(tracks)) == len(tracks)
    assert set(world.calls) <= set(CALLS), "every call is among those that are tried"


def test_calls_that_answer_none_once_are_asked_again(editor: Editor) -> None:
    world = World()
    world.caption("ALICE: Hello there.", 24, 36)
    numbers = itertools.count()
    # An automatic backup: for a moment, now and then, nothing answers.
    world.answers_none = lambda name: name.startswith("Get") and name != "GetMediaPoolItem" and next(numbers) % 9 == 8
    editor.run(world)
    assert len(world.takes()) == 1
