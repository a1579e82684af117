"""What a movie says of itself: its exact frame rate, its start timecode and its length."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from framevox.engine_daemon.protocol.errors import InputError
from framevox.engine_daemon.protocol.timebase import Rate, parse_timecode


@dataclass(frozen=True)
class Picture:
    """``start`` is the frame number of the first frame, None without timecode; ``frames`` the length, None where the
    file does not say it."""

    rate: Rate
    start: int | None
    frames: int | None


def read_picture(path: Path) -> Picture:
    """Reads the head of a movie: QuickTime, MP4, MXF, Matroska, AVI and whatever else MediaInfo knows.

    The rate is drop-frame where the file's timecode is. Raises InputError that names the file for one that is missing,
    holds no moving picture, has a variable or unknown frame rate, or a timecode that does not fit its picture.
    """
    tracks = _tracks(path)
    video = next((track for track in tracks if track.get("track_type") == "Video"), None)
    if video is None:
        raise InputError(f"{path} holds no picture: name a movie, or give --rate")
    if video.get("frame_rate_mode") == "VFR":
        raise InputError(
            f"{path} has a variable frame rate, so its frames lie on no grid: convert it to a constant rate, or give "
            "--rate"
        )
    written = video.get("frame_rate")
    if not written:
        raise InputError(f"{path} does not say its frame rate: give --rate")
    try:
        rate = Rate.parse(str(written))
    except InputError as error:
        raise InputError(f"{path}: {error}; give --rate") from None
    code, counted = _timecode(tracks, rate)
    frames = video.get("frame_count")
    length = int(frames) if frames and int(frames) > 1 else None
    if not code:
        return Picture(rate, None, length)
    drop = ";" in code
    try:
        # A picture of 59.94 may carry timecode that counts 29.97.
        start = parse_timecode(code, Rate(counted.fps, drop)) * rate.fps / counted.fps
        rate = Rate(rate.fps, drop)
    except InputError as error:
        raise InputError(f"{path}: its {error}: give --rate and --start-timecode") from None
    return Picture(rate, int(start), length)


def _tracks(path: Path) -> list[dict[str, Any]]:
    try:
        if path.is_dir():
            raise InputError(f"{path} is a folder: name a movie")
        with path.open("rb"):
            pass
        from pymediainfo import MediaInfo

        return [track.to_data() for track in MediaInfo.parse(path).tracks]
    except FileNotFoundError:
        raise InputError(f"{path}: there is no such file") from None
    except (OSError, RuntimeError) as error:
        raise InputError(f"{path} cannot be read: {getattr(error, 'strerror', None) or error}") from None


def _timecode(tracks: list[dict[str, Any]], rate: Rate) -> tuple[str, Rate]:
    """The timecode of the first frame as text, empty where there is none, and the rate that it counts."""
    coded = [track for track in tracks if track.get("track_type") == "Other" and track.get("type") == "Time code"]
    for track in [*coded, *(track for track in tracks if track.get("track_type") == "Video")]:
        if code := track.get("time_code_of_first_frame"):
            counted = Rate.parse(str(track.get("frame_rate") or rate.name)).fps
            # Matched to the picture's family: 29.97 beside 59.94 is a half, 30 beside 29.97 another way to count it.
            return str(code), Rate(counted) if (rate.fps / counted).denominator == 1 else Rate(rate.fps)
    return "", rate
