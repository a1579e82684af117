"""Turns a line into IndexTTS-2's text ids: SentencePiece over upper-case words, spaced Han characters and pinyin."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import zip_longest
from pathlib import Path

import sentencepiece

from framevox.engine_daemon.engines.indextts2.loading.checkpoint import PULL
from framevox.engine_daemon.engines.indextts2.loading.config import Config2, Config25
from framevox.engine_daemon.protocol.errors import InputError
from framevox.engine_daemon.text.line import Language, Line, Mark, Word

MAX_SEGMENT = 120
"""Text ids at a time; the model was trained on lines of about this many."""

# The model's own marks, for those of a Line.
_MARKS = {",": ",", ".": ".", "?": "?", "!": "!", ";": ",", ":": ",", "—": "-", "…": "..."}
_ENDS, _BREAKS = frozenset(".?!…"), frozenset(",;:—")


@dataclass(frozen=True, slots=True)
class Piece:
    """Text ids that stay together: a word, a character or a mark. ``rank`` says how good a place for a cut follows it:
    3 after a sentence, 2 after a clause, 1 between words."""

    ids: tuple[int, ...]
    word: Word | None
    rank: int


@dataclass(frozen=True, slots=True)
class Segment:
    """What the model reads at a time. ``lead`` are ids in front of the first piece, and ``tail`` behind the last;
    ``language`` is a row of IndexTTS-2.5's table of languages."""

    pieces: tuple[Piece, ...]
    lead: tuple[int, ...] = ()
    tail: tuple[int, ...] = ()
    language: int = 0

    @property
    def ids(self) -> list[int]:
        return [*self.lead, *(i for piece in self.pieces for i in piece.ids), *self.tail]

    @property
    def pause(self) -> float:
        """Seconds of silence before the segment that follows."""
        return {3: 0.2, 2: 0.1}.get(self.pieces[-1].rank, 0.0)


@lru_cache(maxsize=4096)
def _readings(character: str) -> tuple[str, ...]:
    """The readings of a Han character, the usual one first, as "hang2"."""
    from pypinyin import Style, pinyin

    found = pinyin(character, style=Style.TONE3, heteronym=True, neutral_tone_with_five=True)
    return tuple(found[0]) if found else ()


def pinyin_token(reading: str) -> str:
    """A reading as the model writes it: upper case, and V for ü, also after J, Q and X."""
    token = reading.upper().replace("Ü", "V").replace("U:", "V")
    return token[0] + "V" + token[2:] if token[:2] in ("JU", "QU", "XU") else token


def another_release(folder: Path, config: Config2 | Config25, pieces: int) -> InputError:
    """Says that a folder's text table, of so many pieces, is of another release than its networks."""
    return InputError(
        f"{folder / config.text_file} has {pieces} pieces, {config.gpt_file} rows for "
        f"{config.gpt.text_vocab - 1}: they are of different releases: {PULL}"
    )


class TextFrontEnd:
    """Reads lines with a model folder's ``bpe.model``."""

    languages: tuple[Language, ...] = Config2.languages

    def __init__(self, path: Path, limit: int) -> None:
        """``limit`` is how many ids the position table can carry. Raises InputError for a damaged file."""
        try:
            self._pieces = sentencepiece.SentencePieceProcessor(model_file=str(path))
        except (OSError, RuntimeError) as e:
            raise InputError(f"{path} is missing or damaged: {PULL}") from e
        self._limit = min(limit, MAX_SEGMENT)

    @classmethod
    def of(cls, folder: Path, config: Config2) -> TextFrontEnd:
        """Reads a model folder's text table. Raises InputError for one of another release than its networks."""
        front = cls(folder / config.text_file, config.gpt.text_positions - 2)
        if front.vocabulary + 1 != config.gpt.text_vocab:
            raise another_release(folder, config, front.vocabulary)
        return front

    @property
    def vocabulary(self) -> int:
        return int(self._pieces.get_piece_size())

    def read(self, line: Line) -> tuple[list[Segment], tuple[str, ...]]:
        """Returns segments of at most 120 ids, cut where speech pauses, and warnings of what could not be read.

        Raises InputError for a language that the model does not speak, and when nothing is left to speak.
        """
        refuse_other_languages(line, self.languages)
        pieces: list[Piece] = []
        unknown: list[str] = []
        unread: list[str] = []
        for token in line.tokens:
            pieces += self._mark(token, pieces) if isinstance(token, Mark) else self._word(token, unknown, unread)
        if not any(piece.word is not None for piece in pieces):
            raise InputError(
                f"the model's text table knows nothing in {line.text!r}: write it in Chinese or English words"
            )
        warnings = spelt_words(line)
        if unknown:
            warnings += (f"left out because the model does not know them: {' '.join(dict.fromkeys(unknown))}",)
        if unread:
            warnings += (f"may be read otherwise, the model has no pinyin for them: {' '.join(dict.fromkeys(unread))}",)
        return [Segment(tuple(part)) for part in split(pieces, self._limit)], warnings

    def _encode(self, text: str) -> tuple[int, ...] | None:
        """None when part of the text is unknown."""
        ids = tuple(self._pieces.encode(text))
        return None if self._pieces.unk_id() in ids or not ids else ids

    def _word(self, word: Word, unknown: list[str], unread: list[str]) -> list[Piece]:
        if word.language == "zh":
            found = []
            # A character that stands for letters too (℃) is spoken as more syllables than it has readings.
            for index, (character, reading) in enumerate(zip_longest(word.spoken, word.base, fillvalue="")):
                ids = self._pinyin(reading) if index in word.fixed else None
                if index in word.fixed and ids is None:
                    unknown.append(f"{character}[{reading}]")
                    continue
                found.append((character, ids or self._character(character, reading, unread)))
        else:
            found = [(part, self._latin(part)) for part in word.spoken.split()]
        unknown += [text for text, ids in found if ids is None]
        return [Piece(ids, word, 1) for _, ids in found if ids is not None]

    def _character(self, character: str, reading: str, unread: list[str]) -> tuple[int, ...] | None:
        """Returns the character itself where its reading, before tones shift, is the usual one, else its pinyin.

        Adds to ``unread`` a character whose unusual reading the model cannot be told."""
        chosen = is_unusual(character, reading)
        by_sound = self._pinyin(reading) if reading else None
        if chosen and by_sound is not None:
            return by_sound
        itself = self._encode(character.upper())
        if chosen and itself is not None:
            unread.append(f"{character}[{reading}]")
        return itself or by_sound

    def _pinyin(self, reading: str) -> tuple[int, ...] | None:
        """None where the text table has no piece for the syllable: spelt in letters it would be read as letters."""
        ids = self._encode(pinyin_token(reading))
        if ids is None:
            return None
        # SentencePiece may set the mark of a word's beginning apart.
        spoken = [i for i in ids if self._pieces.id_to_piece(i) != "\u2581"]
        return ids if len(spoken) == 1 else None

    def _latin(self, text: str) -> tuple[int, ...] | None:
        plain = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
        return self._encode(text.upper()) or self._encode(plain.upper())

    def _mark(self, mark: Mark, before: Sequence[Piece]) -> list[Piece]:
        if not before or mark.symbol in "“”":
            return []
        if mark.symbol == "?!":
            asked = self._mark(replace(mark, symbol="?"), before)
            return asked + self._mark(replace(mark, symbol="!"), [*before, *asked])
        rank = 3 if mark.symbol in _ENDS else 2 if mark.symbol in _BREAKS else 1
        # A mark clings to a word of letters and stands apart from a Han character, as in the model's training text.
        after_letters = before[-1].word is not None and before[-1].word.language != "zh"
        for symbol in (_MARKS.get(mark.symbol, ","), "." if rank == 3 else ","):
            ids = self._encode(f"A{symbol}" if after_letters else symbol)
            if ids is not None:
                kept = ids[len(self._pieces.encode("A")) :] if after_letters else ids
                if kept:
                    return [Piece(kept, None, rank)]
        return []


def refuse_other_languages(line: Line, languages: Sequence[Language]) -> None:
    """Raises InputError for the first word of a language that the model does not speak."""
    other = next((w for w in line.words if w.language not in languages), None)
    if other is not None:
        known = f"{', '.join(languages[:-1])} or {languages[-1]}"
        raise InputError(
            f"{other.text!r} is {other.language}, which this model of the engine indextts2 does not speak: "
            f"write it in {known}, or use the engine kokoro"
        )


def spelt_words(line: Line) -> tuple[str, ...]:
    """Returns warnings of words for which the user gave phones."""
    return tuple(
        f"the engine indextts2 takes no phones, {w.text!r} was read as it is spelt: give a respelling in letters"
        for w in line.words
        if w.language == "en" and w.reading and w.source == "rule"
    )


def is_unusual(character: str, reading: str) -> bool:
    """Returns whether a Han character is read, before tones shift, in another than its most usual way."""
    known = _readings(character)
    return reading in known and reading != known[0]


def split(pieces: Sequence[Piece], limit: int) -> list[list[Piece]]:
    """Cuts into parts of at most ``limit`` ids: after the last sentence that fits, else a clause, else a word."""
    parts: list[list[Piece]] = []
    rest = list(pieces)
    while rest:
        size, fits = 0, 0
        while fits < len(rest) and size + len(rest[fits].ids) <= limit:
            size += len(rest[fits].ids)
            fits += 1
        if fits == 0:
            raise InputError(f"one word of the line takes more than {limit} text ids: write it as several words")
        if fits < len(rest):
            # Marks belong to what they follow, so a cut is never right before one.
            ranks = [p.rank if rest[i + 1].word is not None else 0 for i, p in enumerate(rest[:fits])]
            best = max(ranks)
            fits = max(i for i, r in enumerate(ranks) if r == best) + 1 if best else fits
        parts.append(rest[:fits])
        rest = rest[fits:]
    return parts
