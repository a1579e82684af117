"""Part of speech from the words around a word, as far as the lexicon's heteronyms need it.

Not a parser: a few closed classes of neighbours decide most of read/read, live/live, record/record in dialogue.
"""

from __future__ import annotations

from collections.abc import Sequence

_DETERMINERS = frozenset((
    "a", "an", "the", "this", "that", "these", "those", "my", "your", "his", "her", "its", "our", "their", "no", "any",
    "some", "every", "each", "another", "one", "two", "three", "what", "which", "whose",
))  # fmt: skip
_SUBJECTS = frozenset(["i", "you", "we", "they", "he", "she", "it", "who", "people"])
_BEFORE_VERB = frozenset((
    "to", "will", "would", "can", "could", "should", "shall", "may", "might", "must", "don't", "doesn't", "didn't",
    "won't", "can't", "couldn't", "wouldn't", "shouldn't", "let's", "gonna", "wanna", "gotta", "please", "never",
    "always", "i'll", "you'll", "we'll", "they'll", "he'll", "she'll", "it'll", "i'd", "you'd", "we'd", "they'd", "do",
    "did", "does", "not", "'ll", "cannot", "let", "just",
))  # fmt: skip
_BEFORE_PARTICIPLE = frozenset((
    "have", "has", "had", "i've", "you've", "we've", "they've", "he's", "she's", "been", "having", "is", "was", "were",
    "be", "being", "are", "it's", "hasn't", "haven't", "hadn't", "get", "got", "getting", "wasn't", "weren't", "isn't",
    "aren't",
))  # fmt: skip
_PAST_CUES = frozenset(["yesterday", "ago", "last", "already", "once", "before"])
_PREPOSITIONS = frozenset(
    ["of", "in", "on", "at", "for", "with", "from", "by", "about", "into", "under", "over", "without"]
)
_ADJECTIVES = frozenset((
    "good", "bad", "new", "old", "big", "little", "own", "same", "great", "only", "whole", "dead", "strong", "cold",
    "last", "first",
))  # fmt: skip
_OBJECTS = frozenset((
    "me", "him", "her", "it", "us", "them", "you", "the", "a", "an", "my", "your", "his", "our", "their", "this",
    "that", "these", "those",
))  # fmt: skip


_HOLDS_LEAD = frozenset((
    "water", "pipe", "pipes", "paint", "petrol", "gasoline", "gas", "fuel", "soil", "blood", "air", "roof", "roofs",
    "glass", "pencil", "pencils", "ground", "toys", "dust", "bullet", "bullets", "food", "glaze", "solder", "walls",
))  # fmt: skip
"""Where lead is the metal: the lead in the water, not the lead in the race."""


def part_of_speech(words: Sequence[str], index: int) -> str:
    """NOUN, VERB, VBD (past or participle), ADJ, DT, or "" where nothing tells; words in a phrase, "" for a mark."""
    words, index = _clause(words, index)
    word = words[index].lower()
    before = words[index - 1].lower() if index else ""
    earlier = words[index - 2].lower() if index > 1 else ""
    after = words[index + 1].lower() if index + 1 < len(words) else ""
    if word == "that":
        return "DT" if not after or after in ("'s", "is", "was", "one", "again") or before in _PREPOSITIONS else ""
    if word in _OVERRIDES:
        return _OVERRIDES[word](before, earlier, after, words)
    if before in _BEFORE_PARTICIPLE or (
        before in ("ever", "never", "already", "just", "not") and earlier in _BEFORE_PARTICIPLE
    ):
        return "VBN"
    if before in _BEFORE_VERB or (before in _SUBJECTS and after in _OBJECTS):
        return "VERB"
    if before in _DETERMINERS or before in _PREPOSITIONS or before in _ADJECTIVES:
        return "NOUN"
    if before in _SUBJECTS or (not before and after in _OBJECTS):
        return "VERB"
    return ""


def _clause(words: Sequence[str], index: int) -> tuple[Sequence[str], int]:
    """The words between two marks around ``index``, and its place among them."""
    start, end = index, index
    while start and words[start - 1]:
        start -= 1
    while end < len(words) and words[end]:
        end += 1
    return words[start:end], index - start


def _lead(before: str, earlier: str, after: str, words: Sequence[str]) -> str:
    metal = after in ("pipe", "pipes", "bullet", "bullets", "paint", "poisoning", "weight", "weights", "shot")
    held = after in ("in", "from", "on", "out") and before not in _SUBJECTS and before not in _BEFORE_VERB
    held = held and any(word.lower() in _HOLDS_LEAD for word in words)
    return "METAL" if metal or held or (before in ("of", "like", "are", "from") and not after) else "VERB"


def _read(before: str, earlier: str, after: str, words: Sequence[str]) -> str:
    if before in _BEFORE_PARTICIPLE or earlier in _BEFORE_PARTICIPLE:
        return "VBD"
    if before in _BEFORE_VERB or earlier in _BEFORE_VERB:
        return "VERB"
    past = any(word.lower() in _PAST_CUES for word in words)
    return "VBD" if past or before in ("he", "she", "it", "who") else "VERB"


def _live(before: str, earlier: str, after: str, words: Sequence[str]) -> str:
    if before in ("is", "are", "was", "were", "we're", "it's", "i'm", "a", "the", "go", "went", "going", "broadcast"):
        return "ADJ"
    if not before and after not in (
        "in",
        "with",
        "and",
        "your",
        "for",
        "free",
        "long",
        "a",
        "on",
        "like",
        "here",
        "there",
    ):
        return "ADJ"
    return "VERB"


def _close(before: str, earlier: str, after: str, words: Sequence[str]) -> str:
    if (
        before in _BEFORE_VERB
        or before in _SUBJECTS
        or (after in _OBJECTS and before not in ("so", "too", "very", "is", "was", "stay"))
    ):
        return "VERB"
    return "VERB" if not before and after in ("up", "down", "your", "in") else "ADJ"


def _wind(before: str, earlier: str, after: str, words: Sequence[str]) -> str:
    return "VERB" if after in ("up", "down", "back", "it") or before in _BEFORE_VERB else "NOUN"


def _tear(before: str, earlier: str, after: str, words: Sequence[str]) -> str:
    verb = after in ("up", "down", "apart", "it", "this", "that", "them", "off", "out", "us", "me", "him", "the")
    return "VERB" if verb or before in _BEFORE_VERB else "NOUN"


def _use(before: str, earlier: str, after: str, words: Sequence[str]) -> str:
    if before in ("no", "any", "the", "of", "in", "good", "much", "what", "a", "some", "this", "its", "what's"):
        return "NOUN" if before != "what" or not after else "VERB"
    return "VERB"


def _wound(before: str, earlier: str, after: str, words: Sequence[str]) -> str:
    return "VBD" if after in ("up", "down", "around") else "NOUN"


_OVERRIDES = {
    "lead": _lead,
    "read": _read,
    "live": _live,
    "close": _close,
    "wind": _wind,
    "tear": _tear,
    "use": _use,
    "wound": _wound,
}
