"""Roles are granted for days and withdrawn, by an administrator, to others: nobody grants to herself or withdraws unseen.

A withdrawn grant stays as a row that ended, so that "who could do this on that day" can be answered for ever.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from edms import clock
from edms.access.actor import Actor, Sight
from edms.access.permissions import Permission
from edms.access.policy import require
from edms.access.roles import Role
from edms.db.locking import lock
from edms.errors import Conflict, Invalid, NotFound, RuleBroken
from edms.events import Event, Subject, record
from edms.staff.entry import clean
from edms.staff.models import Official, Organisation, RoleGrant, Unit
from edms.staff.officials import not_herself
from edms.staff.organisations import administered

# Roles that make sense for one unit; all others are of the whole organisation.
OF_A_UNIT = frozenset({Role.REGISTRAR, Role.OFFICIAL, Role.HEAD, Role.DEPUTY, Role.HEAD_SECRETARY, Role.CONTROLLER})


def grant_role(
    session: Session,
    actor: Actor,
    official: Official,
    *,
    role: Role,
    organisation: Organisation | None = None,
    unit: Unit | None = None,
    from_on: date | None = None,
    until_on: date | None = None,
    reason: str | None = None,
    sight: Sight | None = None,
) -> RoleGrant:
    """Grant a role from a day (default: today) to a day (default: until withdrawn), in her organisation or another.

    An auditor's access always has its last day, may be limited to a `sight`, and stands alone: who audits does nothing
    else in those days. Errors: Forbidden for oneself or without rights over both her organisation and the role's; Invalid; Conflict.
    """
    where = organisation or official.organisation
    require(actor, Permission.PEOPLE_MANAGE, official.organisation)
    require(actor, Permission.PEOPLE_MANAGE, where)
    not_herself(actor, official)
    today = clock.today(where.time_zone)
    grant = RoleGrant(
        official_id=official.official_id,
        role=role,
        organisation_id=where.organisation_id,
        unit_id=unit.unit_id if unit is not None else None,
        from_on=from_on or today,
        until_on=until_on,
        granted_by_id=actor.official_id,
        reason=clean(reason),
        register_ids=sorted(sight.register_ids) if sight and sight.register_ids is not None else None,
        letters_from=sight.first if sight else None,
        letters_until=sight.last if sight else None,
    )
    _check(grant, unit, today)
    lock(session, official, key_share=True)  # two grants at once are put in a row
    held = grants_of(session, actor, official)
    if any(_clash(grant, other) for other in held):
        raise Invalid(fields={"role": "staff.auditor_alone"})
    if any(_overlap(grant, other) for other in held):
        raise Conflict("staff.role_held_already", fields={"role": "staff.role_held_already"})
    session.add(grant)
    session.flush()  # the event carries its id
    _record(session, actor, Event.ROLE_GRANTED, official, grant)
    return grant


def withdraw_role(session: Session, actor: Actor, grant: RoleGrant, *, reason: str) -> RoleGrant:
    """Withdraw a role from today: it held yesterday, it does not hold now.

    Errors: Forbidden; Invalid without a reason; RuleBroken for the last administrator of an organisation.
    """
    official, where = session.get_one(Official, grant.official_id), session.get_one(Organisation, grant.organisation_id)
    require(actor, Permission.PEOPLE_MANAGE, where)
    if (why := clean(reason)) is None:
        raise Invalid(fields={"reason": "staff.reason_missing"})
    today = clock.today(where.time_zone)
    held = session.get(RoleGrant, grant.role_grant_id, with_for_update={"of": RoleGrant}, populate_existing=True)
    if held is None or (grant.until_on is not None and grant.until_on < today):
        raise RuleBroken("staff.role_ended_already")
    if grant.role is Role.ADMINISTRATOR and not actor.is_system:
        keep_an_administrator(session, where.organisation_id, without=official.official_id, today=today)
    begun = grant.from_on < today
    _record(session, actor, Event.ROLE_WITHDRAWN, official, grant, reason=why)
    if begun:
        grant.until_on = today - timedelta(days=1)
    else:
        session.delete(grant)  # it never held for a whole day; the history tells of it
    return grant


def keep_an_administrator(session: Session, organisation_id: int, *, without: int, today: date) -> None:
    """Refuse to leave an organisation without an administrator of its own. Errors: RuleBroken."""
    # Two who send each other away at the same moment: the second sees what the first has done.
    session.get_one(Organisation, organisation_id, with_for_update={"of": Organisation, "key_share": True})
    others = (
        select(RoleGrant.role_grant_id)
        .join(Official, Official.official_id == RoleGrant.official_id)
        .where(
            RoleGrant.role == Role.ADMINISTRATOR,
            RoleGrant.organisation_id == organisation_id,
            RoleGrant.official_id != without,
            RoleGrant.from_on <= today,
            or_(RoleGrant.until_on.is_(None), RoleGrant.until_on > today),
            or_(Official.left_on.is_(None), Official.left_on > today),
        )
    )
    if session.scalar(others.limit(1)) is None:
        raise RuleBroken("staff.last_administrator")


def grants_of(session: Session, actor: Actor, official: Official) -> list[RoleGrant]:
    """Her grants, past ones too, the newest first."""
    require(actor, Permission.PEOPLE_READ, official)
    found = select(RoleGrant).where(
        RoleGrant.official_id == official.official_id, administered(actor, RoleGrant.organisation_id)
    )
    return list(session.scalars(found.order_by(RoleGrant.from_on.desc(), RoleGrant.role_grant_id.desc())))


def roles_on(session: Session, actor: Actor, officials: Sequence[Official], day: date) -> dict[int, list[Role]]:
    """Which roles each of them holds on that day, wherever; by official, in one query."""
    require(actor, Permission.PEOPLE_READ)
    found = select(RoleGrant.official_id, RoleGrant.role).where(
        RoleGrant.official_id.in_([each.official_id for each in officials]),
        administered(actor, RoleGrant.organisation_id),
        RoleGrant.from_on <= day,
        or_(RoleGrant.until_on.is_(None), RoleGrant.until_on >= day),
    )
    held: dict[int, list[Role]] = {each.official_id: [] for each in officials}
    for official_id, role in session.execute(found.order_by(RoleGrant.role_grant_id)):
        if role not in held[official_id]:
            held[official_id].append(role)
    return held


def grant_of(session: Session, actor: Actor, role_grant_id: int) -> RoleGrant:
    """One grant in the actor's organisation, or in one she administers. Errors: NotFound."""
    found = select(RoleGrant).where(
        administered(actor, RoleGrant.organisation_id), RoleGrant.role_grant_id == role_grant_id
    )
    grant = session.scalar(found)
    if grant is None:
        raise NotFound
    return grant


def _check(grant: RoleGrant, unit: Unit | None, today: date) -> None:
    wrong: dict[str, str] = {}
    if grant.from_on < today:
        wrong["from_on"] = "staff.role_backdated"
    if grant.until_on is not None and grant.until_on < grant.from_on:
        wrong["until_on"] = "staff.days_out_of_order"
    if grant.role is Role.AUDITOR and grant.until_on is None:
        wrong["until_on"] = "staff.audit_needs_end"
    if grant.letters_from and grant.letters_until and grant.letters_until < grant.letters_from:
        wrong["letters_until"] = "staff.days_out_of_order"
    if unit is not None and unit.organisation_id != grant.organisation_id:
        wrong["unit"] = "staff.unit_unknown"
    elif unit is not None and grant.role not in OF_A_UNIT:
        wrong["unit"] = "staff.role_not_of_a_unit"
    if wrong:
        raise Invalid(fields=wrong)


def _clash(one: RoleGrant, other: RoleGrant) -> bool:
    """Would she audit and do something else on the same day?"""
    return (one.role is Role.AUDITOR) != (other.role is Role.AUDITOR) and _same_days(one, other)


def _overlap(one: RoleGrant, other: RoleGrant) -> bool:
    """Do two grants give the same role in the same place on the same day?"""
    same = (one.role, one.organisation_id, one.unit_id) == (other.role, other.organisation_id, other.unit_id)
    return same and _same_days(one, other)


def _same_days(one: RoleGrant, other: RoleGrant) -> bool:
    return one.from_on <= (other.until_on or date.max) and other.from_on <= (one.until_on or date.max)


def _record(session: Session, actor: Actor, event: Event, official: Official, grant: RoleGrant, **more: Any) -> None:
    detail = {
        "role": grant.role.value,
        "unit_id": grant.unit_id,
        "from_on": grant.from_on.isoformat(),
        "until_on": grant.until_on.isoformat() if grant.until_on else None,
        "reason": grant.reason,
        "register_ids": grant.register_ids,
        "letters_from": grant.letters_from.isoformat() if grant.letters_from else None,
        "letters_until": grant.letters_until.isoformat() if grant.letters_until else None,
        **more,
    }
    subject = Subject("official", official.official_id)
    record(session, actor, event, subject, organisation_id=grant.organisation_id, detail=detail)
