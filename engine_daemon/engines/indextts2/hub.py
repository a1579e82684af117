"""Fetching a model folder from the hub, and checking one: ``framevox models pull`` and ``framevox models check``."""

from __future__ import annotations

import argparse
import hashlib
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from engine_daemon.protocol.connection import Home
from engine_daemon.protocol.errors import FramevoxError, InputError

from .config import read_config

LICENCE = "The weights are Bilibili's, under their own model licence: https://huggingface.co/IndexTeam/IndexTTS-2"


@dataclass(frozen=True, slots=True)
class Source:
    """Files of one repository, and where in the folder they go. A name that ends in ``/`` stands for all below it."""

    repo: str
    files: tuple[str, ...]
    target: str


SOURCES = (
    Source(
        "IndexTeam/IndexTTS-2",
        ("config.yaml", "gpt.pth", "s2mel.pth", "bpe.model", "wav2vec2bert_stats.pt", "feat1.pt", "feat2.pt",
         "qwen0.6bemo4-merge/"),
        "",
    ),
    Source("facebook/w2v-bert-2.0", ("config.json", "model.safetensors"), "hf_cache/w2v-bert-2.0"),
    Source("amphion/MaskGCT", ("semantic_codec/model.safetensors",), "hf_cache"),
    Source("funasr/campplus", ("campplus_cn_common.bin",), "hf_cache"),
    Source("nvidia/bigvgan_v2_22khz_80band_256x", ("config.json", "bigvgan_generator.pt"), "hf_cache/bigvgan"),
)  # fmt: skip


def default_folder() -> Path:
    """Where the engine looks for its model: ``models/indextts2`` beside the user's voices."""
    return Home.find().voices.parent / "models" / "indextts2"


def pull(folder: Path, sources: Sequence[Source] = SOURCES) -> None:
    """Fetches what is missing into ``folder``; a broken fetch goes on where it ended. ``HF_ENDPOINT`` names a mirror.

    Every file is held against the size and, where the hub knows it, the SHA-256 that the hub states. Raises
    FramevoxError naming the file when the hub cannot be reached, lacks it, or sent something else.
    """
    from huggingface_hub import HfApi
    from huggingface_hub.errors import HfHubHTTPError

    endpoint = os.environ.get("HF_ENDPOINT") or None
    api = HfApi(endpoint=endpoint)
    for source in sources:
        try:
            info = api.model_info(source.repo, files_metadata=True)
            known = {f.rfilename: f for f in info.siblings or ()}
            for pattern in source.files:
                names = [n for n in known if n == pattern or (pattern.endswith("/") and n.startswith(pattern))]
                if not names:
                    raise FramevoxError(f"{source.repo} has no {pattern}: the release has changed", code="engine")
                for name in sorted(names):
                    path = Path(
                        api.hf_hub_download(source.repo, name, revision=info.sha, local_dir=folder / source.target)
                    )
                    file = known[name]
                    _verify(path, file.size, file.lfs.sha256 if file.lfs is not None else None)
        except (HfHubHTTPError, OSError, RuntimeError, ValueError) as e:
            if isinstance(e, FramevoxError):
                raise
            reason = str(e).strip().splitlines()[0] if str(e).strip() else type(e).__name__
            raise FramevoxError(
                f"{source.repo} could not be fetched ({reason}). What has come is kept: run the command again to go on",
                code="engine",
            ) from e


def _verify(path: Path, size: int | None, sha256: str | None) -> None:
    """Removes a file that is not what the hub states, so that the next try fetches it anew."""
    found = path.stat().st_size
    wrong = size is not None and found != size
    if not wrong and sha256 is not None:
        digest = hashlib.sha256()
        with path.open("rb") as file:
            while block := file.read(1 << 22):
                digest.update(block)
        wrong = digest.hexdigest() != sha256
    if wrong:
        path.unlink()
        raise FramevoxError(
            f"{path} came damaged and was removed. Run the command again to fetch it anew", code="engine"
        )


def check(folder: Path) -> str:
    """Loads all of ``folder``, as the engine would, and says what is there. Raises InputError for what is not."""
    read_config(folder / "config.yaml")  # the commonest fault, said before seconds are spent on importing torch
    import torch

    from .model import IndexTTS2Model
    from .text import TextFrontEnd

    model = IndexTTS2Model.from_pretrained(folder)
    front = TextFrontEnd(folder / model.config.files["bpe"], model.config.gpt.text_positions - 2)
    if front.vocabulary + 1 != model.config.gpt.text_vocab:
        raise InputError(
            f"{folder / model.config.files['bpe']} has {front.vocabulary} pieces; gpt.pth has rows for "
            f"{model.config.gpt.text_vocab - 1}. They are of different releases."
        )
    nets = (model.w2v, model.gpt, model.dit, model.regulator, model.codec, model.campplus, model.bigvgan)
    weights = sum(p.numel() for net in nets for p in net.parameters())
    where = torch.cuda.get_device_name() if torch.cuda.is_available() else "the CPU: expect minutes per line"
    return f"{folder} is whole: {weights / 1e6:,.0f} million weights, {front.vocabulary:,} text pieces; runs on {where}"


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="framevox models", description="The models of engines that do not bring one.")
    commands = parser.add_subparsers(dest="command", required=True)
    pulling = commands.add_parser("pull", help="fetch a model's files, or what is missing of them")
    pulling.add_argument("model", choices=["indextts2"])
    pulling.add_argument("--to", type=Path, default=None, help="the folder (default: where the engine looks)")
    checking = commands.add_parser("check", help="is a model folder whole?")
    checking.add_argument("folder", type=Path, nargs="?", default=None)
    options = parser.parse_args(arguments)
    try:
        if options.command == "pull":
            folder = options.to or default_folder()
            print(LICENCE, file=sys.stderr)
            pull(folder)
            print(f"{folder} is complete. Check it with: framevox models check {folder}")
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
