"""The key of the user's own: made once, kept where only the user can read it."""

from __future__ import annotations

import contextlib
import os
import stat
import uuid
from pathlib import Path

from framevox.engine_daemon.client.disk import DiskError, publish
from framevox.engine_daemon.client.launch import Remark, Say, silent
from framevox.engine_daemon.protocol.connection import Home, private_folder
from framevox.engine_daemon.protocol.errors import InputError
from framevox.engine_daemon.protocol.files import replace_file
from framevox.engine_daemon.provenance.credentials import (
    ALGORITHMS,
    NOBODY,
    YEARS,
    Credentials,
    certificates_in,
    own_credentials,
    read_credentials,
)

_KEY = "signing.pem"
"""The private key, and its certificates."""
_CERTIFICATE = "certificate.pem"
"""The certificates alone, to be handed out."""


def key_file(home: Home) -> Path:
    """Where the key lies, whether it is there or not."""
    return home.provenance / _KEY


def certificate_file(home: Home) -> Path:
    """The certificates of the key, to be handed out."""
    return home.provenance / _CERTIFICATE


def own_key(home: Home, say: Say = silent) -> Credentials:
    """The user's own credentials; they are made where there are none, and ``say`` is told.

    Raises InputError for a key that cannot be used, and DiskError.
    """
    path = key_file(home)
    if not path.exists():
        with contextlib.suppress(FileExistsError):  # of two that make one at once, the first is kept
            make_own_key(home)
            say(Remark("Made a key to sign takes with; `framevox provenance show` says more"))
    if os.name == "posix" and stat.S_IMODE(path.stat().st_mode) & 0o077:
        raise InputError(f"{path} can be read by others, and holds a private key: chmod 600 {path}")
    try:
        return read_credentials(path, path)
    except InputError as error:
        raise InputError(f"{error}: `framevox provenance init --force` makes a new key") from None


def make_own_key(
    home: Home, name: str = NOBODY, algorithm: str = ALGORITHMS[0], years: int = YEARS, *, replace: bool = False
) -> Credentials:
    """Makes the user's own key. With ``replace`` it takes the place of another, whose certificates are kept.

    Raises FileExistsError where there is one and ``replace`` is not given, and DiskError.
    """
    private, public = own_credentials(name, algorithm, years)
    private_folder(home.provenance)
    path, certificate = key_file(home), certificate_file(home)
    aside = path.with_name(f".framevox-{uuid.uuid4().hex}.part")
    try:
        # The mode at creation: at no moment can anyone else open it.
        handle = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(private)
        if replace:
            replace_file(aside, path)
        else:
            publish(aside, path)
        if certificate.exists():
            certificate.rename(certificate.with_name(f"certificate-{uuid.uuid4().hex[:8]}.pem"))
        certificate.write_bytes(public)
    except FileExistsError:
        raise
    except OSError as error:
        raise DiskError(
            f"cannot write {path}: {error.strerror or error}", "Set FRAMEVOX_HOME to another folder"
        ) from None
    finally:
        with contextlib.suppress(OSError):
            aside.unlink()
    return read_credentials(path, path)


def own_anchors(home: Home) -> bytes:
    """The certificates of every key that the user had, in PEM: what they signed is known to be theirs."""
    found = []
    for path in (key_file(home), *sorted(home.provenance.glob("certificate*.pem"))):
        with contextlib.suppress(OSError):
            found += certificates_in(path.read_bytes())
    return b"".join(dict.fromkeys(found))
