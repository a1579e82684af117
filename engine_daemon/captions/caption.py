"""``read_caption``: what is said in a caption, by whom, and what was left out because it is no speech."""

from __future__ import annotations

import re
from dataclasses import dataclass

from .markup import has_markup, plain, voices
from .sounds import is_manner, without_songs, without_sounds
from .speakers import split_name

# "- Are you coming?" and ">> Are you coming?": somebody else speaks. "-5 degrees" is no dash.
_DASH = re.compile(r"\s*(?:[-‐‑–—―](?!\s*\d|[-‐‑–—―])|[-‐‑–—―](?=\s+\d)|>{2,3})\s*")
_ALWAYS_A_TURN = ("-", "‐", "‑", "–", ">")
_INSIDE = re.compile(r"\[[^\[\]]{0,200}\]|【[^【】]{0,200}】|\([^()]{0,200}\)|（[^（）]{0,200}）")
# Japanese captions put what is heard from elsewhere in these.
_POINTED = re.compile(r"(?<!\w)[＜〈≪]([^＜＞〈〉≪≫]*)[＞〉≫]")


@dataclass(frozen=True)
class Spoken:
    """What one person says: the name in front (or ""), the words, and the notes on how (``V.O.``, ``whispering``)."""

    character: str
    text: str
    delivery: str = ""


@dataclass(frozen=True)
class Caption:
    """``spoken`` in the order of speaking; ``left_out`` are sounds, songs and the like, as they were described."""

    spoken: tuple[Spoken, ...]
    left_out: tuple[str, ...] = ()

    @property
    def is_sound_only(self) -> bool:
        """Whether the caption describes sounds and nothing in it is said."""
        return bool(self.left_out) and not any(spoken.text for spoken in self.spoken)

    @property
    def characters(self) -> tuple[str, ...]:
        """Who speaks, each once; "" where nobody is named."""
        return tuple(dict.fromkeys(spoken.character for spoken in self.spoken))

    @property
    def character(self) -> str:
        """The first name that is given, or ""."""
        return next(filter(None, self.characters), "")

    @property
    def different_speakers(self) -> str:
        """``"ALICE and BOB"`` where a voice cannot speak all of it, else ""."""
        names = [name or "somebody without a name" for name in self.characters]
        return f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else ""

    @property
    def is_unnamed_dialogue(self) -> bool:
        """Whether several people speak and nobody is named, as in ``- Coming?`` and ``- No.``"""
        return len(self.spoken) > 1 and self.characters == ("",)

    @property
    def text(self) -> str:
        """All that is said, without the names."""
        return " ".join(spoken.text for spoken in self.spoken if spoken.text)


def may_be_dialogue(text: str) -> bool:
    """Whether several people may speak in a caption, said without reading it: a line without markup is one person's."""
    return has_markup(text) or len(text.splitlines()) > 1


def read_caption(text: str) -> Caption:
    """Reads a caption, a clip's name, a marker's comment or a typed line: markup, names, dashes, sounds, songs.

    A caption of two speakers gives two; lines of the same one are joined with a space. A name with nothing behind it
    gives an empty text, and so does a caption that only describes sounds (``is_sound_only``).
    """
    left_out: list[str] = []
    turns: list[_Turn] = []
    for voice, part in voices(text):
        part = without_songs(plain(part), left_out)
        part = _INSIDE.sub(lambda match: match[0].replace("\n", " "), part)
        turns += _turns(part, voice)
    spoken: list[Spoken] = []
    for turn in turns:
        words, delivery = _cleaned(turn, left_out)
        if words or turn.name:
            spoken.append(Spoken(turn.name, words, delivery))
    named = [one for one in spoken if one.text] or spoken[:1]
    return Caption(tuple(named), tuple(dict.fromkeys(left_out)))


@dataclass
class _Turn:
    name: str
    notes: list[str]
    lines: list[str]


def _turns(text: str, voice: str) -> list[_Turn]:
    """The lines of ``text`` by who speaks them."""
    turns: list[_Turn] = []
    dashed = False
    for line in filter(str.strip, text.splitlines()):
        dash = _DASH.match(line)
        rest = line[dash.end() :] if dash else line
        front = split_name(rest)
        begins = not turns or bool(front.name) or (dash is not None and (dashed or line.strip()[0] in _ALWAYS_A_TURN))
        if begins:
            dashed = dashed or dash is not None
            turns.append(_Turn(front.name or voice, list(front.notes), [front.line]))
        else:
            turns[-1].lines.append(line.strip())
    return turns


def _cleaned(turn: _Turn, left_out: list[str]) -> tuple[str, str]:
    """What is said in a turn, and how."""
    text = _POINTED.sub(r"\1", " ".join(turn.lines))
    taken: list[str] = []
    said = " ".join(without_sounds(text, taken).split())
    if not any(char.isalnum() for char in said):
        said = ""
    first = text.lstrip()[1:]
    notes = list(turn.notes)
    for note in taken:
        # In front of the words it says how they are spoken; a sound is one all the same.
        if said and first.startswith(note) and is_manner(note):
            notes.append(note)
        else:
            left_out.append(note)
    return said, ", ".join(notes)
