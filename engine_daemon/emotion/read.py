"""A description of how a line is spoken, as weights, pace and loudness; and the emotion of a line's own words."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from framevox.engine_daemon.protocol.emotion import EMOTIONS
from framevox.engine_daemon.protocol.errors import InputError

from .lexicon import Hit, Lexicon, descriptions, fold, lines

WEIGHTS = {"weak": 0.4, "plain": 0.65, "strong": 0.9}
"""The weight of an entry by its kind, before words of degree."""
_STRENGTHEN, _WEAKEN = 0.7, 0.5
"""A strong word of degree takes away this share of what is missing to 1; a weak one leaves this share of the weight."""
_OPPOSITE = {"happy": {"sad": 0.3}, "calm": {"afraid": 0.2, "angry": 0.2}}
_NOT = {"calm": 0.5}
"""What the negation of an emotion means; _OPPOSITE holds what differs. Any emotion that is affirmed outweighs it."""
_CALM_BESIDE = 0.3
"""What calm counts beside another emotion: it says how that one is shown."""
_PACE = {"slow": -1.0, "fast": 1.0}
_LOUDNESS = {"soft": -1.0, "loud": 1.0}

_CLAUSE = re.compile(r"[,.;:!?、，。；：！？…—/()（）]|\bbut\b|\byet\b|\bthough\b|但|却|而是|けれど|けど|지만")
_REACH = 6
"""Characters of a script without spaces between a word of degree or negation and what it belongs to."""
_REACH_LATIN = 24
_NEAREST = 3


@dataclass(frozen=True, slots=True)
class Reading:
    """What a description says: ``weights`` in the order of EMOTIONS, with a sum of at most 1.

    ``pace`` is -1 (slow) to 1 (fast), ``loudness`` -1 (soft) to 1 (loud); 0 where nothing is said.
    """

    weights: tuple[float, ...]
    pace: float = 0.0
    loudness: float = 0.0

    @property
    def leading(self) -> str:
        """The emotion with the greatest weight; ``calm`` where there is none."""
        return EMOTIONS[self.weights.index(max(self.weights))] if any(self.weights) else "calm"


@dataclass(frozen=True, slots=True)
class _Found:
    """An entry in a clause, with the degree and negation that belong to it."""

    hit: Hit
    negated: bool
    degree: str


def read_description(text: str) -> Reading:
    """The weights, pace and loudness that a description in English, Chinese, Japanese or Korean gives.

    Raises InputError that names the nearest known words when none of it is known.
    """
    known = False
    weights = dict.fromkeys(EMOTIONS, 0.0)
    denied = dict.fromkeys(EMOTIONS, 0.0)
    pace = loudness = 0.0
    for clause in _clauses(fold(text)):
        for found in _read_clause(clause, descriptions()):
            known = True
            for sense in found.hit.senses:
                if sense.topic in weights:
                    weight = _weigh(WEIGHTS[sense.kind], found)
                    if found.negated:
                        for name, share in _OPPOSITE.get(sense.topic, _NOT).items():
                            denied[name] = max(denied[name], share)
                    else:
                        weights[sense.topic] = max(weights[sense.topic], weight)
                elif sense.topic == "pace":
                    pace = _PACE[sense.kind] * _share(found)
                elif sense.topic == "loudness":
                    loudness = _LOUDNESS[sense.kind] * _share(found)
    if not known:
        raise InputError(f"the emotion {text!r} is not known: {suggestion(text, descriptions().words())}")
    if not any(weights.values()):
        weights = denied
    return Reading(_shares(weights), pace, loudness)


def read_line_emotion(text: str) -> Reading:
    """What a line's own words and punctuation say of its emotion; all zeros where they say nothing."""
    folded = fold(text)
    weights = dict.fromkeys(EMOTIONS, 0.0)
    for clause in _clauses(folded):
        for hit in lines().find(clause):
            for sense in hit.senses:
                # One syllable is an interjection only when it stands alone.
                if hit.end - hit.start > 1 or clause.strip() == clause[hit.start : hit.end]:
                    weights[sense.kind] = max(weights[sense.kind], 0.6)
        for found in _read_clause(clause, descriptions()):
            for sense in found.hit.senses:
                if sense.topic in weights and sense.topic != "calm" and not found.negated:
                    # What a line speaks of is not always how it is spoken.
                    weights[sense.topic] = max(weights[sense.topic], 0.6 * _weigh(WEIGHTS[sense.kind], found))
    _punctuate(folded, weights)
    return Reading(_shares(weights))


def _punctuate(text: str, weights: dict[str, float]) -> None:
    """Marks strengthen what the words say; alone they say little."""
    exclaimed = len(re.findall("[!！]", text))
    asked = bool(re.search("[?？]", text))
    felt = max(weights, key=lambda name: weights[name])
    if exclaimed and weights[felt]:
        weights[felt] = min(1.0, weights[felt] + 0.1 * min(exclaimed, 3))
    elif exclaimed and asked:
        weights["surprised"] = 0.5
    elif exclaimed >= 2:
        weights["angry"], weights["surprised"] = 0.25, 0.25
    elif re.search(r"…|\.\.\.", text) and not any(weights.values()):
        weights["melancholic"] = 0.2


def suggestion(text: str, words: Sequence[str]) -> str:
    """What else could be written for ``text``: the nearest of ``words``, or all eight emotions."""
    parts = [fold(text), *fold(text).split()]
    near = [match for part in parts for match in difflib.get_close_matches(part, words, 2, 0.7)]
    nearest = list(dict.fromkeys(near))[:_NEAREST]
    if nearest:
        return f"did you mean {' or '.join(nearest)}?"
    return f"describe it with words such as {', '.join(EMOTIONS)}"


def _clauses(text: str) -> Iterator[str]:
    return (clause for clause in _CLAUSE.split(text) if clause.strip())


def _read_clause(clause: str, lexicon: Lexicon) -> Iterator[_Found]:
    """Each entry that says something by itself, with what stands around it."""
    hits = [hit for hit in lexicon.find(clause) if hit.senses[0].topic != "filler"]
    plain = [hit for hit in hits if _speaks(hit)]
    negations: dict[int, bool] = {}
    degrees: dict[int, str] = {}
    for hit in hits:
        for sense in hit.senses:
            if sense.topic == "degree":
                target = _next(clause, hit, plain) or _previous(hit, plain)
                if target is not None:
                    degrees.setdefault(target.start, sense.kind)
            elif sense.topic == "not":
                for target in _negated(clause, hit, sense.kind, plain):
                    negations[target.start] = True
    for hit in plain:
        yield _Found(hit, negations.get(hit.start, False), degrees.get(hit.start, ""))


def _speaks(hit: Hit) -> bool:
    return any(sense.topic not in ("degree", "not", "filler") for sense in hit.senses)


def _next(clause: str, hit: Hit, plain: Sequence[Hit]) -> Hit | None:
    reach = _REACH_LATIN if clause[hit.start].isascii() else _REACH
    after = (other for other in plain if other is not hit and hit.end <= other.start <= hit.end + reach)
    return next(after, None)


def _previous(hit: Hit, plain: Sequence[Hit]) -> Hit | None:
    before = [other for other in plain if other.end <= hit.start <= other.end + _REACH]
    return before[-1] if before else None


def _negated(clause: str, hit: Hit, kind: str, plain: Sequence[Hit]) -> list[Hit]:
    if kind == "after":
        target = _previous(hit, plain)
        return [] if target is None else [target]
    if clause[hit.start].isascii():
        return [other for other in plain if hit.end <= other.start <= hit.end + _REACH_LATIN]
    target = _next(clause, hit, plain)
    return [] if target is None else [target]


def _weigh(weight: float, found: _Found) -> float:
    if found.degree == "strong":
        return weight + (1 - weight) * _STRENGTHEN
    return weight * _WEAKEN if found.degree == "weak" else weight


def _share(found: _Found) -> float:
    """How much of a pace or loudness is meant."""
    return 0.0 if found.negated else 0.5 if found.degree == "weak" else 1.0


def _shares(weights: dict[str, float]) -> tuple[float, ...]:
    if any(weight for name, weight in weights.items() if name != "calm"):
        weights = {**weights, "calm": weights["calm"] * _CALM_BESIDE}
    total = max(1.0, sum(weights.values()))
    return tuple(round(weights[name] / total, 3) for name in EMOTIONS)
