"""The controller's counts: what stands under control by term, unit and person, and the summary of a month (D414 42, 44).

A count and the list behind it have the same bounds and the same scope.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Date, and_, case, cast, func, or_, select
from sqlalchemy.orm import Session

from edms import clock
from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import require
from edms.access.scope import own_organisation, visible
from edms.registry.models import Document
from edms.registry.words import OPEN_STATES, RegisterKind
from edms.routing.clocks import STANDS, stands
from edms.routing.models import Control

# Its final reply has gone, or it came in and was executed. A paper of our own is filed when signed, and executed after.
ANSWERED = or_(
    Control.closing_proposed_at.is_not(None),
    and_(Document.state.not_in(OPEN_STATES), Document.kind.in_([kind for kind in RegisterKind if kind.comes_in])),
)


def is_answered(control: Control, document: Document) -> bool:
    """The same of one letter: it is late no more, it waits for the word that ends control."""
    over = document.state not in OPEN_STATES and document.kind.comes_in
    return control.closing_proposed_at is not None or over


class Due(StrEnum):
    """What was answered, then how near the day is, the most urgent first, then what has no day: its letter's legal term
    stands. A week ends on Sunday."""

    ANSWERED = "answered"  # its day counts no more
    LATE_MONTHS = "late_months"  # more than thirty days ago
    LATE_WEEKS = "late_weeks"  # eight to thirty days ago
    LATE_DAYS = "late_days"  # one to seven days ago
    TODAY = "today"
    WEEK = "week"  # this week, after today
    REST = "rest"  # this month, after this week
    AFTER = "after"
    STANDS = "stands"

    @property
    def is_late(self) -> bool:
        """Is its day over?"""
        return self in (Due.LATE_MONTHS, Due.LATE_WEEKS, Due.LATE_DAYS)


BY_DAY = tuple(due for due in Due if due not in (Due.ANSWERED, Due.STANDS))


def bounds(due: Due, today: date) -> tuple[date | None, date | None]:
    """The first and the last day that it holds (one of BY_DAY); None where there is no such end. It may hold none: first
    after last."""
    sunday = today + timedelta(days=6 - today.weekday())
    month_end = max(sunday, (today.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1))
    return {
        Due.LATE_MONTHS: (None, today - timedelta(days=31)),
        Due.LATE_WEEKS: (today - timedelta(days=30), today - timedelta(days=8)),
        Due.LATE_DAYS: (today - timedelta(days=7), today - timedelta(days=1)),
        Due.TODAY: (today, today),
        Due.WEEK: (today + timedelta(days=1), sunday),
        Due.REST: (sunday + timedelta(days=1), month_end),
        Due.AFTER: (month_end + timedelta(days=1), None),
    }[due]


def group_of(control: Control, document: Document, today: date) -> Due:
    """Where a letter under control stands in the list."""
    if is_answered(control, document):
        return Due.ANSWERED
    return Due.STANDS if stands(document) is not None else due_of(control.due_on, today)


def due_of(day: date, today: date) -> Due:
    """Where a day falls."""
    return next(due for due in BY_DAY if _holds(*bounds(due, today), day))


def _holds(first: date | None, last: date | None, day: date) -> bool:
    return (first is None or first <= day) and (last is None or day <= last)


@dataclass(frozen=True)
class Standing:
    """What stands under control: in all, by unit, by responsible person. Ids; 0 is none."""

    all: Counter[Due]
    units: dict[int, Counter[Due]]
    people: dict[int, Counter[Due]]


def standing(session: Session, actor: Actor, *, unit_id: int | None = None, official_id: int | None = None) -> Standing:
    """Count what stands under control today. Errors: Forbidden."""
    require(actor, Permission.CONTROL_READ)
    today = clock.today(actor.time_zone)
    numbers = [func.count(case((ANSWERED, 1)))]
    numbers += [func.count(case((~ANSWERED & ~STANDS & _between(*bounds(due, today)), 1))) for due in BY_DAY]
    numbers.append(func.count(case((~ANSWERED & STANDS, 1))))
    found = (
        select(Document.unit_id, Document.responsible_id, *numbers)
        .join(Control, Control.document_id == Document.document_id)
        .where(own_organisation(actor, Control.organisation_id), Control.removed_at.is_(None))
        .where(visible(actor, Document.readers))
    )
    if unit_id is not None:
        found = found.where(Document.unit_id == unit_id)
    if official_id is not None:
        found = found.where(Document.responsible_id == official_id)
    made = Standing(Counter(), {}, {})
    for unit, person, *counts in session.execute(found.group_by(Document.unit_id, Document.responsible_id)):
        for due, n in zip(Due, counts, strict=True):
            for counter in (
                made.all, made.units.setdefault(unit or 0, Counter()), made.people.setdefault(person or 0, Counter())
            ):  # fmt: skip
                counter[due] += n
    return made


def _between(first: date | None, last: date | None) -> ColumnElement[bool]:
    kept = [Control.due_on >= first] if first is not None else []
    return and_(*kept, *([Control.due_on <= last] if last is not None else []))


@dataclass(frozen=True)
class MonthRow:
    """A unit's month (0: letters with no unit): put on control, taken off, of these executed in term; and at its end."""

    unit_id: int
    put: int
    removed: int
    in_term: int
    standing: int
    overdue: int


def summary(
    session: Session, actor: Actor, begins: datetime, ends: datetime, last: date
) -> Sequence[MonthRow]:  # fmt: skip
    """The month from `begins` to before `ends`, whose last day is `last`, by unit. Errors: Forbidden.

    A letter that was put on control again counts where it was put last. One that came in is executed when it ends or
    when its final reply goes; a paper of ours is filed when it is signed, and executed when it is answered or taken off.
    """
    require(actor, Permission.CONTROL_READ)
    removed = and_(Control.removed_at >= begins, Control.removed_at < ends)
    comes_in = Document.kind.in_([kind for kind in RegisterKind if kind.comes_in])
    answered_at = func.least(Control.closing_proposed_at, case((comes_in, Document.over_at)))
    ended_on = cast(func.timezone(actor.time_zone, func.coalesce(answered_at, Control.removed_at)), Date)
    on_control = and_(Control.put_at < ends, or_(Control.removed_at.is_(None), Control.removed_at >= ends))
    open_then = or_(answered_at.is_(None), answered_at >= ends)
    late_then = and_(Control.due_on <= last, or_(~STANDS, Document.term["stands_since"].astext > last.isoformat()))
    numbers: list[Any] = [
        func.count(case((condition, 1)))
        for condition in (
            and_(Control.put_at >= begins, Control.put_at < ends),
            removed,
            and_(removed, ended_on <= Control.due_on),
            on_control,
            and_(on_control, open_then, late_then),
        )
    ]
    found = (
        select(Document.unit_id, *numbers)
        .join(Control, Control.document_id == Document.document_id)
        .where(own_organisation(actor, Control.organisation_id), Control.put_at < ends)
        .where(or_(Control.removed_at.is_(None), Control.removed_at >= begins), visible(actor, Document.readers))
        .group_by(Document.unit_id)
    )
    return [MonthRow(unit or 0, *counts) for unit, *counts in session.execute(found)]
