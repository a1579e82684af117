"""``framevox train emotion``: the set, the reversal, stopping and going on, and the folder that comes of it."""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import soundfile

from tests.engines.indextts2.acted_clips import RATE, SPEAKERS, clip, make_set

if TYPE_CHECKING:
    from framevox.engine_daemon.engines.indextts2 import IndexTTS2Model

QUICK = ("--steps", "4", "--check", "2", "--batch", "8", "--device", "cpu", "--json")


@pytest.fixture(scope="session")
def acted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_set(tmp_path_factory.mktemp("acted"), clips=5, transcripts=True)


def train(clips: Path, folder: Path, out: Path, *options: str) -> int:
    from framevox.engine_daemon.engines.indextts2.training.command import main

    return main(["emotion", str(clips), "--model", str(folder), "--out", str(out), *QUICK, *options])


@pytest.fixture(scope="session")
def trained(acted: Path, folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("trained") / "model"
    assert train(acted, folder, out, "--force") == 0
    return out


# --- the reversal and the probes


def test_the_gradient_is_turned_round_and_nothing_else() -> None:
    import torch

    from framevox.engine_daemon.engines.indextts2.training.adversary import ramp, reversed_gradient

    x = torch.tensor([1.0, -2.0], requires_grad=True)
    y = reversed_gradient(x, 0.5)
    assert y.tolist() == [1.0, -2.0]
    (y * torch.tensor([3.0, 4.0])).sum().backward()  # type: ignore[no-untyped-call]
    assert x.grad is not None and x.grad.tolist() == [-1.5, -2.0]
    assert ramp(0) == 0 and 0.98 < ramp(0.5) < ramp(1) < 1


def test_a_probe_finds_what_is_there_and_nothing_that_is_not() -> None:
    import torch

    from framevox.engine_daemon.engines.indextts2.training.probes import chance, probe

    made = torch.Generator().manual_seed(3)
    labels = torch.arange(400) % 4
    noise = torch.randn(400, 16, generator=made)
    told = noise.clone()
    told[torch.arange(400), labels] += 4
    assert probe(told[:200], labels[:200], told[200:], labels[200:]) > 0.95
    assert probe(noise[:200], labels[:200], noise[200:], labels[200:]) < 0.4
    assert chance(labels) == 0.25


# --- the set


def test_each_label_has_clips_in_every_part(acted: Path) -> None:
    from framevox.engine_daemon.engines.indextts2.training.clips import read_set

    found = read_set(acted, seed=0)
    assert len(found.clips) == 80 and found.emotions == ["angry", "calm", "happy", "sad"]
    for speaker in found.speakers:
        for emotion in found.emotions:
            parts = sorted(c.part for c in found.clips if (c.speaker, c.emotion) == (speaker, emotion))
            assert parts == ["held out", "stop", "train", "train", "train"]
    assert read_set(acted, seed=0) == found
    assert {c.name: c.part for c in read_set(acted, seed=1).clips} != {c.name: c.part for c in found.clips}


def _write(root: Path, *cells: tuple[str, str], clips: int = 5) -> Path:
    for speaker, emotion in cells:
        (root / speaker / emotion).mkdir(parents=True)
        for seed in range(clips):
            soundfile.write(root / speaker / emotion / f"{seed}.wav", clip("anna", "calm", seed, 1.0), RATE)
    return root


@pytest.mark.parametrize(
    ("cells", "clips", "said"),
    [
        ([], 5, "holds no clips: put the clips in folders as SPEAKER/EMOTION/NAME.wav"),
        ([("anna", "calm"), ("anna", "sad")], 5, "has clips of one speaker, anna: add a second one"),
        ([("anna", "calm"), ("boris", "calm")], 5, "has clips of one emotion, calm: add a second one"),
        ([("anna", "calm"), ("boris", "calm"), ("anna", "sad")], 5, "sad is acted by anna alone"),
        ([("anna", "calm"), ("boris", "calm"), ("anna", "sad"), ("boris", "sad")], 3, "has too few clips"),
    ],
)
def test_a_set_that_cannot_tell_voice_from_emotion_is_refused(
    tmp_path: Path,
    folder: Path,
    capsys: pytest.CaptureFixture[str],
    cells: list[tuple[str, str]],
    clips: int,
    said: str,
) -> None:
    assert train(_write(tmp_path / "set", *cells, clips=clips) if cells else tmp_path, folder, tmp_path / "out") == 2
    assert said in capsys.readouterr().err
    assert not (tmp_path / "out.training").exists()


def test_all_unfit_clips_are_named(tmp_path: Path, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = _write(tmp_path / "set", *((s, e) for s in ("anna", "boris") for e in ("calm", "sad")))
    (root / "anna" / "calm" / "0.wav").write_bytes(b"RIFF and no more")
    soundfile.write(root / "anna" / "sad" / "1.wav", np.zeros(RATE, np.float32), RATE)
    soundfile.write(root / "boris" / "sad" / "2.wav", np.ones(RATE // 2, np.float32), RATE)
    assert train(root, folder, tmp_path / "out") == 2
    said = capsys.readouterr().err
    assert "anna/calm/0.wav is damaged, or no sound file" in said
    assert "anna/sad/1.wav is silent" in said
    assert "boris/sad/2.wav is 0.5 s long where 1 s is the least" in said


def test_a_transcript_that_cannot_be_read_is_named(
    tmp_path: Path, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = _write(tmp_path / "set", *((s, e) for s in ("anna", "boris") for e in ("calm", "sad")))
    (root / "anna" / "calm" / "0.txt").write_text("……", encoding="utf-8")
    assert train(root, folder, tmp_path / "out") == 2
    assert "the transcript of anna/calm/0.wav: nothing in the line can be spoken" in capsys.readouterr().err


# --- the objective


def test_likelihood_is_the_cross_entropy_of_the_codes_and_reaches_the_vector_alone(
    model: IndexTTS2Model, acted: Path, tmp_path: Path
) -> None:
    import torch

    from framevox.engine_daemon.engines.indextts2.text_ids import TextFrontEnd
    from framevox.engine_daemon.engines.indextts2.training.clips import TrainingSet, read_set
    from framevox.engine_daemon.engines.indextts2.training.likelihood import spoken_loss
    from framevox.engine_daemon.engines.indextts2.training.material import hear

    some = TrainingSet(read_set(acted, 0).clips[:2])
    heard = hear(model, TextFrontEnd.of(model.folder, model.config), some, tmp_path, "key", lambda each: each).heard
    assert all(len(clip.codes) == len(clip.semantic) and len(clip.text) for clip in heard)
    vectors = torch.zeros(2, model.config.gpt.width, requires_grad=True)
    speakers = [clip.speaker for clip in reversed(heard)]
    loss = spoken_loss(model.gpt, heard, speakers, vectors)
    loss.backward()  # type: ignore[no-untyped-call]
    assert vectors.grad is not None and bool(vectors.grad.abs().sum(1).gt(0).all())
    assert all(p.grad is None for p in model.gpt.parameters())
    # By the engine's own second pass, one clip at a time.
    c, total, count = model.config.gpt, 0.0, 0
    for one, latents in zip(heard, speakers, strict=True):
        codes = torch.cat([one.codes, torch.tensor([c.stop_mel])])
        prefix = model.gpt.prefix(one.text, latents, torch.zeros(c.width))
        with torch.no_grad():
            (states,) = model.gpt.latents([prefix], [codes])
            scores = model.gpt.logits(states).log_softmax(-1)
        total -= float(scores[torch.arange(len(codes)), codes].sum())
        count += len(codes)
    assert float(loss.detach()) == pytest.approx(total / count, rel=1e-5)


def test_features_are_computed_once(model: IndexTTS2Model, acted: Path, tmp_path: Path) -> None:
    from framevox.engine_daemon.engines.indextts2.text_ids import TextFrontEnd
    from framevox.engine_daemon.engines.indextts2.training.clips import TrainingSet, read_set
    from framevox.engine_daemon.engines.indextts2.training.material import hear

    front = TextFrontEnd.of(model.folder, model.config)
    some = TrainingSet(read_set(acted, 0).clips[:2])
    first = hear(model, front, some, tmp_path, "key", lambda each: each)
    made = {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()}
    again = hear(model, front, some, tmp_path, "key", lambda each: each)
    assert {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()} == made and len(made) == 2
    assert all(bool((a.semantic == b.semantic).all()) for a, b in zip(first.heard, again.heard, strict=True))
    # One that was cut short is computed anew, and other weights never take these for theirs.
    next(iter(made)).write_bytes(b"cut short")
    hear(model, front, some, tmp_path, "key", lambda each: each)
    hear(model, front, some, tmp_path, "other", lambda each: each)
    assert len(list(tmp_path.glob("*.safetensors"))) == 4


# --- the result


def test_the_folder_differs_in_the_branch_alone_and_the_engine_loads_it(
    folder: Path, trained: Path, model: IndexTTS2Model
) -> None:
    import torch

    from framevox.engine_daemon.engines.indextts2 import IndexTTS2Model

    before, after = torch.load(folder / "gpt.pth"), torch.load(trained / "gpt.pth")
    assert list(before) == list(after)
    changed = {name for name in before if not torch.equal(before[name], after[name])}
    assert changed and all(name.startswith(("emo_", "emovec_")) for name in changed)
    assert {name: before[name].dtype for name in before} == {name: after[name].dtype for name in after}
    others = {path.relative_to(folder) for path in folder.rglob("*") if path.is_file()} - {Path("gpt.pth")}
    assert all((folder / name).read_bytes() == (trained / name).read_bytes() for name in others)
    loaded = IndexTTS2Model.from_pretrained(trained)
    wave = clip("dora", "happy", 99, 3.5)
    old, new = model.encode_prompt(wave, RATE), loaded.encode_prompt(wave, RATE)
    assert torch.equal(old.speaker_latents, new.speaker_latents)
    assert not torch.allclose(old.emotion, new.emotion)
    note = json.loads((trained / "framevox-training.json").read_text(encoding="utf-8"))
    assert note["clips"] == 80 and note["outcome"]["held_out"] == 16 and note["settings"]["reversal"] == 1


def test_the_branch_of_indextts25_is_trained_without_transcripts_and_that_is_said(
    acted: Path, folder25: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    import torch

    from framevox.engine_daemon.engines.indextts2 import IndexTTS2Model

    out = tmp_path / "model"
    assert train(acted, folder25, out, "--force") == 0
    assert "Transcripts are not used, for IndexTTS-2.5 cannot make codes of a clip" in " ".join(
        capsys.readouterr().err.split()
    )
    before, after = (torch.load(each / "gpt.pth") for each in (folder25, out))
    changed = {name for name in before if not torch.equal(before[name], after[name])}
    assert changed and all(name.startswith(("emo_", "emovec_")) for name in changed)
    assert IndexTTS2Model.from_pretrained(out).config.version == "2.5"


def test_stopped_at_any_step_it_ends_as_if_it_never_was(
    acted: Path, folder: Path, trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch

    from framevox.engine_daemon.engines.indextts2.training import command

    out = tmp_path / "model"
    asked = iter([False, False, True, *[False] * 2, True, *[False] * 100])

    class Stop:
        def __enter__(self) -> Any:
            return lambda: next(asked)

        def __exit__(self, *_: object) -> None:
            pass

    with monkeypatch.context() as patched:
        patched.setattr(command, "_asked_to_stop", Stop)
        assert train(acted, folder, out, "--force") == 1
        assert not out.exists()
        assert train(acted, folder, out, "--force") == 1
    assert train(acted, folder, out, "--force") == 0
    one, other = torch.load(trained / "gpt.pth"), torch.load(out / "gpt.pth")
    assert all(torch.equal(one[name], other[name]) for name in one)


def test_a_full_disk_loses_nothing(
    acted: Path, folder: Path, trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    import torch

    save, out = torch.save, tmp_path / "model"

    def full(what: Any, path: Any) -> None:
        if "reversal" in str(path) and what["progress"]["step"] == 4:
            Path(path).write_bytes(b"half of it")
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
        save(what, path)

    with monkeypatch.context() as patched:
        patched.setattr(torch, "save", full)
        assert train(acted, folder, out, "--force") == 1
    said = capsys.readouterr().err
    assert "No space left on device: put it right and run the same command again, it goes on" in said
    assert not out.exists()
    assert train(acted, folder, out, "--force") == 0
    one, other = torch.load(trained / "gpt.pth"), torch.load(out / "gpt.pth")
    assert all(torch.equal(one[name], other[name]) for name in one)


def test_a_training_is_not_continued_with_other_options(
    acted: Path, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "model"
    assert train(acted, folder, out, "--force") == 0
    assert train(acted, folder, out, "--force") == 2
    assert f"{out} exists: give another --out, or remove it first" in capsys.readouterr().err
    out.rename(tmp_path / "kept")
    assert train(acted, folder, out, "--seed", "5") == 2
    assert "was begun with other clips, seed: give the same to go on with it" in capsys.readouterr().err


def test_a_collapse_is_refused_unless_forced(
    acted: Path, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from framevox.engine_daemon.engines.indextts2.training.branch import EmotionBranch

    # A branch that says the same of every clip once it is trained: the probes fall to chance.
    vectors, calls = EmotionBranch.vectors, []

    def collapsed(branch: EmotionBranch, clips: Any) -> Any:
        calls.append(branch)
        made = vectors(branch, clips)
        return made if branch.training_began is False else made * 0

    def began(branch: EmotionBranch, semantic: Any) -> Any:
        if semantic.requires_grad is False and semantic.shape[0] > 1:
            branch.training_began = True
        return forward(branch, semantic)

    forward = EmotionBranch.forward
    monkeypatch.setattr(EmotionBranch, "training_began", False, raising=False)
    monkeypatch.setattr(EmotionBranch, "vectors", collapsed)
    monkeypatch.setattr(EmotionBranch, "forward", began)
    out = tmp_path / "model"
    assert train(acted, folder, out) == 1
    said = capsys.readouterr()
    assert "the emotions are told apart worse than before (25% of the held-out clips" in said.err
    assert json.loads(said.out)["collapsed"] and not out.exists()
    assert train(acted, folder, out, "--force") == 0
    assert (out / "config.yaml").is_file()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--lambda", "0"), "--lambda is 0: give a λ above it"),
        (("--device", "cuda:77"), "torch finds no card for the device cuda:77"),
        (("--device", "abacus"), "unknown device 'abacus'"),
    ],
)
def test_options_that_cannot_be_used(
    acted: Path, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], options: tuple[str, ...], said: str
) -> None:
    assert train(acted, folder, tmp_path / "out", *options) == 2
    assert said in capsys.readouterr().err


def test_tensorboard_is_given_the_losses_and_the_probes(trained: Path) -> None:
    pytest.importorskip("tensorboard")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    for name in ("without reversal", "with reversal"):
        log = EventAccumulator(str(trained.with_name("model.training") / "logs" / name))
        log.Reload()
        assert {"loss/emotion", "loss/speaker", "loss/anchor", "probe/speaker", "moved"} <= set(log.Tags()["scalars"])
        assert [event.step for event in log.Scalars("loss/emotion")] == [0, 1, 2, 3]


def test_without_tensorboard_it_trains_and_names_the_extra(
    acted: Path, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", None)
    assert train(acted, folder, tmp_path / "model", "--force") == 0
    assert "pip install 'framevox[indextts,train]'" in capsys.readouterr().err


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_the_speaker_goes_and_the_emotion_stays(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    clips, out = make_set(tmp_path / "set", clips=20), tmp_path / "model"
    assert train(clips, folder, out, "--steps", "400", "--check", "50", "--batch", "64") == 0
    result = json.loads(capsys.readouterr().out)
    before, plain, after = result["before"], result["plain"], result["trained"]
    assert result["speaker_chance"] == 1 / len(SPEAKERS)
    assert after["speaker"] < 0.45 < 0.6 < min(before["speaker"], plain["speaker"])
    assert after["emotion"] >= before["emotion"] - 0.05 and plain["emotion"] >= before["emotion"]


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.skipif(sys.platform == "win32", reason="no Ctrl-C can be sent to one process there")
def test_ctrl_c_ends_the_step_and_the_same_command_goes_on(acted: Path, folder: Path, tmp_path: Path) -> None:
    out, work = tmp_path / "model", tmp_path / "model.training"
    command = [sys.executable, "-m", "framevox", "train", "emotion", str(acted), "--model", str(folder), "--out",
               str(out), "--force", "--device", "cpu", "--batch", "8", "--steps", "200", "--check", "10"]  # fmt: skip
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, encoding="utf-8")
    deadline = time.monotonic() + 200
    # The first of its twenty states stands as soon as the first training is under way.
    while not list(work.glob("*reversal.pt")) and time.monotonic() < deadline and process.poll() is None:
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=120)
    assert process.returncode == 1 and "Stopped, nothing is lost" in said, said
    assert f"remove {work} to begin anew" in " ".join(said.split()), said
    assert list(work.glob("*reversal.pt")) and not out.exists()
    subprocess.run(command, check=True, timeout=250)
    assert (out / "gpt.pth").is_file()
