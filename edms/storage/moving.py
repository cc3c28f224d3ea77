"""A store that is being moved: it writes to the new place and reads from the new, then from the old.

So the service lives on while `migrate` copies, and nothing is missing at any moment. A key stays the same in both.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import BinaryIO, TypeVar

from edms.errors import Corrupt, EdmsError, NotFound, RuleBroken
from edms.storage.locks import Abilities, Lock, Trial, Wall
from edms.storage.port import ContentStore, Found, Health, Progress, Source, Stored

T = TypeVar("T")
_LOW_TO_HIGH = (Wall.NONE, Wall.OURS, Wall.STORE)


class MovingStore:
    """`new` takes everything; `old` is asked for what has not arrived there yet."""

    def __init__(self, new: ContentStore, old: ContentStore) -> None:
        self.new, self.old = new, old

    def put(self, stream: Source, *, limit: int, on_progress: Progress | None = None) -> Stored:
        return self.new.put(stream, limit=limit, on_progress=on_progress)

    def take_over(self, key: str, stream: Source) -> None:
        self.new.take_over(key, stream)

    def open(self, key: str) -> BinaryIO:
        return self._either(lambda store: store.open(key))

    def range(self, key: str, start: int, length: int) -> bytes:
        return self._either(lambda store: store.range(key, start, length))

    def size(self, key: str) -> int:
        return self._either(lambda store: store.size(key))

    def verify(self, key: str, *, sha256: str, size: int) -> None:
        self._either(lambda store: store.verify(key, sha256=sha256, size=size))

    def delete(self, key: str) -> None:
        # The old one first: the copying asks it last whether the content is still wanted.
        for store in (self.old, self.new):
            _lock_in(store, key).allow_erasing()
        self.old.delete(key)
        self.new.delete(key)

    def lock(self, key: str, until: datetime) -> Lock:
        return self._either(lambda store: store.lock(key, until))

    def hold(self, key: str, held: bool) -> Lock:
        return self._either(lambda store: store.hold(key, held))

    def lock_of(self, key: str) -> Lock:
        return self._either(lambda store: store.lock_of(key))

    @property
    def abilities(self) -> Abilities:
        """Until all is there, no more than both can do."""
        new, old = self.new.abilities, self.old.abilities
        wall = min(new.wall, old.wall, key=_LOW_TO_HIGH.index)
        return Abilities(wall, new.versions and old.versions, new.encrypts and old.encrypts)

    def trials(self) -> list[Trial]:
        return self.new.trials()

    def walk(self) -> Iterator[Found]:
        yield from self.new.walk()
        for found in self.old.walk():
            if _absent(self.new, found.key):
                yield found

    def health(self) -> Health:
        new, old = self.new.health(), self.old.health()
        # A full old store still serves; one that is away does not.
        return new if not new.ok or old.message in (None, "storage.full", "storage.nearly_full") else old

    def sweep(self, *, older_than: float) -> int:
        return self.new.sweep(older_than=older_than) + self.old.sweep(older_than=older_than)

    def _either(self, ask: Callable[[ContentStore], T]) -> T:
        try:
            return ask(self.new)
        except NotFound:
            return ask(self.old)


@dataclass
class Moved:
    """How far a migration has come: contents copied, already there, and those that could not be, with the reason."""

    copied: int = 0
    bytes: int = 0
    there: int = 0
    refused: dict[str, EdmsError] = field(default_factory=dict)


def migrate(source: ContentStore, target: ContentStore, *, on_each: Callable[[Found], None]) -> Moved:
    """Copy what the target lacks, each read back and compared there; safe to stop and to run again at any moment.

    A content that cannot be read soundly is named and left; the others go on. Errors: Unavailable.
    """
    moved = Moved()
    for found in source.walk():
        try:
            if _absent(target, found.key, found.size):
                with source.open(found.key) as stream:
                    target.take_over(found.key, stream)
                moved.copied, moved.bytes = moved.copied + 1, moved.bytes + found.size
            else:
                moved.there += 1
            _lock_alike(source, target, found.key)
        except NotFound:
            target.delete(found.key)  # erased by an act while it was copied
        except (Corrupt, RuleBroken) as error:
            moved.refused[found.key] = error
        on_each(found)
    return moved


def _lock_alike(source: ContentStore, target: ContentStore, key: str) -> None:
    """What was locked or held is so again; this also asks whether the source still has it. Errors: NotFound."""
    lock, there = source.lock_of(key), target.lock_of(key)
    if lock.until is not None and lock.closed and (there.until is None or there.until < lock.until):
        target.lock(key, lock.until)
    if lock.held and not there.held:
        target.hold(key, True)


def _absent(store: ContentStore, key: str, size: int | None = None) -> bool:
    try:
        there = store.size(key)
    except NotFound:
        return True
    return size is not None and there != size


def _lock_in(store: ContentStore, key: str) -> Lock:
    try:
        return store.lock_of(key)
    except NotFound:
        return Lock()
