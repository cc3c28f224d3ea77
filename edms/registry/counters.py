"""Drawing serials without gaps: the counter row is locked in the transaction of the act (house.md 2.7).

A sequence would leave gaps on rollback and max()+1 fails under load. The row is locked last in the act, so that others
wait only for the writing itself; whoever is rolled back or killed leaves the counter as it was.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import structlog
from sqlalchemy import bindparam, func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from edms import clock
from edms.db.base import Instant
from edms.registry.models import Counter, Register

# What lies between two clocks of one service, or is waited for a lock; more is a clock that was set back.
WAIT = timedelta(seconds=10)

log = structlog.get_logger(__name__)


_IDS = "nextval('document_document_id_seq') AS document_id, nextval('arrival_arrival_id_seq') AS arrival_id"
_DRAW = text(
    "INSERT INTO counter (register_id, year, last_serial, last_at) VALUES (:register_id, :year, 1, :now)"  # noqa: S608
    " ON CONFLICT (register_id, year) DO UPDATE SET last_serial = counter.last_serial + 1,"
    f" last_at = greatest(counter.last_at, excluded.last_at) RETURNING last_serial, last_at, {_IDS}"
).bindparams(bindparam("now", type_=Instant))


@dataclass(frozen=True)
class Ids:
    """What a letter and its paper will be called in the database, known before they are written (their leaves say it)."""

    document_id: int
    arrival_id: int


@dataclass(frozen=True)
class Drawn:
    """A serial, the year of its series, its instant and civil day, neither before those of the serial before; and ids."""

    serial: int
    year: int
    at: datetime
    on: date
    ids: Ids


def draw(session: Session, register: Register, zone: str) -> Drawn:
    """Take the next serial of the register's series of today. Holds the series until the transaction ends.

    One statement begins the series or moves it. Who waited for the row before is not registered before: order by number
    is order by time, also when a clock went back.
    """
    now = clock.now()
    year = clock.day_of(now, zone).year if register.yearly else 0
    values = {"register_id": register.register_id, "year": year, "now": now}
    row = session.execute(_DRAW, values).one()
    serial, at = row.last_serial, row.last_at.astimezone(UTC)
    if at - now > WAIT:
        log.warning("clock.went_back", register_id=register.register_id, last=at.isoformat())
    return Drawn(serial, year, at, clock.day_of(at, zone), Ids(row.document_id, row.arrival_id))


def ids(session: Session) -> Ids:
    """The ids alone, for a letter whose serial was drawn before."""
    row = session.execute(text(f"SELECT {_IDS}")).one()
    return Ids(row.document_id, row.arrival_id)


def begin_at(session: Session, register: Register, *, year: int, first_serial: int) -> None:
    """Let a series begin at `first_serial`: a town switches over in mid-year. Only before anything was drawn."""
    counter = _locked(session, register.register_id, year if register.yearly else 0)
    counter.last_serial = first_serial - 1


def last_drawn(session: Session) -> datetime | None:
    """The instant of the newest number of any register."""
    return session.scalar(select(func.max(Counter.last_at)))


def last_of(session: Session, register_id: int, year: int) -> int:
    """The last serial of a series; before the first one, the serial before it."""
    counter = session.get(Counter, (register_id, year))
    return counter.last_serial if counter is not None else 0


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
