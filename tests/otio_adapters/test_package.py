"""What the package exports, and what its plug-ins are told."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

import framevox.otio_adapters as package
from framevox.engine_daemon.protocol.cues import Fit
from framevox.engine_daemon.protocol.errors import InputError
from framevox.otio_adapters.otio_plugin.arguments import default_media_dir, read_arguments, read_text


def test_every_name_that_is_exported_is_there() -> None:
    for name in package.__all__:
        assert getattr(package, name).__name__ == name
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        package.nothing  # noqa: B018


@pytest.mark.parametrize(
    ("asked", "given"),
    [
        (True, {}),
        (1, {}),
        ("yes", {}),
        ("fit=natural handles=24", {"fit": "natural", "handles": "24"}),
        ("media_dir='my takes' voice=MEI=alto voice=tenor", {"media_dir": "my takes", "voice": ["MEI=alto", "tenor"]}),
        ({"handles": 24}, {"handles": 24}),
    ],
)
def test_arguments_are_text_or_a_mapping(asked: Any, given: dict[str, Any]) -> None:
    assert read_text(asked) == given


def test_arguments_become_the_settings_of_fill() -> None:
    settings, media_dir = read_arguments(
        {
            "voice": {"MEI": "jf_alpha", "": "jm_kumo"}, "fit": "ratio:1.1", "max_ratio": 1.2, "handles": 24,
            "sample_rate": 44100, "media_dir": "~/takes", "language": "zh", "emotion": "happy=0.5", "take": 2,
            "format": "flac", "loudness": "off",
        }
    )  # fmt: skip
    assert (settings.voices.default, settings.voices.by_character) == ("jm_kumo", {"MEI": "jf_alpha"})
    assert settings.fit == Fit("ratio", Fraction(11, 10), max_ratio=Fraction(6, 5))
    output = settings.output
    assert (output.handles, output.sample_rate, output.format, output.loudness) == (24, 44100, "flac", None)
    assert (settings.language, settings.take_number) == ("zh", 2)
    assert settings.emotion is not None and media_dir == Path.home() / "takes"
    assert read_arguments({"voice": "MEI=alto"})[0].voices.by_character == {"MEI": "alto"}
    assert read_arguments({})[1] is None and default_media_dir("小明 1").name == "XiaoMing-1_media"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"pitch": 3}, "'pitch' is no argument of Framevox: use one of voice, fit"),
        ({"max_ratio": 0.5}, "max ratio 0.5: give at least 1"),
        ({"fit": "ratio:2"}, "ratio:2 lies outside of the limits 0.75 to 1.35"),
        ({"language": "fr"}, "language: 'fr' is not one of"),
        ({"format": "mp3", "sample_rate": 96000}, "MP3 has no sample rate of 96000 Hz"),
        ({"emotion": "happy=0.5", "emotion_voice": "alto"}, "are given: use one of them"),
        ({"voice": ["alto", "tenor"]}, "voice: two voices for every line"),
    ],
)
def test_an_argument_that_cannot_be_used_is_named(given: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError) as error:
        read_arguments(given)
    assert said in str(error.value)
