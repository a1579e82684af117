"""A DaVinci Resolve without DaVinci Resolve: the documented objects with their documented oddities.

``World`` holds the state and answers calls; ``run_entry`` runs a menu entry against it in an interpreter of its own.
"Trap n" and "facts" refer to the numbered list in docs/resolve.md.
"""

from .run import Ran, run_entry, start_entry
from .world import Placed, Traps, World

__all__ = ["Placed", "Ran", "Traps", "World", "run_entry", "start_entry"]
