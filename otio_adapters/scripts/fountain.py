"""Fountain scripts (https://fountain.io/syntax), parsed by screenplain."""

from __future__ import annotations

from framevox.engine_daemon.protocol.errors import InputError

from .screenplay import Screenplay, Writer


def read(text: str) -> Screenplay:
    """The scenes and speeches of a Fountain script. Raises InputError, with the line, for a comment without an end."""
    from screenplain.parsers.fountain import parse_lines
    from screenplain.types import Dialog, DualDialog, Slug

    writer = Writer()
    for paragraph in parse_lines(_without_notes(_without_comments(text)).split("\n")):
        if isinstance(paragraph, Slug):
            writer.scene(str(paragraph.line))
        elif isinstance(paragraph, Dialog):
            _speech(writer, paragraph)
        elif isinstance(paragraph, DualDialog):
            _speech(writer, paragraph.left)
            _speech(writer, paragraph.right, with_previous=True)
    return writer.done()


def _speech(writer: Writer, dialogue: object, *, with_previous: bool = False) -> None:
    blocks = [(aside, str(line)) for aside, line in dialogue.blocks]  # type: ignore[attr-defined]
    writer.speech(str(dialogue.character), blocks, with_previous=with_previous)  # type: ignore[attr-defined]


def _without_comments(text: str) -> str:
    """The text without ``/* … */``; screenplain's own search takes long for many that do not end."""
    kept, position = [], 0
    while (begin := text.find("/*", position)) >= 0:
        end = text.find("*/", begin + 2)
        if end < 0:
            line = text[:begin].count("\n") + 1
            raise InputError(f"line {line}: the comment /* has no end: write */ behind it")
        kept.append(text[position:begin])
        position = end + 2
    return "".join([*kept, text[position:]])


def _without_notes(text: str) -> str:
    """The text without ``[[ … ]]``. A note may go over lines, but not over an empty one; one without end is text."""
    kept: list[str] = []
    position = end = gap = 0
    while (begin := text.find("[[", position)) >= 0:
        # Each is looked for again only once it is passed, so that no text takes long.
        end = text.find("]]", begin + 2) if 0 <= end < begin + 2 else end
        gap = text.find("\n\n", begin) if 0 <= gap < begin else gap
        if end < 0 or 0 <= gap < end:
            # One bracket less: screenplain would look for the note's end, again and again.
            kept.append(text[position : begin + 1])
            position = begin + 2
            continue
        kept.append(text[position:begin])
        position = end + 2
    return "".join([*kept, text[position:]])
