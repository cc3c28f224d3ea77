"""People and units of the office: who works here, found by the first letters of a name in any script."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import Field
from sqlalchemy.orm import Session

from edms.access.actor import Actor
from edms.access.roles import Role
from edms.staff.finding import find_people
from edms.staff.models import Official, Unit
from edms.staff.officials import official_of, officials
from edms.staff.units import units
from edms.web.api.layer import read
from edms.web.api.paging import whole
from edms.web.api.shapes import Line, Page, Paged, Shown
from edms.web.kit import language


class PersonShown(Shown):
    """An official in her post; names in the language asked for."""

    official_id: int
    login: str
    name: str
    post: str
    unit_id: int | None
    email: str | None
    telephone: str | None
    left_on: date | None


class GrantShown(Shown):
    """A role that holds today, of the whole organisation or of units."""

    role: Role
    organisation_id: int
    unit_ids: list[int] | None


class Myself(PersonShown):
    """Whom the token acts as, and what she may be today."""

    organisation_id: int
    organisation: str
    time_zone: str
    roles: list[GrantShown]


class UnitShown(Shown):
    """A unit; `index` is its part of numbers."""

    unit_id: int
    parent_id: int | None
    index: str
    name: str
    closed_on: date | None


class PeopleWanted(Paged):
    """The first letters of names, or everybody."""

    q: Annotated[Line, Field(max_length=100)] = ""


@read("/me")
def me(session: Session, who: Actor) -> Myself:
    """Whom the token acts as."""
    own = official_of(session, who, who.official_id or 0)
    roles = [
        GrantShown(
            role=grant.role,
            organisation_id=grant.organisation_id,
            unit_ids=sorted(grant.unit_ids) if grant.unit_ids is not None else None,
        )
        for grant in who.grants
    ]
    return Myself(
        organisation_id=own.organisation_id,
        organisation=own.organisation.name(language()),
        time_zone=who.time_zone,
        roles=roles,
        **_person(own).model_dump(),
    )


@read("/people")
def index(session: Session, who: Actor, query: PeopleWanted) -> Page[PersonShown]:
    """Who works here, or those whose names begin so."""
    rows = find_people(session, who, query.q, most=500) if query.q else officials(session, who)
    return whole(rows, query, _person, lambda row: row.official_id)


@read("/people/{official_id}")
def show(session: Session, who: Actor, official_id: int) -> PersonShown:
    """One official."""
    return _person(official_of(session, who, official_id))


@read("/units")
def all_units(session: Session, who: Actor, query: Paged) -> Page[UnitShown]:
    """The units, open ones first, by index."""
    return whole(units(session, who), query, _unit, lambda row: row.unit_id)


def _person(row: Official) -> PersonShown:
    own = {name: getattr(row, name) for name in ("official_id", "login", "unit_id", "email", "telephone", "left_on")}
    return PersonShown(name=row.name(language()), post=row.post(language()), **own)


def _unit(row: Unit) -> UnitShown:
    own = {name: getattr(row, name) for name in ("unit_id", "parent_id", "index", "closed_on")}
    return UnitShown(name=row.name(language()), **own)
