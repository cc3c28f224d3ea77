"""The port every content store answers to, and what is the same in all of them: limits, reading with proof.

A key is made once, of a random id and what proves the bytes (`edms.storage.proofs`): two contents never share one, even
when their bytes are equal, so erasing one cannot hurt the other; and every read can prove itself.
A store neither overwrites nor renames; names, types and states of contents are the registry's, never part of a key.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import BinaryIO, Protocol, cast

from edms.errors import Corrupt, Invalid
from edms.storage.locks import Abilities, Lock, Trial
from edms.storage.proofs import Check

PIECE = 1 << 20
"""Bytes are moved in pieces of 1 MiB, so memory does not grow with the size of a content."""

RED_AT = 0.90
"""A store fuller than this turns the health check red, before it is full (faults.md F11)."""

Progress = Callable[[int], None]


@dataclass(frozen=True)
class Stored:
    """What was stored: its key, its SHA-256 in hex, its size in bytes."""

    key: str
    sha256: str
    size: int


@dataclass(frozen=True)
class Found:
    """An object found while walking the store."""

    key: str
    size: int
    stored_at: datetime


@dataclass(frozen=True)
class Health:
    """Whether the store can take more; `fullness` is 0..1, or None where the store cannot tell."""

    ok: bool
    fullness: float | None
    message: str | None = None


class Source(Protocol):
    """Anything that bytes can be read from: an upload, an open file, a mail attachment."""

    def read(self, size: int = ..., /) -> bytes: ...


class ContentStore(Protocol):
    """Keeps bytes. Errors: Unavailable when the store does not answer or is full, Corrupt when bytes have changed."""

    def put(self, stream: Source, *, limit: int, on_progress: Progress | None = None) -> Stored:
        """Store a stream of at most `limit` bytes durably, read it back, compare. Invalid when it is longer."""

    def open(self, key: str) -> BinaryIO:
        """Read the whole: the last piece is handed out only once all is proved. NotFound, Corrupt."""

    def range(self, key: str, start: int, length: int) -> bytes:
        """Read `length` bytes from `start`, fewer at the end, of a content that is proved as a whole. NotFound, Corrupt."""

    def size(self, key: str) -> int:
        """Size in bytes. NotFound."""

    def verify(self, key: str, *, sha256: str, size: int) -> None:
        """Read all of it anew and compare with what was recorded. NotFound, Corrupt."""

    def take_over(self, key: str, stream: Source) -> None:
        """Store bytes under the key they had in another store. Corrupt when they are not what the key promises."""

    def delete(self, key: str) -> None:
        """Erase the bytes, old versions too; erasing what is gone already is no error. RuleBroken while locked or held.

        Only an approved act leads here.
        """

    def lock(self, key: str, until: datetime) -> Lock:
        """Nobody erases it before `until`; a later call extends. NotFound, Invalid (in the past), RuleBroken (shorter,
        or the store keeps no locks: see `abilities`)."""

    def hold(self, key: str, held: bool) -> Lock:
        """Nobody erases it while it is held; False lifts the hold. NotFound, RuleBroken (the store keeps no locks)."""

    def lock_of(self, key: str) -> Lock:
        """The lock on a content as the store knows it. NotFound."""

    @property
    def abilities(self) -> Abilities:
        """What the store can do beyond keeping bytes; a remote store is probed for it, once in a process."""

    def trials(self) -> list[Trial]:
        """What came of trying to break a lock from outside the port, on contents made for it (`edms.storage.probe`)."""

    def sweep(self, *, older_than: float) -> int:
        """Remove what dead processes left unfinished more than `older_than` seconds ago; the count."""

    def walk(self) -> Iterator[Found]:
        """Every object there is, in no particular order."""

    def health(self) -> Health:
        """Whether there is room; red from 90 %."""


def pieces(stream: Source, *, limit: int, on_progress: Progress | None = None) -> Iterator[bytes]:
    """The stream in pieces, stopped at the first byte over `limit`. Errors: Invalid `storage.too_large`."""
    total = 0
    while piece := stream.read(PIECE):
        total += len(piece)
        if total > limit:
            raise Invalid("storage.too_large", limit=limit)
        yield piece
        if on_progress is not None:
            on_progress(total)


def corrupt(key: str) -> Corrupt:
    """The alarm for bytes that are no longer what was stored."""
    return Corrupt("storage.bytes_changed", key=key)


class ProvingReader(io.BufferedIOBase):
    """Hands out a content and proves it on the way.

    It stays one piece behind what it has read; the last piece leaves only when the whole is right, so
    changed bytes always end in Corrupt and never in a complete-looking copy. Whoever reads in pieces of ours gets them
    as they came, without a copy.
    """

    def __init__(self, raw: BinaryIO, key: str, check: Check) -> None:
        self._raw, self._key, self._check = raw, key, check
        self._ahead = self._take()
        self._ready, self._at = b"", 0

    def _take(self) -> bytes:
        piece = self._raw.read(PIECE)
        if piece:
            self._check.update(piece)
        elif not self._check.holds():
            self.close()
            raise corrupt(self._key)
        return piece

    def readable(self) -> bool:
        return True

    def read(self, size: int | None = -1, /) -> bytes:
        left, parts = sys.maxsize if size is None or size < 0 else size, []
        while left and (part := self.read1(left)):
            parts.append(part)
            left -= len(part)
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def read1(self, size: int = -1, /) -> bytes:
        if self._at == len(self._ready) and self._ahead:
            piece, self._ahead = self._ahead, self._take()
            self._ready, self._at = piece, 0
        start, self._at = self._at, min(len(self._ready), self._at + size) if size >= 0 else len(self._ready)
        return self._ready[start : self._at]

    def close(self) -> None:
        if not self.closed:
            self._raw.close()
        super().close()


def proving(raw: BinaryIO, key: str, check: Check) -> BinaryIO:
    """The reader of a content, as a store hands it out. Errors: Corrupt."""
    return cast(BinaryIO, ProvingReader(raw, key, check))


def orphans(
    store: ContentStore,
    known: Callable[[list[str]], set[str]],
    *,
    stored_before: datetime,
    batch: int = 500,
) -> Iterator[Found]:
    """Objects no row speaks of: left behind by a process that died between storing and committing.

    `known` tells which of some keys have a row. Objects younger than `stored_before` may still get theirs: left out.
    """
    old = (found for found in store.walk() if found.stored_at < stored_before)
    for group in iter(lambda: list(islice(old, batch)), []):
        have = known([found.key for found in group])
        yield from (found for found in group if found.key not in have)
