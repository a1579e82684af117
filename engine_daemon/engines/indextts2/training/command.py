"""``framevox train emotion CLIPS --model DIR --out DIR``."""

from __future__ import annotations

import argparse
import hashlib
import json
import math
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import Progress, track
from rich.table import Table

from framevox.engine_daemon.engines import used_model
from framevox.engine_daemon.protocol.connection import Home
from framevox.engine_daemon.protocol.errors import FramevoxError, InputError

EXTRA = "pip install 'framevox[indextts,train]'"


def _number(kind: type, low: float, high: float = math.inf) -> Callable[[str], Any]:
    def read(text: str) -> Any:
        try:
            value = kind(text)
        except ValueError:
            value = math.nan
        if not low <= value <= high:
            raise argparse.ArgumentTypeError(
                f"{text!r} is no number {f'from {low:g} to {high:g}' if math.isfinite(high) else f'from {low:g}'}"
            )
        return value

    return read


def parser() -> argparse.ArgumentParser:
    """Returns the command's own parser."""
    parser = argparse.ArgumentParser(prog="framevox train", description="Train parts of a model on clips of your own.")
    commands = parser.add_subparsers(dest="command", required=True)
    emotion = commands.add_parser(
        "emotion",
        help="train the emotion branch, keeping the speaker out of it",
        description="Trains the emotion branch of IndexTTS-2 on acted clips, in folders SPEAKER/EMOTION/NAME.wav, "
        "with a transcript NAME.txt beside those that have one. Run again after a stop, it goes on where it was.",
    )
    add = emotion.add_argument
    add("clips", type=Path, metavar="CLIPS", help="the folder of clips")
    add("--out", type=Path, required=True, metavar="DIR", help="the model folder to make")
    add("--model", type=Path, metavar="DIR", help="the model folder to start from (default: where the engine looks)")
    add("--lambda", dest="reversal", type=_number(float, 0.0, 100.0), default=1.0, metavar="λ",
        help="weight of the reversed gradient once it is ramped up (default: 1)")  # fmt: skip
    add("--anchor", type=_number(float, 0.0), default=0.1, metavar="X",
        help="weight of staying near the released vectors (default: 0.1)")  # fmt: skip
    add("--likelihood", type=_number(float, 0.0), default=0.1, metavar="X",
        help="weight of the transcripts' likelihood (default: 0.1)")  # fmt: skip
    add("--steps", type=_number(int, 1), default=2000, metavar="N", help="steps at most (default: 2000)")
    add("--batch", type=_number(int, 2), default=64, metavar="N", help="clips a step (default: 64)")
    add("--rate", type=_number(float, 1e-9, 1.0), default=2e-4, metavar="X", help="learning rate (default: 2e-4)")
    add("--check", type=_number(int, 1), default=50, metavar="N", help="steps between probes (default: 50)")
    add("--seed", type=_number(int, 0, 2**63 - 1), default=0, metavar="N",
        help="the same seed gives the same result on one kind of machine (default: 0)")  # fmt: skip
    add("--device", default="auto", metavar="NAME", help="cpu, cuda, cuda:1, mps (default: auto)")
    add("--precision", choices=("auto", "float32", "bfloat16"), default="auto",
        help="bfloat16 is mixed precision (default: bfloat16 on a GPU that has it)")  # fmt: skip
    add("--force", action="store_true", help="write the model even if its emotions are told apart worse than before")
    add("--json", action="store_true", help="print the table as JSON")
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command; 0 when the model was written, 1 when it failed, was stopped or was refused, 2 for bad input."""
    options = parser().parse_args(arguments)
    # cuBLAS reads this when it starts; without it sums come in another order each time.
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    try:
        return _train(options)
    except OSError as error:
        print(f"framevox: {_said(error)}: put it right and run the same command again, it goes on", file=sys.stderr)
        return 1
    except FramevoxError as error:
        print(f"framevox: {error}", file=sys.stderr)
        return 2 if isinstance(error, InputError) else 1
    except ModuleNotFoundError as error:
        print(f"framevox: this needs {error.name}: {EXTRA}", file=sys.stderr)
        return 2


def _said(error: OSError) -> str:
    place = f"{error.filename}: " if error.filename else ""
    return f"{place}{error.strerror or error}"


def _train(options: argparse.Namespace) -> int:
    import torch

    from framevox.engine_daemon.engines.indextts2.front_end import front_end
    from framevox.engine_daemon.engines.indextts2.loading.config import Config2
    from framevox.engine_daemon.engines.indextts2.loading.device import find_device
    from framevox.engine_daemon.engines.indextts2.loading.fingerprint import model_key
    from framevox.engine_daemon.engines.indextts2.model import IndexTTS2Model
    from framevox.engine_daemon.engines.indextts2.training.clips import read_set
    from framevox.engine_daemon.engines.indextts2.training.folder import write_folder
    from framevox.engine_daemon.engines.indextts2.training.loop import Settings, StopAsked, Training
    from framevox.engine_daemon.engines.indextts2.training.material import hear
    from framevox.engine_daemon.engines.indextts2.training.outcome import outcome

    out: Path = options.out
    if out.exists():
        raise InputError(f"{out} exists: give another --out, or remove it first")
    if options.reversal == 0:
        raise InputError("--lambda is 0: give a λ above it; λ = 0 is trained beside it by itself, to compare with")
    clips = read_set(options.clips, options.seed)
    device, native = find_device(options.device)
    half = options.precision == "bfloat16" or (options.precision == "auto" and native == torch.bfloat16)
    settings = Settings(
        reversal=options.reversal, anchor=options.anchor, likelihood=options.likelihood, steps=options.steps,
        batch=options.batch, rate=options.rate, check=options.check, half=half, seed=options.seed,
    )  # fmt: skip
    source = options.model or used_model(Home.find().voices)
    model = IndexTTS2Model.from_pretrained(source, device)
    torch.use_deterministic_algorithms(True, warn_only=True)
    work = out.with_name(f"{out.name}.training")
    _claim(work, {"clips": _listed(clips), "model": model_key(model), **asdict(settings)})
    # A folder's name, and an extra's, may hold what rich would take for markup.
    console = Console(stderr=True, markup=False)
    heard = hear(
        model, front_end(source, model.config), clips, work / "clips", model_key(model),
        lambda each: track(each, "Hearing the clips", console=console),
    )  # fmt: skip
    without = (
        "No transcripts"
        if isinstance(model.config, Config2)
        else "Transcripts are not used, for IndexTTS-2.5 cannot make codes of a clip"
    )
    vectors = {}
    released = None
    try:
        with _asked_to_stop() as stop:
            for name, reversal in (("without reversal", 0.0), ("with reversal", options.reversal)):
                training = Training(model, heard, replace(settings, reversal=reversal), work / f"{name}.pt")
                released = training.released
                if training.progress.step == 0 and reversal and not training.spoken:
                    console.print(
                        f"{without}: trained by emotion, speaker and anchor alone, without the likelihood that the "
                        "paper has as well"
                    )
                _run(training, name, work, console, stop)
                vectors[reversal] = training.branch.vectors([clip.semantic for clip in heard.heard])
    except StopAsked:
        console.print(
            f"Stopped, nothing is lost: run the same command again to go on, or remove {work} to begin anew",
            soft_wrap=True,
        )
        return 1
    assert released is not None
    result = outcome(heard, released, vectors[0.0], vectors[options.reversal], options.reversal)
    note = {"settings": asdict(settings), "clips": len(clips.clips), "outcome": asdict(result)}
    _show(result, options.json)
    if result.collapsed and not options.force:
        print(
            f"framevox: the emotions are told apart worse than before ({result.trained.emotion:.0%} of the held-out "
            f"clips where it was {result.before.emotion:.0%}), so {out} was not written: give a smaller --lambda, a "
            "larger --anchor or more clips with another --out, or the same command with --force",
            file=sys.stderr,
        )
        return 1
    if result.useless:
        print("framevox: the vectors tell as much of the speaker as before: give a larger --lambda or more clips",
              file=sys.stderr)  # fmt: skip
    write_folder(model, training.branch, out, note)
    print(f"{out} is ready: framevox serve --engine indextts2 --model {out}", file=sys.stderr)
    return 0


def _run(training: Any, name: str, work: Path, console: Console, stop: Callable[[], bool]) -> None:
    """Runs one training to its end, with a bar and logs."""
    with _log(work / "logs" / name, console) as log, Progress(console=console) as bar:
        task = bar.add_task(f"Training {name}", total=training.settings.steps, completed=training.progress.step)

        def told(step: int, losses: dict[str, float]) -> None:
            bar.update(task, completed=step + 1)
            log(step, {f"loss/{key}": value for key, value in losses.items()})

        def looked(look: Any) -> None:
            log(look.step, {"probe/speaker": look.speaker, "probe/emotion": look.emotion, "moved": look.moved})

        training.run(told, looked, stop)
        bar.update(task, completed=training.settings.steps)


def _listed(clips: Any) -> str:
    names = "\n".join(f"{clip.name} {clip.part} {clip.transcript}" for clip in clips.clips)
    return hashlib.sha256(names.encode()).hexdigest()


def _claim(work: Path, about: dict[str, Any]) -> None:
    """Makes the folder of a training, or goes on with one that was begun alike. Raises InputError for any other."""
    (work / "clips").mkdir(parents=True, exist_ok=True)
    path = work / "training.json"
    try:
        begun = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        path.write_text(json.dumps(about, indent=2), encoding="utf-8")
        return
    except ValueError as error:
        raise InputError(f"{path} is damaged: remove {work} to begin anew") from error
    other = [name for name in about if begun.get(name) != about[name]]
    if other:
        raise InputError(
            f"{work} holds a training that was begun with other {', '.join(other)}: give the same to go on with it, "
            "another --out, or remove it to begin anew"
        )


@contextmanager
def _asked_to_stop() -> Iterator[Callable[[], bool]]:
    """Ctrl-C asks for a stop at the end of the step; a second one stops at once."""
    asked = threading.Event()

    def ask(*_: Any) -> None:
        if asked.is_set():
            raise KeyboardInterrupt
        asked.set()

    before = signal.signal(signal.SIGINT, ask)
    try:
        yield asked.is_set
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def _log(folder: Path, console: Console) -> Iterator[Callable[[int, dict[str, float]], None]]:
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError:
        console.print(f"No logs for TensorBoard, which is not installed: {EXTRA}", soft_wrap=True)
        yield lambda step, values: None
        return
    writer = SummaryWriter(str(folder))

    def log(step: int, values: dict[str, float]) -> None:
        for name, value in values.items():
            writer.add_scalar(name, value, step)

    try:
        yield log
    finally:
        writer.close()


def _show(result: Any, as_json: bool) -> None:
    if as_json:
        print(json.dumps(asdict(result) | {"collapsed": result.collapsed}, ensure_ascii=False, indent=2))
        return
    table = Table(title=f"Named by a linear probe, of {result.held_out} clips held out")
    for name in ("", "speaker", "emotion", "vectors moved"):
        table.add_column(name, justify="left" if not name else "right")
    for row in (result.before, result.plain, result.trained):
        table.add_row(row.name, f"{row.speaker:.0%}", f"{row.emotion:.0%}", f"{row.moved:.2f}")
    table.add_row("chance", f"{result.speaker_chance:.0%}", f"{result.emotion_chance:.0%}", "")
    Console().print(table)


if __name__ == "__main__":
    sys.exit(main())
