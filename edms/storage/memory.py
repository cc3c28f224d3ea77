"""The content store in memory: the twin that tests use. It keeps the same contract, `capacity` included."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import BinaryIO

from edms import clock
from edms.errors import NotFound, Unavailable
from edms.storage.locks import Abilities, Lock, Trial, Wall
from edms.storage.port import (
    RED_AT,
    Found,
    Health,
    Progress,
    Source,
    Stored,
    corrupt,
    digest,
    hashes_in,
    make_key,
    pieces,
    proving,
    quick,
)


class MemoryStore:
    """Contents in a dictionary; gone with the process."""

    def __init__(self, *, capacity: int = 1 << 30) -> None:
        self.capacity = capacity
        self.objects: dict[str, tuple[bytes, Found]] = {}
        self.locks: dict[str, Lock] = {}

    def put(self, stream: Source, *, limit: int, on_progress: Progress | None = None) -> Stored:
        room, gathered = self.capacity - self._used(), bytearray()
        if room <= 0:
            raise Unavailable("storage.full")
        for piece in pieces(stream, limit=limit, on_progress=on_progress):
            gathered += piece
            if len(gathered) > room:
                raise Unavailable("storage.full")
        hashes, size = digest([bytes(gathered)])
        key = make_key(hashes)
        self.objects[key] = (bytes(gathered), Found(key, size, clock.now()))
        return Stored(key, hashes.sha256, size)

    def take_over(self, key: str, stream: Source) -> None:
        whole = b"".join(pieces(stream, limit=self.capacity))
        if digest([whole])[0] != hashes_in(key):
            raise corrupt(key)
        self.objects[key] = (whole, Found(key, len(whole), clock.now()))

    def open(self, key: str) -> BinaryIO:
        return proving(io.BytesIO(self._bytes(key)), key)

    def range(self, key: str, start: int, length: int) -> bytes:
        whole = self._bytes(key)
        if quick([whole]) != hashes_in(key).blake3:
            raise corrupt(key)
        return whole[start : start + length]

    def size(self, key: str) -> int:
        return len(self._bytes(key))

    def verify(self, key: str, *, sha256: str, size: int) -> None:
        promised = hashes_in(key)
        if digest([self._bytes(key)]) != (promised, size) or sha256 != promised.sha256:
            raise corrupt(key)

    def delete(self, key: str) -> None:
        hashes_in(key)
        self.locks.get(key, Lock()).allow_erasing()
        self.objects.pop(key, None)
        self.locks.pop(key, None)

    def lock(self, key: str, until: datetime) -> Lock:
        self.locks[key] = self.lock_of(key).extended(until)
        return self.locks[key]

    def hold(self, key: str, held: bool) -> Lock:
        self.locks[key] = replace(self.lock_of(key), held=held)
        return self.locks[key]

    def lock_of(self, key: str) -> Lock:
        self._bytes(key)
        return self.locks.get(key, Lock())

    @property
    def abilities(self) -> Abilities:
        return Abilities(Wall.OURS)

    def trials(self) -> list[Trial]:
        return [Trial("walls", False, "storage.trial_walls_ours")]

    def sweep(self, *, older_than: float) -> int:
        return 0

    def walk(self) -> Iterator[Found]:
        yield from [found for _, found in self.objects.values()]

    def health(self) -> Health:
        fullness = self._used() / self.capacity
        if fullness >= 1:
            return Health(False, fullness, "storage.full")
        return Health(
            fullness < RED_AT,
            fullness,
            None if fullness < RED_AT else "storage.nearly_full",
        )

    def _used(self) -> int:
        return sum(len(whole) for whole, _ in self.objects.values())

    def _bytes(self, key: str) -> bytes:
        hashes_in(key)
        if key not in self.objects:
            raise NotFound("storage.no_such_content", key=key)
        return self.objects[key][0]
