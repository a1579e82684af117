"""Who speaks: the name that scripts, captions and transcripts write in front of a line."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from .names import are_names, is_cjk_name, is_label
from .sounds import is_heard

_NOTE = r"(?:\([^()\n:：]{0,40}\)|（[^（）\n:：]{0,40}）|\[[^\[\]\n:：]{0,40}\]|【[^【】\n:：]{0,40}】)"
# The colon of times (10:30), addresses (https://) and drives (C:\) never follows a name.
_PREFIX = re.compile(
    rf"\s*(?P<name>[^:：\n()（）\[\]【】]{{1,40}}?)\s*(?P<notes>(?:{_NOTE}\s*)*)(?P<colon>[:：])(?P<line>.*)", re.S
)
_BRACKETED = re.compile(
    rf"\s*(?:\[(?P<square>[^\[\]\n:：]{{1,40}})\]|\((?P<round>[^()\n:：]{{1,40}})\)|（(?P<wide>[^（）\n:：]{{1,40}})）"
    rf"|【(?P<lenticular>[^【】\n:：]{{1,40}})】)\s*(?P<notes>(?:{_NOTE}\s*)*)(?P<colon>[:：])?(?P<line>.*)",
    re.S,
)
_QUOTED = re.compile(r"\s*(?P<name>[^\s「」『』:：、。，！？]{1,12})\s*[「『](?P<line>[^「」『』]*)[」』]\s*", re.S)
_KANA, _HANGUL = re.compile(r"[\u3041-\u30ff]"), re.compile(r"[\uac00-\ud7a3]")
_CONTINUED = re.compile(r"cont(?:['’.]?d|inued|inuing)?\.?|more|続き?|つづき|续|續", re.IGNORECASE)


class Front(NamedTuple):
    """A name, the notes in brackets behind it, and the line that follows. The name is "" where none stands in front."""

    name: str
    notes: tuple[str, ...]
    line: str


def split_name(text: str) -> Front:
    """Splits ``text`` into the name in front of it and the line.

    A name is one to three capitalised words or numbers after one (``Old Tom``, ``GUARD 2``, ``Dr. Chen``), up to five
    in capitals, as scripts write them (``MAN IN BLACK COAT``, ``WOMAN #2``), one given name or role in small letters,
    with or without a number (``alice``, ``guard 2``), or a short name in Chinese, Japanese or Korean, before a colon;
    several names may be joined (``JACK & JILL``, ``Jack/Jill``). Also ``[Mary] …``, ``[SPEAKER_01]: …``, ``【小明】…``,
    ``（花子）…``, ``(민수) …`` and ``花子「…」``. docs/timelines.md has the whole rule.
    """
    return _bracketed(text) or _before_colon(text) or _before_quote(text) or Front("", (), text.strip())


def _before_colon(text: str) -> Front | None:
    match = _PREFIX.match(text)
    if match is None:
        return None
    name, line = match["name"].strip(), match["line"]
    if not are_names(name) or not _may_follow(match["colon"], line, name, noted=bool(match["notes"])):
        return None
    return Front(name, _notes(match["notes"]), line.strip())


def _bracketed(text: str) -> Front | None:
    match = _BRACKETED.match(text)
    if match is None:
        return None
    square = match["square"] is not None
    name = next(found for found in match.group("square", "round", "wide", "lenticular") if found is not None).strip()
    line = match["line"]
    if match["colon"]:
        known = not is_heard(name) and are_names(name)
    elif not line.strip() or is_heard(name):
        known = False
    elif square or match["lenticular"]:
        # Captions write names like this and sounds in small letters or capitals: [Mary Ann] Hi, [door slams], [MUSIC].
        known = is_label(name) or is_cjk_name(name) or (are_names(name) and not name.isupper() and not name.islower())
    elif match["wide"] and _KANA.search(line):
        known = is_cjk_name(name)
    else:
        known = bool(match["round"] and _HANGUL.search(line) and is_cjk_name(name))
    return Front(name, _notes(match["notes"]), line.strip()) if known else None


def _before_quote(text: str) -> Front | None:
    """A Japanese script's ``花子「今から行く」``."""
    match = _QUOTED.fullmatch(text)
    if match is None or not is_cjk_name(match["name"]) or not _KANA.search(text) or match["name"][-1] in "はがもとのに":
        return None
    return Front(match["name"], (), match["line"].strip())


def _may_follow(colon: str, line: str, name: str, *, noted: bool) -> bool:
    if not line.strip():
        return True  # a name with nothing behind it: the cue is then an empty line, and says so
    if name[-1].isdigit() and line.lstrip()[0].isdigit():
        return False  # a time or a score
    if colon == "：" or line[0].isspace():
        return True
    # Without a space only what cannot be an address, a drive or a title (Re:Zero) counts.
    return line[0] not in "/\\" and not line[0].isdigit() and (noted or name.upper() == name or ord(line[0]) > 0x2E7F)


@lru_cache(maxsize=256)
def _notes(written: str) -> tuple[str, ...]:
    notes = (" ".join(note.split()) for note in re.split(r"[()（）\[\]【】]", written))
    return tuple(note for note in notes if note and not _CONTINUED.fullmatch(note))
