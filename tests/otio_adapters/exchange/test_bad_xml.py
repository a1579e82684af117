"""Timelines in XML from anywhere: entities are refused, whoever parses the file, and what is broken names its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from framevox.engine_daemon.protocol.errors import InputError
from framevox.otio_adapters import load

BOMB = '<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">'
OUTSIDE = '<!ENTITY b SYSTEM "{secret}">'
BODY = '<xmeml version="4"><sequence><name>{name}</name><rate><timebase>25</timebase></rate><media/></sequence></xmeml>'


@pytest.mark.parametrize("suffix", [".xml", ".fcpxml"])
@pytest.mark.parametrize("entities", [BOMB, OUTSIDE])
def test_entities_are_refused(suffix: str, entities: str, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    path = tmp_path / f"cut{suffix}"
    declared = entities.replace("{secret}", (tmp_path / "secret").as_uri())
    path.write_text(f'<?xml version="1.0"?><!DOCTYPE xmeml [{declared}]>{BODY.format(name="&b;")}')
    with pytest.raises(InputError, match=r"cut\..*xml declares entities"):
        load(path)


def test_a_doctype_alone_is_what_premiere_writes(tmp_path: Path) -> None:
    pytest.importorskip("otio_fcp_adapter")
    path = tmp_path / "cut.xml"
    path.write_text(f'<?xml version="1.0"?>\n<!DOCTYPE xmeml>\n{BODY.format(name="Cut")}')
    assert load(path).name == "Cut"
    path.write_text(path.read_text().replace("</sequence>", ""))
    with pytest.raises(InputError, match=r"cut.xml is broken at line 3, column \d+: export it again"):
        load(path)
