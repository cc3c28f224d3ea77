"""Locks of contents as values: until when, held or not, and how far a store's word on it can be trusted.

One rule for every store: a lock is extended, never shortened; what is locked or held is not erased. Retention and holds
are decided by our database first; the store's lock is the second wall, and a store that cannot be one says so.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from edms import clock
from edms.errors import Invalid, RuleBroken


class Wall(StrEnum):
    """Against whom a lock of this store holds."""

    NONE = "none"  # nobody: the store keeps no locks, or broke one when it was tried
    OURS = "ours"  # against this service; not against who administers the machine
    STORE = "store"  # against everybody who has the service's access, as its probe has proved


@dataclass(frozen=True)
class Abilities:
    """What a store can do beyond keeping bytes; an ability that was not proved is not claimed."""

    wall: Wall
    versions: bool = False
    """An overwritten or erased content can be had back."""
    encrypts: bool = False
    """The store says that it keeps the bytes encrypted."""


@dataclass(frozen=True)
class Lock:
    """Not to be erased before `until`, nor while `held`."""

    until: datetime | None = None
    held: bool = False

    @property
    def closed(self) -> bool:
        """Does it forbid erasing now?"""
        return self.held or (self.until is not None and self.until > clock.now())

    def extended(self, until: datetime) -> Lock:
        """The same lock with a later end, in whole seconds. Errors: Invalid (in the past), RuleBroken (shorter)."""
        wanted = until if not until.microsecond else until.replace(microsecond=0) + timedelta(seconds=1)
        if wanted <= clock.now():
            raise Invalid("storage.lock_in_the_past")
        if self.until is not None and wanted < self.until:
            raise RuleBroken("storage.lock_shortened", until=self.until)
        return replace(self, until=wanted)

    def allow_erasing(self) -> None:
        """Errors: RuleBroken while the lock is closed."""
        if self.held:
            raise RuleBroken("storage.held")
        if self.closed:
            raise RuleBroken("storage.locked", until=self.until)


@dataclass(frozen=True)
class Trial:
    """One thing that was tried on a store, and what came of it."""

    what: str
    passed: bool
    message: str
    values: dict[str, object] = field(default_factory=dict)
