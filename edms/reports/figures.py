"""The Monday figures: received, ended, in term, open, late and on control, by unit and by person.

Incoming, created and citizens' letters are counted apart (D414 art. 36). A figure and the list behind it have the same
conditions and the same scope: what is counted is exactly what the reader may open.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Date, and_, bindparam, case, cast, func, or_, select, true, tuple_
from sqlalchemy.orm import Session

from edms import clock
from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import require
from edms.access.scope import own_organisation, visible
from edms.overview.line import LetterLine, lines_of
from edms.registry.models import Document
from edms.registry.words import OPEN_STATES, RegisterKind
from edms.reports.period import Period

# Written into the statement, so that the server sees that its small index of open letters answers.
_OPEN = Document.state.in_(bindparam("open_states", OPEN_STATES, expanding=True, literal_execute=True))


class Group(StrEnum):
    """What is counted apart (D414 art. 36)."""

    INCOMING = "incoming"
    CREATED = "created"
    CITIZENS = "citizens"


GROUP_OF = {
    kind: Group.CREATED if not kind.comes_in else Group.INCOMING if kind is RegisterKind.INCOMING else Group.CITIZENS
    for kind in RegisterKind
}


class Figure(StrEnum):
    """What is counted. The first three are of the period, the others of this day."""

    RECEIVED = "received"  # registered in the period
    ENDED = "ended"  # answered, executed, signed or filed in the period
    IN_TERM = "in_term"  # of these, on the day it was due or before; a letter without a term is in term
    OPEN = "open"
    LATE = "late"  # open, and the day it was due is over
    CONTROL = "control"

    @property
    def of_period(self) -> bool:
        """Does it belong to the period? Then there is one of the period before."""
        return self in (Figure.RECEIVED, Figure.ENDED, Figure.IN_TERM)


@dataclass(frozen=True)
class Asked:
    """Whose letters: of a group, a unit, a person; None is all, 0 is those that lie with no unit or nobody."""

    group: Group | None = None
    unit: int | None = None
    person: int | None = None


Counts = Counter[Figure]


@dataclass(frozen=True)
class Sheet:
    """The figures of a period; `before` are those of the period before it. Units and people: ids, 0 is none."""

    period: Period
    all: Counts
    before: Counts
    groups: dict[Group, tuple[Counts, Counts]]
    units: dict[int, tuple[Counts, Counts]]
    people: dict[int, tuple[Counts, Counts]]


def sheet(session: Session, actor: Actor, period: Period, asked: Asked | None = None) -> Sheet:
    """Count. Four statements, each over an index. Errors: Forbidden."""
    require(actor, Permission.REPORT_READ)
    made = Sheet(period, Counter(), Counter(), {group: (Counter(), Counter()) for group in Group}, {}, {})
    for kind, unit, person, figure, number, number_before in _counted(session, actor, period, asked or Asked()):
        places = (
            (made.all, made.before),
            made.groups[GROUP_OF[kind]],
            made.units.setdefault(unit or 0, (Counter(), Counter())),
            made.people.setdefault(person or 0, (Counter(), Counter())),
        )
        for now, before in places:
            now[figure] += number
            before[figure] += number_before
    return made


def letters(
    session: Session,
    actor: Actor,
    figure: Figure,
    period: Period,
    asked: Asked | None = None,
    *,
    before: tuple[datetime, int] | None = None,
    limit: int = 50,
) -> list[LetterLine]:
    """The letters that the figure counts, the newest first; `before` is the last line's (registered_at, id).

    Errors: Forbidden.
    """
    require(actor, Permission.REPORT_READ)
    today = clock.today(actor.time_zone)
    found = select(Document).where(*_scope(actor, asked or Asked()), _is(figure, period, actor.time_zone, today))
    if before is not None:
        found = found.where(tuple_(Document.registered_at, Document.document_id) < before)
    found = found.order_by(Document.registered_at.desc(), Document.document_id.desc()).limit(limit)
    return lines_of(session, list(session.scalars(found)), today)


def _counted(session: Session, actor: Actor, period: Period, asked: Asked) -> Iterator[tuple[Any, ...]]:
    """(kind, unit, person, figure, number, number of the period before)."""
    zone, today = actor.time_zone, clock.today(actor.time_zone)
    whole = Period(period.before.first, period.last)
    together = (
        (_is(Figure.RECEIVED, whole, zone, today), (Figure.RECEIVED,)),
        (_is(Figure.ENDED, whole, zone, today), (Figure.ENDED, Figure.IN_TERM)),
        (_is(Figure.OPEN, period, zone, today), (Figure.OPEN, Figure.LATE)),
        (_is(Figure.CONTROL, period, zone, today), (Figure.CONTROL,)),
    )
    by = (Document.kind, Document.unit_id, Document.responsible_id)
    for bounds, figures in together:
        numbers = [_count(_is(figure, span, zone, today)) for figure in figures for span in (period, period.before)]
        for row in session.execute(select(*by, *numbers).where(*_scope(actor, asked), bounds).group_by(*by)):
            for place, figure in enumerate(figures):
                now, before = row[3 + 2 * place], row[4 + 2 * place]
                yield row[0], row[1], row[2], figure, now, before if figure.of_period else 0


def _count(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.count(case((condition, 1)))


def _scope(actor: Actor, asked: Asked) -> list[ColumnElement[bool]]:
    kept = [own_organisation(actor, Document.organisation_id), visible(actor, Document.readers)]
    if asked.group is not None:
        kept.append(Document.kind.in_([kind for kind, group in GROUP_OF.items() if group is asked.group]))
    for column, wanted in ((Document.unit_id, asked.unit), (Document.responsible_id, asked.person)):
        if wanted is not None:
            kept.append(column == wanted if wanted else column.is_(None))
    return kept


def _is(figure: Figure, period: Period, zone: str, today: date) -> ColumnElement[bool]:
    """What a letter must be to be counted by the figure: the one place where this is said."""
    begins, ends = period.moments(zone)
    ended = and_(Document.over_at >= begins, Document.over_at < ends)
    match figure:
        case Figure.RECEIVED:
            return Document.registered_on.between(period.first, period.last)
        case Figure.ENDED:
            return ended
        case Figure.IN_TERM:
            ended_on = cast(func.timezone(zone, Document.over_at), Date)
            return and_(ended, or_(Document.due_on.is_(None), ended_on <= Document.due_on))
        case Figure.OPEN:
            return _OPEN
        case Figure.LATE:
            return and_(_OPEN, Document.due_on <= today - timedelta(days=1))
        case Figure.CONTROL:
            return Document.on_control == true()
