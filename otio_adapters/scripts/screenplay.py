"""A script as scenes and speeches, and how names and manners are read wherever they come from."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from framevox.engine_daemon.captions import read_caption
from framevox.engine_daemon.emotion.read import read_description
from framevox.engine_daemon.protocol.errors import InputError

_EXTENSION = re.compile(r"\s*[(（][^()（）]*[)）]\s*$")
_BRACKETS = re.compile(r"[()（）]")


@dataclass(frozen=True)
class Speech:
    """What a character says without a break: one cue. ``manner`` is how, as the script describes it, empty where it
    says nothing that an emotion can be read from. ``with_previous`` is spoken at the same time as the one before."""

    character: str
    text: str
    manner: str = ""
    with_previous: bool = False


@dataclass
class Scene:
    """A scene; the first one may have no heading."""

    heading: str = ""
    speeches: list[Speech] = field(default_factory=list)


@dataclass(frozen=True)
class Screenplay:
    """The scenes in which somebody speaks. ``left_out`` counts songs and blocks in which nothing is said."""

    scenes: Sequence[Scene]
    left_out: int = 0

    @property
    def speeches(self) -> Iterator[Speech]:
        """Every speech, in the script's order."""
        return (speech for scene in self.scenes for speech in scene.speeches)


class Writer:
    """Collects what a reader finds."""

    def __init__(self) -> None:
        self._scenes = [Scene()]
        self._left_out = 0

    def scene(self, heading: str) -> None:
        """A scene begins."""
        self._scenes.append(Scene(" ".join(heading.split())))

    def speech(self, character: str, blocks: Sequence[tuple[bool, str]], *, with_previous: bool = False) -> None:
        """A character speaks. ``blocks`` are ``(is a parenthetical, text)`` in order; lines that begin with ``~`` are
        sung and left out."""
        said = [text.strip() for aside, text in blocks if not aside and not text.strip().startswith("~")]
        text = " ".join(" ".join(said).split())
        if not read_caption(text).text:
            self._left_out += 1
            return
        asides = [text for aside, text in blocks if aside]
        here = self._scenes[-1].speeches
        with_previous = with_previous and bool(here)
        here.append(Speech(character_name(character), text, manner_of(asides), with_previous))

    def done(self) -> Screenplay:
        """The script."""
        return Screenplay([scene for scene in self._scenes if scene.speeches], self._left_out)


def character_name(cue: str) -> str:
    """A character cue without extensions: ``MARY`` of ``MARY (V.O.) (CONT'D)`` and of ``@Mary ^``."""
    name = cue.strip().removeprefix("@").rstrip("^").strip()
    while (shorter := _EXTENSION.sub("", name)) != name and shorter:
        name = shorter
    return " ".join(name.split())


def manner_of(asides: Sequence[str]) -> str:
    """The first parenthetical that says how a line is spoken: ``whispering``, not ``beat`` or ``to Mary``."""
    for aside in asides:
        manner = " ".join(_BRACKETS.sub(" ", aside).split())
        try:
            read_description(manner)
        except InputError:
            continue
        return manner
    return ""
