"""Scripts as timelines: Fountain, Final Draft's FDX, and text with a name in front of each line.

``fountain``, ``final_draft`` and ``plain_text`` read a file into scenes; ``radio_cut`` lays their lines one after the
other, each as long as it is at its natural length, which ``measuring`` has the daemon say.
"""

from .pauses import Pauses, parse_pauses
from .radio_cut import estimates, lay
from .reading import SUFFIXES, read_script
from .screenplay import Scene, Screenplay, Speech

__all__ = ["SUFFIXES", "Pauses", "Scene", "Screenplay", "Speech", "estimates", "lay", "parse_pauses", "read_script"]
