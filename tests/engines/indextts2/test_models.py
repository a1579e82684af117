"""``framevox models list|check|remove`` on folders as they come."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest


@pytest.fixture
def home(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home in which IndexTTS-2 was pulled whole."""
    monkeypatch.setenv("FRAMEVOX_HOME", str(tmp_path))
    monkeypatch.delenv("FRAMEVOX_MODEL", raising=False)
    shutil.copytree(folder, tmp_path / "models" / "indextts2", copy_function=os.link)
    return tmp_path


def said(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    from framevox.engine_daemon.engines.indextts2.loading.models import main

    code = main(arguments)
    out, err = capsys.readouterr()
    return code, out, err


def test_models_are_listed_with_where_they_lie_and_which_is_used(
    home: Path, folder25: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    code, out, _ = said(capsys, "list")
    first, second = out.splitlines()
    assert code == 0
    assert first.startswith("indextts2 ") and first.endswith(f"{home / 'models' / 'indextts2'}  (used)")
    assert "not fetched: framevox models pull indextts2.5" in second
    shutil.copytree(folder25, home / "models" / "indextts2.5", copy_function=os.link)
    (home / "models" / "indextts2" / "feat1.pt").unlink()
    _, out, _ = said(capsys, "list")
    first, second = out.splitlines()
    assert "lacks feat1.pt: framevox models pull indextts2" in first and second.endswith("(used)")
    (home / "models" / "indextts2.5" / "config.yaml").unlink()
    shutil.copy(home / "models" / "indextts2" / "config.yaml", home / "models" / "indextts2.5" / "config.yaml")
    monkeypatch.setenv("FRAMEVOX_MODEL", str(folder25))
    _, out, _ = said(capsys, "list")
    _, second, third = out.splitlines()
    assert "lacks hf_cache/semantic_codec/model.safetensors" in second
    assert third.startswith("FRAMEVOX_MODEL") and third.endswith(f"{folder25}  (used)")


def test_a_folder_without_a_configuration_is_no_model(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (home / "models" / "indextts2" / "config.yaml").unlink()
    _, out, _ = said(capsys, "list")
    assert "cannot be used" in out and "config.yaml is missing" in out and "(used)" not in out


def test_a_model_is_removed_once(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = said(capsys, "remove", "indextts2")
    assert code == 0 and "is removed" in out and not (home / "models" / "indextts2").exists()
    code, _, err = said(capsys, "remove", "indextts2")
    assert code == 2 and "indextts2 is not fetched, so there is nothing to remove" in err


def test_a_model_is_checked_by_its_name(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = said(capsys, "check", "indextts2.5")
    assert code == 2 and str(home / "models" / "indextts2.5" / "config.yaml") in err and "is missing" in err
