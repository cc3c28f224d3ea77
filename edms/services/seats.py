"""Who the parties of the routes are here: which unit is "social", who heads the house, who has the letter.

A party names a role of the office, a kind of unit, or both. Which unit that is the administrator says; where nobody
said, the step falls to whoever has the letter, as in an office too small for units. A step belongs to all who sit there
until one of them takes it on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, Select, and_, or_, select
from sqlalchemy.orm import Session

from edms import clock
from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import require
from edms.access.roles import Role
from edms.errors import Conflict, Invalid
from edms.events import Event, Subject, record
from edms.registry.models import Document
from edms.services import own_routes
from edms.services.models import Case, CaseStep, Seat, StepState
from edms.staff.actors import employed
from edms.staff.models import Official, Organisation, RoleGrant, Unit
from edms.staff.tree import units_below

OF_THE_HOUSE = (Role.HEAD, Role.DEPUTY, Role.COUNCIL_CHAIR)
"""Without a unit they are meant of the whole house: the head of a unit is not the head."""


WHOEVER_HAS_IT = (Role.OFFICIAL, None)
"""Without a unit these name nobody but the official who has the letter."""


@dataclass(frozen=True)
class Matter:
    """What the policy table sees of a step or a case: its letter, who has it by name, who of the actor's people sits there."""

    organisation_id: int
    unit_id: int | None
    readers: list[str]
    register_id: int
    registered_on: date
    official_id: int | None
    seated_id: int | None


@dataclass(frozen=True)
class Held:
    """What the actor's people hold today: roles of the house by role, and in each named seat the roles held there.

    `seats` are those in which one of them sits; `named` all that are named in the organisation.
    """

    people: frozenset[int]
    roles: Mapping[Role, int]
    seats: Mapping[str, Mapping[Role, int]]
    named: frozenset[str]

    def sits(self, role: Role | None, seat: str | None, responsible_id: int | None) -> int | None:
        """Which of them a step of this role and seat belongs to, None where it belongs to others."""
        if seat is not None and seat in self.named:
            return self.seats.get(seat, {}).get(role or Role.OFFICIAL)
        if seat is None and role not in WHOEVER_HAS_IT:
            return self.roles.get(role) if role is not None else None
        return responsible_id if responsible_id in self.people else None


def seats(session: Session, organisation_id: int) -> dict[str, Seat]:
    """The seats that are named in an organisation."""
    found = session.scalars(select(Seat).where(Seat.organisation_id == organisation_id))
    return {seat.name: seat for seat in found}


def named_by_routes(session: Session, organisation: Organisation) -> list[str]:
    """The units that the routes of an organisation name."""
    routes = own_routes.routes_of(session, organisation)
    return sorted({party.unit for route in routes for party in route.parties.values() if party.unit is not None})


def name(
    session: Session, actor: Actor, organisation: Organisation, seat_name: str, *, unit_id: int | None, version: int
) -> Seat | None:
    """Say which unit it is from now on; None: nobody says. `version` is that of the seat, 0 where there was none.

    Errors: Forbidden; Invalid for a name that no route has, or a unit of others; Conflict on a stale edit.
    """
    require(actor, Permission.SERVICES_MANAGE, organisation)
    if unit_id is not None and seat_name not in named_by_routes(session, organisation):
        raise Invalid(fields={"seat": "field.not_a_choice"})
    seat = seats(session, organisation.organisation_id).get(seat_name)
    if (seat.version if seat is not None else 0) != version:
        raise Conflict("error.stale")
    unit = session.get(Unit, unit_id) if unit_id is not None else None
    if unit_id is not None and (unit is None or unit.organisation_id != organisation.organisation_id):
        raise Invalid(fields={"unit": "staff.unit_unknown"})
    before = seat.unit_id if seat is not None else None
    if before == unit_id:
        return seat
    if seat is not None and unit_id is None:
        session.delete(seat)
        seat = None
    elif seat is not None and unit_id is not None:
        seat.unit_id = unit_id
    elif unit_id is not None:
        seat = Seat(organisation_id=organisation.organisation_id, name=seat_name, unit_id=unit_id)
        session.add(seat)
    session.flush()
    record(
        session,
        actor,
        Event.SEAT_CHANGED,
        Subject("seat", seat.seat_id if seat is not None else None),
        organisation_id=organisation.organisation_id,
        detail={"seat": seat_name, "before": before, "after": unit_id},
    )
    return seat


def held(session: Session, actor: Actor) -> Held:
    """What the actor, and the absent one she stands in for, hold today."""
    named = seats(session, actor.organisation_id) if actor.organisation_id is not None else {}
    people = list(session.scalars(select(Official).where(Official.official_id.in_(sorted(actor.people)))))
    mine = actor.official_id or 0
    roles = {
        grant.role: mine
        for grant in actor.grants
        if grant.organisation_id == actor.organisation_id and (grant.unit_ids is None or grant.role not in OF_THE_HOUSE)
    }
    inside: dict[str, dict[Role, int]] = {}
    tree = (
        dict(
            session.execute(
                select(Unit.unit_id, Unit.parent_id).where(Unit.organisation_id == actor.organisation_id)
            ).all()
        )
        if named
        else {}
    )
    over = {one.official_id: _up(tree, one.unit_id) for one in people}
    for seat_name, seat in named.items():
        here = {
            grant.role: mine for grant in actor.grants if grant.unit_ids is not None and seat.unit_id in grant.unit_ids
        }
        working = next((person for person, units in over.items() if seat.unit_id in units), None)
        if working is not None:
            here |= {grant.role: working for grant in actor.grants if grant.role not in here and grant.unit_ids is None}
        if working is not None or Role.HEAD in here:  # who heads it sits in it, wherever her own desk stands
            here[Role.OFFICIAL] = working or mine
        inside[seat_name] = here
    return Held(actor.people, roles, {k: v for k, v in inside.items() if v}, frozenset(named))


def _up(tree: Mapping[int, int | None], unit_id: int | None) -> frozenset[int]:
    """A unit and those above it."""
    found: set[int] = set()
    while unit_id is not None and unit_id not in found:
        found.add(unit_id)
        unit_id = tree.get(unit_id)
    return frozenset(found)


def matter(session: Session, actor: Actor, document: Document, row: CaseStep) -> Matter:
    """A step as the policy table sees it for this actor."""
    return place(session, actor, document, row.role, row.seat, row.official_id)


def place(
    session: Session, actor: Actor, document: Document, role: Role | None, seat: str | None, official_id: int | None
) -> Matter:
    """The same of something that this role in this seat does; `official_id` has it by name."""
    here = actor.organisation_id == document.organisation_id
    seated = held(session, actor).sits(role, seat, document.responsible_id) if here else None
    return _matter(document, official_id, seated)


def matter_of_case(session: Session, actor: Actor, document: Document, case: Case) -> Matter:
    """A case as the policy table sees it: who has one of its open steps, or the letter, has the case."""
    mine = held(session, actor)
    rows = [row for row in case.steps if row.state is StepState.OPEN]
    if actor.organisation_id != case.organisation_id:
        return _matter(document, None, None)
    seated = next(
        (s for row in rows if (s := mine.sits(row.role, row.seat, document.responsible_id)) is not None), None
    )
    named = next((row.official_id for row in rows if row.official_id in actor.people), None)
    return _matter(document, named or document.responsible_id, seated)


def mine(session: Session, actor: Actor) -> ColumnElement[bool]:
    """The condition that an open step lies with the actor: taken on by her, or nobody's yet where she sits."""
    got = held(session, actor)
    nobody = CaseStep.official_id.is_(None)
    house = [role for role in got.roles if role not in WHOEVER_HAS_IT]
    places = [and_(CaseStep.seat.is_(None), CaseStep.role.in_(house))] if house else []
    for seat_name, roles in got.seats.items():
        unsaid = [CaseStep.role.is_(None)] if Role.OFFICIAL in roles else []
        places.append(and_(CaseStep.seat == seat_name, or_(CaseStep.role.in_(list(roles)), *unsaid)))
    whoever = and_(CaseStep.seat.is_(None), or_(CaseStep.role.is_(None), CaseStep.role == Role.OFFICIAL))
    unnamed = and_(CaseStep.seat.is_not(None), CaseStep.seat.not_in(got.named))
    places.append(and_(or_(whoever, unnamed), Document.responsible_id.in_(sorted(actor.people))))
    return or_(CaseStep.official_id.in_(sorted(actor.people)), and_(nobody, or_(*places)))


def sitting(
    session: Session, organisation: Organisation, document: Document, role: Role | None, seat_name: str | None
) -> list[Official]:
    """The people before whom such a step is put today."""
    today = clock.today(organisation.time_zone)
    seat = seats(session, organisation.organisation_id).get(seat_name) if seat_name else None
    found = select(Official).where(Official.organisation_id == organisation.organisation_id)
    if seat is not None:
        below = units_below(session, seat.unit_id)
        if role in OF_THE_HOUSE:
            found = found.where(Official.official_id.in_(_granted(organisation, role, today, seat.unit_id)))
        else:  # who works there, and who was given the role there, as the members of a commission
            named = _granted(organisation, role, today, seat.unit_id)
            found = found.where(or_(Official.unit_id.in_(below), Official.official_id.in_(named)))
    elif seat_name is None and role not in WHOEVER_HAS_IT:
        found = found.where(Official.official_id.in_(_granted(organisation, role, today, None)))
    else:
        found = found.where(Official.official_id == document.responsible_id)
    return [one for one in session.scalars(found.order_by(Official.official_id)) if employed(one, today)]


def _granted(organisation: Organisation, role: Role | None, today: date, unit_id: int | None) -> Select[int]:
    """Who was given the role: in that unit, or, of those who lead, for the whole house."""
    inside = RoleGrant.unit_id == unit_id if unit_id is not None else RoleGrant.unit_id.is_(None)
    return select(RoleGrant.official_id).where(
        RoleGrant.organisation_id == organisation.organisation_id,
        RoleGrant.role == role,
        RoleGrant.from_on <= today,
        or_(RoleGrant.until_on.is_(None), RoleGrant.until_on >= today),
        *([inside] if unit_id is not None or role in OF_THE_HOUSE else []),
    )


def _matter(document: Document, official_id: int | None, seated_id: int | None) -> Matter:
    return Matter(
        document.organisation_id, document.unit_id, document.readers, document.register_id, document.registered_on,
        official_id, seated_id,
    )  # fmt: skip
