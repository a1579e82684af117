"""On PYTHONPATH where tests/posixless.py is at work: Python imports this at the start of every process."""

import importlib.util
import sys
from pathlib import Path

# By its place: whoever starts this process need not have the tests on its path.
spec = importlib.util.spec_from_file_location("tests_posixless", Path(__file__).parents[1] / "posixless.py")
assert spec is not None and spec.loader is not None
module = importlib.util.module_from_spec(spec)
sys.modules["tests_posixless"] = module
spec.loader.exec_module(module)
