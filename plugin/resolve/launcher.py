# Framevox – TITLE. A menu entry that `framevox resolve install` puts into Resolve's scripts folder.
import os
import runpy

# Written by `framevox resolve install`: which entry this is, Framevox's Python, and the folder that holds its packages.
ENTRY = ""
PYTHON = ""
ROOT = ""

start = os.path.join(ROOT, "plugin", "resolve", "host", "start.py")
if os.path.isfile(start):
    runpy.run_path(start, init_globals=dict(globals()))
else:
    print("Framevox is no longer in %r: install it, then run `framevox resolve install` in a terminal" % ROOT)
