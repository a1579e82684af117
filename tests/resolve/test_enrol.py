"""Voice from Clip: the part of a clip between the in and out points becomes a voice, as ``voice add`` makes it."""

from __future__ import annotations

import json
import shlex
import shutil
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from tests.audio.voices import voice
from tests.e2e.conftest import Framevox
from tests.fakes.resolve import Placed, Ran, World
from tests.resolve.conftest import Editor
from tests.resolve.test_fill import VERSIONS

pytestmark = pytest.mark.timeout(60)
RATE = 44100


@pytest.fixture(scope="module")
def minute(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A minute of somebody speaking, in stereo."""
    path = tmp_path_factory.mktemp("sound") / "interview.wav"
    soundfile.write(path, np.stack([voice(60, RATE)] * 2, 1), RATE, subtype="PCM_16")
    return path


@pytest.fixture
def recording(minute: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(minute, tmp_path))


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


def record(editor: Editor, name: str) -> dict[str, Any]:
    return dict(json.loads(voices(editor)[name].with_suffix(".json").read_text("utf-8")))


@pytest.fixture(autouse=True)
def no_voices_left(editor: Editor) -> None:
    for path in voices(editor).values():
        path.unlink()
        path.with_suffix(".json").unlink(missing_ok=True)


def enrol(
    editor: Editor, world: World, name: str = "", consent: str = "", *, cancel: bool = False, go_on: bool = False
) -> Ran:
    click = ("Cancel", "Clicked") if cancel else ("Ok", "Clicked")
    typed = [("Answer1", "Text", name)] if name else []
    return editor.run(
        world,
        "enrol",
        clicks={
            "1:1": [*typed, ("Answer2", "Text", consent), click],
            "2:1": [("GoOn" if go_on else "Cancel", "Clicked")],
        },
    )


def assert_from(made: Path, recording: Path, first: float, last: float) -> None:
    """Every sample of the voice is one of the recording's, and all lie between ``first`` and ``last``."""
    sound, rate = soundfile.read(made, dtype="int32")
    whole = soundfile.read(recording, dtype="int32", always_2d=True)[0][int(first) : int(last), 0]
    places = [at for at in range(len(whole) - len(sound) + 1) if np.array_equal(whole[at : at + 50], sound[:50])]
    assert rate == RATE and sound.ndim == 1
    assert any(np.array_equal(whole[at : at + len(sound)], sound) for at in places)
    # Silence at the ends is left out, and no more than that.
    assert len(sound) > len(whole) - RATE


@pytest.mark.parametrize(("version", "studio"), VERSIONS)
def test_what_the_clip_shows_becomes_a_voice_with_a_record(
    editor: Editor, recording: Path, version: str, studio: bool
) -> None:
    world = World(version, studio=studio, rate=Fraction(24000, 1001), project_rate=Fraction(24))
    put(world, recording)
    ran = enrol(editor, world, "Mara", "yes, by letter")
    name = "Mara" if studio else "Mara-Lund"
    first = (2 * Fraction(50, 24) * RATE + 1) // 2
    last = (2 * (Fraction(50, 24) + 240 * Fraction(1001, 24000)) * RATE + 1) // 2
    assert_from(voices(editor)[name], recording, first, last)
    about = record(editor, name)
    assert (about["name"], about["source"], about["findings"]) == (name, "interview.wav", [])
    assert about["consent"] == ("yes, by letter" if studio else "") and about["measured"]["snr_db"] > 20
    assert f"voice “{name}” is ready, " in ran.out and "approximate voice" in ran.out and "indextts2" in ran.out
    assert ("framevox voice consent Mara-Lund TEXT" in ran.out) != studio
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
    world.timeline.marks = {"in": 150, "out": 299}
    enrol(editor, world)
    assert_from(voices(editor)["Mara-Lund"], recording, 100 * RATE / 24, 250 * RATE / 24)


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


def brief(world: World, clip: Placed) -> None:
    clip.duration = Fraction(12)


def gone(world: World, clip: Placed) -> None:
    assert clip.media
    Path(clip.media.path).unlink()


def silent(world: World, clip: Placed) -> None:
    assert clip.media
    soundfile.write(clip.media.path, np.zeros((60 * RATE, 1)), RATE)


def six_channels(world: World, clip: Placed) -> None:
    assert clip.media
    sound = soundfile.read(clip.media.path)[0]
    soundfile.write(clip.media.path, np.repeat(sound[:, :1], 6, 1), RATE)


def hours(world: World, clip: Placed) -> None:
    assert clip.media
    with soundfile.SoundFile(clip.media.path, "w", 8000, 1, "PCM_U8", format="WAV") as file:
        for _ in range(180):
            file.write(np.zeros(60 * 8000, np.float32))
    clip.duration = Fraction(3 * 3600 * 24 - 100)


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
    (brief, "0.50 s long, too short for a voice: give at least 3 s"),
    (gone, "there is no such file"),
    (silent, "is silent"),
    (no_sound, "cannot be read as sound"),
    (six_channels, "6 channels: export the one with the dialogue"),
    (hours, "3.0 h long: choose at most 5 min of it with the timeline's in and out points"),
    (past_the_end, "the part is not within its 60.00 s: change the timeline's in and out points"),
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


def clipped(world: World, clip: Placed) -> None:
    assert clip.media
    soundfile.write(clip.media.path, np.clip(8 * soundfile.read(clip.media.path)[0], -1, 1), RATE)


def telephone(world: World, clip: Placed) -> None:
    assert clip.media
    soundfile.write(clip.media.path, soundfile.read(clip.media.path)[0][::5], RATE // 5)


def two_speakers(world: World, clip: Placed) -> None:
    assert clip.media
    turns = np.concatenate([voice(7, RATE, 100), voice(53, RATE, 210, 1.2, 3)])
    soundfile.write(clip.media.path, turns, RATE)


FAULTY = [
    (shorter, "s of speech in the clip: give at least 3 s"),
    (clipped, "the clip is clipped"),
    (telephone, "8820 samples a second, below 16000: use the original"),
    (two_speakers, "two speakers, 1"),
]


@pytest.mark.parametrize(("spoil", "says"), FAULTY, ids=lambda case: getattr(case, "__name__", ""))
@pytest.mark.parametrize("go_on", [True, False])
def test_a_clip_with_faults_is_the_editors_decision(
    editor: Editor, recording: Path, spoil: object, says: str, go_on: bool
) -> None:
    world = World()
    spoil(world, put(world, recording))  # type: ignore[operator]
    ran = enrol(editor, world, "Mara", "yes", go_on=go_on)
    assert "not fit for the voice “Mara”" in ran.out and says in ran.out
    assert says in json.dumps(ran.windows, ensure_ascii=False)
    if go_on:
        assert "voice “Mara” is ready" in ran.out
        assert says in record(editor, "Mara")["findings"][0] and record(editor, "Mara")["consent"] == "yes"
    else:
        assert "no voice was made" in ran.out and voices(editor) == {}


def test_without_windows_the_message_says_how_to_go_on(editor: Editor, recording: Path, hums: Framevox) -> None:
    world = World(studio=False)
    spoilt = put(world, recording)
    clipped(world, spoilt)
    out = enrol(editor, world).out
    assert voices(editor) == {} and "the clip is clipped" in out
    command = out.partition("to go on all the same, run ")[2].strip()
    assert shlex.split(command)[:4] == ["framevox", "voice", "add", "Mara-Lund"]
    hums.run(*shlex.split(command)[1:])
    assert_from(voices(editor)["Mara-Lund"], recording, 50 * RATE / 24, 290 * RATE / 24)
    assert "clipped" in record(editor, "Mara-Lund")["findings"][0]


def test_a_clip_that_is_played_faster_is_refused(editor: Editor, recording: Path) -> None:
    world = World(studio=False)
    put(world, recording).speed = Fraction(11, 10)
    assert "faster or slower" in enrol(editor, world).out
    assert voices(editor) == {}


def test_return_takes_the_name(editor: Editor, recording: Path) -> None:
    world = World()
    put(world, recording)
    clicks = {"1:1": [("Answer1", "Text", "Mara"), ("Answer2", "ReturnPressed")], "1:3": [("Cancel", "Clicked")]}
    editor.run(world, "enrol", clicks=clicks)
    assert list(voices(editor)) == ["Mara"]
