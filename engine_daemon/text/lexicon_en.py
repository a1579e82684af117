"""The English lexicon that the built-in model was trained on (misaki's, Apache-2.0): words and their phones."""

from __future__ import annotations

import importlib.util
import json
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

_ENDINGS = (("'s", ""), ("s", ""), ("es", ""), ("ed", ""), ("ed", "e"), ("ing", ""), ("ing", "e"), ("ies", "y"))


@cache
def lexicon() -> dict[str, Any]:
    """Word -> phones, or phones by part of speech. Raises RuntimeError where it is not installed."""
    # importing misaki.en would need spaCy; only its word lists are wanted
    spec = importlib.util.find_spec("misaki")
    if spec is None or spec.origin is None:
        raise RuntimeError("the English lexicon is not installed: run pip install misaki")
    folder = Path(spec.origin).parent / "data"
    words: dict[str, Any] = {}
    for name in ("us_silver.json", "us_gold.json"):
        words.update(json.loads((folder / name).read_text(encoding="utf-8")))
    return words


@lru_cache(maxsize=5_000)
def is_word(word: str) -> bool:
    """Whether ``word`` (in any case) or what it is a regular form of is a word or a name of English."""
    lower = word.lower()
    stems = [lower]
    for ending, add in _ENDINGS:
        if lower.endswith(ending) and len(lower) > len(ending) + 2:
            stems.append(lower[: -len(ending)] + add)
    return any(stem in lexicon() or stem.capitalize() in lexicon() for stem in stems)
