"""The engine's voices, listed without torch and without the model."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from framevox.engine_daemon.engines import used_model
from framevox.engine_daemon.engines.base import VoiceInfo
from framevox.engine_daemon.engines.clips import clip_names
from framevox.engine_daemon.engines.indextts2.loading.config import read_config
from framevox.engine_daemon.text.line import Language


def voices(voices_dir: Path) -> Sequence[VoiceInfo]:
    """Returns the clips in the voices folder. Raises InputError where the model has no configuration to say what it
    speaks."""
    languages = read_config(used_model(voices_dir) / "config.yaml").languages
    return infos(voices_dir, languages)


def infos(voices_dir: Path, languages: tuple[Language, ...]) -> Sequence[VoiceInfo]:
    """Returns the clips as voices of a model that speaks ``languages``."""
    return [VoiceInfo(name, languages, about="a clip of yours") for name in clip_names(voices_dir)]
