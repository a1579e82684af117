"""Voices of the user's folder: reference clips, and what the model derived from each, kept by content."""

from __future__ import annotations

import hashlib
import logging
import os
import threading
from collections import OrderedDict
from dataclasses import fields
from pathlib import Path

import numpy as np
import numpy.typing as npt
import safetensors
import soundfile
from safetensors.torch import load_file, save_file

from framevox.engine_daemon.audio.reference import LONGEST_SECONDS
from framevox.engine_daemon.engines.clips import clip_names, find_clip
from framevox.engine_daemon.engines.indextts2.model import IndexTTS2Model, Prompt
from framevox.engine_daemon.protocol.errors import InputError
from framevox.engine_daemon.protocol.files import replace_file

log = logging.getLogger(__name__)

PROMPT = 1
"""Raise it whenever the same clip would give another prompt."""
_KEPT = 64  # prompts in memory; one is about 2 MB


def read_clip(path: Path) -> tuple[npt.NDArray[np.float32], int]:
    """Reads a sound file as mono float32 [n], and its sample rate. Raises InputError for one too long, or no sound."""
    try:
        with soundfile.SoundFile(path) as file:
            if file.frames > LONGEST_SECONDS * file.samplerate:
                minutes = file.frames / file.samplerate / 60
                raise InputError(f"{path.name} is {minutes:.0f} min long: cut out 5 to 15 s of one voice")
            sound: npt.NDArray[np.float32] = file.read(dtype="float32", always_2d=True)
            return sound.mean(1, dtype=np.float32), int(file.samplerate)
    except (soundfile.LibsndfileError, OSError, RuntimeError) as e:
        raise InputError(f"{path.name} cannot be read as sound ({e}): save it as WAV") from e


class ClipShelf:
    """The clips of a folder by name, and their prompts from memory, disk or the model."""

    def __init__(self, model: IndexTTS2Model, model_key: str, folder: Path, cache: Path) -> None:
        self._model, self._model_key, self._folder, self._cache = model, model_key, folder, cache
        self._prompts: OrderedDict[str, Prompt] = OrderedDict()
        self._lock = threading.Lock()

    def names(self) -> list[str]:
        """Returns the user's clips, sorted."""
        return clip_names(self._folder)

    def find(self, name: str) -> Path:
        """Returns the clip of that name. A name never leads out of the folder.

        Raises InputError (code ``unknown-voice``) listing the clips there are.
        """
        path = find_clip(self._folder, name)
        if path is not None:
            return path
        known = ", ".join(self.names())
        help = f"the voices are {known}" if known else f"there is none yet, put a clip of 5 to 15 s into {self._folder}"
        raise InputError(f"unknown voice {name!r}: {help}", code="unknown-voice")

    def prompt(self, name: str) -> tuple[str, Prompt]:
        """Returns a hash of the clip's content and the model, and the prompt. Raises InputError for an unfit clip.

        Any thread may call it; one at a time is served, so no clip is encoded twice.
        """
        with self._lock:
            return self._prompt(name)

    def _prompt(self, name: str) -> tuple[str, Prompt]:
        path = self.find(name)
        # On another device or in another precision the same clip gives slightly different values.
        made_by = f"{PROMPT}:{self._model_key}:{self._model.device.type}:{self._model.dtype}:"
        key = hashlib.sha256(made_by.encode() + path.read_bytes()).hexdigest()
        found = self._prompts.get(key) or self._read(key)
        if found is None:
            try:
                found = self._model.encode_prompt(*read_clip(path))
            except InputError as e:
                raise InputError(f"voice {name!r}: {e}", code="unknown-voice") from e
            self._write(key, found)
        self._prompts[key] = found
        self._prompts.move_to_end(key)
        while len(self._prompts) > _KEPT:
            self._prompts.popitem(last=False)
        return key, found

    def _read(self, key: str) -> Prompt | None:
        path = self._cache / f"{key}.safetensors"
        try:
            state = load_file(path, device=str(self._model.device))
            return Prompt(**{f.name: state[f.name] for f in fields(Prompt)})
        except (FileNotFoundError, safetensors.SafetensorError, KeyError, OSError):
            return None  # missing or damaged: made again

    def _write(self, key: str, prompt: Prompt) -> None:
        path = self._cache / f"{key}.safetensors"
        state = {f.name: getattr(prompt, f.name).contiguous().cpu() for f in fields(Prompt)}
        try:
            self._cache.mkdir(parents=True, exist_ok=True)
            aside = path.with_suffix(f".{os.getpid()}.part")
            save_file(state, aside)
            replace_file(aside, path)
        except OSError as e:
            log.warning("the voice's state could not be written to %s: %s", path, e)
