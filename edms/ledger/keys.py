"""The key that signs checkpoints: an Ed25519 key in a file that only the service can read."""

from __future__ import annotations

import base64
import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from edms.errors import Invalid, NotFound, RuleBroken
from edms.ledger.notes import Statement, Verifier

_OTHERS = 0o007


@dataclass(frozen=True)
class Signer:
    """Signs statements under the log's name. The key is never shown."""

    origin: str
    _key: Ed25519PrivateKey

    @property
    def verifier(self) -> Verifier:
        """The public side, for those who check."""
        return Verifier(self.origin, self._key.public_key())

    def sign(self, statement: Statement) -> bytes:
        """The Ed25519 signature over the statement's lines."""
        return self._key.sign(statement.text().encode())


def make_key(path: Path) -> bool:
    """Make a key in a file of mode 0600, unless there is one; says whether it was made.

    The file appears whole: two setups at once leave one key, and a full disk leaves none.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    pem = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    draft = path.with_name(f".{path.name}.{os.getpid()}.{os.urandom(4).hex()}")
    try:
        with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(pem)
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(draft, path)
        except FileExistsError:
            return False
        return True
    finally:
        draft.unlink(missing_ok=True)


def load_signer(path: Path, origin: str | None = None) -> Signer:
    """The signer of the key in this file; the log is named after the key unless `origin` names it.

    Errors: NotFound without a file, RuleBroken when others can read it, Invalid when it holds no Ed25519 key.
    """
    try:
        if path.stat().st_mode & _OTHERS:
            raise RuleBroken("ledger.key_open", path=str(path))
        key = load_pem_private_key(path.read_bytes(), password=None)
    except FileNotFoundError:
        raise NotFound("ledger.key_missing", path=str(path)) from None
    except (ValueError, TypeError):
        raise Invalid("ledger.key_unreadable", path=str(path)) from None
    if not isinstance(key, Ed25519PrivateKey):
        raise Invalid("ledger.key_unreadable", path=str(path))
    return Signer(origin or origin_of(key.public_key()), key)


def load_verifier(published: str, origin: str | None = None) -> Verifier:
    """The verifier of a published key, PEM or base64. Errors: Invalid when it is not an Ed25519 key."""
    try:
        if "-----" in published:
            key = load_pem_public_key(published.encode())
        else:
            key = Ed25519PublicKey.from_public_bytes(base64.b64decode(published.strip(), validate=True))
    except ValueError:
        raise Invalid("ledger.key_unreadable", path="-") from None
    if not isinstance(key, Ed25519PublicKey):
        raise Invalid("ledger.key_unreadable", path="-")
    return Verifier(origin or origin_of(key), key)


def origin_of(key: Ed25519PublicKey) -> str:
    """The name of a log that was given none: the beginning of its key's SHA-256."""
    return "edms-ledger-" + hashlib.sha256(key.public_bytes(Encoding.Raw, PublicFormat.Raw)).hexdigest()[:16]
