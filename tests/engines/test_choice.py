"""Which engine speaks when nobody names one, and who is told why."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest

from framevox.engine_daemon.client import Client
from framevox.engine_daemon.engines import choice as choices
from framevox.engine_daemon.engines.choice import Choice, choose, configured_model, decide, gpu_lack, without_lost
from framevox.engine_daemon.engines.losses import MOST, Losses
from framevox.engine_daemon.protocol.connection import Home
from framevox.engine_daemon.protocol.errors import InputError

MODEL = Path("/models/voice")


T = TypeVar("T")


def say(answer: T, asked: list[str], what: str) -> Callable[[], T]:
    return lambda: (asked.append(what), answer)[1]


@pytest.mark.parametrize(
    ("named", "model", "extra", "gpu", "engine", "reason", "asked"),
    [
        (None, None, True, True, "kokoro", "no other model is configured", []),
        (None, MODEL, False, True, "kokoro", r"/models/voice.*pip install 'framevox\[indextts\]'", ["extra"]),
        (None, MODEL, True, False, "kokoro", "no GPU.*framevox serve --engine indextts2", ["extra", "gpu"]),
        (None, MODEL, True, True, "indextts2", "there is a GPU", ["extra", "gpu"]),
        ("indextts2", MODEL, True, False, "indextts2", "--engine", []),
        ("kokoro", MODEL, True, True, "kokoro", "--engine", []),
    ],
)
def test_the_engine_is_the_one_asked_for_or_what_fits_the_machine(
    named: str | None, model: Path | None, extra: bool, gpu: bool, engine: str, reason: str, asked: list[str]
) -> None:
    """``asked``: what has to be found out for it; looking for a GPU takes seconds."""
    looked: list[str] = []
    lack = "" if gpu else "torch finds no GPU"
    choice = decide(named, model, say(extra, looked, "extra"), say(lack, looked, "gpu"))
    assert choice.engine == engine and looked == asked
    assert (choice.unused == MODEL) == (model is not None and named is None and engine == "kokoro")
    from re import search

    assert search(reason, choice.reason), choice.reason


def test_a_model_is_configured_by_name_or_by_having_been_pulled_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("FRAMEVOX_MODEL", raising=False)
    home, pulled = Home.find(tmp_path), tmp_path / "models" / "indextts2"
    pulled.mkdir(parents=True)
    (pulled / "gpt.pth").touch()
    assert configured_model(home) is None
    (pulled / "config.yaml").touch()
    assert configured_model(home) == pulled
    newer = tmp_path / "models" / "indextts2.5"
    newer.mkdir()
    assert configured_model(home) == pulled
    (newer / "config.yaml").touch()
    assert configured_model(home) == newer
    # A folder that is named and wrong is not passed over: loading it says what is wrong.
    monkeypatch.setenv("FRAMEVOX_MODEL", str(tmp_path / "elsewhere"))
    assert configured_model(home) == tmp_path / "elsewhere"


def test_without_a_model_nothing_of_torch_is_looked_at(home: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from framevox.engine_daemon.engines import choice; "
        "from framevox.engine_daemon.protocol.connection import Home; choice.has_extra = choice.gpu_lack = None; "
        f"print(choice.choose(Home.find(Path({str(home)!r}))).engine, 'torch' in sys.modules, 'numpy' in sys.modules)"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.split() == ["kokoro", "False", "False"]


def test_the_status_says_which_engine_and_why(home: Path) -> None:
    with Client.connect(home=home) as client:
        status = client.status()
    assert status["engine"] == "kokoro" and "no other model is configured" in status["engine_reason"]
    assert choose(Home.find(home)).engine == "kokoro"


@pytest.mark.parametrize(
    ("asked", "device", "mode", "told"),
    [
        (None, "", "", True),
        (None, "cuda:1", "graphs", True),
        ("indextts2", "cuda", "", True),
        ("indextts2", "", "", False),  # whether there is a card is found out when it is loaded
        (None, "", "eager", False),
        ("indextts2", "cpu", "", False),
        ("kokoro", "cuda", "", False),
    ],
)
def test_a_card_without_triton_is_told_of_when_the_daemon_starts(
    asked: str | None, device: str, mode: str, told: bool, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FRAMEVOX_MODEL", str(MODEL))
    monkeypatch.setenv(choices.DEVICE_VARIABLE, device)
    monkeypatch.setenv(choices.GPU_MODE_VARIABLE, mode)
    monkeypatch.setattr(choices, "has_extra", lambda: True)
    monkeypatch.setattr(choices, "gpu_lack", lambda: "")
    find_spec = choices.importlib.util.find_spec
    monkeypatch.setattr(
        choices.importlib.util, "find_spec", lambda name, *rest: None if name == "triton" else find_spec(name, *rest)
    )
    reason = choose(Home.find(home), asked).reason
    assert ("Triton is not installed, so the vocoder" in reason) == told
    assert ("pip install triton" in reason) == told


NO_GPU, GPU = "torch finds no GPU", ""
ONCE, OFTEN = Losses("indextts2", 1, "CUDA error"), Losses("indextts2", MOST, "CUDA error")
OTHER = Losses("tests:Tones", MOST, "CUDA error")
DEAD_ONCE, DEAD_BY_ONE_LINE, DEAD_OFTEN = (Losses("indextts2", n, "died", card=False) for n in (1, MOST, MOST + 1))


@pytest.mark.parametrize(
    ("asked", "losses", "without_gpu", "lack", "engine", "instead_of", "fails"),
    [
        # Nothing was lost: as ever, unless the user says what to do.
        (None, None, "", GPU, "indextts2", "", ""),
        (None, None, "", NO_GPU, "kokoro", "", ""),
        ("indextts2", None, "", NO_GPU, "indextts2", "", ""),
        (None, None, "built-in", NO_GPU, "kokoro", "indextts2", ""),
        (None, None, "fail", NO_GPU, "indextts2", "", NO_GPU),
        ("indextts2", None, "fail", NO_GPU, "indextts2", "", NO_GPU),
        ("indextts2", None, "built-in", NO_GPU, "kokoro", "indextts2", ""),
        ("indextts2", None, "fail", GPU, "indextts2", "", ""),
        # Lost once, and the card is there: it is tried again.
        (None, ONCE, "", GPU, "indextts2", "", ""),
        ("indextts2", ONCE, "", GPU, "indextts2", "", ""),
        # Lost, and there is no card any more.
        (None, ONCE, "", NO_GPU, "kokoro", "indextts2", ""),
        (None, ONCE, "fail", NO_GPU, "indextts2", "", NO_GPU),
        ("indextts2", ONCE, "", NO_GPU, "indextts2", "", NO_GPU),
        ("indextts2", ONCE, "built-in", NO_GPU, "kokoro", "indextts2", ""),
        # Lost again and again.
        (None, OFTEN, "", GPU, "kokoro", "indextts2", ""),
        ("indextts2", OFTEN, "", GPU, "indextts2", "", "3 times in a row"),
        # Its process died, which says nothing of a card, but not again and again.
        ("indextts2", DEAD_ONCE, "", NO_GPU, "indextts2", "", ""),
        (None, DEAD_ONCE, "", NO_GPU, "kokoro", "", ""),
        ("indextts2", DEAD_OFTEN, "", NO_GPU, "indextts2", "", "4 times in a row"),
        ("indextts2", DEAD_BY_ONE_LINE, "", NO_GPU, "indextts2", "", ""),
        (None, DEAD_OFTEN, "", GPU, "kokoro", "indextts2", ""),
        # Of no concern to another engine.
        ("kokoro", OFTEN, "fail", NO_GPU, "kokoro", "", ""),
        (None, OTHER, "", GPU, "indextts2", "", ""),
        ("tests:Tones", OFTEN, "built-in", NO_GPU, "tests:Tones", "", ""),
        ("tests:Tones", OTHER, "", GPU, "tests:Tones", "", "3 times in a row"),
    ],
)
def test_an_engine_without_its_gpu_is_replaced_or_fails_as_the_user_would_expect(
    monkeypatch: pytest.MonkeyPatch,
    asked: str | None,
    losses: Losses | None,
    without_gpu: str,
    lack: str,
    engine: str,
    instead_of: str,
    fails: str,
) -> None:
    monkeypatch.delenv("FRAMEVOX_DEVICE", raising=False)
    chosen = decide(asked, MODEL, lambda: True, lambda: lack)
    found = without_lost(chosen, asked, losses, without_gpu, lambda: lack)
    assert (found.engine, found.instead_of) == (engine, instead_of)
    assert fails in found.unusable and bool(found.unusable) == bool(fails)
    if instead_of or fails:
        assert found.lack in found.reason and "run `framevox stop` to have it tried again" in found.reason


def test_a_device_that_is_no_card_needs_none(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = Choice("indextts2", "asked for")
    for device in ("cpu", "mps"):
        monkeypatch.setenv("FRAMEVOX_DEVICE", device)
        assert without_lost(asked, "indextts2", ONCE, "fail", lambda: NO_GPU) == asked


def test_the_built_in_engine_serves_beside_the_gpu_engine_unless_told_otherwise(home: Path) -> None:
    def beside(engine: str, asked: str | None = None) -> str:
        return choose(Home.find(home), engine, beside=asked).beside

    assert (beside("indextts2"), beside("indextts2", "none"), beside("kokoro", "kokoro")) == ("kokoro", "", "")
    assert (beside("tests:Tones"), beside("tests:Tones", "kokoro")) == ("", "kokoro")
    with pytest.raises(InputError, match="--beside tests:Tones: only kokoro serves beside another engine"):
        beside("indextts2", "tests:Tones")


def test_the_card_that_was_chosen_is_looked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cuda = "class cuda:\n    is_available = staticmethod(lambda: True)\n    device_count = staticmethod(lambda: 2)\n"
    (tmp_path / "torch.py").write_text(cuda)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    for device, said in (("cuda:1", ""), ("cuda:2", "torch finds no card for the device cuda:2"), ("cuda", "")):
        monkeypatch.setenv("FRAMEVOX_DEVICE", device)
        assert gpu_lack() == said


@pytest.mark.parametrize(
    ("torch", "seconds", "said"),
    [
        ("class cuda:\n    is_available = staticmethod(lambda: True)", 30, ""),
        ("class cuda:\n    is_available = staticmethod(lambda: False)", 30, "torch finds no GPU"),
        (
            "raise OSError('libcudart.so.12 is missing')",
            30,
            "torch cannot be loaded (OSError: libcudart.so.12 is missing)",
        ),
        ("import os\nos.abort()", 30, "torch cannot be loaded (it ended with -6)"),
        ("import time\ntime.sleep(9)", 0.5, "torch took more than 0.5 s to look for a GPU"),
    ],
    ids=["a GPU", "none", "broken", "dies", "slow"],
)
def test_why_there_is_no_gpu_is_said_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, torch: str, seconds: float, said: str
) -> None:
    (tmp_path / "torch.py").write_text(torch)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setattr(choices, "GPU_SECONDS", seconds)
    assert gpu_lack() == said
    assert (decide(None, MODEL, lambda: True, gpu_lack).engine == "indextts2") == (said == "")
