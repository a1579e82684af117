"""The ``framevox`` command."""

from __future__ import annotations

from typing import Annotated

import typer

from framevox.plugin.cli.blender import blender
from framevox.plugin.cli.bridge import bridge
from framevox.plugin.cli.cast import cast
from framevox.plugin.cli.demo import demo
from framevox.plugin.cli.diff import diff
from framevox.plugin.cli.doctor import doctor
from framevox.plugin.cli.emotion import emotion
from framevox.plugin.cli.exits import Commands
from framevox.plugin.cli.fill import fill
from framevox.plugin.cli.live import live
from framevox.plugin.cli.models import models
from framevox.plugin.cli.preset import preset
from framevox.plugin.cli.provenance import provenance
from framevox.plugin.cli.readings import readings
from framevox.plugin.cli.resolve import resolve
from framevox.plugin.cli.restore import restore
from framevox.plugin.cli.say_as import say_as
from framevox.plugin.cli.serve import serve
from framevox.plugin.cli.speak import speak
from framevox.plugin.cli.status import status
from framevox.plugin.cli.stop import stop
from framevox.plugin.cli.train import train
from framevox.plugin.cli.voice import voice
from framevox.plugin.cli.voices import voices
from framevox.plugin.cli.watch import watch

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


for command in (
    fill, cast, diff, restore, speak, live, say_as, readings, demo, voices, doctor, status, stop, bridge,
):  # fmt: skip
    app.command()(command)
app.add_typer(resolve, name="resolve")
app.add_typer(blender, name="blender")
app.add_typer(emotion, name="emotion")
app.add_typer(voice, name="voice")
app.add_typer(preset, name="preset")
app.add_typer(provenance, name="provenance")
# The options of fill come behind its own.
app.command(
    options_metavar="[OPTIONS] IN OUT [OPTIONS OF fill]",
    context_settings={"ignore_unknown_options": True, "allow_extra_args": True},
)(watch)
# These read their own options, --help among them.
for passing_on in (serve, models, train):
    app.command(context_settings={"ignore_unknown_options": True, "allow_extra_args": True, "help_option_names": []})(
        passing_on
    )


def main() -> None:
    """The entry point of the ``framevox`` script."""
    app(prog_name="framevox")
