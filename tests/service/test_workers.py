"""The threads that drive an engine, without the server around them."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from framevox.engine_daemon.engines.base import Voice, VoiceInfo
from framevox.engine_daemon.protocol.errors import InputError
from framevox.engine_daemon.service.workers import News, VoiceList, Workers
from tests.fakes.tone_engine import ToneEngine


class Choir(ToneEngine):
    """Has a voice that cannot be read, as a folder of clips may."""

    def voices(self) -> Sequence[VoiceInfo]:
        return [*super().voices(), VoiceInfo("silent", self.languages)]

    def voice(self, spec: str) -> Voice:
        raise InputError(f"voice {spec!r} is silent")


def test_voices_are_listed_without_reading_any_so_one_that_is_unfit_hides_no_other() -> None:
    woken = threading.Semaphore(0)
    workers = Workers(lambda: (Choir(parallel=1), None), woken.release)  # type: ignore[arg-type, return-value]

    def news() -> News:
        assert woken.acquire(timeout=10)
        [item] = workers.news()
        return item

    workers.ensure_loading()
    news()
    workers.list_voices("token")
    listed = news()
    assert isinstance(listed, VoiceList) and not isinstance(listed.voices, Exception), listed
    assert [voice["name"] for voice in listed.voices] == ["alto", "tenor", "silent"]
    assert {tuple(voice["languages"]) for voice in listed.voices} == {("en", "zh", "ja", "ko")}
    assert listed.voices[0]["gender"] == "female" and listed.voices[0]["tier"] == 0
