"""A pace for what is asked at every key: some at once, then so many a second, each person for herself."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

_FORGET = 4096  # people


class Pace:
    """Kept in this process: it spares the database, it guards nothing."""

    def __init__(self, burst: int, a_second: float, now: Callable[[], float] = time.monotonic) -> None:
        self._burst, self._rate, self._now = burst, a_second, now
        self._lock = threading.Lock()
        self._left: dict[int | None, tuple[float, float]] = {}

    def allows(self, person: int | None) -> bool:
        """May she be answered now?"""
        with self._lock:
            now = self._now()
            left, at = self._left.get(person, (float(self._burst), now))
            left = min(self._burst, left + (now - at) * self._rate)
            allowed = left >= 1
            if len(self._left) > _FORGET:
                self._left.clear()
            self._left[person] = (left - 1 if allowed else left, now)
            return allowed
