"""``framevox say-as``: how words are said from now on, in a film or in all of the user's work."""

from __future__ import annotations

import json as json_format
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from framevox.engine_daemon.protocol.cues import LANGUAGE_CHOICES
from framevox.engine_daemon.protocol.errors import InputError
from framevox.engine_daemon.protocol.rules import Rule
from framevox.plugin.cli import exits, options


def say_as(
    text: Annotated[
        str, typer.Argument(metavar="TEXT", help="A word or phrase as it is written.", show_default=False)
    ] = "",
    reading: Annotated[
        list[str],
        typer.Argument(
            metavar="READING",
            help="How it is said: pinyin (yin2 hang2), kana, IPA (wɪn), CMU's phones (W IH1 N), or a respelling.",
            show_default=False,
        ),
    ] = [],  # noqa: B006
    project: Annotated[
        bool,
        typer.Option(
            "--project", help="For the film of this folder, in its framevox.toml, and not for all.", show_default=False
        ),
    ] = False,
    language: Annotated[
        str,
        typer.Option(
            "--language",
            metavar="|".join(LANGUAGE_CHOICES[1:]),
            help="Only where the word is in this language.",
            show_default=False,
        ),
    ] = "",
    character: Annotated[
        str,
        typer.Option("--character", metavar="NAME", help="Only in this character's lines.", show_default=False),
    ] = "",
    remove: Annotated[bool, typer.Option("--remove", help="Forget the rules for TEXT.", show_default=False)] = False,
    list_: Annotated[bool, typer.Option("--list", help="Show every rule.", show_default=False)] = False,
    import_: Annotated[
        Path | None,
        typer.Option(
            "--import",
            metavar="FILE",
            dir_okay=False,
            help="Take the rules of a .pls lexicon or a .csv.",
            show_default=False,
        ),
    ] = None,
    export: Annotated[
        Path | None,
        typer.Option(
            "--export",
            metavar="FILE",
            dir_okay=False,
            help="Write the rules as a .pls lexicon or a .csv.",
            show_default=False,
        ),
    ] = None,
    json: options.JsonOption = False,
) -> None:
    """Say a word or phrase otherwise from now on: framevox say-as 银行 yin2hang2.

    The rules of a film go before your own, and longer ones before shorter ones. Only takes whose reading changes are
    made again.
    """
    from framevox.engine_daemon.project.file import NAME, user_file
    from framevox.engine_daemon.pronunciation.rules import key_of

    asked = [
        name
        for name, given in (("--remove", remove), ("--list", list_), ("--import", import_), ("--export", export))
        if given
    ]
    if len(asked) > 1:
        raise InputError(f"{' and '.join(asked)} cannot be given together: use one of them")
    path = Path.cwd() / NAME if project else user_file()
    if list_ or export:
        if text:
            raise InputError(f"{asked[0]} is for all rules: leave {text!r} out")
        found = _rules(project)
        found = [
            (rule, file)
            for rule, file in found
            if (not language or (rule.language or _implied(rule)) in ("", language))
            and character in ("", rule.character)
        ]
        if export:
            nearest = {key_of(rule): rule for rule, _ in reversed(found)}  # the film's where both have one
            _export(export, [rule for rule, _ in found if nearest[key_of(rule)] is rule], language)
        else:
            _show(found, json=json)
    elif import_:
        if text:
            raise InputError(f"--import takes the rules of {import_}: leave {text!r} out")
        _import(import_, path, language, character)
    elif not text:
        raise InputError("say-as needs TEXT and READING, or one of --list, --remove, --import and --export")
    elif remove:
        if reading:
            raise InputError(f"--remove forgets every rule for {text!r}: leave {' '.join(reading)!r} out")
        _remove(path, text, language, character)
    elif not reading:
        raise InputError(f"how is {text!r} said? Give its reading too, as in: framevox say-as 银行 yin2hang2")
    else:
        _add(path, Rule(text.strip(), " ".join(reading).strip(), language, character), project)


def _add(path: Path, rule: Rule, project: bool) -> None:
    from framevox.engine_daemon.project.file import NAME, read_project
    from framevox.engine_daemon.project.readings import add_rules
    from framevox.engine_daemon.pronunciation.rules import describe, key_of

    replaced = add_rules(path, [rule])
    before = next((old.reading for old in replaced if old.reading != rule.reading), "")
    print(f"{describe(rule)}  {understood(rule)}{f'  (was {before})' if before else ''}")
    exits.say(f"Kept in {path}")
    if not project:
        film = read_project(Path.cwd() / NAME)
        nearer = next((other for other in film.readings.rules if key_of(other)[0] == key_of(rule)[0]), None)
        if nearer is not None and film.path != path:
            exits.say(f"note: in the film of this folder it is still said {nearer.reading!r}, as {film.path} has it")


def _remove(path: Path, text: str, language: str, character: str) -> None:
    from framevox.engine_daemon.project.readings import remove_rules
    from framevox.engine_daemon.pronunciation.rules import describe

    for rule in remove_rules(path, text.strip(), language, character):
        print(f"{describe(rule)}  {rule.reading}")
    exits.say(f"Removed from {path}")


def _import(source: Path, path: Path, language: str, character: str) -> None:
    from framevox.engine_daemon.project.lexicons import read_lexicon
    from framevox.engine_daemon.project.readings import add_rules

    rules = read_lexicon(source, language, character)
    replaced = add_rules(path, rules)
    changed = sum(old not in rules for old in replaced)
    said = f", {changed} of them in place of another" if changed else ""
    exits.say(f"{len(rules)} rule{'s' * (len(rules) != 1)} kept in {path}{said}")


def _export(out: Path, rules: Sequence[Rule], language: str) -> None:
    from framevox.engine_daemon.client.disk import write_file
    from framevox.engine_daemon.project.lexicons import write_lexicon

    content, left_out = write_lexicon(out, rules, language)
    write_file(out.absolute(), content)
    exits.say(f"{len(rules) - len(left_out)} rule{'s' * (len(rules) - len(left_out) != 1)} written to {out}")
    if left_out:
        exits.say(f"note: left out, for a .pls has no characters of a film: {', '.join(left_out[:5])}")


def _rules(project: bool) -> list[tuple[Rule, Path]]:
    """Every rule with its file, the film's first."""
    from framevox.engine_daemon.project.file import NAME, read_project, user_file

    paths = [Path.cwd() / NAME] if project else [Path.cwd() / NAME, user_file()]
    return [(rule, path) for path in dict.fromkeys(paths) for rule in read_project(path).readings.rules]


def _show(found: Sequence[tuple[Rule, Path]], *, json: bool) -> None:
    from framevox.engine_daemon.project.file import user_file

    if json:
        rules = [{**_plain(rule), "from": "own" if file == user_file() else "project"} for rule, file in found]
        print(json_format.dumps({"rules": rules}, ensure_ascii=False))
        return
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from framevox.plugin.cli.screen import printable

    if not found:
        print("No rules: framevox say-as TEXT READING makes one.")
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("Text", "Said as", "Only for", "From"):
        table.add_column(heading)
    for rule, file in found:
        bound = ", ".join(part for part in (rule.language, rule.character) if part)
        own = "your own" if file == user_file() else str(file)
        table.add_row(*(Text(printable(cell)) for cell in (rule.text, understood(rule), bound, own)))
    Console(highlight=False).print(table)


def understood(rule: Rule) -> str:
    """A rule's reading as it was understood: pinyin with tone marks, IPA, kana as it sounds, a respelling."""
    from framevox.engine_daemon.pronunciation.pinyin import marked
    from framevox.engine_daemon.pronunciation.rules import said_by

    said = said_by(rule)
    if said.kind == "pinyin":
        return " ".join(map(marked, said.parts))
    return f"/{' '.join(said.parts)}/" if said.kind == "phones" else said.parts[0]


def _implied(rule: Rule) -> str:
    from framevox.engine_daemon.pronunciation.rules import said_by

    return said_by(rule).language


def _plain(rule: Rule) -> dict[str, Any]:
    return {
        "text": rule.text,
        "reading": rule.reading,
        "language": rule.language or None,
        "character": rule.character or None,
    }
