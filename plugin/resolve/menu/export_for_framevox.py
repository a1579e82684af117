# Framevox – Export for Framevox. A menu entry that `framevox resolve install` puts into Resolve's scripts folder.
import importlib
import importlib.util
import os
import sys

ENTRY = "export"
# `framevox resolve install` writes these: our Python, and the folder that holds our packages.
PYTHON = ""
ROOT = ""


def start():
    host = os.path.join(ROOT, "plugin", "resolve", "host")
    again = "Framevox: run `framevox resolve install` in a terminal"
    if sys.version_info < (3, 9):
        print(
            again.replace(
                "run", "Resolve uses Python %d.%d; install Python 3.9 or later, then run" % sys.version_info[:2]
            )
        )
        return
    if not os.path.isfile(os.path.join(host, "__init__.py")):
        print("Framevox: it is no longer where it was installed (%s); install it again, then run\n%s" % (ROOT, again))
        return
    # Loaded by its place and under a name of its own: none of our other packages becomes visible to Resolve.
    for name in [name for name in sys.modules if name.split(".")[0] == "framevox_host"]:
        del sys.modules[name]
    spec = importlib.util.spec_from_file_location(
        "framevox_host", os.path.join(host, "__init__.py"), submodule_search_locations=[host]
    )
    sys.modules["framevox_host"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(sys.modules["framevox_host"])
    importlib.import_module("framevox_host.entries").run(ENTRY, PYTHON, ROOT, globals())


start()
