"""What of a filled timeline survives in which format: the tables in docs/timelines.md.

``python -m tests.otio_adapters.what_survives`` prints both. A film is filled, written in each format, and read again,
once without its side file and once with it. ``tests/docs/test_what_survives.py`` holds the page to it.
"""

from . import structure
from .features import FEATURES
from .survey import Survey
from .trips import FORMATS

__all__ = ["FEATURES", "FORMATS", "Survey", "structure"]
