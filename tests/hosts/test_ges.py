"""A real renderer agrees: GStreamer Editing Services plays every take from the sample its slot begins at."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import opentimelineio as otio
import pytest

from framevox.engine_daemon.audio.bwf import encode_bwf
from framevox.engine_daemon.audio.label import Label
from framevox.engine_daemon.client.marking import Marking
from framevox.engine_daemon.project.provenance import Provenance
from framevox.engine_daemon.protocol.connection import Home
from framevox.engine_daemon.protocol.cues import Take
from framevox.engine_daemon.protocol.timebase import Rate, edge
from framevox.otio_adapters import PlacedTake, find_placeholders, load, place, save

from . import ges

pytestmark = pytest.mark.hosts

HANDLES = 12


@pytest.fixture(scope="module", autouse=True)
def _renderer() -> None:
    if reason := ges.missing():
        pytest.skip(reason)


def timeline(rate: Rate, lines: int) -> otio.schema.Timeline:
    """Lines with gaps and without between them, and two markers."""

    def span(start: int, length: int) -> otio.opentime.TimeRange:
        return otio.opentime.TimeRange(*(otio.opentime.RationalTime(n, float(rate.fps)) for n in (start, length)))

    built = otio.schema.Timeline("Judged", global_start_time=span(3600 * rate.nominal, 0).start_time)
    track = otio.schema.Track("Bo", kind=otio.schema.TrackKind.Audio)
    for n in range(lines):
        if n % 4:
            track.append(otio.schema.Gap(source_range=span(0, 5 + n % 3)))
        track.append(otio.schema.Clip(f"Line {n}", otio.schema.MissingReference(), span(100 * n, 17 + n % 7)))
    built.tracks.append(track)
    for start in (8, 71):
        built.tracks.markers.append(otio.schema.Marker(f"ALICE: Marked {start}", span(start, 20)))
    return built


def filled(folder: Path, rate: Rate, lines: int) -> tuple[Path, list[ges.Slot]]:
    """A timeline filled with noise, so that no two samples are alike, and where each take must be heard. Two takes of
    three are signed, and bear AIGC metadata."""
    marking = Marking(Provenance(aigc="X"), home=Home.find(folder / "home"))
    empty = timeline(rate, lines)
    noise = np.random.default_rng(1)
    takes, slots = {}, []
    for placeholder in find_placeholders(empty):
        assert not placeholder.problem
        start, end = (edge(n, 48000, rate) for n in (placeholder.start, placeholder.start + placeholder.duration))
        head = edge(HANDLES, 48000, rate)
        sound = np.zeros(head + end - start + head, np.int32)
        sound[head : head + end - start] = noise.integers(-(2**21), 2**21, end - start)
        media = folder / "takes" / f"{placeholder.cue_id}.wav"
        media.parent.mkdir(parents=True, exist_ok=True)
        cue = placeholder.cue_id
        plain = encode_bwf(sound, Label(placeholder.text, cue, "", "noise", "", rate, 48000, start))
        facts = marking.facts(media.name, cue, [])
        media.write_bytes(plain if len(slots) % 3 == 0 else marking.marked(plain, "wav", facts))
        timing = (48000, start, end, head, len(sound), start, 0, end - start, 1.0, 1.0, (), ())
        takes[cue] = PlacedTake(Take("take", cue, "noise", "", *timing), media, {"text": placeholder.text})
        slots.append(ges.Slot(start, end, media, head))
    out = folder / "filled.otio"
    save(place(empty, find_placeholders(empty), takes), out)
    return out, slots


def heard_alone(slots: list[ges.Slot]) -> list[ges.Slot]:
    """Only those that nothing else sounds over: a mix of two is neither."""
    return [s for s in slots if not any(o != s and o.start < s.end and s.start < o.end for o in slots)]


@pytest.mark.parametrize("rate", ["23.976", "24", "25", "30"])
def test_every_take_is_rendered_where_it_belongs_to_the_sample(tmp_path: Path, rate: str) -> None:
    out, slots = filled(tmp_path / "a folder 带空格", Rate.parse(rate), 24)
    wav = tmp_path / "rendered.wav"

    ges.render(out, wav)

    alone = heard_alone(slots)
    assert len(alone) > 15
    found = [line for line in ges.differences(wav, alone) if "outside" not in line]
    assert found == []


def test_at_29_97_the_first_takes_are_rendered_to_the_sample(tmp_path: Path) -> None:
    # Past some twenty clips the renderer itself adds up its rounding to nanoseconds: see docs/timelines.md.
    out, slots = filled(tmp_path, Rate.parse("29.97"), 12)
    wav = tmp_path / "rendered.wav"

    ges.render(out, wav)

    found = [line for line in ges.differences(wav, heard_alone(slots)) if "outside" not in line]
    assert [line for line in found if "nearly" not in line] == []


def test_at_59_94_no_take_is_a_sample_late_for_each_clip_before_it(tmp_path: Path) -> None:
    out, slots = filled(tmp_path, Rate.parse("59.94"), 12)
    wav = tmp_path / "rendered.wav"

    ges.render(out, wav)

    found = [line for line in ges.differences(wav, heard_alone(slots)) if "outside" not in line]
    late = [int(match[1]) for line in found if (match := re.search(r"([+-]\d+) samples off", line))]
    assert len(late) == len([line for line in found if "nearly" not in line])
    assert late == sorted(late) and min(late) >= 0 and max(late) <= 14  # twelve clips, and two of markers


@pytest.mark.slow
@pytest.mark.parametrize("rate", ["24000/1001", "25", "30000/1001", "60000/1001"])
def test_the_renderer_alone_is_late_where_a_frame_is_no_whole_number_of_samples(tmp_path: Path, rate: str) -> None:
    """Without Framevox and OpenTimelineIO, on the nanoseconds nearest to the frames' edges; not on those of samples."""
    assert ges.render_alone(tmp_path, rate, "samples") == [0] * 24
    late = ges.render_alone(tmp_path, rate, "frames")
    assert all(0 <= by <= clips for clips, by in enumerate(late, 1))
    assert any(late) == (rate in ("30000/1001", "60000/1001"))


def test_the_judge_notices_a_take_that_is_one_sample_off(tmp_path: Path) -> None:
    out, slots = filled(tmp_path, Rate.parse("25"), 3)
    shifted = load(out)
    clip = shifted.tracks[0][0]
    start = clip.source_range.start_time.rescaled_to(48000)
    start = otio.opentime.RationalTime(start.value + 1, 48000)
    clip.source_range = otio.opentime.TimeRange(start, clip.source_range.duration)
    save(shifted, out)
    wav = tmp_path / "rendered.wav"

    ges.render(out, wav)

    found = ges.differences(wav, slots)
    assert any("-1 samples off" in line or "nor within" in line for line in found), found
