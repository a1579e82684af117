"""Features by torchaudio and in plain torch: both as the reference has them, and which of them is used."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

PACKAGE = "framevox.engine_daemon.engines.indextts2"
AGREES = 2e-5
"""Relative root mean square, the bound of every stage beside the reference."""


@pytest.fixture(params=["plain", "torchaudio"])
def features(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The features as each of the two makes them."""
    from importlib import import_module

    from framevox.engine_daemon.engines.indextts2 import features

    if request.param == "torchaudio":
        pytest.importorskip("torchaudio", reason="torchaudio does not load here", exc_type=Exception)
    module = import_module(f"{PACKAGE}.{request.param}_features")
    monkeypatch.setattr(features, "makers", lambda: module)
    return features


def test_features_are_those_of_the_reference(features: Any, record: dict[str, Any]) -> None:
    import torch

    from tests.golden.stage_distances import distance

    r = {name: torch.from_numpy(value) for name, value in record.items() if name.startswith(("spk_", "emo_", "ref_"))}
    bank = features.kaldi_fbank(r["spk_audio_16k"])
    made = {
        "spk_audio_16k": features.resample_sinc(r["spk_audio_22k"], 22050, 16000),
        "ref_mel": features.acoustic_mel(r["spk_audio_22k"], 22050, 1024, 256, 80, 0, None),
        "spk_fbank": bank - bank.mean(0),
    }
    for clip in ("spk", "emo"):
        found, mask = features.w2v_features(r[f"{clip}_audio_16k"])
        made |= {f"{clip}_w2v_features": found, f"{clip}_w2v_mask": mask.long()}
    assert {name: far for name, value in made.items() if (far := distance(value, r[name])) > AGREES} == {}


def test_short_and_silent_sound_has_finite_features(features: Any) -> None:
    import torch

    for wave in (torch.zeros(16000), torch.randn(1200, generator=torch.Generator().manual_seed(1))):
        for made in (
            features.kaldi_fbank(wave),
            features.acoustic_mel(wave, 22050, 1024, 256, 80, 0, 8000),
            features.resample_sinc(wave, 22050, 16000),
        ):
            assert made.dtype == torch.float32 and bool(torch.isfinite(made).all())
    assert features.kaldi_fbank(torch.zeros(1200)).shape == (6, 80)
    assert features.acoustic_mel(torch.zeros(1200), 22050, 1024, 256, 80, 0, None).shape == (80, 4)
    assert features.resample_sinc(torch.zeros(1200), 22050, 16000).shape == (871,)


@pytest.fixture
def asked_anew() -> Iterator[Any]:
    """``makers``, which looks for torchaudio again; afterwards everything is as it was."""
    from framevox.engine_daemon.engines.indextts2.features import makers

    def ours(name: str) -> bool:
        return name.partition(".")[0] == "torchaudio" or name == f"{PACKAGE}.torchaudio_features"

    before = {name: module for name, module in sys.modules.items() if ours(name)}
    for name in before:
        del sys.modules[name]
    makers.cache_clear()
    yield makers
    makers.cache_clear()
    for name in [name for name in sys.modules if ours(name)]:
        del sys.modules[name]
    sys.modules.update(before)


@pytest.mark.parametrize("fault", ["OSError('undefined symbol')", "RuntimeError('for CUDA 12.8')"])
def test_a_torchaudio_that_does_not_load_is_said_and_hidden(
    asked_anew: Any, fault: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from framevox.engine_daemon.engines.indextts2.networks.w2v import classes

    package = tmp_path / "torchaudio"
    package.mkdir()
    (package / "__init__.py").write_text(f"raise {fault}\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    assert asked_anew().__name__ == f"{PACKAGE}.plain_features"
    assert "torchaudio does not load, so features are made in plain torch" in caplog.text
    assert all(one.__name__.startswith("Wav2Vec2Bert") for one in classes())
    with pytest.raises(ImportError):
        import torchaudio  # noqa: F401


def test_without_torchaudio_features_are_made_in_plain_torch(
    asked_anew: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setitem(sys.modules, "torchaudio", None)
    assert asked_anew().__name__ == f"{PACKAGE}.plain_features"
    assert not caplog.records


def test_a_torchaudio_that_loads_is_used(asked_anew: Any) -> None:
    pytest.importorskip("torchaudio", reason="torchaudio does not load here", exc_type=Exception)
    assert asked_anew().__name__ == f"{PACKAGE}.torchaudio_features"
