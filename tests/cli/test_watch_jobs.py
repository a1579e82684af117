"""Several watches at once: those that would never end, and those that wait for each other in order."""

from __future__ import annotations

from pathlib import Path

import pytest

from framevox.engine_daemon.client.outputs import Writer
from framevox.engine_daemon.protocol.errors import InputError
from framevox.engine_daemon.protocol.files import place_of
from framevox.plugin.cli.watch_jobs import check_chains, jobs_of


def watches(folder: Path, monkeypatch: pytest.MonkeyPatch, *pairs: str, more: str = "") -> None:
    """Checks the watches ``a>b`` of a project, as the command does."""
    monkeypatch.chdir(folder)
    for pair in pairs:
        for name in pair.split(">"):
            if name.endswith(".otiod"):
                Path(name).mkdir(exist_ok=True)  # a bundle is a folder
    written = [f'[[watch]]\nin = "{pair.split(">")[0]}"\nout = "{pair.split(">")[1]}"\n' for pair in pairs]
    (folder / "framevox.toml").write_text("".join(written) + more)
    check_chains(jobs_of([], project=True))


@pytest.mark.parametrize(
    ("pairs", "named"),
    [
        (("a.otio>b.otio", "b.otio>a.otio"), ["a.otio → ", "b.otio → "]),
        (("c.srt>d.otio", "a.otio>b.otio", "b.otio>c.otio", "c.otio>a.otio"), ["a.otio → ", "b.otio → ", "c.otio → "]),
        (("a.otiod>b.otiod", "b.otiod>./b.otiod/../a.otiod"), ["a.otiod → ", "b.otiod → "]),
    ],
)
def test_a_circle_is_refused_with_its_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pairs: tuple[str, ...], named: list[str]
) -> None:
    with pytest.raises(
        InputError, match=r"would fill each other for ever: .*let one of them write another file"
    ) as said:
        watches(tmp_path, monkeypatch, *pairs)
    assert all(f"{tmp_path / name}" in str(said.value) for name in named)
    assert "c.srt" not in str(said.value)


def test_what_else_leads_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By a reference that is watched, or any other file that is written."""
    sheet = 'sheet = "a.csv"\n'
    with pytest.raises(InputError, match="for ever"):
        watches(tmp_path, monkeypatch, "a.csv>b.otio", "b.otio>c.otio", more=sheet)
    with pytest.raises(InputError, match="for ever"):
        watches(tmp_path, monkeypatch, "a.otio>b.otio", "c.srt>a.otio", more='reference = "b.otio"\n')


def test_a_link_leads_back_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    try:
        (tmp_path / "link.otio").symlink_to(tmp_path / "b.otio")
    except OSError:
        pytest.skip("making links takes a right of its own here")
    with pytest.raises(InputError, match="for ever"):
        watches(tmp_path, monkeypatch, "a.otio>b.otio", "link.otio>a.otio")


def test_a_chain_is_fine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    watches(tmp_path, monkeypatch, "a.srt>b.otio", "b.otio>c.otio", "b.otio>d.otio", "c.otio>e.otio")


def test_a_circle_through_another_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    a, b, c = (place_of(tmp_path / f"{name}.otio") for name in "abc")
    jobs = jobs_of(["a.otio", "b.otio"], project=False)
    other = Writer(4711, "framevox watch of b.otio", 0.0, (b,), (c,))
    check_chains(jobs, [other])
    with pytest.raises(InputError, match=r"for ever: .*a\.otio → .*b\.otio, framevox watch of b\.otio \(process 4711"):
        check_chains(jobs, [Writer(4711, "framevox watch of b.otio", 0.0, (b,), (a,))])
