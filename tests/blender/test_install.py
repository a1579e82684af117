"""``framevox blender`` install, build and uninstall: files of ours, and no others."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest
import tomli

from framevox.engine_daemon.protocol.installation import installed_version
from framevox.plugin.blender import building


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FRAMEVOX_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.delenv("BLENDER_USER_EXTENSIONS", raising=False)
    return tmp_path / "home"


def test_it_goes_into_every_blender_that_can_use_it_and_out_again(tmp_path: Path, home: Path) -> None:
    for version in ("3.6", "4.2", "4.5", "5.0"):
        (tmp_path / "config" / "blender" / version).mkdir(parents=True)
    folders = building.extension_folders()
    made = building.install(folders)
    assert [path.parts[-4] for path in made] == ["4.5", "5.0"]
    assert all((path / "shared" / "helper_process.py").is_file() for path in made)
    assert [one.problem for one in building.check(folders)] == ["", ""]
    assert Path(json.loads((home / "blender" / "installation.json").read_text())["python"]).is_file()
    (made[0] / "scan.py").write_text("changed")
    assert "another installation or version" in next(building.check(folders)).problem
    assert building.install(folders) == made and next(building.check(folders)).problem == ""
    assert building.uninstall(folders) == made and not made[0].exists()


def test_another_extension_of_that_name_is_left_alone(tmp_path: Path) -> None:
    other = tmp_path / "extensions" / "user_default" / "framevox"
    other.mkdir(parents=True)
    (other / "mine.py").write_text("x")
    with pytest.raises(building.BlenderError, match="not an extension of Framevox"):
        building.install([tmp_path / "extensions"])
    assert building.uninstall([tmp_path / "extensions"]) == [] and (other / "mine.py").exists()


def test_without_a_blender_it_says_what_to_do() -> None:
    with pytest.raises(building.BlenderError, match="start Blender once"):
        building.install(building.extension_folders())


def test_the_zip_is_the_same_each_time_and_says_its_version(tmp_path: Path) -> None:
    for name in ("a.zip", "b.zip"):
        building.build(tmp_path / name)
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        manifest = tomli.loads(archive.read("blender_manifest.toml").decode())
        assert manifest["version"] == installed_version() and manifest["id"] == "framevox"
        assert {"__init__.py", "shared/state.py", "panel.py"} <= set(archive.namelist())
        assert manifest["tagline"][-1] not in ".!?" and len(manifest["tagline"]) <= 64
