"""The service's own secret key, kept in a folder that only the service can read, never in the database.

One file of 256 random bits; every use has its own key derived from it (HKDF, RFC 5869), so that a leak of one tells
nothing about another. Seals what the database must not read (second-factor secrets), and turns logins, addresses and
numbers into fingerprints that cannot be looked up without the key. A file that others could read is refused.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import os
import secrets
import stat
from functools import lru_cache
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from edms.errors import Corrupt, Unavailable

FILE = "service.key"
BITS = 256
_NONCE = 12  # bytes, NIST SP 800-38D


class Keys:
    """Keys for each purpose, from the one secret."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret
        self._derived = lru_cache(maxsize=16)(self._derive)

    def derived(self, purpose: str) -> bytes:
        """The 256-bit key for `purpose`: the same at every start, unlike any other purpose's."""
        return self._derived(purpose)

    def _derive(self, purpose: str) -> bytes:
        return HKDF(algorithm=SHA256(), length=BITS // 8, salt=None, info=f"edms {purpose}".encode()).derive(
            self._secret
        )

    def fingerprint(self, *parts: str) -> str:
        """A keyed hash of the parts (HMAC-SHA-256, hexadecimal): equal for equal parts, readable by nobody."""
        # Lengths stand before the parts, so that ("a", "bc") and ("ab", "c") differ.
        message = b"".join(len(text).to_bytes(4, "big") + text for text in (part.encode() for part in parts))
        return hmac.new(self.derived("fingerprint"), message, hashlib.sha256).hexdigest()

    def seal(self, plain: bytes, *, about: str) -> bytes:
        """`plain` encrypted (AES-256-GCM) and bound to `about`: sealed bytes moved to another row do not open."""
        nonce = secrets.token_bytes(_NONCE)
        return nonce + AESGCM(self.derived("seal")).encrypt(nonce, plain, about.encode())

    def unseal(self, sealed: bytes, *, about: str) -> bytes:
        """What was sealed. Errors: Corrupt when the bytes, the key or what they are about changed."""
        try:
            return AESGCM(self.derived("seal")).decrypt(sealed[:_NONCE], sealed[_NONCE:], about.encode())
        except (InvalidTag, ValueError):
            raise Corrupt("access.seal_broken") from None


def create(keys_dir: Path) -> Keys:
    """Make the key if there is none; an existing one is never replaced."""
    keys_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    # Written under another name and linked, so that a second process sees a whole key or none.
    beside = keys_dir / f".{FILE}.{secrets.token_hex(8)}"
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_bytes(BITS // 8))
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):  # somebody was first: theirs is the key
            os.link(beside, keys_dir / FILE)
    finally:
        beside.unlink()
    return load(keys_dir)


def are_in(keys_dir: Path) -> bool:
    """Is there a key, whatever it is worth?"""
    return (keys_dir / FILE).is_file()


def load(keys_dir: Path) -> Keys:
    """The key that setup made.

    Errors: Unavailable when there is none or it cannot be read; Corrupt when it is not a key, or others can read it.
    """
    path = keys_dir / FILE
    try:
        mode = path.stat().st_mode
        secret = path.read_bytes()
    except OSError as error:
        raise Unavailable("access.key_missing", file=path.name) from error
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise Corrupt("access.key_readable_by_others", file=path.name)
    if len(secret) != BITS // 8:
        raise Corrupt("access.key_wrong_length", file=path.name)
    return Keys(secret)
