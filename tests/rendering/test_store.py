"""The store of takes: whole entries or none, whatever happens to the disk."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from framevox.engine_daemon.client import Client
from framevox.engine_daemon.client.events import Done, TakeReady
from framevox.engine_daemon.protocol.errors import DaemonError
from framevox.engine_daemon.rendering.store import Store
from tests.processes import python_path
from tests.processes import small_disk as a_small_disk
from tests.service.conftest import OUTPUT, ROOT, TONES, cue, spoken


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


def entries(store: Store) -> list[Path]:
    return [path for path in store.folder.rglob("*") if path.is_file()]


def test_an_entry_comes_back_as_it_was_put(store: Store) -> None:
    assert store.get("take", "key") is None
    assert store.put("take", "key", {"words": ["你好", 1, None]}, b"\x00sound")
    assert store.get("take", "key") == ({"words": ["你好", 1, None]}, b"\x00sound")
    assert store.get("speech", "key") is None
    store.put("take", "key", {}, b"")
    assert store.get("take", "key") == ({}, b"")


def test_a_key_may_be_any_text(store: Store) -> None:
    for number, key in enumerate(("../../up", "a/b", "x" * 5000, "", "空 行\n")):
        store.put("take", key, {"n": number}, key.encode())
    for number, key in enumerate(("../../up", "a/b", "x" * 5000, "", "空 行\n")):
        assert store.get("take", key) == ({"n": number}, key.encode())
    assert all(store.folder in path.parents for path in store.folder.parent.rglob("*.entry"))


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_any_damage_is_noticed_and_the_entry_dropped(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    store = Store(tmp_path_factory.mktemp("store"))
    store.put("take", "key", {"a": 1}, b"sound" * 20)
    [path] = entries(store)
    content = bytearray(path.read_bytes())
    if data.draw(st.booleans(), label="cut"):
        content = content[: data.draw(st.integers(0, len(content) - 1))]
    else:
        content[data.draw(st.integers(0, len(content) - 1))] ^= data.draw(st.integers(1, 255))
    path.write_bytes(content)
    assert store.get("take", "key") is None
    assert entries(store) == []
    assert store.put("take", "key", {"a": 1}, b"again")


def test_a_store_of_another_format_is_neither_misread_nor_touched_and_makes_room_in_its_turn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    older = Store(tmp_path / "store", limit=10_000)
    monkeypatch.setattr("framevox.engine_daemon.rendering.store.FORMAT", 0)
    older.put("take", "key", {"another": "meaning"}, bytes(2000))
    [kept] = entries(older)
    os.utime(kept, (1, 1))
    monkeypatch.undo()
    store = Store(tmp_path / "store", limit=10_000)
    assert store.get("take", "key") is None
    assert store.put("take", "key", {"n": 1}, b"new") and store.get("take", "key") == ({"n": 1}, b"new")
    assert kept.exists() and store.held() > 2000
    for number in range(9):
        store.put("take", str(number), {}, bytes(1000))
    assert not kept.exists() and store.get("take", "key") is not None


def test_an_entry_in_the_place_of_another_is_not_believed(store: Store) -> None:
    store.put("take", "mine", {}, b"mine")
    [mine] = entries(store)
    store.put("take", "yours", {}, b"yours")
    [yours] = [path for path in entries(store) if path != mine]
    mine.replace(yours)
    assert store.get("take", "yours") is None


def test_the_least_recently_used_entries_make_room(tmp_path: Path) -> None:
    store = Store(tmp_path / "store", limit=10_000)
    for number in range(9):
        store.put("take", str(number), {}, bytes(1000))
        [new] = [path for path in entries(store) if path.stat().st_mtime > 10**9]
        os.utime(new, (number, number))
    assert store.get("take", "0") is not None  # and now it is the last used
    store.put("take", "next", {}, bytes(1000))
    kept = [key for key in [*"012345678", "next"] if store.get("take", key) is not None]
    assert "0" in kept and "next" in kept and "1" not in kept
    assert sum(path.stat().st_size for path in entries(store)) <= 10_000


def test_what_a_killed_process_left_half_written_is_cleared_away(store: Store) -> None:
    store.put("take", "key", {}, b"x")
    [path] = entries(store)
    old, fresh = path.with_name("old.tmp"), path.with_name("fresh.tmp")
    for left in (old, fresh):
        left.write_bytes(b"half")
    os.utime(old, (1, 1))
    Store(store.folder).held()
    assert not old.exists() and fresh.exists()


def test_two_processes_share_a_folder(store: Store) -> None:
    code = (
        "import sys\nfrom pathlib import Path\nfrom framevox.engine_daemon.rendering.store import Store\n"
        "store = Store(Path(sys.argv[1]))\n"
        "for i in range(100):\n"
        "    assert store.put('take', str(i % 10), {'i': i % 10}, bytes([i % 10]) * 5000)\n"
        "    found = store.get('take', str((i * 7) % 10))\n"
        "    assert found is None or found[1] == bytes([found[0]['i']]) * 5000\n"
    )
    writers = [subprocess.Popen([sys.executable, "-c", code, str(store.folder)], cwd=ROOT) for _ in range(2)]
    assert [writer.wait(60) for writer in writers] == [0, 0]
    assert [store.get("take", str(i)) for i in range(10)] == [({"i": i}, bytes([i]) * 5000) for i in range(10)]
    assert len(entries(store)) == 10


def test_an_entry_that_is_written_over_counts_once(store: Store) -> None:
    for size in (1000, 5000, 200):
        store.put("take", "key", {}, bytes(size))
        assert store.held() == sum(path.stat().st_size for path in entries(store))


def test_many_threads_put_and_get_one_key(store: Store) -> None:
    def work(number: int) -> None:
        for _ in range(50):
            store.put("take", "key", {"n": number}, bytes([number]) * 1000)
            found = store.get("take", "key")
            assert found is not None
            good.append(found[1] == bytes([found[0]["n"]]) * 1000)

    good: list[bool] = []
    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert good == [True] * 200


def test_a_folder_that_cannot_be_made_is_a_problem_and_no_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    store = Store(tmp_path / "file" / "store")
    assert store.get("take", "key") is None
    assert store.put("take", "key", {}, b"x") is False
    assert store.problem is not None and "FRAMEVOX_HOME" in store.problem and str(store.folder) in store.problem
    (tmp_path / "file").unlink()
    assert store.put("take", "key", {}, b"x") is True
    assert store.problem is None


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 256 KiB."""
    with a_small_disk(tmp_path / "disk", "256k") as disk:
        yield disk


def test_a_full_disk_costs_the_entry_that_does_not_fit_and_leaves_nothing_behind(small_disk: Path) -> None:
    store = Store(small_disk / "store")
    assert store.put("take", "small", {}, bytes(50_000))
    assert store.put("take", "big", {}, bytes(500_000)) is False
    assert store.problem is not None and "No space left" in store.problem
    assert store.get("take", "small") is not None and store.get("take", "big") is None
    assert len(entries(store)) == 1


def test_on_a_full_disk_every_take_reaches_the_client_with_a_warning(
    small_disk: Path, home: Path, connect: Callable[..., Client]
) -> None:
    home.mkdir()
    (home / "cache").symlink_to(small_disk)
    cues = [cue(f"c{i}") for i in range(8)]
    *events, done = connect().render(cues, OUTPUT)
    assert sum(isinstance(event, TakeReady) for event in events) == 8
    assert done.counts["placed"] == 8
    assert len(done.warnings) == 1 and "No space left" in done.warnings[0]


def test_a_read_only_disk_costs_only_the_keeping(small_disk: Path, home: Path, connect: Callable[..., Client]) -> None:
    home.mkdir()
    (home / "cache").symlink_to(small_disk)
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    *_, done = connect().render([cue("a")], OUTPUT)
    assert done.counts["placed"] == 1 and "Read-only" in done.warnings[0]


def test_a_home_on_a_read_only_disk_is_an_error_that_says_what_to_do(
    small_disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", python_path())
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    with pytest.raises(DaemonError, match=r"Read-only.*FRAMEVOX_HOME"):
        Client.connect(home=small_disk / "home", options=TONES)


def test_without_a_cache_folder_every_take_reaches_the_client_with_a_warning(
    home: Path, connect: Callable[..., Client]
) -> None:
    home.mkdir()
    (home / "cache").write_text("in the way")
    client = connect()
    *_, done = client.render([cue("a"), cue("b")], OUTPUT)
    assert done.counts["placed"] == 2
    assert "takes cannot be kept" in done.warnings[0]
    assert client.status()["store_problem"] == done.warnings[0]


def test_a_damaged_take_is_made_again(client: Client, home: Path) -> None:
    list(client.render([cue("a"), cue("b")], OUTPUT))
    for path in (home / "cache").rglob("*.entry"):
        path.write_bytes(path.read_bytes()[:-1])
    *events, done = client.render([cue("a"), cue("b")], OUTPUT)
    assert isinstance(done, Done) and done.counts["placed"] == 2
    assert not any(event.cached for event in events if isinstance(event, TakeReady))
    assert len(spoken(home)) == 4
