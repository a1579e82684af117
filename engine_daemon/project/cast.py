"""A voice for every character, without being asked: distinct, fit for what is spoken, and the same on every run.

Who is given which voice depends on the names of those who are cast together, never on where or how often they speak.
Where two draw the same voice, one of them gets another, so whoever is to keep a voice when somebody is added has to be
left out of the cast, and the voice be ``taken`` (``casting.choose`` does so).
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from framevox.engine_daemon.project.names import gender_of

FEMALE, MALE = "female", "male"
GENDERS = (FEMALE, MALE)


@dataclass(frozen=True)
class Stock:
    """A voice that can be cast. ``tier`` 0 is the best; a higher one is cast when those below are taken."""

    name: str
    languages: Collection[str]
    gender: str = ""
    tier: int = 0


@dataclass(frozen=True)
class Role:
    """A character and what is known of it. ``gender`` is empty where the user has not said it."""

    character: str
    language: str
    gender: str = ""


def cast(roles: Iterable[Role], voices: Sequence[Stock], taken: Iterable[str] = ()) -> dict[str, str]:
    """The voice of each role, by character. Voices that are ``taken`` go to nobody else while others fit.

    Voices of the role's language come first, then of the gender that the user or the name says; a voice is given twice
    only when all that fit are taken. Empty without voices.
    """
    given: dict[str, str] = {}
    uses = dict.fromkeys((voice.name for voice in voices), 0)
    for voice in taken:
        if voice in uses:
            uses[voice] += 1
    for role in sorted(roles, key=lambda role: _lot(role.character)):
        fitting = _fitting(role, voices)
        if not fitting:
            continue
        best = min((uses[voice.name], voice.tier) for voice in fitting)
        equal = [voice for voice in fitting if (uses[voice.name], voice.tier) == best]
        chosen = min(equal, key=lambda voice: _lot(role.character, voice.name))
        uses[chosen.name] += 1
        given[role.character] = chosen.name
    return given


def fits(role: Role, voice: str, voices: Sequence[Stock]) -> bool:
    """Whether a voice of that name is among those that ``cast`` would choose from for the role."""
    return any(one.name == voice for one in _fitting(role, voices))


def _fitting(role: Role, voices: Sequence[Stock]) -> Sequence[Stock]:
    speaking = [voice for voice in voices if role.language in voice.languages] or voices
    gender = role.gender or gender_of(role.character)
    return [voice for voice in speaking if not gender or voice.gender == gender] or speaking


def _lot(*parts: str) -> bytes:
    """A number drawn for a name, the same one everywhere. Rendezvous hashing (Thaler and Ravishankar, 1998): the voice
    with the lowest lot for a character stays that as other voices and characters come and go."""
    return hashlib.sha256("\0".join(map(_plain, parts)).encode()).digest()


@lru_cache(4096)
def _plain(name: str) -> str:
    """A name however it is written: full width, in capitals, with spaces around it."""
    return unicodedata.normalize("NFKC", name).casefold().strip()
