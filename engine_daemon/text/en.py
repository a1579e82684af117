"""English: splits a run into words and says figures, symbols, abbreviations and initials as words."""

from __future__ import annotations

import re
from collections.abc import Iterator

from .abbreviations import WITH_STOP, month
from .numerals import NUMERAL, numeral
from .reading import Reading
from .say_en import cardinal, ordinal, say, year
from .symbols import SYMBOLS_EN

_ABBREVIATIONS = {
    **{f"{written.lower()}.": spoken for written, spoken in WITH_STOP.items()},
    "e.g.": "for example", "i.e.": "that is", "ph.d.": "P H D", "ph.d": "P H D", "w/": "with", "w/o": "without",
    "mr": "mister", "mrs": "missus", "ms": "miz", "dr": "doctor", "vs": "versus", "etc": "et cetera", "ok": "okay",
    "tv": "T V", "id": "I D",
}  # fmt: skip
_MONTH = (
    "January|February|March|April|May|June|July|August|September|October|November|December|"
    "Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept|Sep|Oct|Nov|Dec"
)
_ADDRESS = re.compile(r"(?:https?://|www\.)\S+|\S+@\S+\.\S+|[A-Za-z][\w-]*\.[a-z]{2,3}(?![\w.])", re.ASCII)
_TOKEN = re.compile(
    r"(?:[A-Za-z]\.){2,}|Ph\.D\.?|w/o?(?=\s)|No\.(?=\d)|(?:[A-Za-z]\.)+[A-Za-z](?![A-Za-z])|'[A-Za-z]+|[^\W\d_]+(?:['-][^\W\d_]+)*(?:\.(?=\s|$)|(?<=in)')?|\S",
)
_WORDLIKE = frozenset((
    "nasa", "toefl", "nato", "unesco", "unicef", "aids", "opec", "ikea", "swat", "sonar", "radar", "laser", "asap",
    "scuba", "yolo", "pin", "ram", "rom", "sim", "lan", "wifi", "covid", "gif", "jpeg", "navy", "seal",
))  # fmt: skip
_SPELT = frozenset(("ucla", "ymca", "ywca", "naacp", "usaf", "aka", "iou"))
# Short words people shout; other short capitals are initials.
_SHOUTED = frozenset((
    "a", "i", "no", "yes", "go", "not", "you", "the", "ok", "stop", "hey", "now", "run", "get", "out", "oh", "my",
    "god", "why", "who", "how", "what", "one", "two", "he", "she", "it", "we", "is", "was", "are", "and", "but", "all",
    "any", "can", "do", "did", "don", "for", "had", "has", "her", "him", "his", "if", "in", "let", "man", "me", "mom",
    "dad", "new", "off", "old", "on", "or", "our", "over", "put", "say", "see", "shut", "sir", "so", "ten", "to",
    "too", "top", "try", "up", "use", "war", "way", "won", "yet", "boy", "big", "bad", "ah", "ha", "hi", "huh", "wow",
    "ow", "aw", "die", "day", "guy", "help", "look", "wait", "move", "down", "left", "right", "fire", "come", "back",
    "that", "this", "them", "they", "will", "with", "your", "dead", "kill", "fuck", "shit", "damn", "hell", "love",
    "hate", "very", "much", "more", "never", "ever", "every", "here", "there", "just", "like", "make", "take", "give",
    "know", "think", "want", "need", "good", "hit", "cut", "lie", "end", "air", "art", "eye", "far", "few", "fun",
    "gun", "hot", "kid", "law", "leg", "lot", "low", "map", "mad", "met", "nor", "odd", "own", "pay", "red", "rid",
    "row", "sad", "set", "sit", "six", "son", "sun", "tea", "win", "of", "at", "be", "by", "as", "an", "am", "us",
    "ugh", "uh", "um", "hm", "hmm", "mm", "shh", "tsk", "psst", "pfft", "brr", "grr", "yep", "nah", "nope", "aha",
    "ooh", "ouch", "oops", "whoa", "boo", "ew", "eww", "yay", "bye", "aye", "duh", "meh", "yo", "ya", "eat", "ask",
    "cry", "fix", "fly", "pig", "cop", "car", "cat", "dog", "gas", "ice", "bus", "bed", "box", "bag", "bar", "cup",
    "fat", "hat", "job", "key", "oil", "pet", "rat", "sea", "sky", "van", "wet", "dry", "add", "age", "ago", "arm",
    "ate", "bit", "buy",
))  # fmt: skip
_CALIBRES = {
    ".22": "twenty two", ".38": "thirty eight", ".44": "forty four", ".45": "forty five", ".50": "fifty",
    ".357": "three fifty seven", "9mm": "nine millimeter",
}  # fmt: skip
# Rocky IV, World War II. I, V and X alone are more often the letters.
_ROMAN = ("", "-", "II", "III", "IV", "-", "VI", "VII", "VIII", "IX", "-", "XI", "XII", "XIII", "XIV", "XV", "XVI")
# What can be said as a word: NATO, but not ESPN, LAPD or HTML.
_SAYABLE = re.compile(
    r"(?:[bcfgps][lr]|[dt]r|s[chkmnpqtw]|str|spr|scr|spl|th|tw|[cpkrw]h|wr|kn|qu|[bcdfghjklmnprstvwyz])?"
    r"[aeiouy].*?(?:[aeiouy]|[aeiouy][bcdfgklmnprstvxz]|[lr][bcdfgklmnpstvxz]|n[cdgkst]|m[ps]|s[hkmpst]|[ckpt]s|[cfpx]t"
    r"|c[hk]|[gpt]h|ll|ss|ff|zz|w[lns])"
)
_KEPT_HYPHENS = frozenset(["uh-huh", "mm-hmm", "uh-oh", "nuh-uh", "mm-mm", "uh-uh"])
_MONTH_NAMES = {name[:3].lower(): name for name in _MONTH.split("|")[:12]}
_DAY_OF_MONTH = re.compile(r"\s*(3[01]|[12]\d|[1-9])(?![\d:/.]\d|\d)(?:st|nd|rd|th)?")


def read(run: str, left: str = "") -> Iterator[Reading]:
    """The words of ``run``, each with what is said for it."""
    shouting = _is_shouting(run)
    index = 0
    before = ""
    while index < len(run):
        if run[index].isspace():
            index += 1
            continue
        address = _ADDRESS.match(run, index) if run[index].isascii() and run[index].isalnum() else None
        if address:
            yield Reading(index, address.end(), _address(address.group()))
            index, before = address.end(), ""
            continue
        match = NUMERAL.match(run, index)
        if match:
            if before in _MONTH_NAMES and (day := _DAY_OF_MONTH.match(run, index)) and day.end() >= match.end():
                spoken = ordinal(int(day[1]))
            else:
                spoken = _figure(match, run[: match.start()], before, run[match.end() :])
            yield Reading(index, match.end(), spoken)
            index, before = match.end(), match.group()[-1]
            continue
        match = _TOKEN.match(run, index)
        assert match is not None  # \S takes whatever is not a space
        spoken = _say(match.group(), run[match.end() :], shouting=shouting, before=before)
        if spoken:
            yield Reading(index, match.end(), spoken)
        before = match.group().lower().rstrip(".")
        before = before[:3] if before[:3] in _MONTH_NAMES and len(before) != 4 else before
        index = match.end()


def _figure(match: re.Match[str], left: str, before: str, right: str) -> str:
    what = numeral(match)
    if what.values == ("0", "1", "2") and re.match(r"\s+an?\b", right):
        return "half"  # 1/2 a tank
    if re.fullmatch(r"1[1-9]\d\d", match.group()) and not left.strip() and not right.strip():
        return year(match.group())  # by itself, as after "July 4th,"
    if match.group() in _CALIBRES and before in ("a", "the", "my", "his", "her", "your", "that", "this"):
        return _CALIBRES[match.group()]
    return say(what, before)


def _address(text: str) -> str:
    """``"www.framevox.org"`` -> "W W W dot framevox dot org"."""
    text = re.sub(r"^https?://", "", text)
    parts = re.findall(r"[A-Za-z]+|\d|[.@/&+=_-]", text)
    names = {
        ".": "dot",
        "@": "at",
        "/": "slash",
        "&": "and",
        "+": "plus",
        "=": "equals",
        "_": "underscore",
        "-": "dash",
    }
    return " ".join(
        names.get(part) or (cardinal(int(part)) if part.isdigit() else "W W W" if part == "www" else part)
        for part in parts
    )


def _is_shouting(run: str) -> bool:
    words = re.findall(r"[A-Za-z']{2,}", run)
    return (
        bool(words)
        and all(word == word.upper() for word in words)
        and (len(words) > 1 and any(word.lower() in _SHOUTED for word in words))
    )


def _say(token: str, rest: str, *, shouting: bool, before: str) -> str:
    lower = token.lower()
    if token in SYMBOLS_EN:
        if token == "#" and rest.lstrip()[:1].isdigit():
            return "number"
        return SYMBOLS_EN[token]
    if not any(char.isalpha() for char in token):
        return ""
    if lower in ("st.", "st"):
        # "St. John" against "Main St."
        return "saint" if re.match(r"\s*[A-Z]", rest) else "street"
    if before and token in _ROMAN:
        return cardinal(_ROMAN.index(token))
    if token == "x" and before.isdigit() and re.match(r"\s*\d", rest):
        return "by"
    if token[-1] == "." and (full := month(token)) and re.match(r"\s*[a-z\d]", rest):
        return full
    if lower == "no.":
        return "number" if re.match(r"\s*\d", rest) else "no"
    if lower in _ABBREVIATIONS and (lower not in ("id", "ok", "ms") or token.isupper() or lower == "ok"):
        return _ABBREVIATIONS[lower]
    if token[0].isupper() and f"{lower}." in _ABBREVIATIONS and not rest.strip():
        return _ABBREVIATIONS[f"{lower}."]  # its full stop became the line's
    if re.fullmatch(r"(?:[A-Za-z]\.)+[A-Za-z]?\.?", token) and len(token) > 2:
        return " ".join(token.replace(".", "").upper())
    if lower in _KEPT_HYPHENS:
        return lower
    if "-" in token:
        return _hyphenated(token, shouting=shouting)
    return _cased(token.rstrip("."), shouting=shouting)


def _hyphenated(token: str, *, shouting: bool) -> str:
    parts = [part for part in token.split("-") if part]
    said: list[str] = []
    for index, part in enumerate(parts):
        follows = parts[index + 1].lower() if index + 1 < len(parts) else ""
        if (
            len(part) <= 2
            and follows != part.lower()
            and follows.startswith(part.lower())
            and part.lower() not in "aio"
        ):
            said.append(part.lower() + "uh ")  # a stammer: "b-but"
        else:
            said.append(_cased(part, shouting=shouting))
    return "-".join(said).replace(" -", " ")


def _cased(word: str, *, shouting: bool) -> str:
    lower = word.lower()
    plain = (word[:-2] if lower.endswith("'s") else word).replace("'", "")
    if len(plain) < 2 or not plain.isupper():
        # The plural of initials: "CEOs", "TVs".
        if len(word) > 2 and word[:-1].isupper() and word[-1] == "s" and _initials(word[:-1], shouting=shouting):
            return " ".join(word[:-1]) + "'s"
        return word
    stem, tail = (word[:-2], "'s") if lower.endswith("'s") else (word, "")
    if _initials(stem, shouting=shouting):
        return " ".join(stem) + tail
    return lower


def _initials(word: str, *, shouting: bool) -> bool:
    """Whether capitals are said letter by letter: FBI, DNA; not NASA, not a shouted NO."""
    lower = word.lower()
    if not word.isascii() or not word.isalpha() or lower in _WORDLIKE:
        return False
    if lower in _SPELT:
        return True
    if re.search(r"(.)\1\1", lower) and (len(word) > 3 or shouting):
        return False  # AAAH
    if lower in ("us", "it", "who") and not shouting:
        return lower != "who"
    if lower in _SHOUTED or (shouting and len(word) > 3):
        return False
    return len(word) <= 3 or (len(word) <= 5 and not _SAYABLE.fullmatch(lower)) or not re.search("[aeiouy]", lower)
