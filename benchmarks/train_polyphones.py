"""Trains the contextual model of Chinese polyphones: engine_daemon/text/zh_polyphones.npz.

    python benchmarks/train_polyphones.py --cpp DIR --g2pl DIR --g2pm DIR [--folds N]

- ``--cpp``: ``data`` of kakaobrain/g2pM, the CPP benchmark. Its ``test`` split is what is trained on here: ``train``
  went into g2pM's network, and ``dev`` is never read, so that benchmarks/readings.py can measure with it.
- ``--g2pl``: ``data`` of whzikaros/g2pL; ``train`` and ``dev`` are trained on, ``test`` tells how well.
- ``--g2pm``: the installed folder of the package g2pM, with the network's weights.

All three are under the Apache licence 2.0. ``--folds`` measures by cross-validation on CPP ``test`` first. Needs
torch.
"""

from __future__ import annotations

import argparse
import pickle
import random
import re
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
import torch
from pypinyin.phrases_dict import phrases_dict

from framevox.engine_daemon import text as package
from framevox.engine_daemon.text.zh_model import (
    BEGIN,
    DATA,
    END,
    LEAST,
    LENGTHS,
    LONGEST,
    MOST,
    UNKNOWN,
    Network,
    features,
    length_class,
    phrase_readings,
    word_readings,
    words,
)  # fmt: skip
from framevox.engine_daemon.text.zh_pinyin import of_word

EPOCHS, RATE, DROPPED, BATCH = 8, 0.01, 0.4, 512
G2PL, CROPPED, PHRASES = 0.3, 0.5, 0.1
"""What an example weighs beside one of CPP. g2pL has as many examples of a rare reading as of a frequent one; phrases
stand alone, and teach words, not how far phrases are to be trusted."""
PUNCTUATION = "，。！？；：、“”《》（）…,.!?;:() "
LISTED = LENGTHS  # the length of a phrase that stands alone
SEEN = 2  # times that a feature must be seen
WORD_COLUMNS = [0, 1, 16]  # of features(): the character before, the one after, the word
SMALLEST = 0.05  # weight that is kept


@dataclass(frozen=True)
class Example:
    text: str
    place: int
    reading: str


def load(path: Path) -> Iterator[Example]:
    """The examples of ``path``.sent, where ▁ stands around the character, and ``path``.lb."""
    sentences = path.with_suffix(".sent").read_text(encoding="utf-8").split("\n")
    labels = path.with_suffix(".lb").read_text(encoding="utf-8").split("\n")
    for sentence, label in zip(sentences, labels, strict=False):
        if label.strip():
            yield Example(sentence.replace("▁", ""), sentence.index("▁"), label.strip().replace("u:", "ü"))


def cropped(examples: list[Example], seed: int = 0) -> list[Example]:
    """Each example with a few characters around it, at most its clause: lines of dialogue are short."""
    chance = random.Random(seed)
    short = []
    for example in examples:
        left = re.search(rf"[^{PUNCTUATION}]*$", example.text[: example.place])[0]
        left = left[max(0, len(left) - chance.randrange(7)) :]
        right = re.match(rf"[^{PUNCTUATION}]*", example.text[example.place + 1 :])[0][: chance.randrange(7)]
        end = chance.choice(["", "。", "！", "？"])
        short.append(Example(left + example.text[example.place] + right + end, len(left), example.reading))
    return short


def phrases(readings: dict[str, list[str]]) -> list[Example]:
    """pypinyin's phrases as examples of the characters in them."""
    return [
        Example(phrase, place, said)
        for phrase in phrases_dict
        if 2 <= len(phrase) <= 4
        for place, (char, said) in enumerate(zip(phrase, of_word(phrase), strict=True))
        if said in readings.get(char, ())
    ]


class Teacher:
    """g2pM's network, its alphabet and the readings it knows of each character."""

    def __init__(self, folder: Path) -> None:
        stored = {name: pickle.loads((folder / f"{name}.pkl").read_bytes()) for name in (
            "np_ckpt", "char2idx", "class2idx", "digest_cedict")}  # fmt: skip
        self.ids: dict[str, int] = stored["char2idx"]
        self.classes = {said.replace("u:", "ü"): number for said, number in stored["class2idx"].items()}
        self.readings = {
            char: [known for said in found if (known := said.replace("u:", "ü")) in self.classes]
            for char, found in stored["digest_cedict"].items()
            if len(found) > 1
        }
        weights = stored["np_ckpt"]
        ways = ("", "_reverse")
        self.arrays: dict[str, np.ndarray[Any, Any]] = {
            "embedding": weights["embedding.weight"],
            "into": np.stack([_gates(weights[f"lstm.weight_ih_l0{way}"]).T for way in ways]),
            "again": np.stack([_gates(weights[f"lstm.weight_hh_l0{way}"]).T for way in ways]),
            "bias": np.stack(
                [_gates(weights[f"lstm.bias_ih_l0{way}"] + weights[f"lstm.bias_hh_l0{way}"])[None] for way in ways]
            ),
            "hidden": weights["logit_layer.0.weight"].T,
            "hidden_bias": weights["logit_layer.0.bias"],
            "out": weights["logit_layer.2.weight"].T,
            "out_bias": weights["logit_layer.2.bias"],
        }
        self.network = Network(self.arrays)

    def scores(self, example: Example) -> np.ndarray[Any, Any]:
        ids = [BEGIN, *(self.ids.get(char, UNKNOWN) for char in example.text), END]
        return self.network.scores(np.array(ids), [example.place])[0]


def _gates(rows: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """torch's order of gates as Network has it; what goes through a sigmoid is halved."""
    enter, forget, cell, leave = np.split(rows, 4)
    return np.concatenate([enter / 2, forget / 2, leave / 2, cell])


_Seen = tuple[Any, tuple[str, int], tuple[str, int], Any]
_teacher: Teacher


def _begin(folder: Path) -> None:
    global _teacher
    _teacher = Teacher(folder)


def _see(example: Example) -> _Seen:
    """The features of an example, what its word and its phrase are read as, and the network's scores."""
    found, at = words(example.text), [example.place]
    return (
        features(example.text, found, at)[0],
        word_readings(found, at)[0],
        phrase_readings(example.text, at)[0],
        _teacher.scores(example),
    )


class Examples:
    """Examples as arrays; ``readings`` are those of each character that the model is to know."""

    def __init__(self, examples: list[Example], seen: list[_Seen], teacher: Teacher, readings: dict[str, list[str]],
                 weight: float, kind: str = "") -> None:  # fmt: skip
        rows = {char: row for row, char in enumerate(readings)}
        count = len(examples)
        self.keys = np.array([keys for keys, *_ in seen])
        self.weight = torch.full((count,), weight)
        self.balanced = torch.full((count,), kind == "balanced")
        self.listed = torch.full((count,), kind == "phrase")
        # phrases have a length of their own, so as not to tell how the network is to be trusted in short lines
        lengths = [LISTED if kind == "phrase" else length_class(example.text) for example in examples]
        self.length = torch.tensor(lengths)
        self.row = torch.tensor([rows.get(example.text[example.place], 0) for example in examples])
        self.gold = torch.full((count,), -1)
        self.known = torch.zeros((count, MOST), dtype=torch.bool)
        self.network = torch.zeros((count, MOST))
        self.by_word = torch.zeros((count, MOST), dtype=torch.long)
        self.by_phrase = torch.zeros((count, MOST), dtype=torch.long)
        for index, (example, (_, (in_word, length), (in_phrase, long), scores)) in enumerate(
            zip(examples, seen, strict=True)
        ):
            candidates = readings.get(example.text[example.place], [])
            logs = torch.tensor([float(scores[teacher.classes[said]]) if said in teacher.classes else LEAST
                                 for said in candidates])  # fmt: skip
            self.network[index, : len(candidates)] = torch.log_softmax(logs, 0).clamp(min=LEAST)
            self.known[index, : len(candidates)] = True
            for choice, said in enumerate(candidates):
                if kind != "phrase":
                    self.by_word[index, choice] = length + 1 if said == in_word else 0
                    self.by_phrase[index, choice] = long if long and said == in_phrase else 0
                if said == example.reading:
                    self.gold[index] = choice

    def part(self, chosen: torch.Tensor) -> Examples:
        part = object.__new__(Examples)
        for name, values in vars(self).items():
            setattr(part, name, values[chosen.numpy()] if name == "keys" else values[chosen])
        return part

    def __add__(self, other: Examples) -> Examples:
        both = object.__new__(Examples)
        for name, values in vars(self).items():
            theirs = getattr(other, name)
            joined = np.concatenate([values, theirs]) if name == "keys" else torch.cat([values, theirs])
            setattr(both, name, joined)
        return both


class Model(torch.nn.Module):
    def __init__(self, vocabulary: np.ndarray[Any, Any], characters: int) -> None:
        super().__init__()
        self.vocabulary = vocabulary
        self.weights = torch.nn.EmbeddingBag(len(vocabulary) + 1, MOST, mode="sum", sparse=True)
        self.trust = torch.nn.Parameter(torch.full((LISTED + 1,), 0.8))
        self.by_word = torch.nn.Parameter(torch.zeros(LISTED + 1, LONGEST + 2))
        self.by_phrase = torch.nn.Parameter(torch.zeros(LISTED + 1, LONGEST + 1))
        self.in_word = torch.nn.Parameter(torch.zeros(characters, MOST))
        self.in_phrase = torch.nn.Parameter(torch.zeros(characters, MOST))
        self.balanced = torch.nn.Parameter(torch.zeros(characters, MOST))  # g2pL's own frequencies
        torch.nn.init.zeros_(self.weights.weight)

    def seen(self, keys: np.ndarray[Any, Any]) -> torch.Tensor:
        at = np.minimum(np.searchsorted(self.vocabulary, keys), len(self.vocabulary) - 1)
        return torch.tensor(np.where(self.vocabulary[at] == keys, at + 1, 0))

    def forward(
        self, batch: Examples, seen: torch.Tensor, dropped: float = 0.0, balanced: bool = False
    ) -> torch.Tensor:
        kept = (seen > 0).float()
        if dropped:
            kept *= (torch.rand(seen.shape) > dropped).float() / (1 - dropped)
        scores = self.weights(seen, per_sample_weights=kept) + self.trust[batch.length][:, None] * batch.network
        length = batch.length[:, None]
        scores = scores + self.by_word[length, batch.by_word] + self.in_word[batch.row] * (batch.by_word > 1)
        scores = scores + self.by_phrase[length, batch.by_phrase] + self.in_phrase[batch.row] * (batch.by_phrase > 0)
        if balanced:
            scores = scores + self.balanced[batch.row] * batch.balanced[:, None]
        return scores.masked_fill(~batch.known, -1e9)


def train(examples: Examples, characters: int, seed: int = 0) -> Model:
    torch.manual_seed(seed)
    examples = examples.part((examples.gold >= 0).nonzero()[:, 0])
    # A short line repeats what was counted already; of a phrase, the word and the characters beside are enough.
    whole = examples.keys[(examples.weight >= G2PL).numpy()]
    found, counts = np.unique(whole, return_counts=True)
    beside = np.unique(examples.keys[examples.listed.numpy()][:, WORD_COLUMNS])
    model = Model(np.union1d(found[counts >= SEEN], beside), characters)
    seen = model.seen(examples.keys)
    others = [values for name, values in model.named_parameters() if name != "weights.weight"]
    optimizers = [torch.optim.SparseAdam(model.weights.parameters(), lr=RATE), torch.optim.Adam(others, lr=RATE / 2)]
    for epoch in range(EPOCHS):
        for optimizer, rate in zip(optimizers, (RATE, RATE / 2), strict=True):
            optimizer.param_groups[0]["lr"] = rate * (1 - epoch / EPOCHS)
        for chosen in torch.randperm(len(examples.gold)).split(BATCH):
            batch = examples.part(chosen)
            scores = model(batch, seen[chosen], DROPPED, balanced=True)
            loss = (torch.nn.functional.cross_entropy(scores, batch.gold, reduction="none") * batch.weight).mean()
            for optimizer in optimizers:
                optimizer.zero_grad()
            loss.backward()
            for optimizer in optimizers:
                optimizer.step()
    return model


def right(model: Model, examples: Examples) -> float:
    """The share of ``examples`` that ``model`` reads right."""
    with torch.no_grad():
        return (model(examples, model.seen(examples.keys)).argmax(1) == examples.gold).float().mean().item()


def write(model: Model, teacher: Teacher, readings: dict[str, list[str]], path: Path) -> None:
    weights = model.weights.weight.detach().numpy()[1:]
    kept = np.abs(weights).max(axis=1) >= SMALLEST
    scale = float(np.abs(weights).max()) / 127
    steps = np.abs(teacher.arrays["embedding"]).max(axis=1, keepdims=True) / 127
    network = {f"net_{name}": values.astype(np.float16) for name, values in teacher.arrays.items()}
    network["net_embedding"] = np.rint(teacher.arrays["embedding"] / np.maximum(steps, 1e-9)).astype(np.int8)
    network["net_steps"] = steps.astype(np.float16)
    alphabet = sorted((number, char) for char, number in teacher.ids.items() if number > END)
    classes = np.full((len(readings), MOST), -1, dtype=np.int16)
    for row, found in enumerate(readings.values()):
        classes[row, : len(found)] = [teacher.classes.get(said, -1) for said in found]
    np.savez_compressed(
        path,
        characters="".join(readings),
        readings="|".join(" ".join(found) for found in readings.values()),
        classes=classes,
        alphabet="".join(char for _, char in alphabet),
        keys=model.vocabulary[kept],
        weights=np.rint(weights[kept] / scale).astype(np.int8),
        scale=scale,
        **{name: getattr(model, name).detach().numpy().astype(np.float16)
           for name in ("trust", "by_word", "by_phrase", "in_word", "in_phrase")},
        **network,
    )  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("cpp", "g2pl", "g2pm"):
        parser.add_argument(f"--{name}", type=Path, required=True, metavar="DIR")
    parser.add_argument("--folds", type=int, default=0, help="measure with this many folds of CPP test")
    asked = parser.parse_args()
    teacher = Teacher(asked.g2pm)
    cpp = list(load(asked.cpp / "test"))
    g2pl = [*load(asked.g2pl / "train"), *load(asked.g2pl / "dev")]
    readings = {char: list(found) for char, found in teacher.readings.items()}
    for example in (*cpp, *g2pl):
        found = readings.setdefault(example.text[example.place], [])
        if example.reading not in found and len(found) < MOST:
            found.append(example.reading)
    with ProcessPoolExecutor(3, initializer=_begin, initargs=(asked.g2pm,)) as pool:

        def seen(examples: list[Example], weight: float, kind: str = "") -> Examples:
            return Examples(examples, list(pool.map(_see, examples, chunksize=200)), teacher, readings, weight, kind)

        here = seen(cpp, 1.0)
        here_short = seen(cropped(cpp), CROPPED)
        more = seen(g2pl, G2PL, "balanced")
        more += seen(cropped(g2pl[::3]), G2PL * CROPPED, "balanced")
        more += seen(phrases(readings), PHRASES, "phrase")
        unseen = seen(list(load(asked.g2pl / "test")), 1.0)
    fold = torch.arange(len(cpp)) * 7919 % max(asked.folds, 1)
    for held in range(asked.folds):
        rest = (fold != held).nonzero()[:, 0]
        model = train(here.part(rest) + here_short.part(rest) + more, len(readings))
        print(f"fold {held}: CPP test {right(model, here.part((fold == held).nonzero()[:, 0])):.4f}", flush=True)
    model = train(here + here_short + more, len(readings))
    print(f"g2pL test {right(model, unseen):.4f}")
    path = Path(str(resources.files(package) / DATA))
    write(model, teacher, readings, path)
    print(f"{path}: {path.stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
