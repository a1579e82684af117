"""Windows, where they are allowed (Studio): UIManager's, whose event loop is Resolve's."""

from __future__ import annotations

from typing import Any, Optional

from ...host.progress import Progress, Steps


class WindowProgress(Progress):
    """``stay``: the window stays open at the end until it is closed."""

    def __init__(self) -> None:
        super().__init__()
        self.stay = True


def run_in_window(steps: Steps, progress: WindowProgress, fusion: Any, bmd: Any) -> None:
    """Runs in a small window with a bar, the current line, and Cancel; at the end it shows what was said.

    The event loop is Resolve's, and its timer takes the run from step to step: nothing else may touch the window.
    """
    ui = fusion.UIManager
    dispatcher = bmd.UIDispatcher(ui)
    timer = ui.Timer({"ID": "Step", "Interval": 20, "SingleShot": False})
    window = dispatcher.AddWindow(
        {"ID": "Framevox", "WindowTitle": "Framevox", "Geometry": [200, 200, 520, 160]},
        ui.VGroup(
            [
                ui.Label({"ID": "Bar", "Text": progress.bar}),
                ui.Label({"ID": "Line", "Text": progress.line, "WordWrap": True}),
                ui.HGroup([ui.Button({"ID": "Cancel", "Text": "Cancel"}), ui.Button({"ID": "Close", "Text": "Close"})]),
            ]
        ),
    )
    items = window.GetItems()
    failure: list[BaseException] = []
    finished = stepping = False

    def show() -> None:
        items["Bar"].Text = progress.bar
        items["Cancel"].Enabled = not finished
        items["Line"].Text = "\n".join(progress.said[-6:]) if finished else progress.line

    def step(event: Any) -> None:
        nonlocal finished, stepping
        if finished or stepping:
            return
        stepping = True  # the loop may turn, and the timer fire, while a step waits for Resolve
        try:
            next(steps)
        except StopIteration:
            finished = True
            if not progress.stay:
                dispatcher.ExitLoop()
        except BaseException as error:
            # Raised in Resolve's loop, it would only be printed there and the window would stay.
            failure.append(error)
            finished = True
            dispatcher.ExitLoop()
        finally:
            stepping = False
        show()

    def cancel(event: Any) -> None:
        progress.cancelled = True
        progress.line = "Stopping"
        show()

    def close(event: Any) -> None:
        if finished:
            dispatcher.ExitLoop()
        else:
            cancel(event)

    window.On.Cancel.Clicked = cancel
    window.On.Close.Clicked = close
    window.On.Framevox.Close = close
    dispatcher.On.Timeout = step
    window.Show()
    timer.Start()
    dispatcher.RunLoop()
    timer.Stop()
    window.Hide()
    if failure:
        raise failure[0]


def show_message(text: str, fusion: Any, bmd: Any) -> None:
    """Shows a window with one message and Close."""
    ui = fusion.UIManager
    dispatcher = bmd.UIDispatcher(ui)
    window = dispatcher.AddWindow(
        {"ID": "Framevox", "WindowTitle": "Framevox", "Geometry": [200, 200, 520, 120]},
        ui.VGroup(
            [ui.Label({"ID": "Line", "Text": text, "WordWrap": True}), ui.Button({"ID": "Close", "Text": "Close"})]
        ),
    )

    def close(event: Any) -> None:
        dispatcher.ExitLoop()

    window.On.Close.Clicked = close
    window.On.Framevox.Close = close
    window.Show()
    dispatcher.RunLoop()
    window.Hide()


def ask_texts(questions: list[tuple[str, str]], fusion: Any, bmd: Any) -> Optional[list[str]]:
    """Shows a window with a line to write in for each question, which begins as the text beside it.

    Returns what was written, None if it was cancelled.
    """
    ui = fusion.UIManager
    dispatcher = bmd.UIDispatcher(ui)
    names = [f"Answer{number}" for number in range(1, len(questions) + 1)]
    lines: list[Any] = []
    for number, (question, text) in enumerate(questions):
        name = names[number]
        lines.append(ui.Label({"ID": f"Of{name}", "Text": question, "WordWrap": True}))
        lines.append(ui.LineEdit({"ID": name, "Text": text, "Events": {"ReturnPressed": True}}))
    lines.append(ui.HGroup([ui.Button({"ID": "Cancel", "Text": "Cancel"}), ui.Button({"ID": "Ok", "Text": "OK"})]))
    window = dispatcher.AddWindow(
        {"ID": "Framevox", "WindowTitle": "Framevox", "Geometry": [200, 200, 520, 80 + 60 * len(questions)]},
        ui.VGroup(lines),
    )
    answers: list[str] = []

    def accept(event: Any) -> None:
        items = window.GetItems()
        answers.extend(str(items[name].Text) for name in names)
        dispatcher.ExitLoop()

    def cancel(event: Any) -> None:
        dispatcher.ExitLoop()

    window.On.Ok.Clicked = accept
    for name in names:
        getattr(window.On, name).ReturnPressed = accept
    window.On.Cancel.Clicked = cancel
    window.On.Framevox.Close = cancel
    window.Show()
    dispatcher.RunLoop()
    window.Hide()
    return answers or None


def ask_to_go_on(text: str, fusion: Any, bmd: Any) -> bool:
    """Shows a window with what speaks against it. Returns True for Go on anyway, False for Cancel."""
    ui = fusion.UIManager
    dispatcher = bmd.UIDispatcher(ui)
    window = dispatcher.AddWindow(
        {"ID": "Framevox", "WindowTitle": "Framevox", "Geometry": [200, 200, 520, 220]},
        ui.VGroup(
            [
                ui.Label({"ID": "Line", "Text": text, "WordWrap": True}),
                ui.HGroup(
                    [ui.Button({"ID": "Cancel", "Text": "Cancel"}), ui.Button({"ID": "GoOn", "Text": "Go on anyway"})]
                ),
            ]
        ),
    )
    wanted: list[bool] = []

    def go_on(event: Any) -> None:
        wanted.append(True)
        dispatcher.ExitLoop()

    def cancel(event: Any) -> None:
        dispatcher.ExitLoop()

    window.On.GoOn.Clicked = go_on
    window.On.Cancel.Clicked = cancel
    window.On.Framevox.Close = cancel
    window.Show()
    dispatcher.RunLoop()
    window.Hide()
    return bool(wanted)
