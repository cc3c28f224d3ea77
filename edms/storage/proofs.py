"""What proves a content: two values in its key, both made of its bytes when they are stored.

SHA-256 is the one the world knows: it is recorded, told, signed over and sealed, and needs no secret. Beside it stands a
tag (GMAC over AES-256, NIST SP 800-38D, of which the content's id is the nonce) under a secret of this service: nobody
without the secret can find other bytes for it, and it costs a tenth of the hash (docs/adr/0006-object-stores.md). Every
read is checked against the tag; where another service stored the bytes, or the secret is gone, against SHA-256.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from edms.errors import NotFound, Unavailable

Secret = Callable[[], bytes]
"""256 bits, asked for when they are first needed. Errors: Unavailable where there are none."""

KEY = re.compile(r"([0-9a-f]{2})/([0-9a-f]{2})/([0-9a-f]{32})-([0-9a-f]{64})-([0-9a-f]{8})([0-9a-f]{32})")
_NONCE = 12  # bytes of the id: the length that SP 800-38D recommends
_TAG = 16  # bytes
_MARK = 8  # hexadecimal digits: tells our secret from another's, no more


@dataclass(frozen=True)
class Promise:
    """What a key says of its content, all in hex: an id, the SHA-256, whose secret made the tag, and the tag."""

    ident: str
    sha256: str
    mark: str
    tag: str

    @property
    def key(self) -> str:
        """Two levels of folders, then all of it."""
        return f"{self.sha256[:2]}/{self.sha256[2:4]}/{self.ident}-{self.sha256}-{self.mark}{self.tag}"


def promise_of(key: str) -> Promise:
    """What a key promises. Errors: NotFound for anything that is no key, so no path can be smuggled in."""
    match = KEY.fullmatch(key)
    if match is None or match[4][:4] != match[1] + match[2]:
        raise NotFound("storage.no_such_content", key=key)
    return Promise(*match.groups()[2:])


class Beside(Protocol):
    """Sees every piece that goes by."""

    def update(self, piece: bytes, /) -> None: ...


class Check(Beside, Protocol):
    """Then: are they what was promised? Asked once."""

    def holds(self) -> bool: ...


class Proofs:
    """Makes keys and checks bytes against them. Without a `secret` it has one of its own, gone with the process."""

    def __init__(self, secret: Secret | None = None) -> None:
        own = secrets.token_bytes(32)
        self._secret = secret or (lambda: own)

    @cached_property
    def _known(self) -> tuple[str, bytes]:
        secret = self._secret()
        return hmac.digest(secret, b"edms contents mark", "sha256").hex()[:_MARK], secret

    def begin(self) -> Made:
        """For bytes that go to be stored. Errors: Unavailable without the secret."""
        return Made(secrets.token_hex(16), *self._known)

    def of(self, key: str) -> Check:
        """For bytes that are read: by the tag, if it is ours, else by SHA-256."""
        promise = promise_of(key)
        return _Tagged(promise, self._known[1]) if self._ours(promise) else _Hashed(promise)

    def whole(self, key: str) -> Check:
        """For bytes that come anew, or are swept: by both as far as both can be made."""
        promise = promise_of(key)
        return _Both(_Hashed(promise), self.of(key)) if self._ours(promise) else _Hashed(promise)

    def _ours(self, promise: Promise) -> bool:
        try:
            return promise.mark == self._known[0]
        except Unavailable:
            return False


class Made:
    """SHA-256, tag and size of what goes by, and the key that carries them."""

    def __init__(self, ident: str, mark: str, secret: bytes) -> None:
        self._ident, self._mark = ident, mark
        self._sha256, self._tag = hashlib.sha256(), _Tag(ident, secret)
        self.size = 0

    def update(self, piece: bytes) -> None:
        self._sha256.update(piece)
        self._tag.update(piece)
        self.size += len(piece)

    def promise(self) -> Promise:
        """Of all that went by; asked for once, at the end."""
        return Promise(self._ident, self._sha256.hexdigest(), self._mark, self._tag.end())


class _Tag:
    def __init__(self, ident: str, secret: bytes) -> None:
        self._gmac = Cipher(algorithms.AES(secret), modes.GCM(bytes.fromhex(ident)[:_NONCE])).encryptor()

    def update(self, piece: bytes) -> None:
        self._gmac.authenticate_additional_data(piece)

    def end(self) -> str:
        self._gmac.finalize()
        return self._gmac.tag.hex()


class _Tagged:
    def __init__(self, promise: Promise, secret: bytes) -> None:
        self._promised, self._tag = promise.tag, _Tag(promise.ident, secret)

    def update(self, piece: bytes) -> None:
        self._tag.update(piece)

    def holds(self) -> bool:
        return hmac.compare_digest(self._tag.end(), self._promised)


class _Hashed:
    def __init__(self, promise: Promise) -> None:
        self._promised, self._sha256 = promise.sha256, hashlib.sha256()

    def update(self, piece: bytes) -> None:
        self._sha256.update(piece)

    def holds(self) -> bool:
        return self._sha256.hexdigest() == self._promised


class _Both:
    def __init__(self, *checks: Check) -> None:
        self._checks = checks

    def update(self, piece: bytes) -> None:
        for check in self._checks:
            check.update(piece)

    def holds(self) -> bool:
        return all(check.holds() for check in self._checks)


class Leaves:
    """Tags of the pieces of a content, made while all of it is proved, so that a part can be proved alone afterwards.

    They never leave the process: their key is of this content and this moment.
    """

    def __init__(self, size: int) -> None:
        self._size, self._gmac, self._tags = size, AESGCM(secrets.token_bytes(32)), bytearray()

    def __len__(self) -> int:
        """Bytes of memory."""
        return len(self._tags)

    def add(self, piece: bytes) -> None:
        """The next piece: of the whole size, or the last."""
        self._tags += self._tag(len(self._tags) // _TAG, piece)

    def match(self, part: bytes, first: int) -> bool:
        """Is `part` what went by, from piece `first` on? It ends where a piece ends."""
        pieces = range(0, len(part), self._size)
        found = b"".join(self._tag(first + at // self._size, part[at : at + self._size]) for at in pieces)
        return hmac.compare_digest(found, bytes(self._tags[first * _TAG : (first + len(pieces)) * _TAG]))

    def _tag(self, number: int, piece: bytes) -> bytes:
        return self._gmac.encrypt(number.to_bytes(_NONCE, "big"), b"", piece)


def all_of(check: Check, stream: Iterable[bytes]) -> int | None:
    """How many bytes there were, or None when they are not what was promised."""
    size = 0
    for piece in stream:
        check.update(piece)
        size += len(piece)
    return size if check.holds() else None
