"""What begins by itself each year, as the page of services shows it."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from edms import clock, words
from edms.access.actor import Actor
from edms.services.yearly import opening
from edms.staff import officials
from edms.staff.actors import employed
from edms.staff.models import Organisation
from edms.web.desk.route_form import said
from edms.web.kit import language


def lines(session: Session, where: Organisation) -> list[dict[str, Any]]:
    """Each service with a day of the year: its words, its day, for whom it begins, and when next."""
    kept, today = opening.chosen(session, where), clock.today(where.time_zone)
    found = []
    for route in opening.routes(session, where):
        row = kept.get(route.name)
        found.append(
            {
                "service": route.name,
                "title": said(route, route.title),
                "day": words.date(language(), opening.day_in(route, today.year)),
                "official": row.official_id if row is not None else None,
                "version": row.version if row is not None else 0,
                "next": opening.next_day(session, where, route, row) if row is not None else None,
            }
        )
    return found


def people(session: Session, who: Actor, where: Organisation) -> list[tuple[int, str]]:
    """Who may be named."""
    today = clock.today(where.time_zone)
    here = [each for each in officials.officials(session, who, organisation=where) if employed(each, today)]
    return sorted(((each.official_id, each.name(language())) for each in here), key=lambda each: each[1])
