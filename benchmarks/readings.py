"""How many characters and words of several readings are read right, and what that costs.

    python benchmarks/readings.py [--cpp DIR]

- data/polyphones_zh.txt: 300 lines of dialogue around polyphones of public lists;
- data/heteronyms_en.txt: 200 English sentences;
- ``--cpp``: ``data`` of the repository kakaobrain/g2pM, the public CPP benchmark, whose ``dev`` split is read here.

Readings stand in brackets behind what they belong to, before tones change in context. The lines were written before the
readers, and nothing was ever tuned on them or on CPP ``dev``; whoever tunes does not look at what is missed. The column
g2pM is filled where that package is installed.
"""

from __future__ import annotations

import argparse
import re
import sys
import time
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path

import pypinyin
from report import heading, table, verdict

from framevox.engine_daemon.text import read_line

DATA = Path(__file__).with_name("data")
TARGETS = {"CPP dev": 0.98, "dialogue": 0.97, "English": 0.95}
MOST_MS, MOST_MB = 3.0, 30.0

Marked = tuple[str, dict[int, str]]
"""A line, and the readings of its marked characters, by place; of English, of the words that begin there."""


def marked(path: Path) -> Iterator[Marked]:
    """The lines of a file with readings in brackets."""
    for line in path.read_text(encoding="utf-8").splitlines():
        text, readings = "", {}
        for plain, reading in re.findall(r"([^\[]*)(?:\[([^\]]*)\])?", line):
            text += plain
            if reading:
                word = re.search(r"[A-Za-z']+$|.$", plain)[0]
                readings[len(text) - len(word)] = reading
        yield text, readings


def cpp(folder: Path) -> Iterator[Marked]:
    """The sentences of CPP's ``dev``, with the reading of one character each."""
    sentences = (folder / "dev.sent").read_text(encoding="utf-8").split("\n")
    labels = (folder / "dev.lb").read_text(encoding="utf-8").split("\n")
    for sentence, label in zip(sentences, labels, strict=True):
        if label:
            yield sentence.replace("▁", ""), {sentence.index("▁"): label.replace("u:", "ü")}


Reader = Callable[[str], dict[int, str]]


def ours(language: str) -> Reader:
    def read(text: str) -> dict[int, str]:
        found: dict[int, str] = {}
        for word in read_line(text, language).words:
            if language == "en" or len(word.base) == word.end - word.start:
                found |= dict(enumerate(word.base, word.start))
        return found

    return read


def plain_pypinyin(text: str) -> dict[int, str]:
    said = pypinyin.lazy_pinyin(text, style=pypinyin.Style.TONE3, neutral_tone_with_five=True, v_to_u=True, errors=list)
    return dict(enumerate(said))


def g2pm() -> Reader | None:
    try:
        from g2pM import G2pM
    except ImportError:
        return None
    model = G2pM()
    return lambda text: {
        place: said.replace("u:", "ü") for place, said in enumerate(model(text, tone=True, char_split=True))
    }


def share(lines: list[Marked], reader: Reader) -> tuple[float, float]:
    """The share of marks that ``reader`` reads as marked; and with a neutral tone counted as right for a full one."""
    said = [(reader(text), readings) for text, readings in lines]
    pairs = [(found.get(place, ""), reading) for found, readings in said for place, reading in readings.items()]
    right = sum(found == reading for found, reading in pairs)
    weak = sum(found != reading and found == f"{reading[:-1]}5" for found, reading in pairs)
    return right / len(pairs), (right + weak) / len(pairs)


def cost(lines: list[Marked]) -> tuple[float, float]:
    """Milliseconds of CPU a line in Chinese, and megabytes that loading the contextual model takes at most."""
    from framevox.engine_daemon.text.zh_model import polyphones

    tracemalloc.start()
    polyphones()
    memory = tracemalloc.get_traced_memory()[1] / 1e6
    tracemalloc.stop()
    read_line("你好", "zh")
    began = time.process_time()
    for text, _ in lines:
        read_line(text, "zh")
    return (time.process_time() - began) / len(lines) * 1000, memory


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cpp", type=Path, metavar="DIR", help="folder with CPP's dev.sent and dev.lb")
    asked = parser.parse_args()
    heading("Readings", "pypinyin", "rjieba", "numpy")
    dialogue = list(marked(DATA / "polyphones_zh.txt"))
    ms, mb = cost(dialogue)
    sets = {"dialogue": dialogue}
    if asked.cpp:
        sets = {"CPP dev": list(cpp(asked.cpp)), **sets}
    other = g2pm()
    rows, found = [], {}
    for name, lines in sets.items():
        found[name], weak = share(lines, ours("zh"))
        theirs = f"{share(lines, other)[0]:.1%}" if other else "–"
        count = sum(len(readings) for _, readings in lines)
        rows.append(
            (name, count, f"{share(lines, plain_pypinyin)[0]:.1%}", theirs, f"{found[name]:.1%}", f"{weak:.1%}")
        )
    sentences = list(marked(DATA / "heteronyms_en.txt"))
    found["English"], _ = share(sentences, ours("en"))
    rows.append(("English", len(sentences), "–", "–", f"{found['English']:.1%}", "–"))
    table(("lines", "marks", "pypinyin", "g2pM", "Framevox", "neutral tones aside"), rows)
    met = [verdict(f"{name}: {TARGETS[name]:.0%} read right", found[name] >= TARGETS[name]) for name in found]
    met.append(verdict(f"a line of dialogue takes {ms:.1f} ms of CPU, under {MOST_MS:.0f}", ms < MOST_MS))
    met.append(verdict(f"the model takes {mb:.0f} MB, under {MOST_MB:.0f}", mb < MOST_MB))
    return 0 if all(met) else 1


if __name__ == "__main__":
    sys.exit(main())
