"""The class of an English word from the words around it, as far as its sound hangs on it: noun, verb or adjective.

Not a parser: a few closed classes of neighbours decide most of it in dialogue.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

Class = Literal["NOUN", "VERB", "ADJ", "PAST", ""]
"""PAST is a participle or a past form; "" where nothing tells."""

DETERMINERS = frozenset((
    "a", "an", "the", "this", "that", "these", "those", "my", "your", "his", "her", "its", "our", "their", "no", "any",
    "some", "every", "each", "another", "one", "two", "three", "four", "five", "six", "ten", "both", "what", "which",
    "whose", "such", "more", "much", "many", "most", "few", "enough",
))  # fmt: skip
SUBJECTS = frozenset(
    ("i", "you", "we", "they", "he", "she", "it", "who", "people", "nobody", "everybody", "everyone", "somebody"
     , "someone", "anyone", "anybody")
)  # fmt: skip
THIRD = frozenset(("he", "she", "it", "who", "nobody", "everybody", "everyone", "somebody", "someone", "anyone"))
BEFORE_VERB = frozenset((
    "to", "will", "would", "can", "could", "should", "shall", "may", "might", "must", "don't", "doesn't", "didn't",
    "won't", "can't", "couldn't", "wouldn't", "shouldn't", "mustn't", "let's", "gonna", "wanna", "gotta", "please",
    "i'll", "you'll", "we'll", "they'll", "he'll", "she'll", "it'll", "that'll", "i'd", "you'd", "we'd", "they'd",
    "he'd", "she'd", "do", "did", "does", "'ll", "cannot", "let",
))  # fmt: skip
AUXILIARIES = frozenset((
    "will", "would", "can", "could", "should", "shall", "may", "might", "must", "do", "did", "does", "don't", "didn't",
    "doesn't", "won't", "can't", "couldn't", "wouldn't", "shouldn't", "let", "make", "makes", "made", "help", "watch",
    "see", "saw", "hear", "heard", "if", "when", "that", "as",
))  # fmt: skip
BE = frozenset((
    "is", "was", "were", "be", "being", "are", "been", "am", "it's", "he's", "she's", "that's", "you're", "we're",
    "they're", "i'm", "what's", "there's", "who's", "isn't", "aren't", "wasn't", "weren't", "everything's",
    "nobody's",
))  # fmt: skip
HAVE = frozenset((
    "have", "has", "had", "i've", "you've", "we've", "they've", "having", "hasn't", "haven't", "hadn't", "get", "got",
    "gets", "getting", "he's", "she's",
))  # fmt: skip
LINKING = frozenset((
    "look", "looks", "looked", "seem", "seems", "seemed", "feel", "feels", "felt", "stay", "stays", "stayed", "become",
    "becomes", "became", "sound", "sounds", "sounded", "remain", "remains", "remained", "appear", "appears",
    "appeared", "quite", "very", "so", "too", "perfectly", "keep", "kept", "less", "rather", "almost",
))  # fmt: skip
PREPOSITIONS = frozenset((
    "of", "in", "on", "at", "for", "with", "from", "by", "about", "into", "under", "over", "without", "against",
    "through", "during", "between", "after", "before", "per", "beyond", "behind", "off",
))  # fmt: skip
OBJECTS = frozenset((
    "me", "him", "her", "it", "us", "them", "you", "the", "a", "an", "my", "your", "his", "our", "their", "this",
    "that", "these", "those", "every", "everything", "anything", "something", "nothing", "any", "all", "its",
    "yourself", "myself", "himself", "herself", "themselves", "ourselves", "everyone",
))  # fmt: skip
_ADVERBS = frozenset((
    "never", "always", "just", "not", "also", "even", "still", "ever", "already", "often", "really", "only", "now",
    "then", "usually", "soon", "rarely", "seldom", "sometimes", "all", "both", "once", "better", "ain't", "n't",
))  # fmt: skip
_ADJECTIVES = frozenset((
    "good", "bad", "new", "old", "big", "little", "own", "same", "great", "whole", "dead", "strong", "cold", "last",
    "first", "second", "third", "next", "main", "prime", "only", "other", "long", "short", "high", "low", "small",
    "huge", "deep", "real", "true", "fair", "fresh", "raw", "poor", "rich", "red", "black", "white", "blue", "green",
    "strange", "fine", "nice", "cheap", "full", "public", "private", "wild", "hot", "warm", "young", "final",
))  # fmt: skip
_ADJECTIVE = re.compile(r".{2,}(?:ful|less|ous|ic|ical|ive|able|ible|ary|ish|ern)$")
_PLURAL = re.compile(r"(?!.*(?:ss|us|is|'s)$)[a-z]{3,}s$")
_STATES = frozenset(("only", "still", "all", "never", "always", "not", "really", "now", "both", "also", "already"))


def word_class(words: Sequence[str], index: int) -> Class:
    """The class of ``words[index]`` of a clause."""
    word = words[index].lower()
    place = index - 1
    while place >= 0 and (words[place].lower() in _ADVERBS or _is_adverb(words[place])):
        place -= 1
    between = [other.lower() for other in words[place + 1 : index]]
    before = words[place].lower() if place >= 0 else ""
    earlier = words[place - 1].lower() if place > 0 else ""
    after = words[index + 1].lower() if index + 1 < len(words) else ""
    if not before:
        # "never record this": an adverb before it is a sign of an order, too
        return "VERB" if after in OBJECTS or (between and after) else ""
    if before in BEFORE_VERB and not (before == "to" and earlier in ("due", "according", "thanks")):
        return "VERB"
    if before in HAVE and before not in BE:
        return "PAST"
    if before in BE or before in LINKING or (between and between[-1] in LINKING):
        return "PAST" if before in BE else "ADJ"
    if before in SUBJECTS and before != "it":
        return "VERB"
    if before == "it":
        return "VERB" if earlier in AUXILIARIES or word.endswith("s") else ""
    return _after_words(word, before, earlier, after, between)


def _after_words(word: str, before: str, earlier: str, after: str, between: Sequence[str]) -> Class:
    """The class behind a determiner, an adjective, a preposition or a noun."""
    if before in DETERMINERS or before in PREPOSITIONS:
        return "NOUN"
    if before in _ADJECTIVES or _ADJECTIVE.match(before) or before.endswith("'s"):
        return "NOUN"
    if before in ("and", "or", "but", "then"):
        return "VERB" if after in OBJECTS else ""
    if before in ("me", "us", "him", "them"):
        return "VERB" if earlier in AUXILIARIES else ""
    if after in ("of", "is", "was", "are", "were", "has", "had"):
        return "NOUN"
    if _PLURAL.match(before) and not word.endswith("s") and earlier not in BE:
        return "VERB"
    if word.endswith("s") and (after in OBJECTS or between):
        return "VERB"
    return "NOUN"


def _is_adverb(word: str) -> bool:
    return len(word) > 4 and word.lower().endswith("ly") and word.lower() not in ("family", "reply", "supply", "daily")
