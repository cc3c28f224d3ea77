"""The Monday figures for programs: a period's counts by group, unit and person, and the letters behind each."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy.orm import Session

from edms.access.actor import Actor
from edms.reports import figures
from edms.reports.figures import Counts, Figure, Group
from edms.reports.period import between
from edms.web.api.layer import read
from edms.web.api.lines import LetterShown, letter
from edms.web.api.paging import page, place
from edms.web.api.shapes import Asked, Id, IsoDay, Page, Paged, Shown


class Whose(Asked):
    """A period, both days counted, and whose letters: of a group, a unit, a responsible person."""

    first: IsoDay
    last: IsoDay
    group: Group | None = None
    unit_id: Id | None = None
    official_id: Id | None = None

    def asked(self) -> figures.Asked:
        """The same for the room."""
        return figures.Asked(self.group, self.unit_id, self.official_id)


class LettersCounted(Paged, Whose):
    """Which figure's letters."""

    figure: Figure


class Counted(Shown):
    """The figures of a period: received, ended, in_term; and of this day: open, late, stands (its legal term), control."""

    received: int
    ended: int
    in_term: int
    open: int
    late: int
    stands: int
    control: int


class Compared(Shown):
    """A group, unit or official (none of them: those with nobody) and its figures beside the period before."""

    group: Group | None = None
    unit_id: int | None = None
    official_id: int | None = None
    now: Counted
    before: Counted


class FiguresShown(Shown):
    """The figures; `before_*` is the same number of days before. Only letters that the caller may open are counted."""

    first: date
    last: date
    before_first: date
    before_last: date
    all: Compared
    groups: list[Compared]
    units: list[Compared]
    officials: list[Compared]


@read("/reports/figures")
def show(session: Session, who: Actor, query: Whose) -> FiguresShown:
    """What came, was answered and is late, by group, unit and person."""
    period = between(query.first, query.last)
    found = figures.sheet(session, who, period, query.asked())
    return FiguresShown(
        first=period.first,
        last=period.last,
        before_first=period.before.first,
        before_last=period.before.last,
        all=_compared((found.all, found.before)),
        groups=[_compared(counts, group=group) for group, counts in found.groups.items()],
        units=[_compared(counts, unit_id=ident or None) for ident, counts in sorted(found.units.items())],
        officials=[_compared(counts, official_id=ident or None) for ident, counts in sorted(found.people.items())],
    )


@read("/reports/letters")
def letters(session: Session, who: Actor, query: LettersCounted) -> Page[LetterShown]:
    """The letters that a figure counts, the newest first."""
    rows = figures.letters(
        session, who, query.figure, between(query.first, query.last), query.asked(),
        before=place(query, datetime, int), limit=query.limit + 1,
    )  # fmt: skip
    return page(rows, query, letter, lambda row: (row.document.registered_at, row.document.document_id))


def _compared(
    counts: tuple[Counts, Counts],
    *,
    group: Group | None = None,
    unit_id: int | None = None,
    official_id: int | None = None,
) -> Compared:
    now, before = (Counted(**{figure.value: each[figure] for figure in Figure}) for each in counts)
    return Compared(group=group, unit_id=unit_id, official_id=official_id, now=now, before=before)
