"""English words that are written alike and sound otherwise: read and read, the lead and lead pipes.

The lexicon has their phones by the class of word; what the class leaves open is told from the company a word keeps.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache

from .lexicon_en import lexicon
from .word_class import BE, BEFORE_VERB, DETERMINERS, HAVE, OBJECTS, PREPOSITIONS, SUBJECTS, THIRD, word_class

# Senses that the lexicon lacks.
_MORE = {
    "lead": {"DEFAULT": "lˈid", "METAL": "lˈɛd"},
    "row": {"DEFAULT": "ɹˈO", "QUARREL": "ɹˈW"},
    "rows": {"DEFAULT": "ɹˈOz", "QUARREL": "ɹˈWz"},
    "aged": {"DEFAULT": "ˈAʤd", "ADJ": "ˈAʤɪd"},
    "protest": {"DEFAULT": "pɹˈOtˌɛst", "VERB": "pɹətˈɛst"},
    "protests": {"DEFAULT": "pɹˈOtˌɛsts", "VERB": "pɹətˈɛsts"},
    "resume": {"DEFAULT": "ɹəzˈum", "NOUN": "ɹˈɛzəmˌA"},
    "resumes": {"DEFAULT": "ɹəzˈumz", "NOUN": "ɹˈɛzəmˌAz"},
}


def sound(words: Sequence[str], index: int, around: str = "") -> tuple[str, bool]:
    """The phones of ``words[index]`` of a clause, "" for a word of one sound, and whether its neighbours told.

    ``around`` is the rest of the line.
    """
    word = words[index].lower()
    senses = _senses(word)
    if len(set(senses.values())) < 2:
        return "", False
    if word in _SPECIAL:
        sense = _SPECIAL[word](_Company(words, index, around))
    elif word == "that":
        return senses["DT" if _is_pointing(words, index) else "DEFAULT"], True
    else:
        sense = word_class(words, index)
        if sense == "NOUN" and "NOUN" not in senses and "ADJ" in senses and _before_noun(words, index):
            sense = "ADJ"
        elif sense == "PAST":
            sense = "ADJ" if "VBD" not in senses else "VBD"
    return senses.get(sense, senses["DEFAULT"]), bool(sense)


@cache
def _senses(word: str) -> Mapping[str, str]:
    found = _MORE.get(word) or lexicon().get(word)
    if not isinstance(found, dict):
        return {}
    # "None" is how a word sounds by itself, not another word.
    return {name: phones for name, phones in found.items() if phones and name != "None"}


def _is_pointing(words: Sequence[str], index: int) -> bool:
    """Whether "that" is said with stress: what is that, that one, after that."""
    after = words[index + 1].lower() if index + 1 < len(words) else ""
    before = words[index - 1].lower() if index else ""
    return not after or after in ("'s", "is", "was", "one", "again") or before in PREPOSITIONS


def _before_noun(words: Sequence[str], index: int) -> bool:
    after = words[index + 1].lower() if index + 1 < len(words) else ""
    return bool(after) and after not in PREPOSITIONS | BE | HAVE | OBJECTS | BEFORE_VERB | {"and", "or", "to", "that"}


class _Company:
    """A word's neighbours in its clause, in lower case, and the words of its line."""

    def __init__(self, words: Sequence[str], index: int, around: str) -> None:
        lower = [word.lower() for word in words]
        self.words, self.index = words, index
        self.before = lower[index - 1] if index else ""
        self.earlier = lower[index - 2] if index > 1 else ""
        self.after = lower[index + 1] if index + 1 < len(lower) else ""
        self.left, self.right = lower[:index], lower[index + 1 :]
        self.line = {*lower, *re.findall(r"[a-z']+", around.lower())}

    def of(self) -> str:
        return word_class(self.words, self.index)


_FOR_METAL = frozenset((
    "pipe", "pipes", "bullet", "bullets", "paint", "poisoning", "weight", "weights", "shot", "vest", "vests", "apron",
    "box", "coffin", "plate", "plates", "lined", "solder", "balloon", "shielding", "sheet", "sheets", "dust", "ingots",
))  # fmt: skip
_HOLDS_METAL = frozenset((
    "water", "pipe", "pipes", "paint", "petrol", "gasoline", "gas", "fuel", "soil", "blood", "air", "roof", "roofs",
    "glass", "pencil", "pencils", "ground", "toys", "dust", "bullet", "bullets", "food", "glaze", "solder", "walls",
    "wall", "body", "bones", "crayons",
))  # fmt: skip
_LEADERS = frozenset((
    "actor", "actress", "singer", "role", "guitar", "guitarist", "investigator", "detective", "singers", "story",
    "counsel", "designer", "vocals", "role", "time", "man", "engineer", "car", "part", "us", "me", "him", "her", "them",
    "you", "the", "to", "on", "off", "by", "away", "into", "over",
))  # fmt: skip


def _lead(near: _Company) -> str:
    if near.after in _FOR_METAL:
        return "METAL"
    if near.after in ("in", "from", "on", "out") and near.of() != "VERB" and any(w in _HOLDS_METAL for w in near.right):
        return "METAL"
    of_metal = near.before in ("of", "with", "like", "as", "into", "contains", "molten", "some", "eat", "swallow")
    if of_metal and near.after not in _LEADERS:
        return "METAL"
    return near.of() or "VERB"


_PAST_TIMES = frozenset(("yesterday", "ago", "last", "already", "once", "before", "earlier", "later", "tonight"))
_PAST_VERBS = re.compile(
    r"was|were|said|left|went|told|came|knew|thought|had|did|didn't|wasn't|found|cried|gave|saw|took|got|felt|wrote"
    r"|sent|burned|made|couldn't|laughed|fell|signed|[a-z]{3,}ed"
)
_HABITS = frozenset((
    "every", "always", "usually", "often", "sometimes", "never", "daily", "rarely", "if", "when", "whenever", "as",
    "lips", "minds", "mind", "slowly", "fast", "faster", "well",
))  # fmt: skip


def _read(near: _Company) -> str:
    """ "I read" is of the past, unless it is a habit."""
    if near.before in ("well", "widely", "best", "most", "least") and near.after in ("", "books", "paper", "by"):
        return "VBD"
    kind = near.of()
    if near.before in ("a", "good", "quick", "long", "great", "easy", "go", "come"):
        return "VERB"
    subject = _subject(near)
    helped = set(near.left) & (BEFORE_VERB - {"to", "please"}) and not subject
    if kind == "PAST" or (near.left and near.left[-1] in BE | HAVE):
        return "VBD"
    if near.before in BEFORE_VERB or helped or _asked(near, subject):
        return "VERB"
    if subject in THIRD or (subject and subject not in SUBJECTS and not subject.endswith("s")):
        return "VBD"
    if subject:
        if near.line & _PAST_TIMES or any(_PAST_VERBS.fullmatch(word) for word in near.line):
            return "VBD"
        habit = near.line & _HABITS or (near.after.endswith("s") and near.after not in ("his", "this", "us"))
        return "VERB" if habit or not near.after else "VBD"
    return "VERB"


def _subject(near: _Company) -> str:
    """What stands before the verb, adverbs apart."""
    for word in reversed(near.left):
        if word in ("never", "just", "always", "already", "only", "also", "still", "even", "once", "actually", "often",
                    "usually", "really", "sometimes", "and", "then") or word.endswith("ly"):  # fmt: skip
            continue
        return "" if word in BEFORE_VERB or word in BE | HAVE else word
    return ""


def _asked(near: _Company, subject: str) -> bool:
    """Do you read, can they read."""
    if subject not in SUBJECTS:
        return False
    place = len(near.left) - 1 - near.left[::-1].index(subject)
    return place > 0 and near.left[place - 1] in BEFORE_VERB | {"make", "made", "let", "help", "hear", "heard"}


_SHOWN = frozenset((
    "broadcast", "music", "show", "shows", "ammo", "ammunition", "round", "rounds", "fire", "feed", "stream", "action",
    "audience", "coverage", "bait", "concert", "performance", "tv", "television", "wire", "wires", "recording", "band",
    "animals", "animal", "chicken", "chickens", "event", "shot", "set", "grenade", "bomb", "mic", "line", "report",
    "updates", "album", "version", "ones", "one", "target", "targets", "birds", "fish", "stock",
))  # fmt: skip
_SHOWING = frozenset((
    "go", "goes", "going", "went", "play", "plays", "played", "air", "airs", "aired", "broadcast", "stream",
    "streaming", "perform", "performed", "performing", "recorded", "see", "saw", "seen", "watch", "watched",
    "watching", "hear", "heard", "coming", "reporting", "sing", "sang", "singing", "on",
))  # fmt: skip


def _live(near: _Company) -> str:
    if near.after in _SHOWN:
        return "ADJ"
    if near.before in BE and (near.after not in ("with", "in", "here") or near.line & {"seconds", "air", "five"}):
        return "ADJ"
    if near.earlier in BE and near.before in ("this", "that", "it") and not near.after:
        return "ADJ"
    if near.before in BEFORE_VERB or _asked(near, _subject(near)):
        return "ADJ" if near.before in ("go", "going") else "VERB"
    if near.before in _SHOWING:
        return "ADJ"
    if near.after in ("", "from", "at", "tonight", "on") and set(near.left) & _SHOWING and near.before not in SUBJECTS:
        return "ADJ"
    if near.before in ("a", "an", "the", "some", "any", "no", "another"):
        return "ADJ"
    if not near.before and near.after in ("from", "at", ""):
        return "ADJ"
    return "VERB"


_CLOSELY = frozenset((
    "so", "too", "very", "how", "as", "this", "that", "real", "pretty", "stay", "stays", "stayed", "get", "gets", "got",
    "getting", "come", "came", "comes", "stand", "stood", "stands", "sit", "sat", "hold", "held", "keep", "kept",
    "awfully", "dangerously", "more", "is", "was", "were", "are", "be", "been", "we're", "you're", "i'm", "it's",
    "they're", "feel", "felt", "really", "quite", "not", "nowhere", "up", "lean", "leaned", "move", "moved", "pull",
    "follow", "still", "once", "you", "me",
))  # fmt: skip


def _close(near: _Company) -> str:
    if near.before in ("a", "the", "its") and near.after in ("", "of"):
        return "VERB"  # to a close
    if near.before in BEFORE_VERB or _asked(near, _subject(near)):
        return "ADJ" if near.before == "to" and near.earlier in ("pretty",) else "VERB"
    if near.after in ("to", "enough", "by", "behind", "together") and near.before not in SUBJECTS:
        return "ADJ"
    if near.before in SUBJECTS and near.before not in ("you", "it"):
        return "VERB"
    if near.before in _CLOSELY or near.before in DETERMINERS:
        return "VERB" if near.before == "you" and near.after in OBJECTS | {"at", "on", "up"} else "ADJ"
    if not near.before:
        return "VERB" if near.after in OBJECTS | {"up", "down", "your", "in", "ranks"} else "ADJ"
    return "VERB" if near.of() == "VERB" or near.after in OBJECTS else "ADJ"


def _wind(near: _Company) -> str:
    turned = near.after in ("up", "down", "back", "it", "through", "around", "him", "her", "them", "along", "your")
    if near.before in BEFORE_VERB or _asked(near, _subject(near)):
        return "VERB"
    if near.before in DETERMINERS or near.before in PREPOSITIONS:
        return "NOUN"
    if not near.before:
        return "VERB" if turned or near.after in ("the", "that", "this", "my") else "NOUN"
    return "VERB" if turned or near.before in SUBJECTS or near.of() == "VERB" else "NOUN"


_CLOTH = frozenset((
    "sleeve", "sleeves", "shirt", "dress", "coat", "jacket", "pants", "jeans", "fabric", "cloth", "curtain", "sail",
    "paper", "page", "bag", "tent", "net", "muscle", "ligament", "stocking", "stockings", "suit", "canvas", "skirt",
    "tire", "seam", "roof", "wear", "pocket", "wallpaper", "glove", "tights",
))  # fmt: skip


def _tear(near: _Company) -> str:
    apart = near.after in ("up", "down", "apart", "off", "out", "through", "into", "away", "open")
    if near.before in BEFORE_VERB or _asked(near, _subject(near)):
        return "VERB"
    if near.before in DETERMINERS | PREPOSITIONS or near.of() == "NOUN":
        return "VERB" if near.after in ("in", "on", "at", "") and near.line & _CLOTH else "NOUN"
    return "VERB" if apart or near.after in OBJECTS or near.before in SUBJECTS or near.before == "and" else "NOUN"


def _use(near: _Company) -> str:
    if near.before == "to" and near.after in ("", "again", "at", "in") and set(near.left) & {"put", "putting", "puts"}:
        return "NOUN"
    kind = near.of()
    if near.before in ("what", "which"):
        return "VERB" if near.after else "NOUN"
    return "NOUN" if kind == "NOUN" or near.before in ("make", "made", "making") else "VERB"


def _wound(near: _Company) -> str:
    turned = {"up", "down", "around", "round", "through", "tight", "tightly", "too", "back", "clock", "watch"}
    if near.before in BEFORE_VERB:
        return "NOUN"
    if near.before in SUBJECTS or near.of() == "PAST":
        return "VBD"
    return "VBD" if near.after in turned and near.before not in DETERMINERS else "NOUN"


_SHIP = frozenset((
    "ship", "ships", "boat", "boats", "stern", "deck", "captain", "port", "starboard", "water", "waves", "vessel",
    "anchor", "sea", "yacht", "hull", "sailor", "sailors", "aft",
))  # fmt: skip


def _bow(near: _Company) -> str:
    if near.before in BEFORE_VERB or _asked(near, _subject(near)) or near.before in SUBJECTS:
        return "VERB"
    if near.after in ("to", "before", "down", "out", "your", "his", "her", "their") and near.before not in DETERMINERS:
        return "VERB"
    took = {"take", "takes", "took", "taking", "taken", "final", "deep", "low", "slight", "little", "polite", "gave"}
    if set(near.left) & took or near.before in ("deep", "low", "slight") or near.line & _SHIP:
        return "VERB"
    if near.before in DETERMINERS or near.of() == "NOUN":
        return "NOUN"
    return near.of()


def _row(near: _Company) -> str:
    loud = {"terrible", "blazing", "furious", "flaming", "massive", "awful", "big", "huge", "almighty", "heated"}
    broke = near.after in ("broke", "erupted", "about", "over", "with") and near.before in ("a", "the", *loud)
    had = set(near.left) & {"had", "having", "have", "heard"} and near.before in (*loud, "a") and near.after != "of"
    return "QUARREL" if near.before in loud - {"big", "huge"} or broke or had else "ROW"


def _minute(near: _Company) -> str:
    small = {"detail", "details", "traces", "trace", "amount", "amounts", "particle", "particles", "quantities",
             "differences", "changes", "fraction", "adjustments", "cracks", "fragments", "size"}  # fmt: skip
    counted = near.before in ("a", "one", "every", "each", "per", "this", "any", "last", "first", "half", "another")
    if near.after in small and (not counted or near.after not in ("", "size")):
        return "ADJ"
    tiny = near.before in BE and near.before not in ("been", "be") and not near.after
    return "ADJ" if tiny or near.before in ("so", "very", "too", "extremely", "almost", "these") else "NOUN"


def _dove(near: _Company) -> str:
    if near.before in DETERMINERS:
        return "NOUN"
    dived = near.after in ("into", "in", "for", "under", "off", "down", "deep", "through", "right", "behind", "out")
    return "VERB" if near.before in SUBJECTS or dived or near.before == "and" else "NOUN"


def _bass(near: _Company) -> str:
    fish = {"caught", "catch", "fish", "fishing", "lake", "river", "sea", "striped", "largemouth", "grilled", "fillet",
            "hook", "pond", "bait", "ate", "eat", "fried"}  # fmt: skip
    return "FISH" if near.line & fish else "ADJ"


def _sow(near: _Company) -> str:
    return "NOUN" if near.before in DETERMINERS and near.after not in OBJECTS else "VERB"


def _used(near: _Company) -> str:
    return "VBD" if near.after == "to" else "VERB"


def _aged(near: _Company) -> str:
    people = {"man", "woman", "mother", "father", "parents", "couple", "gentleman", "lady", "aunt", "uncle", "relative"}
    return "ADJ" if near.after in people or (near.before == "the" and not near.after) else "VERB"


def _content(near: _Company) -> str:
    """The adjective is the lexicon's first sense."""
    kind = near.of()
    if kind == "NOUN" and near.before in ("not", "perfectly", "quite"):
        return "ADJ"
    return kind


_SPECIAL: Mapping[str, Callable[[_Company], str]] = {
    "lead": _lead, "read": _read, "live": _live, "close": _close, "wind": _wind, "tear": _tear, "use": _use,
    "wound": _wound, "bow": _bow, "row": _row, "minute": _minute, "dove": _dove, "bass": _bass, "sow": _sow,
    "aged": _aged, "used": _used, "content": _content,
}  # fmt: skip
