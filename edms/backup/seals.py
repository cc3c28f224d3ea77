"""Whose backup it is: an Ed25519 signature over what a set, or the list of what was destroyed, says of itself.

The key that seals stays on the machine, outside of every set: whoever can write to the backup folder has all other keys of
the house, for they lie in the set. Its public side, 44 characters, is what the operator keeps apart from the backups; a
restore is given it. The seal says by whom and unchanged, not that there is no newer one.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from edms import ledger
from edms.errors import Invalid, RuleBroken

_OTHERS = 0o007
LONGEST_KEY = 4096  # bytes of a file that holds a public key


@dataclass(frozen=True)
class Sealer:
    """The key that seals. It is never shown."""

    _key: Ed25519PrivateKey

    @property
    def public(self) -> str:
        """Its public side, as it is written down."""
        return _text(self._key.public_key())

    @property
    def ident(self) -> str:
        """By which files name it: the beginning of the public side's SHA-256."""
        return ident_of(self.public)

    @property
    def seals(self) -> Seals:
        """What it sealed itself."""
        return Seals((self._key.public_key(),))

    def seal(self, raw: bytes) -> str:
        """The seal of these bytes, base64."""
        return base64.b64encode(self._key.sign(raw)).decode("ascii")


@dataclass(frozen=True)
class Seals:
    """The public keys whose seals count."""

    keys: tuple[Ed25519PublicKey, ...]

    def hold(self, raw: bytes, seal: str) -> bool:
        """Whether one of these keys sealed just these bytes."""
        try:
            signature = base64.b64decode(seal.encode("ascii"), validate=True)
        except (ValueError, binascii.Error):
            return False
        return any(_signed(key, raw, signature) for key in self.keys)


def sealer(path: Path) -> Sealer:
    """The key in this file, made where there is none. Errors: RuleBroken when others can read it, Invalid for no key."""
    key = None
    try:
        ledger.make_key(path)  # of the same kind; one that is there stays
        if path.stat().st_mode & _OTHERS:
            raise RuleBroken("backup.seal_key_open", path=str(path))
        key = load_pem_private_key(path.read_bytes(), password=None)
    except (OSError, ValueError, TypeError):
        pass  # another account's, or no key: said below
    if not isinstance(key, Ed25519PrivateKey):
        raise Invalid("backup.seal_key_unreadable", path=str(path))
    return Sealer(key)


def seals(given: Iterable[str], own: Path) -> Seals:
    """The seals of the keys that were given, as text or in a file, and of this machine's own where it has one.

    Errors: Invalid naming what is no public key.
    """
    found = [_public(text) for text in given]
    if own.is_file():
        found.append(_public(sealer(own).public))
    return Seals(tuple(found))


def ident_of(public: str) -> str:
    """By which files name a key."""
    return hashlib.sha256(base64.b64decode(public)).hexdigest()[:16]


def _public(text: str) -> Ed25519PublicKey:
    said = text
    try:
        if (path := Path(text)).is_file():
            with path.open("rb") as file:
                said = file.read(LONGEST_KEY).decode("ascii", "replace")
        return Ed25519PublicKey.from_public_bytes(base64.b64decode(said.strip(), validate=True))
    except (OSError, ValueError):
        raise Invalid("backup.seal_key_unreadable", path=text) from None


def _text(key: Ed25519PublicKey) -> str:
    return base64.b64encode(key.public_bytes(Encoding.Raw, PublicFormat.Raw)).decode("ascii")


def _signed(key: Ed25519PublicKey, raw: bytes, signature: bytes) -> bool:
    try:
        key.verify(signature, raw)
    except InvalidSignature:
        return False
    return True
