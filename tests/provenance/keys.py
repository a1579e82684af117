"""Certificates of every kind, as somebody may give them."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

PEM = serialization.Encoding.PEM
PKCS8 = serialization.PrivateFormat.PKCS8
PLAIN = serialization.NoEncryption()
_DAY = datetime.timedelta(days=1)


def new_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, name)])


def write_key(path: Path, key: Any, encryption: Any = PLAIN, form: Any = PKCS8) -> Path:
    path.write_bytes(key.private_bytes(PEM, form, encryption))
    return path


def write_chain(
    path: Path,
    key: Any,
    *,
    first_day: int = -1,
    last_day: int = 100,
    authority: bool = False,
    signs: bool = True,
    use: x509.ObjectIdentifier = ExtendedKeyUsageOID.EMAIL_PROTECTION,
    alone: bool = False,
    other_authority: bool = False,
) -> Path:
    """A chain in which Studio Z's certificate is issued by an authority, as asked for."""
    now = datetime.datetime.now(datetime.timezone.utc)
    top = new_key()
    by = "Studio Z" if alone else "Authority"

    def certificate(of: Any, name: str, ca: bool) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .subject_name(named(name))
            .issuer_name(named(by))
            .public_key(of.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now + first_day * _DAY)
            .not_valid_after(now + last_day * _DAY)
            .add_extension(x509.BasicConstraints(ca, None), True)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(top.public_key()), False)
            .add_extension(x509.KeyUsage(signs, False, False, False, False, ca, False, False, False), True)
        )

    leaf = certificate(key, "Studio Z", authority).add_extension(x509.ExtendedKeyUsage([use]), False)
    root = certificate(top, "Somebody else" if other_authority else by, True)
    found = [leaf.sign(top, hashes.SHA256())] + ([] if alone else [root.sign(top, hashes.SHA256())])
    path.write_bytes(b"".join(one.public_bytes(PEM) for one in found))
    return path
