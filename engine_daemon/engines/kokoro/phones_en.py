"""English: the lexicon the model was trained on (misaki's, Apache-2.0), and espeak-ng for words it lacks."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from framevox.engine_daemon.text.fold import plain_latin
from framevox.engine_daemon.text.lexicon_en import lexicon
from framevox.engine_daemon.text.line import Mark, Word

from .espeak import ipa
from .phones_given import given_phones

_PRIMARY, _SECONDARY = "ˈ", "ˌ"
_VOWELS = frozenset("AIOQWYaeiouæɑɐɒɔəɚɛɜɪʊʌᵊᵻ")
_CONSONANTS = frozenset("bdfhjklmnpstvwzðŋɡɹʃʒʤʧθTˈˌ")
_FLAP_BEFORE = frozenset("AIOWYiuæɑəɛɪɹʊʌ")
_ENDS_IN_E = re.compile(r"ée?s?$")  # which is heard: pâté, entrées
_DOUBLED = re.compile(r"([bcdgklmnprstvz])\1$")

# espeak-ng's symbols as the model's. Longest first.
_FROM_ESPEAK = (
    ("ʔˌn̩", "tᵊn"), ("ʔn̩", "tᵊn"), ("a^ɪ", "I"), ("a^ʊ", "W"), ("d^ʒ", "ʤ"), ("e^ɪ", "A"), ("t^ʃ", "ʧ"), ("ɔ^ɪ", "Y"),
    ("o^ʊ", "O"), ("ə^ʊ", "O"), ("ə^l", "ᵊl"), ("ʲo", "jo"), ("ʲə", "jə"), ("ʲ", ""), ("ɜːɹ", "ɜɹ"), ("ɜː", "ɜɹ"),
    ("ɪə", "iə"), ("ɚ", "əɹ"), ("oːɹ", "ɔɹ"), ("oː", "ɔ"), ("e", "A"), ("r", "ɹ"), ("x", "k"), ("ç", "k"), ("ɐ", "ə"),
    ("ɬ", "l"), ("n̩", "ᵊn"), ("m̩", "ᵊm"), ("l̩", "ᵊl"), ("̃", ""), ("ː", ""), ("ʔ", "t"), ("ɾ", "T"), ("o", "ɔ"),
    ("^", ""),
    ("ɡ", "ɡ"), ("g", "ɡ"), ("̩", ""), ("-", ""),
)  # fmt: skip

_SPOKEN = {
    "hmm": "hˈm", "hm": "hˈm", "mm": "mˈm", "mmm": "mˈm", "mhm": "mhˈm", "uh": "ˈʌ", "uhh": "ˈʌ", "um": "ˈʌm",
    "umm": "ˈʌm", "er": "ˈɜɹ", "ugh": "ˈʌɡ", "shh": "ʃˈʌʃ", "shhh": "ʃˈʌʃ", "psst": "psˈɪst", "pfft": "fˈʌt",
    "tsk": "tˈɪsk", "brr": "bˈɜɹ", "grr": "ɡˈɜɹ", "zzz": "zˈɪz", "uh-huh": "ˌʌhˈʌ", "mm-hmm": "ˌʌmhˈʌm",
    "nuh-uh": "nˈʌˌʌ", "uh-oh": "ˈʌˌO", "uh-uh": "ˈʌˌʌ", "mm-mm": "ˌʌmˈʌm", "aah": "ˈɑ", "ahh": "ˈɑ", "aargh": "ˈɑɹɡ",
    "argh": "ˈɑɹɡ", "oww": "ˈW", "ooh": "ˈu", "oooh": "ˈu", "eww": "jˈu", "ew": "jˈu", "whoa": "wˈO", "aww": "ˈɔ",
    "nah": "nˈɑ", "yep": "jˈɛp", "yup": "jˈʌp", "dunno": "dənˈO", "gimme": "ɡˈɪmi", "lemme": "lˈɛmi", "'em": "əm",
    "'cause": "kˈʌz", "'til": "tˈɪl", "y'all": "jˈɔl", "o'clock": "əklˈɑk", "ma'am": "mˈæm", "miz": "mˈɪz", "'n": "ᵊn",
    "o'": "ə", "an'": "ən", "ol'": "ˈOl",
    "heh": "hˈɛ", "hah": "hˈɑ", "whew": "hjˈu", "phew": "fjˈu", "duh": "dˈʌ", "meh": "mˈɛ", "yay": "jˈA",
    "per mille": "pəɹ mˈɪl",
}  # fmt: skip


def sounds(phrase: Sequence[Word | Mark]) -> list[list[tuple[str, int]]]:
    """The phones of each token, with stress: 2 for a syllable with ˈ, 1 with ˌ, else 0."""
    # Every spoken word of the phrase, with the token it belongs to; a mark stands as an empty word.
    flat: list[tuple[int, str]] = []
    given: dict[int, str] = {}
    for place, token in enumerate(phrase):
        spoken = token.spoken.split() if isinstance(token, Word) else [""]
        if isinstance(token, Word) and (phones := given_phones(token)):
            given[len(flat)] = phones
            spoken = [token.spoken.replace(" ", "-")]  # one word to its neighbours
        flat += [(place, word) for word in spoken]
    words = [word for _, word in flat]
    read = [token.reading if isinstance(token, Word) else () for token in phrase]
    said: list[list[str]] = [[] for _ in phrase]
    vowel_follows: bool | None = None
    # From the end, because "the" and "to" listen to what follows.
    for index in range(len(flat) - 1, -1, -1):
        place, word = flat[index]
        if not word:
            vowel_follows = None
            continue
        phones = given.get(index) or _trained(" ".join(read[place])) or _word(word, words, index, vowel_follows)
        said[place].insert(0, phones)
        first = next((char for char in phones if char not in (_PRIMARY, _SECONDARY)), "")
        vowel_follows = first in _VOWELS
    return [_stressed(" ".join(parts)) for parts in said]


def _stressed(phones: str) -> list[tuple[str, int]]:
    """Gives every phone the stress of its syllable: a mark holds from there to before the next syllable's onset."""
    result: list[tuple[str, int]] = []
    level = 0
    seen_vowel = False
    for index, symbol in enumerate(phones):
        if symbol == " ":
            level, seen_vowel = 0, False
            result.append((symbol, 0))
            continue
        if symbol in (_PRIMARY, _SECONDARY):
            level, seen_vowel = (2 if symbol == _PRIMARY else 1), False
            onset = len(result)
            # The lexicon writes the mark right before the vowel; the consonant before it is part of the syllable.
            if onset and result[-1][0] not in _VOWELS and result[-1][0] != " ":
                result[-1] = (result[-1][0], level)
        elif symbol in _VOWELS:
            if seen_vowel:
                level = 0
            seen_vowel = True
        elif seen_vowel and index + 1 < len(phones) and phones[index + 1] in _VOWELS:
            level = 0  # the onset of the next, weak syllable
        result.append((symbol, level))
    return result


def _word(word: str, words: Sequence[str], index: int, vowel_follows: bool | None) -> str:
    if len(word) == 1 and word.isupper() and _spelled(words, index):
        return _letter(plain_latin(word)[:1])
    special = _weak_form(word, words, index, vowel_follows)
    if special:
        return special
    if len(word) == 1 and (plain_latin(word) != word or (word.isupper() and word not in ("I", "A"))):
        return _letter(plain_latin(word)[:1])
    return _drawn_out(word) or _known(word) or _compound(word) or _from_espeak(word)


def _drawn_out(word: str) -> str:
    """A word whose letters were repeated for effect: "nooo" is no, "coool" cool, "hmmmm" hmm."""
    for kept in (r"\1\1", r"\1"):
        plain = re.sub(r"(.)\1{2,}", kept, word.lower())
        if plain != word.lower() and (found := _SPOKEN.get(plain) or _known(plain)):
            return found
    return ""


def _compound(word: str) -> str:
    """A word with hyphens: as one word where the lexicon has it so, else part by part."""
    parts = [part for part in word.split("-") if part]
    if len(parts) < 2:
        return ""
    whole = _known("".join(parts)) if len(parts[0]) > 1 else ""
    if whole:
        return whole
    said = [_letter(part) if len(part) == 1 else _SPOKEN.get(part.lower()) or _known(part) for part in parts]
    return "".join(sound or _from_espeak(part) for sound, part in zip(said, parts, strict=True))


def _weak_form(word: str, words: Sequence[str], index: int, vowel_follows: bool | None) -> str:
    match word.lower():
        case "the":
            return "ði" if vowel_follows else "ðə"
        case "a":
            return "ˈA" if word == "A" and vowel_follows is None else "ɐ"
        case "an":
            return "ɐn"
        case "to":
            return "tu" if vowel_follows is None else "tʊ" if vowel_follows else "tə"
        case "i":
            return "ˌI"
        case "in":
            return "ɪn"
        case "am":
            return "æm" if vowel_follows is None else "ɐm"
        case "used" if index + 1 < len(words) and words[index + 1].lower() == "to":
            return "jˈust"
    return _SPOKEN.get(word.lower(), "")


def _spelled(words: Sequence[str], index: int) -> bool:
    """Whether the letter stands among letters: the I of F B I, the A of A I."""
    beside = (words[index - 1] if index else "", words[index + 1] if index + 1 < len(words) else "")
    letters = [other for other in beside if len(other.removesuffix("'s")) == 1 and other[:1].isupper()]
    return any(other != "I" for other in letters) or (words[index] == "A" and beside[1] == "I")


def _letter(letter: str) -> str:
    said = lexicon().get(letter.upper())
    return said if isinstance(said, str) else ""


@lru_cache(maxsize=20_000)
def _known(word: str) -> str:
    """The lexicon's phones, also for the regular endings of a word it has."""
    for form in dict.fromkeys((word, word.lower(), word.capitalize(), plain_latin(word).lower())):
        found = _look_up(form)
        if found and not _loses_accent(word, form, found):
            return found
    lower = word.lower()
    if lower.endswith("in'"):
        stem = _known(lower[:-1] + "g")
        return stem[:-1] + "n" if stem.endswith("ŋ") else stem
    if lower.endswith("'s") or lower.endswith("s'"):
        return _with_s(_known(lower[:-2] if lower.endswith("'s") else lower[:-1]))
    for tail, add in (("'ve", "əv"), ("'ll", "əl"), ("'d", "d"), ("'re", "əɹ"), ("n't", "ᵊnt")):
        if lower.endswith(tail) and (stem := _known(lower[: -len(tail)])):
            return stem + add
    return _inflected(lower)


def _loses_accent(word: str, form: str, phones: str) -> bool:
    """Whether ``form``, which is ``word`` without its accents, is another word: resume for résumé."""
    lower = word.lower()
    if form.lower() == lower:
        return False
    return (bool(_ENDS_IN_E.search(lower)) and phones.rstrip("z")[-1:] != "A") or ("ñ" in lower and "nj" not in phones)


def _look_up(form: str, sense: str = "DEFAULT") -> str:
    found = lexicon().get(form)
    if isinstance(found, dict):
        found = found.get(sense) or found["DEFAULT"]
    return _trained(found) if isinstance(found, str) else ""


def _trained(phones: str) -> str:
    """As the lexicon was written for this model: flaps as T, no glottal stops."""
    return phones.replace("ɾ", "T").replace("ʔ", "t")


def _stems(word: str, ending: str) -> list[str]:
    stem = word[: -len(ending)]
    stems = [stem, stem + "e"] if len(stem) > 1 else []
    if _DOUBLED.search(stem):
        stems.insert(0, stem[:-1])
    if stem.endswith("i"):
        stems.insert(0, stem[:-1] + "y")
    return stems


def _inflected(word: str) -> str:
    if word.endswith("s") and len(word) > 3 and not word.endswith("ss"):
        for stem in (word[:-1], *(_stems(word, "es") if word.endswith("es") else ())):
            if found := _look_up(stem):
                return _with_s(found)
    for ending, add in (("ed", _with_ed), ("ing", _with_ing)):
        if word.endswith(ending) and len(word) > len(ending) + 2:
            for stem in _stems(word, ending):
                if found := _look_up(stem, "VERB"):
                    return add(found)
    return ""


def _with_s(stem: str) -> str:
    if not stem:
        return ""
    return stem + ("s" if stem[-1] in "ptkfθ" else "ᵻz" if stem[-1] in "szʃʒʧʤ" else "z")


def _with_ed(stem: str) -> str:
    if stem[-1] in "pkfθʃsʧ":
        return stem + "t"
    if stem[-1] == "t" and len(stem) > 1 and stem[-2] in _FLAP_BEFORE:
        return stem[:-1] + "Tᵻd"
    return stem + ("ᵻd" if stem[-1] in "td" else "d")


def _with_ing(stem: str) -> str:
    if stem[-1] == "t" and len(stem) > 1 and stem[-2] in _FLAP_BEFORE:
        return stem[:-1] + "Tɪŋ"
    return stem + "ɪŋ"


@lru_cache(maxsize=20_000)
def _from_espeak(word: str) -> str:
    """espeak-ng's phones in the model's symbols; letter by letter for what it has no sound for either."""
    said = re.sub(r"\([a-z-]+\)", "", ipa(word))  # its notes that it changed language
    for theirs, ours in _FROM_ESPEAK:
        said = said.replace(theirs, ours)
    said = "".join(symbol for symbol in said if symbol in _VOWELS or symbol in _CONSONANTS)
    return said or "".join(_letter(char) for char in plain_latin(word) if char.isalpha())
