"""C2PA manifests by c2pa-python: made for files of any length, and verified.

The library's own ``Builder.sign`` holds a WAV file three times in memory and refuses RF64. Here it is given the hash of
the file instead, through functions of its C interface that its Python classes leave out.
"""

from __future__ import annotations

import ctypes
import hashlib
import importlib.util
import json
from collections.abc import Mapping, Sequence
from typing import Any, BinaryIO

from framevox.engine_daemon.protocol.errors import FramevoxError, InputError
from framevox.engine_daemon.protocol.installation import installed_version

from .credentials import Credentials
from .facts import Facts, manifest_of

EXTRA = "pip install 'framevox[provenance]'"
_STORE = b"application/c2pa"
_SETTINGS = {"verify": {"remote_manifest_fetch": False, "ocsp_fetch": False, "verify_after_sign": False}}
"""Nothing is fetched from the network, whatever a file says."""


class SigningError(FramevoxError):
    """A file could not be signed."""

    code = "provenance"


def is_installed() -> bool:
    """Whether the extra is installed. Loads nothing."""
    return importlib.util.find_spec("c2pa") is not None


def seal_of(facts: Facts, credentials: Credentials) -> str:
    """Names what a manifest says and who signs it: a file that bears this seal need not be signed again."""
    told = json.dumps([facts.told(), credentials.fingerprint], sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(told.encode("ascii")).hexdigest()


class Signing:
    """Makes the manifest of one file: its ``size`` is known before, ``manifest`` is asked when the hash is."""

    def __init__(self, facts: Facts, credentials: Credentials) -> None:
        c2pa = _library()
        self._functions = _Functions(c2pa)
        try:
            self._signer = c2pa.Signer.from_info(
                c2pa.C2paSignerInfo(credentials.algorithm.encode(), credentials.certificates, credentials.key, None)
            )
            definition = manifest_of(facts, installed_version(), seal_of(facts, credentials))
            self._builder = c2pa.Builder(dict(definition), context=c2pa.Context.from_dict(_SETTINGS))
            placeholder = self._functions.placeholder(_handle(self._builder), self._signer.reserve_size(), _STORE)
        except c2pa.C2paError as error:
            raise _failed(error) from None
        self.size = len(placeholder)

    def manifest(self, digest: bytes, exclusions: Sequence[tuple[int, int]] = ()) -> bytes:
        """The manifest, ``size`` bytes, of a file with this SHA-256. ``exclusions`` are the parts, by start and length,
        that the hash leaves out. Can be asked once."""
        ranges = [{"start": start, "length": length} for start, length in exclusions]
        # Bytes go in as numbers: text would be taken as it stands.
        hashed = {"exclusions": ranges, "name": "jumbf manifest", "alg": "sha256", "hash": list(digest), "pad": []}
        made = self._functions.sign(_handle(self._builder), _handle(self._signer), json.dumps(hashed).encode(), _STORE)
        self._builder.close()
        self._signer.close()
        if len(made) != self.size:
            raise SigningError(
                f"the file could not be signed: its manifest takes {len(made)} bytes where {self.size} were kept: "
                'report this, and write sign = "off" under [provenance] in framevox.toml meanwhile'
            )
        return made


def verified(
    file: BinaryIO, kind: str, anchors: bytes = b"", sidecar: bytes | None = None
) -> tuple[str, Mapping[str, Any], Sequence[str]]:
    """What the library says of the manifest in a file of media type ``kind``, or in ``sidecar``: ``Trusted``, ``Valid``
    or ``Invalid``; the manifest; and the codes of what is wrong. ``anchors`` are certificates that are trusted, in PEM.

    Raises ValueError for a manifest that cannot be read.
    """
    c2pa = _library()
    settings: dict[str, Any] = dict(_SETTINGS)
    if anchors:
        settings["trust"] = {"user_anchors": anchors.decode("ascii", "replace")}
        settings["verify"] = {**_SETTINGS["verify"], "verify_trust": True}
    try:
        with c2pa.Reader(kind, file, sidecar, context=c2pa.Context.from_dict(settings)) as reader:
            said = json.loads(reader.json())
            state = str(reader.get_validation_state())
    except (c2pa.C2paError, ValueError) as error:
        raise ValueError(str(error)) from None
    manifest = said.get("manifests", {}).get(said.get("active_manifest"), {})
    failures = said.get("validation_results", {}).get("activeManifest", {}).get("failure", [])
    return state, manifest, [str(failure.get("code")) for failure in failures]


class _Functions:
    """The functions of the C interface, with their buffers freed."""

    def __init__(self, c2pa: Any) -> None:
        self._library = c2pa.c2pa._lib

    def placeholder(self, builder: Any, reserved: int, kind: bytes) -> bytes:
        function = self._library.c2pa_builder_data_hashed_placeholder
        return self._call(function, (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_char_p), builder, reserved, kind)

    def sign(self, builder: Any, signer: Any, hashed: bytes, kind: bytes) -> bytes:
        function = self._library.c2pa_builder_sign_data_hashed_embeddable
        text, pointer = ctypes.c_char_p, ctypes.c_void_p
        return self._call(function, (pointer, pointer, text, text, pointer), builder, signer, hashed, kind, None)

    def _call(self, function: Any, types: Sequence[Any], *arguments: Any) -> bytes:
        out = ctypes.POINTER(ctypes.c_ubyte)()
        function.restype = ctypes.c_int64
        function.argtypes = [*types, ctypes.POINTER(ctypes.POINTER(ctypes.c_ubyte))]
        size = function(*arguments, ctypes.byref(out))
        if size < 0:
            said = self._library.c2pa_error()
            reason = ctypes.string_at(said).decode("utf-8", "replace") if said else "no reason given"
            self._library.c2pa_free(said)
            raise _failed(reason)
        try:
            return ctypes.string_at(out, size)
        finally:
            self._library.c2pa_free(out)


def _handle(of: Any) -> Any:
    return ctypes.cast(of._handle, ctypes.c_void_p)


def _failed(error: object) -> SigningError:
    return SigningError(
        f"the file could not be signed ({error}): check the certificate with `framevox provenance show`, or write "
        'sign = "off" under [provenance] in framevox.toml'
    )


def _library() -> Any:
    """The module. Raises InputError where it is missing, or does not load."""
    try:
        import c2pa
    except ModuleNotFoundError as error:
        raise InputError(f"signing needs the package {error.name}: {EXTRA}") from None
    except (ImportError, OSError) as error:
        raise InputError(
            f"c2pa-python is installed and does not load ({error}): pip install --force-reinstall c2pa-python, or "
            'write sign = "off" under [provenance] in framevox.toml'
        ) from None
    return c2pa
