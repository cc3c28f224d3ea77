"""For those who answer for the register: who opened which letter, the year's volume, control by term, unit and person."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime
from typing import Annotated

from pydantic import Field
from sqlalchemy.orm import Session

from edms.access.actor import Actor
from edms.overview import readings
from edms.reports import volume as volumes
from edms.reports.figures import Group
from edms.reports.period import between
from edms.routing import control_counts
from edms.routing.control_counts import Due
from edms.web.api.layer import read
from edms.web.api.paging import page, place
from edms.web.api.shapes import Asked, Id, IsoDay, Page, Paged, Shown


class OpeningsWanted(Paged):
    """A period, both days counted; of one letter, of one person."""

    first: IsoDay
    last: IsoDay
    document_id: Id | None = None
    official_id: Id | None = None


class OpeningShown(Shown):
    """One opening of a letter: who (in whose place), when, which."""

    event_id: int
    at: datetime
    official_id: int
    acting_for_id: int | None
    document_id: int
    number: str
    registered_on: date


class Year(Asked):
    """Which year."""

    year: Annotated[int, Field(ge=1900, lt=2200)]


class VolumeShown(Shown):
    """A register's year: letters by month, all of them, their sheets, and how many are of an older journal."""

    register_id: int
    group: Group
    months: list[int]
    all: int
    sheets: int
    older: int


class YearShown(Shown):
    """A year's registers."""

    year: int
    registers: list[VolumeShown]


class Standing(Shown):
    """How many letters on control fall due when: by unit or by person (neither: all; null: those with none)."""

    unit_id: int | None = None
    official_id: int | None = None
    due: dict[Due, int]


class StandingShown(Shown):
    """What stands under control today."""

    all: Standing
    units: list[Standing]
    officials: list[Standing]


@read("/openings")
def openings(session: Session, who: Actor, query: OpeningsWanted) -> Page[OpeningShown]:
    """Who opened which letter, the newest first. That it was asked is written into the history."""
    begins, ends = between(query.first, query.last).moments(who.time_zone)
    wanted = readings.Wanted(begins, ends, query.document_id, query.official_id)
    before = place(query, int)
    rows = readings.readings(session, who, wanted, before=before[0] if before else None, limit=query.limit + 1)
    readings.told(session, who, wanted, form="api", lines=len(rows[: query.limit]))
    return page(rows, query, _opening, lambda row: (row.line.event_id,))


@read("/reports/volume")
def volume(session: Session, who: Actor, query: Year) -> YearShown:
    """The yearly volume of documents by register and month; only letters that the caller may open are counted."""
    rows = [
        VolumeShown(
            register_id=book.register.register_id, group=book.group, months=list(book.months), all=book.all,
            sheets=book.sheets, older=book.older,
        )
        for book in volumes.volume(session, who, query.year)
    ]  # fmt: skip
    return YearShown(year=query.year, registers=rows)


@read("/control/counts")
def standing(session: Session, who: Actor) -> StandingShown:
    """What stands under control by term, in all, by unit and by responsible person."""
    found = control_counts.standing(session, who)
    return StandingShown(
        all=Standing(due=_due(found.all)),
        units=[Standing(unit_id=ident or None, due=_due(n)) for ident, n in sorted(found.units.items())],
        officials=[Standing(official_id=ident or None, due=_due(n)) for ident, n in sorted(found.people.items())],
    )


def _due(counts: Counter[Due]) -> dict[Due, int]:
    return {due: counts[due] for due in Due}


def _opening(row: readings.Reading) -> OpeningShown:
    return OpeningShown(
        event_id=row.line.event_id, at=row.line.at, official_id=row.who.official_id,
        acting_for_id=row.line.acting_for_id, document_id=row.document.document_id, number=row.document.number,
        registered_on=row.document.registered_on,
    )  # fmt: skip
