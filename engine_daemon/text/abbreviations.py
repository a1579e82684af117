"""English abbreviations written with a full stop, and what is said for them."""

from __future__ import annotations

import re

WITH_STOP = {
    "Mr": "mister", "Mrs": "missus", "Ms": "miz", "Dr": "doctor", "Prof": "professor", "Jr": "junior", "Sr": "senior",
    "Lt": "lieutenant", "Col": "colonel", "Gen": "general", "Sgt": "sergeant", "Capt": "captain", "Cmdr": "commander",
    "Maj": "major", "Cpl": "corporal", "Pvt": "private", "Det": "detective", "Insp": "inspector", "Rev": "reverend",
    "Gov": "governor", "Sen": "senator", "Pres": "president",
    "vs": "versus", "etc": "et cetera", "Mt": "mount", "Ft": "fort", "Ave": "avenue", "Blvd": "boulevard",
    "Apt": "apartment", "apt": "apartment", "Dept": "department", "dept": "department", "Inc": "incorporated",
    "Corp": "corporation", "Ltd": "limited", "approx": "approximately", "sq": "square", "ft": "feet", "Tues": "Tuesday",
    "Thurs": "Thursday",
}  # fmt: skip
"""As written -> as said. Saint, street and number depend on what follows; initials like e.g. are in ``en``."""

_TITLES = ("MR", "MRS", "MS", "DR", "PROF", "JR", "SR", "LT", "SGT", "CAPT", "REV", "ST")
"""Those that a shouted line holds."""

_MONTHS = {
    "Jan": "January", "Feb": "February", "Mar": "March", "Apr": "April", "Jun": "June", "Jul": "July", "Aug": "August",
    "Sept": "September", "Sep": "September", "Oct": "October", "Nov": "November", "Dec": "December",
}  # fmt: skip

ABBREVIATION = re.compile(
    r"(?:[A-Za-z]\.){2,}|Ph\.D\.|w/o?(?=\s)"
    rf"|(?:St|{'|'.join(WITH_STOP)}|{'|'.join(_TITLES)})\.(?!\w)"
    rf"|No\.(?=\s?\d)|NO\.(?=\d)|WW(?:I{{1,3}}|(?=[12](?!\d)))(?![A-Za-z])|(?:{'|'.join(_MONTHS)})\.(?=\s?\d|\s[a-z])"
)
"""An abbreviation with its full stops, which end no sentence."""


TRAILING = {"th'": "the", "o'": "o'", "an'": "an'", "ol'": "ol'", "wi'": "with", "lil'": "little", "mo'": "more"}
"""Words that lost their end, with an apostrophe for it, besides those in -in'."""


def month(word: str) -> str:
    """ "Dec." -> "December"; "" for what is no short month."""
    return _MONTHS.get(word.rstrip("."), "")
