"""Scripts in plain text: ``NAME: line``, as transcripts and radio plays are written."""

from __future__ import annotations

import re

from framevox.engine_daemon.captions import read_caption

from .screenplay import Screenplay, Writer

_HEADING = re.compile(
    r"(?:INT|EXT|EST|INT\./EXT|I/E)[. ].*|(?:SCENE|Scene|ACT|Act)\s+\w+\b.{0,60}"
    r"|第[\d一二三四五六七八九十百]+[场幕集].*"
)


def read(text: str) -> Screenplay:
    """The scenes and speeches of a script in text.

    A line with a name in front begins a speech, and what follows without an empty line belongs to it. A line without a
    name after an empty line is a direction, and not spoken.
    """
    writer = Writer()
    character, said, manners = "", list[str](), list[str]()

    def flush() -> None:
        nonlocal character, said, manners
        if character:
            writer.speech(character, [*((True, manner) for manner in manners), *((False, line) for line in said)])
        character, said, manners = "", [], []

    for line in text.split("\n"):
        if not line.strip():
            flush()
            continue
        if _HEADING.fullmatch(line.strip()) and not read_caption(line).character:
            flush()
            writer.scene(line)
            continue
        caption = read_caption(line)
        if caption.character:
            flush()
            for spoken in caption.spoken:
                character = spoken.character
                said, manners = [spoken.text], [spoken.delivery] if spoken.delivery else []
        elif character:
            said.append(caption.text)
    flush()
    return writer.done()
