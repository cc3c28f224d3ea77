"""A breaker: a server that did not answer is left alone for some seconds, so that nobody waits for it in turn."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from edms.errors import Unavailable

PAUSE_SECONDS = 5.0


class Breaker:
    """Closed, every call goes through. After a failure all are refused for the pause; then one tries, the rest wait."""

    def __init__(self, pause: float = PAUSE_SECONDS, now: Callable[[], float] = time.monotonic) -> None:
        self._pause, self._now = pause, now
        self._lock = threading.Lock()
        self._open_until: float | None = None

    def enter(self) -> None:
        """Before a call. Errors: Unavailable while the server is left alone."""
        with self._lock:
            if self._open_until is None:
                return
            if self._now() < self._open_until:
                raise Unavailable("search.no_answer")
            self._open_until = self._now() + self._pause  # this call is the one that tries

    def answered(self) -> None:
        """The server answered, whatever it said."""
        with self._lock:
            self._open_until = None

    def failed(self) -> None:
        """The server did not answer."""
        with self._lock:
            self._open_until = self._now() + self._pause
