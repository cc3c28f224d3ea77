"""The one place that asks for the time. Instants are UTC; days are civil days of an organisation's time zone.

The demo and the tests set the clock; nothing else does. That dates never go backwards within a register, even when
the machine's clock does, is the registry's care (`edms.registry.numbers`), not the clock's.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

_state = threading.local()


def now() -> datetime:
    """The present instant in UTC, or the instant of the innermost `at(...)` of this thread."""
    fixed: datetime | None = getattr(_state, "fixed", None)
    return fixed if fixed is not None else datetime.now(UTC)


def today(zone: str) -> date:
    """The civil day in the time zone `zone` (an IANA name such as Asia/Tbilisi)."""
    return day_of(now(), zone)


def day_of(instant: datetime, zone: str) -> date:
    """The civil day of `instant` in the time zone `zone`."""
    return instant.astimezone(ZoneInfo(zone)).date()


def hour_of(instant: datetime, zone: str) -> int:
    """The civil hour of `instant` in the time zone `zone`, 0 to 23."""
    return instant.astimezone(ZoneInfo(zone)).hour


@contextmanager
def at(instant: datetime) -> Iterator[None]:
    """Hold this thread's clock at `instant` (aware): the demo's past is made so, and tests of terms."""
    if instant.tzinfo is None:
        raise ValueError("an instant needs a time zone")
    before = getattr(_state, "fixed", None)
    _state.fixed = instant.astimezone(UTC)
    try:
        yield
    finally:
        _state.fixed = before
