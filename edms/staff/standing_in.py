"""Who stands in for whom today: the question alone. Substitutions are entered and ended in `substitution.py`."""

from __future__ import annotations

from datetime import date

from sqlalchemy import ColumnElement, and_, exists, select
from sqlalchemy.orm import Session

from edms import clock
from edms.access.roles import Role
from edms.staff.models import Official, RoleGrant, Substitution


def in_force(today: date) -> ColumnElement[bool]:
    """The condition that a substitution holds on that day and was not ended."""
    return and_(Substitution.from_on <= today, Substitution.until_on >= today, Substitution.ended_at.is_(None))


def stands_in(session: Session, *, substitute: Official, absent: Official, today: date) -> bool:
    """Does `substitute` stand in for `absent` on that day? Not while she audits."""
    audits = exists().where(
        RoleGrant.official_id == substitute.official_id, RoleGrant.role == Role.AUDITOR, RoleGrant.from_on <= today,
        RoleGrant.until_on >= today,
    )  # fmt: skip
    found = select(Substitution.substitution_id).where(
        Substitution.substitute_id == substitute.official_id,
        Substitution.absent_id == absent.official_id,
        in_force(today),
        ~audits,
    )
    return session.scalar(found.limit(1)) is not None


def substitutes(session: Session, absent: Official) -> list[Official]:
    """Those who stand in for `absent` today, the earliest entered first."""
    today = clock.today(absent.organisation.time_zone)
    found = (
        select(Official)
        .join(Substitution, Substitution.substitute_id == Official.official_id)
        .where(Substitution.absent_id == absent.official_id, in_force(today))
        .order_by(Substitution.substitution_id)
    )
    return list(dict.fromkeys(session.scalars(found)))


def stands_in_for(session: Session, substitute: Official) -> list[Official]:
    """Those in whose place `substitute` may act today: what the desk offers to switch to."""
    today = clock.today(substitute.organisation.time_zone)
    found = (
        select(Official)
        .join(Substitution, Substitution.absent_id == Official.official_id)
        .where(Substitution.substitute_id == substitute.official_id, in_force(today))
        .order_by(Substitution.substitution_id)
    )
    return list(dict.fromkeys(session.scalars(found)))
