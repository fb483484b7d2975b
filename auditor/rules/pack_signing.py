"""Ed25519 keys and signatures of packs (RFC 8032, by the library ``cryptography``, loaded when it is asked for)."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from auditor.base.errors import InputRefused, UsageError
from auditor.rules.yaml_strict import read_bytes, told

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

_PREFIX = b"auditor pack 1\n"
"""Stands before what is signed, so that a signature on anything else is never one on a pack."""
_MOST = 10_000
_HEX = re.compile(r"[0-9a-f]{64}\Z")


@dataclass(frozen=True)
class SigningKey:
    """A private key at hand. ``public`` is the raw public key, 32 bytes."""

    _key: Ed25519PrivateKey
    public: bytes

    def sign(self, message: bytes) -> bytes:
        """The signature of a pack's manifest: 64 bytes, the same every time."""
        return self._key.sign(_PREFIX + message)


def fingerprint(public: bytes) -> str:
    """What a public key is known by among people: the SHA-256 of its 32 bytes, in hex."""
    return hashlib.sha256(public).hexdigest()


def is_fingerprint(text: str) -> bool:
    """Whether a text has the form of a fingerprint."""
    return _HEX.match(text) is not None


def holds(public: bytes, signature: bytes, message: bytes) -> bool:
    """Whether ``signature`` is that of ``message`` by the holder of ``public``."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, _PREFIX + message)
    except (InvalidSignature, ValueError):
        return False
    return True


def new_key() -> tuple[bytes, bytes, bytes]:
    """A new key pair: the private key as PEM (PKCS 8, no passphrase), the public one as PEM and raw."""
    from cryptography.hazmat.primitives import serialization as s
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    key = Ed25519PrivateKey.generate()
    private = key.private_bytes(s.Encoding.PEM, s.PrivateFormat.PKCS8, s.NoEncryption())
    public = key.public_key()
    return (
        private,
        public.public_bytes(s.Encoding.PEM, s.PublicFormat.SubjectPublicKeyInfo),
        public.public_bytes(s.Encoding.Raw, s.PublicFormat.Raw),
    )


def read_signing_key(path: Path) -> SigningKey:
    """The private key of a file that ``auditor rules keygen`` wrote. Raises InputRefused (exit 3)."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives import serialization as s
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    content = read_bytes(path, _MOST)
    try:
        key = s.load_pem_private_key(content, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise _no_key(path, "private") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise _no_key(path, "private")
    return SigningKey(key, key.public_key().public_bytes(s.Encoding.Raw, s.PublicFormat.Raw))


def read_public_key(path: Path) -> bytes:
    """The raw public key of a file that ``auditor rules keygen`` wrote. Raises InputRefused (exit 3)."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives import serialization as s
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    content = read_bytes(path, _MOST)
    try:
        key = s.load_pem_public_key(content)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise _no_key(path, "public") from error
    if not isinstance(key, Ed25519PublicKey):
        raise _no_key(path, "public")
    return key.public_bytes(s.Encoding.Raw, s.PublicFormat.Raw)


def trusted_fingerprint(given: str) -> str:
    """The fingerprint that a user means by a public key's file or by the fingerprint itself. Raises AuditorError."""
    path = Path(given)
    if path.exists():
        return fingerprint(read_public_key(path))
    if is_fingerprint(given.lower()):
        return given.lower()
    raise UsageError(
        f"`{told(given)}` is neither a file nor a fingerprint",
        where="--trust",
        why="a signer is known by a public key",
        mend="name the .pub file of the publisher, or the 64 characters of its fingerprint",
    )


def _no_key(path: Path, kind: str) -> InputRefused:
    return InputRefused(
        f"{told(path.name)} holds no {kind} key",
        why="packs are signed with Ed25519 keys in PEM form, without a passphrase",
        mend="make a pair with `auditor rules keygen --out FILE`",
    )
