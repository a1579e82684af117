"""The key and certificates that files are signed with, given or the user's own, checked before anything is signed.

An own key signs under a certificate authority of its own, whose key is forgotten at once. Whoever has its certificate
can tell the user's files from others'; to everybody else they are valid, and signed by somebody unknown.
"""

from __future__ import annotations

import datetime
import hashlib
import itertools
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from framevox.engine_daemon.protocol.errors import InputError

if TYPE_CHECKING:
    from cryptography import x509

ALGORITHMS = ("ed25519", "es256")
YEARS = 10
NOBODY = "somebody who gave no name"
"""Whose certificate it is where the user was not asked."""
_MOST_BYTES = 2**20
_CERTIFICATE = re.compile(rb"-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----", re.DOTALL)
_DOCUMENTS = "1.3.6.1.5.5.7.3.36"
_SIGNERS = {
    "1.3.6.1.5.5.7.3.4": "email protection",
    _DOCUMENTS: "document signing",
    "1.3.6.1.4.1.62558.2.1": "C2PA claim signing",
    "1.3.6.1.4.1.311.76.59.1.9": "Microsoft's C2PA signing",
}
"""Uses of a certificate that C2PA takes for signing (C2PA, Certificate Profile)."""


@dataclass(frozen=True)
class Credentials:
    """A key and its certificates, in PEM, the signing one first. ``algorithm`` is C2PA's name of it."""

    certificates: bytes
    key: bytes
    algorithm: str
    name: str
    """Who signs, as the certificate has it."""
    expires: datetime.datetime

    @property
    def fingerprint(self) -> str:
        """Tells these certificates from others."""
        return hashlib.sha256(self.certificates).hexdigest()


def read_credentials(certificates: Path, key: Path) -> Credentials:
    """The credentials in two files, which may be one. Raises InputError that names the file, for all that could not
    sign."""
    from cryptography import x509
    from cryptography.hazmat.primitives import serialization

    # Keys of other formats come out as PKCS #8, which c2pa-python wants.
    chain_text = b"".join(certificates_in(_content(certificates, "certificate")))
    key_text = _content(key, "key")
    if not chain_text:
        raise InputError(f"{certificates} holds no certificate: name a PEM file with the chain, the signing one first")
    try:
        chain = x509.load_pem_x509_certificates(chain_text)
    except ValueError as error:
        raise InputError(f"{certificates} holds a certificate that is broken ({error}): export it again") from None
    try:
        private: Any = serialization.load_pem_private_key(key_text, None)
    except TypeError:
        raise InputError(f"{key} is locked with a passphrase: name a copy without, which only you can read") from None
    except ValueError:
        raise InputError(f"{key} holds no private key: name a PEM file with one") from None
    except Exception as error:  # cryptography's own UnsupportedAlgorithm
        raise InputError(f"{key} holds a key that is not known ({error}): use Ed25519 or ES256") from None
    leaf = chain[0]
    algorithm = _algorithm(private, key)
    if leaf.public_key() != private.public_key():
        raise InputError(f"{key} is not the key of the first certificate in {certificates}: name the two that match")
    _check_signing(leaf, certificates)
    for one, above in itertools.pairwise(chain):
        if one.issuer != above.subject:
            raise InputError(f"{certificates}: {_name(above)} did not issue {_name(one)}: put the chain in order")
    pem = private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return Credentials(chain_text, pem, algorithm, _name(leaf), leaf.not_valid_after_utc)


def certificates_in(content: bytes) -> list[bytes]:
    """The certificates in a PEM file, whatever else it holds."""
    return [found + b"\n" for found in _CERTIFICATE.findall(content.replace(b"\r\n", b"\n"))]


def own_credentials(name: str, algorithm: str = ALGORITHMS[0], years: int = YEARS) -> tuple[bytes, bytes]:
    """A new key of the user's own: the key with its certificates, and the certificates alone, both in PEM."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519
    from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

    def new_key() -> Any:
        return (
            ed25519.Ed25519PrivateKey.generate() if algorithm == "ed25519" else ec.generate_private_key(ec.SECP256R1())
        )

    def subject(what: str) -> x509.Name:
        parts = ((NameOID.ORGANIZATION_NAME, name), (NameOID.COMMON_NAME, what))
        return x509.Name([x509.NameAttribute(kind, value) for kind, value in parts])

    top, key = new_key(), new_key()
    digest = None if algorithm == "ed25519" else hashes.SHA256()
    # A clock that runs a little ahead of others does not make files that are signed in the future.
    begin = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(hours=1)
    end = begin + datetime.timedelta(days=round(365.25 * years))

    def certificate(of: Any, what: str, by: str, authority: bool) -> x509.CertificateBuilder:
        usage = x509.KeyUsage(not authority, False, False, False, False, authority, authority, False, False)
        return (
            x509.CertificateBuilder()
            .subject_name(subject(what))
            .issuer_name(subject(by))
            .public_key(of.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(begin)
            .not_valid_after(end)
            .add_extension(x509.BasicConstraints(authority, 0 if authority else None), True)
            .add_extension(usage, True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(of.public_key()), False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(top.public_key()), False)
        )

    above, signer = "Framevox, own authority", "Framevox, synthetic speech"
    uses = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION, x509.ObjectIdentifier(_DOCUMENTS)])
    leaf = certificate(key, signer, above, False).add_extension(uses, False).sign(top, digest)
    root = certificate(top, above, above, True).sign(top, digest)
    pem = b"".join(one.public_bytes(serialization.Encoding.PEM) for one in (leaf, root))
    private: bytes = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return private + pem, pem


def _content(path: Path, what: str) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(_MOST_BYTES)
    except OSError as error:
        raise InputError(f"the {what} {path} cannot be read ({error.strerror}): check its name and folder") from None
    return content


def _algorithm(key: Any, path: Path) -> str:
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

    if isinstance(key, ed25519.Ed25519PrivateKey):
        return "ed25519"
    if isinstance(key, ec.EllipticCurvePrivateKey) and key.curve.name in (curves := {
        "secp256r1": "es256", "secp384r1": "es384", "secp521r1": "es512",
    }):  # fmt: skip
        return curves[key.curve.name]
    if isinstance(key, rsa.RSAPrivateKey) and key.key_size >= 2048:
        return "ps256"
    raise InputError(
        f"{path} holds a key that C2PA does not take: use Ed25519, P-256, P-384, P-521, or RSA from 2048 bits"
    )


def _check_signing(leaf: x509.Certificate, path: Path) -> None:
    from cryptography import x509

    now = datetime.datetime.now(datetime.timezone.utc)
    if leaf.not_valid_after_utc < now:
        raise InputError(
            f"{path}: the certificate of {_name(leaf)} expired on {leaf.not_valid_after_utc:%Y-%m-%d}: use a new one"
        )
    if leaf.not_valid_before_utc > now:
        raise InputError(
            f"{path}: the certificate of {_name(leaf)} is valid from {leaf.not_valid_before_utc:%Y-%m-%d} on: check "
            "the clock, or use another"
        )
    extensions: dict[Any, Any] = {type(each.value): each.value for each in leaf.extensions}
    constraints, usage = extensions.get(x509.BasicConstraints), extensions.get(x509.KeyUsage)
    purposes = extensions.get(x509.ExtendedKeyUsage)
    problem = ""
    if constraints is not None and constraints.ca:
        problem = "it is a certificate authority's"
    elif leaf.issuer == leaf.subject:
        problem = "it is signed by itself, which C2PA does not take"
    elif usage is None or not usage.digital_signature:
        problem = "its use is not digital signatures"
    elif purposes is None or not {each.dotted_string for each in purposes} & set(_SIGNERS):
        problem = f"its extended use is none of {', '.join(_SIGNERS.values())}"
    if problem:
        raise InputError(
            f"{path}: the first certificate, of {_name(leaf)}, is no signing certificate: {problem}: use another, or "
            "have one of your own made by `framevox provenance init`"
        )


def _name(certificate: x509.Certificate) -> str:
    from cryptography.x509.oid import NameOID

    for kind in (NameOID.ORGANIZATION_NAME, NameOID.COMMON_NAME):
        for attribute in certificate.subject.get_attributes_for_oid(kind):
            return str(attribute.value)
    return certificate.subject.rfc4514_string() or "nobody"
