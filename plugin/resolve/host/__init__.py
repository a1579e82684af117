"""What runs inside DaVinci Resolve: the standard library alone, Python 3.9 to 3.14.

A menu entry (``launcher.py``) loads this package from where Framevox is installed, under the name ``framevox_host``.
Traps by number are those of docs/resolve.md.
"""
