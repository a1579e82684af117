"""Mouth cues: which shape a drawn mouth has when, from the phones of takes, in the formats of Rhubarb Lip Sync.

``shapes`` says which shapes a phone can have, ``animation`` chooses among them, ``files`` writes them down.
"""

from .animation import MouthCue, Sound, animate
from .files import SUFFIXES, check_mouth_path, mouth_file
from .takes import mouth_of, sounds_of

__all__ = ["SUFFIXES", "MouthCue", "Sound", "animate", "check_mouth_path", "mouth_file", "mouth_of", "sounds_of"]
