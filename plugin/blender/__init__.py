"""Blender's Video Sequencer: the extension (``extension/``), and what builds and installs it. See docs/blender.md."""
