"""Subtitle files as timelines: SubRip, WebVTT, ASS and SSA, EBU STL and TTML.

``reading`` knows the formats, ``spans`` puts their times onto frames, ``timeline`` makes a timeline of the captions.
"""

from .reading import SUFFIXES, Caption, from_programme_start, read_captions
from .timeline import Layout, timeline_of

__all__ = ["SUFFIXES", "Caption", "Layout", "from_programme_start", "read_captions", "timeline_of"]
