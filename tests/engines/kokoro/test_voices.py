"""Voice files and blends: what is taken, and what is refused with a message that names it."""

from __future__ import annotations

import collections
import io
import os
import pickle
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from framevox.engine_daemon.engines.kokoro import stock, voices
from framevox.engine_daemon.engines.kokoro.blend import parse_blend
from framevox.engine_daemon.engines.kokoro.voices import VoiceShelf, parse_voice, voice_key
from framevox.engine_daemon.protocol.errors import InputError

STYLES = np.random.default_rng(7).normal(size=(510, 1, 256)).astype("<f4")


def npy(array: np.ndarray) -> bytes:
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


def npz(**arrays: np.ndarray) -> bytes:
    file = io.BytesIO()
    np.savez(file, **arrays)
    return file.getvalue()


class _Named:
    """Pickles as a global of a module that is not here: what torch would write."""

    def __init__(self, module: str, name: str) -> None:
        self.name = (module, name)


class _TorchPickler(pickle._Pickler):  # type: ignore[name-defined,misc]  # the Python one can write any global
    def persistent_id(self, obj: Any) -> Any:
        return obj if isinstance(obj, tuple) and obj and obj[0] == "storage" else None

    def save(self, obj: Any, save_persistent_id: bool = True) -> None:
        if isinstance(obj, _Named):
            self.write(b"c" + "\n".join(obj.name).encode() + b"\n")
        elif isinstance(obj, _Tensor):
            self.save(_Named("torch._utils", "_rebuild_tensor_v2"))
            self.save(obj.arguments)
            self.write(b"R")
        else:
            super().save(obj, save_persistent_id)


class _Tensor:
    def __init__(self, *arguments: Any) -> None:
        self.arguments = arguments


def torch_file(array: np.ndarray, *, stored: bytes | None = None, stride: tuple[int, ...] = (256, 256, 1)) -> bytes:
    """A tensor as torch.save writes it: a zip of ``data.pkl`` and the storage's bytes."""
    storage = ("storage", _Named("torch", "FloatStorage"), "0", "cpu", array.size)
    buffer = io.BytesIO()
    pickler = _TorchPickler(buffer, protocol=2)
    pickler.dump(_Tensor(storage, 0, array.shape, stride, False, collections.OrderedDict()))
    return archive({"af/data.pkl": buffer.getvalue(), "af/data/0": array.tobytes() if stored is None else stored})


def archive(members: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as out:
        for name, data in members.items():
            out.writestr(name, data)
    return file.getvalue()


@pytest.mark.parametrize(
    "data",
    [STYLES.tobytes(), npy(STYLES), npy(STYLES[:, 0]), npz(af=STYLES), torch_file(STYLES)],
    ids=["raw", "npy", "npy without the middle axis", "npz", "torch"],
)
def test_every_form_of_a_voice_file_gives_the_same_styles(data: bytes) -> None:
    assert np.array_equal(parse_voice(data, "af.bin"), STYLES[:, 0])


BROKEN = STYLES.copy()
BROKEN[100, 0, 3] = np.nan


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "not a Kokoro voice"),
        (STYLES.tobytes()[:-1], "not a Kokoro voice"),
        (STYLES.tobytes() * 5, "too many"),
        (BROKEN.tobytes(), "not finite"),
        (npy(STYLES)[:-1000], "damaged"),
        (npy(STYLES[:509]), "509x1x256"),
        (npy(STYLES.astype("<i4")), "int32"),
        (npz(af=STYLES, am=STYLES), "2 arrays"),
        (torch_file(STYLES)[:-1000], "damaged"),
        (torch_file(STYLES, stored=STYLES.tobytes()[:4000]), "cut short"),
        (torch_file(STYLES, stride=(1, 510, 510)), "row by row"),
        (archive({"af/data.pkl": pickle.dumps({"a": 1}, 2)}), "holds a dict"),
        (archive({"readme.txt": b"hello"}), "0 arrays"),
        (b"PK\x03\x04garbage", "damaged"),
    ],
)
def test_anything_else_is_refused_by_name(data: bytes, says: str) -> None:
    with pytest.raises(InputError, match=says) as caught:
        parse_voice(data, "af_heart.pt")
    assert "af_heart.pt" in str(caught.value)


def test_a_pickle_that_would_run_something_runs_nothing(tmp_path: Path) -> None:
    witness = tmp_path / "ran"

    class Attack:
        def __reduce__(self) -> Any:
            return os.mkdir, (str(witness),)

    with pytest.raises(InputError, match="not part of a tensor"):
        parse_voice(archive({"x/data.pkl": pickle.dumps(Attack(), 2)}), "x.pt")
    assert not witness.exists()


def test_a_zip_that_unpacks_to_too_much_is_not_unpacked() -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as out:
        out.writestr("a.npy", bytes(50_000_000))
    with pytest.raises(InputError, match="too many"):
        parse_voice(file.getvalue(), "bomb.npz")


def test_shares_of_a_blend_are_normalised() -> None:
    assert parse_blend("jf_alpha:3+jm_kumo:1") == {"jf_alpha": 0.75, "jm_kumo": 0.25}
    assert parse_blend("jf_alpha + jm_kumo") == {"jf_alpha": 0.5, "jm_kumo": 0.5}
    assert parse_blend("jm_kumo") == {"jm_kumo": 1.0}


@pytest.mark.parametrize(
    "spec",
    ["", "jf_alpha:-1+jm_kumo:2", "jf_alpha:0", "jf_alpha:nan", "jf_alpha:inf", "a+", "jf_alpha:x", "../etc/passwd"],
)
def test_a_blend_that_cannot_be_read_says_how_to_write_one(spec: str) -> None:
    with pytest.raises(InputError, match=r"jf_alpha:0\.6\+jm_kumo:0\.4|sum to more than 0"):
        parse_blend(spec)


def test_an_unknown_voice_is_answered_with_the_known_ones(tmp_path: Path) -> None:
    (tmp_path / "af_heart.bin").write_bytes(STYLES.tobytes())
    with pytest.raises(InputError, match=r"'nobody'.*af_heart.*jf_alpha.*jm_kumo") as caught:
        VoiceShelf(tmp_path).timbre("jf_alpha:0.5+nobody:0.5")
    assert caught.value.code == "unknown-voice"


def test_a_file_in_the_folder_is_a_voice_by_its_name_at_once(tmp_path: Path) -> None:
    shelf = VoiceShelf(tmp_path / "voices")
    assert len(shelf.names()) == 54 and "mine" not in shelf.names()
    (tmp_path / "voices").mkdir()
    for name in ("mine", "af_heart"):
        (tmp_path / "voices" / f"{name}.pt").write_bytes(torch_file(STYLES))
        assert name in shelf.names()
        assert np.array_equal(shelf.timbre(name).styles, STYLES[:, 0])
    assert [info.about for info in shelf.infos() if info.name == "af_heart"] == ["a voice file of yours"]
    assert np.allclose(
        shelf.timbre("mine+zm_yunxi").styles, (STYLES[:, 0] + stock.styles_of("zm_yunxi")) / 2, atol=1e-6
    )


def test_a_blend_mixes_its_voices_and_has_a_key_of_its_own() -> None:
    shelf = VoiceShelf(None)
    alpha, kumo, both = (shelf.timbre(spec).styles for spec in ("jf_alpha", "jm_kumo", "jf_alpha:0.6+jm_kumo:0.4"))
    assert np.allclose(both, 0.6 * alpha + 0.4 * kumo, atol=1e-6)
    assert len({voice_key(styles) for styles in (alpha, kumo, both)}) == 3
    assert voice_key(both) == voice_key(shelf.timbre("jf_alpha:6 + jm_kumo:4").styles)


def test_the_bound_on_a_voice_file_admits_the_largest_form() -> None:
    assert len(npy(STYLES.astype("<f8"))) < voices._MAX_BYTES


def test_what_a_client_sent_is_spoken_with_and_never_listed(tmp_path: Path) -> None:
    shelf = VoiceShelf(tmp_path)
    before = shelf.names()
    (tmp_path / "aaa.0123456789abcdef.bin").write_bytes(b"a clip whose emotion is taken")
    # Listed, it would come first and be the default voice of every line.
    assert shelf.names() == before
