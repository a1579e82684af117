"""``framevox readings``: how each word will be read and why, and the doubtful readings of a timeline."""

from __future__ import annotations

import json as json_format
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from framevox.engine_daemon.protocol.errors import InputError
from framevox.engine_daemon.protocol.rules import Rule
from framevox.otio_adapters.sources import RATELESS, SourceOptions, kind_of, read_source
from framevox.plugin.cli import exits, line_options, options
from framevox.plugin.cli.notes import Notes
from framevox.plugin.cli.sources import source_options

if TYPE_CHECKING:
    from framevox.engine_daemon.pronunciation.dictionary import Dictionary
    from framevox.engine_daemon.text.line import Line, Word
    from framevox.otio_adapters import About, Placeholder

_LEAST_DOUBT = 0.05
"""What is more certain than this is not listed."""


def readings(
    what: Annotated[
        str,
        typer.Argument(
            metavar="TEXT|TIMELINE",
            help="A line, or a timeline as framevox fill reads it: then its doubtful readings.",
            show_default=False,
        ),
    ] = "",
    file: Annotated[
        str,
        typer.Option(
            "--file", metavar="FILE", help="Lines of text, one on each; - is standard input.", show_default=False
        ),
    ] = "",
    language: options.LanguageOption = "auto",
    character: Annotated[
        str, typer.Option("--character", metavar="NAME", help="Who speaks TEXT or FILE.", show_default=False)
    ] = "",
    limit: Annotated[int, typer.Option("--limit", metavar="N", min=1, help="How many doubtful readings to list.")] = 50,
    rate: line_options.CaptionRateOption = None,
    reference: line_options.ReferenceOption = None,
    picture: line_options.PictureOption = None,
    start_timecode: line_options.StartTimecodeOption = "",
    offset: line_options.OffsetOption = "",
    length: line_options.LengthOption = "",
    json: options.JsonOption = False,
) -> None:
    """Show how each word of a line will be read and why, or the doubtful readings of a timeline, most doubtful first.

    Why is the first that knows: a rule of yours, a phrase, the contextual model, or the most frequent reading.
    """
    if bool(what) == bool(file):
        raise InputError("readings needs TEXT or TIMELINE, or --file FILE" + (", not both" if what else ""))
    given = SourceOptions(rate, reference, start_timecode, offset, length, picture=picture)
    if what and _is_timeline(what):
        _of_timeline(Path(what), given, language, limit, json=json)
        return
    if option := given.given("rate", "reference", "start_timecode", "offset", "length"):
        raise InputError(f"{option} is for subtitles, sheets and scripts: leave it out")
    lines = _lines(file) if file else [what]
    rules = _Rules.of(Path.cwd(), Notes())
    read = [rules.read(line, language, character) for line in lines]
    if json:
        shown = [_plain(text, line) for text, line in zip(lines, read, strict=True)]
        _print_json({"lines": shown, "notes": rules.notes.to_json()})
    else:
        _show([(text, line) for text, line in zip(lines, read, strict=True) if line is not None])


@dataclass
class _Rules:
    """The rules that hold in a folder, the film's before the user's own."""

    dictionaries: Sequence[Dictionary]
    notes: Notes

    @classmethod
    def of(cls, folder: Path, notes: Notes) -> _Rules:
        """Raises InputError for a file that cannot be used."""
        from framevox.engine_daemon.project.file import NAME
        from framevox.engine_daemon.project.readings import dictionary_in, user_dictionary

        return cls((dictionary_in(folder / NAME), user_dictionary()), notes)

    def read(self, text: str, language: str, character: str, about: About | None = None) -> Line | None:
        """The line as it will be read; None, and a word to the user, for one in which nothing can be spoken."""
        from framevox.engine_daemon.text import read_line

        if not text.strip():
            return None
        rules: list[Rule] = [rule for known in self.dictionaries for rule in known.rules_in(text, character)]
        try:
            line = read_line(text, language, rules, character)
        except InputError as error:
            exits.complain(str(error))
            self.notes.keep(str(error), about)
            return None
        for warning in line.warnings:
            self.notes.add(warning, about)
        return line


# What is shown.


def _plain(text: str, line: Line | None) -> dict[str, Any]:
    return {"text": text, "words": [_word(word) for word in line.words] if line else []}


def _word(word: Word) -> dict[str, Any]:
    return {
        "text": word.text,
        "spoken": word.spoken,
        "reading": list(word.base or word.reading),
        "sounded": list(word.reading),
        "why": word.source,
    }


def said(word: Word) -> str:
    """How a word is read, as an editor reads it: hang2, or yi1 → yi2 where the tone changes beside others."""
    before, after = " ".join(word.base or word.reading), " ".join(word.reading)
    if word.language not in ("zh", "ja"):
        return f"/{after}/" if after else word.spoken
    return after if before == after else f"{before} → {after}"


def _show(read: Sequence[tuple[str, Line]]) -> None:
    from rich.text import Text

    for index, (text, line) in enumerate(read):
        if len(read) > 1:
            print(("\n" if index else "") + text)
        table = _table("Word", "Said", "Why")
        for word in line.words:
            table.add_row(Text(_one_line(word.text)), Text(said(word)), word.source)
        _print(table)


# Timelines.


@dataclass(frozen=True)
class _Doubt:
    """A word whose reading is doubtful, and where its line stands."""

    word: Word
    text: str
    where: str
    character: str


def _is_timeline(what: str) -> bool:
    """Whether the argument names a file, and is no line. Raises InputError for a name of none."""
    path = Path(what)
    if not path.suffix:
        return False
    try:
        there = path.exists()
    except (OSError, ValueError):
        return False  # a line may be no possible path
    from framevox.otio_adapters.formats import is_timeline_name

    named = is_timeline_name(what)
    if named and not there and not any(char.isspace() for char in what):
        raise InputError(f"{what}: there is no such file: check its name")
    return there and (named or path.is_file())


def _of_timeline(source: Path, given: SourceOptions, language: str, limit: int, *, json: bool) -> None:
    from framevox.otio_adapters import find_placeholders, warnings_heard

    notes = Notes()
    with warnings_heard(notes.warn):
        placeholders = find_placeholders(read_source(source, _with_rate(source, given)))
    rules = _Rules.of(source.absolute().parent, notes)
    found = sorted(_doubts(placeholders, rules, language), key=lambda doubt: -doubt.word.doubt)
    if json:
        doubtful = [_doubtful(doubt) for doubt in found[:limit]]
        _print_json({"doubtful": doubtful, "lines": len(placeholders), "notes": notes.to_json(placeholders)})
        return
    if not found:
        print(f"{len(placeholders)} line{'s' * (len(placeholders) != 1)}, no doubtful reading.")
        return
    _show_doubts(found[:limit])
    if len(found) > limit:
        exits.say(f"{len(found) - limit} more are less doubtful: --limit {len(found)} lists them")
    exits.say('Mend one for good with framevox say-as WORD "READING" --project, or in one place: 银行[yin2 hang2]')


def _doubts(placeholders: Sequence[Placeholder], rules: _Rules, language: str) -> Iterator[_Doubt]:
    from framevox.engine_daemon.protocol.timebase import format_timecode
    from framevox.otio_adapters import About

    for placeholder in placeholders:
        line = None
        if not placeholder.problem:
            about = About(placeholder.start, placeholder.duration, placeholder.track, placeholder.cue_id)
            line = rules.read(placeholder.text, placeholder.language or language, placeholder.character, about)
        if line is not None:
            where = format_timecode(int(placeholder.origin + placeholder.start), placeholder.rate)
            for word in line.words:
                if word.doubt >= _LEAST_DOUBT and word.source != "rule":
                    yield _Doubt(word, placeholder.text, where, placeholder.character)


def _with_rate(source: Path, given: SourceOptions) -> SourceOptions:
    """What is kept of the options as well. Readings need no frame rate: where none is given, any will do."""
    from framevox.engine_daemon.project.film import Film
    from framevox.engine_daemon.project.options import Options
    from framevox.engine_daemon.protocol.timebase import Rate

    if (kind_of(source) or source.suffix.lower() in RATELESS) and not given.given("rate", "reference", "picture"):
        given = replace(given, rate=Rate.parse("25"))
    return source_options(Options(Film.of(source.absolute().parent)), source, given)


def _doubtful(doubt: _Doubt) -> dict[str, Any]:
    return {
        "timecode": doubt.where,
        "character": doubt.character,
        "line": doubt.text,
        **_word(doubt.word),
        "start": doubt.word.start,
        "doubt": round(doubt.word.doubt, 3),
    }


def _show_doubts(doubts: Sequence[_Doubt]) -> None:
    from rich.text import Text

    from framevox.plugin.cli.screen import shortened

    table = _table("Doubt", "At", "Who", "Word", "Said", "Why", "Line")
    for doubt in doubts:
        table.add_row(
            f"{round(100 * doubt.word.doubt)} %",
            Text(doubt.where),
            Text(shortened(doubt.character, 20)),
            Text(_one_line(doubt.word.text)),
            Text(said(doubt.word)),
            doubt.word.source,
            Text(shortened(doubt.text)),
        )
    _print(table)


# Input and output.


def _lines(file: str) -> list[str]:
    """The lines of a file. Raises InputError for one that cannot be read."""
    try:
        content = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
        lines = content.decode("utf-8-sig").splitlines()
    except OSError as error:
        raise InputError(f"--file {file}: it cannot be read ({error.strerror}): check its name") from None
    except UnicodeDecodeError as error:
        raise InputError(f"--file {file}: it is not UTF-8 (byte {error.start}): save it as UTF-8") from None
    if not any(line.strip() for line in lines):
        raise InputError(f"--file {file}: it is empty: write one line of text on each line")
    return lines


def _table(*headings: str) -> Any:
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in headings:
        table.add_column(heading, justify="right" if heading == "Doubt" else "left")
    return table


def _print(table: Any) -> None:
    from rich.console import Console

    Console(highlight=False).print(table)


def _one_line(text: str) -> str:
    from framevox.plugin.cli.screen import printable

    return printable(text)


def _print_json(value: Any) -> None:
    sys.stdout.write(json_format.dumps(value, ensure_ascii=False) + "\n")
