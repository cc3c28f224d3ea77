"""The series of a register year by year: when it was opened, how far it came, what became of its numbers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import require
from edms.registry.models import Counter, Number, Register
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
    by_year = {
        row.year: row
        for row in session.execute(
            select(
                Number.year,
                func.min(Number.drawn_on).label("begun_on"),
                func.min(Number.serial).label("first"),
                *(func.count().filter(Number.state == state).label(state.value) for state in NumberState),
            )
            .where(Number.register_id == book.register_id)
            .group_by(Number.year)
        )
    }
    counters = select(Counter).where(Counter.register_id == book.register_id).order_by(Counter.year.desc())
    return [_series(counter, by_year.get(counter.year)) for counter in session.scalars(counters)]


def _series(counter: Counter, drawn: Any) -> Series:
    if drawn is None:
        return Series(counter.year, None, None, counter.last_serial, 0, 0, 0)
    return Series(
        counter.year, drawn.begun_on, drawn.first, counter.last_serial, drawn.used, drawn.void, drawn.reserved
    )
