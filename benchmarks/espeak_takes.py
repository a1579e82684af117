"""espeak-ng speaking, with the instants at which it begins words and phones, by its public C interface."""

from __future__ import annotations

import ctypes
from dataclasses import dataclass
from typing import Any

import espeakng_loader
import numpy as np
import numpy.typing as npt

NAMES = {"en": "en-us", "es": "es", "fr-fr": "fr", "it": "it", "pt-br": "pt-br"}
"""Its voices for languages whose words it counts as they are written."""
PLOSIVES = frozenset("ptk")
_SYNCHRONOUS, _PHONE_EVENTS, _DONT_EXIT = 2, 1, 0x8000
_UTF8, _FROM_CHARACTERS = 1, 1
_SPEED, _PITCH = 1, 3
_END, _WORD, _PHONE = 0, 1, 7


class _Event(ctypes.Structure):
    _fields_ = (
        ("type", ctypes.c_int),
        ("identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", ctypes.c_char * 8),
    )


_CALLBACK = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event))


@dataclass(frozen=True)
class Begun:
    """A word: its first character in the text, the sample at which its first phone begins, and whether that is a
    voiceless plosive, which begins with its burst."""

    offset: int
    sample: int
    plosive: bool


class Espeak:
    """espeak-ng, loaded once; its state is global, so it is for one thread."""

    def __init__(self) -> None:
        self._library = ctypes.CDLL(espeakng_loader.get_library_path())
        self.sample_rate = self._start()
        self._pieces: list[npt.NDArray[np.int16]] = []
        self._events: list[tuple[int, int, int, bytes]] = []
        self._callback = _CALLBACK(self._receive)

    def _start(self) -> int:
        data = str(espeakng_loader.get_data_path()).encode()
        return int(self._library.espeak_Initialize(_SYNCHRONOUS, 0, data, _PHONE_EVENTS | _DONT_EXIT))

    def _receive(self, samples: Any, count: int, events: Any) -> int:
        if count > 0 and samples:
            self._pieces.append(np.ctypeslib.as_array(samples, (count,)).copy())
        index = 0
        while events[index].type != _END:
            event = events[index]
            self._events.append((event.type, event.text_position, event.sample, event.id))
            index += 1
        return 0

    def say(
        self, text: str, language: str, words_a_minute: int, pitch: int
    ) -> tuple[npt.NDArray[np.float32], list[Begun]]:
        """The sound of a text, full scale at 1.0, and its words."""
        self._pieces, self._events = [], []
        self._start()  # the built-in engine uses the same library, without events
        self._library.espeak_SetSynthCallback(self._callback)
        if self._library.espeak_SetVoiceByName(NAMES[language].encode()) != 0:
            raise SystemExit(f"espeak-ng has no voice {NAMES[language]}")
        self._library.espeak_SetParameter(_SPEED, words_a_minute, 0)
        self._library.espeak_SetParameter(_PITCH, pitch, 0)
        data = text.encode()
        self._library.espeak_Synth(data, len(data) + 1, 0, _FROM_CHARACTERS, 0, _UTF8, None, None)
        self._library.espeak_Synchronize()
        words = []
        for index, (kind, position, _, _) in enumerate(self._events):
            if kind != _WORD:
                continue
            # What begins with "_" is a pause.
            phones = (event for event in self._events[index + 1 :] if event[0] == _PHONE and event[3][:1] != b"_")
            if (first := next(phones, None)) is not None:
                name = first[3].decode(errors="replace").lstrip("',=%")
                words.append(Begun(position - 1, first[2], name[:1] in PLOSIVES))
        return np.concatenate(self._pieces).astype(np.float32) / 2**15, words
