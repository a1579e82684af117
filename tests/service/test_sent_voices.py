"""Voices that clients send along: kept within a bound, never taken from a batch that needs them, and not listed."""

from __future__ import annotations

import os
from pathlib import Path

from framevox.engine_daemon.client import Client
from framevox.engine_daemon.client.events import Failed
from framevox.engine_daemon.protocol.sent_voices import is_sent, sent_name
from framevox.engine_daemon.service.sent_voices import SentVoices

from .conftest import OUTPUT, cue


def test_voices_in_use_stay_however_many_are_sent_and_the_oldest_others_make_room(tmp_path: Path) -> None:
    used: set[str] = set()
    sent = SentVoices(tmp_path, lambda: used, most_bytes=1000)
    for number in range(300):
        used.add(sent.keep("v", b"%0100d" % number))
    assert len(list(tmp_path.iterdir())) == 300
    needed = {name for index, name in enumerate(sorted(used)) if index < 4}
    for index, name in enumerate(sorted(used - needed)):
        os.utime(tmp_path / f"{name}.bin", (index, index))
    used = needed
    newest = sent.keep("w", b"x" * 100)
    left = {path.stem for path in tmp_path.iterdir()}
    assert needed | {newest} <= left and len(left) == 10


def test_files_of_the_users_own_never_make_room(tmp_path: Path) -> None:
    (tmp_path / "mine.bin").write_bytes(b"x" * 5000)
    sent = SentVoices(tmp_path, set, most_bytes=100)
    sent.keep("v", b"1" * 90)
    sent.keep("v", b"2" * 90)
    assert sorted(path.stem for path in tmp_path.iterdir()) == sorted(["mine", sent_name("v", b"2" * 90)])


def test_what_was_sent_along_is_not_listed_as_a_voice(client: Client, home: Path) -> None:
    list(client.render([cue("a", voice="mei")], OUTPUT, voices={"mei": b"alto"}))
    assert any(is_sent(path.stem) for path in (home / "voices").iterdir())
    assert not any(is_sent(voice["name"]) for voice in client.voices())


def test_an_error_about_a_voice_that_was_sent_has_a_place_for_its_name(client: Client) -> None:
    failed = [e for e in client.render([cue("a", voice="mei")], OUTPUT, voices={"mei": b"no"}) if isinstance(e, Failed)]
    assert len(failed) == 1
    assert "{mei}" in failed[0].message and failed[0].fields == {"mei": "mei"}
