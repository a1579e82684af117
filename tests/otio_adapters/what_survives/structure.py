"""What becomes of the build of a timeline in which format: the second table in docs/timelines.md.

Every film is filled, written, and read again without its side file. Its lines have their slots in each cell, to the
nearest frame.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import opentimelineio as otio

from framevox.engine_daemon.protocol.timebase import Rate
from framevox.otio_adapters import TimelineWarning, find_placeholders, load, place, save
from framevox.otio_adapters.side_file import side_path

from ..timelines import gap, line, span, takes, time, timeline, track

FORMATS = (".xml", ".fcpxml", ".aaf", ".edl")
RATES = ("23.976", "25", "29.97")
Timeline = otio.schema.Timeline


def _shot(name: str, length: float, fps: float) -> otio.schema.Clip:
    return otio.schema.Clip(
        name, otio.schema.ExternalReference("file:///media/shot.mov", span(0, 900, fps)), span(50, length, fps)
    )


def _film(fps: float, *tracks: Any) -> Timeline:
    """A film with a line beside whatever else is on its tracks."""
    return timeline(
        track("V1", _shot("Shot", 300, fps), kind="Video"),
        track("ALICE", gap(10, fps), line("Good to know.", 50, fps)),
        *tracks,
        start=3600 * round(fps),
        rate=fps,
    )


def _nest(fps: float, *inside: Any) -> Timeline:
    stack = otio.schema.Stack("Scene", children=[track("Inner", *inside), track("Room", _shot("Room", 24, fps))])
    return _film(fps, track("A2", gap(30, fps), stack, gap(5, fps), line("We leave now.", 31, fps)))


def _dissolve(fps: float) -> otio.schema.Transition:
    return otio.schema.Transition("Dissolve", "SMPTE_Dissolve", time(6, fps), time(6, fps))


def _disabled(fps: float) -> Timeline:
    off = _shot("Off", 40, fps)
    off.enabled = False
    return _film(fps, track("A2", off, line("We leave now.", 31, fps)))


def _disabled_track(fps: float) -> Timeline:
    off = track("A2", _shot("Off", 40, fps))
    off.enabled = False
    return _film(fps, off, track("A3", gap(7, fps), line("We leave now.", 31, fps)))


def _between(fps: float) -> Timeline:
    return _film(fps, track("A2", gap(30.25, fps), line("We leave now.", 31.5, fps)))


def _stacks(read: Timeline) -> str:
    return "stay" if any(isinstance(each, otio.schema.Stack) for each in read.find_children()) else "laid out"


def _transitions(read: Timeline) -> str:
    return "stay" if any(isinstance(each, otio.schema.Transition) for each in read.find_children()) else "left out"


def _off(read: Timeline) -> str:
    found = [(clip, layer) for layer in read.tracks for clip in layer.find_clips() if clip.name == "Off"]
    if not found:
        return "left out"
    return "stay" if all(not (clip.enabled and layer.enabled) for clip, layer in found) else "switched on"


def _frames(read: Timeline) -> str:
    whole = all(float(p.start).is_integer() and float(p.duration).is_integer() for p in find_placeholders(read))
    return "nearest frame" if whole else "stay"


BUILDS: dict[str, tuple[Callable[[float], Timeline], Callable[[Timeline], str]]] = {
    "nests with lines": (lambda fps: _nest(fps, gap(4, fps), line("In a nest.", 20, fps)), _stacks),
    "nests without lines": (lambda fps: _nest(fps, _shot("Music", 24, fps)), _stacks),
    "dissolves of pictures": (
        lambda fps: _film(fps, track("V2", _shot("One", 50, fps), _dissolve(fps), _shot("Two", 40, fps), kind="Video")),
        _transitions,
    ),
    "crossfades of sound": (
        lambda fps: _film(fps, track("A2", line("We leave now.", 31, fps), _dissolve(fps), _shot("Two", 40, fps))),
        _transitions,
    ),
    "disabled clips": (_disabled, _off),
    "disabled tracks": (_disabled_track, _off),
    "slots between frames": (_between, _frames),
}


def becomes(suffix: str, build: str, folder: Path) -> str:
    """What the table says; all that it is where the rates differ. Raises AssertionError for a slot that is lost, or for
    what did not stay and was not said."""
    says = {name: _becomes(suffix, build, Rate.parse(name), folder) for name in RATES}
    return says[RATES[0]] if len(set(says.values())) == 1 else "; ".join(f"{says[name]} at {name}" for name in says)


def _becomes(suffix: str, build: str, rate: Rate, folder: Path) -> str:
    make, judge = BUILDS[build]
    built = make(float(rate.fps))
    if suffix == ".edl" and build == "dissolves of pictures":
        del built.tracks[0]  # a list has one picture track
    found = find_placeholders(built)
    path = folder / f"out{suffix}"
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        save(place(built, found, takes(found, folder)), path)
    told = [str(each.message) for each in said if issubclass(each.category, TimelineWarning)]
    side_path(path).unlink()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        read = load(path, rate)
        again = {p.text: p for p in find_placeholders(read)}
    for p in found:
        other = again[p.text]
        assert abs(other.start - p.start) <= 0.5 and abs(other.start + other.duration - p.start - p.duration) <= 0.5, p
    became = judge(read)
    assert became == "stay" or len(told) > 1, f"{became}, and nothing says so"
    return became
