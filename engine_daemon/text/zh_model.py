"""Which of its readings a Chinese character has, told from the whole line: a small network and the words around it.

The network is g2pM's (Kakao Brain, Apache-2.0), a bidirectional LSTM over the characters of a line. What it says is
weighed with features of the neighbouring characters and words, and with the phrase that pypinyin finds there. The data
file is made by benchmarks/train_polyphones.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .zh_pinyin import is_phrase, of_word

DATA = "zh_polyphones.npz"
LEAST = -12.0  # of a logarithm that the network gives a reading
REACH = 4  # characters on either side that are looked at one by one
UNKNOWN, BEGIN, END = 1, 2, 3  # of the network's characters
LONGEST = 5  # characters of a phrase
MOST = 5  # readings of a character
LENGTHS = 4  # classes of lines by length

_OUTSIDE_LEFT, _OUTSIDE_RIGHT = 1, 2
_PRIME = np.uint64(0x9E3779B97F4A7C15)
_SHIFT = np.uint64(29)
_KEY = np.uint64(32)


@lru_cache(maxsize=64)
def read_polyphones(text: str) -> dict[int, tuple[str, float]]:
    """``Polyphones.read`` of the model; the runs of a line ask one after the other for the same text."""
    return polyphones().read(text)


@cache
def polyphones() -> Polyphones:
    """The model, loaded once."""
    with (resources.files(__package__) / DATA).open("rb") as file, np.load(file, allow_pickle=False) as arrays:
        return Polyphones(dict(arrays))


class Polyphones:
    """Reads characters that have several readings."""

    def __init__(self, arrays: dict[str, NDArray[Any]]) -> None:
        """``arrays`` are those of the data file; see benchmarks/train_polyphones.py."""
        readings = [said.split(" ") for said in str(arrays["readings"]).split("|")]
        self.readings = dict(zip(str(arrays["characters"]), readings, strict=True))
        """The readings of each character that the model knows."""
        self._rows = {char: row for row, char in enumerate(self.readings)}
        self._known = np.array([[index < len(said) for index in range(MOST)] for said in readings])
        self._classes = arrays["classes"].astype(np.int64)
        self._ids = {char: number for number, char in enumerate(str(arrays["alphabet"]), END + 1)}
        self._network = Network({name[4:]: values for name, values in arrays.items() if name.startswith("net_")})
        self._keys, self._weights = arrays["keys"], arrays["weights"]
        self._scale = float(arrays["scale"])
        self._trust = arrays["trust"].astype(np.float32)
        self._by_word, self._by_phrase = arrays["by_word"].astype(np.float32), arrays["by_phrase"].astype(np.float32)
        self._in_word, self._in_phrase = arrays["in_word"].astype(np.float32), arrays["in_phrase"].astype(np.float32)

    def read(self, text: str) -> dict[int, tuple[str, float]]:
        """Place -> the reading of the character there and its probability, wherever ``readings`` has the character."""
        places = [place for place, char in enumerate(text) if char in self.readings]
        if not places:
            return {}
        likely = self.probabilities(text, places)
        best = likely.argmax(axis=1)
        return {
            place: (self.readings[text[place]][choice], float(likely[index, choice]))
            for index, (place, choice) in enumerate(zip(places, best, strict=True))
        }

    def probabilities(self, text: str, places: Sequence[int]) -> NDArray[np.float32]:
        """The probability of each reading at each place: shape (places, MOST), 0 beyond a character's readings."""
        rows = np.array([self._rows[text[place]] for place in places])
        found = words(text)
        size = length_class(text)
        by_word, by_phrase = self._by_word[size], self._by_phrase[size]
        scores = self._trust[size] * self._by_network(text, places, rows)
        scores += self._by_features(features(text, found, places))
        for index, (place, (in_word, length), (in_phrase, long)) in enumerate(
            zip(places, word_readings(found, places), phrase_readings(text, places), strict=True)
        ):
            for choice, reading in enumerate(self.readings[text[place]]):
                of_the_word = reading == in_word
                scores[index, choice] += by_word[length + 1 if of_the_word else 0]
                if of_the_word and length:
                    scores[index, choice] += self._in_word[rows[index], choice]
                if long and reading == in_phrase:
                    scores[index, choice] += by_phrase[long] + self._in_phrase[rows[index], choice]
                else:
                    scores[index, choice] += by_phrase[0]
        return _softmax(scores, self._known[rows])

    def _by_network(self, text: str, places: Sequence[int], rows: NDArray[np.int64]) -> NDArray[np.float32]:
        ids = np.array([BEGIN, *(self._ids.get(char, UNKNOWN) for char in text), END])
        classes = self._classes[rows]
        scores = np.take_along_axis(self._network.scores(ids, places), np.maximum(classes, 0), axis=1)
        likely = _softmax(np.where(classes < 0, LEAST, scores), self._known[rows])
        logs: NDArray[np.float32] = np.log(np.maximum(likely, np.exp(LEAST)))
        return logs

    def _by_features(self, keys: NDArray[np.uint32]) -> NDArray[np.float32]:
        at = np.minimum(np.searchsorted(self._keys, keys), len(self._keys) - 1)
        weights = np.where((self._keys[at] == keys)[..., None], self._weights[at], 0)
        total: NDArray[np.float32] = weights.sum(axis=1, dtype=np.float32) * np.float32(self._scale)
        return total


def _softmax(scores: NDArray[np.float32], known: NDArray[np.bool_]) -> NDArray[np.float32]:
    raised = np.where(known, np.exp(scores - np.where(known, scores, -np.inf).max(axis=1, keepdims=True)), 0)
    shares: NDArray[np.float32] = raised / raised.sum(axis=1, keepdims=True)
    return shares


@cache
def _tagger() -> Any:
    import rjieba

    return rjieba.Jieba()


@dataclass(frozen=True, slots=True)
class Words:
    """jieba's words of a text and their classes; of each character, its word's number and its place in the word."""

    word_of: list[int]
    place_in: list[int]
    texts: list[str]
    tags: list[str]


def length_class(text: str) -> int:
    """How long a line is, from 0 to LENGTHS - 1: in a short one the network knows less."""
    return sum(len(text) > limit for limit in (8, 16, 32))


def words(text: str) -> Words:
    """Cuts ``text`` into words and names their classes."""
    word_of: list[int] = []
    place_in: list[int] = []
    tagged = _tagger().tag(text)
    for number, (word, _) in enumerate(tagged):
        word_of += [number] * len(word)
        place_in += range(len(word))
    return Words(word_of, place_in, [word for word, _ in tagged], [tag for _, tag in tagged])


def word_readings(found: Words, places: Sequence[int]) -> list[tuple[str, int]]:
    """What pypinyin reads in the word at each place, and the word's length; 0 where it is no phrase."""
    said: list[tuple[str, int]] = []
    for place in places:
        word = found.texts[found.word_of[place]]
        known = len(word) == 1 or is_phrase(word)
        said.append((of_word(word)[found.place_in[place]], min(len(word), LONGEST) if known else 0))
    return said


def phrase_readings(text: str, places: Sequence[int]) -> list[tuple[str, int]]:
    """What pypinyin's longest phrase over each place reads there, wherever words begin, and its length; 0 for none."""
    return [_phrase_reading(text, place) for place in places]


def _phrase_reading(text: str, place: int) -> tuple[str, int]:
    for length in range(LONGEST, 1, -1):
        for start in range(max(0, place - length + 1), min(place, len(text) - length) + 1):
            phrase = text[start : start + length]
            if is_phrase(phrase):
                return of_word(phrase)[place - start], length
    return "", 0


def features(text: str, found: Words, places: Sequence[int]) -> NDArray[np.uint32]:
    """A key for each feature of each place: shape (places, features)."""
    codes = np.array([_OUTSIDE_LEFT] * REACH + [ord(char) for char in text] + [_OUTSIDE_RIGHT] * REACH, dtype=np.uint64)
    at = np.asarray(places) + REACH
    near = {offset: codes[at + offset] for offset in range(-REACH, REACH + 1)}
    names = np.array([_OUTSIDE_LEFT, *map(_name, found.texts), _OUTSIDE_RIGHT], dtype=np.uint64)
    classes = np.array([_OUTSIDE_LEFT, *map(_name, found.tags), _OUTSIDE_RIGHT], dtype=np.uint64)
    number = np.array([found.word_of[place] for place in places]) + 1
    inside = np.array([found.place_in[place] for place in places], dtype=np.uint64)
    length = np.array([len(found.texts[found.word_of[place]]) for place in places], dtype=np.uint64)
    word, before, after = names[number], names[number - 1], names[number + 1]
    kind, kind_before, kind_after = classes[number], classes[number - 1], classes[number + 1]
    columns: tuple[tuple[NDArray[np.uint64], ...], ...] = (
        (near[-1],), (near[1],), (near[-2],), (near[2],), (near[-3],), (near[3],),
        (near[-2], near[-1]), (near[1], near[2]), (near[-1], near[1]),
        (near[-3], near[-2], near[-1]), (near[-2], near[-1], near[1]), (near[-1], near[1], near[2]),
        (near[1], near[2], near[3]), (near[-2], near[-1], near[1], near[2]),
        (near[-3], near[-2], near[-1], near[1]), (near[-1], near[1], near[2], near[3]),
        (word, inside), (word, inside, before), (word, inside, after), (before,), (after,), (before, after), (),
        (length, inside), (length, inside, kind), (kind, kind_before), (kind, kind_after),
        (length, inside, kind_before, kind_after), (kind, kind_before, near[1]), (kind, kind_after, near[-1]),
    )  # fmt: skip
    keys = np.empty((len(places), len(columns)), dtype=np.uint64)
    for salt, column in enumerate(columns):
        key = near[0] * _PRIME + np.uint64(salt)
        for values in column:
            key = (key ^ values) * _PRIME
            key ^= key >> _SHIFT
        keys[:, salt] = (key * _PRIME) >> _KEY
    return keys.astype(np.uint32)


def _name(text: str) -> int:
    value = 7
    for char in text:
        value = (value * 1_000_003 + ord(char)) & 0xFFFFFFFFFFFF
    return value


class Network:
    """g2pM's network: the score of every class of reading at places of a text."""

    def __init__(self, arrays: dict[str, NDArray[Any]]) -> None:
        """``arrays`` are its weights: ``embedding``, and ``into``, ``again`` and ``bias`` of both directions with the
        gates in the order input, forget, output, cell, the first three halved; ``hidden`` and ``out`` with biases."""
        self._arrays = {name: np.asarray(values, dtype=np.float32) for name, values in arrays.items()}
        if "steps" in arrays:  # the data file has the embedding in whole steps
            self._arrays["embedding"] *= self._arrays.pop("steps")

    def scores(self, ids: NDArray[np.int64], places: Sequence[int]) -> NDArray[np.float32]:
        """``ids`` are a text's characters between BEGIN and END; ``places`` count without BEGIN."""
        arrays = self._arrays
        inputs = arrays["embedding"][np.stack([ids, ids[::-1]])] @ arrays["into"] + arrays["bias"]
        states = np.empty((len(ids), 2, 32), dtype=np.float32)
        hidden: NDArray[Any] = np.zeros((2, 1, 32), dtype=np.float32)
        cell: NDArray[Any] = np.zeros((2, 1, 32), dtype=np.float32)
        again = arrays["again"]
        for step in range(len(ids)):
            gates = np.tanh(inputs[:, step : step + 1] + hidden @ again)
            # the gates' weights are halved: a sigmoid is half a tanh of half the value, and a half
            opened = gates[:, :, :96] * 0.5 + 0.5
            cell = opened[:, :, 32:64] * cell + opened[:, :, :32] * gates[:, :, 96:]
            hidden = opened[:, :, 64:] * np.tanh(cell)
            states[step] = hidden[:, 0]
        at = np.asarray(places) + 1
        both = np.concatenate([states[at, 0], states[len(ids) - 1 - at, 1]], axis=1)
        middle = np.maximum(both @ arrays["hidden"] + arrays["hidden_bias"], 0)
        scored: NDArray[np.float32] = middle @ arrays["out"] + arrays["out_bias"]
        return scored
