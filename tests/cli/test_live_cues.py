"""What a line of standard input says, and the cue that a preset makes of it."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from framevox.engine_daemon.project.live_presets import LivePreset
from framevox.engine_daemon.protocol.cues import Fit
from framevox.engine_daemon.protocol.errors import InputError
from framevox.plugin.cli.live_cues import Preset, Said, read_said


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FRAMEVOX_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_line_is_text_or_an_object() -> None:
    assert read_said("\ufeff感谢老铁!\r".encode(), 1) == Said("1", "感谢老铁!", {})
    assert read_said("小明：你好".encode(), 4) == Said("4", "你好", {}, "小明")
    said = read_said(b'{"text": "Get out!", "id": 9, "emotion": "angry", "emotion_strength": 0.5, "take": 2}', 1)
    assert said == Said("9", "Get out!", {"emotion": "angry", "emotion_strength": "0.5", "take": "2"})
    assert read_said(b'{"stop": true}', 3).stop and not read_said(b'{"stop": false, "text": "a"}', 3).stop
    assert read_said(b"[nods] Yes.", 1).text == "Yes."


@pytest.mark.parametrize("content", [b'{"stop": 1}', b'{"text": "a", "id": ""}', b'{"text": "a", "id": true}', b"{}"])
def test_what_is_no_line_is_refused(content: bytes) -> None:
    with pytest.raises(InputError):
        read_said(content, 1)


def test_a_preset_gives_what_the_line_does_not_say() -> None:
    preset = Preset(
        LivePreset(name="girl", voice="alto", fit="ratio:11/10", emotion="sad=0.4", language="zh", loudness="off")
    )
    cue = preset.cue(Said("a", "你好", {}))
    assert (cue.voice, cue.language, cue.fit, cue.duration) == ("alto", "zh", Fit("ratio", Fraction(11, 10)), None)
    assert cue.emotion and cue.emotion.total == pytest.approx(0.4) and preset.output(48000).loudness is None
    own = preset.cue(Said("a", "hello", {"fit": "natural", "emotion": "happy", "language": "en", "take": "3"}))
    assert (own.language, own.fit.policy, own.take_number) == ("en", "natural", 3) and own.emotion != cue.emotion


def test_rules_of_the_current_folder_hold_from_the_next_line(home: Path) -> None:
    preset = Preset(LivePreset(name="girl"))
    said = Said("a", "我去银行", {})
    assert preset.cue(said).readings == ()
    (home / "framevox.toml").write_text('[readings]\n"银行" = "yin2 xing2"\n', encoding="utf-8")
    assert [rule.text for rule in preset.cue(said).readings] == ["银行"]


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("fit", "fill", "preset bad: .* a live line has none"),
        ("fit", "ratio:9", "preset bad: .*limits"),
        ("language", "xx", "preset bad: 'xx' is not one of"),
        ("emotion", "happy=9", "preset bad: .*happy"),
        ("voice", "./gone.bin", "preset bad: .*gone.bin: the file cannot be read"),
        ("take", "0", "preset bad: '0' is not the number of a take"),
    ],
)
def test_a_preset_with_a_bad_value_is_named(key: str, value: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        Preset(LivePreset(name="bad", **{key: value}))  # type: ignore[arg-type]
