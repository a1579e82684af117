"""How the programs write a clip, a track and its mix."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from framevox.engine_daemon.protocol.timebase import Rate

from .clock import clock
from .own import Take, properties
from .patching import New


def clip(take: Take, identity: str, path: str, rate: Rate, number: int | None, folder: int | None) -> New:
    """The producer of a take. ``number`` is its id in Kdenlive's bin, None for Shotcut."""
    named = f"{take.name} [{take.cue}]"
    told: list[tuple[str, object]] = [
        ("length", take.media_length if number is not None else clock(take.media_length, rate)),
        ("eof", "pause"),
        ("resource", path),
        ("mlt_service", "avformat-novalidate"),
        ("seekable", 1),
        ("audio_index", 0),
        ("video_index", -1),
    ]
    if number is None:
        told.append(("shotcut:caption", named))
    else:
        told += [
            ("kdenlive:clipname", named),
            ("kdenlive:clip_type", 1),
            ("kdenlive:folderid", -1 if folder is None else folder),
            ("kdenlive:id", number),
        ]
    told += properties(take.cue, take.kept, take.character)
    times = {"in": clock(0, rate), "out": clock(take.media_length - 1, rate)}
    return New("producer", {"id": identity, **times}, [New.property(*one) for one in told])


def entries(takes: Sequence[Take], ids: dict[str, str], rate: Rate, numbers: dict[str, int]) -> Iterator[New]:
    """The blanks and entries of a playlist."""
    position = 0
    for take in takes:
        if take.start > position:
            yield New("blank", {"length": clock(take.start - position, rate)})
        times = {"in": clock(take.first, rate), "out": clock(take.first + take.length - 1, rate)}
        own = [New.property("kdenlive:id", numbers[take.cue])] if take.cue in numbers else []
        yield New("entry", {"producer": ids[take.cue], **times}, own)
        position = take.start + take.length


def shotcut_track(name: str, identity: str, content: Sequence[New]) -> list[New]:
    """An audio track of Shotcut, locked."""
    told = [("shotcut:audio", 1), ("shotcut:name", name), ("shotcut:lock", 1)]
    return [New("playlist", {"id": identity}, [*(New.property(*one) for one in told), *content])]


def kdenlive_track(name: str, identity: str, content: Sequence[New], end: int, rate: Rate) -> list[New]:
    """An audio track of Kdenlive, locked: two playlists, so that clips can be mixed, in a tractor."""
    sound = New.property("kdenlive:audio_track", 1)
    playlists = [
        New("playlist", {"id": f"{identity}_a"}, [sound, *content]),
        New("playlist", {"id": f"{identity}_b"}, [sound]),
    ]
    told: list[tuple[str, object]] = [
        ("kdenlive:audio_track", 1),
        ("kdenlive:trackheight", 67),
        ("kdenlive:timeline_active", 1),
        ("kdenlive:collapsed", 0),
        ("kdenlive:track_name", name),
        ("kdenlive:thumbs_format", ""),
        ("kdenlive:audio_rec", ""),
        ("kdenlive:locked_track", 1),
    ]
    tracks = [New("track", {"hide": "video", "producer": one.attributes["id"]}) for one in playlists]
    levels: list[list[tuple[str, object]]] = [
        [("window", 75), ("max_gain", "20dB"), ("mlt_service", "volume"), ("internal_added", 237), ("disable", 1)],
        [("channel", -1), ("mlt_service", "panner"), ("internal_added", 237), ("start", 0.5), ("disable", 1)],
        [("iec_scale", 0), ("mlt_service", "audiolevel"), ("dbpeak", 1), ("disable", 1)],
    ]
    filters = [
        New("filter", {"id": f"{identity}_f{number}"}, [New.property(*one) for one in level])
        for number, level in enumerate(levels)
    ]
    times = {"in": clock(0, rate), "out": clock(end - 1, rate)}
    tractor = New("tractor", {"id": identity, **times}, [*(New.property(*one) for one in told), *tracks, *filters])
    return [*playlists, tractor]


def mix(index: int, identity: str, kdenlive: bool) -> New:
    """The transition that lets a track be heard with the others."""
    told: list[tuple[str, object]] = [("a_track", 0), ("b_track", index), ("mlt_service", "mix")]
    told += [("kdenlive_id", "mix"), ("internal_added", 237)] if kdenlive else []
    told += [("always_active", 1)] + ([("accepts_blanks", 1)] if kdenlive else []) + [("sum", 1)]
    return New("transition", {"id": identity}, [New.property(*one) for one in told])
