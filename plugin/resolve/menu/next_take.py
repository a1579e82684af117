# Framevox – Next Take. A menu entry that `framevox resolve install` puts into Resolve's scripts folder.
import os
import runpy

ENTRY = "next"
# `framevox resolve install` writes these: our Python, and the folder that holds our packages.
PYTHON = ""
ROOT = ""

start = os.path.join(ROOT, "plugin", "resolve", "host", "start.py")
if os.path.isfile(start):
    runpy.run_path(start, init_globals=dict(globals()))
else:
    print("Framevox: it is no longer in %r: install it again, then run `framevox resolve install` in a terminal" % ROOT)
