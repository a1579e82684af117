"""DaVinci Resolve: menu entries (``launcher.py``), what they run inside it (``host/``), and their helper (``helper/``).

See docs/resolve.md.
"""
