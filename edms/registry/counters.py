"""Drawing serials without gaps: the counter row is locked in the transaction of the act (house.md 2.7).

A sequence would leave gaps on rollback and max()+1 fails under load. The row is locked last in the act, so that others
wait only for the writing itself; whoever is rolled back or killed leaves the counter as it was.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

import structlog
from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from edms import clock
from edms.db.base import Instant
from edms.registry.models import Counter, Register

# What lies between two clocks of one service, or is waited for a lock; more is a clock that was set back.
WAIT = timedelta(seconds=10)

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Drawn:
    """A serial, the year of its series, and its instant and civil day, neither before those of the serial before."""

    serial: int
    year: int
    at: datetime
    on: date


def draw(session: Session, register: Register, zone: str) -> Drawn:
    """Take the next serial of the register's series of today. Holds the series until the transaction ends.

    One statement begins the series or moves it. Who waited for the row before is not registered before: order by number
    is order by time, also when a clock went back.
    """
    now = clock.now()
    year = clock.day_of(now, zone).year if register.yearly else 0
    first = insert(Counter).values(register_id=register.register_id, year=year, last_serial=1, last_at=now)
    drawn = first.on_conflict_do_update(
        index_elements=[Counter.register_id, Counter.year],
        set_={
            "last_serial": Counter.last_serial + 1,
            "last_at": func.greatest(Counter.last_at, first.excluded.last_at, type_=Instant()),
        },
    ).returning(Counter.last_serial, Counter.last_at)
    # Not as an entity: one that the session holds already would answer with what it was.
    serial, at = session.execute(drawn.execution_options(synchronize_session=False)).one()
    if at is not None and at - now > WAIT:
        log.warning("clock.went_back", register_id=register.register_id, last=at.isoformat())
    return Drawn(serial, year, at or now, clock.day_of(at or now, zone))


def begin_at(session: Session, register: Register, *, year: int, first_serial: int) -> None:
    """Let a series begin at `first_serial`: a town switches over in mid-year. Only before anything was drawn."""
    counter = _locked(session, register.register_id, year if register.yearly else 0)
    counter.last_serial = first_serial - 1


def last_drawn(session: Session) -> datetime | None:
    """The instant of the newest number of any register."""
    return session.scalar(select(func.max(Counter.last_at)))


def untouched(session: Session, register_id: int) -> bool:
    """Has this register drawn nothing yet?"""
    drawn = select(Counter.register_id).where(Counter.register_id == register_id, Counter.last_at.is_not(None))
    return session.execute(drawn.limit(1)).first() is None


def _locked(session: Session, register_id: int, year: int) -> Counter:
    find = (
        select(Counter)
        .where(Counter.register_id == register_id, Counter.year == year)
        .with_for_update()
        .execution_options(populate_existing=True)  # another transaction may have moved it since it was loaded
    )
    counter = session.execute(find).scalar_one_or_none()
    if counter is None:
        begin = insert(Counter).values(register_id=register_id, year=year, last_serial=0)
        session.execute(begin.on_conflict_do_nothing())
        counter = session.execute(find).scalar_one()
    return counter
