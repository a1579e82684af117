"""espeak-ng's phones for single words, straight from its library.

espeak-ng is GPL-3.0-or-later; it comes as the separate package espeakng-loader and is called through its public C
interface. It speaks for English words that the lexicon lacks, and for languages that the model learnt from its phones.
"""

from __future__ import annotations

import ctypes
import threading
from functools import cache

_LOCK = threading.Lock()  # espeak-ng keeps its state in globals
_AUDIO_OUTPUT_RETRIEVAL = 1
_CHARS_UTF8 = 1
_PHONEMES_IPA = 0x02
_PHONEMES_TIE = 0x80
_DONT_EXIT = 0x8000


@cache
def _library() -> ctypes.CDLL:
    import espeakng_loader

    library = ctypes.CDLL(espeakng_loader.get_library_path())
    library.espeak_TextToPhonemes.restype = ctypes.c_char_p
    library.espeak_TextToPhonemes.argtypes = (ctypes.POINTER(ctypes.c_char_p), ctypes.c_int, ctypes.c_int)
    data = str(espeakng_loader.get_data_path()).encode()
    if library.espeak_Initialize(_AUDIO_OUTPUT_RETRIEVAL, 0, data, _DONT_EXIT) < 0:
        raise RuntimeError("espeak-ng did not start: reinstall it with pip install --force-reinstall espeakng-loader")
    return library


def ipa(text: str, voice: str = "en-us") -> str:
    """The IPA of ``text``, with stress marks, and ``^`` between the parts of a diphthong or affricate."""
    with _LOCK:
        library = _library()
        # One library speaks for every language, so the voice is set each time; the same one again costs nothing.
        if library.espeak_SetVoiceByName(voice.encode()) != 0:
            raise RuntimeError(f"espeak-ng has no voice {voice!r}: reinstall it with pip install espeakng-loader")
        rest = ctypes.c_char_p(text.encode())
        said: list[str] = []
        while rest.value:
            part = library.espeak_TextToPhonemes(
                ctypes.byref(rest), _CHARS_UTF8, _PHONEMES_IPA | _PHONEMES_TIE | ord("^") << 8
            )
            said.append((part or b"").decode())
        return " ".join(part for part in said if part)
