"""Voice from Clip: the part of a clip between the in and out points becomes a voice, to the sample."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tests.e2e.conftest import Framevox
from tests.fakes.resolve import Placed, Ran, World
from tests.resolve.conftest import Editor
from tests.resolve.test_fill import VERSIONS

pytestmark = pytest.mark.timeout(60)
RATE = 44100


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    """A minute of stereo that sounds different at every moment."""
    path = tmp_path / "interview.wav"
    noise = np.random.default_rng(1).integers(-8000, 8000, (60 * RATE, 2), dtype=np.int16)
    soundfile.write(path, noise, RATE, subtype="PCM_16")
    return path


def put(world: World, path: Path, start: int = 100, frames: int = 240, source: int = 50, track: int = 2) -> Placed:
    """A clip of the file on a track that is called after who speaks, and the playhead on it."""
    media = world.add_media(str(path), 1440)
    clip = world.clip(path.name, start, frames, track, media=media, source_start=source)
    world.timeline.tracks["audio"][track - 1].name = "Mara Lund"
    world.timeline.playhead = world.timeline.start + start + 10
    return clip


def voices(editor: Editor) -> dict[str, Path]:
    folder = Path(editor.environment["FRAMEVOX_HOME"]) / "voices"
    return {path.stem: path for path in sorted(folder.glob("*.wav"))} if folder.is_dir() else {}


@pytest.fixture(autouse=True)
def no_voices_left(editor: Editor) -> None:
    for path in voices(editor).values():
        path.unlink()


def enrol(editor: Editor, world: World, name: str = "", cancel: bool = False) -> Ran:
    click = ("Cancel", "Clicked") if cancel else ("Ok", "Clicked")
    clicks = [*([("Answer", "Text", name)] if name else []), click]
    return editor.run(world, "enrol", clicks={"1": clicks})


@pytest.mark.parametrize(("version", "studio"), VERSIONS)
def test_what_the_clip_shows_becomes_a_voice_sample_for_sample(
    editor: Editor, recording: Path, version: str, studio: bool
) -> None:
    world = World(version, studio=studio, rate=Fraction(24000, 1001), project_rate=Fraction(24))
    put(world, recording)
    ran = enrol(editor, world, "Mara")
    name = "Mara" if studio else "Mara-Lund"
    made, rate = soundfile.read(voices(editor)[name], dtype="int16", always_2d=True)
    first = (2 * Fraction(50, 24) * RATE + 1) // 2
    last = (2 * (Fraction(50, 24) + 240 * Fraction(1001, 24000)) * RATE + 1) // 2
    whole, _ = soundfile.read(recording, dtype="int16", always_2d=True)
    assert rate == RATE and np.array_equal(made, whole[int(first) : int(last)])
    assert f"voice “{name}” is ready, 10.0 s" in ran.out and "approximate voice" in ran.out and "indextts2" in ran.out
    assert not world.modal


def test_an_engine_that_clones_is_not_complained_of(
    editor: Editor, recording: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    cloning = Framevox(tmp_path_factory.mktemp("cloning"))
    daemon = cloning.serve("indextts2")  # which is loaded when the first line comes
    try:
        editor.environment = {**editor.environment, "FRAMEVOX_HOME": str(cloning.home)}
        world = World(studio=False)
        put(world, recording)
        ran = enrol(editor, world)
        assert "voice “Mara-Lund” is ready" in ran.out and "approximate" not in ran.out
    finally:
        cloning.run("stop")
        daemon.wait(20)


def test_in_and_out_points_choose_the_part(editor: Editor, recording: Path) -> None:
    world = World(studio=False)
    put(world, recording)
    world.timeline.marks = {"in": 150, "out": 249}
    enrol(editor, world)
    made, _ = soundfile.read(voices(editor)["Mara-Lund"], dtype="int16", always_2d=True)
    whole, _ = soundfile.read(recording, dtype="int16", always_2d=True)
    first, last = 100 * RATE // 24, 200 * RATE // 24
    assert np.array_equal(made, whole[first:last])


@pytest.mark.parametrize("studio", [True, False])
def test_a_voice_of_that_name_is_never_overwritten(editor: Editor, recording: Path, studio: bool) -> None:
    world = World(studio=studio)
    put(world, recording)
    enrol(editor, world, "Mara")
    (path,) = voices(editor).values()
    before = path.read_bytes()
    world.timeline.marks = {"in": 150}
    ran = enrol(editor, world, "mara")
    assert "already: choose another name" in ran.out
    assert [path] == list(voices(editor).values()) and path.read_bytes() == before
    if studio:
        assert "already" in json.dumps(ran.windows, ensure_ascii=False)


def test_cancelling_makes_nothing(editor: Editor, recording: Path) -> None:
    world = World()
    put(world, recording)
    assert "no voice was made" in enrol(editor, world, cancel=True).out
    assert voices(editor) == {}


def test_a_selected_clip_goes_before_the_playhead(editor: Editor, recording: Path) -> None:
    world = World("21.1", studio=False)
    other = put(world, recording, start=1000, track=3)
    world.timeline.tracks["audio"][2].name = "Other"
    put(world, recording)
    world.timeline.selected = [other]
    enrol(editor, world)
    assert list(voices(editor)) == ["Other"]


def shorter(world: World, clip: Placed) -> None:
    clip.duration = Fraction(40)


def gone(world: World, clip: Placed) -> None:
    assert clip.media
    Path(clip.media.path).unlink()


def silent(world: World, clip: Placed) -> None:
    assert clip.media
    soundfile.write(clip.media.path, np.zeros((60 * RATE, 1)), RATE)


def clipped(world: World, clip: Placed) -> None:
    assert clip.media
    loud = np.sign(np.sin(np.arange(60 * RATE) / 50))
    soundfile.write(clip.media.path, loud, RATE)


def no_sound(world: World, clip: Placed) -> None:
    assert clip.media
    Path(clip.media.path).write_bytes(b"a film")


def past_the_end(world: World, clip: Placed) -> None:
    clip.source_start = 1400


def elsewhere(world: World, clip: Placed) -> None:
    world.timeline.playhead = 86400


def marked_elsewhere(world: World, clip: Placed) -> None:
    world.timeline.marks = {"in": 2000}


def two_clips(world: World, clip: Placed) -> None:
    world.clip(clip.name, 90, 400, 3, media=clip.media)


def nobodys_track(world: World, clip: Placed) -> None:
    world.timeline.tracks["audio"][1].name = "Audio 2"


def unclear(world: World, clip: Placed) -> None:
    world.traps.left_offset = 86400


CASES = [
    (shorter, "1.7 s long"),
    (gone, "cannot be read as sound"),
    (silent, "silent"),
    (clipped, "clipped"),
    (no_sound, "cannot be read as sound"),
    (past_the_end, "has no sound there"),
    (elsewhere, "no audio clip under the playhead"),
    (marked_elsewhere, "outside of the clip"),
    (two_clips, "disable those that are not meant"),
    (nobodys_track, "name the track after who speaks"),
    (unclear, "render it in place"),
]


@pytest.mark.parametrize(("spoil", "says"), CASES, ids=lambda case: getattr(case, "__name__", ""))
def test_a_clip_that_makes_no_voice(editor: Editor, recording: Path, spoil: object, says: str) -> None:
    world = World(studio=False)
    spoil(world, put(world, recording))  # type: ignore[operator]
    before = world.users()
    assert says in enrol(editor, world).out
    assert voices(editor) == {} and world.users() == before


def test_a_clip_that_is_played_faster_is_refused(editor: Editor, recording: Path) -> None:
    world = World(studio=False)
    put(world, recording).speed = Fraction(11, 10)
    assert "faster or slower" in enrol(editor, world).out
    assert voices(editor) == {}


def test_return_takes_the_name(editor: Editor, recording: Path) -> None:
    world = World()
    put(world, recording)
    clicks = {"1": [("Answer", "Text", "Mara"), ("Answer", "ReturnPressed")], "3": [("Cancel", "Clicked")]}
    editor.run(world, "enrol", clicks=clicks)
    assert list(voices(editor)) == ["Mara"]
