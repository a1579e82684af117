"""Readings in brackets stay in a line, sounds in brackets do not."""

from __future__ import annotations

import pytest

from framevox.engine_daemon.captions import read_caption


@pytest.mark.parametrize(
    "line",
    [
        "在银行[yin2 hang2]，重[chong2]新",
        "银行[yínháng]吗",
        "Mr Nguyen[wɪn] is",
        "Nguyen[W IH N] is",
        'SQL["sequel"] is',
        "私は辛い[からい]カレー",
        "値段[ねだん]が",
        "값이[갑씨] 비싸",
    ],
)
def test_readings_stay(line: str) -> None:
    assert read_caption(line).text == line and read_caption(line).left_out == ()


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("誰か来た[ノック]", "誰か来た"),
        ("안녕[웃음]", "안녕"),
        ("Yes[SIGHS]", "Yes"),
        ("Yes[laughs]", "Yes"),
        ("Wait [AH]", "Wait"),
        ("Shut up[SHH]", "Shut up"),
        ("好[laughs]", "好"),
        ("行[MUSIC]", "行"),
        ("来た[ベル]", "来た"),
    ],
)
def test_sounds_do_not(line: str, said: str) -> None:
    assert read_caption(line).text == said
