"""Runs an entry for its launcher, which passes its globals: ENTRY, PYTHON, ROOT, and those that Resolve put there.

Its syntax is that of any Python 3, so that one that is too old gives a sentence instead of a syntax error.
"""

import importlib
import importlib.util
import os
import sys


def start(told):  # type: ignore[no-untyped-def]
    if sys.version_info < (3, 9):
        print(
            "Framevox: Resolve uses Python %d.%d: install Python 3.9 or later, and start Resolve again"
            % sys.version_info[:2]
        )
        return
    # Loaded from its folder under a name of its own, so that Framevox's other packages stay out of Resolve's sight, and
    # loaded again each time, so that an update takes effect without a restart.
    for name in [name for name in sys.modules if name.split(".")[0] == "framevox_plugin"]:
        del sys.modules[name]
    plugin = os.path.join(told["ROOT"], "plugin")
    spec = importlib.util.spec_from_file_location(
        "framevox_plugin", os.path.join(plugin, "__init__.py"), submodule_search_locations=[plugin]
    )
    assert spec is not None and spec.loader is not None
    sys.modules["framevox_plugin"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(sys.modules["framevox_plugin"])
    entries = importlib.import_module("framevox_plugin.resolve.host.entries")
    entries.run(told["ENTRY"], told["PYTHON"], told["ROOT"], told)


if "ENTRY" in globals():
    start(globals())  # type: ignore[no-untyped-call]
