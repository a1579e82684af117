"""Captions as people and programs write them: who speaks, what is said, and what is no speech at all.

Standard library alone, Python 3.9 and up, so that an editing host's own Python can import it.
"""

from .caption import Caption, Spoken, may_be_dialogue, read_caption
from .no_line import is_default_marker_name, is_file_name

__all__ = ["Caption", "Spoken", "is_default_marker_name", "is_file_name", "may_be_dialogue", "read_caption"]
