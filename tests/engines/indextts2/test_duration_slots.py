"""The duration slots hold the number of codes asked for where a checkpoint learned that, and constants elsewhere."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from framevox.engine_daemon.protocol.errors import InputError

from .conftest import texts

if TYPE_CHECKING:
    from framevox.engine_daemon.engines.indextts2 import IndexTTS2Model, Prompt

Load = Callable[..., "IndexTTS2Model"]


@pytest.fixture
def changed(tmp_path: Path) -> Load:
    """Loads a copy of a model folder with ``use_duration_control`` in its configuration, and tensors that replace
    those of the language model."""
    import torch
    import yaml

    from framevox.engine_daemon.engines.indextts2 import IndexTTS2Model

    def load(folder: Path, learned: object = True, **tensors: Any) -> IndexTTS2Model:
        copy = tmp_path / folder.name
        shutil.copytree(folder, copy, copy_function=os.link)
        config = yaml.safe_load((folder / "config.yaml").read_text("utf-8"))
        config["gpt"]["use_duration_control"] = learned
        state = torch.load(folder / "gpt.pth", weights_only=True) | tensors
        for name in ("config.yaml", "gpt.pth"):
            (copy / name).unlink()  # a link: never written through
        (copy / "config.yaml").write_text(yaml.safe_dump(config), "utf-8")
        torch.save(state, copy / "gpt.pth")
        return IndexTTS2Model.from_pretrained(copy)

    return load


def test_the_number_of_codes_stands_in_the_first_slot(
    model: IndexTTS2Model, folder: Path, prompts: tuple[Prompt, Prompt], changed: Load
) -> None:
    learned, line = changed(folder), (texts(1)[0], prompts[0], prompts[0].emotion)
    table, none = learned.gpt.mel_pos_embedding.weight, learned.gpt.speed_emb.weight[0]
    released, asked, free = model.prefix(*line), learned.prefix(*line, codes=17), learned.prefix(*line)
    assert asked[32].equal(table[17]) and asked[33].equal(none)
    assert free[32].equal(none) and free[33].equal(none)
    for other in (asked, free):
        assert other[:32].equal(released[:32]) and other[34:].equal(released[34:])
    # What is past the table is as long as the table knows.
    assert learned.prefix(*line, codes=9999)[32].equal(table[-1])


def test_in_2_5_it_takes_the_place_of_zeros(
    model25: IndexTTS2Model, folder25: Path, record: dict[str, Any], changed: Load
) -> None:
    learned = changed(folder25)
    prompt = model25.encode_prompt(record["spk_audio_24k"], 24000)
    line = (texts(1)[0], prompt, prompt.emotion, 3)
    released, asked, free = model25.prefix(*line), learned.prefix(*line, codes=11), learned.prefix(*line)
    assert asked[1].equal(learned.gpt.mel_pos_embedding.weight[11]) and not asked[2].any()
    assert free.equal(released) and not released[1:3].any()
    assert asked[:1].equal(released[:1]) and asked[3:].equal(released[3:])


def test_the_released_constants_stay_whatever_is_asked_for(
    model: IndexTTS2Model, model25: IndexTTS2Model, prompts: tuple[Prompt, Prompt], record: dict[str, Any]
) -> None:
    line = (texts(1)[0], prompts[0], prompts[0].emotion)
    assert model.prefix(*line, codes=17).equal(model.prefix(*line))
    assert model.prefix(*line)[32:34].equal(model.gpt.speed_emb.weight.flip(0))
    prompt = model25.encode_prompt(record["spk_audio_24k"], 24000)
    line = (texts(1)[0], prompt, prompt.emotion)
    assert model25.prefix(*line, codes=17).equal(model25.prefix(*line))


def test_a_line_decoded_to_a_length_asks_for_its_codes_and_is_steered_to_them(
    folder: Path, prompts: tuple[Prompt, Prompt], changed: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    from framevox.engine_daemon.engines.base import Voice, unwrap
    from framevox.engine_daemon.engines.indextts2.decode import Sampling
    from framevox.engine_daemon.engines.indextts2.decode_lines import LineDecoder
    from framevox.engine_daemon.engines.indextts2.parts import ReadLine
    from framevox.engine_daemon.engines.indextts2.steer import budget
    from framevox.engine_daemon.engines.indextts2.text_ids import Piece, Segment
    from framevox.engine_daemon.text.line import Line

    learned, asked = changed(folder), []
    slots = learned.gpt.duration_slots
    monkeypatch.setattr(learned.gpt, "duration_slots", lambda codes: asked.append(codes) or slots(codes))
    segments = tuple(Segment((Piece(tuple(ids), None, 3),)) for ids in texts(2))
    read = ReadLine(Line("", ()), Voice("", "", ("en",), prompts[0]), prompts[0].emotion, segments, seed=5)
    decoder = LineDecoder(learned, Sampling(), lambda _: None)
    line = unwrap(decoder.decode([read])[0])
    assert asked == [None, None]
    asked.clear()
    for ratio in (0.75, 1.25):
        made = unwrap(decoder.decode_to_spans([line], [round(line.neutral * ratio)])[0])
        goals, asked[:] = [*asked], []
        for part, own, goal in zip(made.parts, line.parts, goals, strict=True):
            assert abs(goal - ratio * len(own.codes)) < 1.5
            if made is not line:
                assert budget(goal).low <= len(part.codes) <= budget(goal).high


def test_a_switch_that_is_none_is_named(folder: Path, changed: Load) -> None:
    with pytest.raises(InputError, match=r"config\.yaml.*gpt\.use_duration_control: expected `bool`, got `int`"):
        changed(folder, 3)


def test_a_table_of_rows_that_no_release_has_is_refused(folder: Path, changed: Load) -> None:
    import torch

    width = torch.load(folder / "gpt.pth", weights_only=True)["speed_emb.weight"].shape[1]
    with pytest.raises(InputError, match=r"speed_emb\.weight is \(90, \d+\), not \(2, \d+\)"):
        changed(folder, **{"speed_emb.weight": torch.zeros(90, width)})
