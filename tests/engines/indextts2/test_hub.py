"""Fetching the model from a hub (a stand-in on this machine), and checking a folder."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from framevox.engine_daemon.protocol.errors import FramevoxError

COMMIT = "0" * 40


class Hub(ThreadingHTTPServer):
    """Repositories of files, answering as the hub does. ``cut``: how much of a file is sent before the line
    breaks; ``stalls``: files of which 15 MB come, and then nothing until ``go_on``."""

    daemon_threads = True

    def __init__(self, repos: dict[str, dict[str, bytes]]) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.repos, self.cut, self.spoil = repos, dict[str, int](), set[str]()
        self.ranges: list[str] = []
        self.fetched: list[str] = []
        self.stalls, self.stalled, self.go_on = set[str](), threading.Event(), threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


def stated(name: str, content: bytes) -> dict[str, object]:
    """As the hub states a file: large ones by SHA-256, small ones by their name in git."""
    if len(content) < 10_000:
        blob = hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()
        return {"rfilename": name, "size": len(content), "blobId": blob}
    lfs = {"sha256": hashlib.sha256(content).hexdigest(), "size": len(content), "pointerSize": 1}
    return {"rfilename": name, "size": len(content), "blobId": "0" * 40, "lfs": lfs}


class Handler(BaseHTTPRequestHandler):
    server: Hub
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        pass

    def do_HEAD(self) -> None:
        self._answer(body=False)

    def do_GET(self) -> None:
        self._answer(body=True)

    def _answer(self, body: bool) -> None:
        path = self.path.partition("?")[0]
        api = re.fullmatch(r"/api/models/([\w.-]+/[\w.-]+?)(/revision/\w+)?", path)
        file = re.fullmatch(r"/([\w.-]+/[\w.-]+)/resolve/\w+/(.+)", path)
        if api and api[1] in self.server.repos:
            siblings = [stated(n, b) for n, b in self.server.repos[api[1]].items()]
            self._send(json.dumps({"id": api[1], "sha": COMMIT, "siblings": siblings}).encode(), body, {})
        elif file and file[2] in self.server.repos.get(file[1], {}):
            content = self.server.repos[file[1]][file[2]]
            etag = {"ETag": f'"{hashlib.sha256(content).hexdigest()}"', "X-Repo-Commit": COMMIT}
            if file[2] in self.server.spoil:
                content = content[:-1] + bytes([content[-1] ^ 1])
            if body:
                self.server.fetched.append(file[2])
            if body and file[2] in self.server.stalls:
                self.server.cut[file[2]] = 15_000_000
            self._send(content, body, etag, self.server.cut.pop(file[2], None) if body else None)
            if body and file[2] in self.server.stalls:
                self.server.stalled.set()
                self.server.go_on.wait(60)
        else:
            self.send_response(404)
            self.send_header("X-Error-Code", "EntryNotFound" if file else "RepoNotFound")
            self.send_header("Content-Length", "0")
            self.end_headers()

    def _send(self, content: bytes, body: bool, headers: dict[str, str], cut: int | None = None) -> None:
        start = 0
        asked = re.fullmatch(r"bytes=(\d+)-\d*", self.headers.get("Range", ""))
        if asked:
            start = int(asked[1])
            self.server.ranges.append(self.path)
        self.send_response(206 if asked else 200)
        for name, value in headers.items():
            self.send_header(name, value)
        if asked:
            self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        self.send_header("Content-Length", str(len(content) - start))
        self.end_headers()
        if body:
            self.wfile.write(content[start:cut])
            if cut is not None:
                self.close_connection = True


@pytest.fixture(scope="module")
def qwen(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from tests.engines.indextts2.tiny_qwen import make_folder

    return make_folder(tmp_path_factory.mktemp("qwen"))


@pytest.fixture
def hub(folder: Path, folder25: Path, qwen: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    from framevox.engine_daemon.engines.indextts2.loading.hub import RELEASES

    repos: dict[str, dict[str, bytes]] = {}
    for release, made in (("2", folder), ("2.5", folder25)):
        for source in RELEASES[release].sources:
            files = repos.setdefault(source.repo, {})
            for name in source.files:
                if name.endswith("/"):
                    files |= {f"{name}{path.name}": path.read_bytes() for path in qwen.iterdir()}
                else:
                    files[name] = (made / source.target / name).read_bytes()
    server = Hub(repos)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    monkeypatch.setenv("HF_ENDPOINT", server.url)
    yield server
    server.shutdown()
    thread.join()


@pytest.mark.parametrize("release", ["2", "2.5"])
def test_a_pulled_folder_holds_every_file_and_passes_the_check(hub: Hub, tmp_path: Path, release: str) -> None:
    from framevox.engine_daemon.engines.indextts2.loading.hub import RELEASES, pull
    from framevox.engine_daemon.engines.indextts2.loading.models import check, missing

    sources = RELEASES[release].sources
    pull(tmp_path, sources)
    assert missing(tmp_path, RELEASES[release]) == []
    for source in sources:
        for name in source.files:
            if not name.endswith("/"):
                assert (tmp_path / source.target / name).read_bytes() == hub.repos[source.repo][name], name
    said = check(tmp_path)
    assert f"is whole: IndexTTS-{release}, " in said and "emotions can be given in words" in said
    assert "text_head.* (2)" in said and ("codec.pth: down.* (2), encoder.* (" in said) == (release == "2.5")
    (tmp_path / "qwen0.6bemo4-merge" / "model.safetensors").write_bytes(b"no")
    with pytest.raises(FramevoxError, match=r"qwen0\.6bemo4-merge cannot be loaded"):
        check(tmp_path)


def test_a_broken_fetch_goes_on_where_it_ended(hub: Hub, tmp_path: Path) -> None:
    from framevox.engine_daemon.engines.indextts2.loading.hub import RELEASES, pull

    sources = RELEASES["2"].sources
    hub.cut["gpt.pth"] = 15_000_000  # past the 10 MB at which the library writes
    pull(tmp_path, sources)
    assert any("gpt.pth" in path for path in hub.ranges)
    assert (tmp_path / "gpt.pth").read_bytes() == hub.repos["IndexTeam/IndexTTS-2"]["gpt.pth"]


def pulling(folder: Path, stderr: int = subprocess.DEVNULL) -> subprocess.Popen[str]:
    command = [
        sys.executable,
        "-m",
        "framevox.engine_daemon.engines.indextts2.loading.models",
        "pull",
        "indextts2",
        "--to",
        str(folder),
    ]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=stderr, text=True)


def pulled_in_a_terminal(folder: Path) -> tuple[subprocess.Popen[str], bytes | None]:
    """The command at its end, and what a terminal showed of it (the bar is for people); None on a system without."""
    if not hasattr(os, "openpty"):
        return pulling(folder), None
    import fcntl
    import termios

    terminal, screen = os.openpty()
    fcntl.ioctl(screen, termios.TIOCSWINSZ, struct.pack("4H", 24, 100, 0, 0))
    process = pulling(folder, stderr=screen)
    os.close(screen)
    shown = b""
    with contextlib.suppress(OSError):  # how a terminal ends
        while block := os.read(terminal, 65_536):
            shown += block
    os.close(terminal)
    return process, shown


def test_a_fetch_that_was_killed_goes_on_where_it_ended_and_shows_how_far_it_is(hub: Hub, tmp_path: Path) -> None:
    hub.stalls.add("gpt.pth")
    first = pulling(tmp_path)
    assert hub.stalled.wait(120)
    started = time.monotonic()
    while not any(path.stat().st_size >= 10_000_000 for path in tmp_path.rglob("gpt.pth.*.part")):
        assert time.monotonic() < started + 60
        time.sleep(0.05)
    first.kill()
    first.communicate()
    hub.stalls.clear()
    hub.go_on.set()
    assert not (tmp_path / "gpt.pth").exists() and not (tmp_path / "config.yaml").exists() and not hub.ranges

    second, shown = pulled_in_a_terminal(tmp_path)
    out, _ = second.communicate(timeout=200)
    assert second.returncode == 0, shown
    assert any("gpt.pth" in path for path in hub.ranges)
    assert (tmp_path / "gpt.pth").read_bytes() == hub.repos["IndexTeam/IndexTTS-2"]["gpt.pth"]
    assert "is complete" in out and (shown is None or re.search(rb"gpt\.pth: +100%", shown)), shown


@pytest.mark.parametrize("name", ["bpe.model", "config.yaml", "gpt.pth"])
def test_a_file_that_came_damaged_is_named_and_not_kept(hub: Hub, tmp_path: Path, name: str) -> None:
    from framevox.engine_daemon.engines.indextts2.loading.hub import RELEASES, pull

    sources = RELEASES["2"].sources
    hub.spoil.add(name)
    with pytest.raises(FramevoxError, match=rf"{re.escape(name)} arrived damaged"):
        pull(tmp_path, sources)
    assert not list(tmp_path.glob(f"{name}*"))
    hub.spoil.clear()
    pull(tmp_path, sources)
    assert (tmp_path / name).read_bytes() == hub.repos["IndexTeam/IndexTTS-2"][name]


def test_what_is_there_is_not_fetched_again_and_what_is_spoilt_is(hub: Hub, tmp_path: Path) -> None:
    from framevox.engine_daemon.engines.indextts2.loading.hub import RELEASES, pull

    sources = RELEASES["2"].sources
    pull(tmp_path, sources)
    hub.fetched.clear()
    wrong = bytearray((tmp_path / "feat1.pt").read_bytes())
    wrong[-1] ^= 1
    (tmp_path / "feat1.pt").write_bytes(wrong)
    content = hub.repos["IndexTeam/IndexTTS-2"]["feat2.pt"]
    (tmp_path / "feat2.pt").write_bytes(b"of another release")
    (tmp_path / f"feat2.pt.{'0' * 16}.part").write_bytes(content[:100])  # not continued: named for other content
    pull(tmp_path, sources)
    assert [name.rpartition("/")[2] for name in hub.fetched] == ["feat1.pt", "feat2.pt"]
    assert (tmp_path / "feat2.pt").read_bytes() == content


def test_what_the_hub_lacks_is_named(hub: Hub, tmp_path: Path) -> None:
    from framevox.engine_daemon.engines.indextts2.loading.hub import RELEASES, pull

    sources = RELEASES["2"].sources
    del hub.repos["funasr/campplus"]
    with pytest.raises(FramevoxError, match="funasr/campplus could not be fetched"):
        pull(tmp_path, sources)


def test_the_command_line_says_what_is_wrong_with_a_folder(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "framevox.engine_daemon.engines.indextts2.loading.models", "check", str(tmp_path)]
    done = subprocess.run(
        command, capture_output=True, text=True, env={**os.environ, "OMP_NUM_THREADS": "1"}, check=False
    )
    assert done.returncode == 2
    assert "config.yaml is missing" in done.stderr and "Traceback" not in done.stderr


def test_the_command_leads_to_these_commands() -> None:
    from framevox.plugin.cli import main

    assert any(
        command.callback is not None and command.callback.__name__ == "models"
        for command in main.app.registered_commands
    )
