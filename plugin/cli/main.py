"""The ``framevox`` command."""

from __future__ import annotations

from typing import Annotated

import typer

from .demo import demo
from .doctor import doctor
from .exits import Commands
from .fill import fill
from .models import models
from .resolve import bridge, resolve
from .restore import restore
from .serve import serve
from .speak import speak
from .status import status
from .stop import stop
from .voices import voices

app = typer.Typer(
    cls=Commands,
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        print(f"framevox {version('framevox')}")
        raise typer.Exit


@app.callback()
def framevox(
    version: Annotated[
        bool, typer.Option("--version", help="Show the version and exit.", callback=_print_version, is_eager=True)
    ] = False,
) -> None:
    """Replaces placeholder dialogue on editing timelines with speech that lands on the exact frame."""


for command in (fill, restore, speak, demo, voices, doctor, status, stop, bridge):
    app.command()(command)
app.add_typer(resolve, name="resolve")
# These read their own options, --help among them.
for passing_on in (serve, models):
    app.command(context_settings={"ignore_unknown_options": True, "allow_extra_args": True, "help_option_names": []})(
        passing_on
    )


def main() -> None:
    """The entry point of the ``framevox`` script."""
    app(prog_name="framevox")
