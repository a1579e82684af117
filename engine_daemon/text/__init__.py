"""The text front end: what a user wrote, as words that an engine can speak.

Importing this package loads nothing: ``read_line`` fetches a language's dictionaries when a line first needs them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .front import MAX_CHARACTERS, read_line, warm
    from .majority import main_language

__all__ = ["MAX_CHARACTERS", "main_language", "read_line", "warm"]


def __getattr__(name: str) -> Any:
    if name == "main_language":
        from .majority import main_language

        return main_language
    if name in __all__:
        from . import front

        return getattr(front, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
