"""What runs inside DaVinci Resolve: the standard library alone, Python 3.9 to 3.14, on what every host shares.

A menu entry (``launcher.py``) loads it from where Framevox is installed, as ``framevox_plugin.resolve.host``.
Traps by number are those of docs/resolve.md.

entries         the menu entries: speak_placeholders, retake, enrol
work, scan      the timeline that is read first, and its cues, which the helper makes
stream          cues to the helper, takes to the placer, progress to the editor
place           takes onto the timeline: appending, verifying, enabling, and tracks
placed_takes    which takes lie on the timeline, whose they are, and which the editor moved
underway        what a run has begun and not finished, in the journal
gateway         every call to Resolve
"""

from ...host import state

state.HOST = "resolve"
