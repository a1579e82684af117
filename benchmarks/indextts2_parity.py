"""How far every stage of the engine indextts2 is from the reference implementation, on random weights.

Without options: the tiny model, beside the values of the reference that the repository keeps. With ``--seeds`` and
``--full`` further models are made and the reference is asked anew, which needs it installed (see
tests/golden/record_indextts2.py); a full-size model takes 7 GB of disk, 10 GB of memory and ten minutes of two cores.

Ends with 1 when a stage fed its recorded input is further than 2e-5 off, or one along the whole chain from the clips to
the sound further than 1e-3 (relative root mean square), or a code differs.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import report

CHECKOUT = Path(__file__).resolve().parent.parent
sys.path.append(str(CHECKOUT))
GOLDEN = {
    "2": CHECKOUT / "tests" / "golden" / "indextts2.npz",
    "2.5": CHECKOUT / "tests" / "golden" / "indextts25.npz",
}
REFERENCES = {"2": "indextts2-inference", "2.5": "indextts25-inference"}
ONE_OF_MANY = re.compile(r"^(run\d_|(spk|emo|spkemo): )")
"""Of three texts, or clips, the table shows the worst."""


@dataclass(frozen=True)
class Column:
    """A model and what the reference made of it. Without a record one is made, and without a folder that too."""

    title: str
    release: str
    size: str
    seed: int
    folder: Path | None = None
    record: Path | None = None


def measure(folder: Path, record: Path, threads: int) -> list[tuple[str, str, float, float]]:
    """(part, stage, distance, limit), in order."""
    import torch

    from framevox.engine_daemon.engines.indextts2 import IndexTTS2Model
    from tests.golden import stage_distances, stage_distances25
    from tests.golden.stage_distances import PER_STAGE, WHOLE_CHAIN, read_record

    torch.set_num_threads(threads)
    model, values = IndexTTS2Model.from_pretrained(folder), read_record(record)
    of_release = stage_distances25 if model.config.version == "2.5" else stage_distances
    stages, chain = of_release.stages, of_release.chain
    return [
        (part, name, value, limit)
        for part, limit, rows in (
            ("stage", PER_STAGE, stages(model, values)),
            ("chain", WHOLE_CHAIN, chain(model, values)),
        )
        for name, value in rows
    ]


def ask_reference(column: Column, folder: Path, record: Path, threads: int) -> None:
    """Makes the model and the record, in a process of its own: both would not fit into memory beside ours."""
    recorder = "tests.golden.record_indextts25" if column.release == "2.5" else "tests.golden.record_indextts2"
    command = [sys.executable, "-m", recorder, str(record), "--size", column.size]
    command += ["--seed", str(column.seed), "--folder", str(folder), "--threads", str(threads)]
    paths = [str(CHECKOUT), *filter(None, [os.environ.get("PYTHONPATH")])]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths), "TQDM_DISABLE": "1"}
    done = subprocess.run(command, cwd=CHECKOUT, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"the reference could not be recorded: {done.stderr.strip()[-2000:]}")


def fill(column: Column, threads: int) -> list[tuple[str, str, float, float]]:
    with tempfile.TemporaryDirectory(prefix="framevox-parity-") as name:
        folder, record = column.folder or Path(name) / "model", column.record or Path(name) / "record.npz"
        if column.record is None:
            ask_reference(column, folder, record, threads)
        elif column.folder is None:
            from tests.golden.random_indextts2 import SIZES, make_folder
            from tests.golden.random_indextts25 import SIZES25, make_folder25

            if column.release == "2.5":
                make_folder25(folder, column.seed, SIZES25[column.size])
            else:
                make_folder(folder, column.seed, SIZES[column.size])
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process:
            return process.submit(measure, folder, record, threads).result()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--release", nargs="+", choices=GOLDEN, default=list(GOLDEN), help="which releases (both)")
    parser.add_argument("--seeds", type=int, nargs="*", default=[], help="tiny models to record anew")
    parser.add_argument("--full", type=int, nargs="*", default=[], metavar="SEED", help="full-size models to record")
    parser.add_argument("--compare", type=Path, nargs=2, action="append", default=[], metavar=("DIR", "RECORD"),
                        help="a model folder and a record made elsewhere")  # fmt: skip
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    met = True
    for release in options.release:
        columns = [Column("tiny", release, "tiny", 0, record=GOLDEN[release])]
        columns += [Column(f"tiny, seed {seed}", release, "tiny", seed) for seed in options.seeds]
        columns += [Column(f"full size, seed {seed}", release, "full", seed) for seed in options.full]
        if release == options.release[0]:
            columns += [Column(folder.name, "", "", 0, folder, record) for folder, record in options.compare]
        report.heading(f"IndexTTS-{release} beside the reference", "torch", "transformers", REFERENCES[release])
        met &= compare(columns, options.threads)
    return 0 if met else 1


def compare(columns: list[Column], threads: int) -> bool:
    """Prints the tables of some models; returns whether every bound holds."""
    found: dict[tuple[str, str], dict[str, float]] = {}
    limits: dict[tuple[str, str], float] = {}
    exact: set[tuple[str, str]] = set()
    for column in columns:
        for part, name, value, limit in fill(column, threads):
            key = part, ONE_OF_MANY.sub("", name)
            limits[key] = limit
            if re.search("codes|mask", name):
                exact.add(key)
            row = found.setdefault(key, {})
            # The worst, and a distance that is no number is worst of all.
            row[column.title] = max(row.get(column.title, 0.0), value if value == value else float("inf"))

    def cell(key: tuple[str, str], title: str) -> str:
        value = found[key].get(title)
        if value is None:
            return "–"
        if key in exact:
            return "equal" if value == 0 else "DIFFERENT"
        return f"{value:.1e}"

    titles = [column.title for column in columns]
    names = {"stage": "Stage by stage, each fed the reference's input", "chain": "From the clips to the sound"}
    met = True
    for part, title in names.items():
        print(f"### {title}\n")
        keys = [key for key in found if key[0] == part]
        report.table(("stage", *titles), [(key[1], *(cell(key, t) for t in titles)) for key in keys])
        wrong = [f"{key[1]} ({t})" for key in keys for t, value in found[key].items() if not value <= limits[key]]
        limit = max(limits[key] for key in keys)
        claim = f"all {len(keys)} within {limit:g}, whole numbers equal" + (
            f"; not: {', '.join(wrong)}" if wrong else ""
        )
        met &= report.verdict(claim, not wrong)
        print()
    return met


if __name__ == "__main__":
    sys.exit(main())
