"""W3C DAPT, the profile of TTML2 for dubbing and audio description: scripts as timelines, and timelines as scripts.

``vocabulary`` has its names, ``reading`` makes lines of script events, ``writing`` a script of a timeline, with the
takes as its audio. https://www.w3.org/TR/dapt/ is the specification.
"""

from .reading import Script, is_dapt, read_dapt
from .vocabulary import SHARED_SUFFIXES, SUFFIXES

__all__ = ["SHARED_SUFFIXES", "SUFFIXES", "Script", "is_dapt", "read_dapt"]
