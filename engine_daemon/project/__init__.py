"""What belongs to a film rather than to a run: its cast, its emotions and the options to fill it with.

It is kept in ``framevox.toml`` beside the timeline (``file``), and hosts of every kind read it from there. Characters
without a voice in it get one of their own (``cast``).
"""
