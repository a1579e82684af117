"""IndexTTS-2.5 in the engine: its text, lengths, emotions, and folders that are not what they seem."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from framevox.engine_daemon.engines.base import PLAIN, Direction, Plan, Speech, unwrap
from framevox.engine_daemon.protocol.emotion import EMOTIONS, Emotion
from framevox.engine_daemon.protocol.errors import InputError
from framevox.engine_daemon.text import read_line

from .conftest import spoiled_copy

if TYPE_CHECKING:
    from framevox.engine_daemon.engines.indextts2 import IndexTTS2Model
    from framevox.engine_daemon.engines.indextts2.engine import IndexTTS2Engine
    from framevox.engine_daemon.engines.indextts2.text_ids25 import TextFrontEnd25

LINES = (
    ("Hello, the world! It is late.", "en"),
    ("你好，世界。", "zh"),
    ("¿Está la casa al otro lado del río?", "es"),
    ("今日は天気がいいです。", "ja"),
    ("مرحبا، كيف حالك؟", "ar"),
)


@pytest.fixture(scope="module")
def engine(
    folder25: Path, record: dict[str, Any], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[IndexTTS2Engine]:
    import soundfile

    from framevox.engine_daemon.engines.indextts2 import IndexTTS2Model
    from framevox.engine_daemon.engines.indextts2.engine import IndexTTS2Engine

    model = IndexTTS2Model.from_pretrained(folder25)
    model.gpt.mel_head.bias[model.config.gpt.stop_mel] -= 2.0  # random weights end many a line at once
    folder = tmp_path_factory.mktemp("voices25")
    soundfile.write(folder / "anna.wav", record["spk_audio_24k"], 24000)
    soundfile.write(folder / "ben.flac", record["emo_audio_24k"], 24000)
    yield IndexTTS2Engine(model, folder, tmp_path_factory.mktemp("cache25"), steps=2)


@pytest.fixture(scope="module")
def plans(engine: IndexTTS2Engine) -> list[Plan]:
    voices = [engine.voice(name) for name in ("anna", "ben", "anna", "ben", "anna")]
    made = engine.plan([(read_line(*line), voice, PLAIN) for line, voice in zip(LINES, voices, strict=True)])
    return [unwrap(plan) for plan in made]


@pytest.fixture(scope="module")
def front(folder25: Path, model25: IndexTTS2Model) -> TextFrontEnd25:
    from framevox.engine_daemon.engines.indextts2.text_ids25 import TextFrontEnd25

    return TextFrontEnd25.of(folder25, model25.config)


def written(front: TextFrontEnd25, text: str, language: str = "auto") -> list[str]:
    """What the model reads of a line, segment by segment."""
    segments, _ = front.read(read_line(text, language))
    return [front._table.decode(segment.ids) for segment in segments]


# --- lengths and emotions


def test_every_language_is_spoken_to_within_half_a_step_of_the_span(engine: IndexTTS2Engine, plans: list[Plan]) -> None:
    for ratio in (0.65, 0.95, 1.6):
        spans = [round(plan.natural * ratio) for plan in plans]
        made = dict(engine.speak(list(zip(plans, spans, strict=True))))
        for i, span in enumerate(spans):
            speech = unwrap(made[i])
            assert abs((speech.end - speech.start) - span) <= engine.step // 2
            assert [word.text for word in speech.words] == [word.text for word in plans[i].line.words]


def test_a_code_lasts_two_frames_so_as_many_codes_last_twice_as_long(
    model: IndexTTS2Model, model25: IndexTTS2Model
) -> None:
    assert model25.frames(50) == model.frames(100) == round(100 * 441 / 256)


def test_a_length_is_steered_to_in_time_and_not_in_codes() -> None:
    import torch

    from framevox.engine_daemon.engines.indextts2.decode import stop_bias
    from framevox.engine_daemon.engines.indextts2.steer import budget

    def bias(codes: int, after: int, frames_per_code: int) -> float:
        aim = budget(codes, frames_per_code)
        row = torch.tensor([[aim.low, aim.codes, aim.high, aim.slope]], dtype=torch.float32)
        return float(stop_bias(torch.tensor([after]), row)[0])

    assert bias(100, 104, 1) == bias(50, 52, 2) == 2.0  # 80 ms past the budget either way


def test_a_line_is_decoded_again_to_a_length_far_from_its_own(
    engine: IndexTTS2Engine, plans: list[Plan], monkeypatch: pytest.MonkeyPatch
) -> None:
    from framevox.engine_daemon.engines.indextts2 import decode_lines

    asked: list[int] = []
    steered = decode_lines.decode_to_length

    def watched(model: Any, wanted: Any, *rest: Any, **more: Any) -> Any:
        asked.extend(line.codes for line in wanted)
        return steered(model, wanted, *rest, **more)

    monkeypatch.setattr(decode_lines, "decode_to_length", watched)
    plan = plans[0]
    codes = len(plan.state.parts[0].codes)
    ratio = round(plan.natural * 1.5) / plan.natural
    list(engine.speak([(plan, round(plan.natural * 1.5))]))
    assert asked == [round(codes * ratio)]


def test_streamed_pieces_are_the_spoken_line(engine: IndexTTS2Engine, plans: list[Plan]) -> None:
    span = round(plans[0].natural * 1.1)
    [(_, whole)] = engine.speak([(plans[0], span)])
    *pieces, last = engine.stream(plans[0], span)
    assert isinstance(last, Speech) and isinstance(whole, Speech)
    sound = np.concatenate([piece for piece in pieces if isinstance(piece, np.ndarray)])
    assert sound.shape == whole.samples.shape
    assert np.abs(sound - whole.samples).max() < 1e-3


def test_emotions_change_the_line(engine: IndexTTS2Engine) -> None:
    line, voice = read_line(*LINES[0]), engine.voice("anna")
    angry = tuple(0.9 if name == "angry" else 0.0 for name in EMOTIONS)
    directions = [
        PLAIN,
        Direction(emotion=Emotion(weights=angry)),
        Direction(emotion=Emotion(weights=angry, strength=0.3)),
        Direction(emotion=Emotion(voice="ben"), emotion_voice=engine.emotion_voice("ben")),
    ]
    vectors = [unwrap(plan).state.read.emotion for plan in engine.plan([(line, voice, how) for how in directions])]
    for i, one in enumerate(vectors):
        for other in vectors[:i]:
            assert float((one - other).norm() / one.norm()) > 0.01


# --- text


@pytest.mark.parametrize(
    ("text", "language", "read"),
    [
        ("我用iPhone打电话。", "zh", "<|zh|> 我用iphone打电话."),
        ("银行[yin2 hang2]在那边？", "zh", "<|zh|> {YIN2}{HANG2}在那边?"),
        ("他[ta1]觉[jue2]醒", "zh", "<|zh|> {TA1}{JVE2}醒"),
        ("Don't stop!!", "en", "<|en|> don't stop!"),
        ("At 14:30 sharp", "en", "<|en|> at two thirty p m sharp"),
        ("¡Hola! ¿Qué tal?", "es", "<|es|> ¡HOLA! ¿QUÉ TAL?"),
        ("猫が3匹います。", "ja", None),
    ],
)
def test_a_line_is_written_as_the_model_reads_it(
    front: TextFrontEnd25, text: str, language: str, read: str | None
) -> None:
    (found,) = written(front, text, language)
    if read is None:
        assert found.startswith("<|ja|> 猫 が ") and not any(char.isdigit() for char in found)
    elif ":" in text:
        assert found.startswith("<|en|> at ") and "thirty" in found and "," not in found
    else:
        token = "<|SPECIAL_TOKEN_2|>"
        assert found == read.replace("{", token).replace("}", token)


def test_the_faults_of_the_release_are_mended_and_kept_only_where_that_is_asked_for(
    front: TextFrontEnd25, folder25: Path, model25: IndexTTS2Model
) -> None:
    from framevox.engine_daemon.engines.indextts2.text_ids25 import TextFrontEnd25

    released = TextFrontEnd25.of(folder25, model25.config, as_released=True)
    line = read_line("It is 14:30 now!", "en")
    (mended,), _ = front.read(line)
    (kept,), _ = released.read(line)
    assert 0 in mended.ids and 1 not in mended.ids  # "!" is there, and no stop
    assert kept.ids[-1] == 1
    assert "thirty" in front._table.decode(mended.ids) and "," not in front._table.decode(mended.ids)
    assert "fourteen,thirty" in front._table.decode(kept.ids[:-1])


def test_a_long_line_is_cut_after_sentences_and_every_segment_says_its_language(front: TextFrontEnd25) -> None:
    from framevox.engine_daemon.engines.indextts2.text_ids import MAX_SEGMENT

    text = " ".join(["The rain in the land of the hills is late again, and nobody minds."] * 12)
    segments, _ = front.read(read_line(text, "en"))
    assert len(segments) > 1
    for segment in segments:
        assert len(segment.ids) <= MAX_SEGMENT and segment.language == 0
        said = front._table.decode(segment.ids)
        assert said.startswith("<|en|> the rain") and said.endswith(".")
    spoken = [piece.word for segment in segments for piece in segment.pieces if piece.word is not None]
    assert [word.text for word in spoken] == [word.text for word in read_line(text, "en").words]


def test_a_language_that_it_does_not_speak_is_named(front: TextFrontEnd25) -> None:
    with pytest.raises(InputError, match=r"is ko, which this model .* write it in zh, en, ja, es or ar"):
        front.read(read_line("안녕하세요", "ko"))


def test_the_built_in_voices_say_who_speaks_arabic() -> None:
    from framevox.engine_daemon.engines.kokoro.phonemes import phones
    from framevox.engine_daemon.engines.kokoro.stock import default

    with pytest.raises(InputError, match=r"is ar, which the built-in voices do not speak: .*models pull indextts2\.5"):
        phones(read_line("مرحبا"))
    with pytest.raises(InputError, match=r"no packaged voice speaks ar: .*models pull indextts2\.5"):
        default("ar")


# --- folders


@pytest.fixture
def spoiled(folder25: Path, tmp_path: Path) -> Callable[[str, Callable[[Path], None]], str]:
    """Loads a copy of the folder in which ``spoil(file)`` was done to one file; returns the error's message."""
    from framevox.engine_daemon.engines.indextts2 import IndexTTS2Model
    from framevox.engine_daemon.engines.indextts2.front_end import front_end

    def load(name: str, spoil: Callable[[Path], None]) -> str:
        copy = spoiled_copy(folder25, tmp_path / "model", name, spoil)
        with pytest.raises(InputError) as caught:
            model = IndexTTS2Model.from_pretrained(copy)
            front_end(copy, model.config)
        return str(caught.value)

    return load


@pytest.mark.parametrize("name", ["gpt.pth", "s2mel.pth", "codec.pth", "multilingual_zh_ja_yue_char_del.tiktoken"])
def test_a_file_cut_short_is_named(spoiled: Callable[..., str], name: str) -> None:
    message = spoiled(name, lambda file: os.truncate(file, file.stat().st_size // 2))
    assert name in message
    assert "cut short" in message or "damaged" in message or "different releases" in message


@pytest.mark.parametrize("name", ["gpt.pth", "codec.pth", "multilingual_zh_ja_yue_char_del.tiktoken"])
def test_a_missing_file_is_named(spoiled: Callable[..., str], name: str) -> None:
    message = spoiled(name, Path.unlink)
    assert name in message and "missing" in message and "framevox models pull indextts2 (or indextts2.5)" in message


def test_a_table_with_bytes_missing_is_refused(spoiled: Callable[..., str]) -> None:
    def drop(file: Path) -> None:
        rows = file.read_bytes().splitlines(keepends=True)
        file.write_bytes(b"".join(rows[:40] + rows[41:]))

    assert "is damaged or cut short" in spoiled("multilingual_zh_ja_yue_char_del.tiktoken", drop)


def test_a_language_model_of_the_other_release_is_told_from_a_damaged_one(
    spoiled: Callable[..., str], folder: Path
) -> None:
    message = spoiled("gpt.pth", lambda file: shutil.copy(folder / "gpt.pth", file) and None)
    assert "gpt.pth is of IndexTTS-2, and config.yaml beside it of IndexTTS-2.5: the folder mixes" in message


def test_files_of_this_release_in_a_folder_of_the_other_are_named(folder: Path, folder25: Path, tmp_path: Path) -> None:
    from framevox.engine_daemon.engines.indextts2 import IndexTTS2Model

    for name, said in (
        ("gpt.pth", r"gpt\.pth is of IndexTTS-2\.5, and config\.yaml beside it of IndexTTS-2:"),
        ("s2mel.pth", r"s2mel\.pth has no net/gpt_layer"),
        ("config.yaml", r"gpt\.pth is of IndexTTS-2, and config\.yaml beside it of IndexTTS-2\.5:"),
    ):
        copy = tmp_path / name
        shutil.copytree(folder, copy, copy_function=os.link)
        (copy / name).unlink()
        shutil.copy(folder25 / name, copy / name)
        with pytest.raises(InputError, match=said):
            IndexTTS2Model.from_pretrained(copy)


@pytest.mark.parametrize(
    ("change", "version"),
    [
        ({}, "2.5"),
        ({"version": None}, "2.5"),
        ({"version": 2.0}, "2.5"),  # the codec decides
    ],
)
def test_the_release_is_told_by_the_configuration(
    folder25: Path, tmp_path: Path, change: dict[str, Any], version: str
) -> None:
    import yaml

    from framevox.engine_daemon.engines.indextts2.loading.config import read_config

    tree = yaml.safe_load((folder25 / "config.yaml").read_text()) | change
    path = tmp_path / "config.yaml"
    path.write_text(yaml.safe_dump({key: value for key, value in tree.items() if value is not None}))
    assert read_config(path).version == version


@pytest.mark.parametrize("version", [1, 1.5, 3])
def test_another_release_is_refused_by_its_number(folder: Path, tmp_path: Path, version: float) -> None:
    import yaml

    from framevox.engine_daemon.engines.indextts2.loading.config import read_config

    tree = yaml.safe_load((folder / "config.yaml").read_text()) | {"version": version}
    path = tmp_path / "config.yaml"
    path.write_text(yaml.safe_dump(tree))
    with pytest.raises(InputError, match=rf"is of IndexTTS-{version:g}: the engine reads IndexTTS-2 and IndexTTS-2\.5"):
        read_config(path)


def test_what_the_release_leaves_in_its_files_is_passed_over_by_name_and_listed(model25: IndexTTS2Model) -> None:
    unread = {Path(source).name: names for source, names in model25.unread.items()}
    assert "text_head.weight" in unread["gpt.pth"]
    assert {name.partition(".")[0] for name in unread["codec.pth"]} == {"encoder", "down", "quantizer"}


def test_a_tensor_that_no_release_has_is_refused(spoiled: Callable[..., str]) -> None:
    import torch

    def change(file: Path) -> None:
        state = torch.load(file, weights_only=True)
        state["model"]["second_decoder.weight"] = torch.zeros(2)
        torch.save(state, file)

    assert "unexpected: second_decoder.weight" in spoiled("codec.pth", change)
