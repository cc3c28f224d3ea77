"""How an office has its services: which units its routes mean, for whom a case begins each year, what one applies for
online. For administrators."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import Field
from sqlalchemy.orm import Session

from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import require
from edms.services import applying, seats
from edms.services.models import Seat
from edms.services.yearly import opening
from edms.staff.models import Organisation
from edms.staff.organisations import organisation_of
from edms.web.api.layer import act, read
from edms.web.api.proceeding_shapes import Name
from edms.web.api.shapes import Asked, Count, Id, Shown


class SeatShown(Shown):
    """A unit as the routes call it ("social", "commission"), and which one it is here; null: nobody said, and its steps
    fall to whoever has the letter. `version` is 0 as long as nobody said."""

    seat: str
    unit_id: int | None
    version: int


class YearlyShown(Shown):
    """A service with a day of the year, and the official for whom its case begins by itself; null: it is begun by hand."""

    service: str
    day: date
    official_id: int | None
    next_on: date | None
    version: int


class ServicesShown(Shown):
    """All of it. `offered` are the services that citizens may apply for online, `may_be_offered` those that could be."""

    seats: list[SeatShown]
    yearly: list[YearlyShown]
    offered: list[str]
    may_be_offered: list[str]


class Seating(Asked):
    """Which unit it is from now on; null: nobody says. `version` is the one that was seen."""

    seat: Name
    unit_id: Id | None
    version: Count


class Choosing(Asked):
    """For whom it begins; null: by hand. `version` is the one that was seen."""

    service: Name
    official_id: Id | None
    version: Count


class Offering(Asked):
    """All services that one may apply for online from now on."""

    services: Annotated[list[Name], Field(max_length=100)]


@read("/services")
def show(session: Session, who: Actor) -> ServicesShown:
    """How the office has its services."""
    return _shown(session, _here(session, who))


@act("/services/seats", "PUT")
def seat(session: Session, who: Actor, body: Seating) -> ServicesShown:
    """Say which unit the routes mean: a commission, the social unit."""
    here = _here(session, who)
    seats.name(session, who, here, body.seat, unit_id=body.unit_id, version=body.version)
    return _shown(session, here)


@act("/services/yearly", "PUT")
def choose(session: Session, who: Actor, body: Choosing) -> ServicesShown:
    """Say for whom a service begins by itself each year."""
    here = _here(session, who)
    opening.choose(session, who, here, body.service, official_id=body.official_id, version=body.version)
    return _shown(session, here)


@act("/services/offers", "PUT")
def offer(session: Session, who: Actor, body: Offering) -> ServicesShown:
    """Say what citizens may apply for online."""
    here = _here(session, who)
    applying.offer(session, who, here, body.services)
    return _shown(session, here)


def _here(session: Session, who: Actor) -> Organisation:
    here = organisation_of(session, who, who.organisation_id or 0)
    require(who, Permission.SERVICES_MANAGE, here)
    return here


def _shown(session: Session, here: Organisation) -> ServicesShown:
    session.flush()  # versions are those of after the act
    said, chosen = seats.seats(session, here.organisation_id), opening.chosen(session, here)
    return ServicesShown(
        seats=[_seat(name, said.get(name)) for name in seats.named_by_routes(session, here)],
        yearly=[
            YearlyShown(
                service=route.name, day=opening.this_year(here, route), official_id=row.official_id if row else None,
                next_on=opening.next_day(session, here, route, row) if row else None, version=row.version if row else 0,
            )
            for route in opening.routes(session, here)
            for row in (chosen.get(route.name),)
        ],
        offered=[route.name for route in applying.offered(session, here)],
        may_be_offered=[route.name for route in applying.may_be_offered(session, here)],
    )  # fmt: skip


def _seat(name: str, row: Seat | None) -> SeatShown:
    return SeatShown(seat=name, unit_id=row.unit_id if row else None, version=row.version if row else 0)
