"""Room for strangers where one question costs seconds: so many at once, and few of one address.

Without it whoever holds some lines open, or asks from one machine again and again, has every thread of the process to
herself. Addresses are folded as the throttles fold them.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from edms.errors import Unavailable
from edms.staff.throttle import network


class Room:
    """At most `most` at once, `of_one` of them of the same address; who finds no room is told `full` (a message id)."""

    def __init__(self, most: int, of_one: int, *, full: str) -> None:
        self._most, self._of_one, self._full = most, of_one, full
        self._inside: Counter[str] = Counter()
        self._changed = threading.Condition()

    @contextmanager
    def entered(self, address: str, *, wait: float = 0.0) -> Iterator[None]:
        """Be inside; `wait` seconds for room at most. Errors: Unavailable."""
        who = network(address)
        with self._changed:
            if not self._changed.wait_for(lambda: self._has_room(who), wait):
                raise Unavailable(self._full)
            self._inside[who] += 1
        try:
            yield
        finally:
            with self._changed:
                self._inside[who] -= 1
                self._inside += Counter()  # those who left take no memory
                self._changed.notify_all()

    def _has_room(self, who: str) -> bool:
        return self._inside.total() < self._most and self._inside[who] < self._of_one
