"""Voices: the packaged ones, files the user has, and blends of them.

A Kokoro voice is a table of style vectors, float32 [510, 256]: row n - 1 is the style for a line of n phones.
"""

from __future__ import annotations

import hashlib
import io
import math
import pickle
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from framevox.engine_daemon.engines import clips
from framevox.engine_daemon.engines.base import VoiceInfo
from framevox.engine_daemon.protocol.cues import Note
from framevox.engine_daemon.protocol.errors import InputError
from framevox.engine_daemon.protocol.sent_voices import is_sent
from framevox.engine_daemon.text.line import Language

from . import stock
from .approximate import Approximation
from .blend import VoiceError, mixed, parse_blend
from .likeness import Likeness, blended
from .names import RAW_BYTES, SUFFIXES
from .stock import SPOKEN

Styles = npt.NDArray[np.float32]

ROWS, WIDTH = 510, 256
_MAX_BYTES = 4 * RAW_BYTES


def parse_voice(data: bytes, name: str) -> Styles:
    """The styles in a Kokoro voice file: raw float32, .npy, .npz with one array, or a torch .pt (read without torch).

    ``name`` is the file's name, for messages. Raises VoiceError for anything that is not one whole, finite voice.
    """
    if len(data) > _MAX_BYTES:
        raise VoiceError(
            f"voice file {name}: {len(data)} bytes are too many for a Kokoro voice ({RAW_BYTES} in raw form)"
        )
    try:
        if data.startswith(b"\x93NUMPY"):
            array = np.load(io.BytesIO(data), allow_pickle=False)
        elif data.startswith(b"PK"):
            array = _from_zip(data, name)
        elif len(data) == RAW_BYTES:
            array = np.frombuffer(data, dtype="<f4").reshape(ROWS, WIDTH)
        else:
            raise VoiceError(
                f"voice file {name}: not a Kokoro voice. Expected {RAW_BYTES} bytes of float32 "
                f"({ROWS}x1x{WIDTH}), .npy, .npz or a torch .pt; got {len(data)} bytes. A clip is WAV, FLAC, Ogg, AIFF "
                "or MP3"
            )
    except VoiceError:
        raise
    except Exception as error:  # a damaged archive, header or pickle can raise anything
        raise VoiceError(f"voice file {name}: damaged or not a Kokoro voice ({error})") from error
    return _styles(array, name)


def _styles(array: npt.NDArray[Any], name: str) -> Styles:
    if array.dtype.kind != "f" or array.size % WIDTH or array.shape not in ((ROWS, 1, WIDTH), (ROWS, WIDTH)):
        raise VoiceError(
            f"voice file {name}: holds {array.dtype} {'x'.join(map(str, array.shape))}, "
            f"a Kokoro voice is float32 {ROWS}x1x{WIDTH}"
        )
    styles = np.ascontiguousarray(array.reshape(ROWS, WIDTH), dtype=np.float32)
    if not np.isfinite(styles).all():
        raise VoiceError(f"voice file {name}: holds values that are not finite numbers")
    return styles


def _from_zip(data: bytes, name: str) -> npt.NDArray[Any]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        sizes = {info.filename: info.file_size for info in archive.infolist()}
        if sum(sizes.values()) > _MAX_BYTES:
            raise VoiceError(f"voice file {name}: unpacks to {sum(sizes.values())} bytes, too many for a Kokoro voice")
        pickles = [member for member in sizes if member.endswith("/data.pkl")]
        if pickles:
            return _from_torch(archive, pickles[0])
        arrays = [member for member in sizes if member.endswith(".npy")]
        if len(arrays) != 1:
            raise VoiceError(f"voice file {name}: holds {len(arrays)} arrays; save each voice as a file of its own")
        return np.asarray(np.load(io.BytesIO(archive.read(arrays[0])), allow_pickle=False))


class _Storage:
    """Stands for a torch storage: the bytes of one tensor."""

    def __init__(self, values: npt.NDArray[Any]) -> None:
        self.values = values


_DTYPES = {"FloatStorage": "<f4", "DoubleStorage": "<f8", "HalfStorage": "<f2"}


def _rebuild(storage: Any, offset: Any, shape: Any, stride: Any, *_: Any) -> npt.NDArray[Any]:
    if not isinstance(storage, _Storage) or not isinstance(offset, int) or not isinstance(shape, tuple):
        raise pickle.UnpicklingError("a tensor is put together in an unknown way")
    rows = [1]
    for size in reversed(shape[1:]):
        rows.append(rows[-1] * int(size))
    if tuple(stride) != tuple(reversed(rows)):
        raise pickle.UnpicklingError("its tensor is not stored row by row")
    count = math.prod(shape)
    if offset < 0 or offset + count > storage.values.size:
        raise pickle.UnpicklingError("its tensor is cut short")
    return storage.values[offset : offset + count].reshape(shape)


class _TensorUnpickler(pickle.Unpickler):
    """Reads the pickle of one tensor and refuses everything else a pickle can do."""

    def __init__(self, file: io.BytesIO, storage: Callable[[str], bytes]) -> None:
        super().__init__(file)
        self._storage = storage

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return _rebuild
        if module == "torch" and name in _DTYPES:
            return _DTYPES[name]
        if (module, name) == ("collections", "OrderedDict"):
            return dict
        raise pickle.UnpicklingError(f"it names {module}.{name}, which is not part of a tensor")

    def persistent_load(self, pid: Any) -> _Storage:
        kind, dtype, key, _device, count = pid
        if kind != "storage" or dtype not in _DTYPES.values():
            raise pickle.UnpicklingError("it refers to something that is not a tensor's storage")
        values = np.frombuffer(self._storage(str(key)), dtype=dtype)
        if values.size < count:
            raise pickle.UnpicklingError("its storage is cut short")
        return _Storage(values)


def _from_torch(archive: zipfile.ZipFile, member: str) -> npt.NDArray[Any]:
    root = member.removesuffix("data.pkl")
    tensor = _TensorUnpickler(io.BytesIO(archive.read(member)), lambda key: archive.read(f"{root}data/{key}")).load()
    if not isinstance(tensor, np.ndarray):
        raise pickle.UnpicklingError(f"it holds a {type(tensor).__name__}, not one tensor")
    return tensor


@dataclass(frozen=True, slots=True)
class Timbre:
    """A voice as the engine uses it.

    ``load`` returns its styles [510, 256], which a line that was spoken before has no need of; ``key`` is a hash of
    them; ``decay`` is how many samples later than usual it dies away;
    ``languages`` are those it was made from, all of them where that is unknown.
    """

    load: Callable[[], Styles]
    key: str
    decay: float = 0.0
    languages: tuple[Language, ...] = SPOKEN
    likeness: Likeness | None = None
    notes: tuple[Note, ...] = ()
    """What the user should know of its takes."""

    @property
    def styles(self) -> Styles:
        return self.load()


class VoiceShelf:
    """The voices known by name: the packaged ones and the files in ``folder``, which is read anew at each request.

    A file goes before a packaged voice of the same name. ``approximate`` gives the nearest voice to a clip, from its
    content and name.
    """

    def __init__(self, folder: Path | None, approximate: Callable[[bytes, str], Approximation] | None = None) -> None:
        self._folder = folder
        self._approximate = approximate

    def names(self) -> list[str]:
        """The voices there are, sorted, without the files that clients sent for lines of their own."""
        own = [name for name in self._files() if not is_sent(name)]
        return sorted({*stock.table().voices, *own})

    def infos(self) -> list[VoiceInfo]:
        """What there is to know of each voice, packaged ones by language and tier, then the user's."""
        files = {name: path for name, path in self._files().items() if not is_sent(name)}
        infos = [stock.info(name) for name in stock.table().all if files.keys().isdisjoint(parse_blend(name))]
        infos.sort(key=lambda info: (SPOKEN.index(info.languages[0]), info.tier, info.name))
        return infos + [VoiceInfo(name, SPOKEN, about=_about(files[name])) for name in sorted(files)]

    def timbre(self, spec: str) -> Timbre:
        """The voice or blend a spec means. Raises VoiceError that lists the known voices."""
        shares = parse_blend(spec)
        if len(shares) == 1:
            return self._one(next(iter(shares)))
        packaged = next((name for name in stock.table().blends if parse_blend(name) == shares), None)
        if packaged is not None and self._files().keys().isdisjoint(shares):
            return _packaged(packaged)
        parts = [(self._one(name), share) for name, share in shares.items()]
        styles = mixed([(timbre.styles, share) for timbre, share in parts])
        heaviest = max(parts, key=lambda part: part[1])[0]
        decay = sum(timbre.decay * share for timbre, share in parts)
        likeness = blended([(timbre.likeness, share) for timbre, share in parts])
        notes = tuple(note for timbre, _ in parts for note in timbre.notes)
        return Timbre(lambda: styles, voice_key(styles, likeness), decay, heaviest.languages, likeness, notes)

    def _one(self, name: str) -> Timbre:
        files = self._files()
        if name in files:
            try:
                data = files[name].read_bytes()
            except OSError as error:
                raise VoiceError(f"voice file {files[name].name} cannot be read: {error.strerror}") from error
            if self._approximate is not None and clips.is_sound(data):
                try:
                    found = self._approximate(data, name)
                except InputError as error:
                    raise VoiceError(str(error)) from None
                like = self.timbre("+".join(f"{one}:{share}" for one, share in found.shares.items()))
                key = voice_key(like.styles, found.likeness)
                return Timbre(like.load, key, like.decay, like.languages, found.likeness, (found.note,))
            styles = parse_voice(data, files[name].name)
            return Timbre(lambda: styles, voice_key(styles))
        if name in stock.table().voices:
            return _packaged(name)
        raise VoiceError(f"unknown voice {name!r}: known voices are {', '.join(self.names())}")

    def _files(self) -> Mapping[str, Path]:
        if self._folder is None or not self._folder.is_dir():
            return {}
        files = [path for path in sorted(self._folder.iterdir()) if not path.name.startswith(".")]
        sounds = {path.stem: path for path in files if path.suffix.lower() in clips.SUFFIXES}
        return sounds | {path.stem: path for path in files if path.suffix in SUFFIXES}


def _packaged(name: str) -> Timbre:
    known = stock.table().all[name]
    return Timbre(partial(stock.styles_of, name), stock.key_of(name), known.decay, known.languages)


def _about(path: Path) -> str:
    return "approximate, after a clip of yours" if path.suffix.lower() in clips.SUFFIXES else "a voice file of yours"


def voice_key(styles: Styles, likeness: Likeness | None = None) -> str:
    """A hash of everything that shapes the voice's sound."""
    return hashlib.sha256(styles.tobytes() + (repr(likeness).encode() if likeness else b"")).hexdigest()
