"""Projects that cannot be filled: one clear sentence, and nothing is changed."""

from __future__ import annotations

from pathlib import Path

import pytest

from framevox.engine_daemon.protocol.errors import InputError
from framevox.engine_daemon.protocol.timebase import Rate
from framevox.otio_adapters import check_suffix, load, save

from . import projects

RATE = Rate.parse("25")


def written(tmp_path: Path) -> Path:
    return projects.shotcut(tmp_path / "edit.mlt", RATE, [(20, 47, "ALICE: Hi there.")])


@pytest.mark.parametrize(
    "change, message",
    [
        (lambda text: text.replace("<mlt ", '<!DOCTYPE mlt [<!ENTITY a "b">]>\n<mlt ', 1), "declares a DTD"),
        (lambda text: text[: len(text) // 2], "no project that can be read .*: save it again"),
        (lambda text: text.replace('standalone="no"', 'encoding="gbk"'), "is written in gbk: save it as UTF-8"),
        (lambda text: "", "no project that can be read"),
        (lambda text: '<?xml version="1.0"?><svg/>', "begins with <svg>"),
        (lambda text: text[: text.index("<tractor")] + "</mlt>", "has no timeline"),
        (lambda text: text[: text.index("<profile")] + text[text.index("<playlist") :], "has no profile"),
        (lambda text: text.replace('frame_rate_den="1"', 'frame_rate_den="0"'), "has no frame rate"),
        (lambda text: text.replace('version="7.12.0"', 'version="8.0.0"', 1), "saved with MLT 8.0.0: update framevox"),
        (lambda text: text.replace('<track producer="playlist0"/>', '<track producer="none"/>'), "cut short"),
        (lambda text: text.replace('<property name="start">20', '<property name="start">soon'), "is no time"),
    ],
)
def test_what_is_no_project_is_refused(tmp_path: Path, change: object, message: str) -> None:
    source = written(tmp_path)
    source.write_text(change(source.read_text("utf-8")), "utf-8")  # type: ignore[operator]
    with pytest.raises(InputError, match=message) as said:
        load(source)
    assert str(source) in str(said.value)


def test_a_document_of_a_newer_kdenlive_is_refused(tmp_path: Path) -> None:
    source = projects.kdenlive(tmp_path / "edit.kdenlive", RATE, [], nested=True, version="1.2")
    with pytest.raises(InputError, match=r"newer Kdenlive \(document version 1\.2\)"):
        load(source)


def test_a_project_that_changes_meanwhile_is_left_alone(tmp_path: Path) -> None:
    source = written(tmp_path)
    timeline, _ = projects.noise_takes(load(source), tmp_path / "takes")
    source.write_text(source.read_text("utf-8") + "\n", "utf-8")
    with pytest.raises(InputError, match="saved again meanwhile"):
        save(timeline, tmp_path / "out.mlt", source=source)
    assert not (tmp_path / "out.mlt").exists()


def test_a_project_is_never_written_over_itself(tmp_path: Path) -> None:
    source = written(tmp_path)
    with pytest.raises(InputError, match="is what is read"):
        check_suffix(source, source)


@pytest.mark.parametrize("out", ["out.kdenlive", "out.mlt"])
def test_another_timeline_is_no_project(tmp_path: Path, out: str) -> None:
    with pytest.raises(InputError, match="filled in place"):
        check_suffix(tmp_path / out, tmp_path / "cut.otio")


def test_relative_media_keep_a_project_in_its_folder(tmp_path: Path) -> None:
    media = projects.prop("mlt_service", "avformat") + projects.prop("resource", "shot.mov")
    clips = f'<producer id="shot" in="0" out="49">{media}</producer>\n'
    source = projects.shotcut(tmp_path / "edit.mlt", RATE, [(20, 47, "ALICE: Hi.")], clips=clips)
    timeline, _ = projects.noise_takes(load(source), tmp_path / "takes")
    (tmp_path / "other").mkdir()
    with pytest.raises(InputError, match="named from its own folder"):
        save(timeline, tmp_path / "other" / "out.mlt", source=source)
    assert list((tmp_path / "other").iterdir()) == []
