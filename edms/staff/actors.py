"""Makes the actor of a person: what she may do today, and, while she stands in for somebody, what that person may do.

Rights are read from the dated grants at every request, never from the cookie, so that a withdrawn role ends at once.
Days are days of the organisation's time zone. The roles of administrator and auditor do not pass by substitution: they
are granted to a person, with their dates, or not at all.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Protocol

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from edms import clock
from edms.access.actor import Actor, Grant, Sight
from edms.access.roles import Role
from edms.errors import Forbidden
from edms.staff.models import Official, RoleGrant
from edms.staff.standing_in import stands_in
from edms.staff.tree import organisations_below, units_below

NOT_PASSED = frozenset({Role.ADMINISTRATOR, Role.AUDITOR})


class Held(Protocol):
    """A granted role as it stands in its row."""

    @property
    def role(self) -> Role: ...
    @property
    def organisation_id(self) -> int: ...
    @property
    def unit_id(self) -> int | None: ...
    @property
    def register_ids(self) -> list[int] | None: ...
    @property
    def letters_from(self) -> date | None: ...
    @property
    def letters_until(self) -> date | None: ...


class Employment(Protocol):
    """From when to when somebody works here."""

    @property
    def hired_on(self) -> date | None: ...
    @property
    def left_on(self) -> date | None: ...


def actor_for(
    session: Session,
    official: Official,
    *,
    acting_for: Official | None = None,
    request_id: str | None = None,
    stepped_up: bool = False,
) -> Actor:
    """The actor that `official` is today, with the rights of the absent `acting_for` added.

    Errors: Forbidden when she no longer works here, or no substitution in force today lets her act for that person.
    """
    today = clock.today(official.organisation.time_zone)
    if not employed(official, today):
        raise Forbidden("staff.no_longer_employed")
    grants = grants_today(session, official, today)
    if acting_for is not None:
        if not stands_in(session, substitute=official, absent=acting_for, today=today):
            raise Forbidden("staff.not_her_substitute")
        hers = grants_today(session, acting_for, today)
        grants += tuple(g for g in hers if g.role not in NOT_PASSED and g not in grants)
    return Actor(
        official_id=official.official_id,
        organisation_id=official.organisation_id,
        unit_id=official.unit_id,
        grants=grants,
        acting_for=acting_for.official_id if acting_for is not None else None,
        language=official.language,
        time_zone=official.organisation.time_zone,
        request_id=request_id,
        stepped_up=stepped_up,
    )


def employed(official: Employment, today: date) -> bool:
    """Does she work here on that day? `left_on` is the first day on which she does not."""
    begun = official.hired_on is None or official.hired_on <= today
    return begun and (official.left_on is None or today < official.left_on)


def grants_today(session: Session, official: Official, today: date) -> tuple[Grant, ...]:
    """The grants that hold on that day; a unit's with the units below, an administrator's with the organisations below."""
    held = session.scalars(
        select(RoleGrant)
        .where(
            RoleGrant.official_id == official.official_id,
            RoleGrant.from_on <= today,
            or_(RoleGrant.until_on.is_(None), RoleGrant.until_on >= today),
        )
        .order_by(RoleGrant.role_grant_id)
    )
    return widened(session, held)


def widened(session: Session, held: Iterable[Held]) -> tuple[Grant, ...]:
    """Grants as they are held, a unit's with the units below, an administrator's with the organisations below."""
    grants: list[Grant] = []
    for grant in held:
        if grant.unit_id is not None:
            grants.append(Grant(grant.role, grant.organisation_id, units_below(session, grant.unit_id)))
        elif grant.role is Role.ADMINISTRATOR:
            below = organisations_below(session, grant.organisation_id)
            grants += [Grant(grant.role, organisation_id) for organisation_id in sorted(below)]
        else:
            grants.append(Grant(grant.role, grant.organisation_id, sight=_sight(grant)))
    return tuple(dict.fromkeys(grants))


def _sight(grant: Held) -> Sight | None:
    if grant.register_ids is None and grant.letters_from is None and grant.letters_until is None:
        return None
    registers = frozenset(grant.register_ids) if grant.register_ids is not None else None
    return Sight(registers, grant.letters_from, grant.letters_until)
