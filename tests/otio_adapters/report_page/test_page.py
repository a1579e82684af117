"""The report page as it is written: whole, self-contained, and true to the results."""

from __future__ import annotations

import base64
import io
import json
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
import soundfile

from framevox.engine_daemon.client.marking import Marking
from framevox.engine_daemon.protocol.errors import InputError
from framevox.otio_adapters.report_page.data import neighbourly_paces, page_data
from framevox.otio_adapters.report_page.sound import MOST_PEAKS, peaks
from framevox.otio_adapters.report_page.writing import report_page

from .filled import LINES, filled


class Elements(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self.scripts: list[tuple[dict[str, str | None], str]] = []
        self.references: list[str] = []
        self._inside = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._inside = tag == "script"
        if self._inside:
            self.scripts.append((dict(attrs), ""))
        self.references += [value or "" for name, value in attrs if name in ("src", "href")]

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.scripts[-1] = (self.scripts[-1][0], self.scripts[-1][1] + data)

    def handle_endtag(self, tag: str) -> None:
        self._inside = False


def test_the_page_holds_every_line_and_needs_nothing_beside_it(tmp_path: Path) -> None:
    timeline, results = filled(tmp_path, 8)
    page = b"".join(report_page(timeline, results, "film <1>.otio", Marking())).decode()
    found = Elements(page)
    assert found.references == [] and "url(" not in page and "@import" not in page
    [data] = [json.loads(text) for attributes, text in found.scripts if attributes.get("id") == "data"]
    assert data["title"] == "film <1>.otio" and "<title>film &lt;1&gt;.otio</title>" in page
    assert [cue["text"] for cue in data["cues"]] == [LINES[index % 3] for index in range(8)]
    assert [cue["status"] for cue in data["cues"]] == ["placed"] * 3 + ["attention"] + ["placed"] * 4
    assert data["cues"][1]["in"] == "01:00:02:00" and data["cues"][1]["out"] == "01:00:04:00"
    assert data["cues"][3]["message"].startswith("the slot is too short") and not data["cues"][3]["sound"]
    sounds = {attributes["id"]: text for attributes, text in found.scripts if attributes.get("type") == "text/plain"}
    assert set(sounds) == {f"sound-{index}" for index in (0, 1, 2, 4, 5, 6, 7)}
    heard, rate = soundfile.read(io.BytesIO(base64.b64decode(sounds["sound-5"])))
    assert rate == 24000 and abs(len(heard) / rate - 2) < 0.1 and 0.2 < np.abs(heard).max() < 0.4


def test_tracks_hold_their_clips_and_lines_their_lane(tmp_path: Path) -> None:
    timeline, results = filled(tmp_path, 4)
    odd = replace(results[0], track="elsewhere")
    data = page_data(timeline, [odd, *results[1:]], "film")
    assert [track["name"] for track in data["tracks"]] == ["ALICE", "小明", "elsewhere"]
    assert data["tracks"][0]["items"] == [(0.0, 50.0), (100.0, 50.0)]
    assert [cue["lane"] for cue in data["cues"]] == [2, 1, 0, 1]
    assert (data["length"], data["origin"], data["rate"], data["drop"]) == (200, 90000, "25", False)


def test_a_line_is_compared_with_its_own_characters_neighbours(tmp_path: Path) -> None:
    _, results = filled(tmp_path, 9)
    paces = neighbourly_paces(results)
    # ALICE's ratios are 0.8, 1, 0.8, 1, 0.8: her lines 0, 2, 4, 6, 8.
    assert paces[0] == pytest.approx(1.25) and paces[2] == pytest.approx(0.8) and paces[3] is None
    assert neighbourly_paces(results[:2]) == [None, None]


@pytest.mark.parametrize(("length", "number"), [(0, 1), (1, 1), (48000, 60), (48000 * 600, MOST_PEAKS)])
def test_the_outline_has_as_many_points_as_can_be_seen(length: int, number: int) -> None:
    sound = np.zeros(length, np.float32)
    if length:
        sound[-1] = -2.0
    found = peaks(sound, 48000)
    assert len(found) == number and found[-1] == (255 if length else 0)


def test_a_take_that_is_gone_is_named(tmp_path: Path) -> None:
    timeline, results = filled(tmp_path, 1)
    (tmp_path / "take.wav").unlink()
    with pytest.raises(InputError, match=r"take\.wav cannot be read .*: fill the timeline again"):
        b"".join(report_page(timeline, results, "film", Marking()))
