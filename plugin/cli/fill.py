"""``framevox fill``: a timeline in, the same timeline with every placeholder spoken out."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from msgspec import structs

from framevox.engine_daemon.client.given_voices import VoiceFiles, read_given
from framevox.engine_daemon.emotion.library import user_presets
from framevox.engine_daemon.project.options import Options
from framevox.engine_daemon.protocol.errors import InputError, of_options
from framevox.otio_adapters.sources import SourceOptions, kind_of, read_source
from framevox.plugin.cli import exits, export_options, line_options, options, report
from framevox.plugin.cli.aigc import AigcOption
from framevox.plugin.cli.exports import Exports, Written, check_apart
from framevox.plugin.cli.kept import options_of
from framevox.plugin.cli.notes import Notes
from framevox.plugin.cli.sheets import check_sheet, is_sheet, write_sheet
from framevox.plugin.cli.sources import keep_columns, source_options

if TYPE_CHECKING:
    from opentimelineio.schema import Timeline

    from framevox.otio_adapters import Settings


def fill(
    context: typer.Context,
    source: Annotated[
        Path,
        typer.Argument(
            metavar="IN",
            help="The timeline: .otio, .otioz, what an installed OTIO adapter reads; or lines: subtitles, a cue sheet, "
            "W3C DAPT, a script.",
        ),
    ],
    out: Annotated[
        Path, typer.Argument(metavar="OUT", help="Where the filled timeline goes; may be IN itself, if that is one.")
    ],
    voice: options.VoiceOption = [],  # noqa: B006
    fit: options.FitOption = options.DEFAULT_FIT,
    min_ratio: options.MinRatioOption = options.DEFAULT_FIT.min_ratio,
    max_ratio: options.MaxRatioOption = options.DEFAULT_FIT.max_ratio,
    handles: options.HandlesOption = options.DEFAULT_OUTPUT.handles,
    sample_rate: options.SampleRateOption = options.DEFAULT_OUTPUT.sample_rate,
    media_dir: options.MediaDirOption = None,
    language: options.LanguageOption = "auto",
    emotion: options.EmotionOption = "",
    emotion_voice: options.EmotionVoiceOption = "",
    emotion_strength: options.EmotionStrengthOption = 1.0,
    take: options.TakeNumberOption = 1,
    format: options.FormatOption = "wav",
    loudness: options.LoudnessOption = options.DEFAULT_OUTPUT.loudness,
    host: options.HostOption = None,
    rate: line_options.CaptionRateOption = None,
    reference: line_options.ReferenceOption = None,
    picture: line_options.PictureOption = None,
    start_timecode: line_options.StartTimecodeOption = "",
    offset: line_options.OffsetOption = "",
    length: line_options.LengthOption = "",
    columns: line_options.ColumnsOption = "",
    times: line_options.TimesOption = None,
    pause: line_options.PauseOption = "",
    subtitles: export_options.SubtitlesOption = [],  # noqa: B006
    subtitle_style: export_options.SubtitleStyleOption = "plain",
    stem: export_options.StemOption = [],  # noqa: B006
    stem_loudness: export_options.StemLoudnessOption = None,
    ducking: export_options.DuckingOption = None,
    report_page: export_options.ReportOption = None,
    sheet: export_options.SheetOption = None,
    mouth: export_options.MouthsOption = [],  # noqa: B006
    aigc: AigcOption = "",
    json: options.JsonOption = False,
) -> None:
    """Speak every placeholder of a timeline, and write the timeline with the takes in place.

    Ends with 0 when every cue was placed, 3 when some were not (the rest is placed and OUT written), 2 for input that
    cannot be used, 1 for anything else.
    """
    typed, notes = options_of(context, source.absolute().parent), Notes()
    settings = settings_of(typed, voice, notes)
    host, media_dir = typed.value("for", host), typed.value("media-dir", media_dir)
    style = typed.value("subtitle-style", subtitle_style)
    exports = Exports(tuple(subtitles), style, tuple(stem), stem_loudness, ducking, report_page, sheet, tuple(mouth))
    given = SourceOptions(rate, reference, start_timecode, offset, length, columns, times or "", pause, picture)
    lines = source_options(typed, source, given)
    code = fill_timeline(source, out, media_dir, settings, lines, exports, notes, host=host, json=json)
    keep_columns(source, given)
    raise typer.Exit(code)


def settings_of(typed: Options, voices: Sequence[str] = (), notes: Notes | None = None) -> Settings:
    """What holds for every line, out of the options and the ``--voice`` options. Raises InputError."""
    from framevox.otio_adapters import Settings

    files = VoiceFiles()
    presets = typed.film.presets(user_presets())
    with of_options():
        given = read_given(voices, files)
    return Settings(
        voices=given,
        files=files,
        fit=typed.fit(),
        language=typed.value("language", "auto"),
        emotion=typed.emotion(files, presets),
        presets=presets,
        take_number=typed.value("take", 1),
        output=typed.output(),
        film=typed.film,
        marking=typed.marking((notes or Notes()).told),
    )


def fill_timeline(
    source: Path,
    out: Path,
    media_dir: Path | None,
    settings: Settings,
    lines: SourceOptions | None = None,
    exports: Exports | None = None,
    notes: Notes | None = None,
    *,
    host: str | None = None,
    json: bool = False,
) -> int:
    """Fills ``source`` into ``out`` and shows what came of it. Returns the exit code.

    ``lines`` are the options for files of lines, ``notes`` those that the settings add to. ``host`` is the program that
    OUT is for: ``resolve``, or None for any.

    Raises InputError for a timeline or voice that cannot be used, and where another process writes OUT or one of the
    exports, DiskError, DaemonError, and CancelledError after Ctrl-C. OUT is then as it was; takes that were finished
    stay, and the next run does not make them again.
    """
    from framevox.engine_daemon.client.disk import check_outputs, default_media_dir
    from framevox.engine_daemon.client.outputs import writing
    from framevox.otio_adapters import check_for_resolve
    from framevox.otio_adapters.patterns import CHARACTER
    from framevox.otio_adapters.saving import written_for

    exports, lines = exports or Exports(), lines or SourceOptions()
    made = [("OUT", out), *(("the file beside OUT", path) for path in written_for(out)[1:]), *exports.named]
    with of_options():
        check_out(out, source)
        if host == "resolve" and not is_sheet(out):
            check_for_resolve(out)
        exports.check(source, [path for path in (lines.reference, lines.picture) if path is not None])
        check_apart(made)
    written = [path for _, path in made]
    check_outputs(path for path in written if CHARACTER not in str(path))
    media_dir = (media_dir or default_media_dir(out)).absolute()
    held = writing(written, f"framevox fill of {source.absolute()}", under=exits.watch_above())
    notes = notes or Notes()
    return _fill(source, out, media_dir, settings, lines, exports, notes, held, host=host, json=json)


def _fill(
    source: Path,
    out: Path,
    media_dir: Path,
    settings: Settings,
    lines: SourceOptions,
    exports: Exports,
    notes: Notes,
    held: AbstractContextManager[object],
    *,
    host: str | None,
    json: bool,
) -> int:
    """What ``fill_timeline`` does once the options are known to work; ``held`` keeps other processes from writing."""
    from framevox.engine_daemon.client.disk import make_folder
    from framevox.otio_adapters import (
        fill,
        find_placeholders,
        for_resolve,
        rehearse,
        timeline_rate,
        warnings_heard,
        whole_handles,
    )
    from framevox.otio_adapters.filling import daemon_voices
    from framevox.otio_adapters.formats import PROJECTS
    from framevox.otio_adapters.mlt.clock import exact_handles
    from framevox.otio_adapters.scripts.measuring import natural_lengths, settings_for_scripts
    from framevox.plugin.cli.screen import NOTHING, NOTHING_IN_PROJECT, Screen
    from framevox.plugin.cli.session import speak

    screen = Screen()
    notes.say = screen.say  # above the bar
    settings = replace(settings, stock=partial(daemon_voices, notes.told))
    settings = replace(settings, output=structs.replace(settings.output, align=exports.shows_times))
    folder = source.absolute().parent
    if kind_of(source) == "script":
        settings = settings_for_scripts(settings)

    def measure(laid: Timeline) -> list[int]:
        screen.say("Measuring how long each line is at its natural length")
        return natural_lengths(laid, settings, folder, partial(speak, Screen(each=False), notes))

    with warnings_heard(notes.warn):
        timeline = read_source(source, lines, measure)
        try:
            placeholders = find_placeholders(timeline)
        except InputError as error:
            raise InputError(f"{source}: {error}") from None
        output = settings.output
        if host == "resolve":
            output = structs.replace(
                output, handles=whole_handles(output.handles, timeline_rate(timeline), output.sample_rate)
            )
            settings = replace(settings, output=output)
        if out.suffix.lower() in PROJECTS:
            output = structs.replace(output, handles=exact_handles(output.handles, timeline_rate(timeline)))
            settings = replace(settings, output=output)
        settings.voices.check_characters(placeholder.character for placeholder in placeholders)
        if not is_sheet(out):
            rehearse(timeline, placeholders, out, sample_rate=output.sample_rate, handles=output.handles, source=source)
        with held:
            make_folder(out.absolute().parent)
            filled = fill(
                timeline,
                media_dir,
                settings,
                folder=folder,
                placeholders=placeholders,
                speak=partial(speak, screen, notes),
            )
            if is_sheet(out):
                write_sheet(out, source, lines, timeline, placeholders, filled)
            elif filled.takes or host == "resolve" or not _copied(source, out):
                save_timeline(
                    for_resolve(filled.timeline, out.suffix) if host == "resolve" else filled.timeline, out, source
                )
            written = exports.write(timeline, filled.results, settings, source.name)
            if exports.sheet is not None:
                written.append(Written(write_sheet(exports.sheet, source, lines, timeline, placeholders, filled)))
    kind = "Sheet" if is_sheet(out) else "Timeline"
    nothing = NOTHING_IN_PROJECT if source.suffix.lower() in PROJECTS else NOTHING
    screen.summary(filled.results, out, media_dir if filled.takes else None, to_stderr=json, kind=kind, nothing=nothing)
    for file in written:
        screen.say(f"Written:  {file.path}" + (f" ({file.note})" if file.note else ""))
        if file.note:
            notes.keep(f"{file.path}: {file.note}")
    if json:
        report.print_json(filled.results, output.sample_rate, notes)
    return report.exit_code(filled.results)


def save_timeline(timeline: Timeline, out: Path, source: Path) -> None:
    """Writes ``timeline``, which was read from ``source``. Raises DiskError, or InputError for what OUT cannot hold."""
    from framevox.engine_daemon.client.disk import DiskError
    from framevox.otio_adapters import save

    try:
        save(timeline, out, source=source)
    except InputError as error:
        # A full disk is no fault of the input.
        raise DiskError(str(error)) if isinstance(error.__cause__, OSError) else error from None


def check_out(out: Path, source: Path) -> None:
    """Raises InputError for an OUT that could not be written, before anything is spoken for it."""
    from framevox.otio_adapters import check_suffix, is_bundle_folder

    if out.is_dir() and not is_bundle_folder(out):
        raise InputError(f"{out} is a folder: name the file that the timeline goes to")
    if kind_of(source) and out.resolve() == source.resolve():
        raise InputError(f"{out} is what is read, and no timeline: choose another OUT, so that nothing in it is lost")
    if is_sheet(out):
        check_sheet("", out, source)
    else:
        check_suffix(out, source)


def _copied(source: Path, out: Path) -> bool:
    """Copies a timeline that has nothing to place; False where it must be written for another place or format."""
    from framevox.engine_daemon.client.disk import write_file
    from framevox.otio_adapters.formats import PROJECTS

    if (
        source.suffix.lower() != out.suffix.lower()
        or out.suffix.lower() in PROJECTS
        or source.resolve().parent != out.resolve().parent
        or source.is_dir()
    ):
        return False
    if source.resolve() != out.resolve():
        write_file(out, source.read_bytes())
    return True
