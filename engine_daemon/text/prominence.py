"""Which words of a line are weak: those that a speaker passes over, and that give little when speech slows down.

In Chinese a syllable is weak that has the neutral tone, as its reading says. Elsewhere it is a short closed class:
articles, pronouns, prepositions, auxiliaries, particles. What is missing there counts as a word of content, and the
sound decides.
"""

from __future__ import annotations

from collections.abc import Mapping

from .line import Word

NEUTRAL_TONE = "5"


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


FUNCTION_WORDS: Mapping[str, frozenset[str]] = {
    "en": _words(
        """
        a an the and but or nor as than that if of to in on at for from by with into onto upon i me my you your he him
        his she her it its we us our they them their there am is are was were be been being have has had do does did
        will would can could shall should may might must i'm i've i'd i'll you're you've you'd you'll he's he'd he'll
        she's she'd she'll it's it'd it'll we're we've we'd we'll they're they've they'd they'll there's that's what's
        who's let's who which some any so just
        """
    ),
    "es": _words(
        """
        el la los las lo un una unos unas y e o u ni que si de del a al en con por para sin sobre entre me te se nos os
        le les mi mis tu tus su sus es ha he has han pero como
        """
    ),
    "ja": _words(
        "は が を に へ と で も の や か よ ね な て だ です ます から まで より けど ので のに って し ば た"
    ),
    "ar": _words("من في على إلى الى عن مع و ف ب ل ثم أو او أن ان إن ما لا يا قد هل هذا هذه"),
}


def weak_parts(word: Word) -> tuple[bool, ...]:
    """Returns for each part of a word whether it is weak: for each character of a Chinese word, and for each word of
    what is spoken for one of another language."""
    if word.language == "zh":
        readings = (*word.reading, *("" for _ in word.spoken[len(word.reading) :]))
        return tuple(reading.endswith(NEUTRAL_TONE) for reading in readings)
    known = FUNCTION_WORDS.get(word.language, frozenset())
    if word.language == "ja":
        return (word.text in known,)
    return tuple(part.lower().replace("’", "'") in known for part in word.spoken.split() or [word.spoken])
