"""Reads checkpoint files: strictly, and without running anything that is in them."""

from __future__ import annotations

import pickle
import re
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file
from torch import Tensor, nn

from framevox.engine_daemon.protocol.errors import InputError

State = dict[str, Tensor]

PULL = "fetch it again with: framevox models pull indextts2 (or indextts2.5)"


def read_file(path: Path) -> Any:
    """Returns what a ``.safetensors`` or PyTorch file holds (tensors and plain containers), memory-mapped on the CPU.

    Raises InputError naming the file when it is missing, cut short, or a pickle of anything else.
    """
    if not path.is_file():
        raise InputError(f"{path} is missing: {PULL}")
    try:
        if path.suffix == ".safetensors":
            return load_file(path)
        # Files written by old releases of torch are plain pickles, which cannot be memory-mapped.
        return torch.load(path, map_location="cpu", weights_only=True, mmap=zipfile.is_zipfile(path))
    except pickle.UnpicklingError as e:
        reason = str(e).splitlines()[0]
        raise InputError(f"{path} holds something other than weights and was not opened ({reason}): {PULL}") from e
    except Exception as e:  # for a file that is no checkpoint, torch's unpickler raises all kinds of errors
        reason = str(e).splitlines()[0] if str(e) else type(e).__name__
        raise InputError(f"{path} is damaged or cut short ({reason}): {PULL}") from e


def read_state(path: Path, *keys: str, optional: str | None = None) -> State:
    """Returns the tensors of a file by name; ``keys`` lead to them inside the file, ``optional`` is one more level that
    some releases have. A ``module.`` in front of a name (from data-parallel training) is removed."""
    tree = read_file(path)
    if optional is not None and isinstance(tree, dict) and optional in tree:
        tree = tree[optional]
    for key in keys:
        if not isinstance(tree, dict) or key not in tree:
            raise InputError(f"{path} has no {'/'.join(keys)}: this is not the file of an IndexTTS-2 release: {PULL}")
        tree = tree[key]
    if not isinstance(tree, dict) or not all(isinstance(v, Tensor) for v in tree.values()):
        raise InputError(f"{path}: {'/'.join(keys) or 'the file'} is not a table of tensors: {PULL}")
    return {str(k).removeprefix("module."): v for k, v in tree.items()}


def read_tensor(path: Path, key: str | None, shape: tuple[int, ...]) -> Tensor:
    """Returns a float tensor of a known shape, by itself in the file or under ``key``."""
    tree = read_file(path)
    value = tree.get(key) if isinstance(tree, dict) and key is not None else tree
    name = f"{path}{'' if key is None else ': ' + key}"
    if not isinstance(value, Tensor):
        raise InputError(f"{name} is not a tensor: {PULL}")
    if tuple(value.shape) != shape:
        raise InputError(f"{name} has shape {tuple(value.shape)} where the configuration says {shape}: {PULL}")
    return value.float()


def fold_weight_norm(state: State) -> State:
    """Replaces each pair ``weight_g``, ``weight_v`` by the weight they stand for: g * v / |v|, norm per first index."""
    folded = {}
    for name, value in state.items():
        if name.endswith(".weight_v") and name[:-1] + "g" in state:
            folded[name[:-2]] = torch._weight_norm(value.float(), state[name[:-1] + "g"].float(), 0)
        elif not (name.endswith(".weight_g") and name[:-1] + "v" in state):
            folded[name] = value
    return folded


def load_strictly(
    module: nn.Module,
    state: State,
    source: str,
    *,
    unused: Sequence[str] = (),
    rename: Mapping[str, str] | None = None,
    transposed: str | None = None,
) -> tuple[str, ...]:
    """Fills ``module`` with ``state``, whole, and returns the names of what it does not read. Raises InputError listing
    missing, unexpected and misshapen tensors.

    ``unused``: patterns of tensors that the file carries and inference never reads (or computes by formula).
    ``rename``: regular expressions from the file's names to ours. ``transposed``: weights stored as [in, out].
    """
    given: State = {}
    unread: list[str] = []
    for name, value in fold_weight_norm(state).items():
        if any(re.fullmatch(p, name) for p in unused):
            unread.append(name)
            continue
        ours = name
        for pattern, replacement in (rename or {}).items():
            ours = re.sub(pattern, replacement, ours)
        given[ours] = value.t().contiguous() if transposed and re.fullmatch(transposed, ours) else value
    wanted = module.state_dict()
    wrong = [f"missing: {k}" for k in wanted if k not in given]
    wrong += [f"unexpected: {k}" for k in given if k not in wanted]
    wrong += [
        f"{k} is {tuple(given[k].shape)}, not {tuple(v.shape)}"
        for k, v in wanted.items()
        if k in given and given[k].shape != v.shape
    ]
    if wrong:
        more = f" and {len(wrong) - 8} more" if len(wrong) > 8 else ""
        raise InputError(f"{source} does not fit the configuration ({'; '.join(wrong[:8])}{more}): {PULL}")
    # Assigned, not copied: a mapped file's pages are then read once, on their way to the device.
    module.load_state_dict({k: v.float() if v.is_floating_point() else v for k, v in given.items()}, assign=True)
    return tuple(unread)


def build(cls: type[nn.Module], *args: Any) -> Any:
    """Returns a network without weights (on torch's ``meta`` device), for ``load_strictly`` to fill."""
    with torch.device("meta"):
        return cls(*args).eval().requires_grad_(False)
