"""One case a year: whoever opens it takes the year, and waits for another who is about to take it."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from edms.errors import RuleBroken
from edms.registry.models import Document
from edms.routing.clocks import first_day
from edms.services.definition import Route
from edms.services.kinds import Opening
from edms.services.models import Case, CaseState
from edms.services.yearly.models import ServiceYear


def take(session: Session, organisation_id: int, service: str, year: int) -> ServiceYear | None:
    """The row of the year, made now; None where somebody has it already."""
    row = insert(ServiceYear).values(organisation_id=organisation_id, service=service, year=year)
    made = session.scalar(row.on_conflict_do_nothing().returning(ServiceYear.service_year_id))
    return session.get_one(ServiceYear, made) if made is not None else None


def keep(session: Session, case: Case, document: Document, route: Route) -> None:
    """The case is that of the year in which its letter was registered.

    One that was broken off gives its place to the next. Errors: RuleBroken where the year has its case.
    """
    if Opening.YEARLY not in route.opens.ways:
        return
    year = first_day(session, document).year
    row = (
        take(session, case.organisation_id, case.service, year)
        or session.scalars(
            select(ServiceYear)
            .where(
                ServiceYear.organisation_id == case.organisation_id,
                ServiceYear.service == case.service,
                ServiceYear.year == year,
            )
            .with_for_update()
        ).one()
    )
    standing = session.get(Case, row.case_id) if row.case_id is not None else None
    if standing is not None and standing.state is not CaseState.BROKEN_OFF:
        raise RuleBroken("proceedings.opened_this_year", number=document.number, year=year)
    row.case_id = case.case_id
    session.flush()
