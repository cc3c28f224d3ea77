"""The text of a checkpoint: a signed note as C2SP (signed-note, tlog-checkpoint) writes it.

Pure but for Ed25519. Four lines (the log's name, the size, the root, the time), an empty line, one signature line. What
is signed are the four lines with their line ends. Reading is strict: there is one way to write a checkpoint.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass
from datetime import datetime

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from edms.errors import Corrupt
from edms.ledger.leaves import instant

_ED25519 = b"\x01"
_NOTE = re.compile(
    r"(?P<origin>[^\s+]+)\n(?P<size>0|[1-9][0-9]{0,17})\n(?P<root>[A-Za-z0-9+/]{43}=)\n"
    r"time (?P<at>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)\n"
    r"\n— (?P<name>[^\s+]+) (?P<signature>[A-Za-z0-9+/]{91}=)\n"
)


@dataclass(frozen=True)
class Statement:
    """What a checkpoint says: the log `origin` had `size` leaves with this root at this instant."""

    origin: str
    size: int
    root: bytes
    at: datetime

    def text(self) -> str:
        """The lines that are signed."""
        root = base64.b64encode(self.root).decode()
        return f"{self.origin}\n{self.size}\n{root}\ntime {instant(self.at)}\n"


@dataclass(frozen=True)
class Verifier:
    """The public side of a log: its name and its Ed25519 key."""

    origin: str
    key: Ed25519PublicKey

    @property
    def raw(self) -> bytes:
        """The 32 bytes of the key (RFC 8032)."""
        return self.key.public_bytes(Encoding.Raw, PublicFormat.Raw)

    @property
    def hash(self) -> bytes:
        """The four bytes by which a signature line names its key (C2SP signed-note)."""
        return hashlib.sha256(self.origin.encode() + b"\n" + _ED25519 + self.raw).digest()[:4]

    @property
    def key_id(self) -> str:
        """The same as hexadecimal."""
        return self.hash.hex()

    @property
    def text(self) -> str:
        """The key as it is published, in base64."""
        return base64.b64encode(self.raw).decode()

    def pem(self) -> str:
        """The key as PEM, to be published."""
        return self.key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()

    def signed(self, statement: Statement, signature: bytes) -> bool:
        """Whether the signature over this statement is this key's."""
        if statement.origin != self.origin:
            return False
        try:
            self.key.verify(signature, statement.text().encode())
        except InvalidSignature:
            return False
        return True


def write(statement: Statement, key_id: str, signature: bytes) -> str:
    """The whole note."""
    line = base64.b64encode(bytes.fromhex(key_id) + signature).decode()
    return f"{statement.text()}\n— {statement.origin} {line}\n"


def read(note: str, verifier: Verifier) -> Statement:
    """The statement of a note that this key signed. Errors: Corrupt when it is not one."""
    found = _NOTE.fullmatch(note)
    if found is None:
        raise Corrupt("ledger.note_unreadable")
    try:
        root, line = (base64.b64decode(found[part], validate=True) for part in ("root", "signature"))
        statement = Statement(found["origin"], int(found["size"]), root, datetime.fromisoformat(found["at"]))
    except (binascii.Error, ValueError):
        raise Corrupt("ledger.note_unreadable") from None
    if found["name"] != statement.origin or line[:4] != verifier.hash or not verifier.signed(statement, line[4:]):
        raise Corrupt("ledger.note_not_signed", origin=statement.origin)
    if write(statement, verifier.key_id, line[4:]) != note:
        raise Corrupt("ledger.note_unreadable")
    return statement
