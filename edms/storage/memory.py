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
    pieces,
    proving,
)
from edms.storage.proofs import Proofs, Secret, all_of, promise_of


class MemoryStore:
    """Contents in a dictionary; gone with the process."""

    def __init__(self, *, secret: Secret | None = None, capacity: int = 1 << 30) -> None:
        self.proofs, self.capacity = Proofs(secret), capacity
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
        made = self.proofs.begin()
        made.update(bytes(gathered))
        promise = made.promise()
        self.objects[promise.key] = (bytes(gathered), Found(promise.key, made.size, clock.now()))
        return Stored(promise.key, promise.sha256, made.size)

    def take_over(self, key: str, stream: Source) -> None:
        whole = b"".join(pieces(stream, limit=self.capacity))
        if all_of(self.proofs.whole(key), [whole]) is None:
            raise corrupt(key)
        self.objects[key] = (whole, Found(key, len(whole), clock.now()))

    def open(self, key: str) -> BinaryIO:
        return proving(io.BytesIO(self._bytes(key)), key, self.proofs.of(key))

    def range(self, key: str, start: int, length: int) -> bytes:
        whole = self._bytes(key)
        if all_of(self.proofs.of(key), [whole]) is None:
            raise corrupt(key)
        return whole[start : start + length]

    def size(self, key: str) -> int:
        return len(self._bytes(key))

    def verify(self, key: str, *, sha256: str, size: int) -> None:
        if all_of(self.proofs.whole(key), [self._bytes(key)]) != size or sha256 != promise_of(key).sha256:
            raise corrupt(key)

    def delete(self, key: str) -> None:
        promise_of(key)
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
        promise_of(key)
        if key not in self.objects:
            raise NotFound("storage.no_such_content", key=key)
        return self.objects[key][0]
