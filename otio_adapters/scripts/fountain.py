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
    kept, position = [], 0
    while (begin := text.find("[[", position)) >= 0:
        end, gap = text.find("]]", begin + 2), text.find("\n\n", begin)
        if end < 0:
            break
        if 0 <= gap < end:
            kept.append(text[position:gap])
            position = gap
            continue
        kept.append(text[position:begin])
        position = end + 2
    return "".join([*kept, text[position:]])
