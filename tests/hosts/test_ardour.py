"""A mixer's program agrees: Ardour, by the time stamps it reads, has every take and stem on the timeline's sample."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import soundfile

from framevox.engine_daemon.audio.label import Label, encode
from framevox.engine_daemon.audio.stem import stem_bytes
from framevox.engine_daemon.protocol.timebase import Rate, edge, format_timecode
from tests.e2e.conftest import Framevox

from . import ardour, ges

pytestmark = [
    pytest.mark.hosts,
    pytest.mark.skipif(bool(ardour.missing()), reason=ardour.missing() or "installed"),
]

RATES = {
    "23.976": "TC23976",
    "24": "TC24",
    "25": "TC25",
    "29.97": "TC2997",
    "29.97 DF": "TC2997DF",
    "30": "TC30",
    "59.94": "TC5994",
    "60": "TC60",
}
"""Rates, and what Ardour calls them."""
FADE = 64
"""Samples that Ardour fades in and out at the ends of whatever it places."""
LINES = [
    (0, 2500, "ALICE: Good to know, thank you very much."),
    (2500, 3500, "BOB: 我去银行，然后回家。"),
    (3900, 6000, "ALICE: We do, and then we go."),
    (6500, 7900, "BOB: Send it now, then."),
]


@dataclass(frozen=True)
class Handover:
    """What an editor gives a mixer: the takes, and a stem of all and one of each character."""

    slots: list[ges.Slot]
    dialogue: Path
    characters: list[Path]

    @property
    def takes(self) -> list[Path]:
        return [slot.media for slot in self.slots]

    @property
    def length(self) -> int:
        return int(soundfile.info(self.dialogue).frames)


def filled(framevox: Framevox, folder: Path, rate: str, *options: str) -> Handover:
    """Captions spoken at a rate, from timecode 01:00:00:00."""
    folder.mkdir(parents=True, exist_ok=True)
    captions, report = folder / "captions.srt", folder / "report.json"
    clock = "00:00:{:02},{:03}".format
    captions.write_text(
        "\n".join(
            f"{n}\n{clock(*divmod(begin, 1000))} --> {clock(*divmod(end, 1000))}\n{line}\n"
            for n, (begin, end, line) in enumerate(LINES, 1)
        ),
        "utf-8",
    )
    dialogue, stems = folder / "dialogue.wav", folder / "stems"
    start = "01:00:00;00" if "DF" in rate else "01:00:00:00"
    arguments: tuple[str | Path, ...]
    arguments = ("fill", captions, folder / "out.otio", "--rate", rate, "--start-timecode", start, "--json", *options)
    framevox.run(*arguments, "--stem", stems / "{character}.wav")
    ran = framevox.run(*arguments, "--stem", dialogue)
    report.write_text(ran.out, "utf-8")
    assert ran.json["counts"] == {"placed": len(LINES), "attention": 0, "failed": 0}
    return Handover(ges.reported_slots(report), dialogue, [stems / "ALICE.wav", stems / "BOB.wav"])


def sound(path: Path) -> np.ndarray:
    return np.asarray(soundfile.read(path, dtype="float32")[0])


@pytest.mark.parametrize("rate", RATES)
def test_ardour_has_every_timecode_on_the_same_sample(tmp_path: Path, rate: str) -> None:
    exact = Rate.parse(rate)
    frames = [exact.frames_per_day * n // 5000 + n % 7 for n in range(5000)]
    written = [tuple(map(int, re.split("[:;]", format_timecode(frame, exact)))) for frame in frames]

    samples = ardour.samples_of(tmp_path, RATES[rate], written)

    off = {at - edge(frame, 48000, exact) for at, frame in zip(samples, frames, strict=True)}
    # With drop-frame Ardour cuts off the fraction of a sample; elsewhere it rounds as we do.
    assert off == ({0, -1} if exact.drop_frame else {0})


@pytest.mark.slow
@pytest.mark.parametrize("rate", ["23.976", "24", "25", "29.97 DF", "30", "59.94"])
def test_takes_and_stems_lie_where_the_timeline_says(hums: Framevox, tmp_path: Path, rate: str) -> None:
    handed = filled(hums, tmp_path / "a folder 带空格 & more", rate)
    [programme] = ardour.samples_of(tmp_path, RATES[rate], [(1, 0, 0, 0)])

    takes, mixed = ardour.mix(tmp_path / "takes", [[take] for take in handed.takes], programme, handed.length)
    stems, together = ardour.mix(tmp_path / "stems", [[stem] for stem in handed.characters], programme, handed.length)

    assert ges.differences(mixed, handed.slots) == []
    assert [take.start + slot.media_start for take, slot in zip(takes, handed.slots, strict=True)] == [
        programme + slot.start for slot in handed.slots
    ]
    assert [(stem.start, stem.length) for stem in stems] == [(programme, handed.length)] * 2
    written = sound(handed.dialogue)
    assert np.array_equal(sound(mixed), written) and np.array_equal(sound(together), written) and written.any()


@pytest.mark.slow
def test_on_one_track_takes_are_whole_without_handles_and_cover_one_another_with_them(
    hums: Framevox, tmp_path: Path
) -> None:
    programme = 3600 * 48000
    bare = filled(hums, tmp_path / "bare", "25", "--handles", "0")
    handled = filled(hums, tmp_path / "handled", "25")
    written = sound(bare.dialogue)
    assert np.array_equal(sound(handled.dialogue), written)

    _, apart = ardour.mix(tmp_path / "apart", [bare.takes[0::2], bare.takes[1::2]], programme, bare.length)
    _, crowded = ardour.mix(tmp_path / "crowded", [handled.takes], programme, bare.length)

    assert np.array_equal(sound(apart), written)
    end = handled.slots[0].end
    covered = slice(end - 12 * 1920 + FADE, end)
    assert written[covered].any() and not sound(crowded)[covered].any()


@pytest.mark.slow
def test_a_stem_in_rf64_and_a_time_reference_past_32_bits_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("framevox.engine_daemon.audio.stem._MOST_RIFF", 1000)
    start, length = 20 * 3600 * 96000, 200_001
    assert start > 2**32
    noise = np.random.default_rng(1).integers(-(2**22), 2**22, length)
    label = Label("The programme's dialogue", "stem", "", "noise", "", Rate.parse("25"), 96000, start)
    stem = tmp_path / "stem.wav"
    stem.write_bytes(b"".join(stem_bytes([noise], length, label)))
    assert soundfile.info(stem).format == "RF64"

    placed, mixed = ardour.mix(tmp_path / "mix", [[stem]], start, length, sample_rate=96000)

    assert placed == [ardour.Placed(stem, start, length)]
    assert np.array_equal(sound(mixed)[FADE:-FADE], sound(stem)[FADE:-FADE])


@pytest.mark.slow
def test_the_judge_notices_a_take_that_is_one_sample_off(tmp_path: Path) -> None:
    noise = np.random.default_rng(1).integers(-(2**22), 2**22, 20_000).astype(np.int32)
    takes = []
    for n, reference in enumerate((0, 50_001)):
        label = Label("A line.", f"cue {n}", "", "noise", "", Rate.parse("25"), 48000, 172_800_000 + reference)
        takes.append(tmp_path / f"{n}.wav")
        takes[n].write_bytes(encode(noise, label, "wav"))
    slots = [ges.Slot(start + 100, start + 19_900, take, 100) for start, take in zip((0, 50_000), takes, strict=True)]

    placed, mixed = ardour.mix(tmp_path / "mix", [[take] for take in takes], 172_800_000, 100_000)

    assert [take.start for take in placed] == [172_800_000, 172_850_001]
    found = [line for line in ges.differences(mixed, slots) if "outside" not in line]
    assert found == ["1.wav: not at sample 50100, +1 samples off"]
