"""However a command ends, the user gets one message and the right exit code."""

from __future__ import annotations

import errno

import pytest
import typer
from typer.testing import CliRunner

from framevox.engine_daemon.protocol.errors import DaemonError, FramevoxError, InputError
from framevox.plugin.cli.exits import Commands


def ended(raised: BaseException, monkeypatch: pytest.MonkeyPatch, debug: str = "") -> tuple[int, str]:
    monkeypatch.setenv("FRAMEVOX_DEBUG", debug)
    app = typer.Typer(cls=Commands, pretty_exceptions_enable=False)

    @app.callback()
    def group() -> None: ...

    @app.command()
    def run() -> None:
        raise raised

    result = CliRunner().invoke(app, ["run"])
    return result.exit_code, result.output


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (InputError("no such voice"), 2, "no such voice"),
        (DaemonError("it died"), 1, "it died"),
        (FramevoxError("full"), 1, "full"),
        (KeyboardInterrupt(), 1, "Ctrl-C"),
        (MemoryError(), 1, "memory"),
        (OSError(errno.EACCES, "Permission denied", "/a/b"), 1, "/a/b: Permission denied"),
        (KeyError("oops"), 1, "FRAMEVOX_DEBUG=1"),
        (typer.Exit(3), 3, ""),
        (typer.BadParameter("wrong"), 2, "wrong"),
    ],
)
def test_an_error_is_one_message_and_one_exit_code(
    error: BaseException, code: int, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    found, output = ended(error, monkeypatch)
    assert found == code
    assert said in output and "Traceback" not in output


def test_ctrl_c_before_a_command_begins_ends_like_any_other() -> None:
    app = typer.Typer(cls=Commands, pretty_exceptions_enable=False)

    def press(_: bool) -> None:
        raise KeyboardInterrupt

    @app.callback()
    def group(flag: bool = typer.Option(False, callback=press)) -> None: ...

    @app.command()
    def run() -> None: ...

    result = CliRunner().invoke(app, ["run"])
    assert (result.exit_code, result.output) == (1, "framevox: stopped by Ctrl-C\n")


def test_the_traceback_is_there_for_those_who_ask(monkeypatch: pytest.MonkeyPatch) -> None:
    code, output = ended(InputError("no such voice"), monkeypatch, debug="1")
    assert code == 2
    assert "Traceback" in output and output.endswith("framevox: no such voice\n")
