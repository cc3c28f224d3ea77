"""An auditor from outside: her access has its days, its letters and its end, and her account ends with it.

She reads and changes nothing (`edms.access.policy.LOOKING`, and the wall before every page and route), and each page she
asks for is written into the history.
"""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy.orm import Session

from edms import clock
from edms.access.actor import Actor, Sight
from edms.access.roles import Role
from edms.events import Event, Subject, record
from edms.staff.granting import grant_role, grants_of, withdraw_role
from edms.staff.models import Official, RoleGrant

LONGEST = 300  # characters of what was asked for


def grant_audit(
    session: Session,
    actor: Actor,
    official: Official,
    *,
    until_on: date,
    from_on: date | None = None,
    sight: Sight | None = None,
    reason: str,
) -> RoleGrant:
    """Give access to audit from a day to a day, to the letters of `sight`.

    Whoever holds no other role, nor ever held one, cannot sign in any more after the last day. Errors: as `grant_role`.
    """
    granted = grant_role(
        session, actor, official, role=Role.AUDITOR, from_on=from_on, until_on=until_on, sight=sight, reason=reason
    )
    _end_with(session, actor, official)
    return granted


def withdraw_audit(session: Session, actor: Actor, grant: RoleGrant, *, reason: str) -> None:
    """Take it away from today. Errors: as `withdraw_role`."""
    withdraw_role(session, actor, grant, reason=reason)
    session.flush()
    _end_with(session, actor, session.get_one(Official, grant.official_id))


def looked(session: Session, actor: Actor, what: str) -> None:
    """Write into the history what an auditor asked for, whether or not she got it."""
    record(
        session, actor, Event.AUDITOR_LOOKED, Subject("official", actor.official_id),
        organisation_id=actor.organisation_id, detail={"what": what[:LONGEST]},
    )  # fmt: skip


def _end_with(session: Session, actor: Actor, official: Official) -> None:
    """The account of one who only ever audits ends with her last day of it."""
    grants = grants_of(session, actor, official)
    audits = [grant.until_on for grant in grants if grant.role is Role.AUDITOR and grant.until_on is not None]
    if len(audits) == len(grants):  # none at all: it was taken away on the day on which it was given
        today = clock.today(official.organisation.time_zone)
        official.left_on = max(audits) + timedelta(days=1) if audits else today
