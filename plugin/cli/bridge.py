"""``framevox bridge``."""

from __future__ import annotations


def bridge() -> None:
    """Answer what runs inside an editing program, in lines of JSON (docs/bridge.md). Not for use in a terminal."""
    from framevox.plugin.bridge.stdio import main

    main()
