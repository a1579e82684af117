"""The plug-in that takes away what only POSIX has does so in every process that tests start: else it shows nothing."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from tests.processes import ROOT

PROBE = """
import json, os
from framevox.engine_daemon.protocol import connection
from framevox.engine_daemon.service import server

def tried(code):
    try:
        exec(code, {"__name__": "framevox.probe", "__package__": "framevox"})
    except Exception as error:
        return type(error).__name__
    return "worked"

print(json.dumps({
    "ours": [name for name in ("fork", "geteuid", "setsid") if hasattr(connection.os, name)],
    "left": [name for name in ("replace", "getpid", "link") if hasattr(connection.os, name)],
    "signals": [name for name in ("SIGTERM", "SIGKILL") if hasattr(server.signal, name)],
    "libraries": hasattr(os, "geteuid"),
    "module": tried("import fcntl"),
    "from": tried("from os import fork"),
    "proc": tried("from pathlib import Path; Path('/proc/self/stat').read_text()"),
    "file": tried("from pathlib import Path; Path(json_file).read_text()".replace("json_file", repr(json.__file__))),
}))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="it plays what another system lacks on Linux")
def test_our_code_lacks_what_only_posix_has_and_libraries_do_not() -> None:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT / "tests" / "posixless_site"), str(ROOT)])}
    ran = subprocess.run([sys.executable, "-c", PROBE], env=environment, capture_output=True, text=True, check=True)
    assert json.loads(ran.stdout) == {
        "ours": [],
        "left": ["replace", "getpid", "link"],
        "signals": ["SIGTERM"],
        "libraries": True,
        "module": "ModuleNotFoundError",
        "from": "ImportError",
        "proc": "FileNotFoundError",
        "file": "worked",
    }
