"""``--mouth``: mouth cues of what was spoken, for the whole programme or for one line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from framevox.engine_daemon.client.speaking import Result
from framevox.engine_daemon.protocol.cues import Take
from framevox.engine_daemon.protocol.timebase import Rate

if TYPE_CHECKING:
    from opentimelineio.schema import Timeline

NO_PHONES = "the engine tells no phones: the mouth opens for whole words"


def write_mouths(
    timeline: Timeline, results: Sequence[Result], pattern: str, stems: Sequence[str]
) -> Iterator[tuple[Path, str]]:
    """Writes the files of mouth cues that ``pattern`` names, each as long as the programme, and yields each with what
    there is to say of it. ``stems`` are the patterns of stems: each file belongs to that of the same voices. Raises
    DiskError."""
    from framevox.engine_daemon.client.disk import make_folder, write_file
    from framevox.otio_adapters import timeline_rate
    from framevox.otio_adapters.patterns import CHARACTER, files_of
    from framevox.otio_adapters.times import in_frames
    from framevox.plugin.common.mouth import animate, mouth_file, sounds_of

    rate = timeline_rate(timeline)
    programme = in_frames(timeline.duration(), rate) / rate.fps
    same = [stem for stem in stems if (CHARACTER in stem) == (CHARACTER in pattern)]
    sounds = {character: path for path, character, _ in files_of(same[0], results)} if same else {}
    for path, character, placed in files_of(pattern, results):
        takes = [result.take for result in placed if result.take is not None]
        ends = [Fraction(take.slot_end_sample, take.sample_rate) for take in takes]
        heard = [sound for take in takes for sound in sounds_of(take, take.slot_start_sample)]
        cues = animate(heard, max([programme, *ends]))
        make_folder(path.parent)
        write_file(path, mouth_file(cues, path.suffix, rate, sounds.get(character)))
        yield path, NO_PHONES if any(not take.phones for take in takes) else ""


def write_mouth(path: Path, take: Take, rate: Rate, sound: Path) -> str:
    """Writes the mouth cues of one take, as long as its file ``sound``. Returns what there is to say. Raises
    DiskError."""
    from framevox.engine_daemon.client.disk import make_folder, write_file
    from framevox.plugin.common.mouth import animate, mouth_file, sounds_of

    cues = animate(list(sounds_of(take, take.media_slot_start_sample)), Fraction(take.media_samples, take.sample_rate))
    make_folder(path.absolute().parent)
    write_file(path, mouth_file(cues, path.suffix, rate, sound.absolute()))
    return "" if take.phones else NO_PHONES
