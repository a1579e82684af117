"""Where the installed package's parts lie in the repository; all else is in pyproject.toml.

``framevox.engine_daemon`` is the folder ``engine_daemon``, and so on. setuptools cannot be told so in pyproject.toml
without a list of every package. The links in ``framevox/`` say the same to what reads files: mypy, an IDE.
"""

from setuptools import find_namespace_packages, setup

PARTS = ("engine_daemon", "otio_adapters", "plugin")
# A folder without an __init__.py (resolve/menu) is a part too: what is in it is read, not imported.
FOLDERS = find_namespace_packages(
    include=[pattern for part in PARTS for pattern in (part, f"{part}.*")], exclude=["*.__pycache__"]
)

setup(
    packages=["framevox", *(f"framevox.{folder}" for folder in FOLDERS)],
    package_dir={f"framevox.{part}": part for part in PARTS},
)
