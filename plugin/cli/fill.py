"""``framevox fill``: a timeline in, the same timeline with every placeholder spoken out."""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from framevox.engine_daemon.protocol.cues import Cue, Fit, Output, Take
from framevox.engine_daemon.protocol.emotion import Emotion
from framevox.engine_daemon.protocol.errors import InputError
from framevox.plugin.cli import options, report
from framevox.plugin.cli.report import Result
from framevox.plugin.common.given_voices import GivenVoices, VoiceFiles, read_given
from framevox.plugin.common.presets import presets
from framevox.plugin.common.values import parse_fit

if TYPE_CHECKING:
    from opentimelineio.schema import Timeline

    from framevox.otio_adapters import Placeholder
    from framevox.plugin.cli.batch import Line
    from framevox.plugin.cli.screen import Screen


@dataclass(frozen=True)
class Settings:
    """What holds for every line whose own metadata says nothing else."""

    voices: GivenVoices = field(default_factory=GivenVoices)
    files: VoiceFiles = field(default_factory=VoiceFiles)
    fit: Fit = field(default_factory=Fit)
    language: str = "auto"
    emotion: Emotion | None = None
    presets: Mapping[str, str] = field(default_factory=dict)
    """What ``@NAME`` stands for."""
    take_number: int = 1
    output: Output = field(default_factory=Output)


def fill(
    source: Annotated[
        Path, typer.Argument(metavar="IN", help="The timeline: .otio, .otioz, or what an installed OTIO adapter reads.")
    ],
    out: Annotated[Path, typer.Argument(metavar="OUT", help="Where the filled timeline goes; may be IN itself.")],
    voice: options.VoiceOption = [],  # noqa: B006
    fit: options.FitOption = options.DEFAULT_FIT,
    min_ratio: options.MinRatioOption = Fit.min_ratio,
    max_ratio: options.MaxRatioOption = Fit.max_ratio,
    handles: options.HandlesOption = Output.handles,
    sample_rate: options.SampleRateOption = Output.sample_rate,
    media_dir: options.MediaDirOption = None,
    language: options.LanguageOption = "auto",
    emotion: options.EmotionOption = "",
    emotion_voice: options.EmotionVoiceOption = "",
    emotion_strength: options.EmotionStrengthOption = 1.0,
    take: options.TakeNumberOption = 1,
    format: options.FormatOption = "wav",
    loudness: options.LoudnessOption = Output.loudness,
    host: options.HostOption = None,
    json: options.JsonOption = False,
) -> None:
    """Speak every placeholder of a timeline, and write the timeline with the takes in place.

    Ends with 0 when every cue was placed, 3 when some were not (the rest is placed and OUT written), 2 for input that
    cannot be used, 1 for anything else.
    """
    files = VoiceFiles()
    known = presets()
    output = Output(sample_rate, handles, options.loudness_target(loudness), format)
    output.check()
    settings = Settings(
        voices=read_given(voice, files),
        files=files,
        fit=options.with_limits(fit, min_ratio, max_ratio),
        language=language,
        emotion=options.emotion_of(emotion, files.resolve(emotion_voice, Path.cwd()), emotion_strength, files, known),
        presets=known,
        take_number=take,
        output=output,
    )
    raise typer.Exit(fill_timeline(source, out, media_dir, settings, host=host, json=json))


def fill_timeline(
    source: Path, out: Path, media_dir: Path | None, settings: Settings, *, host: str | None = None, json: bool = False
) -> int:
    """Fills ``source`` into ``out`` and shows what came of it. Returns the exit code.

    ``host`` is the program that OUT is for: ``resolve``, or None for any.

    Raises InputError for a timeline or voice that cannot be used, DiskError, DaemonError, and CancelledError after
    Ctrl-C. OUT is then as it was; takes that were finished stay, and the next run does not make them again.
    """
    from framevox.otio_adapters import (
        PlacedTake,
        find_placeholders,
        for_resolve,
        load,
        place,
        rehearse,
        timeline_rate,
        whole_handles,
    )
    from framevox.plugin.cli.screen import Screen
    from framevox.plugin.common.disk import default_media_dir, make_folder

    screen = Screen()
    media_dir = (media_dir or default_media_dir(out)).absolute()
    check_out(out)
    with warnings_shown(screen):
        timeline = load(source)
        try:
            placeholders = find_placeholders(timeline)
        except InputError as error:
            raise InputError(f"{source}: {error}") from None
        if host == "resolve":
            output = settings.output
            handles = whole_handles(output.handles, timeline_rate(timeline), output.sample_rate)
            settings = replace(settings, output=replace(output, handles=handles))
        settings.voices.check_characters(placeholder.character for placeholder in placeholders)
        rehearse(
            timeline,
            placeholders,
            out,
            sample_rate=settings.output.sample_rate,
            handles=settings.output.handles,
        )
        make_folder(out.absolute().parent)
        results = _speak(placeholders, source, media_dir, settings, screen) if placeholders else []
        takes = {
            result.cue.id: PlacedTake(result.take, result.media, asked_for(result.cue, settings.output))
            for result in results
            if result.take is not None and result.media is not None
        }
        if takes or not _copied(source, out):
            filled = place(timeline, placeholders, takes) if takes else timeline
            if host == "resolve":
                filled = for_resolve(filled)
            save_timeline(filled, out, source)
    screen.summary(results, out, media_dir if takes else None, to_stderr=json)
    if json:
        report.print_json(results, settings.output.sample_rate)
    return report.exit_code(results)


def save_timeline(timeline: Timeline, out: Path, source: Path) -> None:
    """Writes ``timeline``, which was read from ``source``. Raises DiskError, or InputError for what OUT cannot hold."""
    from framevox.otio_adapters import save
    from framevox.plugin.common.disk import DiskError

    try:
        save(timeline, out, source=source)
    except InputError as error:
        # A disk that is full is nobody's input.
        raise DiskError(str(error)) if isinstance(error.__cause__, OSError) else error from None


def check_out(out: Path) -> None:
    """Raises InputError for an OUT that could not be written, before anything is spoken for it."""
    from framevox.otio_adapters import check_suffix

    if out.is_dir():
        raise InputError(f"{out} is a folder: name the file that the timeline goes to")
    check_suffix(out)


def asked_for(cue: Cue, output: Output) -> dict[str, object]:
    """What a timeline keeps of how a take was ordered, so that the same order can be placed again."""
    order = cue.to_json()
    keys = ("text", "character", "voice", "language", "fit", "emotion", "take_number")
    return {key: order[key] for key in keys} | output.to_json()


def _speak(
    placeholders: Sequence[Placeholder], source: Path, media_dir: Path, settings: Settings, screen: Screen
) -> list[Result]:
    """What came of every placeholder, in timeline order."""
    from framevox.plugin.cli.batch import Line, speak_lines
    from framevox.plugin.cli.screen import timecode
    from framevox.plugin.common.disk import make_folder, media_name, store_media

    lines: list[Line] = []
    results: list[Result] = []
    for placeholder in placeholders:
        try:
            cue, chosen = _cue(placeholder, source, settings)
        except InputError as error:
            results.append(Result(_plain_cue(placeholder), placeholder.track, "failed", str(error)))
        else:
            lines.append(Line(cue, placeholder.track, chosen))
    make_folder(media_dir)

    def keep(cue: Cue, take: Take, content: bytes) -> Path:
        return store_media(media_dir, media_name(cue.character, timecode(cue), take.id, take.format), content)

    results += speak_lines(lines, settings.output, settings.files, keep, screen)
    spoken = {placeholder.cue_id for placeholder in placeholders if placeholder.spoken}
    results = [
        replace(result, message=f"{result.message}; until then the take of an earlier run stays")
        if result.take is None and result.cue.id in spoken
        else result
        for result in results
    ]
    return sorted(results, key=lambda result: result.cue.start)


def _plain_cue(placeholder: Placeholder, **more: Any) -> Cue:
    return Cue(
        id=placeholder.cue_id,
        text=placeholder.text,
        rate=placeholder.rate,
        start=placeholder.start,
        duration=placeholder.duration,
        origin=placeholder.origin,
        character=placeholder.character,
        **more,
    )


def _cue(placeholder: Placeholder, source: Path, settings: Settings) -> tuple[Cue, bool]:
    """The cue of a placeholder, and whether its voice was named on the command line. Raises InputError.

    A path that a timeline names is taken from the timeline's folder.
    """
    if placeholder.problem:
        raise InputError(placeholder.problem)
    given = settings.voices.of(placeholder.character, placeholder.voice)
    fit = settings.fit
    if placeholder.fit:
        with _in_metadata("fit"):
            fit = options.with_limits(parse_fit(placeholder.fit), fit.min_ratio, fit.max_ratio)
    cue = _plain_cue(
        placeholder,
        voice=_own_voice("voice", placeholder.voice, source, settings) if given is None else given,
        language=placeholder.language or settings.language,
        fit=fit,
        emotion=_emotion(placeholder, source, settings),
        take_number=_take_number(placeholder, settings),
    )
    return cue, bool(given)


@contextlib.contextmanager
def _in_metadata(key: str) -> Iterator[None]:
    """Says of what is wrong inside the block where the user wrote it."""
    try:
        yield
    except InputError as error:
        raise InputError(f'metadata["framevox"]["{key}"]: {error}') from None


def _own_voice(key: str, voice: str | None, source: Path, settings: Settings) -> str:
    with _in_metadata(key):
        return settings.files.resolve(voice or "", source.absolute().parent)


def _take_number(placeholder: Placeholder, settings: Settings) -> int:
    if not placeholder.take_number:
        return settings.take_number
    with _in_metadata("take_number"):
        return options.parse_take_number(placeholder.take_number)


def _emotion(placeholder: Placeholder, source: Path, settings: Settings) -> Emotion | None:
    """A cue's own emotion, else the command line's. Raises InputError."""
    voice = _own_voice("emotion_voice", placeholder.emotion_voice, source, settings)
    strength = 1.0
    if placeholder.emotion_strength:
        with _in_metadata("emotion_strength"):
            strength = options.parse_strength(placeholder.emotion_strength)
    with _in_metadata("emotion"):
        own = options.emotion_of(placeholder.emotion or "", voice, strength, settings.files, settings.presets)
    if own is None and settings.emotion is not None and placeholder.emotion_strength:
        return replace(settings.emotion, strength=strength)
    return own or settings.emotion


def _copied(source: Path, out: Path) -> bool:
    """Copies a timeline that has nothing to place; False where it must be written anew, for another place or format."""
    from framevox.plugin.common.disk import write_file

    if source.suffix.lower() != out.suffix.lower() or source.resolve().parent != out.resolve().parent:
        return False
    if source.resolve() != out.resolve():
        write_file(out, source.read_bytes())
    return True


@contextlib.contextmanager
def warnings_shown(screen: Screen) -> Iterator[None]:
    """Shows what the timeline's reader and writer warn of, each once, as lines of ours."""
    from framevox.otio_adapters import TimelineWarning

    def show(message: Warning | str, category: type[Warning], *_: object) -> None:
        if issubclass(category, TimelineWarning):
            screen.say(f"note: {message}")

    with warnings.catch_warnings():
        warnings.simplefilter("always", TimelineWarning)
        warnings.showwarning = show  # type: ignore[assignment]
        yield
