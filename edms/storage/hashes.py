"""The two hashes of a content. SHA-256 is the one the world knows: it is recorded, told, signed over and sealed. BLAKE3 proves
the same at a quarter of its cost (docs/adr/0006-object-stores.md) and so is what every read is checked against. Both are in the key; what is written, and what a
sweep looks at, must agree in both."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from blake3 import blake3


@dataclass(frozen=True)
class Hashes:
    """Of one and the same bytes, in hex."""

    sha256: str
    blake3: str


class BothHashes:
    """Of what goes by in pieces."""

    def __init__(self) -> None:
        self._sha256, self._blake3 = hashlib.sha256(), blake3()

    def update(self, piece: bytes) -> None:
        self._sha256.update(piece)
        self._blake3.update(piece)

    @property
    def told(self) -> Hashes:
        """Of what has gone by so far."""
        return Hashes(self._sha256.hexdigest(), self._blake3.hexdigest())


def hashes_of(whole: bytes) -> Hashes:
    """Of bytes in memory."""
    both = BothHashes()
    both.update(whole)
    return both.told
