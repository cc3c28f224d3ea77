"""Locks of the folder store: a note beside the content, written whole or not at all. This service keeps to it; whoever
administers the machine can remove both, and the store's abilities say so."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from edms.errors import Unavailable
from edms.storage.disk import private, sync
from edms.storage.locks import Lock


class LockNotes:
    """`KEY.lock` under the store's root; changed by one process at a time."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def read(self, key: str) -> Lock:
        """The lock as noted; none without a note. Errors: Unavailable (a note that cannot be read forbids erasing)."""
        try:
            noted = json.loads(self._note(key).read_text(encoding="ascii"))
            return Lock(datetime.fromisoformat(noted["until"]) if noted["until"] else None, bool(noted["held"]))
        except FileNotFoundError:
            return Lock()
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise Unavailable("storage.unavailable") from error

    def change(self, key: str, how: Callable[[Lock], Lock]) -> Lock:
        """Write the lock that `how` makes of the present one, durably."""
        with self.alone():
            lock = how(self.read(key))
            note = self._note(key)
            fresh = note.with_name(note.name + ".new")
            with open(fresh, "w", encoding="ascii", opener=private) as target:
                json.dump({"until": lock.until.isoformat() if lock.until else None, "held": lock.held}, target)
                target.flush()
                os.fsync(target.fileno())
            fresh.rename(note)
            sync(note.parent)
            return lock

    def forget(self, key: str) -> None:
        """The content is erased: its note goes too."""
        self._note(key).unlink(missing_ok=True)

    def _note(self, key: str) -> Path:
        return self._root / f"{key}.lock"

    @contextmanager
    def alone(self) -> Iterator[None]:
        """No other process changes a lock, or erases by it, meanwhile."""
        with open(self._root / ".locks", "w", opener=private) as gate:
            fcntl.flock(gate, fcntl.LOCK_EX)
            yield
