"""What every host has in common inside its program: the standard library alone, Python 3.9 to 3.14.

A host loads this package where Framevox is installed, or carries a copy of it under another name, so its imports are
relative. docs/hosts.md says how a host is built on it.

state           the host's name (``state.HOST``) and folder: settings, lock, journals
installation    where Framevox's own Python is
helper_process  the helper, ``framevox bridge``, and its lines of JSON
placeholders    placeholders as the helper is told of them
speaking        from placeholders to cues, from cues to takes, and what came of them
takes           cues, takes, and what came of each
take_files      what the file of a take is called, and its sound
progress        what a run shows, and lines on the console
settings, lock, journal, errors
"""
