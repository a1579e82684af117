"""Projects as both programs write them, small, at any rate; and takes of noise to fill them with."""

from __future__ import annotations

import json
from pathlib import Path
from xml.sax.saxutils import escape

import numpy as np
import opentimelineio as otio

from framevox.engine_daemon.audio.bwf import Label, encode_bwf
from framevox.engine_daemon.protocol.cues import Take
from framevox.engine_daemon.protocol.timebase import Rate, edge
from framevox.otio_adapters import PlacedTake, find_placeholders, place
from framevox.otio_adapters.mlt.clock import exact_handles

DATA = Path(__file__).parent / "data"


def prop(name: str, value: object) -> str:
    return f'<property name="{name}">{escape(str(value))}</property>\n'


def _profile(rate: Rate) -> str:
    return (
        '<profile width="64" height="36" progressive="1" sample_aspect_num="1" sample_aspect_den="1" '
        'display_aspect_num="16" display_aspect_den="9" colorspace="709" '
        f'frame_rate_num="{rate.fps.numerator}" frame_rate_den="{rate.fps.denominator}"/>\n'
    )


def _colour(identity: str, colour: str, length: int, more: str = "") -> str:
    told = prop("length", length) + prop("mlt_service", "color") + prop("resource", colour) + more
    return f'<producer id="{identity}" in="0" out="{length - 1}">\n{told}</producer>\n'


def _mix(track: int, more: str = "") -> str:
    told = prop("a_track", 0) + prop("b_track", track) + prop("mlt_service", "mix")
    return f'<transition id="mix{track}">\n{told}{more}{prop("always_active", 1)}{prop("sum", 1)}</transition>\n'


def _composite(track: int) -> str:
    told = prop("a_track", 0) + prop("b_track", track) + prop("mlt_service", "composite") + prop("always_active", 1)
    return f'<transition id="composite{track}">\n{told}</transition>\n'


def shotcut(
    path: Path,
    rate: Rate,
    markers: list[tuple[int, int, str]],
    *,
    flashes: list[tuple[int, int]] = (),  # type: ignore[assignment]
    length: int = 400,
    subtitles: str = "",
    extra: str = "",
    clips: str = "",
    root: str = "",
) -> Path:
    """A project of Shotcut with ranged markers; the picture is black, and white from each flash to its end."""
    flashed, position = "", 0
    for start, end in flashes:
        flashed += f'<blank length="{start - position}"/>\n<entry producer="white" in="0" out="{end - start - 1}"/>\n'
        position = end
    marked = "".join(
        f'<properties name="{n}">\n{prop("text", text)}{prop("start", start)}{prop("end", end)}</properties>\n'
        for n, (start, end, text) in enumerate(markers)
    )
    told = prop("mlt_service", "subtitle_feed") + prop("text", subtitles)
    feed = f'<filter id="feed">{told}</filter>\n' if subtitles else ""
    named = prop("shotcut:video", 1) + prop("shotcut:name", "V1")
    path.write_text(
        '<?xml version="1.0" standalone="no"?>\n'
        f'<mlt LC_NUMERIC="C" version="7.12.0" title="Shotcut version 22.12.22" producer="main_bin"{root}>\n'
        f"{_profile(rate)}"
        f'<playlist id="main_bin">\n{prop("xml_retain", 1)}</playlist>\n'
        f"{_colour('black', '0', length)}{_colour('white', '#ffffffff', length)}{clips}"
        f'<playlist id="background">\n<entry producer="black" in="0" out="{length - 1}"/>\n</playlist>\n'
        f'<playlist id="playlist0">\n{named}{flashed}{extra}</playlist>\n'
        f'<tractor id="tractor0" in="0" out="{length - 1}">\n{prop("shotcut", 1)}'
        f'<properties name="shotcut:markers">\n{marked}</properties>\n'
        '<track producer="background"/>\n<track producer="playlist0"/>\n'
        f"{_mix(1)}{_composite(1)}{feed}</tractor>\n</mlt>\n",
        "utf-8",
    )
    return path


def kdenlive(
    path: Path,
    rate: Rate,
    guides: list[tuple[int, str]],
    *,
    length: int = 400,
    nested: bool = False,
    flashes: list[tuple[int, int]] = (),  # type: ignore[assignment]
    version: str = "",
    guided: list[dict[str, object]] | None = None,
    subtitles: bool = False,
    groups: str = "[\n]\n",
) -> Path:
    """A project of Kdenlive with guides: of 22.12, or ``nested``, as since 23.04, with its timeline in a sequence."""
    uuid = "{dd00b816-3573-457d-b702-eb49e7ad8924}"
    written = json.dumps(guided or [{"comment": text, "pos": at, "type": 0} for at, text in guides])
    kind = "sequenceproperties" if nested else "docproperties"
    own = prop(f"kdenlive:{kind}.guides", written) + prop(f"kdenlive:{kind}.activeTrack", 1)
    own += prop(f"kdenlive:{kind}.groups", groups)
    flashed, position = "", 0
    for start, end in flashes:
        flashed += f'<blank length="{start - position}"/>\n<entry producer="white" in="0" out="{end - start - 1}"/>\n'
        position = end
    sound = prop("kdenlive:audio_track", 1)
    internal = prop("kdenlive_id", "mix") + prop("internal_added", 237)
    burnt = prop("mlt_service", "avfilter.subtitles") + prop("internal_added", 237) + prop("av.filename", "/tmp/1.ass")
    burnt = f'<filter id="subs">{burnt}</filter>\n' if subtitles else ""
    bin_ = (
        f'<playlist id="main_bin">\n{prop("kdenlive:docproperties.version", version or ("1.1" if nested else "1.04"))}'
        f"{'' if nested else own}{prop('xml_retain', 1)}"
        '<entry producer="white" in="0" out="49"/>\n</playlist>\n'
    )
    wraps = f'{prop("kdenlive:projectTractor", 1)}<track producer="{uuid}"/>\n'
    last = f'<tractor id="last" in="0" out="{length - 1}">\n{wraps}'
    white = _colour("white", "white", length, prop("kdenlive:id", 2) + prop("kdenlive:clipname", "White"))
    identity = uuid if nested else "tractor2"
    described = prop("kdenlive:uuid", uuid) + prop("kdenlive:clipname", "Sequence 1") + own if nested else ""
    path.write_text(
        "<?xml version='1.0' encoding='utf-8'?>\n"
        '<mlt LC_NUMERIC="C" producer="main_bin" version="7.12.0" root="">\n'
        f"{_profile(rate)}{white}"
        f"{'' if nested else bin_}"
        f"{_colour('black_track', 'black', length)}"
        f'<playlist id="playlist0">\n{sound}</playlist>\n<playlist id="playlist1">\n{sound}</playlist>\n'
        f'<tractor id="tractor0" in="0">\n{sound}<track hide="video" producer="playlist0"/>\n'
        '<track hide="video" producer="playlist1"/>\n</tractor>\n'
        f'<playlist id="playlist2">\n{flashed}</playlist>\n<playlist id="playlist3"/>\n'
        f'<tractor id="tractor1" in="0" out="{length - 1}">\n<track hide="audio" producer="playlist2"/>\n'
        '<track hide="audio" producer="playlist3"/>\n</tractor>\n'
        f'<tractor id="{identity}" in="0" out="{length - 1}">\n{described}'
        '<track producer="black_track"/>\n<track producer="tractor0"/>\n<track producer="tractor1"/>\n'
        f"{_mix(1, internal)}{_composite(2)}{burnt}</tractor>\n"
        f"{bin_ if nested else ''}{last + '</tractor>' if nested else ''}\n</mlt>\n",
        "utf-8",
    )
    return path


def noise_takes(timeline: otio.schema.Timeline, folder: Path) -> tuple[otio.schema.Timeline, dict[int, np.ndarray]]:
    """The timeline filled with noise, and the samples of each slot (24 bits) by its first sample."""
    found = find_placeholders(timeline)
    noise = np.random.default_rng(1)
    folder.mkdir(parents=True, exist_ok=True)
    takes, heard = {}, {}
    for p in found:
        assert not p.problem, p.problem
        start, end = (edge(n, 48000, p.rate) for n in (p.start, p.start + p.duration))
        head = edge(exact_handles(12, p.rate), 48000, p.rate)
        sound = np.zeros(head + end - start + head, np.int32)
        sound[head : head + end - start] = noise.integers(-(2**21), 2**21, end - start)
        heard[start] = sound[head : head + end - start]
        media = folder / f"{p.cue_id} 带 & 空格.wav"
        media.write_bytes(encode_bwf(sound, Label(p.text, p.cue_id, "", "noise", "", p.rate, 48000, start)))
        timing = (48000, start, end, head, len(sound), start, 0, end - start, 1.0, 1.0, (), ())
        take = Take("take", p.cue_id, "noise", "", *timing)
        takes[p.cue_id] = PlacedTake(take, media, {"text": p.text, "character": p.character})
    return place(timeline, found, takes), heard
