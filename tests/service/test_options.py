"""The daemon's options, and those with which a client starts it again."""

from __future__ import annotations

import os

import pytest

from framevox.engine_daemon.service.options import parser, put_in_environment, to_start_again


@pytest.mark.parametrize(
    "given",
    [
        (),
        ("--engine", "indextts2", "--beside", "none", "--without-gpu", "fail", "--as-released", "--device", "cuda:1"),
        ("--unload-after", "7.5", "--idle-timeout", "30", "--threads", "2", "--store-bytes", "1000"),
        ("--without-gpu", "built-in", "--beside", "kokoro", "--gpu-mode", "compile"),
    ],
)
def test_a_daemon_is_started_again_with_all_that_it_was_started_with(given: tuple[str, ...]) -> None:
    options = parser().parse_args(given)
    again = to_start_again(options)
    assert parser().parse_args(again) == options
    assert set(given) <= {*again, *(text.removesuffix(".0") for text in again)}


def test_what_engines_read_is_put_into_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    names = ("FRAMEVOX_DEVICE", "FRAMEVOX_AS_RELEASED", "FRAMEVOX_GPU_MODE", "FRAMEVOX_MODEL")
    for name in names:
        monkeypatch.setenv(name, "before")  # so that it is put back
    put_in_environment(parser().parse_args(()))
    assert {os.environ[name] for name in names} == {"before"}
    put_in_environment(
        parser().parse_args(("--device", "cuda:1", "--as-released", "--gpu-mode", "eager", "--model", os.sep))
    )
    assert [os.environ[name] for name in names[:3]] == ["cuda:1", "1", "eager"]
    assert os.path.isabs(os.environ["FRAMEVOX_MODEL"])  # noqa: PTH117  (it is text)


@pytest.mark.parametrize(
    "given", [("--without-gpu", "maybe"), ("--unload-after", "0"), ("--unload-after", "soon"), ("--beside",)]
)
def test_what_no_option_means_is_refused(given: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        parser().parse_args(given)
    assert ended.value.code == 2 and given[0] in capsys.readouterr().err
