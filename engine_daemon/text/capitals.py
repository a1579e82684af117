"""English words in capitals: said letter by letter (FBI), or as a word (NASA, a shouted STOP)."""

from __future__ import annotations

import re

from .lexicon_en import is_word

_WORDLIKE = frozenset((
    "nasa", "toefl", "nato", "unesco", "unicef", "aids", "opec", "ikea", "swat", "sonar", "radar", "laser", "asap",
    "scuba", "yolo", "pin", "ram", "rom", "sim", "lan", "wifi", "covid", "gif", "jpeg", "navy", "seal",
))  # fmt: skip
# Spelt although they could be said, shouted or not.
_SPELT = frozenset((
    "ucla", "ymca", "ywca", "naacp", "usaf", "aka", "iou", "id", "pm", "tv", "usa", "ceo", "cia", "hiv", "irs", "uae",
    "diy", "faq", "sos", "vip", "ufo", "iq", "atm", "eu", "uk", "un", "la", "mia", "mit", "sec", "led",
))  # fmt: skip
# Words that are initials where nothing around them is shouted: the SAT, an ER.
_SPELT_WHEN_CALM = frozenset(
    ("us", "it", "sat", "pow", "eta", "era", "ira", "dim", "pac", "gop", "ems", "coo", "ged", "lax")
)
# What people cry out, and the short words; every other word of two letters in calm capitals is initials.
_SHORT = frozenset((
    "a", "i", "no", "go", "ok", "oh", "my", "he", "she", "it", "we", "is", "of", "at", "be", "by", "as", "an", "am",
    "us", "do", "if", "in", "me", "on", "or", "so", "to", "up",
))  # fmt: skip
_CRIES = frozenset((
    "ugh", "uh", "um", "hm", "hmm", "mm", "shh", "tsk", "psst", "pfft", "brr", "grr", "yep", "nah", "nope", "aha",
    "ooh", "ouch", "oops", "whoa", "boo", "ew", "eww", "yay", "bye", "aye", "duh", "meh", "yo", "ya", "ah", "ha", "hi",
    "huh", "wow", "ow", "aw", "hey", "don", "won",
))  # fmt: skip
# What can be said as a word: NATO, but not ESPN, LAPD or HTML.
_SAYABLE = re.compile(
    r"(?:[bcfgps][lr]|[dt]r|s[chkmnpqtw]|str|spr|scr|spl|th|tw|[cpkrw]h|wr|kn|qu|[bcdfghjklmnprstvwyz])?"
    r"[aeiouy].*?(?:[aeiouy]|[aeiouy][bcdfgklmnprstvxz]|[lr][bcdfgklmnpstvxz]|n[cdgkst]|m[ps]|s[hkmpst]|[ckpt]s|[cfpx]t"
    r"|c[hk]|[gpt]h|ll|ss|ff|zz|w[lns])"
)
INITIALS_JOINED = re.compile(r"[A-Z]{1,2}(?:&[A-Z]{1,2})+(?:'s)?(?![A-Za-z])")
"""AT&T, Q&A, R&B."""


def is_shouting(run: str) -> bool:
    """Whether all of ``run`` is in capitals and there is a word among them that is no initials."""
    words = re.findall(r"[A-Za-z']{2,}", run)
    return len(words) > 1 and all(word == word.upper() for word in words) and any(map(_is_shouted, words))


def _is_shouted(word: str) -> bool:
    lower = word.lower().strip("'")
    if lower in _SPELT or lower in _WORDLIKE:
        return False
    return lower in _SHORT or lower in _CRIES or (len(lower) > 2 and is_word(lower))


def cased(word: str, *, shouting: bool) -> str:
    """``word`` as it is said: initials apart, other capitals in small letters."""
    lower = word.lower()
    plain = (word[:-2] if lower.endswith("'s") else word).replace("'", "")
    if len(plain) < 2 or not plain.isupper():
        # The plural of initials: "CEOs", "TVs".
        if len(word) > 2 and word[:-1].isupper() and word[-1] == "s" and is_initials(word[:-1], shouting=shouting):
            return " ".join(word[:-1]) + "'s"
        return word
    stem, tail = (word[:-2], "'s") if lower.endswith("'s") else (word, "")
    if is_initials(stem, shouting=shouting):
        return " ".join(stem) + tail
    return lower


def is_initials(word: str, *, shouting: bool) -> bool:
    """Whether capitals are said letter by letter: FBI, DNA; not NASA, not a shouted NO."""
    lower = word.lower()
    if not word.isascii() or not word.isalpha() or lower in _WORDLIKE:
        return False
    if lower in _SPELT or (lower in _SPELT_WHEN_CALM and not shouting):
        return True
    if re.search(r"(.)\1\1", lower) and (len(word) > 3 or shouting):
        return False  # AAAH
    if lower in _SHORT or lower in _CRIES or (len(word) > 2 and is_word(lower)):
        return False
    if shouting and len(word) == 2 and is_word(lower):
        return False
    return len(word) <= 3 or (len(word) <= 5 and not _SAYABLE.fullmatch(lower)) or not re.search("[aeiouy]", lower)
