"""Leaving: from her last day's morrow an official cannot sign in, and what rested on her rights ends."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from edms import clock
from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import require
from edms.access.roles import Role
from edms.errors import Invalid
from edms.events import Event, Subject, record
from edms.staff.actors import grants_today
from edms.staff.credentials import revoke_all
from edms.staff.granting import keep_an_administrator
from edms.staff.models import ApiToken, Official, TokenState
from edms.staff.officials import not_herself


def let_go(session: Session, actor: Actor, official: Official, *, left_on: date | None = None) -> Official:
    """Record that she works here no more from `left_on` (default: today), which may be ahead, not behind.

    Errors: Forbidden for oneself; Invalid; RuleBroken for the last administrator.
    """
    require(actor, Permission.PEOPLE_MANAGE, official.organisation)
    not_herself(actor, official)
    today = clock.today(official.organisation.time_zone)
    day = left_on or today
    if day < today:
        raise Invalid(fields={"left_on": "staff.leaving_backdated"})
    if not actor.is_system:
        for grant in grants_today(session, official, today):
            if grant.role is Role.ADMINISTRATOR and grant.organisation_id == official.organisation_id:
                keep_an_administrator(session, grant.organisation_id, without=official.official_id, today=day)
    official.left_on = day
    if day == today:
        revoke_all(session, official)
        for token in session.scalars(select(ApiToken).where(ApiToken.official_id == official.official_id)):
            token.state = TokenState.REVOKED
    _record(session, actor, official, {"left_on": day.isoformat()})
    return official


def take_back(session: Session, actor: Actor, official: Official) -> Official:
    """She works here again, or does not leave after all. Roles that were withdrawn stay so. Errors: Forbidden."""
    require(actor, Permission.PEOPLE_MANAGE, official.organisation)
    not_herself(actor, official)
    before = official.left_on
    if before is not None:
        official.left_on = None
        _record(session, actor, official, {"left_on": None, "before": before.isoformat()})
    return official


def _record(session: Session, actor: Actor, official: Official, detail: dict[str, str | None]) -> None:
    subject = Subject("official", official.official_id)
    record(
        session,
        actor,
        Event.OFFICIAL_CHANGED,
        subject,
        organisation_id=official.organisation_id,
        detail=detail,
    )
