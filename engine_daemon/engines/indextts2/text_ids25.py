"""Turns a line into text ids, for IndexTTS-2.5: a byte-pair encoding over lower-case text, told its language."""

from __future__ import annotations

import base64
import binascii
import unicodedata
from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from itertools import zip_longest
from pathlib import Path

import tiktoken

from framevox.engine_daemon.engines.indextts2.loading.checkpoint import PULL
from framevox.engine_daemon.engines.indextts2.loading.config import Config25
from framevox.engine_daemon.engines.indextts2.text_ids import (
    MAX_SEGMENT,
    Piece,
    Segment,
    another_release,
    is_unusual,
    pinyin_token,
    refuse_other_languages,
    spelt_words,
    split,
)
from framevox.engine_daemon.protocol.errors import InputError
from framevox.engine_daemon.text import read_line
from framevox.engine_daemon.text.line import Language, Line, Mark, Word

# The ids of special tokens follow from their order, which is the release's. Its table of languages has a row for each
# code, and one more.
_CODES = (
    "en", "zh", "de", "es", "ru", "ko", "fr", "ja", "pt", "tr", "pl", "ca", "nl", "ar", "sv", "it", "id", "hi",
    "fi", "vi", "he", "uk", "el", "ms", "cs", "ro", "da", "hu", "ta", "no", "th", "ur", "hr", "bg", "lt", "la",
    "mi", "ml", "cy", "sk", "te", "fa", "lv", "bn", "sr", "az", "sl", "kn", "et", "mk", "br", "eu", "is", "hy",
    "ne", "mn", "bs", "kk", "sq", "sw", "gl", "mr", "pa", "si", "km", "sn", "yo", "so", "af", "oc", "ka", "be",
    "tg", "sd", "gu", "am", "yi", "lo", "uz", "fo", "ht", "ps", "tk", "nn", "mt", "sa", "lb", "my", "bo", "tl",
    "mg", "as", "tt", "haw", "ln", "ha", "ba", "jw", "su", "yue", "minnan", "wuyu", "dialect", "zh/en", "en/zh",
    "common",
)  # fmt: skip
_WITH_TOKENS = 99
"""How many of the languages have a special token."""
_EVENTS = ("ASR", "AED", "SER", "Speech", "/Speech", "BGM", "/BGM", "Laughter", "/Laughter", "Applause", "/Applause")
_FEELINGS = ("HAPPY", "SAD", "ANGRY", "NEUTRAL")
_TASKS = ("translate", "transcribe", "startoflm", "startofprev", "nospeech", "notimestamps")
_VOICED = ("TTS/B", "TTS/O", "TTS/Q", "TTS/A", "TTS/CO", "TTS/CL", "TTS/H", *(f"TTS/SP{i:02d}" for i in range(1, 14)))
SPECIAL = (
    "endoftext", "startoftranscript", *_CODES[:_WITH_TOKENS], *_EVENTS, *_FEELINGS, *_TASKS,
    *(f"SPECIAL_TOKEN_{i}" for i in range(1, 31)), *_VOICED, *(f"{i * 0.02:.2f}" for i in range(1501)),
)  # fmt: skip
"""What stands between ``<|`` and ``|>``, in the order of their ids, which follow those of the table."""
_PATTERN = r"""'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"""
_PINYIN = "<|SPECIAL_TOKEN_2|>"

# The model's own marks, for those of a Line.
_MARKS = {
    ",": ",",
    ".": ".",
    "?": "?",
    "!": "!",
    "?!": "?!",
    ";": ",",
    ":": ",",
    "—": "-",
    "…": "…",
    "“": "'",
    "”": "'",
}
_ENDS, _BREAKS = frozenset(".?!…") | {"?!"}, frozenset(",;:—")
_KEPT = "؟،؛"
"""Arabic marks, which the release's own front end leaves as they are."""
_OPENING = "¿¡"
"""Spanish marks before a word, which say nothing in a Line."""


class TextFrontEnd25:
    """Reads lines with a model folder's table of ranks.

    Of the release's own front end four faults are known, and mended: "!" has the id of the text's start and was
    deleted; ":" became "," before figures were read; every segment ended in a stop too many; and codes stood one
    position too far (see ``GPT25``). ``as_released`` keeps them.
    """

    languages: tuple[Language, ...] = Config25.languages

    def __init__(self, path: Path, limit: int, as_released: bool = False) -> None:
        """``limit`` is how many ids the position table can carry. Raises InputError for a damaged file."""
        try:
            rows = [line.split() for line in path.read_bytes().splitlines() if line]
            ranks = {base64.b64decode(token, validate=True): int(rank) for token, rank in rows}
        except (OSError, ValueError, binascii.Error) as e:
            raise InputError(f"{path} is missing or damaged: {PULL}") from e
        if sorted(ranks.values()) != list(range(len(ranks))) or not all(bytes([b]) in ranks for b in range(256)):
            raise InputError(f"{path} is damaged or cut short: {PULL}")
        special = {f"<|{name}|>": len(ranks) + i for i, name in enumerate(SPECIAL)}
        self._table = tiktoken.Encoding(path.stem, pat_str=_PATTERN, mergeable_ranks=ranks, special_tokens=special)
        self._limit = min(limit, MAX_SEGMENT)
        self._as_released = as_released

    @classmethod
    def of(cls, folder: Path, config: Config25, as_released: bool = False) -> TextFrontEnd25:
        """Reads a model folder's text table. Raises InputError for one of another release than its networks."""
        front = cls(folder / config.text_file, config.gpt.text_positions - 2, as_released)
        if not 0 <= config.gpt.text_vocab - front.vocabulary <= 2:
            raise another_release(folder, config, front.vocabulary)
        return front

    @property
    def vocabulary(self) -> int:
        return self._table.n_vocab

    def read(self, line: Line) -> tuple[list[Segment], tuple[str, ...]]:
        """Returns segments of at most 120 ids, cut where speech pauses, and warnings of what could not be read.

        Raises InputError for a language that the model does not speak, and when nothing is left to speak.
        """
        if self._as_released and ":" in line.text.replace("：", ":"):
            line = replace(read_line(line.text.replace(":", ",").replace("：", "，")), text=line.text)
        refuse_other_languages(line, self.languages)
        language = _main_language(line)
        written = _write(line)
        if not any(word is not None for _, word, _ in written):
            raise InputError(f"nothing in {line.text!r} can be spoken: write it in words")
        lead = f"<|{language}|> "
        room = self._limit - len(self._encode(lead)) - 1
        parts = split(self._pieces("", written)[1], room)
        segments = []
        at = 0
        for part in parts:
            # Encoded again as the model reads it: what stands first in a segment has no space before it.
            chosen = written[at : (at := at + len(part))]
            first = (chosen[0][0].lstrip(), *chosen[0][1:])
            leading, pieces = self._pieces(lead, [first, *chosen[1:]])
            tail = (1,) if self._as_released else ()
            segments.append(Segment(tuple(pieces), leading, tail, _CODES.index(language)))
        return segments, spelt_words(line)

    def _encode(self, text: str) -> list[int]:
        return self._table.encode(text, allowed_special="all")

    def _pieces(
        self, lead: str, written: Sequence[tuple[str, Word | None, int]]
    ) -> tuple[tuple[int, ...], list[Piece]]:
        """The ids of ``lead`` and of each piece of text, encoded as one text; an id belongs where it begins."""
        text = lead + "".join(part for part, _, _ in written)
        starts = []
        at = len(lead.encode())
        for part, _, _ in written:
            starts.append(at)
            at += len(part.encode())
        ids: list[list[int]] = [[] for _ in written]
        leading: list[int] = []
        at = 0
        for one in self._encode(text):
            place = bisect_right(starts, at) - 1
            (leading if place < 0 else ids[place]).append(one)
            at += len(self._table.decode_single_token_bytes(one))
        return tuple(leading), [
            Piece(tuple(own), word, rank) for own, (_, word, rank) in zip(ids, written, strict=True)
        ]


def _write(line: Line) -> list[tuple[str, Word | None, int]]:
    """The line as the model reads it: text, the word it is of, and how good a place for a cut follows it."""
    written: list[tuple[str, Word | None, int]] = []
    end = 0
    for token in line.tokens:
        between = line.text[end : token.start]
        space = " " if between != between.lstrip() or between != between.rstrip() or _apart(written) else ""
        end = token.end
        if isinstance(token, Mark):
            text = token.text[0] if token.text[0] in _KEPT else _MARKS.get(token.symbol, ",")
            rank = 3 if token.symbol in _ENDS else 2 if token.symbol in _BREAKS else 1
            if written:
                written.append((" " + text if _apart(written) else text, None, rank))
            continue
        opening = "".join(char for char in between if char in _OPENING)
        for index, text in enumerate(_word(token)):
            lead = space + opening if index == 0 else "" if token.language == "zh" else " "
            written.append(((lead if written else lead.lstrip()) + text, token, 1))
    return written


def _main_language(line: Line) -> Language:
    """The language of most words; English words are dropped into lines of any language, so a tie is not English."""
    count = Counter(word.language for word in line.words)
    return max(count, key=lambda known: (count[known], known != "en"), default="en")


def _apart(written: Sequence[tuple[str, Word | None, int]]) -> bool:
    """Whether a space stands before the next token although none is written there: the release's own front end puts one
    between all that its Japanese analyser tells apart, marks too."""
    before = next((word for _, word, _ in reversed(written) if word is not None), None)
    return before is not None and before.language == "ja"


def _word(word: Word) -> list[str]:
    """A word in parts: the characters of a Chinese one, else what spaces separate."""
    if word.language == "zh":
        return [
            _character(character, reading, index in word.fixed)
            for index, (character, reading) in enumerate(zip_longest(word.spoken, word.base, fillvalue=""))
        ]
    if word.language == "ja":
        # Kanji are read by the model itself; figures and signs are not.
        plain = all(unicodedata.category(char)[0] in "LM" for char in word.text)
        return [word.text.lower() if plain and not word.fixed else word.spoken]
    spoken = unicodedata.normalize("NFKC", word.spoken)
    return (spoken.upper() if word.language == "es" else spoken.lower()).split() or [spoken]


def _character(character: str, reading: str, fixed: bool) -> str:
    """A Han character, or its pinyin where the user fixed its reading or it is an unusual one."""
    if reading and (fixed or is_unusual(character, reading)):
        return f"{_PINYIN}{pinyin_token(reading)}{_PINYIN}"
    return character.lower()
