"""Projects of both programs in which clips are mixed: a picture that fades from one clip to the next, and sound too.

From frame 80 to 99 black becomes white, from 260 to 279 one tone becomes another. The second picture stands for a line.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import soundfile

from framevox.engine_daemon.protocol.timebase import Rate, edge

from . import projects
from .projects import prop

MARKED = [(20, 47), (84, 96), (265, 300), (305, 340)]
"""Lines in markers: before a mix, inside of one, over its end, and behind it."""
LENGTH = 400


def lines() -> list[tuple[int, int, str, str]]:
    """Start, length, character and text of every line. A clip's own begins where the one before it has ended."""
    marked = [(start, end - start, "ALICE", f"Line {start}.") for start, end in MARKED]
    return sorted([*marked, (100, 100, "BOB", "Over the white.")])


def _tones(folder: Path, rate: Rate) -> None:
    """Two files of 80 frames each, which are mixed over 20."""
    length = edge(80, 48000, rate)
    for name, pitch in (("low", 220), ("high", 330)):
        tone = 0.1 * np.sin(2 * np.pi * pitch * np.arange(length) / 48000)
        soundfile.write(folder / f"{name}.wav", np.stack([tone, tone], 1), 48000, subtype="PCM_24")


def _producer(identity: str, more: str, last: int) -> str:
    return f'<producer id="{identity}" in="0" out="{last}">\n{prop("length", last + 1)}{more}</producer>\n'


def _pictures(comment: str) -> str:
    made = ""
    for identity, colour, said in (("dark", "#ff000000", ""), ("bright", "#ffffffff", "BOB: Over the white.")):
        told = prop("mlt_service", "color") + prop("resource", colour) + (prop(comment, said) if said else "")
        made += _producer(identity, told, 119)
    return made


def _sounds(folder: Path) -> str:
    told = prop("mlt_service", "avformat-novalidate") + prop("seekable", 1)
    return "".join(_producer(name, told + prop("resource", folder / f"{name}.wav"), 79) for name in ("low", "high"))


def shotcut(path: Path, rate: Rate) -> Path:
    """Shotcut keeps a mix as a tractor between two shortened clips."""
    _tones(path.parent, rate)
    made, extra = _pictures("shotcut:comment") + _sounds(path.parent), ""
    for number, (first, second, kind) in enumerate((("dark", "bright", "luma"), ("low", "high", "mix"))):
        last = 99 if kind == "luma" else 79
        told = prop("a_track", 0) + prop("b_track", 1)
        picture = f'<transition id="luma{number}" out="19">{told}{prop("mlt_service", "luma")}</transition>\n'
        sound = prop("start", -1) + prop("accepts_blanks", 1) + prop("mlt_service", "mix")
        made += (
            f'<tractor id="fade{number}" in="0" out="19">\n{prop("shotcut:transition", "lumaMix")}'
            f'<track producer="{first}" in="{last - 19}" out="{last}"/>\n<track producer="{second}" in="0" out="19"/>\n'
            f'{picture}<transition id="sound{number}" out="19">{told}{sound}</transition>\n</tractor>\n'
        )
        extra += (
            f'<entry producer="{first}" in="0" out="{last - 20}"/>\n<entry producer="fade{number}" in="0" out="19"/>\n'
            f'<entry producer="{second}" in="20" out="{119 if kind == "luma" else 79}"/>\n'
        )
    marked = [(start, end, f"ALICE: Line {start}.") for start, end in MARKED]
    return projects.shotcut(path, rate, marked, clips=made, extra=extra, length=LENGTH)


def kdenlive(path: Path, rate: Rate) -> Path:
    """Kdenlive keeps a mix as two playlists that overlap, and a transition in their track."""
    _tones(path.parent, rate)
    guides = [guide for start, end in MARKED for guide in ((start, f"ALICE: Line {start}."), (end, "/"))]
    written = projects.kdenlive(path, rate, guides, length=LENGTH).read_text("utf-8")
    told = prop("a_track", 0) + prop("b_track", 1) + prop("kdenlive:mixcut", 10)
    fade = f'<transition id="fade" in="80" out="99">\n{told}{prop("mlt_service", "luma")}{prop("kdenlive_id", "luma")}'
    cross = told + prop("mlt_service", "mix") + prop("kdenlive_id", "mix") + prop("start", 0) + prop("end", 1)
    sound = prop("kdenlive:audio_track", 1)
    for old, new in (
        ("<producer", _pictures("kdenlive:description") + _sounds(path.parent) + "<producer"),
        ('<playlist id="playlist2">\n', '<playlist id="playlist2">\n<entry producer="dark" in="0" out="99"/>\n'),
        (
            '<playlist id="playlist3"/>',
            '<playlist id="playlist3">\n<blank length="80"/>\n<entry producer="bright" in="0" out="119"/>\n</playlist>',
        ),
        (
            f'<playlist id="playlist0">\n{sound}',
            f'<playlist id="playlist0">\n{sound}<blank length="200"/>\n<entry producer="low" in="0" out="79"/>\n',
        ),
        (
            f'<playlist id="playlist1">\n{sound}',
            f'<playlist id="playlist1">\n{sound}<blank length="260"/>\n<entry producer="high" in="0" out="79"/>\n',
        ),
        (
            '<track hide="video" producer="playlist1"/>\n',
            '<track hide="video" producer="playlist1"/>\n'
            f'<transition id="cross" in="260" out="279">\n{cross}</transition>\n',
        ),
        (
            '<track hide="audio" producer="playlist3"/>\n',
            f'<track hide="audio" producer="playlist3"/>\n{fade}</transition>\n',
        ),
    ):
        assert written.count(old) >= 1, old
        written = written.replace(old, new, 1)
    path.write_text(written, "utf-8")
    return path
