"""A recording becomes a voice of the user's own: checked, cut, and kept with its record, the same way in every host."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from pathlib import Path

from framevox.engine_daemon.audio.enrolment import Enrolment, enrol
from framevox.engine_daemon.client.voice_library import OwnVoice, Record, VoiceLibrary
from framevox.engine_daemon.protocol.connection import Home


def own_voices() -> VoiceLibrary:
    """Returns the user's library of voices."""
    return VoiceLibrary(Home.find().voices)


def add_voice(
    name: str,
    recording: Path,
    start: Fraction | None = None,
    end: Fraction | None = None,
    *,
    consent: str = "",
    force: bool = False,
    chosen_with: str = "--from and --to",
) -> tuple[OwnVoice, Enrolment]:
    """Makes the voice ``name`` out of a recording, or of its part from ``start`` to ``end`` [s].

    ``chosen_with`` is how errors name the way to choose a part. Raises InputError for a name that cannot be had and for
    what is no voice; UnfitError for a clip with faults, unless ``force`` goes on; DiskError.
    """
    library = own_voices()
    name = library.check_free(name)
    made = enrol(recording, start, end, force, chosen_with)
    record = Record(
        name=name,
        added=date.today().isoformat(),
        source=recording.name,
        part=(f"{float(made.start):.3f}", f"{float(made.start + made.seconds):.3f}"),
        consent=consent.strip(),
        measured=made.condition.measured,
        findings=[str(finding) for finding in made.condition.refused],
    )
    return library.add(made.sound, record), made
