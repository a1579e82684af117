"""Shotcut's and Kdenlive's projects, filled in place: see docs/mlt.md.

Both are XML of the MLT framework. A project is read into a timeline whose lines are placeholders; what is
written is the project's own bytes with audio tracks added.
"""

from __future__ import annotations

from .reading import read_project
from .writing import write_project

__all__ = ["read_project", "write_project"]
