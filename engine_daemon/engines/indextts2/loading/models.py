"""``framevox models``: fetches, lists, checks and removes the folders of models that do not come with an engine."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from framevox.engine_daemon.engines import MODEL_NAMES, MODEL_VARIABLE, model_folder, pulled_model, used_model
from framevox.engine_daemon.engines.indextts2.loading.config import read_config
from framevox.engine_daemon.engines.indextts2.loading.hub import RELEASES, HubRelease, pull
from framevox.engine_daemon.protocol.connection import Home
from framevox.engine_daemon.protocol.errors import FramevoxError, InputError

NAMED = {release.name: release for release in RELEASES.values()}


def listed(home: Home) -> Iterator[str]:
    """Yields a line for each model: where it lies, how large it is, whether it is whole, and which one is used."""
    named = os.environ.get(MODEL_VARIABLE)
    used = Path(named) if named else pulled_model(home.voices)
    for release in NAMED.values():
        folder = model_folder(home.voices, release.name)
        yield _line(release.name, folder, used, f"not fetched: framevox models pull {release.name}")
    if named and used not in {model_folder(home.voices, name) for name in NAMED}:
        yield _line(MODEL_VARIABLE, Path(named), used, "there is no such folder")


def _line(name: str, folder: Path, used: Path | None, absent: str) -> str:
    if not folder.is_dir():
        return f"{name:<12} {absent}"
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    try:
        release = RELEASES[read_config(folder / "config.yaml").version]
        lacking = missing(folder, release)
        state = f"lacks {', '.join(lacking)}: framevox models pull {release.name}" if lacking else release.name
        if not lacking and name in NAMED and release.name != name:
            state = f"is {release.name}: move it, or remove it"
    except InputError as error:
        state = f"cannot be used: {error}"
    mark = "  (used)" if folder == used else ""
    return f"{name:<12} {size / 1e9:5.1f} GB  {state}  {folder}{mark}"


def missing(folder: Path, release: HubRelease) -> list[str]:
    """Returns the files of a release that a folder lacks; the network that reads emotions may be absent."""
    wanted = [Path(source.target) / name for source in release.sources for name in source.files if name[-1] != "/"]
    elsewhere = {"hf_cache/semantic_codec/model.safetensors": "hf_cache/semantic_codec_model.safetensors"}
    return [
        path.as_posix()
        for path in wanted
        if not (folder / path).is_file() and not (folder / elsewhere.get(path.as_posix(), path)).is_file()
    ]


def check(folder: Path) -> str:
    """Loads all of ``folder`` as the engine would and returns what it holds. Raises InputError for what is wrong."""
    config = read_config(folder / "config.yaml")  # the most common fault, reported before torch is imported
    import torch

    from framevox.engine_daemon.engines.indextts2.described import EmotionNetwork
    from framevox.engine_daemon.engines.indextts2.front_end import front_end
    from framevox.engine_daemon.engines.indextts2.model import IndexTTS2Model

    model = IndexTTS2Model.from_pretrained(folder)
    front = front_end(folder, model.config)
    described = folder / model.config.qwen_folder
    words = f"without {described.name}, emotions cannot be given in words"
    if described.is_dir():
        EmotionNetwork(described, torch.device("cpu"))
        words = "emotions can be given in words"
    nets = (model.w2v, model.gpt, model.dit, model.regulator, model.codec, model.campplus, model.bigvgan)
    weights = sum(p.numel() for net in nets for p in net.parameters())
    where = torch.cuda.get_device_name() if torch.cuda.is_available() else "the CPU: expect minutes per line"
    said = (
        f"{folder} is whole: IndexTTS-{config.version}, {weights / 1e6:,.0f} million weights, "
        f"{front.vocabulary:,} text pieces, speaks {', '.join(front.languages)}; {words}; runs on {where}"
    )
    unread = [f"  {Path(source).name}: {_summed(names)}" for source, names in model.unread.items()]
    return "\n".join([said, "not read, as in the release's own code:", *unread]) if unread else said


def _summed(names: Sequence[str]) -> str:
    """Names of tensors, with those of one network as one: ``encoder.* (94), text_head.* (2)``."""
    roots: dict[str, int] = {}
    for name in names:
        root = name.partition(".")[0]
        roots[root] = roots.get(root, 0) + 1
    return ", ".join(f"{root}.* ({count})" for root, count in sorted(roots.items()))


def remove(home: Home, name: str) -> Path:
    """Deletes the folder into which ``pull`` put a model. Raises InputError where there is none."""
    folder = model_folder(home.voices, name)
    if not folder.is_dir():
        raise InputError(f"{name} is not fetched, so there is nothing to remove in {folder}")
    # Without its configuration it is no model any more, so that half of a folder is never used.
    (folder / "config.yaml").unlink(missing_ok=True)
    shutil.rmtree(folder)
    return folder


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="framevox models", description="Fetch, list, check and remove the models of engines that come without one."
    )
    commands = parser.add_subparsers(dest="command", required=True)
    pulling = commands.add_parser("pull", help="fetch a model's files, or what is missing of them")
    pulling.add_argument("model", choices=MODEL_NAMES)
    pulling.add_argument("--to", type=Path, default=None, help="the folder (default: where the engine looks)")
    commands.add_parser("list", help="the models, where they lie, and which one is used")
    checking = commands.add_parser("check", help="check that a model folder is complete")
    checking.add_argument("folder", nargs="?", default=None, help="a folder, or a model's name (default: the one used)")
    removing = commands.add_parser("remove", help="delete a model that was fetched")
    removing.add_argument("model", choices=MODEL_NAMES)
    options = parser.parse_args(arguments)
    home = Home.find()
    try:
        if options.command == "pull":
            release = NAMED[options.model]
            folder = options.to or model_folder(home.voices, options.model)
            print(f"{release.licence}\nAbout {release.gigabytes:g} GB.", file=sys.stderr)
            pull(folder, release.sources)
            print(f"{folder} is complete: check it with framevox models check {folder}")
        elif options.command == "list":
            print("\n".join(listed(home)))
        elif options.command == "remove":
            print(f"{remove(home, options.model)} is removed")
        else:
            print(check(_folder(home, options.folder)))
    except FramevoxError as e:
        print(f"framevox: {e}", file=sys.stderr)
        return 2 if isinstance(e, InputError) else 1
    except OSError as e:
        print(f"framevox: {e.filename or 'the folder'} cannot be changed ({e.strerror}): see who may", file=sys.stderr)
        return 1
    except ModuleNotFoundError as e:
        print(f"framevox: this needs {e.name}: pip install 'framevox[indextts]'", file=sys.stderr)
        return 2
    return 0


def _folder(home: Home, given: str | None) -> Path:
    if given is None:
        return used_model(home.voices)
    return model_folder(home.voices, given) if given in NAMED and not Path(given).exists() else Path(given)


if __name__ == "__main__":
    sys.exit(main())
