"""What a GPU runs in other ways than a CPU: the fused activation, replayed stages, convolutions in half precision."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from framevox.engine_daemon.engines.indextts2 import IndexTTS2Model, Prompt


@pytest.mark.parametrize("lengths", [None, [37, 300], [300, 1], [5, 12]])
@pytest.mark.parametrize("name", ["float32", "bfloat16"])
def test_the_fused_activation_is_the_unfused_one(kernel: Any, lengths: list[int] | None, name: str) -> None:
    import torch

    from framevox.engine_daemon.engines.indextts2.networks.bigvgan import Snake, half_band

    net = Snake(3)
    with torch.no_grad():
        net.alpha.copy_(torch.tensor([0.3, -0.5, 1.0]))
        net.beta.copy_(torch.tensor([-0.2, 0.4, 0.1]))
    dtype = getattr(torch, name)
    x = torch.randn(2, 3, 300, generator=torch.Generator().manual_seed(1)).to(dtype)
    own = None if lengths is None else torch.tensor(lengths)
    taps = half_band(x.device, torch.float32)
    with torch.inference_mode():
        fused = kernel(x, net.alpha, net.beta, taps, own)
        plain = net.unfused(x.float(), taps, own)
    assert fused.dtype == dtype
    assert float((fused.float() - plain).abs().max()) < (2e-6 if name == "float32" else 0.02)
    for row, length in enumerate(lengths or []):
        assert bool((fused[row, :, length:] == 0).all())


def test_replayed_stages_are_those_run_operation_by_operation(
    model: IndexTTS2Model, prompts: tuple[Prompt, Prompt], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a stand-in for the capture of CUDA: the work is run a few times on fixed tensors, and then replayed."""
    import torch

    from framevox.engine_daemon.engines.indextts2.memory import KEPT
    from framevox.engine_daemon.engines.indextts2.model import MelJob
    from framevox.engine_daemon.engines.indextts2.networks.regulator import nearest_map
    from framevox.engine_daemon.engines.indextts2.replay import Replays

    captured: list[Any] = []

    def capture(work: Any) -> Any:
        captured.append(work)
        work()
        work()
        return work

    jobs = []
    for i in range(5):
        codes, index = torch.arange(9 + 4 * i), nearest_map(9 + 4 * i, 20 + 7 * i)
        latents = torch.randn(len(codes), model.config.gpt.width, generator=torch.Generator().manual_seed(i))
        noise = torch.randn(80, prompts[0].mel.shape[1] + len(index), generator=torch.Generator().manual_seed(i))
        jobs.append(MelJob(codes, latents, prompts[0], index, noise))
    calls = [jobs[:1], jobs[1:2], jobs[:3], jobs[2:3], jobs[:1], jobs]
    plain = [(mels := model.mels(some, steps=3), model.vocode_many(mels)) for some in calls]
    replays = Replays(model.dit, model.bigvgan, capture, lambda: pytest.fail("a capture failed"), 6000)
    monkeypatch.setattr(model, "replays", replays)
    monkeypatch.setattr(model, "frame_bucket", 128)
    replayed = [(mels := model.mels(some, steps=3), model.vocode_many(mels)) for some in calls]
    for (mels, sounds), (others, expected) in zip(replayed, plain, strict=True):
        for one, other in [*zip(mels, others, strict=True), *zip(sounds, expected, strict=True)]:
            assert float((one - other).norm() / other.norm()) < 1e-5
    assert len(captured) == 4  # one row and three rows, of one length each; five rows keep a GPU busy
    for width in range(1, KEPT + 4):
        replays.vocode(torch.zeros(1, 80, width), torch.tensor([width]))
    assert len(replays._kept) == len(replays._graphs._captured) == KEPT


def test_only_what_memory_is_planned_for_is_captured(model: IndexTTS2Model) -> None:
    import torch

    from framevox.engine_daemon.engines.indextts2.replay import Replays

    captured: list[Any] = []

    def capture(work: Any) -> Any:
        captured.append(work)
        work()
        return work

    replays = Replays(model.dit, model.bigvgan, capture, lambda: pytest.fail("a capture failed"), 130)
    replays.vocode(torch.zeros(2, 80, 66), torch.tensor([1, 2]))
    assert not captured
    assert replays.prepare(128) == len(captured) == 1
    assert [key[1][2] for key in replays._kept] == [128]


def test_convolutions_in_half_precision_sound_nearly_the_same(
    folder: Path, model: IndexTTS2Model, prompts: tuple[Prompt, Prompt], monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch

    from framevox.engine_daemon.engines.indextts2 import IndexTTS2Model
    from framevox.engine_daemon.engines.indextts2.model import HALF_VOCODER

    monkeypatch.setenv(HALF_VOCODER, "1")
    half = IndexTTS2Model.from_pretrained(folder, dtype=torch.bfloat16)
    assert half.bigvgan.conv_pre.weight.dtype == torch.bfloat16
    assert half.bigvgan.activation_post.alpha.dtype == torch.float32
    mels = [prompts[0].mel[:, :60], prompts[1].mel[:, :45]]
    for sound, other in zip(half.vocode_many(mels), model.vocode_many(mels), strict=True):
        assert sound.dtype == torch.float32 and sound.shape == other.shape
        assert float((sound - other).norm() / other.norm()) < 0.1
