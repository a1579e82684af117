"""Keys and certificates that cannot sign are refused before anything is spoken, by name."""

from __future__ import annotations

import stat
import sys
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa, x25519
from cryptography.x509.oid import ExtendedKeyUsageOID

from framevox.engine_daemon.client.own_key import key_file, make_own_key, own_anchors, own_key
from framevox.engine_daemon.protocol.connection import Home
from framevox.engine_daemon.protocol.errors import InputError
from framevox.engine_daemon.provenance.credentials import NOBODY, read_credentials

from .keys import PEM, new_key, write_chain, write_key


@pytest.mark.parametrize("form", [serialization.PrivateFormat.PKCS8, serialization.PrivateFormat.TraditionalOpenSSL])
def test_a_given_chain_and_key_are_taken(tmp_path: Path, form: Any) -> None:
    key = new_key()
    found = read_credentials(write_chain(tmp_path / "chain.pem", key), write_key(tmp_path / "key.pem", key, form=form))
    assert (found.name, found.algorithm) == ("Studio Z", "es256")
    assert found.key.startswith(b"-----BEGIN PRIVATE KEY-----")


@pytest.mark.parametrize(
    ("chain", "said"),
    [
        ({"last_day": 0}, r"chain\.pem: the certificate of Studio Z expired on .*: use a new one"),
        ({"first_day": 2}, "is valid from .* on: check the clock"),
        ({"authority": True}, "no signing certificate: it is a certificate authority's"),
        ({"signs": False}, "no signing certificate: its use is not digital signatures"),
        ({"use": ExtendedKeyUsageOID.SERVER_AUTH}, "no signing certificate: its extended use is none of email"),
        ({"alone": True}, "no signing certificate: it is signed by itself"),
        ({"other_authority": True}, "Somebody else did not issue Studio Z: put the chain in order"),
    ],
)
def test_a_certificate_that_cannot_sign_says_why(tmp_path: Path, chain: dict[str, Any], said: str) -> None:
    key = new_key()
    certificates = write_chain(tmp_path / "chain.pem", key, **chain)
    with pytest.raises(InputError, match=said):
        read_credentials(certificates, write_key(tmp_path / "key.pem", key))


def test_files_that_are_no_keys_are_named(tmp_path: Path) -> None:
    key = new_key()
    chain, good = write_chain(tmp_path / "chain.pem", key), write_key(tmp_path / "key.pem", key)
    text = tmp_path / "text.pem"
    text.write_text("nothing of the kind")
    broken = tmp_path / "broken.pem"
    broken.write_text("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
    locked = write_key(tmp_path / "locked.pem", key, serialization.BestAvailableEncryption(b"secret"))
    strange = write_key(tmp_path / "strange.pem", x25519.X25519PrivateKey.generate())
    for certificates, private, said in (
        (tmp_path / "gone.pem", good, r"the certificate .*gone\.pem cannot be read \(No such file"),
        (chain, tmp_path / "gone.pem", r"the key .*gone\.pem cannot be read \(No such file"),
        (text, good, r"text\.pem holds no certificate: name a PEM file"),
        (broken, good, r"broken\.pem holds a certificate that is broken"),
        (chain, text, r"text\.pem holds no private key"),
        (chain, locked, r"locked\.pem is locked with a passphrase"),
        (chain, strange, r"strange\.pem holds a key that C2PA does not take"),
        (chain, write_key(tmp_path / "other.pem", new_key()), r"other\.pem is not the key of the first certificate"),
    ):
        with pytest.raises(InputError, match=said):
            read_credentials(certificates, private)


def test_a_short_rsa_key_is_refused(tmp_path: Path) -> None:
    key = rsa.generate_private_key(65537, 1024)
    with pytest.raises(InputError, match="C2PA does not take"):
        read_credentials(write_chain(tmp_path / "chain.pem", key), write_key(tmp_path / "key.pem", key))


def test_an_own_key_is_made_once_for_its_owner_alone_and_said(tmp_path: Path) -> None:
    home, said = Home.find(tmp_path), list[str]()
    first = own_key(home, said.append)
    assert own_key(home, said.append).certificates == first.certificates and first.name == NOBODY
    assert len(said) == 1 and "provenance show" in said[0]
    if sys.platform != "win32":
        assert stat.S_IMODE(key_file(home).stat().st_mode) == 0o600
        key_file(home).chmod(0o644)
        with pytest.raises(InputError, match="can be read by others, and holds a private key: chmod 600"):
            own_key(home)


def test_a_key_that_replaces_another_leaves_its_certificates(tmp_path: Path) -> None:
    home = Home.find(tmp_path)
    first = make_own_key(home)
    with pytest.raises(FileExistsError):
        make_own_key(home)
    second = make_own_key(home, "Studio X", "es256", 1, replace=True)
    assert (second.name, second.algorithm) == ("Studio X", "es256")
    assert first.certificates in own_anchors(home) and second.certificates in own_anchors(home)
    assert b"PRIVATE" not in own_anchors(home)


def test_a_broken_own_key_says_how_to_make_a_new_one(tmp_path: Path) -> None:
    home = Home.find(tmp_path)
    make_own_key(home)
    key_file(home).write_bytes(
        new_key().private_bytes(PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    with pytest.raises(InputError, match=r"holds no certificate.*: `framevox provenance init --force` makes a new key"):
        own_key(home)
