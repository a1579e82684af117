"""Fetching a model folder from the hub, and checking one: ``framevox models pull`` and ``framevox models check``."""

from __future__ import annotations

import argparse
import hashlib
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from framevox.engine_daemon.engines import MODEL_VARIABLE, default_model
from framevox.engine_daemon.engines.indextts2.loading.config import read_config
from framevox.engine_daemon.protocol.connection import Home
from framevox.engine_daemon.protocol.errors import FramevoxError, InputError
from framevox.engine_daemon.protocol.files import replace_file

LICENCE = "The weights are Bilibili's, under their own model licence: https://huggingface.co/IndexTeam/IndexTTS-2"


@dataclass(frozen=True, slots=True)
class Source:
    """Files of one repository, and where in the folder they go. A name that ends in ``/`` stands for all below it."""

    repo: str
    files: tuple[str, ...]
    target: str


SOURCES = (
    Source("facebook/w2v-bert-2.0", ("config.json", "model.safetensors"), "hf_cache/w2v-bert-2.0"),
    Source("amphion/MaskGCT", ("semantic_codec/model.safetensors",), "hf_cache"),
    Source("funasr/campplus", ("campplus_cn_common.bin",), "hf_cache"),
    Source("nvidia/bigvgan_v2_22khz_80band_256x", ("config.json", "bigvgan_generator.pt"), "hf_cache/bigvgan"),
    # config.yaml comes last: a folder that has it is complete, and may be chosen automatically.
    Source(
        "IndexTeam/IndexTTS-2",
        ("gpt.pth", "s2mel.pth", "bpe.model", "wav2vec2bert_stats.pt", "feat1.pt", "feat2.pt", "qwen0.6bemo4-merge/",
         "config.yaml"),
        "",
    ),
)  # fmt: skip


def default_folder() -> Path:
    """Where the engine looks for its model."""
    return Path(os.environ.get(MODEL_VARIABLE) or default_model(Home.find().voices))


def pull(folder: Path, sources: Sequence[Source] = SOURCES) -> None:
    """Fetches what is missing into ``folder``, continuing what was broken off. ``HF_ENDPOINT`` names a mirror.

    Every file is checked against the size and the checksum that the hub states, and put in place when it is whole.
    Raises FramevoxError naming the file when the hub cannot be reached, lacks it, or sent something else.
    """
    from huggingface_hub import HfApi, hf_hub_url

    endpoint = os.environ.get("HF_ENDPOINT") or None
    api = HfApi(endpoint=endpoint)
    for source in sources:
        try:
            info = api.model_info(source.repo, files_metadata=True)
            known = {f.rfilename: f for f in info.siblings or ()}
            for pattern in source.files:
                names = [n for n in known if n == pattern or (pattern.endswith("/") and n.startswith(pattern))]
                if not names:
                    raise FramevoxError(
                        f"{source.repo} has no {pattern}, so the release has changed: update framevox", code="engine"
                    )
                for name in sorted(names):
                    file = known[name]
                    stated = Stated(file.size, file.lfs.sha256 if file.lfs is not None else None, file.blob_id)
                    url = hf_hub_url(source.repo, name, revision=info.sha, endpoint=endpoint)
                    _fetch(url, folder / source.target / name, stated, str(info.sha))
        except FramevoxError:
            raise
        except Exception as e:  # the hub's own errors, those of the network beneath it, and the disk's
            reason = str(e).strip().splitlines()[0] if str(e).strip() else type(e).__name__
            raise FramevoxError(
                f"{source.repo} could not be fetched ({reason}): run the command again to continue from here",
                code="engine",
            ) from e


@dataclass(frozen=True, slots=True)
class Stated:
    """What the hub states of a file: its size, and its SHA-256 (large files) or its name in git (the others)."""

    size: int | None
    sha256: str | None
    blob: str | None

    def fits(self, path: Path) -> bool:
        """Whether ``path`` is that file."""
        size = path.stat().st_size
        if self.size is not None and size != self.size:
            return False
        if self.sha256 is None and self.blob is None:
            return True
        # Git names a file by the SHA-1 of a header and its content.
        digest = hashlib.sha256() if self.sha256 else hashlib.sha1(b"blob %d\0" % size, usedforsecurity=False)
        with path.open("rb") as file:
            while block := file.read(1 << 22):
                digest.update(block)
        return digest.hexdigest() == (self.sha256 or self.blob)


def _fetch(url: str, path: Path, stated: Stated, revision: str) -> None:
    """Fetches one file, from where an earlier try ended. A file that is there and whole is not fetched."""
    # hf_hub_download starts a file from the beginning in every process: half of 3.3 GB is worth keeping.
    from huggingface_hub.file_download import http_get
    from huggingface_hub.utils import build_hf_headers

    if path.is_file() and stated.fits(path):
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    # Named for its content, so that part of another release's file is not continued with this one.
    part = path.with_name(f"{path.name}.{(stated.sha256 or stated.blob or revision)[:16]}.part")
    with part.open("ab") as file:
        if stated.size is not None and file.tell() > stated.size:
            file.truncate(0)
        http_get(
            url,
            file,
            resume_size=file.tell(),
            headers=build_hf_headers(),
            expected_size=stated.size,
            displayed_filename=path.name,
        )
    if not stated.fits(part):
        part.unlink()
        raise FramevoxError(f"{path} arrived damaged and was removed: run the command again to fetch it", code="engine")
    replace_file(part, path)


def check(folder: Path) -> str:
    """Loads all of ``folder`` as the engine would and returns what it holds. Raises InputError for what is wrong."""
    read_config(folder / "config.yaml")  # the most common fault, reported before torch is imported, which takes seconds
    import torch

    from framevox.engine_daemon.engines.indextts2.described import EmotionNetwork
    from framevox.engine_daemon.engines.indextts2.model import IndexTTS2Model
    from framevox.engine_daemon.engines.indextts2.text_ids import TextFrontEnd

    model = IndexTTS2Model.from_pretrained(folder)
    front = TextFrontEnd.of(folder, model.config)
    described = folder / model.config.qwen_folder
    words = f"without {described.name}, emotions cannot be given in words"
    if described.is_dir():
        EmotionNetwork(described, torch.device("cpu"))
        words = "emotions can be given in words"
    nets = (model.w2v, model.gpt, model.dit, model.regulator, model.codec, model.campplus, model.bigvgan)
    weights = sum(p.numel() for net in nets for p in net.parameters())
    where = torch.cuda.get_device_name() if torch.cuda.is_available() else "the CPU: expect minutes per line"
    return (
        f"{folder} is whole: {weights / 1e6:,.0f} million weights, {front.vocabulary:,} text pieces; {words}; "
        f"runs on {where}"
    )


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="framevox models", description="Fetch and check the models of engines that do not come with one."
    )
    commands = parser.add_subparsers(dest="command", required=True)
    pulling = commands.add_parser("pull", help="fetch a model's files, or what is missing of them")
    pulling.add_argument("model", choices=["indextts2"])
    pulling.add_argument("--to", type=Path, default=None, help="the folder (default: where the engine looks)")
    checking = commands.add_parser("check", help="check that a model folder is complete")
    checking.add_argument("folder", type=Path, nargs="?", default=None)
    options = parser.parse_args(arguments)
    try:
        if options.command == "pull":
            folder = options.to or default_folder()
            print(LICENCE, file=sys.stderr)
            pull(folder)
            print(f"{folder} is complete: check it with framevox models check {folder}")
        else:
            print(check(options.folder or default_folder()))
    except FramevoxError as e:
        print(f"framevox: {e}", file=sys.stderr)
        return 2 if isinstance(e, InputError) else 1
    except ModuleNotFoundError as e:
        print(f"framevox: this needs {e.name}: pip install 'framevox[indextts]'", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
