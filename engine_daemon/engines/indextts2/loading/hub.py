"""Fetching a model folder from the hub."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from framevox.engine_daemon.engines.indextts2.loading.config import CODEC_25, TIKTOKEN
from framevox.engine_daemon.protocol.errors import FramevoxError
from framevox.engine_daemon.protocol.files import replace_file


@dataclass(frozen=True, slots=True)
class Source:
    """Files of one repository, and where in the folder they go. A name that ends in ``/`` stands for all below it."""

    repo: str
    files: tuple[str, ...]
    target: str


_SHARED = (
    Source("facebook/w2v-bert-2.0", ("config.json", "model.safetensors"), "hf_cache/w2v-bert-2.0"),
    Source("funasr/campplus", ("campplus_cn_common.bin",), "hf_cache"),
    Source("nvidia/bigvgan_v2_22khz_80band_256x", ("config.json", "bigvgan_generator.pt"), "hf_cache/bigvgan"),
)
_OWN = ("gpt.pth", "s2mel.pth", "wav2vec2bert_stats.pt", "feat1.pt", "feat2.pt", "qwen0.6bemo4-merge/")


@dataclass(frozen=True, slots=True)
class HubRelease:
    """A release on the hub: its name for ``framevox models``, where its files are, and how many bytes they are."""

    name: str
    sources: tuple[Source, ...]
    gigabytes: float

    @property
    def licence(self) -> str:
        """Whose the weights are, and where their licence stands."""
        return (
            "The weights are Bilibili's, under their own model licence (free below 100 million users a month and a "
            f"revenue of RMB 1 billion a year, not for high-risk uses): https://huggingface.co/{self.sources[-1].repo}"
        )


# config.yaml comes last: a folder that has it is complete, and may be chosen automatically.
RELEASES = {
    "2": HubRelease(
        "indextts2",
        (
            *_SHARED,
            Source("amphion/MaskGCT", ("semantic_codec/model.safetensors",), "hf_cache"),
            Source("IndexTeam/IndexTTS-2", (*_OWN, "bpe.model", "config.yaml"), ""),
        ),
        7,
    ),
    "2.5": HubRelease(
        "indextts2.5",
        (*_SHARED, Source("IndexTeam/IndexTTS-2.5", (*_OWN, CODEC_25, TIKTOKEN, "config.yaml"), "")),
        8,
    ),
}


def pull(folder: Path, sources: Sequence[Source]) -> None:
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
