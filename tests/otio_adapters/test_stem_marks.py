"""Stems bear their marks, inside or, past 4 GiB, beside them."""

from __future__ import annotations

from pathlib import Path

import pytest
import soundfile

from framevox.engine_daemon.client.marking import Marking
from framevox.engine_daemon.project.provenance import Provenance
from framevox.engine_daemon.provenance.checking import check_file, sidecar_of
from framevox.engine_daemon.provenance.facts import line_hash
from framevox.otio_adapters import Settings
from framevox.otio_adapters.stems import write_stems

from .report_page.filled import LINES, filled


def test_a_stem_names_its_lines_and_leaves_no_stale_manifest_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    timeline, results = filled(tmp_path, 6)
    settings = Settings(marking=Marking(Provenance(aigc="X")))
    path = tmp_path / "stem.wav"
    with monkeypatch.context() as patch:
        patch.setattr("framevox.engine_daemon.audio.stem._MOST_RIFF", 1000)
        list(write_stems(timeline, results, str(path), settings))
    assert soundfile.info(path).format == "RF64" and sidecar_of(path).is_file()
    for beside in (True, False):
        if not beside:
            list(write_stems(timeline, results, str(path), settings))
            assert soundfile.info(path).format == "WAV"
        found = check_file(path)
        assert sidecar_of(path).exists() == beside
        assert found.status == "marked" and found.aigc is not None and found.signature is not None
        assert found.signature.state == "valid"
        assert set(found.signature.facts["line_sha256"]) == set(map(line_hash, LINES[:3]))
