"""A batch as the command line runs it: with a bar, and with Ctrl-C."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Iterator, Sequence
from types import FrameType

from framevox.engine_daemon.client import Client
from framevox.engine_daemon.client.given_voices import VoiceFiles
from framevox.engine_daemon.client.speaking import CancelledError, Keep, Line, Result, speak_lines
from framevox.engine_daemon.protocol.cues import Output
from framevox.plugin.cli.notes import Notes
from framevox.plugin.cli.screen import Screen


def speak(
    screen: Screen,
    notes: Notes,
    lines: Sequence[Line],
    output: Output,
    files: VoiceFiles,
    keep: Keep,
    *,
    frames: bool = True,
) -> list[Result]:
    """Has every line spoken and shows how far it is. Raises what ``speak_lines`` raises."""
    if not lines:
        return []
    with (
        Client.connect(say=notes.told) as client,
        screen.bar(len(lines)),
        _cancelling(client),
    ):
        try:
            return speak_lines(
                client,
                lines,
                output,
                files,
                keep,
                frames=frames,
                say=screen.say,
                on_result=screen.result,
                on_warning=notes.add,
            )
        except CancelledError as error:
            raise CancelledError(f"stopped by Ctrl-C; {error}") from None


@contextlib.contextmanager
def _cancelling(client: Client) -> Iterator[None]:
    """Inside the block, the first Ctrl-C cancels the batch and keeps what is done; a second one ends at once."""
    pressed = False

    def handle(_signal: int, _frame: FrameType | None) -> None:
        nonlocal pressed
        if pressed:
            raise KeyboardInterrupt
        pressed = True
        client.cancel()

    # Windows has Ctrl-Break as well, and programs that stop another one can send only that.
    numbers = [getattr(signal, name) for name in ("SIGINT", "SIGBREAK") if hasattr(signal, name)]
    before = {number: signal.signal(number, handle) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
