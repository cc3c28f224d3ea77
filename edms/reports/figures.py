"""The Monday figures: received, ended, in term, open, late and on control, by unit and by person.

Incoming, created and citizens' letters are counted apart (D414 art. 36). A figure and the list behind it have the same
conditions and the same scope: what is counted is exactly what the reader may open. Whole months are added up from their
sums (`sums.py`), so that ten years cost what a month costs.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from sqlalchemy import (
    ColumnElement,
    Date,
    Executable,
    and_,
    bindparam,
    case,
    cast,
    false,
    func,
    or_,
    select,
    true,
    tuple_,
    union_all,
)
from sqlalchemy.orm import Session

from edms import clock
from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import require
from edms.access.scope import own_organisation, visible
from edms.overview.line import LetterLine, lines_of
from edms.registry.models import Document
from edms.registry.words import OPEN_STATES, RegisterKind
from edms.reports import sums
from edms.reports.models import LetterSum
from edms.reports.period import Period
from edms.routing.clocks import STANDS

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
    STANDS = "stands"  # open, and its legal term stands: it cannot be late
    CONTROL = "control"

    @property
    def of_period(self) -> bool:
        """Does it belong to the period? Then there is one of the period before."""
        return self in (Figure.RECEIVED, Figure.ENDED, Figure.IN_TERM)


OF_A_PERIOD = tuple(figure for figure in Figure if figure.of_period)
BY = (Document.kind, Document.unit_id, Document.responsible_id)
Row = tuple[RegisterKind, int | None, int | None, Figure, int, int]


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
    """Count. Errors: Forbidden."""
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
    # Of this day's figures there are few letters: by a plain column the server would walk the register in time's order
    # until it has found its fifty, which it may never do. The expression leaves it the figure's own index.
    at = Document.registered_at if figure.of_period else func.greatest(Document.registered_at)
    found = found.order_by(at.desc(), Document.document_id.desc()).limit(limit)
    return lines_of(session, list(session.scalars(found)), today)


def _counted(session: Session, actor: Actor, period: Period, asked: Asked) -> Iterator[Row]:
    """(kind, unit, person, figure, number, number of the period before).

    Of whole months the monthly sums answer; the days at both ends are counted letter by letter, and so are the letters
    that the actor reads beside what the sums tell apart.
    """
    seen, spans = sums.seen_by(actor), (period, period.before)
    whole = tuple(span.whole_months for span in spans)
    if not (seen.grades or seen.units) or whole == (None, None):
        yield from _one_by_one(session, actor, asked, [(span,) for span in spans])
    else:
        yield from _summed(session, actor, asked, seen, whole)
        yield from _one_by_one(session, actor, asked, [span.edges for span in spans])
        if seen.others and not seen.everything:
            beside = (Document.readers.overlap(list(seen.others)), ~seen.within(Document.grade, Document.unit_id))
            yield from _one_by_one(session, actor, asked, [(span,) if span else () for span in whole], *beside)
    yield from _of_this_day(session, actor, asked)


def _one_by_one(
    session: Session, actor: Actor, asked: Asked, spans: Sequence[Sequence[Period]], *more: ColumnElement[bool]
) -> Iterator[Row]:
    """The figures of the period, letter by letter; `spans` are the parts of the period and of the one before."""
    zone, today = actor.time_zone, clock.today(actor.time_zone)
    for bound, figures in ((Figure.RECEIVED, (Figure.RECEIVED,)), (Figure.ENDED, (Figure.ENDED, Figure.IN_TERM))):
        within = [_is(bound, part, zone, today) for span in spans for part in span]
        if not within:
            continue
        numbers = [
            _count(or_(false(), *(_is(figure, part, zone, today) for part in span)))
            for figure in figures
            for span in spans
        ]
        found = select(*BY, *numbers).where(*_scope(actor, asked), or_(*within), *more).group_by(*BY)
        yield from _read(session, found, figures)


def _summed(
    session: Session, actor: Actor, asked: Asked, seen: sums.Seen, whole: Sequence[Period | None]
) -> Iterator[Row]:
    """The figures of whole months: the monthly sums, and beside them the letters that have not entered them yet.

    One statement for both, so that a letter that enters at this moment is counted once.
    """
    zone, today, kept = actor.time_zone, clock.today(actor.time_zone), OF_A_PERIOD
    spans = [span for span in whole if span is not None]
    months = [LetterSum.month.between(span.first, span.last) if span else false() for span in whole]
    summed = select(
        LetterSum.kind, LetterSum.unit_id, LetterSum.responsible_id,
        *(func.sum(case((month, getattr(LetterSum, figure.value)), else_=0)) for figure in kept for month in months),
    ).where(
        own_organisation(actor, LetterSum.organisation_id), seen.within(LetterSum.grade, LetterSum.unit_id),
        *_asked(asked, LetterSum), or_(*months),
    ).group_by(LetterSum.kind, LetterSum.unit_id, LetterSum.responsible_id)  # fmt: skip
    numbers = [_count(_is(figure, span, zone, today) if span else false()) for figure in kept for span in whole]
    beside = select(*BY, *numbers).where(
        own_organisation(actor, Document.organisation_id), ~Document.summed,
        seen.within(Document.grade, Document.unit_id), *_asked(asked, Document),
        or_(*(_is(figure, span, zone, today) for figure in (Figure.RECEIVED, Figure.ENDED) for span in spans)),
    ).group_by(*BY)  # fmt: skip
    yield from _read(session, union_all(summed, beside), kept)


def _of_this_day(session: Session, actor: Actor, asked: Asked) -> Iterator[Row]:
    """The figures of this day: each has a small index of its own."""
    today = clock.today(actor.time_zone)
    day = Period(today, today)
    for bound, figures in (
        (Figure.OPEN, (Figure.OPEN, Figure.LATE, Figure.STANDS)),
        (Figure.CONTROL, (Figure.CONTROL,)),
    ):
        conditions = [_is(figure, day, actor.time_zone, today) for figure in figures]
        numbers = [_count(one) for condition in conditions for one in (condition, false())]
        found = select(*BY, *numbers).where(*_scope(actor, asked), _is(bound, day, actor.time_zone, today))
        yield from _read(session, found.group_by(*BY), figures)


def _read(session: Session, found: Executable, figures: Sequence[Figure]) -> Iterator[Row]:
    """Rows of kind, unit and person, with each figure's number and that of the period before."""
    for kind, unit, person, *numbers in session.execute(found):
        for figure, now, before in zip(figures, numbers[::2], numbers[1::2], strict=True):
            yield kind, unit, person, figure, int(now), int(before)


def _count(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.count(case((condition, 1)))


def _scope(actor: Actor, asked: Asked) -> list[ColumnElement[bool]]:
    readable = [own_organisation(actor, Document.organisation_id), visible(actor, Document.readers)]
    return readable + _asked(asked, Document)


def _asked(asked: Asked, of: type[Document] | type[LetterSum]) -> list[ColumnElement[bool]]:
    """What is asked for, of letters or of their sums."""
    kept: list[ColumnElement[bool]] = []
    if asked.group is not None:
        kept.append(of.kind.in_([kind for kind, group in GROUP_OF.items() if group is asked.group]))
    for column, wanted in ((of.unit_id, asked.unit), (of.responsible_id, asked.person)):
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
        case Figure.STANDS:
            return and_(_OPEN, STANDS)
        case Figure.CONTROL:
            return Document.on_control == true()
