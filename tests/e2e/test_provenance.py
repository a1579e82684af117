"""Every way out bears the marks, as ``framevox provenance check`` and our own reader find them."""

from __future__ import annotations

import base64
import io
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from wavinfo import WavInfoReader

from framevox.engine_daemon.provenance.checking import Checked, check, check_file
from framevox.engine_daemon.provenance.facts import line_hash
from tests.otio_adapters.mlt.projects import DATA
from tests.provenance.keys import new_key, write_chain, write_key

from .conftest import Framevox, wait_for, write_timeline

LINES = [("MEI: Hello there, Jack.", 36), ("JACK: We leave at noon.", 34)]
TEXTS = ["Hello there, Jack.", "We leave at noon."]


def sure(found: Checked, *, lines: Sequence[str] = (), aigc: str = "") -> Any:
    """The facts of a file that bears every mark."""
    signature = found.signature
    assert found.status == "marked" and found.said and signature is not None, found
    assert (signature.state, signature.synthetic, signature.signer) == ("valid", True, "somebody who gave no name")
    assert (found.aigc or {}).get("ContentProducer", "") == aigc
    if lines:
        assert set(signature.facts["line_sha256"]) <= set(map(line_hash, lines))
    return signature.facts


def test_takes_stems_bundles_and_the_report_are_marked(served: Framevox, tmp_path: Path) -> None:
    cut, out = write_timeline(tmp_path / "cut.otio", LINES), tmp_path / "spoken.otioz"
    media, stems = tmp_path / "media", tmp_path / "stems"
    more = ["--media-dir", media, "--stem", stems / "{character}.wav", "--report", tmp_path / "report.html"]
    arguments = ["fill", cut, out, "--aigc", "某公司", *more, "--json"]
    cues = served.run(*arguments).json["cues"]
    takes = sorted(media.iterdir())
    assert len(takes) == 2 and sorted(Path(cue["media"]).name for cue in cues) == [take.name for take in takes]
    for take in takes:
        facts = sure(check_file(take), lines=TEXTS, aigc="某公司")
        assert facts["engine"].startswith("tone") and facts["voices"][0]["origin"] == "built-in"
        assert take.stem.endswith(facts["id"][:12]), "a take is named for its content"
    assert {stem.name for stem in stems.iterdir()} == {"MEI.wav", "JACK.wav"}
    for stem in stems.iterdir():
        sure(check_file(stem), lines=TEXTS, aigc="某公司")
        assert WavInfoReader(str(stem)).bext.time_reference > 0
    with zipfile.ZipFile(out) as bundle:
        inside = [name for name in bundle.namelist() if name.endswith(".wav")]
        assert len(inside) == 2
        for name in inside:
            sure(check(io.BytesIO(bundle.read(name))), lines=TEXTS, aigc="某公司")
    sounds = re.findall(r'id="sound-\d+">([^<]+)</script>', (tmp_path / "report.html").read_text("utf-8"))
    assert len(sounds) == 2
    for sound in sounds:
        sure(check(io.BytesIO(base64.b64decode(sound))), lines=TEXTS, aigc="某公司")

    before = {path: (path.stat().st_mtime_ns, path.read_bytes()) for path in takes}
    served.run(*arguments)
    assert {path: (path.stat().st_mtime_ns, path.read_bytes()) for path in sorted(media.iterdir())} == before

    told = served.run("provenance", "check", media, stems, out, "--json").json
    assert told["counts"] == {"unusable": 0, "broken": 0, "unmarked": 0, "marked": 6}
    assert {each["c2pa"]["state"] for each in told["files"]} == {"trusted"}, "own files are known to be one's own"


def test_a_bundle_that_is_a_folder_holds_marked_takes(served: Framevox, tmp_path: Path) -> None:
    cut, out = write_timeline(tmp_path / "cut.otio", LINES), tmp_path / "spoken.otiod"
    served.run("fill", cut, out, "--aigc", "某公司")
    inside = sorted(out.rglob("*.wav"))
    assert len(inside) == 2
    for take in inside:
        sure(check_file(take), lines=TEXTS, aigc="某公司")
    told = served.run("provenance", "check", out, "--json").json
    assert told["counts"] == {"unusable": 0, "broken": 0, "unmarked": 0, "marked": 2}


@pytest.mark.parametrize("suffix", [".mlt", ".kdenlive"])
def test_the_files_that_a_project_plays_are_marked(served: Framevox, tmp_path: Path, suffix: str) -> None:
    for path in DATA.glob("saved*"):
        shutil.copy(path, tmp_path)
    source, out = tmp_path / f"saved{suffix}", tmp_path / f"out{suffix}"
    cues = served.run("fill", source, out, "--aigc", "某公司", "--json", code=None).json["cues"]
    placed = {Path(cue["media"]).resolve() for cue in cues if cue["status"] == "placed"}
    played = {
        (tmp_path / name).resolve()
        for name in re.findall(r'<property name="resource">([^<]+\.wav)</property>', out.read_text("utf-8"))
    }
    assert placed and played == placed
    for take in played:
        sure(check_file(take), lines=[cue["text"] for cue in cues], aigc="某公司")


@pytest.mark.slow
def test_what_a_watch_writes_is_marked(served: Framevox, tmp_path: Path) -> None:
    caption = "1\n00:00:01,000 --> 00:00:03,000\nMEI: Hello there, Jack.\n\n"
    (tmp_path / "a.srt").write_text(caption)
    stem, media = tmp_path / "stem.wav", tmp_path / "out_media"
    arguments = ("a.srt", "out.otio", "--rate", "25", "--voice", "alto", "--stem", "stem.wav", "--aigc", "某公司")
    watch = served.start("watch", *arguments, cwd=tmp_path)
    try:
        for number, text in ((1, "Hello there, Jack."), (2, "We leave at noon.")):
            (tmp_path / "a.srt").write_text(caption.replace("Hello there, Jack.", text))
            wait_for(lambda number=number: len(list(media.glob("*.wav"))) == number, 60)
            wait_for(lambda text=text: stem.exists() and set(hashes(stem)) == {line_hash(text)}, 60)
            for file in (stem, *media.glob("*.wav")):
                sure(check_file(file), lines=TEXTS, aigc="某公司")
    finally:
        watch.kill()
        watch.communicate()


def hashes(path: Path) -> Sequence[str]:
    """The hashes of the lines that a file says it holds."""
    signature = check_file(path).signature
    return signature.facts["line_sha256"] if signature is not None else ()


def test_programs_of_the_python_api_and_scripts_for_dubbing_have_marked_files(served: Framevox, tmp_path: Path) -> None:
    write_timeline(tmp_path / "cut.otio", LINES)
    (tmp_path / "program.py").write_text(
        "from pathlib import Path\n"
        "import framevox\n"
        "filled = framevox.fill(framevox.load(Path('cut.otio')), Path('takes'))\n"
        "framevox.save(filled.timeline, Path('spoken.dapt'))\n"
        "cue = framevox.Cue('1', 'Hello.', framevox.Rate.parse('25'), start=0, duration=48)\n"
        "with framevox.Client.connect() as client:\n"
        "    for event in client.render([cue], framevox.Output()):\n"
        "        if isinstance(event, framevox.TakeReady):\n"
        "            marked = framevox.Marking().of(cue.text, event.take, event.media, 'one.wav')\n"
        "            Path('takes/one.wav').write_bytes(marked.written())\n"
    )
    subprocess.run([sys.executable, "program.py"], cwd=tmp_path, env=served.environment, check=True, timeout=100)
    takes = sorted((tmp_path / "takes").iterdir())
    assert len(takes) == 3
    for take in takes:
        sure(check_file(take), lines=[*TEXTS, "Hello."])
    script = (tmp_path / "spoken.dapt").read_text("utf-8")
    assert [take.name for take in takes if take.name in script] == [t.name for t in takes if t.name != "one.wav"]


def test_a_spoken_line_and_a_sample_are_marked(served: Framevox, tmp_path: Path) -> None:
    served.run("speak", TEXTS[0], "-o", "line.wav", "--aigc", "X", cwd=tmp_path)
    sure(check_file(tmp_path / "line.wav"), lines=[TEXTS[0]], aigc="X")
    served.run("voices", "--play", "tenor", "-o", "tenor.mp3", cwd=tmp_path)
    assert sure(check_file(tmp_path / "tenor.mp3"))["voices"] == [{"name": "tenor", "origin": "built-in"}]


def test_a_key_that_cannot_sign_is_named_before_anything_is_spoken(served: Framevox, tmp_path: Path) -> None:
    write_chain(tmp_path / "chain.pem", new_key())
    write_key(tmp_path / "key.pem", new_key())
    (tmp_path / "framevox.toml").write_text('[provenance]\ncertificate = "chain.pem"\nkey = "key.pem"\n')
    refused = served.run("fill", write_timeline(tmp_path / "cut.otio", LINES), tmp_path / "out.otio", code=2)
    assert "framevox.toml [provenance] certificate" in refused.err
    assert "is not the key of the first certificate" in refused.err
    assert not (tmp_path / "out.otio").exists() and not (tmp_path / "out_media").exists()
