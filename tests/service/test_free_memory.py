"""Free memory where a container sets a limit: control groups as the kernel shows them, in made files and for real."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import psutil
import pytest

from framevox.engine_daemon.service.engines import Engines
from framevox.engine_daemon.service.free_memory import MACHINE, free_memory
from framevox.engine_daemon.service.workers import Workers
from tests.processes import python_path

GB = 10**9
V2 = "31 23 0:28 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n"
V1 = (
    "30 23 0:27 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu\n"
    "32 23 0:29 {root} /sys/fs/cgroup/memory rw shared:5 master:2 - cgroup cgroup rw,memory\n"
)
DISK = "22 1 8:1 / / rw,relatime - ext4 /dev/sda1 rw\n"


@pytest.fixture(autouse=True)
def machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of 64 GB, half of it free."""
    memory = psutil.virtual_memory()._replace(total=64 * GB, available=32 * GB)
    monkeypatch.setattr(psutil, "virtual_memory", lambda: memory)


class System:
    """The root folder of a system, as far as it says who may use how much memory."""

    def __init__(self, root: Path, own: str, mounts: str) -> None:
        self.root = root
        (root / "proc/self").mkdir(parents=True)
        (root / "proc/self/cgroup").write_text(own)
        (root / "proc/self/mountinfo").write_text(DISK + mounts)

    def group(self, folder: str, files: Mapping[str, object]) -> None:
        path = self.root / "sys/fs/cgroup" / folder
        path.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            (path / name).write_text(f"{content}\n")


def v2(limit: object, used: int, cached: int = 0, **more: object) -> Mapping[str, object]:
    stat = f"anon {used - cached}\nfile {cached}\ninactive_file {cached // 2}\nactive_file {cached - cached // 2}"
    return {"memory.max": limit, "memory.high": "max", "memory.current": used, "memory.stat": stat, **more}


def v1(limit: object, used: int, cached: int = 0) -> Mapping[str, object]:
    # Without "total_" they are of the group alone, while the limit and the usage are of those inside of it too.
    stat = f"inactive_file 0\nactive_file 0\ntotal_inactive_file {cached // 2}\ntotal_active_file {cached // 2}"
    return {"memory.limit_in_bytes": limit, "memory.usage_in_bytes": used, "memory.stat": stat}


def test_without_control_groups_it_is_the_machine_that_counts(tmp_path: Path) -> None:
    assert free_memory(tmp_path) == (0.5, MACHINE)


def test_a_container_is_full_before_its_machine_is(tmp_path: Path) -> None:
    system = System(tmp_path, "0::/app\n", V2)
    system.group("app", v2(4 * GB, 3 * GB))
    assert free_memory(tmp_path) == (0.25, f"the memory limit of {tmp_path / 'sys/fs/cgroup/app'}")


def test_pages_of_files_count_as_free_as_they_do_for_the_machine(tmp_path: Path) -> None:
    System(tmp_path, "0::/app\n", V2).group("app", v2(4 * GB, 4 * GB, cached=3 * GB))
    assert free_memory(tmp_path) == (0.5, MACHINE)


@pytest.mark.parametrize(
    ("outer", "inner", "share"), [(2, "max", 0.1), (2, 4, 0.1), (16, 2, 0.25), ("max", "max", 0.5)]
)
def test_of_nested_groups_the_scarcest_counts(tmp_path: Path, outer: object, inner: object, share: float) -> None:
    """The outer group holds another one's 0.3 GB too."""
    system = System(tmp_path, "0::/pod/app\n", V2)
    system.group("pod", v2(outer if outer == "max" else int(str(outer)) * GB, 1_800_000_000))
    system.group("pod/app", v2(inner if inner == "max" else int(str(inner)) * GB, 1_500_000_000))
    assert free_memory(tmp_path).share == pytest.approx(share)


def test_the_limit_at_which_a_group_is_slowed_down_counts(tmp_path: Path) -> None:
    System(tmp_path, "0::/app\n", V2).group("app", v2("max", 3 * GB, **{"memory.high": 4 * GB}))
    assert free_memory(tmp_path).share == 0.25


def test_a_group_over_its_limit_has_nothing_free(tmp_path: Path) -> None:
    System(tmp_path, "0::/app\n", V2).group("app", v2(GB, 2 * GB))
    assert free_memory(tmp_path).share == 0


def test_a_limit_above_the_machine_s_memory_is_none(tmp_path: Path) -> None:
    System(tmp_path, "0::/app\n", V2).group("app", v2(65 * GB, 60 * GB))
    assert free_memory(tmp_path) == (0.5, MACHINE)


@pytest.mark.parametrize(("limit", "share"), [(4 * GB, 0.25), (9223372036854771712, 0.5), (-1, 0.5)])
def test_groups_of_the_first_version_are_read_too(tmp_path: Path, limit: int, share: float) -> None:
    system = System(tmp_path, "5:cpu:/\n4:memory:/box/app\n0::/\n", V1.format(root="/"))
    system.group("memory/box/app", v1(limit, 3 * GB + 200, cached=200))
    system.group("memory/box", v1(9223372036854771712, 3 * GB))
    assert free_memory(tmp_path).share == share


@pytest.mark.parametrize(
    ("own", "root"),
    [
        ("4:cpuacct,memory:/docker/5ac1\n", "/docker/5ac1"),  # only the own group is mounted, at the top
        ("4:memory:/docker/5ac1\n", "/elsewhere"),
        ("4:memory:/../5ac1\n", "/"),  # moved out of the group that its container sees as the top
    ],
)
def test_a_container_sees_its_own_group_at_the_top(tmp_path: Path, own: str, root: str) -> None:
    system = System(tmp_path, own, V1.format(root=root))
    system.group("memory", v1(4 * GB, 3 * GB))
    assert free_memory(tmp_path).share == 0.25


def test_a_folder_with_a_space_is_found(tmp_path: Path) -> None:
    system = System(tmp_path, "0::/app\n", V2.replace("/sys/fs/cgroup", "/sys/fs/cgroup/of\\040all"))
    system.group("of all/app", v2(4 * GB, 3 * GB))
    assert free_memory(tmp_path).share == 0.25


@pytest.mark.parametrize("spoilt", ["memory.max", "memory.current", "memory.stat"])
def test_a_file_that_says_nothing_limits_nothing(tmp_path: Path, spoilt: str) -> None:
    system = System(tmp_path, "0::/app\nnonsense\n\n", V2 + "nonsense\n")
    system.group("app", {**v2(4 * GB, 3 * GB), spoilt: "\xfe what"})
    assert free_memory(tmp_path).share == (0.25 if spoilt == "memory.stat" else 0.5)


def test_engines_go_by_the_container_s_memory_unless_told_otherwise() -> None:
    engines = Engines(Workers(lambda: None, lambda: None), is_wanted=lambda name: False)  # type: ignore[arg-type, return-value]
    assert engines._free_memory is free_memory


LIMIT, HELD = 300 * 10**6, 240 * 10**6
IN_GROUP = f"""
import os, sys
from pathlib import Path
Path(sys.argv[1], "cgroup.procs").write_text(str(os.getpid()))
from framevox.engine_daemon.service.free_memory import free_memory
print(free_memory())
held = bytearray(b"x") * {HELD}
print(free_memory())
"""


@pytest.fixture
def real_group() -> Iterator[Path]:
    """A group of at most LIMIT bytes inside of this process's own."""
    from framevox.engine_daemon.service.free_memory import _groups

    names = {"cgroup2": "memory.max", "cgroup": "memory.limit_in_bytes"}
    why = "this process is in no control group"
    for kind, parent in _groups(Path("/")):
        group = parent / f"framevox-test-{os.getpid()}"
        try:
            group.mkdir()
        except OSError as error:
            why = f"no control group can be made: {error}"
            continue
        try:
            (group / names[kind]).write_text(str(LIMIT))
        except OSError as error:
            why = f"a control group cannot be limited: {error}"
            group.rmdir()
            continue
        yield group
        group.rmdir()
        return
    pytest.skip(why)


def test_the_limit_of_a_real_group_is_seen(real_group: Path) -> None:
    """What was read from the disk before counts as free, what the process holds does not."""
    environment = {**os.environ, "PYTHONPATH": python_path()}
    code = [sys.executable, "-c", IN_GROUP, str(real_group)]
    ran = subprocess.run(code, capture_output=True, text=True, env=environment, timeout=60, check=False)
    assert ran.returncode == 0, ran.stderr
    before, after = ran.stdout.splitlines()
    print(before, after, sep="\n")
    assert str(real_group) in after
    share = float(after.partition("share=")[2].partition(",")[0])
    assert share < 1 - HELD / LIMIT  # and what Python itself takes
