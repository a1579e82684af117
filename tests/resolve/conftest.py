"""Menu entries as an editor runs them: installed, in a fake Resolve, with the real helper and a daemon that hums."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from framevox.plugin.resolve.install import ENTRIES, install
from tests.e2e.conftest import Framevox, serving
from tests.fakes.resolve import Ran, World, run_entry, start_entry


@dataclass
class Editor:
    """Somebody with Framevox installed, who runs menu entries."""

    scripts: Path
    home: Path
    environment: dict[str, str]
    python: str = sys.executable

    @property
    def state(self) -> Path:
        return Path(self.environment["FRAMEVOX_HOME"]) / "resolve"

    def entry(self, name: str) -> Path:
        return self.scripts / ENTRIES[name]

    def run(self, world: World, name: str = "fill", **more: object) -> Ran:
        ran = run_entry(world, self.entry(name), self.environment, python=self.python, **more)  # type: ignore[arg-type]
        assert ran.code == 0, ran.err
        assert "Traceback" not in ran.err + ran.out, ran.err + ran.out
        return ran

    def killed(self, world: World, when: Callable[[str], bool], name: str = "fill") -> None:
        """Runs an entry, and kills it ahead of the first call that ``when`` says yes to."""
        running: list[subprocess.Popen[str]] = []

        def strike(call: str, obj: object, args: object) -> None:
            if running and when(call):
                running[0].send_signal(signal.SIGKILL)
                running[0].wait()

        world.before = strike
        with start_entry(world, self.entry(name), self.environment) as (process, _):
            running.append(process)
            process.wait(60)
        world.before = lambda call, obj, args: None


@pytest.fixture(scope="session")
def hums(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Framevox]:
    with serving(tmp_path_factory.mktemp("resolve")) as framevox:
        yield framevox


@pytest.fixture
def editor(hums: Framevox, tmp_path: Path) -> Iterator[Editor]:
    scripts = tmp_path / "Scripts" / "Utility"
    install(scripts)
    home = tmp_path / "editor"
    home.mkdir()
    # The daemon is shared; what belongs to one editor (settings, journal, lock) is not.
    one = Editor(scripts, home, {"FRAMEVOX_HOME": str(hums.home), "HOME": str(home)})
    yield one
    for file in one.state.glob("*"):
        file.unlink()
    shutil.rmtree(hums.home / "casts", ignore_errors=True)


@pytest.fixture(scope="session")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Framevox]:
    """A daemon with enough voices for a cast."""
    with serving(tmp_path_factory.mktemp("company"), "tests.e2e.engine:company") as framevox:
        yield framevox


@pytest.fixture
def director(company: Framevox, editor: Editor) -> Iterator[Editor]:
    """An editor whose daemon has enough voices for a cast."""
    yield replace(editor, environment={**editor.environment, "FRAMEVOX_HOME": str(company.home)})
    for folder in ("resolve", "casts"):
        shutil.rmtree(company.home / folder, ignore_errors=True)
    (company.home / "framevox.toml").unlink(missing_ok=True)
