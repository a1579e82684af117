"""Rules of pronunciation and a daemon that runs: they hold from the next line, and only what they change is made."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import opentimelineio as otio
import pytest

from framevox.engine_daemon.client import Client
from framevox.engine_daemon.client.events import Failed, TakeReady
from framevox.engine_daemon.protocol.cues import Cue, Output
from framevox.engine_daemon.protocol.errors import InputError
from framevox.engine_daemon.protocol.rules import Rule
from framevox.engine_daemon.protocol.timebase import Rate

from .conftest import Framevox, write_timeline

OUTPUT = Output(handles=0)


@pytest.fixture
def client(alone: Framevox) -> Iterator[Client]:
    with Client.connect(start=False, home=alone.home) as connected:
        yield connected


def made(client: Client, *cues: Cue) -> dict[str, bool]:
    """Which cues were spoken, and did not come out of the store."""
    return {event.take.cue: not event.cached for event in client.render(cues, OUTPUT) if isinstance(event, TakeReady)}


def cue(id: str, text: str, *rules: Rule) -> Cue:
    return Cue(id, text, Rate(Fraction(24)), 0, None, voice="alto", readings=rules)


def test_a_rule_holds_from_the_next_line_and_only_its_takes_are_made_again(alone: Framevox, client: Client) -> None:
    lines = [cue("a", "我去银行"), cue("b", "你好")]
    assert made(client, *lines) == {"a": True, "b": True}
    alone.run("say-as", "银行", "yin2 hang2")
    assert made(client, *lines) == {"a": False, "b": False}
    alone.run("say-as", "银行", "yin2 xing2")
    assert made(client, *lines) == {"a": True, "b": False}
    alone.run("say-as", "--remove", "银行")
    assert made(client, *lines) == {"a": False, "b": False}


def test_a_cues_own_rules_go_before_the_users(alone: Framevox, client: Client) -> None:
    alone.run("say-as", "银行", "yin2 xing2")
    own = Rule("银行", "yin2 hang4")
    assert made(client, cue("a", "我去银行", own)) == {"a": True}
    alone.run("say-as", "--remove", "银行")
    assert made(client, cue("a", "我去银行", own)) == {"a": False}


def test_a_bad_rule_fails_its_cue_and_no_other(client: Client) -> None:
    cues = [cue("a", "我去银行", Rule("银行", "hnag2")), cue("b", "你好")]
    events = list(client.render(cues, OUTPUT))
    [failed] = [event for event in events if isinstance(event, Failed)]
    assert failed.cue == "a" and "character 1, 'hnag2', is not pinyin" in failed.message
    assert [event.take.cue for event in events if isinstance(event, TakeReady)] == ["b"]


def test_a_users_file_that_cannot_be_used_is_named(alone: Framevox, client: Client) -> None:
    (alone.home / "framevox.toml").write_text('[readings]\n"银行" = "hnag2"\n', "utf-8")
    with pytest.raises(InputError, match=r"framevox\.toml \[readings\]: 银行 = 'hnag2'"):
        client.render([cue("a", "你好")], OUTPUT)


PLAIN, RULED = 0.32, 0.42
"""What the tone engine hums for 我去银行 at its own pace, without a rule and with one."""


@pytest.mark.slow
def test_every_host_uses_the_films_rules(alone: Framevox, tmp_path: Path) -> None:
    film = tmp_path / "film"
    cut = write_timeline(film / "cut.otio", [("我去银行", 48), ("你好", 48)])

    def hummed(*command: str | Path, folder: Path = film) -> float:
        return float(alone.run(*command, "--json", cwd=folder).json["cues"][0]["natural_seconds"])

    def converted(folder: Path) -> float:
        """By a program that knows OpenTimelineIO alone."""
        alone.extra["FRAMEVOX_FILL"] = "1"
        script = (
            "import opentimelineio as otio; t = otio.adapters.read_from_file('cut.otio'); "
            "otio.adapters.write_to_file(t, 'out.otio', hook_function_argument_map={'framevox_fill': 'fit=natural'})"
        )
        done = subprocess.run(
            [sys.executable, "-c", script],
            cwd=folder,
            env=alone.environment,
            capture_output=True,
            text=True,
            check=True,
        )
        clip = otio.adapters.read_from_file(str(folder / "out.otio")).tracks[0][0]
        assert "1 placed" in done.stderr or "2 placed" in done.stderr, done.stderr
        return float(clip.metadata["framevox"]["take"]["natural_seconds"])

    fill, speak = ("fill", cut, film / "a.otio"), ("speak", "我去银行", "-o", film / "line.wav")
    for command in (fill, speak):
        assert hummed(*command) == pytest.approx(PLAIN, abs=0.03)
    alone.run("say-as", "银行", "yin2 xing2", "--project", cwd=film)
    assert hummed(*fill, folder=tmp_path) == pytest.approx(RULED, abs=0.03)
    assert hummed(*speak) == pytest.approx(RULED, abs=0.03)
    assert hummed(*speak, folder=tmp_path) == pytest.approx(PLAIN, abs=0.03)
    assert converted(film) == pytest.approx(RULED, abs=0.03)


@pytest.mark.slow
def test_live_lines_have_the_rules_of_the_moment(alone: Framevox, tmp_path: Path) -> None:
    alone.run("preset", "add", "girl", "--voice", "alto")

    def length() -> int:
        done = alone.run("live", "--preset", "girl", "-o", tmp_path / "out", stdin="我去银行\n", cwd=tmp_path)
        assert done.code == 0
        [file] = (tmp_path / "out").glob("*.wav")
        size = file.stat().st_size
        file.unlink()
        return size

    plain = length()
    alone.run("say-as", "银行", "yin2 xing2", "--project", cwd=tmp_path)
    assert length() > plain
    (tmp_path / "framevox.toml").unlink()
    assert length() == plain
    alone.run("say-as", "银行", "yin2 xing2")
    assert length() > plain
