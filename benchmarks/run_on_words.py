"""Where words run on from one another, do they begin where the built-in engine says? Beside an aligner of real speech.

English held-out lines without figures, each by one woman and one man. pocketsphinx aligns the words by its American
acoustic model (``pip install pocketsphinx``); it counts a stop from its closure, the engine from its burst.
"""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

import lines
import numpy as np
import report
import soxr

from framevox.engine_daemon.engines.base import PLAIN, Plan, Speech, unwrap
from framevox.engine_daemon.engines.kokoro import onsets
from framevox.engine_daemon.engines.kokoro.engine import KokoroEngine
from framevox.engine_daemon.text import read_line

VOICES = (("af_heart", "am_michael"), ("bf_emma", "bm_george"), ("af_nova", "am_onyx"))
RATE = 16_000
MEDIAN_MS = 20.0


def kinds(plan: Plan) -> dict[int, str]:
    """How each word of a line begins, by its index: the class of a phone that runs on, or where it does not."""
    found: dict[int, str] = {}
    for segment in plan.state.segments:
        phones = segment.phones[: segment.sounding]
        for index, phone in enumerate(phones):
            if phone.word is None or not onsets.begins_word(phones, index):
                continue
            rested = onsets.after_pause(phones, index)
            found[phone.word] = "after a pause" if rested else onsets.class_of(phones, index)
    return found


def compare(decoder: object, speech: Speech, kind: dict[int, str], late: dict[str, list[float]]) -> None:
    """Adds by how many milliseconds the engine's words begin and end later than the aligner's."""
    sound = soxr.resample(speech.samples, speech.sample_rate, RATE)
    decoder.set_align_text(" ".join(word.text.lower() for word in speech.words))  # type: ignore[attr-defined]
    decoder.start_utt()  # type: ignore[attr-defined]
    decoder.process_raw((np.clip(sound, -1, 1) * 32767).astype("<i2").tobytes(), full_utt=True)  # type: ignore[attr-defined]
    decoder.end_utt()  # type: ignore[attr-defined]
    heard = [word for word in decoder.seg() if word.word[0] not in "<["]  # type: ignore[attr-defined]
    if len(heard) != len(speech.words):
        print(f"- not aligned: {' '.join(word.text for word in speech.words)}")
        return
    for index, (word, other) in enumerate(zip(speech.words, heard, strict=True)):
        if index:
            late[kind[index]].append(1000 * word.start / speech.sample_rate - 10 * other.start_frame)
        if index < len(heard) - 1:
            late["ends"].append(1000 * word.end / speech.sample_rate - 10 * (other.end_frame + 1))


def main() -> int:
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    from pocketsphinx import Decoder  # type: ignore[import-not-found]

    report.heading("Words that run on", "pocketsphinx", "onnxruntime")
    decoder, late = Decoder(samprate=RATE, loglevel="FATAL"), defaultdict[str, list[float]](list)
    texts = [text for text in lines.HELD_OUT["en"] if not re.search(r"[\d$]", text)]
    with tempfile.TemporaryDirectory() as folder:
        engine = KokoroEngine(None, Path(folder), 1)
        for number, text in enumerate(texts):
            for voice in VOICES[number % len(VOICES)]:
                plan = unwrap(engine.plan([(read_line(text, "en"), engine.voice(voice), PLAIN)])[0])
                ((_, made),) = engine.speak([(plan, None)])
                compare(decoder, unwrap(made), kinds(plan), late)
    rows = [
        [kind, len(ms), *(f"{value:.0f}" for value in np.percentile(ms, [50, 10, 90]))] for kind, ms in late.items()
    ]
    report.table(["words", "number", "late: median ms", "10 % ms", "90 % ms"], rows)
    missed = [kind for kind in ("vowel", "sonorant", "fricative") if abs(np.median(late[kind])) > MEDIAN_MS]
    print(f"At most {MEDIAN_MS:.0f} ms where words run on: {'missed by ' + ', '.join(missed) if missed else 'met'}.")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
