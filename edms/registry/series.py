"""The series of a register year by year: when it was opened, how far it came, what became of its numbers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import require
from edms.access.scope import in_sight
from edms.registry.models import Counter, Document, Number, Register
from edms.registry.older import migration
from edms.registry.reservations import NOT_USED
from edms.registry.words import NumberState


@dataclass(frozen=True)
class Series:
    """One year of a register (0: it runs on). `begun_on` is the day of its first number, None while there is none."""

    year: int
    begun_on: date | None
    first: int | None
    last: int  # the last serial drawn; before the first one, the serial before it
    used: int
    void: int
    reserved: int

    @property
    def whole(self) -> bool:
        """Has every serial from the first to the last its row? A gap would mean that one was taken out."""
        return self.first is None or self.last - self.first + 1 == self.used + self.void + self.reserved


def series(session: Session, actor: Actor, book: Register) -> list[Series]:
    """The years of a register, the newest first."""
    require(actor, Permission.REGISTER_READ, book)
    by_year = _drawn(session, actor, book)
    if actor.sights:  # how far the series came outside her days is not told
        return [_of_sight(year, row) for year, row in sorted(by_year.items(), reverse=True)]
    counters = select(Counter).where(Counter.register_id == book.register_id).order_by(Counter.year.desc())
    return [_series(counter, by_year.get(counter.year)) for counter in session.scalars(counters)]


@dataclass(frozen=True)
class _Drawn:
    begun_on: date | None
    first: int
    last: int
    whole: int
    states: dict[NumberState, int]


def _drawn(session: Session, actor: Actor, book: Register) -> dict[int, _Drawn]:
    """What was drawn in each year. Every row is counted, by the keys alone; only those that stand on nothing are opened."""
    own = (Number.register_id == book.register_id, in_sight(actor, Number.register_id, Number.drawn_on))
    counted = (Number.year, func.min(Number.serial).label("first"), func.max(Number.serial), func.count())
    years = select(*counted).where(*own).group_by(Number.year).subquery()
    found = select(years, Number.drawn_on).join(
        Number,
        and_(Number.register_id == book.register_id, Number.year == years.c.year, Number.serial == years.c.first),
    )
    idle = select(Number.year, Number.state, func.count()).where(NOT_USED, *own).group_by(Number.year, Number.state)
    states: dict[int, dict[NumberState, int]] = {}
    for year, state, count in session.execute(idle):
        states.setdefault(year, {})[state] = count
    return {
        year: _Drawn(begun_on, first, last, count, states.get(year, {}))
        for year, first, last, count, begun_on in session.execute(found)
    }


def _of_sight(year: int, drawn: _Drawn) -> Series:
    return _made(year, drawn, drawn.last)


def _series(counter: Counter, drawn: _Drawn | None) -> Series:
    if drawn is None:
        return Series(counter.year, None, None, counter.last_serial, 0, 0, 0)
    return _made(counter.year, drawn, counter.last_serial)


def _made(year: int, drawn: _Drawn, last: int) -> Series:
    void, reserved = (drawn.states.get(state, 0) for state in (NumberState.VOID, NumberState.RESERVED))
    return Series(year, drawn.begun_on, drawn.first, last, drawn.whole - void - reserved, void, reserved)


def drawn_in(session: Session, actor: Actor, book: Register, first: date, last: date) -> dict[str, int]:
    """How many numbers were drawn in these days, by what became of them ("used", "void", "reserved"), and "older".

    The caller has asked for the right.
    """
    years = range(first.year, last.year + 1)
    drawn = select(Number.state, func.count()).where(
        Number.register_id == book.register_id, Number.year.in_(years if book.yearly else (0,)),
        Number.drawn_on.between(first, last),
        in_sight(actor, Number.register_id, Number.drawn_on),
    )  # fmt: skip
    older = select(func.count()).where(
        Document.organisation_id == book.organisation_id, Document.register_id == book.register_id,
        Document.year.in_([migration.older(year) for year in years]), Document.registered_on.between(first, last),
        in_sight(actor, Document.register_id, Document.registered_on),
    )  # fmt: skip
    found = {state.value: n for state, n in session.execute(drawn.group_by(Number.state)).all()}
    return {**{state.value: found.get(state.value, 0) for state in NumberState}, "older": session.scalar(older) or 0}
