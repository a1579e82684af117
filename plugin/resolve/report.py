"""``framevox resolve report``: what was seen in a real Resolve, in one file without private data."""

from __future__ import annotations

import platform
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from framevox.engine_daemon.protocol.installation import installed_version
from framevox.plugin.host import state
from framevox.plugin.resolve.install import check, scripts_folder

_ITEM = re.compile(r"^(\d+)\. (.+(?:\n {4}.+)*)", re.M)
_PATH = re.compile(r"(?:[A-Za-z]:)?(?:[/\\][^/\\\s\"'“”:,;()]+){2,}")
_QUOTED = re.compile(r"“[^”]*”|\"[^\"\n]*\"")
_AFTER_FRAME = re.compile(r".*(?: at (?:frame \d+|[\d:;]{11})|\bcast: ).*")
"""What is said of a line, which may have its text and its character in it."""
_CHECKLIST = Path(__file__).with_name("checklist.txt")
_LOG_LINES = 200
FORM = """Framevox in Resolve: what was seen

Write yes, no, or what happened behind each number. Leave out what you did not try.

Resolve's version and edition:
Operating system:
"""


def form() -> str:
    """Returns the checklist as a text to fill in."""
    steps = [" ".join(text.split()) for _, text in _ITEM.findall(_CHECKLIST.read_text("utf-8"))]
    return FORM + "".join(f"\n{number}. {text}\n{number}: \n" for number, text in enumerate(steps, 1))


def answers_in(text: str) -> dict[str, str]:
    """Returns what was written into the form: by number, and behind the two questions at its top."""
    found = re.findall(r"^(\d+|Resolve's version and edition|Operating system):[ \t]*(\S.*)$", text, re.M)
    return dict(found)


def without_private(text: str, home: Path | None = None) -> str:
    """Returns a text without paths, the user's name, and what stands in quotation marks: lines, projects, timelines."""
    home = home or Path.home()
    text = _PATH.sub("PATH", _QUOTED.sub("“…”", text))
    return re.sub(rf"\b{re.escape(home.name)}\b", "USER", text) if len(home.name) > 2 else text


def report(answers: Mapping[str, str], console: str, log: str) -> str:
    """Returns the report. ``console`` is what Resolve's console showed, ``log`` the daemon's log."""
    return "\n".join([*_report(answers, console, log), ""])


def _report(answers: Mapping[str, str], console: str, log: str) -> Iterator[str]:
    yield f"Framevox {installed_version()}, Python {platform.python_version()}"
    yield f"{platform.system()} {platform.release()}"
    for all_users in (False, True):
        entries = check(scripts_folder(all_users=all_users))
        wrong = [without_private(one.problem) for one in entries if one.problem]
        yield f"{len(entries)} entries {'for all users' if all_users else 'of the user'}" + "".join(
            f"; {problem}" for problem in wrong
        )
    journals = len(list(state.state_folder().glob("journal-*.json")))
    yield f"{journals} runs that were not finished"
    yield "\nAnswers"
    for number, answer in answers.items():
        yield f"{number}: {without_private(answer)}"
    for title, text in (("Console", console), ("Log", log)):
        yield f"\n{title}"
        for line in text.splitlines()[-_LOG_LINES:]:
            yield without_private(_AFTER_FRAME.sub("(of a line)", line))
