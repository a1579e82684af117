"""Sample timelines of OpenTimelineIO and its adapters: what misses audio is filled, all else comes out as it was."""

from __future__ import annotations

import shutil
import subprocess
import warnings
from pathlib import Path
from typing import Any

import opentimelineio as otio
import pytest

from framevox.engine_daemon.protocol.timebase import Rate
from framevox.otio_adapters import find_placeholders, load, save
from framevox.otio_adapters.metadata import KEY
from tests import corpora
from tests.otio_adapters.timelines import as_json, rest

from .conftest import Framevox

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

EDL_RATES = {"25fps.edl": "25"}
"""An EDL does not say its rate: the names of the samples do, and all others are of 24 frames a second."""

REFUSED = {
    "premiere_example_filter.xml": "No top-level sequences found",
    "timecode_mismatch.edl": "beyond 23",
    "fcpx_clips.fcpxml": "holds no timeline",
}
"""Samples that hold no timeline, or that the adapter reads with an option to pass over their contradictions only."""

SEVERAL = {
    "multiple_top_level_mobs.aaf": 2,
    "fcpx_event.fcpxml": 2,
    "fcpx_example.fcpxml": 2,
    "fcpx_library.fcpxml": 2,
}
"""Samples that hold several timelines. They are refused with their names; each is filled by itself."""

WITHOUT_AUDIO = {
    "opentimelineio/effects.otio": 10,
    "otio-aaf-adapter/marker-over-audio.aaf": 1,
    "otio-aaf-adapter/precheckfail.otio": 1,
    "otio-cmx3600-adapter/multi_audio.edl": 1,
    "otio-fcp-adapter/premiere_generators.xml": 2,
}
"""How many clips miss their audio, in the samples in which any does."""


TOO_LONG = "otio-cmx3600-adapter/multi_audio.edl"
"""Its one clip without media lasts 57 minutes. No line does: it stays a placeholder, and the message says why."""


@pytest.fixture(scope="module")
def samples() -> dict[str, Path]:
    try:
        found = corpora.samples()
    except subprocess.CalledProcessError as error:
        reason = f"pip cannot fetch the sample timelines: {error.stderr.strip()[-300:]}"
        pytest.skip(reason)
    assert len(found) > 75
    return found


def missing_audio(timeline: otio.schema.Timeline) -> list[otio.schema.Clip]:
    """Enabled clips on audio tracks that have no media, found without any of our code."""
    return [
        clip
        for track in timeline.find_children(descended_from_type=otio.schema.Track)
        if track.kind == otio.schema.TrackKind.Audio
        for clip in track
        if isinstance(clip, otio.schema.Clip) and clip.enabled and track.enabled
        if clip.media_reference is None
        or isinstance(clip.media_reference, (otio.schema.MissingReference, otio.schema.GeneratorReference))
    ]


def timelines_in(content: Any) -> list[otio.schema.Timeline]:
    return content.find_children(descended_from_type=otio.schema.Timeline)


def reread(timeline: otio.schema.Timeline) -> otio.schema.Timeline:
    return otio.adapters.read_from_string(timeline.to_json_string(), "otio_json")


def cases(samples: dict[str, Path], folder: Path) -> dict[str, Path]:
    """Copies of the samples, and those of several timelines one by one."""
    found = {}
    for name, file in samples.items():
        copy = folder / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, copy)
        if file.name in SEVERAL:
            held = timelines_in(otio.adapters.read_from_file(str(copy)))
            assert len(held) == SEVERAL[file.name], name
            for number, one in enumerate(held):
                path = copy.with_name(f"{copy.name}.{number}.otio")
                otio.adapters.write_to_file(one, str(path))
                found[f"{name}.{number}"] = path
        else:
            found[name] = copy
    return found


def test_every_sample_that_misses_audio_is_filled_and_every_other_passes_through(
    served: Framevox, samples: dict[str, Path], tmp_path: Path
) -> None:
    warnings.simplefilter("ignore")
    filled, refused = {}, set()
    for name, path in cases(samples, tmp_path).items():
        out = path.with_name(f"{path.name}.filled.otio")
        rate = ["--rate", EDL_RATES.get(path.name, "24")] if path.suffix == ".edl" else []
        if path.name in REFUSED:
            assert REFUSED[path.name] in served.run("fill", path, out, *rate, code=2).err, name
            assert not out.exists()
            refused.add(path.name)
            continue
        # As OpenTimelineIO writes and reads it: its last digit of a fraction is not always the one in memory.
        built = reread(load(path, Rate.parse(rate[1]) if rate else None))
        missing = missing_audio(built)
        found = find_placeholders(built)
        assert len(found) == len(missing), name
        if not missing:
            served.run("fill", path, out, *rate)
            assert as_json(load(out)) == as_json(built), name
            continue
        filled[name] = len(missing)
        # Their names are those of files and generators, which nobody would have spoken.
        for clip in missing:
            clip.metadata[KEY] = {"text": "Oh."}
        given = path.with_name(f"{path.name}.given.otio")
        save(built, given)
        if name == TOO_LONG:
            (cue,) = served.run("fill", given, out, "--json", code=3).json["cues"]
            assert cue["status"] == "failed" and "the longest allowed is 600 s: split it" in cue["message"]
            assert as_json(load(out)) == as_json(load(given))
            continue
        report = served.run("fill", given, out, "--json").json
        assert [cue["status"] for cue in report["cues"]] == ["placed"] * len(missing), name
        result = load(out)
        assert rest(result, built) == rest(built, built), name
        assert not missing_audio(result), name
        assert [(p.start, p.duration) for p in find_placeholders(result)] == [(p.start, p.duration) for p in found]
    assert filled == WITHOUT_AUDIO
    assert refused == set(REFUSED)


def test_a_file_of_several_timelines_is_refused_with_their_names(
    served: Framevox, samples: dict[str, Path], tmp_path: Path
) -> None:
    for name, path in samples.items():
        if path.name in SEVERAL:
            held = timelines_in(otio.adapters.read_from_file(str(path)))
            said = served.run("fill", path, tmp_path / "out.otio", code=2).err
            assert all(f"“{timeline.name}”" in said for timeline in held), name
