"""A whole host: a JSON file as a timeline. `python json_host.py EDIT.json PYTHON ROOT` fills it; see docs/hosts.md.

EDIT.json is ``{"rate": "25", "start": 90000, "clips": [{"id", "name", "track", "start", "duration"}]}``, in absolute
timeline frames. PYTHON is the Python that Framevox is installed for, ROOT the folder of its packages.
"""

import importlib.util
import json
import sys
from pathlib import Path

EDIT, PYTHON, ROOT = Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3])

# The shared package, under a name of the host's own: Framevox's other packages stay out of its program's sight.
sys.modules["fv"] = importlib.util.module_from_spec(
    importlib.util.spec_from_file_location("fv", ROOT / "plugin" / "host" / "__init__.py")
)
from fv import journal, lock, progress, settings, speaking, state, take_files  # noqa: E402
from fv.errors import CancelledError, HostError  # noqa: E402
from fv.helper_process import Helper  # noqa: E402
from fv.placeholders import placeholder  # noqa: E402
from fv.takes import Outcome  # noqa: E402

state.HOST = "json"


def fill(edit, shown):
    """Fills the timeline, in steps. A program with an event loop takes one at each tick of a timer."""
    outcome, taken = Outcome(), {clip["id"] for clip in edit["clips"] if "file" in clip}
    lines = [clip for clip in edit["clips"] if "file" not in clip]
    items = [placeholder(c["id"], "clip", c["name"], c["start"], c["duration"], track=c["track"]) for c in lines]
    timeline = {"rate": edit["rate"], "drop_frame": False, "project_rate": edit["rate"], "start": edit["start"]}
    with lock.OneAtATime(), Helper(PYTHON, str(ROOT)) as helper:
        yield from helper.greeting()
        plan = yield from helper.asking(
            "plan", timeline=timeline, project=EDIT.stem, playhead=None, settings=settings.read_settings(), items=items
        )
        for sentence in plan["problems"] + plan["warnings"]:
            shown.say(sentence)
        cues, under_way = speaking.cues_of(plan), journal.Journal("json", str(EDIT))

        def place(takes):
            under_way.note(placing=[take.cue.id for take in takes])
            for take in takes:
                file = take_files.file_of(take.path)
                (outcome.unchanged if file in taken else outcome.placed).append(take.cue.id)
                if file not in taken:  # a program that plays media trims `head` samples off its beginning
                    where = {"start": take.cue.start, "duration": take.cue.duration, "head": take.head}
                    track = f"FV {take.cue.character or 'Dialogue'}"
                    edit["clips"].append(
                        {"id": file, "name": take.cue.text, "track": track, "file": take.path, **where}
                    )
            state.write_json(EDIT, edit)

        reason = yield from speaking.speak(helper, cues, shown, outcome, place)
        under_way.close()
        speaking.report(shown, outcome, cues, broken_off=reason != "finished")
        if reason != "finished":
            raise speaking.stopped(outcome, cues)


shown = progress.Progress()
try:
    progress.run_in_console(fill(json.loads(EDIT.read_text("utf-8")), shown), shown)
except (HostError, CancelledError) as error:
    sys.exit(f"Framevox: {error}")
