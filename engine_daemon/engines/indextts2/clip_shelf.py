"""Voices of the user's folder: reference clips, and what the model derived from each, kept by content."""

from __future__ import annotations

import hashlib
import logging
import os
import re
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
from framevox.engine_daemon.engines.indextts2.model import IndexTTS2Model, Prompt
from framevox.engine_daemon.protocol.errors import InputError
from framevox.engine_daemon.protocol.files import replace_file

log = logging.getLogger(__name__)

PROMPT = 1
"""Raise it whenever the same clip would give another prompt."""
SUFFIXES = (".wav", ".flac", ".ogg", ".mp3", ".aiff", ".aif")
SENT = ".bin"
"""The suffix of a voice file that a client sent, of any format."""
_KEPT = 64  # prompts in memory; one is about 2 MB
_NAME = re.compile(r"\w[\w. -]*")


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
        """Returns the clips that ``find`` accepts, sorted, without the hidden files that systems put beside clips."""
        if not self._folder.is_dir():
            return []
        stems = {p.stem for p in self._folder.iterdir() if p.suffix.lower() in SUFFIXES}
        return sorted(stem for stem in stems if self._path(stem) is not None)

    def find(self, name: str) -> Path:
        """Returns the clip of that name. A name never leads out of the folder.

        Raises InputError (code ``unknown-voice``) listing the clips there are.
        """
        path = self._path(name)
        if path is not None:
            return path
        known = ", ".join(self.names())
        help = f"the voices are {known}" if known else f"there is none yet, put a clip of 5 to 15 s into {self._folder}"
        raise InputError(f"unknown voice {name!r}: {help}", code="unknown-voice")

    def _path(self, name: str) -> Path | None:
        if _NAME.fullmatch(name):
            for suffix in ("", *SUFFIXES, *(suffix.upper() for suffix in SUFFIXES), SENT):
                path = self._folder / f"{name}{suffix}"
                if path.suffix.lower() in (*SUFFIXES, SENT) and path.is_file():
                    return path
        return None

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
